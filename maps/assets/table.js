// The table of the features gathered: page by page, totals, back to the map, out to a spreadsheet.
(function (GT) {
  var PAGE = 50;
  var OUTLINED = 1000;
  var SLICE = 200;
  var page = 0;
  var drawn = [];
  var asked = 0;
  var sieve = null;

  function button(className, word, act) {
    var element = GT.el("button", className, GT.word(word));
    element.type = "button";
    element.addEventListener("click", act);
    return element;
  }

  function isNumber(column, layer) {
    return layer.columns.get(column.name).type === "number";
  }

  function go(layer, i) {
    GT.setVisible(layer, true).then(function () {
      GT.collapseSheet();
      GT.map.fitBounds(L.latLngBounds(GT.boundsOf(layer, i)).pad(1.5), { maxZoom: 18 });
      GT.select(layer, i);
    });
  }

  function row(layer, columns, i) {
    var line = GT.el("tr");
    line.setAttribute("data-index", String(i));
    columns.forEach(function (column, place) {
      var text = GT.cell(GT.gatheredValue(layer, column.name, i), column, GT.language);
      var cell = line.appendChild(GT.el(place ? "td" : "th", isNumber(column, layer) ? "gt-num" : ""));
      cell.setAttribute("data-key", column.name);
      if (place) { cell.textContent = text; return; }
      cell.scope = "row";
      var link = cell.appendChild(button("gt-link", "map.zoom_to", function () { go(layer, i); }));
      link.title = GT.word("map.zoom_to");
      link.textContent = text;
    });
    var remove = line.appendChild(GT.el("td")).appendChild(button("gt-remove", "map.remove_row", function () {
      GT.ungather(layer, i);
    }));
    remove.textContent = "×";
    remove.title = GT.word("map.remove_row");
    remove.setAttribute("aria-label", GT.word("map.remove_row") + ": " + GT.titleOf(layer, i));
    return line;
  }

  // Sums of the columns that the layer adds up, over all pages.
  function totalRow(layer, columns, indexes) {
    var line = GT.el("tr", "gt-total");
    columns.forEach(function (column, place) {
      var cell = line.appendChild(GT.el(place ? "td" : "th", isNumber(column, layer) ? "gt-num" : ""));
      if (!place) { cell.scope = "row"; cell.textContent = GT.word("map.total"); }
      var total = GT.gatheredTotal(layer, column.name, indexes);
      if (total === null) { return; }
      cell.textContent = GT.cell(total, column, GT.language);
      cell.setAttribute("data-key", column.name);
      cell.setAttribute("data-value", String(total));
    });
    line.appendChild(GT.el("td"));
    return line;
  }

  function grid(layer, indexes) {
    var columns = GT.gatheredColumns(layer);
    var scroller = GT.el("div", "gt-scroll");
    scroller.tabIndex = 0;
    var table = scroller.appendChild(GT.el("table"));
    var names = table.appendChild(GT.el("thead")).appendChild(GT.el("tr"));
    columns.forEach(function (column) {
      names.appendChild(GT.el("th", isNumber(column, layer) ? "gt-num" : "", GT.say(column.label))).scope = "col";
    });
    names.appendChild(GT.el("td"));
    var body = table.appendChild(GT.el("tbody"));
    indexes.slice(page * PAGE, (page + 1) * PAGE).forEach(function (i) {
      body.appendChild(row(layer, columns, i));
    });
    body.appendChild(totalRow(layer, columns, indexes));
    return scroller;
  }

  function turn(by) {
    page += by;
    fill();
  }

  function pager(count) {
    var box = GT.el("p", "gt-pager");
    var last = Math.min(count, (page + 1) * PAGE);
    function number(value) { return GT.number(value, 0, GT.language); }
    var back = box.appendChild(button("gt-small", "map.previous", function () { turn(-1); }));
    box.appendChild(GT.el("span", "", number(page * PAGE + 1) + "–" + number(last) + " / " + number(count)));
    var on = box.appendChild(button("gt-small", "map.next", function () { turn(1); }));
    back.disabled = page === 0;
    on.disabled = last === count;
    return box;
  }

  function fillLayers() {
    var select = /** @type {HTMLSelectElement} */ (GT.byId("gt-gather-layer"));
    GT.clear(select);
    GT.layers.slice().reverse().forEach(function (layer) {
      var count = GT.gathered(layer).length;
      var text = GT.say(layer.entry.title) + (count ? " (" + GT.number(count, 0, GT.language) + ")" : "");
      select.appendChild(GT.el("option", "", text)).value = layer.entry.name;
    });
    select.value = GT.gatherLayer().entry.name;
  }

  function say(text) {
    GT.byId("gt-gather-said").textContent = text;
  }

  // All but the button that enlarges.
  function empty(room) {
    while (room.lastChild && room.lastChild !== room.firstChild) { room.removeChild(room.lastChild); }
  }

  function fill() {
    var layer = GT.gatherLayer();
    if (!layer) { return; }
    var room = GT.byId("gt-gathered");
    var indexes = GT.gathered(layer);
    page = Math.max(0, Math.min(page, Math.ceil(indexes.length / PAGE) - 1));
    fillLayers();
    GT.byId("gt-gather-out").hidden = !indexes.length;
    asked += 1;
    sieve = layer.sieve;
    var own = asked;
    if (!indexes.length) { empty(room); return; }
    GT.loadColumns(layer).then(function () {
      if (own !== asked) { return; }
      empty(room);
      room.appendChild(pager(indexes.length));
      room.appendChild(grid(layer, indexes));
    });
  }

  function* outlineAll() {
    drawn.forEach(function (path) { path.remove(); });
    drawn = [];
    var all = GT.layers.reduce(function (list, layer) {
      return list.concat(GT.gathered(layer).map(function (i) { return [layer, i]; }));
    }, []);
    var own = asked;
    for (var n = 0; all.length <= OUTLINED && n < all.length && own === asked; n += 1) {
      GT.makePaths(GT.map, GT.shapeOf(all[n][0], all[n][1]), {
        color: "#111111", weight: 1.5, fill: all[n][0].areal, fillColor: "#ffe94a", fillOpacity: 0.5,
        radius: 8, shape: "circle"
      }).forEach(function (path) { drawn.push(path.addTo(GT.map)); });
      if (n % 20 === 19) { yield; }
    }
  }

  // The rows as a spreadsheet reads them, in slices.
  function* sheet(layer) {
    var columns = GT.gatheredColumns(layer);
    var indexes = GT.gathered(layer);
    var found = GT.spreadsheet(columns, [], GT.language);
    for (var at = 0; at < indexes.length; at += SLICE) {
      var rows = indexes.slice(at, at + SLICE).map(function (i) {
        return columns.map(function (column) { return GT.gatheredValue(layer, column.name, i); });
      });
      found = found.concat(GT.spreadsheet(columns, rows, GT.language).slice(1));
      yield;
    }
    return found;
  }

  function copy() {
    var layer = GT.gatherLayer();
    var count = GT.number(GT.gathered(layer).length, 0, GT.language);
    GT.work(sheet(layer), true).then(GT.copySheet).then(function () {
      say(GT.word("map.copied_rows").replace("{count}", count));
    }, function () { say(GT.word("map.copy_refused")); });
  }

  function save() {
    var layer = GT.gatherLayer();
    GT.work(sheet(layer), true).then(function (rows) {
      GT.saveText(layer.entry.name + ".csv", GT.csv(rows, GT.language), "text/csv;charset=utf-8");
    });
  }

  GT.startTable = function () {
    var room = GT.byId("gt-gathered");
    room.appendChild(GT.expander(room));
    GT.byId("gt-gather-layer").addEventListener("change", function (event) {
      var name = /** @type {HTMLSelectElement} */ (event.target).value;
      GT.setGatherLayer(GT.layers.find(function (layer) { return layer.entry.name === name; }));
    });
    GT.byId("gt-copy").addEventListener("click", copy);
    GT.byId("gt-csv").addEventListener("click", save);
    GT.map.on("gt:gathered", function (event) {
      var limit = GT.number(GT.gatherLimit, 0, GT.language);
      say(event.full ? GT.word("map.gather_limit").replace("{count}", limit) : "");
      if (GT.gathered(GT.gatherLayer()).length) {
        /** @type {HTMLDetailsElement} */ (GT.byId("gt-gather-section")).open = true;
      }
      fill();
      GT.work(outlineAll());
    });
    GT.map.on("gt:layers", function () {
      if (GT.gatherLayer() && GT.gatherLayer().sieve !== sieve) { fill(); }
    });
    GT.onLanguage(function () {
      GT.byId("gt-csv").title = GT.word("map.csv_dates");
      fill();
    });
  };
})(GT);
