// The totals of both panes beside each other, with the difference.
(function (GT) {
  var running = false;
  var again = false;

  // A number without its unit: that stands in the heading of the row.
  function bare(value, column) {
    var text = GT.cell(value, column, GT.language);
    var unit = GT.unitOf(column.kind);
    return unit ? text.slice(0, -unit.length - 1) : text;
  }

  function line(body, label, column, pair) {
    var row = body.appendChild(GT.el("tr"));
    row.appendChild(GT.el("th", "", label)).scope = "row";
    pair.concat(GT.plainSum(pair[1] - pair[0])).forEach(function (value, place) {
      var plus = place === 2 && value > 0 ? "+" : "";
      var cell = row.appendChild(GT.el("td", "gt-num", plus + bare(value, column)));
      cell.setAttribute("data-key", column.name);
      cell.setAttribute("data-value", String(value));
    });
  }

  function addHead(table) {
    var names = table.appendChild(GT.el("thead")).appendChild(GT.el("tr"));
    names.appendChild(GT.el("td"));
    GT.comparedValues().map(function (value, number) {
      return (number + 1) + ". " + GT.codeWord(GT.page.compare_column, value);
    }).concat(GT.word("map.difference")).forEach(function (text) {
      names.appendChild(GT.el("th", "gt-num", text)).scope = "col";
    });
  }

  function addBody(table, layer, totals) {
    var body = table.appendChild(GT.el("tbody"));
    body.setAttribute("data-compared", layer.entry.name);
    var title = body.appendChild(GT.el("tr")).appendChild(GT.el("th", "gt-compared-layer", GT.say(layer.entry.title)));
    title.colSpan = 4;
    if (GT.filters.size && !layer.sieve) { title.appendChild(GT.el("span", "gt-note", GT.word("map.unfiltered"))); }
    title.scope = "rowgroup";
    line(body, GT.word("map.features"), { name: "count", kind: "count" }, totals.map(function (one) { return one.count; }));
    layer.entry.sums.forEach(function (name) {
      var column = GT.columnOf(layer, name);
      var pair = totals.map(function (one) { return one.sums.get(name); });
      if (pair[0] !== null && pair[1] !== null) { line(body, GT.say(column.label), column, pair); }
    });
  }

  function* count(layers) {
    var found = [];
    for (var n = 0; n < layers.length; n += 1) {
      var first = yield* GT.paneTotals(layers[n], 0);
      found.push([first, yield* GT.paneTotals(layers[n], 1)]);
    }
    return found;
  }

  function fill(layers, totals) {
    var room = GT.byId("gt-compared");
    GT.clear(room);
    var scroller = room.appendChild(GT.el("div", "gt-scroll"));
    scroller.tabIndex = 0;
    var table = scroller.appendChild(GT.el("table"));
    addHead(table);
    layers.forEach(function (layer, place) { addBody(table, layer, totals[place]); });
    room.parentNode.hidden = !layers.length;
  }

  // Counts anew; asked for while counting, counts once more afterwards.
  function update() {
    if (running) { again = true; return; }
    running = true;
    var layers = GT.comparedLayers().filter(function (layer) { return layer.visible && layer.classOf; }).reverse();
    GT.work(count(layers)).then(function (totals) {
      running = false;
      fill(layers, totals);
      if (again) {
        again = false;
        update();
      }
    });
  }

  GT.startCompared = function () {
    GT.map.on("gt:layers", update);
    GT.onLanguage(update);
  };
})(GT);
