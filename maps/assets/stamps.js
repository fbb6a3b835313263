// Draws points, and shapes in the middle of areas that would be smaller: a symbol is drawn once,
// then stamped straight to pixels wherever one stands.
(function (GT) {
  var PAUSE = 30000; // pixels

  // One point in the middle of a small picture: {side, bytes, pixels}.
  function stampOf(brush) {
    var half = Math.ceil(GT.WIDEST * brush.radius + brush.weight) + 1;
    var canvas = document.createElement("canvas");
    canvas.width = canvas.height = 2 * half;
    var context = canvas.getContext("2d");
    var path = new Path2D();
    context.lineJoin = "round";
    GT.tracePoint(path, brush.shape, half, half, brush.radius);
    GT.fillPath(context, path, brush);
    GT.strokePath(context, path, brush);
    return Object.assign(sheetOf(context.getImageData(0, 0, 2 * half, 2 * half)), { taken: new Set() });
  }

  function sheetOf(image) {
    return { image: image, width: image.width, height: image.height, bytes: image.data, pixels: new Uint32Array(image.data.buffer), stamped: 0 };
  }

  // Lays one pixel over another as a canvas does.
  function blend(sheet, to, stamp, from) {
    var over = stamp.bytes[4 * from + 3];
    var rest = sheet.bytes[4 * to + 3] * (255 - over) / 255;
    var whole = over + rest;
    for (var part = 0; part < 3; part += 1) {
      sheet.bytes[4 * to + part] = (stamp.bytes[4 * from + part] * over + sheet.bytes[4 * to + part] * rest) / whole;
    }
    sheet.bytes[4 * to + 3] = whole;
  }

  // Stamps a point with its upper left pixel at left, top.
  function stampAt(sheet, stamp, left, top) {
    var x0 = Math.max(0, -left);
    var x1 = Math.min(stamp.width, sheet.width - left);
    var y1 = Math.min(stamp.height, sheet.height - top);
    for (var y = Math.max(0, -top); y < y1; y += 1) {
      for (var x = x0; x < x1; x += 1) {
        var from = y * stamp.width + x;
        var to = (top + y) * sheet.width + left + x;
        var pixel = stamp.pixels[from];
        if (pixel >>> 24 === 255 || sheet.pixels[to] === 0) {
          sheet.pixels[to] = pixel;
        } else if (pixel >>> 24) {
          blend(sheet, to, stamp, from);
        }
      }
    }
    sheet.stamped += stamp.pixels.length;
  }

  // Stamps a place given in steps; of those on the same pixels one.
  function stampPlace(sheet, stamp, at, x, y) {
    var across = at.left + x * at.scale;
    var down = at.top - y * at.scale;
    var cell = Math.floor(down / 2) * (sheet.width + stamp.width) + Math.floor(across / 2);
    if (stamp.taken.has(cell)) { return; }
    stamp.taken.add(cell);
    stampAt(sheet, stamp, Math.round(across - stamp.width / 2), Math.round(down - stamp.height / 2));
  }

  function stampMiddle(sheet, stamp, layer, i, at) {
    var boxes = layer.index.boxes;
    stampPlace(sheet, stamp, at, (boxes[4 * i] + boxes[4 * i + 2]) / 2, (boxes[4 * i + 1] + boxes[4 * i + 3]) / 2);
  }

  // Stamps the features listed of one class.
  function* stampAll(sheet, stamp, layer, features, at, kind) {
    var xy = layer.shape.xy;
    for (var k = 0; k < features.length; k += 1) {
      var v = GT.firstVertex(layer.shape, features[k]);
      var end = kind === "mark" ? v + 1 : GT.firstVertex(layer.shape, features[k] + 1);
      for (; v < end; v += 1) {
        if (kind === "mark") {
          stampMiddle(sheet, stamp, layer, features[k], at);
        } else {
          stampPlace(sheet, stamp, at, xy[2 * v], xy[2 * v + 1]);
        }
        if (sheet.stamped > PAUSE) { sheet.stamped = 0; yield; }
      }
    }
  }

  // Draws the features whose numbers are listed by class, of kind point or mark; a generator.
  GT.drawPoints = function* (context, view, layer, at, points, kind) {
    if (!points.some(function (one) { return one.length; })) { return; }
    var sheet = sheetOf(new ImageData(view.width, view.height));
    for (var n = 0; n < points.length; n += 1) {
      if (!points[n].length) { continue; }
      var stamp = stampOf(GT.brush(layer, layer.entry.classes[n].symbol, kind, view));
      yield* stampAll(sheet, stamp, layer, points[n], at, kind);
    }
    GT.lay(context, view, sheet.image);
    yield;
  };
})(GT);
