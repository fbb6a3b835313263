// Draws the layers of one tile, or of any rectangle of the map, in slices: a generator.
(function (GT) {
  var BATCH = 64;
  var DOT = 2.5;
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

  // Features near the view by class: those too small to see as dots, the others in full.
  function* sort(layer, view, at) {
    var count = layer.entry.classes.length;
    var found = { dots: [], full: [] };
    for (var n = 0; n < count; n += 1) { found.dots.push([]); found.full.push([]); }
    var reach = view.reach * view.ratio;
    var boxes = layer.index.boxes;
    var shown = layer.shown[view.pane];
    var limit = DOT * view.ratio / at.scale;
    var box = [
      (-reach - at.left) / at.scale, (at.top - view.height - reach) / at.scale,
      (view.width + reach - at.left) / at.scale, (at.top + reach) / at.scale
    ];
    yield* GT.visitNear(layer, box, function (i) {
      if (shown && !shown[i]) { return; }
      var small = layer.shape.kinds[i] === 3 && boxes[4 * i + 2] - boxes[4 * i] < limit &&
        boxes[4 * i + 3] - boxes[4 * i + 1] < limit;
      found[small ? "dots" : "full"][layer.classOf[i]].push(i);
    });
    return found;
  }

  // Colour of what is too small for fill and outline: something of both.
  function dotColour(symbol, opacity) {
    function part(text, place) { return parseInt(text.substr(1 + 2 * place, 2), 16); }
    var fill = symbol.fill || symbol.stroke || "#000000";
    var stroke = symbol.stroke || fill;
    var alpha = Math.round(255 * opacity * Math.min(1, (symbol.fill ? symbol.opacity : 0) + 0.3));
    var mixed = [0, 1, 2].map(function (place) {
      return Math.round(part(fill, place) * 0.7 + part(stroke, place) * 0.3);
    });
    return ((alpha << 24) | (mixed[2] << 16) | (mixed[1] << 8) | mixed[0]) >>> 0;
  }

  // A pixel belongs to the box its middle lies in, so that neighbours do not take each other's.
  function firstPixel(edge) {
    return Math.ceil(edge - 0.5);
  }

  // Dots go straight to pixels: a hundred thousand of them cost a few milliseconds.
  function* drawDots(context, view, layer, at, dots) {
    if (!dots.some(function (one) { return one.length; })) { return; }
    var image = context.createImageData(view.width, view.height);
    var pixels = new Uint32Array(image.data.buffer);
    var boxes = layer.index.boxes;
    var seen = 0;
    for (var n = 0; n < dots.length; n += 1) {
      var colour = dotColour(layer.entry.classes[n].symbol, layer.opacity);
      for (var k = 0; k < dots[n].length; k += 1) {
        var i = 4 * dots[n][k];
        var x0 = firstPixel(at.left + boxes[i] * at.scale);
        var y0 = firstPixel(at.top - boxes[i + 3] * at.scale);
        var x1 = Math.min(view.width, Math.max(x0 + 1, firstPixel(at.left + boxes[i + 2] * at.scale)));
        var y1 = Math.min(view.height, Math.max(y0 + 1, firstPixel(at.top - boxes[i + 1] * at.scale)));
        for (var y = Math.max(0, y0); y < y1; y += 1) {
          for (var x = Math.max(0, x0); x < x1; x += 1) { pixels[y * view.width + x] = colour; }
        }
        seen += 1;
        if (seen % 8000 === 0) { yield; }
      }
    }
    var sheet = view.spare();
    sheet.getContext("2d").putImageData(image, 0, 0);
    context.drawImage(sheet, 0, 0);
    yield;
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

  function fillPath(context, path, brush) {
    if (!brush.fill) { return; }
    context.globalAlpha = brush.fillAlpha;
    context.fillStyle = brush.fill;
    context.fill(path);
  }

  function strokePath(context, path, brush) {
    if (!brush.stroke) { return; }
    context.globalAlpha = brush.alpha;
    context.strokeStyle = brush.stroke;
    context.lineWidth = brush.weight;
    context.setLineDash(brush.dash);
    context.stroke(path);
  }

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
  function* drawAreas(context, layer, features, at, brush, ratio) {
    var boxes = layer.index.boxes;
    var limit = OUTLINED * ratio / at.scale;
    function add(path, i) { traceFeature(path, layer, i, at); }
    yield* eachBatch(features, add, function (path) { fillPath(context, path, brush); });
    yield* eachBatch(features.filter(function (i) {
      return boxes[4 * i + 2] - boxes[4 * i] >= limit || boxes[4 * i + 3] - boxes[4 * i + 1] >= limit;
    }), add, function (path) { strokePath(context, path, brush); });
  }

  function* drawLines(context, layer, features, at, brush) {
    yield* eachBatch(features, function (path, i) {
      traceFeature(path, layer, i, at);
    }, function (path) { strokePath(context, path, brush); });
  }

  // Points: of those on the same pixels one is drawn.
  function* drawPoints(context, view, layer, features, at, brush) {
    var across = Math.ceil(view.width / 2) + 64;
    var taken = new Set();
    var shape = layer.shape;
    yield* eachBatch(features, function (path, i) {
      var end = GT.firstVertex(shape, i + 1);
      for (var v = GT.firstVertex(shape, i); v < end; v += 1) {
        var x = at.left + shape.xy[2 * v] * at.scale;
        var y = at.top - shape.xy[2 * v + 1] * at.scale;
        var cell = Math.floor(y / 2) * across + Math.floor(x / 2);
        if (!taken.has(cell)) {
          taken.add(cell);
          GT.tracePoint(path, brush.shape, x, y, brush.radius);
        }
      }
    }, function (path) {
      fillPath(context, path, brush);
      strokePath(context, path, brush);
    });
  }

  function* drawClass(context, view, layer, number, features, at) {
    var symbol = layer.entry.classes[number].symbol;
    var byKind = { 1: [], 2: [], 3: [] };
    features.forEach(function (i) { byKind[layer.shape.kinds[i]].push(i); });
    if (byKind[3].length) {
      yield* drawAreas(context, layer, byKind[3], at, GT.brush(layer, symbol, "polygon", view), view.ratio);
    }
    if (byKind[2].length) {
      yield* drawLines(context, layer, byKind[2], at, GT.brush(layer, symbol, "line", view));
    }
    if (byKind[1].length) {
      yield* drawPoints(context, view, layer, byKind[1], at, GT.brush(layer, symbol, "point", view));
    }
  }

  // view: left, top in pixels of the world at its zoom; width, height in pixels of the canvas, of
  // which ratio make one of the screen; reach, the widest symbol; pane; spare() gives a blank canvas.
  GT.drawView = function* (context, view) {
    context.lineJoin = "round";
    for (var n = 0; n < GT.layers.length; n += 1) {
      var layer = GT.layers[n];
      if (!layer.visible || !layer.classOf || layer.opacity === 0) { continue; }
      var at = placing(layer, view);
      var found = yield* sort(layer, view, at);
      yield* drawDots(context, view, layer, at, found.dots);
      for (var one = 0; one < found.full.length; one += 1) {
        if (found.full[one].length) { yield* drawClass(context, view, layer, one, found.full[one], at); }
      }
      context.globalAlpha = 1;
    }
  };
})(GT);
