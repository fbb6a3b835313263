// Reads attribute columns (maps/FORMAT.md); at(i) is the value of feature i, null where there is none.
(function (GT) {
  var SLICE = 20000;
  var DAY_MS = 86400000;

  function yes(number) {
    return String(number).padStart(2, "0");
  }

  function isoDate(days) {
    var date = new Date(days * DAY_MS);
    return String(date.getUTCFullYear()).padStart(4, "0") + "-" + yes(date.getUTCMonth() + 1) + "-" + yes(date.getUTCDate());
  }

  // Words as one text, so that a million of them cost little: word n is text.slice(starts[n], starts[n + 1] - 1).
  function* readWords(bytes, count) {
    var text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
    var starts = new Uint32Array(count + 1);
    var at = 0;
    for (var n = 1; n <= count; n += 1) {
      var end = text.indexOf("\u0000", at);
      at = (end < 0 ? text.length : end) + 1;
      starts[n] = at;
      if (n % SLICE === 0) { yield; }
    }
    return { text: text, starts: starts, count: count };
  }

  GT.wordOf = function (words, code) {
    return words.text.slice(words.starts[code], words.starts[code + 1] - 1);
  };

  function* textColumn(entry, count, streams) {
    var words = yield* readWords(streams.words, entry.words);
    var codes = null;
    if (streams.codes) {
      codes = yield* GT.fillVarints(new Uint32Array(count), streams.codes);
    }
    return {
      type: "text",
      words: words,
      // Code of feature i in words, -1 for none.
      code: function (i) { return codes ? codes[i] - 1 : i; },
      at: function (i) {
        var code = codes ? codes[i] - 1 : i;
        return code < 0 ? null : GT.wordOf(words, code);
      }
    };
  }

  function* numbersOf(count, bytes, scale) {
    var values = new Float64Array(count);
    var reader = new GT.Varints(bytes);
    for (var i = 0; i < count; i += 1) {
      var stored = reader.next();
      if (stored === 0) {
        values[i] = NaN;
      } else {
        stored -= 1;
        values[i] = (stored % 2 ? -(stored + 1) / 2 : stored / 2) / scale;
      }
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return values;
  }

  function* numberColumn(entry, count, streams) {
    var dated = entry.type === "date";
    var values = yield* numbersOf(count, streams.values, dated ? 1 : Math.pow(10, entry.decimals));
    return {
      type: entry.type,
      values: values,
      at: function (i) {
        var value = values[i];
        return value !== value ? null : dated ? isoDate(value) : value;
      }
    };
  }

  // Generator of a column from its entry, the number of its cells and its streams.
  GT.decodeColumn = function* (entry, count, streams) {
    return yield* (entry.type === "text" ? textColumn : numberColumn)(entry, count, streams);
  };

  // Promise of a column of a layer's data.
  GT.readColumn = function (identifier, data, entry, count) {
    var kinds = entry.type === "text" ? ["words", "codes"] : ["values"];
    return Promise.all(kinds.map(function (kind) {
      return GT.readStream(identifier, data, entry.place + "." + kind);
    })).then(function (found) {
      var streams = {};
      kinds.forEach(function (kind, index) { streams[kind] = found[index]; });
      return GT.work(GT.decodeColumn(entry, count, streams));
    });
  };
})(GT);
