// Layers on the map: one canvas, drawn in recipe order, built when first shown.
(function (GT) {
  var renderer;
  var PointSymbol = L.CircleMarker.extend({
    _updatePath: function () {
      var canvas = this._renderer;
      if (!canvas._drawing || this._empty()) { return; }
      GT.tracePoint(canvas._ctx, this.options.shape, this._point.x, this._point.y, this._radius);
      canvas._fillStroke(canvas._ctx, this);
    }
  });

  function inRing(ring, point) {
    var inside = false;
    for (var i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
      var a = ring[i];
      var b = ring[j];
      if ((a.y > point.y) !== (b.y > point.y) &&
          point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x) { inside = !inside; }
    }
    return inside;
  }

  // A pointer near a boundary means the area it is in, not the neighbour drawn last; only areas
  // too small to hit get Leaflet's tolerance.
  var Area = L.Polygon.extend({
    _containsPoint: function (point) {
      var box = this._pxBounds;
      if (!box || !box.contains(point)) { return false; }
      var size = box.getSize();
      if (size.x < 22 && size.y < 22) { return L.Polygon.prototype._containsPoint.call(this, point); }
      return this._parts.reduce(function (inside, ring) {
        return inRing(ring, point) ? !inside : inside;
      }, false);
    }
  });

  // Leaflet paths of one shape; several points become several paths.
  GT.makePaths = function (shape, options) {
    var settings = Object.assign({ renderer: renderer, interactive: false }, options);
    if (shape.kind === "line") { return [L.polyline(shape.parts, settings)]; }
    if (shape.kind === "polygon") { return [new Area(shape.parts, settings)]; }
    return shape.parts.map(function (pair) { return new PointSymbol(pair, settings); });
  };

  function classOf(layer, index) {
    if (!layer.codes) { return layer.entry.classes[0]; }
    return layer.byCode.get(layer.codes[index] === null ? "" : layer.codes[index]);
  }

  GT.symbolOf = function (layer, index) {
    return classOf(layer, index).symbol;
  };

  // As in the data; bands that widen when far out lie in legend order, the last class on top.
  function drawingOrder(layer) {
    var order = layer.data.shapes.map(function (shape, index) { return index; });
    var classes = layer.entry.classes;
    if (!classes.some(function (one) { return one.symbol.far_weight; })) { return order; }
    var rank = order.map(function (index) { return classes.indexOf(classOf(layer, index)); });
    return order.sort(function (a, b) { return rank[a] - rank[b] || a - b; });
  }

  function build(layer) {
    var optionsByClass = new Map();
    layer.group = L.featureGroup();
    layer.paths = [];
    drawingOrder(layer).forEach(function (index) {
      var shape = layer.data.shapes[index];
      var symbol = GT.symbolOf(layer, index);
      var key = shape.kind;
      if (!optionsByClass.has(symbol)) { optionsByClass.set(symbol, {}); }
      var known = optionsByClass.get(symbol);
      if (!known[key]) {
        known[key] = Object.assign(GT.pathOptions(symbol, key), { shape: symbol.shape });
      }
      GT.makePaths(shape, known[key]).forEach(function (path) {
        path.gtIndex = index;
        path.gtSymbol = symbol;
        layer.paths.push(path);
        layer.group.addLayer(path);
      });
    });
  }

  // Thin lines and small points when far away, so that many parcels do not become one blot.
  function sizeFactor(kind) {
    var near = Math.max(0, Math.min(1, (GT.map.getZoom() - 11.5) / 5));
    return kind === "point" ? 0.55 + 0.75 * near : 0.35 + 0.65 * near;
  }

  // A strip with a far weight becomes a band of its outline colour when the map is far out.
  function weightOf(symbol, factor) {
    if (!symbol.far_weight) { return symbol.weight * factor; }
    var near = Math.max(0, Math.min(1, (GT.map.getZoom() - 12) / 3));
    return symbol.far_weight + (symbol.weight - symbol.far_weight) * near;
  }

  function resize(layer) {
    var point = sizeFactor("point");
    var line = layer.areal ? sizeFactor("line") : Math.max(0.75, sizeFactor("line"));
    layer.paths.forEach(function (path) {
      if (path instanceof PointSymbol) {
        path.setRadius(path.gtSymbol.radius * point);
      } else {
        path.options.weight = weightOf(path.gtSymbol, line);
      }
    });
  }

  GT.setVisible = function (layer, visible) {
    layer.visible = visible;
    if (visible && !layer.group) { build(layer); }
    if (!layer.group) { return; }
    if (visible) {
      layer.group.addTo(GT.map);
      resize(layer);
      GT.layers.slice(GT.layers.indexOf(layer) + 1).forEach(function (above) {
        if (above.visible && above.group) { above.group.bringToFront(); }
      });
    } else {
      layer.group.remove();
    }
    GT.map.fire("gt:layers");
  };

  GT.shapeBounds = function (shape) {
    return shape.kind === "point" ? L.latLngBounds(shape.parts) : L.polyline(shape.parts).getBounds();
  };

  function makeLayer(entry) {
    var data = GT.decodeLayer(GT.read(entry.block));
    var layer = { entry: entry, data: data, visible: false, group: null, paths: [] };
    layer.kind = data.count ? data.shapes[0].kind : "polygon";
    layer.areal = layer.kind === "polygon";
    layer.byCode = new Map(entry.classes.map(function (one) { return [one.code, one]; }));
    layer.codes = entry.class_column === null ? null : data.columns.get(entry.class_column);
    layer.titles = entry.title_column === null ? null : data.columns.get(entry.title_column);
    return layer;
  }

  // Heading of a feature: its title, else the layer's.
  GT.titleOf = function (layer, index) {
    var title = layer.titles ? layer.titles[index] : null;
    if (title === null || title === undefined) { return GT.say(layer.entry.title); }
    return GT.titleText(layer, title);
  };

  GT.titleText = function (layer, title) {
    var column = layer.entry.columns.find(function (one) {
      return one.name === layer.entry.title_column;
    });
    return GT.cell(title, column, GT.language);
  };

  GT.startLayers = function () {
    renderer = L.canvas({ padding: 0.35, tolerance: L.Browser.mobile ? 9 : 4 });
    GT.renderer = renderer;
    GT.layers = GT.page.layers.map(makeLayer);
    GT.layers.forEach(function (layer) {
      if (layer.entry.visible) { GT.setVisible(layer, true); }
    });
    GT.map.on("zoomend", function () {
      GT.layers.forEach(function (layer) { if (layer.visible) { resize(layer); } });
    });
  };
})(GT);
