// Draws points: a symbol is drawn once, then stamped straight to pixels wherever one stands.
(function (GT) {
  var BATCH = 500;
  var WIDEST = 1.3; // of a shape, in radii

  // One point in the middle of a small picture: {side, bytes, pixels}.
  function stampOf(brush) {
    var half = Math.ceil(WIDEST * brush.radius + brush.weight) + 1;
    var canvas = document.createElement("canvas");
    canvas.width = canvas.height = 2 * half;
    var context = canvas.getContext("2d");
    var path = new Path2D();
    context.lineJoin = "round";
    GT.tracePoint(path, brush.shape, half, half, brush.radius);
    GT.fillPath(context, path, brush);
    GT.strokePath(context, path, brush);
    return sheetOf(context.getImageData(0, 0, 2 * half, 2 * half));
  }

  function sheetOf(image) {
    return { image: image, width: image.width, height: image.height, bytes: image.data, pixels: new Uint32Array(image.data.buffer) };
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
        if (pixel >>> 24 === 255) { sheet.pixels[to] = pixel; } else if (pixel >>> 24) { blend(sheet, to, stamp, from); }
      }
    }
  }

  // Stamps the points of a feature; of those on the same pixels one.
  function stampFeature(sheet, stamp, layer, i, at, taken) {
    var xy = layer.shape.xy;
    var across = Math.ceil(sheet.width / 2) + 64;
    var end = GT.firstVertex(layer.shape, i + 1);
    for (var v = GT.firstVertex(layer.shape, i); v < end; v += 1) {
      var x = at.left + xy[2 * v] * at.scale;
      var y = at.top - xy[2 * v + 1] * at.scale;
      var cell = Math.floor(y / 2) * across + Math.floor(x / 2);
      if (!taken.has(cell)) {
        taken.add(cell);
        stampAt(sheet, stamp, Math.round(x - stamp.width / 2), Math.round(y - stamp.height / 2));
      }
    }
  }

  // Draws the points whose numbers are listed by class; a generator.
  GT.drawPoints = function* (context, view, layer, at, points) {
    if (!points.some(function (one) { return one.length; })) { return; }
    var sheet = sheetOf(new ImageData(view.width, view.height));
    for (var n = 0; n < points.length; n += 1) {
      if (!points[n].length) { continue; }
      var stamp = stampOf(GT.brush(layer, layer.entry.classes[n].symbol, "point", view));
      var taken = new Set();
      for (var k = 0; k < points[n].length; k += 1) {
        stampFeature(sheet, stamp, layer, points[n][k], at, taken);
        if (k % BATCH === BATCH - 1) { yield; }
      }
    }
    GT.lay(context, view, sheet.image);
    yield;
  };
})(GT);
