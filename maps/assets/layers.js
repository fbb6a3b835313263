// The layers of the page: read when first needed, shown or hidden as a whole, by class and by mask.
(function (GT) {
  var KINDS = { 1: "point", 2: "line", 3: "polygon" };
  var SHAPES = ["kinds", "parts", "rings", "lengths", "references", "x", "y"];
  var SLICE = 50000;
  var masks = [];

  GT.layers = [];

  function makeLayer(entry) {
    return {
      entry: entry,
      data: entry.data,
      kind: KINDS[entry.data.kind] || "polygon",
      areal: entry.data.kind === 3 || entry.data.kind === 0,
      visible: false,
      opacity: 1,
      shape: null,
      index: null,
      classOf: null,
      offClasses: new Set(),
      shown: [],
      columns: new Map(),
      reading: new Map(),
      loading: null
    };
  }

  // Promise of a column of a layer, read once; it stands for nothing where it cannot be read.
  GT.loadColumn = function (layer, name) {
    if (!layer.reading.has(name)) {
      var entry = layer.data.columns.find(function (one) { return one.name === name; });
      var reading = GT.readColumn(layer.entry.block, layer.data, entry, layer.data.count);
      layer.reading.set(name, GT.orUnread(reading, layer, name)
        .then(function (column) {
          layer.columns.set(name, column);
          return column;
        }));
    }
    return layer.reading.get(name);
  };

  // Promise that every column of a layer is read.
  GT.loadColumns = function (layer) {
    return Promise.all(layer.data.columns.map(function (one) {
      return GT.loadColumn(layer, one.name);
    }));
  };

  function* classify(layer, column) {
    var places = new Map(layer.entry.classes.map(function (one, place) { return [one.code, place]; }));
    var ofWord = [];
    for (var code = 0; code < column.words.count; code += 1) {
      ofWord.push(places.get(GT.wordOf(column.words, code)) || 0);
    }
    var none = places.get("") || 0;
    var found = new Uint16Array(layer.data.count);
    for (var i = 0; i < found.length; i += 1) {
      var own = column.code(i);
      found[i] = own < 0 ? none : ofWord[own];
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return found;
  }

  // Promise of a column without which a layer would be drawn wrongly.
  function loadNeeded(layer, name) {
    return GT.loadColumn(layer, name).then(function (column) {
      if (column.isUnread) { throw new Error("a column of the page cannot be read"); }
      return column;
    });
  }

  function readClasses(layer) {
    var name = layer.entry.class_column;
    if (name === null) { return Promise.resolve(new Uint16Array(layer.data.count)); }
    return loadNeeded(layer, name).then(function (column) {
      return GT.work(classify(layer, column), !GT.isReady);
    });
  }

  function readValid(layer) {
    return Promise.all(layer.entry.valid.filter(Boolean).map(function (name) {
      return loadNeeded(layer, name);
    }));
  }

  function readCounted(layer) {
    return layer.entry.counted ? loadNeeded(layer, layer.entry.counted) : null;
  }

  function readShapes(layer) {
    return Promise.all(SHAPES.map(function (name) {
      return GT.readStream(layer.entry.block, layer.data, name);
    })).then(function (found) {
      var streams = {};
      SHAPES.forEach(function (name, place) { streams[name] = found[place]; });
      return GT.work(GT.decodeShapes(layer.data, streams), !GT.isReady);
    }).then(function (shape) {
      layer.shape = shape;
      return GT.work(GT.indexShapes(shape, layer.data.count), !GT.isReady);
    }).then(function (index) { layer.index = index; });
  }

  // Promise that a layer can be drawn and hit.
  GT.loadLayer = function (layer) {
    if (!layer.loading) {
      layer.loading = Promise.all([readShapes(layer), readClasses(layer), readValid(layer), readCounted(layer)]).then(function (found) {
        layer.classOf = found[1];
        GT.mask(layer);
        return layer;
      }).catch(function (error) {
        GT.broken(layer.entry.title);
        throw error;
      });
    }
    return layer.loading;
  };

  // A mask is a function (layer, pane number) that gives a byte a feature, 0 for hidden, or null.
  GT.addMask = function (mask) { masks.push(mask); };

  // A byte a feature, 0 for hidden in a pane by its class or by a mask but that one; null hides none.
  GT.shownBut = function (layer, pane, but) {
    var found = masks.filter(function (mask) { return mask !== but; })
      .map(function (mask) { return mask(layer, pane); }).filter(Boolean);
    if (!found.length && !layer.offClasses.size) { return null; }
    var shown = new Uint8Array(layer.data.count);
    var on = layer.entry.classes.map(function (one, place) { return layer.offClasses.has(place) ? 0 : 1; });
    for (var i = 0; i < shown.length; i += 1) { shown[i] = on[layer.classOf[i]]; }
    found.forEach(function (mask) {
      for (var k = 0; k < shown.length; k += 1) { if (!mask[k]) { shown[k] = 0; } }
    });
    return shown;
  };

  // Finds out again which features of a layer are shown, in each pane.
  GT.mask = function (layer) {
    if (!layer.classOf) { return; }
    layer.shown = GT.panes.map(function (pane, number) { return GT.shownBut(layer, number, null); });
  };

  GT.isShown = function (layer, index, pane) {
    return !layer.shown[pane] || layer.shown[pane][index] === 1;
  };

  // After masks or classes changed: find out again what is shown, draw and tell.
  GT.refresh = function () {
    GT.layers.forEach(GT.mask);
    GT.repaint();
    GT.map.fire("gt:layers");
  };

  // Promise that a layer is shown or hidden.
  GT.setVisible = function (layer, visible) {
    layer.visible = visible;
    GT.map.fire("gt:layers");
    if (!visible) {
      GT.repaint();
      return Promise.resolve(layer);
    }
    return GT.loadLayer(layer).then(function () {
      GT.repaint();
      GT.map.fire("gt:layers");
      return layer;
    }).catch(function (error) {
      layer.visible = false;
      GT.map.fire("gt:layers");
      throw error;
    });
  };

  // The symbol of a feature.
  GT.symbolOf = function (layer, index) {
    return layer.entry.classes[layer.classOf[index]].symbol;
  };

  // Heading of a feature: its title, else the layer's. The title column must have been read.
  GT.titleOf = function (layer, index) {
    var column = layer.columns.get(layer.entry.title_column);
    var title = column ? column.at(index) : null;
    return title === null ? GT.say(layer.entry.title) : GT.titleText(layer, title);
  };

  GT.titleText = function (layer, title) {
    var column = layer.entry.columns.find(function (one) {
      return one.name === layer.entry.title_column;
    });
    return GT.cell(title, column, GT.language);
  };

  function passOver() {}

  // Shows what the recipe shows at first, then reads the rest while nobody waits. Of a layer that
  // cannot be read loadLayer has said so.
  GT.startLayers = function () {
    GT.layers = GT.page.layers.map(makeLayer);
    var first = GT.layers.filter(function (layer) { return layer.entry.visible; });
    return Promise.all(first.map(function (layer) { return GT.setVisible(layer, true).catch(passOver); }));
  };

  GT.loadRest = function () {
    return GT.layers.reduce(function (before, layer) {
      return before.then(function () { return GT.loadLayer(layer); }).catch(passOver)
        .then(function () { return GT.loadColumns(layer); });
    }, /** @type {Promise<any>} */ (Promise.resolve()));
  };
})(GT);
