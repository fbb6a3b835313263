// Totals by commune and by section as bars: each chart is a table, a row of which sets the filter.
(function (GT) {
  var SVG = "http://www.w3.org/2000/svg";
  var SLICE = 20000;
  var DIMENSIONS = { commune_id: "map.by_commune", section_id: "map.by_section" };
  var COUNT = "count";
  var DOUBLE = "shared";
  var chosen = { layer: null, measure: COUNT };
  var asked = 0;

  function dimensionsOf(layer) {
    return Object.keys(DIMENSIONS).filter(function (name) { return layer.entry.filters.indexOf(name) >= 0; });
  }

  function charted() {
    return GT.layers.filter(function (layer) { return dimensionsOf(layer).length > 0; }).reverse();
  }

  // By code the sum, or the number of features, of the pieces that the other filters leave.
  function* divide(layer, pieces, name, measure) {
    var column = pieces.codes(name);
    if (!column) { return new Map(); }
    var values = measure === COUNT ? null : pieces.numbers(measure);
    var tests = GT.sieveTests(layer, pieces, name);
    var shown = GT.shownAnywhere(GT.panes.map(function (pane, number) {
      return GT.shownBut(layer, number, GT.filterMask);
    }));
    var sums = Array.from({ length: column.words.count + 1 }, function () { return new GT.Sum(); });
    var last = new Int32Array(sums.length).fill(-1);
    var isNew = GT.makeCounter(layer);
    for (var i = 0; i < pieces.count; i += 1) {
      var row = pieces.rows ? pieces.rows[i] : i;
      if ((!shown || shown[row]) && GT.passes(tests, i)) {
        var code = column.code(i) + 1;
        if (values) { sums[code].add(values[i]); } else if (last[code] !== row && isNew(row, code)) { sums[code].add(1); }
        last[code] = row;
      }
      if (i % SLICE === SLICE - 1) { yield; }
    }
    var found = new Map();
    last.forEach(function (row, code) {
      var word = code ? GT.wordOf(column.words, code - 1) : "";
      if (row >= 0 && (values || word !== DOUBLE)) { found.set(word, (found.get(word) || 0) + sums[code].total()); }
    });
    return found;
  }

  // Sections as they follow each other, communes by size; what is no place of its own last.
  function inOrder(name, found) {
    var along = new Map();
    GT.page.axes.forEach(function (axis) {
      axis.sections.forEach(function (one) { along.set(one[0], along.size); });
    });
    function rank(code) {
      if (code === "" || code === DOUBLE) { return Infinity; }
      return name === "section_id" && along.has(code) ? along.get(code) : along.size;
    }
    return Array.from(found).sort(function (a, b) {
      var ranks = [rank(a[0]), rank(b[0])];
      if (ranks[0] !== ranks[1]) { return ranks[0] - ranks[1]; }
      return name === "section_id" ? GT.compareTexts(a[0], b[0]) : b[1] - a[1];
    });
  }

  function bar(share, negative) {
    var svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("class", negative ? "gt-bar gt-bar-minus" : "gt-bar");
    svg.setAttribute("aria-hidden", "true");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("viewBox", "0 0 100 10");
    var rect = svg.appendChild(document.createElementNS(SVG, "rect"));
    rect.setAttribute("width", String(share > 0 ? Math.max(0.6, 100 * share) : 0));
    rect.setAttribute("height", "10");
    return svg;
  }

  function toggle(name, code) {
    var codes = new Set(GT.filters.get(name) || []);
    if (!codes.delete(code)) { codes.add(code); }
    GT.setFilter(name, Array.from(codes));
  }

  function barRow(name, one, largest, column) {
    var filter = GT.filters.get(name);
    var row = GT.el("tr", filter && !filter.has(one[0]) ? "gt-bar-off" : "");
    row.setAttribute("data-code", one[0]);
    var head = row.appendChild(GT.el("th"));
    head.scope = "row";
    var button = head.appendChild(GT.el("button", "", GT.codeWord(name, one[0])));
    button.type = "button";
    button.setAttribute("aria-pressed", String(Boolean(filter) && filter.has(one[0])));
    row.appendChild(GT.el("td", "gt-bar-cell")).appendChild(bar(Math.abs(one[1]) / largest, one[1] < 0));
    var value = row.appendChild(GT.el("td", "gt-num", GT.cell(one[1], column, GT.language)));
    value.setAttribute("data-value", String(one[1]));
    row.title = GT.codeWord(name, one[0]) + ": " + value.textContent;
    row.addEventListener("click", function () { toggle(name, one[0]); });
    return row;
  }

  function measureColumn() {
    if (chosen.measure === COUNT) {
      return { name: COUNT, label: GT.page.words["map.features"], kind: "count" };
    }
    return GT.columnOf(chosen.layer, chosen.measure);
  }

  function chart(name, found) {
    var column = measureColumn();
    var rows = inOrder(name, found);
    var largest = rows.reduce(function (most, one) { return Math.max(most, Math.abs(one[1])); }, 0) || 1;
    var table = GT.el("table", "gt-chart");
    table.setAttribute("data-chart", name);
    table.appendChild(GT.el("caption", "", GT.word(DIMENSIONS[name]) + ": " + GT.say(column.label)));
    var body = table.appendChild(GT.el("tbody"));
    rows.forEach(function (one) { body.appendChild(barRow(name, one, largest, column)); });
    return table;
  }

  // The code whose button has the focus in a chart, so that redrawing does not lose it.
  function focused(room) {
    var row = room.contains(document.activeElement) ? document.activeElement.closest("tr") : null;
    return row ? [row.closest("table").getAttribute("data-chart"), row.getAttribute("data-code")] : null;
  }

  function refocus(room, place) {
    room.querySelectorAll("[data-chart] tr").forEach(function (row) {
      if (place && row.closest("table").getAttribute("data-chart") === place[0] &&
        row.getAttribute("data-code") === place[1]) {
        row.querySelector("button").focus({ preventScroll: true });
      }
    });
  }

  function draw() {
    var layer = chosen.layer;
    if (!layer || !layer.classOf) { return; }
    asked += 1;
    var own = asked;
    var names = dimensionsOf(layer);
    GT.loadPieces(layer).then(function (pieces) {
      return Promise.all(names.map(function (name) { return GT.work(divide(layer, pieces, name, chosen.measure)); }));
    }).then(function (found) {
      if (own !== asked) { return; }
      var room = GT.byId("gt-charts");
      var place = focused(room);
      GT.clear(room);
      names.forEach(function (name, n) { room.appendChild(chart(name, found[n])); });
      room.setAttribute("data-layer", layer.entry.name);
      refocus(room, place);
    });
  }

  function fillMeasures() {
    var select = /** @type {HTMLSelectElement} */ (GT.byId("gt-chart-measure"));
    var names = [COUNT].concat(GT.sumsOf(chosen.layer).filter(function (name) {
      return chosen.layer.pieces && chosen.layer.pieces.numbers(name);
    }));
    if (names.indexOf(chosen.measure) < 0) { chosen.measure = names[names.length > 1 ? 1 : 0]; }
    GT.clear(select);
    names.forEach(function (name) {
      var label = name === COUNT ? GT.word("map.features") : GT.say(GT.columnOf(chosen.layer, name).label);
      select.appendChild(GT.el("option", "", label)).value = name;
    });
    select.value = chosen.measure;
  }

  function fillLayers() {
    var select = /** @type {HTMLSelectElement} */ (GT.byId("gt-chart-layer"));
    GT.clear(select);
    charted().forEach(function (layer) {
      select.appendChild(GT.el("option", "", GT.say(layer.entry.title))).value = layer.entry.name;
    });
    select.value = chosen.layer.entry.name;
  }

  function chooseLayer(layer) {
    chosen = { layer: layer, measure: GT.sumsOf(layer)[0] || COUNT };
    return GT.loadPieces(layer).then(function () {
      fillMeasures();
      draw();
    });
  }

  function build() {
    var first = GT.mainLayer(charted());
    GT.byId("gt-charts-section").hidden = !first;
    if (!first) { return; }
    chooseLayer(first).then(function () {
      GT.onLanguage(function () {
        fillLayers();
        fillMeasures();
        draw();
      });
      GT.map.on("gt:totals gt:filter", draw);
    });
  }

  GT.startCharts = function () {
    GT.byId("gt-chart-layer").addEventListener("change", function (event) {
      var name = /** @type {HTMLSelectElement} */ (event.target).value;
      chooseLayer(GT.layers.find(function (layer) { return layer.entry.name === name; }));
    });
    GT.byId("gt-chart-measure").addEventListener("change", function (event) {
      chosen.measure = /** @type {HTMLSelectElement} */ (event.target).value;
      draw();
    });
    GT.map.once("gt:whole", build);
  };
})(GT);
