// Areas coloured by an indicator: at most five classes, light to dark, hatched more and more densely.
(function (GT) {
  var FILLS = ["#fff7cf", "#c9e6b6", "#83cbbd", "#4aa3c7", "#3f7fb8"];
  var HATCHES = ["none", "dots", "horizontal", "diagonal", "cross"];
  var STROKE = "#16304f";
  var METHODS = ["quantiles", "intervals"];
  var plain = new Map();

  // Few classes take their colours from the whole of the scale.
  function symbolOf(base, place, classes) {
    var step = classes === 1 ? 2 : Math.round(place * (FILLS.length - 1) / (classes - 1));
    return Object.assign({}, base, { fill: FILLS[step], hatch: HATCHES[step], stroke: STROKE, opacity: 0.9 });
  }

  function rangeText(column, range) {
    return function () {
      var most = GT.cell(range.most, column, GT.language);
      if (range.least === range.most) { return most; }
      var unit = GT.unitOf(column.kind);
      var least = GT.cell(range.least, column, GT.language);
      return (unit ? least.slice(0, -unit.length - 1) : least) + " – " + most;
    };
  }

  function classesOf(layer, column, ranges) {
    var base = plain.get(layer).classes[0].symbol;
    var last = ranges.length - 1;
    return ranges.map(function (range, place) {
      if (place === last) {
        return {
          code: "", count: range.count, empty: !range.count,
          symbol: Object.assign({}, base, { fill: "#ffffff", hatch: "none", stroke: "#6b6b6b", dash: [4, 3], opacity: 0.75 }),
          text: function () { return GT.word("map.no_data"); }
        };
      }
      return {
        code: String(place + 1), count: range.count, empty: !range.count,
        symbol: symbolOf(base, place, last), text: rangeText(column, range)
      };
    });
  }

  function recolour(layer, classes, classOf) {
    layer.entry.classes = classes;
    layer.classOf = classOf;
    layer.tally = null;
    GT.map.fire("gt:classes", { layer: layer });
    GT.refresh();
  }

  // Promise that a layer is drawn by the indicator and the method chosen.
  function apply(layer) {
    layer.coloured = colour(layer);
    return layer.coloured;
  }

  function colour(layer) {
    var chosen = layer.colouring.indicator;
    var method = layer.colouring.method;
    return GT.loadLayer(layer).then(function () {
      if (!plain.has(layer)) { plain.set(layer, { classes: layer.entry.classes, classOf: layer.classOf }); }
      return chosen ? GT.loadColumn(layer, chosen) : null;
    }).then(function (column) {
      if (!column) { return null; }
      return GT.work(GT.classCuts(column.values, method), true).then(function (cuts) {
        return GT.work(GT.classValues(column.values, cuts), true);
      });
    }).then(function (found) {
      if (chosen !== layer.colouring.indicator || method !== layer.colouring.method) { return; }
      if (found) {
        recolour(layer, classesOf(layer, GT.columnOf(layer, chosen), found.ranges), found.classOf);
      } else {
        recolour(layer, plain.get(layer).classes, plain.get(layer).classOf);
      }
    });
  }

  function addChoice(room, word, codes, textOf, chosen, use) {
    var label = room.appendChild(GT.el("label"));
    label.appendChild(GT.bind(GT.el("span"), GT.page.words[word]));
    var choice = label.appendChild(GT.el("select"));
    codes.forEach(function (code) {
      var option = choice.appendChild(GT.el("option"));
      option.value = code;
      GT.onLanguage(function () { option.textContent = textOf(code); });
    });
    choice.addEventListener("change", function () { use(choice.value); });
    GT.map.on("gt:classes", function () { choice.value = chosen(); });
    return choice;
  }

  function addChoices(layer) {
    var box = GT.byId("gt-indicators").appendChild(GT.el("div", "gt-choices"));
    var state = layer.colouring;
    addChoice(box, "map.colour_by", layer.entry.indicators.concat(""), function (name) {
      return name ? GT.say(GT.columnOf(layer, name).label) : GT.word("map.one_colour");
    }, function () { return state.indicator; }, function (name) {
      state.indicator = name;
      layer.offClasses = new Set();
      apply(layer);
    }).setAttribute("data-indicator", layer.entry.name);
    addChoice(box, "map.classing", METHODS, function (method) {
      return GT.word(method === "intervals" ? "map.intervals" : "map.quantiles");
    }, function () { return state.method; }, function (method) {
      state.method = method;
      layer.offClasses = new Set();
      apply(layer);
    }).setAttribute("data-method", layer.entry.name);
  }

  function colouredLayers() {
    return GT.layers.filter(function (layer) { return layer.entry.indicators.length; });
  }

  // "communes:relocated_count:intervals", only what differs from the beginning.
  function write() {
    return colouredLayers().map(function (layer) {
      var state = layer.colouring;
      var usual = state.indicator === layer.entry.indicators[0] && state.method === METHODS[0];
      return usual ? "" : [layer.entry.name, state.indicator, state.method].map(encodeURIComponent).join(":");
    }).filter(Boolean).join(";");
  }

  function read(text) {
    var found = text.split(";").map(function (one) { return one.split(":").map(GT.decodeText); });
    colouredLayers().forEach(function (layer) {
      var own = found.find(function (one) { return one[0] === layer.entry.name; }) || [];
      var known = own[1] === "" || layer.entry.indicators.indexOf(own[1]) >= 0;
      layer.colouring.indicator = known ? own[1] : layer.entry.indicators[0];
      layer.colouring.method = METHODS.indexOf(own[2]) < 0 ? METHODS[0] : own[2];
      apply(layer);
    });
  }

  // Colours that are read as numbers are explained before anything else.
  function raiseLegend() {
    GT.byId("gt-panel-body").insertBefore(
      document.querySelector(".gt-legend-section"), document.querySelector(".gt-summary-section"));
  }

  // Promise that what is shown at first is drawn by its first indicator.
  GT.startIndicators = function () {
    var layers = colouredLayers();
    if (!layers.length) { return null; }
    layers.forEach(function (layer) {
      layer.colouring = { indicator: layer.entry.indicators[0], method: METHODS[0] };
      addChoices(layer);
    });
    GT.addState("i", write, read);
    GT.byId("gt-indicators").hidden = false;
    raiseLegend();
    return Promise.all(layers.map(function (layer) {
      var done = apply(layer);
      return layer.visible ? done : null;
    }));
  };
})(GT);
