// The date slider: what is valid on a date is shown, with the row of the table for that date.
(function (GT) {
  var DAY_MS = 86400000;
  var STEP_MS = 700;
  var SLICE = 20000;
  var chosen = 0;
  var shown = new Map();
  var timer = null;

  function dayOf(iso) {
    return Date.parse(iso + "T00:00:00Z") / DAY_MS;
  }

  function datedLayers() {
    return GT.layers.filter(function (layer) { return layer.entry.valid[0] || layer.entry.valid[1]; });
  }

  function numbers(layer, name) {
    var column = name ? layer.columns.get(name) : null;
    return column ? column.values : null;
  }

  // A byte a feature: valid from the first day on, up to the day before the last; empty is open.
  function* validOn(layer, day) {
    var from = numbers(layer, layer.entry.valid[0]);
    var to = numbers(layer, layer.entry.valid[1]);
    var found = new Uint8Array(layer.data.count);
    for (var i = 0; i < found.length; i += 1) {
      found[i] = (from && from[i] > day) || (to && to[i] <= day) ? 0 : 1;
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return found;
  }

  function readDates(layer) {
    return Promise.all(layer.entry.valid.filter(Boolean).map(function (name) {
      return GT.loadColumn(layer, name);
    }));
  }

  // Promise that the map shows what is valid on the date chosen.
  function apply() {
    var own = chosen;
    var layers = datedLayers();
    return Promise.all(layers.map(readDates)).then(function () {
      var day = dayOf(GT.page.slider.dates[own]);
      return Promise.all(layers.map(function (layer) { return GT.work(validOn(layer, day), true); }));
    }).then(function (masks) {
      if (own !== chosen) { return; }
      layers.forEach(function (layer, place) { shown.set(layer, masks[place]); });
      GT.refresh();
    });
  }

  function fillFigures() {
    var slider = GT.page.slider;
    var table = slider.table;
    var at = table.columns.findIndex(function (column) { return column.name === "date"; });
    var row = table.rows.find(function (cells) { return cells[at][0] === slider.dates[chosen]; });
    var list = GT.byId("gt-date-figures");
    GT.clear(list);
    table.columns.forEach(function (column, place) {
      if (place === at || !row) { return; }
      var item = list.appendChild(GT.el("div"));
      item.appendChild(GT.el("dt", "", GT.say(column.label)));
      var cell = item.appendChild(GT.el("dd", "", row[place][GT.language === "vi" ? 1 : 2]));
      cell.setAttribute("data-key", column.name);
      cell.setAttribute("data-value", row[place][0] === null ? "" : String(row[place][0]));
    });
  }

  function say() {
    var text = GT.date(GT.page.slider.dates[chosen], GT.language);
    var range = /** @type {HTMLInputElement} */ (GT.byId("gt-date"));
    range.value = String(chosen);
    range.setAttribute("aria-valuetext", text);
    GT.byId("gt-date-text").textContent = text;
    GT.byId("gt-date-before").disabled = chosen === 0;
    GT.byId("gt-date-after").disabled = chosen === GT.page.slider.dates.length - 1;
    var word = GT.word(timer === null ? "map.play" : "map.pause");
    GT.byId("gt-date-play").setAttribute("aria-label", word);
    GT.byId("gt-date-play").title = word;
    GT.byId("gt-dates").classList.toggle("gt-playing", timer !== null);
    fillFigures();
    sayDates();
  }

  // The bar's figures are of its date; the summary and the tables keep theirs, and say so where
  // that is another.
  function sayDates() {
    var own = GT.page.slider.dates[chosen];
    function figuresOf(date) { return GT.phrase("map.figures_of", { date: GT.date(date, GT.language) }); }
    GT.byId("gt-date-note").textContent = figuresOf(own);
    document.querySelectorAll(".gt-own-date").forEach(function (note) {
      note.hidden = own === GT.page.slider.chosen;
      note.textContent = figuresOf(GT.page.slider.chosen);
    });
  }

  function choose(place) {
    chosen = Math.max(0, Math.min(GT.page.slider.dates.length - 1, place));
    say();
    return apply();
  }

  function stop() {
    clearTimeout(timer);
    timer = null;
    say();
  }

  function next() {
    if (chosen === GT.page.slider.dates.length - 1) { stop(); return; }
    timer = setTimeout(function () {
      choose(chosen + 1).then(function () { if (timer !== null) { next(); } });
    }, STEP_MS);
    say();
  }

  function play() {
    if (timer !== null) { stop(); return; }
    if (chosen === GT.page.slider.dates.length - 1) { choose(0); }
    next();
  }

  function startButtons() {
    var range = /** @type {HTMLInputElement} */ (GT.byId("gt-date"));
    range.max = String(GT.page.slider.dates.length - 1);
    range.addEventListener("input", function () {
      var asked = Number(range.value);
      stop();
      choose(asked);
    });
    [["gt-date-before", -1], ["gt-date-after", 1]].forEach(function (one) {
      GT.byId(one[0]).addEventListener("click", function () {
        stop();
        choose(chosen + Number(one[1]));
      });
    });
    GT.byId("gt-date-play").hidden = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    GT.byId("gt-date-play").addEventListener("click", play);
  }

  function firstDate() {
    return Math.max(0, GT.page.slider.dates.indexOf(GT.page.slider.chosen));
  }

  function write() {
    return chosen === firstDate() ? "" : GT.page.slider.dates[chosen];
  }

  function read(text) {
    var place = GT.page.slider.dates.indexOf(text);
    choose(place < 0 ? firstDate() : place);
  }

  // The bar under the map takes its room before the map is fitted into what is left.
  GT.showDates = function () {
    if (!GT.page.slider) { return; }
    GT.byId("gt-dates").hidden = false;
    GT.byId("gt-app").classList.add("gt-dated");
    chosen = firstDate();
    startButtons();
    GT.onLanguage(say);
  };

  // Promise that what is valid on the first date is shown.
  GT.startDates = function () {
    if (!GT.page.slider) { return null; }
    GT.addMask(function (layer) { return shown.get(layer) || null; });
    GT.addState("d", write, read);
    return apply();
  };
})(GT);
