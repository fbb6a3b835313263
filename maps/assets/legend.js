// The legend is the list of layers: groups, layers and classes are switched, counts follow the filter.
(function (GT) {
  var ROWS = 20;
  var counters = [];

  function button(className, word) {
    var element = GT.el("button", className);
    element.type = "button";
    if (word) {
      GT.onLanguage(function () {
        element.setAttribute("aria-label", GT.word(word));
        element.title = GT.word(word);
      });
    }
    return element;
  }

  // "12 / 345": how many are shown, and of how many where that differs.
  function counter(shown, whole) {
    var cell = GT.el("span", "gt-count");
    function say() {
      var all = GT.number(whole, 0, GT.language);
      var left = shown();
      cell.textContent = left === whole ? all : GT.number(left, 0, GT.language) + " / " + all;
    }
    counters.push(say);
    GT.onLanguage(say);
    return cell;
  }

  function className(layer, one) {
    var cell = GT.el("span", "gt-class-name");
    GT.onLanguage(function () {
      cell.textContent = one.text ? one.text() : one.code === "" ? GT.word("map.no_data") : GT.valueWord(layer.entry.class_column, one.code);
    });
    return cell;
  }

  function setClasses(layer, off) {
    layer.offClasses = off;
    GT.refresh();
  }

  function toggleClass(layer, place) {
    var off = new Set(layer.offClasses);
    if (!off.delete(place)) { off.add(place); }
    setClasses(layer, off);
  }

  // The rows of the classes, again where a layer is coloured anew.
  function classList(layer) {
    var list = GT.el("ul", "gt-classes");
    function* rows() {
      var classes = layer.entry.classes;
      GT.clear(list);
      for (var place = 0; place < classes.length && classes === layer.entry.classes; place += 1) {
        var one = classes[place];
        if (one.code !== null && !one.empty) { list.appendChild(classRow(layer, one, place)); }
        if (place % ROWS === ROWS - 1) { yield; }
      }
    }
    function fill() {
      var left = rows();
      if (!left.next().done) { GT.work(left, true); }
    }
    GT.map.on("gt:classes", function (event) { if (event.layer === layer) { fill(); } });
    fill();
    return list;
  }

  // Hides every other class, or shows all again where they are hidden.
  function onlyClass(layer, place) {
    var others = layer.entry.classes.map(function (one, other) { return other; })
      .filter(function (other) { return other !== place; });
    var alone = !layer.offClasses.has(place) && layer.offClasses.size === others.length;
    setClasses(layer, new Set(alone ? [] : others));
  }

  function classRow(layer, one, place) {
    var row = GT.el("li");
    row.setAttribute("data-class", one.code);
    var toggle = row.appendChild(button("gt-class"));
    toggle.setAttribute("role", "checkbox");
    toggle.appendChild(GT.swatch(one.symbol, layer.kind));
    toggle.appendChild(className(layer, one));
    toggle.appendChild(counter(function () {
      return layer.tally && !layer.offClasses.has(place) ? layer.tally.classes[place] : one.count;
    }, one.count));
    toggle.addEventListener("click", function () { toggleClass(layer, place); });
    toggle.addEventListener("dblclick", function () { onlyClass(layer, place); });
    if (layer.entry.classes.length > 1) {
      var only = row.appendChild(button("gt-only", "map.only_class"));
      GT.bind(only, GT.page.words["map.only"]);
      only.addEventListener("click", function () { onlyClass(layer, place); });
    }
    function show() {
      toggle.setAttribute("aria-checked", String(!layer.offClasses.has(place)));
      row.classList.toggle("gt-class-off", layer.offClasses.has(place));
    }
    GT.map.on("gt:layers", show);
    show();
    return row;
  }

  // Promise that the map shows the features of a layer that are left, and the layer is on.
  GT.zoomToLayer = function (layer) {
    return GT.setVisible(layer, true).then(function () {
      var boxes = layer.index.boxes;
      var all = [Infinity, Infinity, -Infinity, -Infinity];
      for (var i = 0; i < layer.data.count; i += 1) {
        if (!GT.isShown(layer, i, 0)) { continue; }
        all[0] = Math.min(all[0], boxes[4 * i]);
        all[1] = Math.min(all[1], boxes[4 * i + 1]);
        all[2] = Math.max(all[2], boxes[4 * i + 2]);
        all[3] = Math.max(all[3], boxes[4 * i + 3]);
      }
      if (all[0] > all[2]) { return; }
      GT.collapseSheet();
      GT.map.fitBounds([GT.toLatLng(layer.data, all[0], all[1]), GT.toLatLng(layer.data, all[2], all[3])],
        { padding: [40, 40], maxZoom: 18 });
    });
  };

  function opacityRow(layer) {
    var label = GT.el("label", "gt-opacity");
    label.appendChild(GT.bind(GT.el("span"), GT.page.words["map.opacity"]));
    var range = label.appendChild(GT.el("input"));
    var value = label.appendChild(GT.el("output"));
    range.type = "range";
    range.min = "0";
    range.max = "100";
    range.step = "5";
    range.setAttribute("data-opacity", layer.entry.name);
    function show() {
      range.value = String(Math.round(100 * layer.opacity));
      value.textContent = range.value + " %";
    }
    range.addEventListener("input", function () {
      layer.opacity = Number(range.value) / 100;
      show();
      GT.repaint();
    });
    range.addEventListener("change", function () { GT.map.fire("gt:layers"); });
    GT.map.on("gt:layers", show);
    show();
    return label;
  }

  // Opacity and zoom, folded away behind a button of the layer.
  function tools(layer, head) {
    var box = GT.el("div", "gt-layer-tools");
    box.hidden = true;
    box.appendChild(opacityRow(layer));
    var zoom = box.appendChild(button("gt-small"));
    GT.onLanguage(function () { zoom.textContent = GT.word("map.zoom_layer"); });
    zoom.addEventListener("click", function () { GT.zoomToLayer(layer); });
    var open = head.appendChild(button("gt-more-tools"));
    open.textContent = "⋯";
    open.setAttribute("aria-expanded", "false");
    GT.onLanguage(function () {
      open.setAttribute("aria-label", GT.word("map.layer_tools") + ": " + GT.say(layer.entry.title));
      open.title = GT.word("map.layer_tools");
    });
    open.addEventListener("click", function () {
      box.hidden = !box.hidden;
      open.setAttribute("aria-expanded", String(!box.hidden));
    });
    return box;
  }

  function layerRow(layer) {
    var entry = layer.entry;
    var box = GT.el("div", "gt-layer");
    var head = box.appendChild(GT.el("div", "gt-layer-head"));
    var label = head.appendChild(GT.el("label"));
    var check = label.appendChild(GT.el("input"));
    check.type = "checkbox";
    check.setAttribute("data-layer", entry.name);
    check.addEventListener("change", function () { GT.setVisible(layer, check.checked); });
    if (entry.class_column === null) {
      label.appendChild(GT.swatch(entry.classes[0].symbol, layer.kind));
    }
    label.appendChild(GT.bind(GT.el("span", "gt-layer-name"), entry.title));
    label.appendChild(counter(function () { return layer.tally ? layer.tally.count : entry.count; }, entry.count));
    box.appendChild(tools(layer, head));
    if (entry.class_column !== null || entry.indicators.length) { box.appendChild(classList(layer)); }
    function show() {
      check.checked = layer.visible;
      box.classList.toggle("gt-layer-off", !layer.visible);
      box.classList.toggle("gt-coloured", layer.entry.classes[0].code !== null);
    }
    GT.map.on("gt:layers", show);
    show();
    return box;
  }

  // The heading of a group switches all its layers and folds them away.
  function groupHead(group, layers, list) {
    var head = GT.el("div", "gt-group-head");
    var label = head.appendChild(GT.el("label", "gt-group"));
    var check = label.appendChild(GT.el("input"));
    check.type = "checkbox";
    label.appendChild(GT.bind(GT.el("span"), group));
    check.addEventListener("change", function () {
      layers.forEach(function (layer) { GT.setVisible(layer, check.checked); });
    });
    var fold = head.appendChild(button("gt-fold"));
    fold.appendChild(GT.el("span", "gt-fold-mark"));
    function say() {
      fold.setAttribute("aria-expanded", String(!list.hidden));
      fold.setAttribute("aria-label", GT.word(list.hidden ? "map.show" : "map.hide") + ": " + GT.say(group));
    }
    fold.addEventListener("click", function () {
      list.hidden = !list.hidden;
      say();
    });
    function show() {
      var on = layers.filter(function (layer) { return layer.visible; }).length;
      check.checked = on === layers.length;
      check.indeterminate = on > 0 && on < layers.length;
    }
    GT.map.on("gt:layers", show);
    GT.onLanguage(say);
    show();
    return head;
  }

  // From above to below, but what is coloured by a number first: its colours mean nothing unread.
  function inOrder() {
    var layers = GT.layers.slice().reverse();
    function isColoured(layer) { return layer.entry.indicators.length > 0; }
    return layers.filter(isColoured).concat(layers.filter(function (layer) { return !isColoured(layer); }));
  }

  // Layers by group, the groups in the order of the first layer of each.
  function byGroup() {
    var groups = new Map();
    inOrder().forEach(function (layer) {
      var group = layer.entry.group;
      var key = group ? group.en + "|" + group.vi : "";
      if (!groups.has(key)) { groups.set(key, []); }
      groups.get(key).push(layer);
    });
    return groups;
  }

  function quantumNote() {
    var note = GT.el("p", "gt-note gt-quantum");
    GT.onLanguage(function () {
      var step = GT.cell(GT.page.quantum_m, { name: "quantum_m", kind: "number" }, GT.language);
      note.textContent = GT.word("map.quantum").replace("{quantum}", step);
    });
    return note;
  }

  // Whether the classes of a layer add up to more than it has: what each alternative puts elsewhere.
  function addsUpToMore(layer) {
    var entry = layer.entry;
    return entry.counted && entry.class_column !== null &&
      entry.classes.reduce(function (sum, one) { return sum + one.count; }, 0) > entry.count;
  }

  GT.startLegend = function () {
    var legend = GT.byId("gt-legend");
    byGroup().forEach(function (layers) {
      var group = layers[0].entry.group;
      var box = legend.appendChild(GT.el("div", "gt-layers"));
      var list = GT.el("div");
      if (group) { box.appendChild(groupHead(group, layers, list)); }
      layers.forEach(function (layer) { list.appendChild(layerRow(layer)); });
      box.appendChild(list);
    });
    if (GT.layers.some(addsUpToMore)) {
      legend.appendChild(GT.bind(GT.el("p", "gt-note gt-several"), GT.page.words["map.several_classes"]));
    }
    legend.appendChild(quantumNote());
    GT.map.on("gt:totals", function () { counters.forEach(function (say) { say(); }); });
  };
})(GT);
