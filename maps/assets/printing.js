// Printing: the map is drawn anew, finer and as large as on the paper. Browsers do not wait, but for
// the page's own button: there it is drawn in slices first.
(function (GT) {
  // What stands nearest to the map on paper.
  var FIRST = ["gt-legend-section", "gt-facts-section", "gt-summary-section", "gt-compared-section"];
  var before = null;
  var ready = false;
  var begun = false;
  var unmoved = false;
  var turn = 0;

  // Classes of a layer that lie in the view of any pane.
  function* classesInView(layer) {
    var bounds = GT.map.getBounds();
    var low = GT.toSteps(layer.data, bounds.getSouth(), bounds.getWest());
    var high = GT.toSteps(layer.data, bounds.getNorth(), bounds.getEast());
    var found = new Set();
    yield* GT.visitNear(layer, low.concat(high), function (i) {
      if (GT.panes.some(function (pane) { return GT.isShown(layer, i, pane.number); })) {
        found.add(layer.classOf[i]);
      }
    });
    return found;
  }

  // The legend on paper explains what is on the paper, nothing else.
  function* markRow(row) {
    var name = row.querySelector("input[data-layer]").getAttribute("data-layer");
    var layer = GT.layers.find(function (one) { return one.entry.name === name; });
    var seen = layer.visible && layer.classOf ? yield* classesInView(layer) : new Set();
    row.classList.toggle("gt-unseen", !seen.size);
    var codes = new Set(Array.from(seen).map(function (place) { return layer.entry.classes[place].code; }));
    row.querySelectorAll("[data-class]").forEach(function (item) {
      item.classList.toggle("gt-unseen", !codes.has(item.getAttribute("data-class")));
    });
  }

  function* markLegend() {
    var rows = document.querySelectorAll("#gt-legend .gt-layer");
    for (var n = 0; n < rows.length; n += 1) { yield* markRow(rows[n]); }
    document.querySelectorAll("#gt-legend .gt-layers").forEach(function (group) {
      group.classList.toggle("gt-unseen", !group.querySelector(".gt-layer:not(.gt-unseen)"));
    });
  }

  // Sections that the reader has folded away are not printed; what is folded within one is.
  function openFolded() {
    var folded = Array.from(document.querySelectorAll(".gt-section[open] details:not([open]):not(.gt-long)"));
    folded.forEach(function (details) { details.open = true; });
    return folded;
  }

  function rank(section) {
    var place = FIRST.findIndex(function (name) { return section.classList.contains(name); });
    return place < 0 ? FIRST.length : place;
  }

  // Puts the sections in the order of the paper; returns them in the order of the screen.
  function arrange() {
    var usual = Array.from(GT.byId("gt-panel-body").children);
    usual.slice().sort(function (a, b) { return rank(a) - rank(b); }).forEach(append);
    return usual;
  }

  function append(section) {
    GT.byId("gt-panel-body").appendChild(section);
  }

  // Gives the page the shape it has on paper.
  function shape() {
    before = { bounds: GT.map.getBounds(), centre: GT.map.getCenter(), zoom: GT.map.getZoom(), folded: openFolded(), usual: arrange() };
    document.documentElement.classList.add("gt-printing");
    GT.printing = true;
    GT.map.invalidateSize({ pan: false, animate: false });
    GT.map.fitBounds(before.bounds, { animate: false });
  }

  // Draws the map and marks the legend; gives way where another printing has begun since.
  function* fill() {
    var mine = turn += 1;
    unmoved = true;
    yield* whileFirst(mine, markLegend());
    yield* whileFirst(mine, GT.drawPaper());
    if (mine === turn) { ready = unmoved; }
  }

  function* whileFirst(mine, steps) {
    while (mine === turn && !steps.next().done) { yield; }
  }

  // What was drawn holds as long as nobody moves the map or switches what it shows.
  function spoil() { unmoved = ready = false; }

  function start() {
    begun = true;
    if (!before) { shape(); }
    if (!ready) { GT.workNow(fill()); }
    GT.outlineNow();
  }

  function end() {
    if (!before) { return; }
    document.documentElement.classList.remove("gt-printing");
    GT.printing = false;
    GT.clearPaper();
    before.usual.forEach(append);
    before.folded.forEach(function (details) { details.open = false; });
    GT.map.invalidateSize({ pan: false, animate: false });
    GT.map.setView(before.centre, before.zoom, { animate: false });
    before = null;
    ready = begun = false;
    turn += 1;
    GT.repaint();
  }

  function print() {
    if (before) { return; }
    shape();
    GT.work(fill(), true).then(function () {
      if (before && !begun) { window.print(); }
    }).then(leave, function (error) {
      leave();
      throw error;
    });
  }

  // Where the browser will not print, the page gets its shape back.
  function leave() {
    if (!begun) { end(); }
  }

  GT.startPrinting = function () {
    GT.byId("gt-print").addEventListener("click", print);
    GT.map.on("moveend gt:layers", spoil);
    window.addEventListener("beforeprint", start);
    window.addEventListener("afterprint", end);
  };
})(GT);
