// Printing: the map is drawn anew at once, finer and as large as on the paper; browsers do not wait.
(function (GT) {
  // What stands nearest to the map on paper.
  var FIRST = ["gt-legend-section", "gt-facts-section", "gt-summary-section", "gt-compared-section"];
  var before = null;

  // Classes of a layer that lie in the view of any pane.
  function classesInView(layer) {
    var bounds = GT.map.getBounds();
    var low = GT.toSteps(layer.data, bounds.getSouth(), bounds.getWest());
    var high = GT.toSteps(layer.data, bounds.getNorth(), bounds.getEast());
    var found = new Set();
    GT.eachNear(layer, low.concat(high), function (i) {
      if (GT.panes.some(function (pane) { return GT.isShown(layer, i, pane.number); })) {
        found.add(layer.classOf[i]);
      }
    });
    return found;
  }

  // The legend on paper explains what is on the paper, nothing else.
  function markRow(row) {
    var name = row.querySelector("input[data-layer]").getAttribute("data-layer");
    var layer = GT.layers.find(function (one) { return one.entry.name === name; });
    var seen = layer.visible && layer.classOf ? classesInView(layer) : new Set();
    row.classList.toggle("gt-unseen", !seen.size);
    var codes = new Set(Array.from(seen).map(function (place) { return layer.entry.classes[place].code; }));
    row.querySelectorAll("[data-class]").forEach(function (item) {
      item.classList.toggle("gt-unseen", !codes.has(item.getAttribute("data-class")));
    });
  }

  function markLegend() {
    document.querySelectorAll("#gt-legend .gt-layer").forEach(markRow);
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

  function start() {
    if (before) { return; }
    before = { bounds: GT.map.getBounds(), centre: GT.map.getCenter(), zoom: GT.map.getZoom(), folded: openFolded(), usual: arrange() };
    document.documentElement.classList.add("gt-printing");
    GT.printing = true;
    GT.map.invalidateSize({ pan: false, animate: false });
    GT.map.fitBounds(before.bounds, { animate: false });
    markLegend();
    GT.paintNow();
    GT.outlineNow();
  }

  function end() {
    if (!before) { return; }
    document.documentElement.classList.remove("gt-printing");
    GT.printing = false;
    before.usual.forEach(append);
    before.folded.forEach(function (details) { details.open = false; });
    GT.map.invalidateSize({ pan: false, animate: false });
    GT.map.setView(before.centre, before.zoom, { animate: false });
    before = null;
    GT.repaint();
  }

  GT.startPrinting = function () {
    GT.byId("gt-print").addEventListener("click", function () { window.print(); });
    window.addEventListener("beforeprint", start);
    window.addEventListener("afterprint", end);
  };
})(GT);
