// Features gathered for the table: by clicks, by a box, all in view, all that are shown.
(function (GT) {
  var LIMIT = 5000;
  var SLICE = 20000;
  var CLICKS = "gather";
  var BOX = "gather-box";
  var sets = new Map();
  var current = null;

  // The features gathered of a layer, in the order in which they came.
  GT.gathered = function (layer) {
    return Array.from(sets.get(layer) || []);
  };

  GT.gatherLimit = LIMIT;

  // The layer that the table shows and that the box and the lists gather from.
  GT.gatherLayer = function () { return current; };

  GT.setGatherLayer = function (layer) {
    current = layer;
    GT.map.fire("gt:gathered");
  };

  function setOf(layer) {
    if (!sets.has(layer)) { sets.set(layer, new Set()); }
    return sets.get(layer);
  }

  // Adds features as far as there is room, and tells whether some were left out.
  function add(layer, indexes) {
    var own = setOf(layer);
    var full = indexes.some(function (i) {
      if (own.size >= LIMIT) { return !own.has(i); }
      own.add(i);
      return false;
    });
    current = layer;
    GT.map.fire("gt:gathered", { full: full });
  }

  GT.ungather = function (layer, i) {
    setOf(layer).delete(i);
    GT.map.fire("gt:gathered");
  };

  GT.ungatherAll = function () {
    sets.clear();
    GT.map.fire("gt:gathered");
  };

  function toggle(layer, i) {
    if (setOf(layer).has(i)) {
      current = layer;
      GT.ungather(layer, i);
    } else {
      add(layer, [i]);
    }
  }

  // Whether a segment has a point in a box [x0, y0, x1, y1] (Liang and Barsky 1984).
  function crosses(box, x0, y0, x1, y1) {
    var first = 0;
    var last = 1;
    var steps = [x0 - x1, x1 - x0, y0 - y1, y1 - y0];
    var rooms = [x0 - box[0], box[2] - x0, y0 - box[1], box[3] - y0];
    for (var n = 0; n < 4; n += 1) {
      if (steps[n] === 0) {
        if (rooms[n] < 0) { return false; }
      } else if (steps[n] < 0) {
        first = Math.max(first, rooms[n] / steps[n]);
      } else {
        last = Math.min(last, rooms[n] / steps[n]);
      }
    }
    return first <= last;
  }

  // Whether a feature has a place in a box in steps.
  function touches(layer, i, box) {
    var found = false;
    if (layer.shape.kinds[i] === 1) {
      for (var v = GT.firstVertex(layer.shape, i); v < GT.firstVertex(layer.shape, i + 1); v += 1) {
        var x = layer.shape.xy[2 * v];
        var y = layer.shape.xy[2 * v + 1];
        found = found || crosses(box, x, y, x, y);
      }
      return found;
    }
    GT.eachEdge(layer, i, function (x0, y0, x1, y1) { found = found || crosses(box, x0, y0, x1, y1); });
    return found || (layer.shape.kinds[i] === 3 && GT.contains(layer, i, box[0], box[1]));
  }

  function* within(layer, box) {
    var found = [];
    yield* GT.visitNear(layer, box, function (i) {
      if (GT.isShown(layer, i, 0) && touches(layer, i, box)) { found.push(i); }
    });
    return found;
  }

  // Promise that the shown features of the layer that touch a rectangle of the map are gathered.
  GT.gatherWithin = function (bounds) {
    var layer = current;
    return GT.setVisible(layer, true).then(function () {
      var a = GT.toSteps(layer.data, bounds.getSouth(), bounds.getWest());
      var b = GT.toSteps(layer.data, bounds.getNorth(), bounds.getEast());
      return GT.work(within(layer, [a[0], a[1], b[0], b[1]]), true);
    }).then(function (found) { add(layer, found); });
  };

  // The first features shown, as many as there is room for and one more.
  function* firstShown(layer) {
    var found = [];
    for (var i = 0; i < layer.data.count && found.length <= LIMIT; i += 1) {
      if (GT.isShown(layer, i, 0)) { found.push(i); }
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return found;
  }

  // Promise that all shown features of the layer are gathered.
  GT.gatherShown = function () {
    var layer = current;
    return GT.loadLayer(layer).then(function () {
      return GT.work(firstShown(layer), true);
    }).then(function (found) { add(layer, found); });
  };

  function setTool(tool) {
    if (tool) { GT.measure(false); }
    GT.tool = tool;
    var own = tool === CLICKS || tool === BOX;
    GT.byId("gt-gather-bar").hidden = !own;
    GT.byId("gt-box-sheet").hidden = tool !== BOX;
    GT.byId("gt-gather-click").setAttribute("aria-pressed", String(tool === CLICKS));
    GT.byId("gt-gather-box").setAttribute("aria-pressed", String(tool === BOX));
    GT.byId("gt-gather-hint").textContent = own ? GT.word(tool === BOX ? "map.hint_box" : "map.hint_click") : "";
    if (own) { GT.collapseSheet(); }
  }

  function isOn() {
    return GT.tool === CLICKS || GT.tool === BOX;
  }

  GT.endGathering = function () {
    if (isOn()) { setTool(null); }
  };

  // Whether a click gathers instead of choosing: with Ctrl or Command, or while the tool is on.
  GT.takesClick = function (event, pane) {
    var key = event.originalEvent && (event.originalEvent.ctrlKey || event.originalEvent.metaKey);
    if (GT.tool ? GT.tool !== CLICKS : !key) { return false; }
    var first = GT.pick(event.latlng, pane.number)[0];
    if (first) { toggle(first.layer, first.index); }
    return true;
  };

  // Drawing a box with a mouse, a pen or a finger.
  function startBox() {
    var sheet = GT.byId("gt-box-sheet");
    var frame = GT.byId("gt-box");
    var from = null;
    function place(event) {
      var room = sheet.getBoundingClientRect();
      return L.point(event.clientX - room.left, event.clientY - room.top);
    }
    function draw(to) {
      var box = L.bounds([from, to]);
      frame.hidden = false;
      frame.style.left = box.min.x + "px";
      frame.style.top = box.min.y + "px";
      frame.style.width = box.getSize().x + "px";
      frame.style.height = box.getSize().y + "px";
      return box;
    }
    function stop() {
      from = null;
      frame.hidden = true;
    }
    sheet.addEventListener("pointerdown", function (event) {
      sheet.setPointerCapture(event.pointerId);
      from = place(event);
    });
    sheet.addEventListener("pointermove", function (event) { if (from) { draw(place(event)); } });
    sheet.addEventListener("pointercancel", stop);
    sheet.addEventListener("pointerup", function (event) {
      if (!from) { return; }
      var box = draw(place(event));
      stop();
      GT.gatherWithin(L.latLngBounds(
        GT.map.containerPointToLatLng(box.min), GT.map.containerPointToLatLng(box.max)));
    });
  }

  function onButton(identifier, act) {
    GT.byId(identifier).addEventListener("click", act);
  }

  GT.startGather = function () {
    current = GT.mainLayer(GT.layers);
    GT.byId("gt-gather-section").hidden = !current;
    onButton("gt-gather-click", function () { setTool(GT.tool === CLICKS ? null : CLICKS); });
    onButton("gt-gather-box", function () { setTool(GT.tool === BOX ? null : BOX); });
    onButton("gt-gather-done", function () { setTool(null); });
    onButton("gt-gather-view", function () { GT.gatherWithin(GT.map.getBounds()); });
    onButton("gt-gather-shown", function () { GT.gatherShown(); });
    onButton("gt-gather-clear", function () { GT.ungatherAll(); });
    startBox();
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape") { GT.endGathering(); }
    });
    GT.onLanguage(function () { if (isOn()) { setTool(GT.tool); } });
  };
})(GT);
