// What was typed into the search box: words, a sheet and a parcel, dates and numbers.
(function (GT) {
  var LONGEST = 200;
  var MOST_WORDS = 7;
  var DAY_MS = 86400000;
  var SHEET = "(?:to|sheet)(?: ban do)?(?: so)?[ .:]*([\\w.]+)";
  var PARCEL = "(?:thua|parcel)(?: dat)?(?: so)?[ .:]*([\\w.]+)";
  var PAIRS = [
    { form: new RegExp("^" + SHEET + "[ ,;]+" + PARCEL + "$"), sheet: 1, parcel: 2 },
    { form: new RegExp("^" + PARCEL + "[ ,;]+" + SHEET + "$"), sheet: 2, parcel: 1 },
    { form: /^([\w.]+) ?[/-] ?([\w.]+)$/, sheet: 1, parcel: 2 }
  ];
  // "tổ" is no sheet, though it is the same without accents.
  var NAMED = /^(tờ|to|sheet|thửa|thua|parcel)[ .:]/;
  var SINGLE_SHEET = new RegExp("^" + SHEET + "$");
  var SINGLE_PARCEL = new RegExp("^" + PARCEL + "$");

  // Sheet and parcel number without leading zeros, "tờ 12 thửa 345", "12/345", "12-345"; or null.
  // Spelled with their names they mean nothing else.
  function pairOf(phrase) {
    for (var i = 0; i < PAIRS.length; i += 1) {
      var found = PAIRS[i].form.exec(phrase);
      if (found) {
        return {
          sheet: GT.plainNumber(found[PAIRS[i].sheet]), parcel: GT.plainNumber(found[PAIRS[i].parcel]),
          spelled: i < PAIRS.length - 1
        };
      }
    }
    return null;
  }

  // The same of a sheet or a parcel alone, "thửa 345": the number that is not given is null.
  function singleOf(phrase, spaced) {
    if (!NAMED.test(spaced)) { return null; }
    var sheet = SINGLE_SHEET.exec(phrase);
    var parcel = SINGLE_PARCEL.exec(phrase);
    return sheet || parcel ? {
      sheet: sheet && GT.plainNumber(sheet[1]), parcel: parcel && GT.plainNumber(parcel[1]), spelled: false
    } : null;
  }

  GT.plainNumber = function (text) {
    return text.replace(/^0+(?=\w)/, "");
  };

  function days(year, month, day) {
    return Date.UTC(year, month, day) / DAY_MS;
  }

  // First and last day of a date, a month or a year as typed in either language; or null.
  function datesOf(word) {
    /** @type {string[]} */
    var found = /^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?$/.exec(word);
    if (!found) {
      found = /^(?:(\d{1,2})[/.-])?(\d{1,2})[/.-](\d{4})$/.exec(word);
      if (found) { found = [word, found[3], found[2], found[1]]; }
    }
    if (!found || Number(found[2]) < 1 || Number(found[2]) > 12 || Number(found[3]) > 31) { return null; }
    var year = Number(found[1]);
    var month = Number(found[2]) - 1;
    return found[3]
      ? [days(year, month, Number(found[3])), days(year, month, Number(found[3]))]
      : [days(year, month, 1), days(year, month + 1, 0)];
  }

  // Lowest and highest number that a word as typed can mean, by its decimals; in either language.
  function numbersOf(word) {
    if (!/^-?\d[\d.,]*$/.test(word)) { return []; }
    var readings = [word.replace(/\./g, "").replace(",", "."), word.replace(/,/g, "")];
    return readings.filter(function (text, place) {
      return /^-?\d+(\.\d+)?$/.test(text) && readings.indexOf(text) === place;
    }).map(function (text) {
      var decimals = (text.split(".")[1] || "").length;
      var room = decimals ? 0.5 * Math.pow(10, -decimals) * (1 + 1e-9) : 0;
      return [Number(text) - room, Number(text) + room];
    });
  }

  // {phrase, tokens, exact, pair}: tokens are {text, dates, numbers}; exact is the phrase with its
  // accents where it has any, else null. Null for nothing to look for.
  GT.readQuery = function (typed) {
    var spaced = typed.slice(0, LONGEST).normalize("NFC").toLowerCase().replace(/[\s\u0000]+/g, " ").trim();
    var phrase = GT.fold(spaced);
    if (!phrase) { return null; }
    var words = phrase.split(" ").filter(function (word, place, all) { return all.indexOf(word) === place; });
    return {
      phrase: phrase,
      exact: phrase === spaced ? null : spaced,
      pair: pairOf(phrase) || singleOf(phrase, spaced),
      tokens: words.slice(0, MOST_WORDS).map(function (word) {
        return { text: word, dates: datesOf(word), numbers: numbersOf(word) };
      })
    };
  };
})(GT);
