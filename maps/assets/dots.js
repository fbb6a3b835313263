// Draws areas that are too small for an outline straight to pixels, a hundred thousand in moments.
(function (GT) {
  var DOT = 2.5;
  var BATCH = 2000;
  var LARGE = 64;

  // Colour of what is too small for fill and outline: something of both.
  function colourOf(symbol, opacity) {
    function part(text, place) { return parseInt(text.substr(1 + 2 * place, 2), 16); }
    var fill = symbol.fill || symbol.stroke || "#000000";
    var stroke = symbol.stroke || fill;
    var alpha = Math.round(255 * opacity * Math.min(1, (symbol.fill ? symbol.opacity : 0) + 0.3));
    var mixed = [0, 1, 2].map(function (place) {
      return Math.round(part(fill, place) * 0.7 + part(stroke, place) * 0.3);
    });
    return ((alpha << 24) | (mixed[2] << 16) | (mixed[1] << 8) | mixed[0]) >>> 0;
  }

  // A pixel belongs to the area its middle lies in, so that neighbours do not take each other's.
  function firstPixel(edge) {
    return Math.ceil(edge - 0.5);
  }

  // Pixels of a view with the layer placed on it. A row of an area is a number of bits, one a pixel
  // of its box: no box is wider than 4 pixels of the screen, of which each has up to 4.
  function Sheet(layer, view, at) {
    this.shape = layer.shape;
    this.boxes = layer.index.boxes;
    this.at = at;
    this.width = view.width;
    this.height = view.height;
    this.image = new ImageData(view.width, view.height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.rows = new Int32Array(32);
    this.left = 0;
    this.top = 0;
    this.colour = 0;
  }

  Sheet.prototype.dot = function (x, y) {
    if (x >= 0 && y >= 0 && x < this.width && y < this.height) { this.pixels[y * this.width + x] = this.colour; }
  };

  // Turns in each row that a side crosses the pixels right of it. The side begins at its upper end,
  // so that neighbours find the same place on the side they share.
  Sheet.prototype.turn = function (x0, y0, x1, y1) {
    if (y1 < y0) { this.turn(x1, y1, x0, y0); return; }
    var end = firstPixel(y1);
    for (var y = firstPixel(y0); y < end; y += 1) {
      var x = x0 + (y + 0.5 - y0) / (y1 - y0) * (x1 - x0);
      this.rows[y - this.top] ^= -1 << Math.max(0, firstPixel(x) - this.left);
    }
  };

  Sheet.prototype.turnRing = function (first, end) {
    var xy = this.shape.xy;
    var at = this.at;
    var lastX = at.left + xy[2 * end - 2] * at.scale;
    var lastY = at.top - xy[2 * end - 1] * at.scale;
    for (var v = first; v < end; v += 1) {
      var x = at.left + xy[2 * v] * at.scale;
      var y = at.top - xy[2 * v + 1] * at.scale;
      this.turn(lastX, lastY, x, y);
      lastX = x;
      lastY = y;
    }
  };

  // Colours the pixels that the sides of a ring run through.
  Sheet.prototype.trail = function (first, end) {
    var xy = this.shape.xy;
    var before = end - 1;
    for (var v = first; v < end; v += 1) {
      var x = this.at.left + xy[2 * v] * this.at.scale;
      var y = this.at.top - xy[2 * v + 1] * this.at.scale;
      var across = (xy[2 * before] - xy[2 * v]) * this.at.scale;
      var down = (xy[2 * v + 1] - xy[2 * before + 1]) * this.at.scale;
      var count = Math.ceil(Math.max(Math.abs(across), Math.abs(down)));
      for (var k = 0; k < count; k += 1) { this.dot(Math.floor(x + across * k / count), Math.floor(y + down * k / count)); }
      before = v;
    }
  };

  // One area, its holes left out; where it is too thin to have the middles of pixels in its length, its
  // sides as well, so that it is seen in its length.
  Sheet.prototype.area = function (i) {
    var shape = this.shape;
    var at = this.at;
    var right = firstPixel(at.left + this.boxes[4 * i + 2] * at.scale);
    var foot = firstPixel(at.top - this.boxes[4 * i + 1] * at.scale);
    this.left = firstPixel(at.left + this.boxes[4 * i] * at.scale);
    this.top = firstPixel(at.top - this.boxes[4 * i + 3] * at.scale);
    this.rows.fill(0);
    var first = shape.runs[shape.parts[i]];
    var end = shape.runs[shape.parts[i + 1]];
    var run = first;
    for (; run < end; run += 1) { this.turnRing(shape.vertices[run], shape.vertices[run + 1]); }
    var found = 0;
    for (var y = this.top; y < foot; y += 1) {
      for (var x = this.left; x < right; x += 1) {
        if (this.rows[y - this.top] >> x - this.left & 1) { this.dot(x, y); found += 1; }
      }
    }
    var long = Math.max(right - this.left, foot - this.top);
    for (run = first; 2 * found < long && run < end; run += 1) {
      this.trail(shape.vertices[run], shape.vertices[run + 1]);
    }
  };

  // An area no larger than a pixel or two stands for its box.
  Sheet.prototype.box = function (i) {
    var at = this.at;
    var x0 = firstPixel(at.left + this.boxes[4 * i] * at.scale);
    var y0 = firstPixel(at.top - this.boxes[4 * i + 3] * at.scale);
    var x1 = Math.max(x0 + 1, firstPixel(at.left + this.boxes[4 * i + 2] * at.scale));
    var y1 = Math.max(y0 + 1, firstPixel(at.top - this.boxes[4 * i + 1] * at.scale));
    for (var y = y0; y < y1; y += 1) {
      for (var x = x0; x < x1; x += 1) { this.dot(x, y); }
    }
  };

  // Draws areas from one place of a list to another; which is the next.
  Sheet.prototype.some = function (areas, from) {
    var limit = DOT / this.at.scale;
    var boxes = this.boxes;
    var vertices = LARGE * BATCH;
    var k = from;
    for (; k < areas.length && k < from + BATCH && vertices > 0; k += 1) {
      var i = areas[k];
      if (boxes[4 * i + 2] - boxes[4 * i] < limit && boxes[4 * i + 3] - boxes[4 * i + 1] < limit) {
        this.box(i);
      } else {
        this.area(i);
        vertices -= GT.firstVertex(this.shape, i + 1) - GT.firstVertex(this.shape, i);
      }
    }
    return k;
  };

  // Draws the areas whose numbers are listed by class; a generator.
  GT.drawDots = function* (context, view, layer, at, dots) {
    if (!dots.some(function (one) { return one.length; })) { return; }
    var sheet = new Sheet(layer, view, at);
    for (var n = 0; n < dots.length; n += 1) {
      sheet.colour = colourOf(layer.entry.classes[n].symbol, layer.opacity);
      for (var k = 0; k < dots[n].length;) {
        k = sheet.some(dots[n], k);
        yield;
      }
    }
    GT.lay(context, view, sheet.image);
    yield;
  };
})(GT);
