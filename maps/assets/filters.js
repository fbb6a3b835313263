// The filter: by column the codes that are left; the features of a layer that have such a piece.
(function (GT) {
  var SLICE = 20000;
  var asked = 0;
  var reading = 0;

  // Columns that say where a piece lies.
  GT.PLACES = ["commune_id", "section_id", "alignment_id"];

  // Column -> Set of the codes left; a column that is not named lets all pass. "" is no value.
  GT.filters = new Map();

  GT.codeWord = function (column, code) {
    if (code !== "") { return GT.valueWord(column, code); }
    return GT.word(GT.PLACES.indexOf(column) < 0 ? "map.no_data" : "map.no_place");
  };

  // One byte for each code + 1 of a column of words, 1 where the filter leaves it.
  function allowed(words, codes) {
    var found = new Uint8Array(words.count + 1);
    found[0] = codes.has("") ? 1 : 0;
    for (var code = 0; code < words.count; code += 1) {
      found[code + 1] = codes.has(GT.wordOf(words, code)) ? 1 : 0;
    }
    return found;
  }

  // What pieces are tested by: the columns of the filter that their layer has, but for one.
  GT.sieveTests = function (layer, pieces, but) {
    var tests = [];
    GT.filters.forEach(function (codes, name) {
      var column = name === but || layer.entry.filters.indexOf(name) < 0 ? null : pieces.codes(name);
      if (column) { tests.push({ code: column.code, allowed: allowed(column.words, codes) }); }
    });
    return tests;
  };

  GT.passes = function (tests, i) {
    for (var n = 0; n < tests.length; n += 1) {
      if (!tests[n].allowed[tests[n].code(i) + 1]) { return false; }
    }
    return true;
  };

  // Bytes of the pieces that pass all tests together, and of the features that have one.
  function* sift(layer, pieces, tests) {
    var passing = new Uint8Array(pieces.count);
    var features = pieces.rows ? new Uint8Array(layer.data.count) : passing;
    for (var i = 0; i < pieces.count; i += 1) {
      if (GT.passes(tests, i)) {
        passing[i] = 1;
        features[pieces.rows ? pieces.rows[i] : i] = 1;
      }
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return { pieces: passing, features: features };
  }

  function isFiltered(layer) {
    return layer.entry.filters.some(function (name) { return GT.filters.has(name); });
  }

  function sieveOf(layer) {
    if (!isFiltered(layer)) { return Promise.resolve(null); }
    return GT.loadPieces(layer).then(function (pieces) {
      var tests = GT.sieveTests(layer, pieces, null);
      return tests.length ? GT.work(sift(layer, pieces, tests), true) : null;
    });
  }

  // Promise that the map shows what the filter leaves.
  function apply() {
    asked += 1;
    var own = asked;
    GT.map.fire("gt:filter");
    return Promise.all(GT.layers.map(sieveOf)).then(function (sieves) {
      if (own !== asked) { return; }
      return GT.readSides(function (layer) { return sieves[GT.layers.indexOf(layer)]; }).then(function () {
        if (own !== asked) { return; }
        GT.layers.forEach(function (layer, place) { layer.sieve = sieves[place]; });
        GT.refresh();
      });
    });
  }

  GT.filterMask = function (layer) {
    return layer.sieve ? layer.sieve.features : null;
  };

  // Leaves of a column only these codes; null or none of them lets all pass.
  GT.setFilter = function (column, codes) {
    if (codes && codes.length) {
      GT.filters.set(column, new Set(codes));
    } else {
      GT.filters.delete(column);
    }
    return apply();
  };

  GT.clearFilters = function () {
    GT.filters.clear();
    return apply();
  };

  // Columns by which any layer is filtered, places first.
  GT.filterColumns = function () {
    var found = new Set();
    GT.layers.forEach(function (layer) { layer.entry.filters.forEach(function (name) { found.add(name); }); });
    var first = GT.PLACES.concat("land_type").filter(function (name) { return found.has(name); });
    return Array.from(new Set(first.concat(Array.from(found))));
  };

  GT.filterLabel = function (name) {
    var layer = GT.layers.find(function (one) { return one.entry.filters.indexOf(name) >= 0; });
    var column = layer && GT.columnOf(layer, name);
    return column ? GT.say(column.label) : name;
  };

  GT.layersWith = function (column) {
    return GT.layers.filter(function (layer) { return layer.entry.filters.indexOf(column) >= 0; });
  };

  // "commune_id:C1,C2;land_type:LUA", each word escaped.
  function write() {
    return Array.from(GT.filters).map(function (one) {
      return encodeURIComponent(one[0]) + ":" + Array.from(one[1]).map(encodeURIComponent).join(",");
    }).join(";");
  }

  function decoded(text) {
    try { return decodeURIComponent(text); } catch (error) { return null; }
  }

  // Column -> codes as written; columns by which nothing is filtered are left out.
  function parse(text) {
    var known = GT.filterColumns();
    var found = new Map();
    text.split(";").forEach(function (one) {
      var at = one.indexOf(":");
      var name = at < 0 ? null : decoded(one.slice(0, at));
      if (known.indexOf(name) >= 0) { found.set(name, one.slice(at + 1).split(",").map(decoded)); }
    });
    return found;
  }

  // Whether a layer has a code of a column; "" where a piece has none.
  function has(layer, name, code) {
    var column = layer.entry.filters.indexOf(name) < 0 ? null : layer.pieces.codes(name);
    var found = false;
    for (var i = 0; column && code === "" && !found && i < layer.pieces.count; i += 1) { found = column.code(i) < 0; }
    for (var place = 0; column && !found && place < column.words.count; place += 1) {
      found = GT.wordOf(column.words, place) === code;
    }
    return found;
  }

  // Takes a filter from the address, without the codes that no layer has.
  function read(text) {
    var wanted = parse(text);
    var names = Array.from(wanted.keys());
    reading += 1;
    var own = reading;
    return Promise.all(GT.layers.filter(function (layer) {
      return names.some(function (name) { return layer.entry.filters.indexOf(name) >= 0; });
    }).map(GT.loadPieces)).then(function () {
      if (own !== reading) { return null; }
      GT.filters.clear();
      wanted.forEach(function (codes, name) {
        var layers = GT.layersWith(name);
        var left = codes.filter(function (code) {
          return code !== null && layers.some(function (layer) { return has(layer, name, code); });
        });
        if (left.length) { GT.filters.set(name, new Set(left)); }
      });
      return apply();
    });
  }

  GT.startFilters = function () {
    GT.addMask(GT.filterMask);
    GT.addState("f", write, read);
  };
})(GT);
