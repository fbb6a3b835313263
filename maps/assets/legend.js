// The list of layers is the legend: a checkbox a layer, a picture and a count a class.
(function (GT) {
  function count(number) {
    var cell = GT.el("span", "gt-count");
    GT.onLanguage(function () { cell.textContent = GT.number(number, 0, GT.language); });
    return cell;
  }

  function className(column, code) {
    var cell = GT.el("span", "gt-class-name");
    GT.onLanguage(function () {
      cell.textContent = code === "" ? GT.word("map.no_data") : GT.valueWord(column, code);
    });
    return cell;
  }

  function classRow(layer, one) {
    var row = GT.el("li");
    row.setAttribute("data-class", one.code);
    row.appendChild(GT.swatch(one.symbol, layer.kind));
    row.appendChild(className(layer.entry.class_column, one.code));
    row.appendChild(count(one.count));
    return row;
  }

  function layerRow(layer) {
    var entry = layer.entry;
    var box = GT.el("div", "gt-layer");
    var label = GT.el("label");
    var check = GT.el("input");
    check.type = "checkbox";
    check.checked = layer.visible;
    check.setAttribute("data-layer", entry.name);
    check.addEventListener("change", function () { GT.setVisible(layer, check.checked); });
    GT.map.on("gt:layers", function () {
      check.checked = layer.visible;
      box.classList.toggle("gt-layer-off", !layer.visible);
    });
    label.appendChild(check);
    if (entry.class_column === null) {
      label.appendChild(GT.swatch(entry.classes[0].symbol, layer.kind));
    }
    label.appendChild(GT.bind(GT.el("span", "gt-layer-name"), entry.title));
    label.appendChild(count(entry.count));
    box.appendChild(label);
    box.classList.toggle("gt-layer-off", !layer.visible);
    if (entry.class_column !== null) {
      var list = GT.el("ul", "gt-classes");
      entry.classes.forEach(function (one) { list.appendChild(classRow(layer, one)); });
      box.appendChild(list);
    }
    return box;
  }

  // Layers by group, the groups in the order in which the uppermost layer of each is drawn.
  function byGroup() {
    var groups = new Map();
    GT.layers.slice().reverse().forEach(function (layer) {
      var group = layer.entry.group;
      var key = group ? group.en + "|" + group.vi : "";
      if (!groups.has(key)) { groups.set(key, []); }
      groups.get(key).push(layer);
    });
    return groups;
  }

  GT.startLegend = function () {
    var legend = GT.byId("gt-legend");
    byGroup().forEach(function (layers) {
      var group = layers[0].entry.group;
      if (group) { legend.appendChild(GT.bind(GT.el("h3", "gt-group"), group)); }
      layers.forEach(function (layer) { legend.appendChild(layerRow(layer)); });
    });
  };
})(GT);
