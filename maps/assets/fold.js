// Text without accents and case, so that "ky anh" finds "Kỳ Anh": of one text, or of a column's words.
(function (GT) {
  var SLICE = 10000;
  var REMEMBERED = 5000;
  var runs = new Map();

  function foldRun(run) {
    if (!runs.has(run)) {
      if (runs.size > REMEMBERED) { runs.clear(); }
      runs.set(run, run.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đð]/g, "d"));
    }
    return runs.get(run);
  }

  GT.fold = function (text) {
    return text.toLowerCase().replace(/[^\x00-\x7f]+/g, foldRun);
  };

  function* startsOf(text, count) {
    var starts = new Uint32Array(count + 1);
    var at = 0;
    for (var n = 1; n <= count; n += 1) {
      var end = text.indexOf("\u0000", at);
      at = (end < 0 ? text.length : end) + 1;
      starts[n] = at;
      if (n % SLICE === 0) { yield; }
    }
    return starts;
  }

  // Words of a column (columns.js), folded: {text, starts, count}. More(word) gives what else is
  // found by a word, texts of their own lines.
  GT.foldWords = function* (words, more) {
    var pieces = [];
    for (var first = 0; first < words.count; first += SLICE) {
      var end = Math.min(words.count, first + SLICE);
      var piece = words.text.slice(words.starts[first], words.starts[end] - 1);
      if (more) {
        piece = piece.split("\u0000").map(function (word) {
          return [word].concat(more(word)).join("\n");
        }).join("\u0000");
      }
      pieces.push(GT.fold(piece));
      yield;
    }
    var text = pieces.join("\u0000");
    return { text: text, starts: yield* startsOf(text, words.count), count: words.count, lines: Boolean(more) };
  };

  // Calls visit(code, begins, ends) for each word that holds a folded text; of words of several
  // lines once for each place.
  GT.scanWords = function* (folded, wanted, visit) {
    var text = folded.text;
    var starts = folded.starts;
    var code = 0;
    var seen = 0;
    for (var at = text.indexOf(wanted); at >= 0;) {
      if (starts[code + 1] <= at) { code = wordAt(starts, code + 1, folded.count, at); }
      var end = at + wanted.length;
      visit(code, at === starts[code] || text[at - 1] === "\n",
        end === starts[code + 1] - 1 || text[end] === "\n");
      at = text.indexOf(wanted, folded.lines ? end : starts[code + 1]);
      seen += 1;
      if (seen % SLICE === 0) { yield; }
    }
  };

  // The word a place of the text belongs to, of those from low on: near, as a rule.
  function wordAt(starts, low, count, at) {
    var step = 1;
    while (low + step < count && starts[low + step] <= at) {
      low += step;
      step *= 2;
    }
    var high = Math.min(count, low + step);
    while (high - low > 1) {
      var middle = (low + high) >> 1;
      if (starts[middle] <= at) { low = middle; } else { high = middle; }
    }
    return low;
  }
})(GT);
