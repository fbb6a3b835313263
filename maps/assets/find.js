// Finds features by the words of their columns. Columns are dictionaries: words are searched once,
// then one pass over the features tells which of them have all words asked for.
(function (GT) {
  var SLICE = 20000;
  var EQUAL = 1;
  var BEGINS = 2;
  var HOLDS = 3;
  // Score of a hit by how its phrase was found, the lower the better; plain is added where the
  // accents typed are missing.
  var TITLE = { scores: [3, 0, 1, 2], plain: 4 };
  var OTHER = { scores: [9, 8, 9, 9], plain: 2 };
  var WORST = 12;

  function wordsOf(name) {
    return function (code) {
      return ["vi", "en"].map(function (language) { return GT.valueWordIn(name, code, language); })
        .filter(function (word) { return word !== code; });
    };
  }

  function* foldColumn(layer, entry) {
    var column = layer.columns.get(entry.name);
    if (column.type === "text" && !column.folded) {
      column.folded = yield* GT.foldWords(column.words, entry.kind === "value" ? wordsOf(entry.name) : null);
    }
    return column;
  }

  function* foldAll() {
    for (var n = 0; n < GT.layers.length; n += 1) {
      var entries = GT.layers[n].entry.columns;
      for (var c = 0; c < entries.length; c += 1) { yield* foldColumn(GT.layers[n], entries[c]); }
    }
  }

  // Folds every column while nobody waits, so that the first search is as quick as the next.
  GT.prepareFind = function () { return GT.work(foldAll()); };

  function hasExact(column, code, exact) {
    return GT.wordOf(column.words, code).normalize("NFC").toLowerCase().indexOf(exact) >= 0;
  }

  function better(tier, begins, ends) {
    var own = begins ? (ends ? EQUAL : BEGINS) : HOLDS;
    return tier === 0 || own < tier ? own : tier;
  }

  // Which words of a text column hold which tokens (a bit each), and how they hold the phrase.
  function* matchText(column, query) {
    var count = column.words.count;
    var bits = new Uint8Array(count);
    var tiers = new Uint8Array(count);
    var any = 0;
    for (var t = 0; t < query.tokens.length; t += 1) {
      var bit = 1 << t;
      yield* GT.scanWords(column.folded, query.tokens[t].text, function (code) {
        bits[code] |= bit;
        any |= bit;
      });
    }
    if (!any) { return null; }
    var exact = query.exact ? new Uint8Array(count) : null;
    yield* GT.scanWords(column.folded, query.phrase, function (code, begins, ends) {
      tiers[code] = better(tiers[code], begins, ends);
      if (exact) { exact[code] = hasExact(column, code, query.exact) ? 1 : 0; }
    });
    return { column: column, bits: bits, tiers: tiers, exact: exact, any: any };
  }

  // The ranges of numbers or days that tokens ask of a column.
  function matchNumbers(column, query) {
    var tests = [];
    var any = 0;
    query.tokens.forEach(function (token, place) {
      var ranges = column.type === "date" ? (token.dates ? [token.dates] : []) : token.numbers;
      ranges.forEach(function (range) {
        tests.push({ low: range[0], high: range[1], bit: 1 << place });
        any |= 1 << place;
      });
    });
    return any ? { column: column, values: column.values, tests: tests, any: any } : null;
  }

  // Whether feature i has a word of a text column that holds a text and passes, as a function.
  function* byWord(column, held, passes) {
    var right = new Uint8Array(column.words.count);
    yield* GT.scanWords(column.folded, held, function (code) {
      right[code] = passes(GT.fold(GT.wordOf(column.words, code))) ? 1 : 0;
    });
    return function (i) {
      var own = column.code(i);
      return own >= 0 && right[own] === 1;
    };
  }

  function* byNumber(column, wanted) {
    if (column.type !== "text") {
      return function (i) { return column.values[i] === Number(wanted); };
    }
    return yield* byWord(column, wanted, function (word) { return GT.plainNumber(word) === wanted; });
  }

  function* foldNamed(layer, name) {
    var entry = layer.entry.columns.find(function (one) { return one.name === name; });
    return entry ? yield* foldColumn(layer, entry) : null;
  }

  // Whether feature i is the parcel of a sheet: by its columns, else by a title such as "12-345".
  function* matchPair(layer, pair) {
    if (!pair) { return null; }
    var sheets = yield* foldNamed(layer, "sheet_no");
    var parcels = yield* foldNamed(layer, "parcel_no");
    if (pair.sheet === null) { return parcels ? yield* byNumber(parcels, pair.parcel) : null; }
    if (pair.parcel === null) { return sheets ? yield* byNumber(sheets, pair.sheet) : null; }
    if (sheets && parcels) {
      var sheet = yield* byNumber(sheets, pair.sheet);
      var parcel = yield* byNumber(parcels, pair.parcel);
      return function (i) { return parcel(i) && sheet(i); };
    }
    var titles = yield* foldNamed(layer, layer.entry.title_column);
    if (!titles || titles.type !== "text") { return null; }
    var longer = pair.sheet.length > pair.parcel.length ? pair.sheet : pair.parcel;
    return yield* byWord(titles, longer, function (word) {
      var parts = word.split(/[/-]/).map(GT.plainNumber);
      return parts.length === 2 && parts[0] === pair.sheet && parts[1] === pair.parcel;
    });
  }

  function* matchLayer(layer, query) {
    var entries = query.pair && query.pair.spelled ? [] : layer.entry.columns;
    var found = { title: null, texts: [], numbers: [], pair: yield* matchPair(layer, query.pair), any: 0 };
    for (var n = 0; n < entries.length; n += 1) {
      var column = yield* foldColumn(layer, entries[n]);
      var match = column.type === "text" ? yield* matchText(column, query) : matchNumbers(column, query);
      if (!match) { continue; }
      found.any |= match.any;
      if (entries[n].name === layer.entry.title_column && column.type === "text") {
        found.title = match;
      } else {
        found[column.type === "text" ? "texts" : "numbers"].push(match);
      }
    }
    return found;
  }

  // Takes one text column of feature i into the hit.
  function takeText(match, ranking, i, all, hit) {
    var code = match.column.code(i);
    if (code < 0 || !match.bits[code]) { return; }
    hit.bits |= match.bits[code];
    var tier = match.tiers[code];
    if (!tier && match.bits[code] !== all) { return; }
    var score = ranking.scores[tier] + (match.exact && !match.exact[code] ? ranking.plain : 0);
    if (score < hit.score) { hit.score = score; }
  }

  function takeNumbers(match, i, hit) {
    var value = match.values[i];
    for (var n = 0; n < match.tests.length; n += 1) {
      var test = match.tests[n];
      if (value >= test.low && value <= test.high) { hit.bits |= test.bit; }
    }
  }

  function* findIn(layer, query, found) {
    var match = yield* matchLayer(layer, query);
    var all = (1 << query.tokens.length) - 1;
    if (match.any !== all && !match.pair) { return; }
    var hit = { bits: 0, score: WORST };
    for (var i = 0; i < layer.data.count; i += 1) {
      hit.bits = 0;
      hit.score = WORST;
      if (match.title) { takeText(match.title, TITLE, i, all, hit); }
      for (var n = 0; n < match.texts.length; n += 1) { takeText(match.texts[n], OTHER, i, all, hit); }
      for (n = 0; n < match.numbers.length; n += 1) { takeNumbers(match.numbers[n], i, hit); }
      if (match.pair && match.pair(i)) {
        hit.bits = all;
        hit.score = 0;
      }
      if (hit.bits === all) {
        found.count += 1;
        var best = found.best[hit.score];
        if (best.length < found.limit) { best.push({ layer: layer, index: i }); }
      }
      if (i % SLICE === SLICE - 1) { yield; }
    }
  }

  // Of a hit outside the title: the label and the text of the column that has a word asked for.
  function whereOf(layer, index, query) {
    for (var n = 0; n < layer.entry.columns.length; n += 1) {
      var entry = layer.entry.columns[n];
      var value = layer.columns.get(entry.name).at(index);
      var shown = GT.cell(value, entry, GT.language);
      var folded = GT.fold(shown + "\n" + value);
      if (entry.name !== layer.entry.title_column && value !== null &&
        query.tokens.some(function (token) { return folded.indexOf(token.text) >= 0; })) {
        return GT.say(entry.label) + ": " + shown;
      }
    }
    return "";
  }

  // Whose alternative a feature is, where each has its own.
  function alternativeOf(layer, index) {
    var column = GT.page.compare_column ? layer.columns.get(GT.page.compare_column) : null;
    return column ? GT.codeWord(GT.page.compare_column, column.at(index) || "") : "";
  }

  function collect(found, query) {
    var results = [];
    found.best.forEach(function (hits, score) {
      hits.forEach(function (hit) {
        hit.title = GT.titleOf(hit.layer, hit.index);
        hit.where = (score < OTHER.scores[EQUAL] ? [] : [whereOf(hit.layer, hit.index, query)])
          .concat(alternativeOf(hit.layer, hit.index)).filter(Boolean).join(" · ");
      });
      hits.sort(function (a, b) { return a.title.length - b.title.length; });
      results = results.concat(hits);
    });
    return { results: results.slice(0, found.limit), count: found.count };
  }

  function* findAll(query, limit, isStale) {
    var found = { count: 0, limit: limit, best: [] };
    for (var score = 0; score <= WORST; score += 1) { found.best.push([]); }
    var layers = GT.layers.slice().reverse();
    var order = layers.filter(function (layer) { return layer.visible; })
      .concat(layers.filter(function (layer) { return !layer.visible; }));
    for (var n = 0; n < order.length; n += 1) {
      var steps = findIn(order[n], query, found);
      do {
        if (isStale()) { return null; }
        yield;
      } while (!steps.next().done);
    }
    return collect(found, query);
  }

  // Promise of {results: [{layer, index, title, where}], count}, the best first: titles that are,
  // begin with or hold the words before other columns. Count counts all hits. Null where isStale()
  // came true before the end.
  GT.findText = function (typed, limit, isStale) {
    var query = GT.readQuery(typed);
    if (!query) { return Promise.resolve({ results: [], count: 0 }); }
    return Promise.all(GT.layers.map(GT.loadColumns)).then(function () {
      return GT.work(findAll(query, limit || 12, isStale || function () { return false; }), true);
    });
  };
})(GT);
