// What is shown, counted and added up: a layer's tally for the legend, and the totals of the filter.
(function (GT) {
  var SLICE = 20000;
  var DECIMALS = 6;
  var running = false;
  var again = false;

  // A sum as the tables print it: its last bits say nothing.
  GT.plainSum = function (value) {
    return Number(value.toFixed(DECIMALS));
  };

  // A sum that keeps what adding loses (Neumaier 1974), so that it prints as the tables do.
  GT.Sum = function () {
    this.main = 0;
    this.rest = 0;
  };

  // Not-a-number adds nothing.
  GT.Sum.prototype.add = function (value) {
    if (value !== value) { return; }
    var whole = this.main + value;
    this.rest += Math.abs(this.main) >= Math.abs(value) ? this.main - whole + value : value - whole + this.main;
    this.main = whole;
  };

  GT.Sum.prototype.total = function () {
    return GT.plainSum(this.main + this.rest);
  };

  // The layer that a map is about, of several: said to be, else shown and no background, added up,
  // divided by place, large. Null of none.
  GT.mainLayer = function (layers) {
    function points(layer) {
      return (layer.entry.main ? 16 : 0) + (layer.visible && !layer.entry.background ? 8 : 0) +
        (layer.entry.sums.length ? 4 : 0) + (layer.visible ? 2 : 0) + (layer.data.parts ? 1 : 0);
    }
    return layers.reduce(function (best, layer) {
      var better = best ? points(layer) - points(best) || layer.entry.count - best.entry.count : 1;
      return better > 0 ? layer : best;
    }, null);
  };

  // Of what each pane shows (a byte a feature, null for all) what any of them shows.
  GT.shownAnywhere = function (panes) {
    if (panes.length === 1) { return panes[0]; }
    if (panes.some(function (one) { return !one; })) { return null; }
    return panes[0].map(function (byte, i) {
      return panes.some(function (one) { return one[i]; }) ? 1 : 0;
    });
  };

  // A function (feature, group) that is true but once for what every alternative draws.
  GT.makeCounter = function (layer) {
    var column = layer.entry.counted ? layer.columns.get(layer.entry.counted) : null;
    var seen = new Map();
    return function (i, group) {
      var code = column ? column.code(i) : -1;
      if (code < 0) { return true; }
      if (!seen.has(group)) { seen.set(group, new Set()); }
      var own = seen.get(group);
      return !own.has(code) && Boolean(own.add(code));
    };
  };

  // Columns that add up over a layer: what alternatives share would be added for each of them.
  GT.sumsOf = function (layer) {
    return layer.entry.counted ? [] : layer.entry.sums;
  };

  function* count(layer, shown) {
    var classes = new Array(layer.entry.classes.length).fill(0);
    var all = 0;
    var isNew = GT.makeCounter(layer);
    for (var i = 0; i < layer.data.count; i += 1) {
      if (!shown || shown[i]) {
        if (isNew(i, layer.classOf[i])) { classes[layer.classOf[i]] += 1; }
        if (isNew(i, null)) { all += 1; }
      }
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return { count: all, classes: classes, sums: [] };
  }

  function* add(layer, pieces, shown, name) {
    var values = pieces.numbers(name);
    var passing = layer.sieve ? layer.sieve.pieces : null;
    var sum = new GT.Sum();
    for (var i = 0; values && i < pieces.count; i += 1) {
      if ((!passing || passing[i]) && (!shown || shown[pieces.rows ? pieces.rows[i] : i])) { sum.add(values[i]); }
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return values ? { name: name, sum: sum.total() } : null;
  }

  function* tally(layer, pieces) {
    var shown = GT.shownAnywhere(layer.shown);
    var found = yield* count(layer, shown);
    var sums = GT.sumsOf(layer);
    for (var n = 0; n < sums.length; n += 1) {
      var one = yield* add(layer, pieces, shown, sums[n]);
      if (one) { found.sums.push(one); }
    }
    return found;
  }

  function tallyLayer(layer) {
    if (!layer.classOf || (!layer.visible && !layer.pieces)) { return null; }
    return GT.loadPieces(layer).then(function (pieces) {
      return GT.work(tally(layer, pieces));
    }).then(function (found) { layer.tally = found; }).catch(function () {
      layer.tally = null;
      GT.broken(layer.entry.title);
    });
  }

  // Counts anew; asked for while counting, counts once more afterwards.
  function update() {
    if (running) { again = true; return; }
    running = true;
    Promise.all(GT.layers.map(tallyLayer)).then(function () {
      running = false;
      GT.map.fire("gt:totals");
      if (again) {
        again = false;
        update();
      }
    });
  }

  function row(list, label, text, key, value) {
    var line = list.appendChild(GT.el("div", "gt-row"));
    line.appendChild(GT.el("dt", "", label));
    var cell = line.appendChild(GT.el("dd", "", text));
    cell.setAttribute("data-key", key);
    cell.setAttribute("data-value", String(value));
  }

  function block(layer) {
    var box = GT.el("section", "gt-tally");
    box.setAttribute("data-tally", layer.entry.name);
    box.appendChild(GT.el("h3", "", GT.say(layer.entry.title)));
    if (GT.filters.size && !layer.sieve) { box.appendChild(GT.el("p", "gt-note", GT.word("map.unfiltered"))); }
    var list = box.appendChild(GT.el("dl", "gt-lines"));
    var all = GT.number(layer.entry.count, 0, GT.language);
    var left = GT.number(layer.tally.count, 0, GT.language);
    row(list, GT.word("map.features"), left === all ? all : left + " / " + all, "count", layer.tally.count);
    layer.tally.sums.forEach(function (one) {
      var column = GT.columnOf(layer, one.name);
      row(list, GT.plainLabel(column), GT.cell(one.sum, column, GT.language), one.name, one.sum);
    });
    return box;
  }

  // Whether something hides features of a layer: the filter, a class, a date.
  function isCut() {
    return GT.layers.some(function (layer) { return layer.tally && layer.tally.count < layer.entry.count; });
  }

  function fill() {
    var room = GT.byId("gt-totals");
    GT.clear(room);
    var counted = GT.layers.filter(function (layer) {
      return layer.tally && (layer.entry.sums.length || layer.entry.filters.length);
    }).reverse();
    GT.byId("gt-totals-section").hidden = !counted.length;
    room.appendChild(GT.el("p", "gt-note", GT.word(isCut() ? "map.totals_shown" : "map.totals_whole")));
    counted.filter(function (layer) { return layer.visible; })
      .forEach(function (layer) { room.appendChild(block(layer)); });
    var hidden = counted.filter(function (layer) { return !layer.visible; });
    if (hidden.length) {
      var more = room.appendChild(GT.el("details", "gt-more"));
      more.open = room.getAttribute("data-open") === "true";
      more.addEventListener("toggle", function () { room.setAttribute("data-open", String(more.open)); });
      more.appendChild(GT.el("summary", "", GT.word("map.hidden_layers")));
      hidden.forEach(function (layer) { more.appendChild(block(layer)); });
    }
    room.appendChild(GT.el("p", "gt-note", GT.word("map.totals_gaps")));
  }

  GT.startTotals = function () {
    GT.map.on("gt:layers", update);
    GT.map.on("gt:totals", fill);
    GT.map.on("gt:filter", function () {
      if (GT.filters.size) { /** @type {HTMLDetailsElement} */ (GT.byId("gt-totals-section")).open = true; }
    });
    GT.map.once("gt:whole", function () {
      Promise.all(GT.layers.map(GT.loadPieces)).then(update);
    });
    GT.onLanguage(fill);
  };
})(GT);
