// Measuring with a chain of clicks: lengths and areas in the project's own plane.
(function (GT) {
  var SNAP_PIXELS = 8;
  var SNAP_ZOOM = 15;
  var TWICE_PIXELS = 4;
  var COLOUR = "#b3126b";
  var kind = "distance";
  var points = [];
  var ended = false;
  var pointed = null;
  var again = false;
  var drawn = [];

  function on() { return GT.tool === "measure"; }

  function toPlane(latlng) {
    return GT.plane().forward(latlng.lat, latlng.lng);
  }

  // The nearest corner of a feature shown within reach of a place, else the place.
  function snap(latlng, pane) {
    if (GT.map.getZoom() < SNAP_ZOOM) { return latlng; }
    var best = { away: SNAP_PIXELS, latlng: latlng };
    GT.layers.forEach(function (layer) {
      if (layer.visible && layer.classOf && layer.opacity > 0) { snapTo(layer, latlng, pane, best); }
    });
    return best.latlng;
  }

  function snapTo(layer, latlng, pane, best) {
    var pixels = GT.projection(layer.data, GT.map.getZoom()).scale;
    var at = GT.toSteps(layer.data, latlng.lat, latlng.lng);
    var reach = SNAP_PIXELS / pixels;
    var shape = layer.shape;
    GT.eachNear(layer, [at[0] - reach, at[1] - reach, at[0] + reach, at[1] + reach], function (i) {
      if (!GT.isShown(layer, i, pane)) { return; }
      for (var v = GT.firstVertex(shape, i); v < GT.firstVertex(shape, i + 1); v += 1) {
        var away = Math.hypot(shape.xy[2 * v] - at[0], shape.xy[2 * v + 1] - at[1]) * pixels;
        if (away < best.away) {
          best.away = away;
          best.latlng = L.latLng(GT.toLatLng(layer.data, shape.xy[2 * v], shape.xy[2 * v + 1]));
        }
      }
    });
  }

  function metres(value) {
    return GT.number(value, value < 1000 ? 1 : 0, GT.language) + " m";
  }

  function label(latlng, text) {
    return L.marker(latlng, {
      icon: L.divIcon({ className: "gt-mark", html: labelBox(text), iconSize: [0, 0] }),
      interactive: false, keyboard: false
    });
  }

  function labelBox(text) {
    var box = GT.el("div", "gt-mark-box");
    box.appendChild(GT.el("span", "gt-measure-label", text));
    return box;
  }

  function corners() {
    return ended || !pointed ? points : points.concat([pointed]);
  }

  function drawOn(group) {
    group.clearLayers();
    var all = corners();
    var style = { color: COLOUR, weight: 3, interactive: false, fillOpacity: 0.15, dashArray: ended ? null : "7 5" };
    if (kind === "area" && all.length > 2) {
      group.addLayer(L.polygon(all, style));
    } else if (all.length > 1) {
      group.addLayer(L.polyline(all, style));
    }
    points.forEach(function (point) {
      group.addLayer(L.circleMarker(point, { radius: 4, color: COLOUR, weight: 2, fillColor: "#ffffff", fillOpacity: 1, interactive: false }));
    });
    all.slice(1).forEach(function (point, n) {
      var from = GT.map.latLngToLayerPoint(all[n]);
      var to = GT.map.latLngToLayerPoint(point);
      if (from.distanceTo(to) < 60) { return; }
      var text = metres(GT.planeLength([toPlane(all[n]), toPlane(point)]));
      group.addLayer(label(GT.map.layerPointToLatLng(from.add(to).divideBy(2)), text));
    });
  }

  // {main, more}: what has been measured, in words.
  function result() {
    var all = corners().map(toPlane);
    if (all.length < (kind === "area" ? 3 : 2)) { return { main: "", more: GT.word("map.measure_hint") }; }
    if (kind === "area") {
      var area = GT.planeArea(all);
      return {
        main: GT.cell(area / 10000, { kind: "area_ha" }, GT.language) + " = " +
          GT.number(area, area < 10000 ? 1 : 0, GT.language) + " m²",
        more: GT.word("map.perimeter") + " " + metres(GT.planeLength(all.concat([all[0]])))
      };
    }
    return {
      main: metres(GT.planeLength(all)),
      more: GT.phrase("map.segments", {
        count: GT.number(all.length - 1, 0, GT.language), length: metres(GT.planeLength(all.slice(-2)))
      })
    };
  }

  function tell() {
    var found = result();
    GT.byId("gt-measure-result").textContent = found.main;
    GT.byId("gt-measure-more").textContent = found.more;
    GT.byId("gt-measure-undo").disabled = !points.length;
    GT.byId("gt-measure-end").textContent = GT.word(ended ? "map.measure_clear" : "map.measure_finish");
    GT.byId("gt-measure-end").disabled = !points.length;
    ["distance", "area"].forEach(function (name) {
      GT.byId("gt-measure-" + name).setAttribute("aria-pressed", String(kind === name));
    });
  }

  function update() {
    if (!on()) { return; }
    drawn.forEach(drawOn);
    tell();
  }

  function clear() {
    points = [];
    ended = false;
    pointed = null;
    update();
  }

  function isTwice(latlng) {
    if (!points.length) { return false; }
    var last = GT.map.latLngToContainerPoint(points[points.length - 1]);
    return last.distanceTo(GT.map.latLngToContainerPoint(latlng)) < TWICE_PIXELS;
  }

  // Adds a corner; a click on the last one again (the second of a double click) adds none.
  function add(latlng, pane) {
    if (ended) { clear(); }
    var placed = snap(latlng, pane);
    again = isTwice(placed);
    if (!again) { points.push(placed); }
    pointed = null;
    update();
  }

  function end() {
    if (ended) {
      clear();
      return;
    }
    ended = points.length > 1;
    pointed = null;
    update();
  }

  function undo() {
    points.pop();
    ended = false;
    pointed = null;
    update();
  }

  // Begins or leaves measuring.
  GT.measure = function (begin) {
    if (begin === on()) { return; }
    GT.endGathering();
    GT.tool = begin ? "measure" : null;
    GT.byId("gt-measure").hidden = !begin;
    GT.byId("gt-measure-open").setAttribute("aria-pressed", String(begin));
    GT.byId("gt-app").classList.toggle("gt-measuring", begin);
    GT.panes.forEach(function (pane) { pane.map.doubleClickZoom[begin ? "disable" : "enable"](); });
    GT.hover(null);
    if (begin) {
      GT.select(null);
      GT.removePin();
      drawn = GT.panes.map(function (pane) { return L.layerGroup().addTo(pane.map); });
      clear();
    } else {
      drawn.forEach(function (group) { group.remove(); });
      points = [];
      GT.byId("gt-measure-open").focus({ preventScroll: true });
    }
  };

  var KEYS = {
    Enter: function () { add(GT.map.getCenter(), 0); },
    Backspace: undo
  };

  function onKey(event) {
    if (!on()) { return; }
    if (event.key === "Escape") {
      event.stopPropagation();
      GT.measure(false);
    } else if (KEYS[event.key] && event.target === GT.map.getContainer()) {
      event.preventDefault();
      event.stopPropagation();
      KEYS[event.key]();
    }
  }

  function choose(name) {
    return function () {
      kind = name;
      update();
    };
  }

  function follow(pane) {
    pane.map.on("click", function (event) { if (on()) { add(event.latlng, pane.number); } });
    pane.map.on("dblclick", function () { if (on() && again && !ended) { end(); } });
    pane.map.on("mousemove", function (event) {
      if (!on() || ended || !points.length || L.Browser.mobile) { return; }
      pointed = event.latlng;
      L.Util.requestAnimFrame(update);
    });
    pane.map.on("mouseout", function () {
      pointed = null;
      update();
    });
  }

  GT.startMeasure = function () {
    GT.panes.forEach(follow);
    GT.map.on("zoomend", update);
    GT.byId("gt-measure-open").addEventListener("click", function () { GT.measure(!on()); });
    GT.byId("gt-measure-distance").addEventListener("click", choose("distance"));
    GT.byId("gt-measure-area").addEventListener("click", choose("area"));
    GT.byId("gt-measure-undo").addEventListener("click", undo);
    GT.byId("gt-measure-end").addEventListener("click", end);
    GT.byId("gt-measure-close").addEventListener("click", function () { GT.measure(false); });
    document.addEventListener("keydown", onKey, true);
    GT.onLanguage(update);
  };
})(GT);
