// Symbols: hatching as canvas patterns, point shapes, and the small pictures of the legend.
(function (GT) {
  var TILE = 8;
  var LINES = {
    diagonal: [[0, 8, 8, 0], [-2, 2, 2, -2], [6, 10, 10, 6]],
    back: [[0, 0, 8, 8], [-2, 6, 2, 10], [6, -2, 10, 2]],
    horizontal: [[0, 4, 8, 4]],
    vertical: [[4, 0, 4, 8]]
  };
  LINES.cross = LINES.diagonal.concat(LINES.back);
  var patterns = new Map();

  function drawTile(symbol, ratio) {
    var canvas = document.createElement("canvas");
    canvas.width = canvas.height = Math.max(4, Math.round(TILE * ratio));
    var context = canvas.getContext("2d");
    context.scale(canvas.width / TILE, canvas.width / TILE);
    context.globalAlpha = symbol.opacity;
    context.fillStyle = symbol.fill;
    context.fillRect(0, 0, TILE, TILE);
    context.globalAlpha = 0.8;
    context.strokeStyle = symbol.stroke;
    context.fillStyle = symbol.stroke;
    context.lineWidth = 1.1;
    context.beginPath();
    if (symbol.hatch === "dots") {
      context.arc(2, 2, 1, 0, 7);
      context.arc(6, 6, 1, 0, 7);
      context.fill();
    } else {
      LINES[symbol.hatch].forEach(function (line) {
        context.moveTo(line[0], line[1]);
        context.lineTo(line[2], line[3]);
      });
      context.stroke();
    }
    return context.createPattern(canvas, "repeat");
  }

  // Colour or hatching of an area; hatching carries its own transparency.
  function fillOf(symbol, ratio) {
    if (symbol.hatch === "none") { return symbol.fill; }
    var key = [symbol.hatch, symbol.fill, symbol.opacity, symbol.stroke, ratio].join("|");
    if (!patterns.has(key)) { patterns.set(key, drawTile(symbol, ratio)); }
    return patterns.get(key);
  }

  // What to draw a symbol with, in pixels of a canvas (see draw.js for view).
  GT.brush = function (layer, symbol, kind, view) {
    var hatched = kind === "polygon" && symbol.hatch !== "none";
    var size = GT.sizeFactor("point", view.zoom);
    return {
      fill: kind === "line" || !symbol.fill ? null : hatched ? fillOf(symbol, view.ratio) : symbol.fill,
      fillAlpha: layer.opacity * (hatched ? 1 : symbol.opacity),
      stroke: symbol.weight > 0 ? symbol.stroke : null,
      alpha: layer.opacity,
      weight: (kind === "point" || kind === "mark" ? symbol.weight * Math.min(1, size) : GT.weightOf(layer, symbol, view.zoom)) * view.ratio,
      dash: symbol.dash.map(function (length) { return length * view.ratio; }),
      radius: (kind === "mark" ? symbol.far_radius : symbol.radius * size) * view.ratio,
      shape: symbol.shape
    };
  };

  function corners(context, x, y, points) {
    points.forEach(function (point, index) {
      context[index ? "lineTo" : "moveTo"](x + point[0], y + point[1]);
    });
    context.closePath();
  }

  function star(r) {
    var points = [];
    for (var i = 0; i < 10; i += 1) {
      var size = i % 2 ? r * 0.5 : r * 1.25;
      points.push([size * Math.sin(i * Math.PI / 5), -size * Math.cos(i * Math.PI / 5)]);
    }
    return points;
  }

  // Of a point shape, in radii.
  GT.WIDEST = 1.3;

  // Adds the outline of a point shape of radius r to a path.
  GT.tracePoint = function (context, shape, x, y, r) {
    if (shape === "square") {
      corners(context, x, y, [[-r, -r], [r, -r], [r, r], [-r, r]]);
    } else if (shape === "diamond") {
      corners(context, x, y, [[0, -r * 1.3], [r * 1.3, 0], [0, r * 1.3], [-r * 1.3, 0]]);
    } else if (shape === "triangle") {
      corners(context, x, y, [[0, -r * 1.25], [r * 1.15, r * 0.85], [-r * 1.15, r * 0.85]]);
    } else if (shape === "star") {
      corners(context, x, y, star(r));
    } else {
      context.moveTo(x + r, y);
      context.arc(x, y, r, 0, Math.PI * 2);
    }
  };

  function paint(context, symbol, kind) {
    if (kind !== "line" && symbol.fill) {
      context.globalAlpha = kind === "polygon" && symbol.hatch !== "none" ? 1 : symbol.opacity;
      context.fillStyle = kind === "polygon" ? fillOf(symbol, 1) : symbol.fill;
      context.fill();
    }
    context.globalAlpha = 1;
    if (symbol.stroke && symbol.weight > 0) {
      context.strokeStyle = symbol.stroke;
      context.lineWidth = symbol.weight;
      context.setLineDash(symbol.dash);
      context.stroke();
    }
  }

  // The legend's picture of a symbol.
  GT.swatch = function (symbol, kind) {
    var canvas = GT.el("canvas", "gt-swatch");
    canvas.width = 52;
    canvas.height = 32;
    canvas.setAttribute("aria-hidden", "true");
    var context = canvas.getContext("2d");
    context.scale(2, 2);
    context.beginPath();
    if (kind === "point") {
      GT.tracePoint(context, symbol.shape, 13, 8, Math.min(symbol.radius, 5.5));
    } else {
      if (kind === "line") {
        context.moveTo(1, 8);
        context.lineTo(25, 8);
      } else {
        context.rect(1.5, 2.5, 23, 11);
      }
    }
    paint(context, symbol, kind);
    return canvas;
  };
})(GT);
