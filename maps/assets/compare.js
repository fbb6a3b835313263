// Two panes moved together, each showing one value of the column that alternatives differ in.
(function (GT) {
  var sides = [null, null];
  var values = [];
  var masks = [new Map(), new Map()];
  var started = false;
  // What the filter leaves of a layer, as last asked for.
  var sieveOf = function (layer) { return layer.sieve; };
  var asked = 0;
  var SLICE = 20000;

  GT.comparedLayers = function () { return GT.layersWith(GT.page.compare_column); };

  // The value that each pane shows.
  GT.comparedValues = function () { return sides; };

  function maskOf(layer, pane) {
    return masks[pane].get(layer) || null;
  }

  // A byte a feature: whether one of its pieces has the value of a pane and passes a sieve.
  function* side(layer, value, sieve) {
    var codes = layer.pieces.codes(GT.page.compare_column);
    if (!codes) { return null; }
    var rows = layer.pieces.rows;
    var wanted = placeOf(codes.words, value);
    var found = new Uint8Array(layer.data.count);
    for (var i = 0; i < layer.pieces.count; i += 1) {
      if (codes.code(i) === wanted && (!sieve || sieve.pieces[i])) { found[rows ? rows[i] : i] = 1; }
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return found;
  }

  function* readMasks(sieves) {
    var layers = GT.comparedLayers();
    var found = [new Map(), new Map()];
    for (var n = 0; n < layers.length; n += 1) {
      for (var pane = 0; pane < 2; pane += 1) {
        found[pane].set(layers[n], yield* side(layers[n], sides[pane], sieves(layers[n])));
      }
    }
    return found;
  }

  // Promise that the panes are ready for what a filter leaves, a function layer -> sieve.
  GT.readSides = function (sieves) {
    asked += 1;
    sieveOf = sieves;
    var own = asked;
    if (!started) { return Promise.resolve(); }
    return GT.work(readMasks(sieves), true).then(function (found) {
      if (own === asked) { masks = found; }
    });
  };

  // Promise that the panes show their values.
  function apply() {
    return GT.readSides(sieveOf).then(GT.refresh);
  }

  function placeOf(words, value) {
    for (var code = 0; code < words.count; code += 1) {
      if (GT.wordOf(words, code) === value) { return code; }
    }
    return words.count;
  }

  // Sum of a column over the pieces of a layer that a pane shows; null where it has none.
  function* sumOf(layer, pane, name) {
    var numbers = layer.pieces.numbers(name);
    var codes = layer.pieces.codes(GT.page.compare_column);
    if (!numbers || !codes) { return null; }
    var wanted = placeOf(codes.words, sides[pane]);
    var rows = layer.pieces.rows;
    var passing = layer.sieve ? layer.sieve.pieces : null;
    var sum = new GT.Sum();
    for (var i = 0; i < numbers.length; i += 1) {
      var counts = codes.code(i) === wanted && (!passing || passing[i]);
      if (counts && GT.isShown(layer, rows ? rows[i] : i, pane)) { sum.add(numbers[i]); }
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return sum.total();
  }

  // {count, sums by name} of what a pane shows of a layer; a generator.
  GT.paneTotals = function* (layer, pane) {
    var shown = layer.shown[pane];
    var count = shown ? shown.reduce(function (sum, one) { return sum + one; }, 0) : layer.data.count;
    var sums = new Map();
    for (var n = 0; n < layer.entry.sums.length; n += 1) {
      sums.set(layer.entry.sums[n], yield* sumOf(layer, pane, layer.entry.sums[n]));
    }
    return { count: count, sums: sums };
  };

  // The other pane goes where the one that was moved goes, and does not answer.
  function moveTogether(maps) {
    var following = false;
    function follow(leader, other) {
      if (following) { return; }
      following = true;
      other.invalidateSize({ pan: false, animate: false });
      other.setView(leader.getCenter(), leader.getZoom(), { animate: false });
      following = false;
    }
    maps[0].on("move resize", function () { follow(maps[0], maps[1]); });
    maps[1].on("move", function () { follow(maps[1], maps[0]); });
    maps[1].on("moveend", function () { follow(maps[0], maps[1]); });
    maps[0].on("zoomlevelschange", function () { maps[1].setMinZoom(maps[0].getMinZoom()); });
    maps[1].setMinZoom(maps[0].getMinZoom());
    follow(maps[0], maps[1]);
  }

  // A cross in the other pane where the pointer is in this one.
  function crossPointers(maps) {
    var crosses = maps.map(function (map) {
      var cross = map.getContainer().appendChild(GT.el("div", "gt-twin"));
      cross.hidden = true;
      return cross;
    });
    maps.forEach(function (map, number) {
      var cross = crosses[1 - number];
      map.on("mousemove", function (event) {
        var point = maps[1 - number].latLngToContainerPoint(event.latlng);
        cross.hidden = false;
        cross.style.transform = "translate(" + Math.round(point.x) + "px," + Math.round(point.y) + "px)";
      });
      map.on("mouseout", function () { cross.hidden = true; });
    });
  }

  // Makes room for a second map and returns it. Zooming steps at once, so that both panes are always at the same zoom.
  function addMap() {
    var box = GT.byId("gt-map-box");
    var element = GT.el("div", "gt-second");
    box.insertBefore(element, GT.map.getContainer().nextSibling);
    box.classList.add("gt-two");
    GT.map.options.zoomAnimation = false;
    GT.map._zoomAnimated = false;
    GT.map.invalidateSize({ pan: false, animate: false });
    GT.fit(false);
    return L.map(element, {
      center: GT.map.getCenter(), zoom: GT.map.getZoom(), maxZoom: GT.map.getMaxZoom(),
      zoomControl: false, attributionControl: false, zoomSnap: 0.25, zoomDelta: 0.5,
      bounceAtZoomLimits: false, fadeAnimation: false, zoomAnimation: false, preferCanvas: true
    });
  }

  // The choice of the value that a pane shows, over the pane.
  function addChoice(number) {
    var label = GT.byId("gt-map-box").appendChild(GT.el("label", "gt-side gt-side-" + number));
    label.appendChild(GT.el("span", "gt-side-number", String(number + 1))).setAttribute("aria-hidden", "true");
    var choice = label.appendChild(GT.el("select"));
    choice.setAttribute("data-pane", String(number));
    GT.onLanguage(function () {
      choice.setAttribute("aria-label", GT.word("map.alternative") + " " + (number + 1));
      GT.clear(choice);
      values.forEach(function (value) {
        choice.appendChild(GT.el("option", "", GT.codeWord(GT.page.compare_column, value))).value = value;
      });
      choice.value = sides[number];
    });
    choice.addEventListener("change", function () {
      sides[number] = choice.value;
      apply();
    });
    GT.map.on("gt:layers", function () { choice.value = sides[number]; });
  }

  // The values of the column that any layer has, in the order of the alphabet.
  function readValues(found) {
    var all = new Set();
    found.forEach(function (pieces) {
      var codes = pieces.codes(GT.page.compare_column);
      for (var code = 0; codes && code < codes.words.count; code += 1) {
        all.add(GT.wordOf(codes.words, code));
      }
    });
    return Array.from(all).sort();
  }

  function write() {
    return sides[0] === values[0] && sides[1] === values[1] ? "" : sides.map(encodeURIComponent).join(",");
  }

  function read(text) {
    var asked = text.split(",").map(GT.decodeText);
    sides = [0, 1].map(function (number) {
      return values.indexOf(asked[number]) < 0 ? values[number] : asked[number];
    });
    return apply();
  }

  function single(map) {
    map.remove();
    map.getContainer().remove();
    GT.byId("gt-map-box").classList.remove("gt-two");
    GT.map.invalidateSize({ pan: false, animate: false });
    GT.fit(false);
    GT.byId("gt-notices").hidden = false;
    GT.bind(GT.byId("gt-notices").appendChild(GT.el("p")), GT.page.words["map.single_alternative"]);
  }

  function start(map) {
    sides = values.slice(0, 2);
    var pane = { number: 1, map: map, tiles: GT.addTiles(map, 1) };
    GT.panes.push(pane);
    GT.startPick(pane);
    GT.addWords(pane);
    GT.followPointer(pane);
    moveTogether([GT.map, map]);
    crossPointers([GT.map, map]);
    addChoice(0);
    addChoice(1);
    GT.addMask(maskOf);
    GT.startCompared();
    started = true;
    return apply();
  }

  // Promise that both panes show their alternative.
  GT.startCompare = function () {
    if (!GT.page.compare_column) { return null; }
    var written = null;
    var map = addMap();
    GT.addState("p", function () { return values.length < 2 ? "" : write(); }, function (text) {
      written = text;
      if (values.length > 1) { read(text); }
    });
    return Promise.all(GT.comparedLayers().map(GT.loadPieces)).then(function (found) {
      values = readValues(found);
      if (values.length < 2) { single(map); return null; }
      return start(map).then(function () { return written === null ? null : read(written); });
    });
  };
})(GT);
