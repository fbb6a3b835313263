// Draws the layers of one tile, or of any rectangle of the map, in slices: a generator.
(function (GT) {
  var BATCH = 64;
  var OUTLINED = 4;
  var NEAR_ENOUGH = 0.6;

  // Thin lines and small points when far away, so that many parcels do not become one blot.
  GT.sizeFactor = function (kind, zoom) {
    var near = Math.max(0, Math.min(1, (zoom - 11.5) / 5));
    return kind === "point" ? 0.55 + 0.75 * near : 0.35 + 0.65 * near;
  };

  // A strip with a far weight becomes a band of its outline colour when the map is far out.
  GT.weightOf = function (layer, symbol, zoom) {
    var factor = GT.sizeFactor("line", zoom);
    if (!symbol.far_weight) { return symbol.weight * (layer.areal ? factor : Math.max(0.75, factor)); }
    var near = Math.max(0, Math.min(1, (zoom - 12) / 3));
    return symbol.far_weight + (symbol.weight - symbol.far_weight) * near;
  };

  // How steps of a layer become pixels of the canvas.
  function placing(layer, view) {
    var world = GT.projection(layer.data, view.zoom);
    return {
      scale: world.scale * view.ratio,
      left: (world.left - view.left) * view.ratio,
      top: (world.top - view.top) * view.ratio
    };
  }

  // How far outside the view a feature may lie and yet be seen, in pixels of the screen.
  function reachOf(layer, view) {
    return layer.entry.classes.reduce(function (most, one) {
      var symbol = one.symbol;
      var radius = layer.areal ? symbol.far_radius : 0;
      if (layer.data.kind < 2) { radius = Math.max(radius, symbol.radius * GT.sizeFactor("point", view.zoom)); }
      return Math.max(most, GT.WIDEST * radius + Math.max(symbol.weight, GT.weightOf(layer, symbol, view.zoom) / 2) + 1);
    }, 1);
  }

  // Whether a shape stands for a feature: an area that would be smaller, where its class says so.
  GT.isMark = function (layer, i, pixels) {
    var boxes = layer.index.boxes;
    var side = 2 * GT.symbolOf(layer, i).far_radius / pixels;
    return layer.shape.kinds[i] === 3 && boxes[4 * i + 2] - boxes[4 * i] < side && boxes[4 * i + 3] - boxes[4 * i + 1] < side;
  };

  // Features near the view by class: areas a shape stands for as marks, those too small for an
  // outline as dots, the others in full.
  function* sort(layer, view, at) {
    var count = layer.entry.classes.length;
    var found = { marks: [], dots: [], full: [] };
    for (var n = 0; n < count; n += 1) { found.marks.push([]); found.dots.push([]); found.full.push([]); }
    var marked = layer.entry.classes.some(function (one) { return one.symbol.far_radius; });
    var reach = reachOf(layer, view) * view.ratio;
    var boxes = layer.index.boxes;
    var shown = layer.shown[view.pane];
    var limit = OUTLINED * view.ratio / at.scale;
    var box = [
      (-reach - at.left) / at.scale, (at.top - view.height - reach) / at.scale,
      (view.width + reach - at.left) / at.scale, (at.top + reach) / at.scale
    ];
    yield* GT.visitNear(layer, box, function (i) {
      if (shown && !shown[i]) { return; }
      var small = layer.shape.kinds[i] === 3 && boxes[4 * i + 2] - boxes[4 * i] < limit &&
        boxes[4 * i + 3] - boxes[4 * i + 1] < limit;
      var way = marked && GT.isMark(layer, i, at.scale / view.ratio) ? "marks" : small ? "dots" : "full";
      found[way][layer.classOf[i]].push(i);
    });
    return found;
  }

  // Adds one ring or line to a path, leaving out what no eye could see.
  function trace(path, shape, run, at, closed) {
    var end = shape.vertices[run + 1];
    var lastX = NaN;
    var lastY = NaN;
    for (var v = shape.vertices[run]; v < end; v += 1) {
      var x = at.left + shape.xy[2 * v] * at.scale;
      var y = at.top - shape.xy[2 * v + 1] * at.scale;
      if (lastX !== lastX) {
        path.moveTo(x, y);
      } else if (v < end - 1 && Math.abs(x - lastX) < NEAR_ENOUGH && Math.abs(y - lastY) < NEAR_ENOUGH) {
        continue;
      } else {
        path.lineTo(x, y);
      }
      lastX = x;
      lastY = y;
    }
    if (closed) { path.closePath(); }
  }

  function traceFeature(path, layer, i, at) {
    var shape = layer.shape;
    var end = shape.runs[shape.parts[i + 1]];
    for (var run = shape.runs[shape.parts[i]]; run < end; run += 1) {
      trace(path, shape, run, at, shape.kinds[i] === 3);
    }
  }

  GT.fillPath = function (context, path, brush) {
    if (!brush.fill) { return; }
    context.globalAlpha = brush.fillAlpha;
    context.fillStyle = brush.fill;
    context.fill(path);
  };

  GT.strokePath = function (context, path, brush) {
    if (!brush.stroke) { return; }
    context.globalAlpha = brush.alpha;
    context.strokeStyle = brush.stroke;
    context.lineWidth = brush.weight;
    context.setLineDash(brush.dash);
    context.stroke(path);
  };

  // Paths of up to 64 features each: a single path of all would stop the page.
  function* eachBatch(features, add, draw) {
    for (var k = 0; k < features.length;) {
      var path = new Path2D();
      var end = Math.min(features.length, k + BATCH);
      for (; k < end; k += 1) { add(path, features[k]); }
      draw(path);
      yield;
    }
  }

  // Areas: every fill, then every outline. Outer rings run one way and holes the other, so that
  // areas of one path neither fill holes nor cancel where they overlap.
  function* drawAreas(context, layer, features, at, brush) {
    function add(path, i) { traceFeature(path, layer, i, at); }
    yield* eachBatch(features, add, function (path) { GT.fillPath(context, path, brush); });
    yield* eachBatch(features, add, function (path) { GT.strokePath(context, path, brush); });
  }

  function* drawLines(context, layer, features, at, brush) {
    yield* eachBatch(features, function (path, i) {
      traceFeature(path, layer, i, at);
    }, function (path) { GT.strokePath(context, path, brush); });
  }

  function* drawClass(context, view, layer, number, features, at) {
    var symbol = layer.entry.classes[number].symbol;
    var areas = ofKind(layer, features, 3);
    var lines = ofKind(layer, features, 2);
    if (areas.length) { yield* drawAreas(context, layer, areas, at, GT.brush(layer, symbol, "polygon", view)); }
    if (lines.length) { yield* drawLines(context, layer, lines, at, GT.brush(layer, symbol, "line", view)); }
  }

  function ofKind(layer, features, kind) {
    if (layer.data.kind) { return layer.data.kind === kind ? features : []; }
    return features.filter(function (i) { return layer.shape.kinds[i] === kind; });
  }

  function pointsOf(layer, features) { return ofKind(layer, features, 1); }

  // Lays pixels of the size of the view over what is drawn.
  GT.lay = function (context, view, image) {
    var sheet = view.spare();
    sheet.getContext("2d").putImageData(image, 0, 0);
    context.globalAlpha = 1;
    context.drawImage(sheet, 0, 0);
  };

  // view: left, top in pixels of the world at its zoom; width, height in pixels of the canvas, of
  // which ratio make one of the screen; pane; spare() gives a blank canvas.
  GT.drawView = function* (context, view) {
    context.lineJoin = "round";
    for (var n = 0; n < GT.layers.length; n += 1) {
      var layer = GT.layers[n];
      if (!layer.visible || !layer.classOf || layer.opacity === 0) { continue; }
      var at = placing(layer, view);
      var found = yield* sort(layer, view, at);
      yield* GT.drawDots(context, view, layer, at, found.dots);
      for (var one = 0; one < found.full.length; one += 1) {
        yield* drawClass(context, view, layer, one, found.full[one], at);
      }
      yield* GT.drawPoints(context, view, layer, at, found.full.map(pointsOf.bind(null, layer)), "point");
      yield* GT.drawPoints(context, view, layer, at, found.marks, "mark");
      context.globalAlpha = 1;
    }
  };
})(GT);
