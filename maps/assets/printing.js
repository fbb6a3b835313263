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
  var EVERYWHERE = L.latLngBounds([-85, -10000], [85, 10000]);

  // Whether an edge meets a box [x0, y0, x1, y1]: neither lies wholly on one side of the other.
  function crosses(box, x0, y0, x1, y1) {
    if (Math.max(x0, x1) < box[0] || Math.min(x0, x1) > box[2] ||
      Math.max(y0, y1) < box[1] || Math.min(y0, y1) > box[3]) { return false; }
    var sides = [[0, 1], [0, 3], [2, 1], [2, 3]].map(function (corner) {
      return (x1 - x0) * (box[corner[1]] - y0) - (y1 - y0) * (box[corner[0]] - x0);
    });
    return Math.min.apply(null, sides) <= 0 && Math.max.apply(null, sides) >= 0;
  }

  // Whether feature i meets a box itself, where the box around it does.
  function meets(layer, i, box) {
    var shape = layer.shape;
    var found = false;
    for (var v = GT.firstVertex(shape, i); !found && v < GT.firstVertex(shape, i + 1); v += 1) {
      found = crosses(box, shape.xy[2 * v], shape.xy[2 * v + 1], shape.xy[2 * v], shape.xy[2 * v + 1]);
    }
    if (found || shape.kinds[i] === 1) { return found; }
    GT.eachEdge(layer, i, function (x0, y0, x1, y1) { found = found || crosses(box, x0, y0, x1, y1); });
    return found || (shape.kinds[i] === 3 && GT.contains(layer, i, box[0], box[1]));
  }

  // Classes of a layer that lie in the view of any pane.
  function* classesInView(layer) {
    var bounds = GT.map.getBounds();
    var low = GT.toSteps(layer.data, bounds.getSouth(), bounds.getWest());
    var high = GT.toSteps(layer.data, bounds.getNorth(), bounds.getEast());
    var box = low.concat(high);
    var found = new Set();
    yield* GT.visitNear(layer, box, function (i) {
      if (found.has(layer.classOf[i])) { return; }
      if (GT.panes.some(function (pane) { return GT.isShown(layer, i, pane.number); }) && meets(layer, i, box)) {
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

  // Gives the page the shape it has on paper. There the map has no limits, nor does it move to them.
  function shape() {
    before = {
      bounds: GT.map.getBounds(), centre: GT.map.getCenter(), zoom: GT.map.getZoom(), folded: openFolded(), usual: arrange(),
      limits: GT.map.options.maxBounds, animated: GT.map._zoomAnimated
    };
    document.documentElement.classList.add("gt-printing");
    GT.printing = true;
    GT.map.options.maxBounds = EVERYWHERE;
    GT.map._zoomAnimated = false;
    GT.map.invalidateSize({ pan: false, animate: false });
    GT.map.fitBounds(before.bounds, { animate: false, reset: true });
  }

  // Puts the map back where it was, to the last digit.
  function unshape() {
    document.documentElement.classList.remove("gt-printing");
    before.usual.forEach(append);
    before.folded.forEach(function (details) { details.open = false; });
    GT.map.invalidateSize({ pan: false, animate: false });
    GT.map.setView(before.centre, before.zoom, { animate: false, reset: true });
    GT.map.options.maxBounds = before.limits;
    GT.map._zoomAnimated = before.animated;
    GT.printing = false;
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
    GT.spreadTables();
  }

  function end() {
    if (!before) { return; }
    GT.clearPaper();
    GT.gatherTables();
    unshape();
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

  // Every sheet says for whom it is, along its edge: the map's own mark is on the first only.
  function startRecipient() {
    if (!GT.page.watermark) { return; }
    document.documentElement.classList.add("gt-marked");
    GT.bind(document.body.appendChild(GT.el("div", "gt-recipient")), GT.page.watermark);
  }

  GT.startPrinting = function () {
    startRecipient();
    GT.byId("gt-print").addEventListener("click", print);
    GT.map.on("moveend gt:layers", spoil);
    window.addEventListener("beforeprint", start);
    window.addEventListener("afterprint", end);
  };
})(GT);
