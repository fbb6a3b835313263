// Words on the map: names of areas and chainage ticks, thinned so that none cover another.
(function (GT) {
  var UNITS_PER_DEGREE = 10000000;
  var LABEL_PIXELS = 46;
  var DOT = 5;
  var STEPS = [1, 2, 5, 10, 20];
  // Where a name may stand, in its widths and heights from its point, the nearest first.
  var MOVES = [[0, 0], [0, -1], [0, 1], [-0.6, 0], [0.6, 0], [0, -2], [0, 2], [-0.6, -1.5], [0.6, -1.5],
    [-0.6, 1.5], [0.6, 1.5], [-1.2, 0], [1.2, 0], [0, -3], [0, 3]];
  // What of a name that gives way must lie in its area: both ends, else its middle.
  var INSIDE = [[-0.5, 0.5], [0]];

  function marker(x, y, className) {
    var box = GT.el("div", "gt-mark-box");
    var text = GT.el("span", className);
    box.appendChild(text);
    var icon = L.divIcon({ className: "gt-mark", html: box, iconSize: [0, 0] });
    var mark = L.marker([y / UNITS_PER_DEGREE, x / UNITS_PER_DEGREE], {
      icon: icon, interactive: false, keyboard: false, pane: "gt-names"
    });
    return { mark: mark, text: text, box: box };
  }

  // Round kilometres first: 10, then 5, 2 and the rest.
  function rank(chainage) {
    var km = Math.round(chainage / 1000);
    if (Math.abs(chainage - km * 1000) > 0.5) { return 5; }
    return km % 10 === 0 ? 0 : km % 5 === 0 ? 1 : km % 2 === 0 ? 2 : 3;
  }

  function overlaps(a, b, gap) {
    return a.left < b.right + gap && b.left < a.right + gap &&
      a.top < b.bottom + gap && b.top < a.bottom + gap;
  }

  function isFree(box, taken, gap) {
    return !taken.some(function (other) { return overlaps(box, other, gap); });
  }

  // A kilometre stands right of its place, else left of it; where neither is free it is not shown.
  function placeTick(item, taken, gap) {
    item.text.classList.remove("gt-left");
    var box = item.text.getBoundingClientRect();
    if (!isFree(box, taken, gap)) {
      item.text.classList.add("gt-left");
      box = item.text.getBoundingClientRect();
    }
    var free = isFree(box, taken, gap);
    if (free) { taken.push(box); }
    item.text.classList.toggle("gt-off", !free);
    return free;
  }

  // The buttons, the north arrow, the scale bar and what a pane shows stand over the map.
  function furniture() {
    return Array.from(document.querySelectorAll(".gt-buttons, .gt-north, .gt-scale, .gt-pointer, .gt-side"))
      .map(function (element) { return element.getBoundingClientRect(); });
  }

  // Every 1, 2, 5, 10 ... km, so that labels stand at even distances.
  function stepOf() {
    var metres = GT.map.distance(
      GT.map.containerPointToLatLng([0, 0]), GT.map.containerPointToLatLng([LABEL_PIXELS, 0]));
    return STEPS.find(function (step) { return step * 1000 >= metres; }) || 50;
  }

  function isDue(item, step) {
    return item.km === null || item.km % step === 0;
  }

  // A pane of two shows the kilometres of its own alternative.
  function isOwn(item, pane) {
    var compared = GT.page.compare_column === "alignment_id" ? GT.comparedValues()[pane] : null;
    return compared === null || item.alignment === null || item.alignment === compared;
  }

  function around(box) {
    var at = box.getBoundingClientRect();
    return { left: at.left - DOT, right: at.left + DOT, top: at.top - DOT, bottom: at.top + DOT };
  }

  // The feature that a name stands in; -1 for none, or while the layer is not read.
  function featureOf(item) {
    if (item.feature !== undefined || !item.layer.index) { return item.feature === undefined ? -1 : item.feature; }
    item.feature = -1;
    var at = item.mark.getLatLng();
    var steps = GT.toSteps(item.layer.data, at.lat, at.lng);
    GT.eachNear(item.layer, steps.concat(steps), function (i) {
      if (GT.contains(item.layer, i, steps[0], steps[1])) { item.feature = i; }
    });
    return item.feature;
  }

  // Whether places of a name that was moved, in its widths from its middle, lie in its own area.
  function staysInside(item, map, size, left, top, places) {
    var middle = map.latLngToContainerPoint(item.mark.getLatLng());
    var feature = featureOf(item);
    return feature >= 0 && places.every(function (one) {
      var at = map.containerPointToLatLng(middle.add([left + one * size.width, top]));
      var steps = GT.toSteps(item.layer.data, at.lat, at.lng);
      return GT.contains(item.layer, feature, steps[0], steps[1]);
    });
  }

  // A name gives way within its area; where no place is free it is not shown.
  function placeName(item, map, taken) {
    item.text.style.left = item.text.style.top = "0";
    var box = item.text.getBoundingClientRect();
    function stands(move, places) {
      var left = Math.round(move[0] * box.width);
      var top = Math.round(move[1] * box.height);
      var moved = { left: box.left + left, right: box.right + left, top: box.top + top, bottom: box.bottom + top };
      if (!isFree(moved, taken, 4) || (left || top) && !staysInside(item, map, box, left, top, places)) { return false; }
      taken.push(moved);
      item.text.style.left = left + "px";
      item.text.style.top = top + "px";
      return true;
    }
    var free = INSIDE.some(function (places) {
      return MOVES.some(function (move) { return stands(move, places); });
    });
    item.text.classList.toggle("gt-off", !free);
  }

  function placeNames(names, map, taken) {
    names.forEach(function (item) {
      item.box.classList.toggle("gt-off", !item.layer.visible);
      if (item.layer.visible) { placeName(item, map, taken); }
    });
  }

  // Names of areas give way to kilometres, but where the map is about the areas.
  function thin(pane, words) {
    var taken = furniture();
    var dots = [];
    var step = stepOf();
    placeNames(words.names.filter(function (item) { return item.layer.entry.indicators.length; }), pane.map, taken);
    words.ticks.forEach(function (item) {
      var own = isOwn(item, pane.number);
      var shown = own && isDue(item, step) && placeTick(item, taken, 6);
      if (!shown) { item.text.classList.add("gt-off"); }
      var point = pane.map.latLngToContainerPoint(item.mark.getLatLng());
      var free = shown || own && !dots.some(function (other) { return other.distanceTo(point) < 14; });
      if (free) { dots.push(point); }
      item.box.classList.toggle("gt-no-dot", !free);
      if (free) { taken.push(around(item.box)); }
    });
    placeNames(words.names.filter(function (item) { return !item.layer.entry.indicators.length; }), pane.map, taken);
  }

  function addNames(map) {
    var names = [];
    GT.layers.forEach(function (layer) {
      layer.entry.names.forEach(function (name) {
        var item = marker(name[0], name[1], "gt-name");
        item.layer = layer;
        GT.onLanguage(function () { item.text.textContent = GT.titleText(layer, name[2]); });
        item.mark.addTo(map);
        names.push(item);
      });
    });
    return names;
  }

  function addTicks(map) {
    return GT.page.ticks.map(function (tick) {
      var item = marker(tick[0], tick[1], "gt-tick");
      item.text.textContent = tick[2];
      item.rank = rank(tick[3]);
      item.alignment = tick[4];
      item.km = item.rank === 5 ? null : Math.round(tick[3] / 1000);
      item.box.classList.add("gt-tick-box");
      item.mark.addTo(map);
      return item;
    }).sort(function (a, b) { return a.rank - b.rank; });
  }

  // Writes the names and ticks on the map of a pane.
  GT.addWords = function (pane) {
    var layerPane = pane.map.createPane("gt-names");
    layerPane.style.zIndex = 620;
    layerPane.style.pointerEvents = "none";
    var words = { names: addNames(pane.map), ticks: addTicks(pane.map) };
    if (!words.names.length && !words.ticks.length) { return; }
    function thinAll() { thin(pane, words); }
    pane.map.on("zoomend moveend resize", thinAll);
    GT.map.on("gt:layers", thinAll);
    GT.onLanguage(thinAll);
  };

  GT.startNames = function () { GT.addWords(GT.panes[0]); };
})(GT);
