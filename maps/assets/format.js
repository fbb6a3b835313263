// Numbers as text, the way geotool.units writes them; tests/js/format_vectors.json binds the two.
(function (GT) {
  var collators = {};
  var SEPARATORS = { vi: [".", ","], en: [",", "."] };
  var DECIMALS = { count: 0, area_m2: 1, area_ha: 2, length_m: 2, length_km: 3, vnd: 0 };
  var UNITS = { area_m2: "m²", area_ha: "ha", length_m: "m", length_km: "km", vnd: "₫" };

  // Halves go away from zero; the shortest decimal text of the number is what is rounded.
  function rounded(value, decimals) {
    var size = Math.round(Number(Math.abs(value) + "e" + decimals));
    return Number(size + "e-" + decimals).toFixed(decimals);
  }

  GT.number = function (value, decimals, language) {
    var marks = SEPARATORS[language];
    var digits = rounded(value, decimals);
    var parts = digits.split(".");
    var whole = parts[0].replace(/\B(?=(\d{3})+$)/g, marks[0]);
    var sign = value < 0 && Number(digits) !== 0 ? "-" : "";
    return sign + whole + (parts[1] ? marks[1] + parts[1] : "");
  };

  // The exact number rounded, an exact half to the even digit: toFixed takes the larger one.
  function evenly(size, places) {
    if (size * Math.pow(2, places + 1) % 2 !== 1) { return size.toFixed(places); }
    var scale = Math.pow(10, places);
    var below = Math.floor(size * scale);
    return ((below + below % 2) / scale).toFixed(places);
  }

  GT.chainage = function (metres, places) {
    var digits = evenly(Math.abs(metres), places === undefined ? 2 : places);
    var parts = digits.split(".");
    var whole = parts[0].padStart(4, "0");
    var sign = metres < 0 && Number(digits) !== 0 ? "-" : "";
    return sign + "Km" + Number(whole.slice(0, -3)) + "+" + whole.slice(-3) + (parts[1] ? "." + parts[1] : "");
  };

  GT.share = function (share, language) {
    return GT.number(Number(share + "e2"), 1, language) + " %";
  };

  // An ISO date as the language writes it, with its time if any; other text as it is.
  GT.date = function (text, language) {
    var found = /^(\d{4})-(\d\d)-(\d\d)( \d\d:\d\d.*)?$/.exec(text);
    return found && language === "vi" ? found[3] + "/" + found[2] + "/" + found[1] + (found[4] || "") : text;
  };

  // Order of two texts in the language shown, numbers in them by their size.
  GT.compareTexts = function (a, b) {
    collators[GT.language] = collators[GT.language] || new Intl.Collator(GT.language, { numeric: true });
    return collators[GT.language].compare(a, b);
  };

  // A plain number shows the decimals it has, six at most.
  function decimalsOf(value) {
    return Number(value.toFixed(6)).toString().split(".").concat("")[1].length;
  }

  GT.unitOf = function (kind) {
    return UNITS[kind] || "";
  };

  // One attribute of a column ({name, kind}) as text with its unit.
  GT.cell = function (value, column, language) {
    var kind = column.kind;
    if (value === null || value === undefined) { return "–"; }
    if (kind === "date") { return GT.date(String(value), language); }
    if (typeof value === "string") {
      return kind === "value" ? GT.valueWord(column.name, value) : value;
    }
    if (kind === "chainage") { return GT.chainage(value); }
    if (kind === "share") { return GT.share(value, language); }
    var unit = GT.unitOf(kind);
    return GT.number(value, kind === "number" ? decimalsOf(value) : DECIMALS[kind], language) + (unit ? " " + unit : "");
  };
})(GT);
