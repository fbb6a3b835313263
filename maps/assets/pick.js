// What a click means: everything drawn at a point, the most particular first.
(function (GT) {
  // Strips and frames (right of way, axis, communes) mean what lies on them, if anything does.
  function tier(layer) {
    return layer.entry.background ? 2 : layer.entry.strip ? 1 : 0;
  }

  // Calls visit(x0, y0, x1, y1) for each edge of the runs of feature i, in steps; rings are closed.
  GT.eachEdge = function (layer, i, visit) {
    var shape = layer.shape;
    var end = shape.runs[shape.parts[i + 1]];
    for (var run = shape.runs[shape.parts[i]]; run < end; run += 1) {
      var last = shape.vertices[run + 1] - 1;
      var v = shape.vertices[run];
      if (shape.kinds[i] === 3) {
        visit(shape.xy[2 * last], shape.xy[2 * last + 1], shape.xy[2 * v], shape.xy[2 * v + 1]);
      }
      for (; v < last; v += 1) {
        visit(shape.xy[2 * v], shape.xy[2 * v + 1], shape.xy[2 * v + 2], shape.xy[2 * v + 3]);
      }
    }
  };

  // Whether a place in steps lies inside an area: its rings go round it, as they are filled.
  GT.contains = function (layer, i, x, y) {
    var rounds = 0;
    GT.eachEdge(layer, i, function (x0, y0, x1, y1) {
      if ((y1 > y) !== (y0 > y) && x < (x0 - x1) * (y - y1) / (y0 - y1) + x1) { rounds += y1 > y ? 1 : -1; }
    });
    return rounds !== 0;
  };

  function distance(layer, i, x, y) {
    var least = Infinity;
    GT.eachEdge(layer, i, function (x0, y0, x1, y1) {
      var dx = x1 - x0;
      var dy = y1 - y0;
      var share = dx || dy ? Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy))) : 0;
      least = Math.min(least, Math.hypot(x - x0 - share * dx, y - y0 - share * dy));
    });
    return least;
  }

  function pointDistance(layer, i, x, y) {
    var shape = layer.shape;
    var least = Infinity;
    for (var v = GT.firstVertex(shape, i); v < GT.firstVertex(shape, i + 1); v += 1) {
      least = Math.min(least, Math.hypot(x - shape.xy[2 * v], y - shape.xy[2 * v + 1]));
    }
    return least;
  }

  // Twice the area of feature i, in square steps: of two areas the smaller is meant.
  function areaOf(layer, i) {
    var twice = 0;
    var shape = layer.shape;
    var first = GT.firstVertex(shape, i);
    var x = shape.xy[2 * first];
    var y = shape.xy[2 * first + 1];
    GT.eachEdge(layer, i, function (x0, y0, x1, y1) { twice += (x0 - x) * (y1 - y) - (x1 - x) * (y0 - y); });
    return Math.abs(twice);
  }

  // Points by their distance, then lines, then areas by their size, of areas as good as equal the
  // one on top; a line only hit because of the tolerance gives way to an area. Null is no hit.
  function measure(layer, i, at, zoom) {
    var kind = layer.shape.kinds[i];
    var symbol = GT.symbolOf(layer, i);
    if (kind === 1) {
      var off = pointDistance(layer, i, at.x, at.y) * at.pixels;
      return off <= symbol.radius * GT.sizeFactor("point", zoom) + symbol.weight / 2 + at.tolerance ? [0, off] : null;
    }
    if (kind === 2) {
      var away = distance(layer, i, at.x, at.y) * at.pixels;
      var half = GT.weightOf(layer, symbol, zoom) / 2;
      return away <= half + at.tolerance ? [away <= half + 1.5 ? 1 : 3, away] : null;
    }
    var boxes = layer.index.boxes;
    if (GT.isMark(layer, i, at.pixels)) {
      var far = Math.hypot((boxes[4 * i] + boxes[4 * i + 2]) / 2 - at.x, (boxes[4 * i + 1] + boxes[4 * i + 3]) / 2 - at.y) * at.pixels;
      return far <= symbol.far_radius + at.tolerance ? [0, far] : null;
    }
    var tiny = Math.max(boxes[4 * i + 2] - boxes[4 * i], boxes[4 * i + 3] - boxes[4 * i + 1]) * at.pixels < 22;
    if (!GT.contains(layer, i, at.x, at.y) && !(tiny && distance(layer, i, at.x, at.y) * at.pixels <= at.tolerance)) {
      return null;
    }
    return [2, Math.round(8 * Math.log(areaOf(layer, i) * at.pixels * at.pixels + 1))];
  }

  function order(a, b) {
    return a.tier - b.tier || a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || b.place - a.place || b.index - a.index;
  }

  function pickLayer(layer, place, latlng, pane, found) {
    var zoom = GT.map.getZoom();
    var pixels = GT.projection(layer.data, zoom).scale;
    var steps = GT.toSteps(layer.data, latlng.lat, latlng.lng);
    var at = { x: steps[0], y: steps[1], pixels: pixels, tolerance: L.Browser.mobile ? 9 : 4 };
    var reach = 34 / pixels;
    GT.eachNear(layer, [at.x - reach, at.y - reach, at.x + reach, at.y + reach], function (i) {
      if (!GT.isShown(layer, i, pane)) { return; }
      var rank = measure(layer, i, at, zoom);
      if (rank) { found.push({ layer: layer, index: i, tier: tier(layer), place: place, rank: rank }); }
    });
  }

  // {layer, index} of each feature shown at a place, the most particular first.
  GT.pick = function (latlng, pane) {
    var found = [];
    GT.layers.forEach(function (layer, place) {
      if (layer.visible && layer.classOf && layer.opacity > 0) {
        pickLayer(layer, place, latlng, pane || 0, found);
      }
    });
    return found.sort(order);
  };

  function pointAt(latlng, pane) {
    var first = GT.pick(latlng, pane.number)[0];
    pane.map.getContainer().classList.toggle("gt-pointing", Boolean(first));
    if (first && !first.layer.entry.background) {
      GT.hover(first.layer, first.index);
    } else {
      GT.hover(null);
    }
  }

  GT.startPick = function (pane) {
    var waiting = null;
    pane.map.on("click", function (event) {
      if (GT.takesClick(event, pane) || GT.tool) { return; }
      var found = GT.pick(event.latlng, pane.number);
      if (!found.length) {
        GT.select(null);
      } else {
        GT.select(found[0].layer, found[0].index, found);
      }
    });
    if (L.Browser.mobile) { return; }
    pane.map.on("mousemove", function (event) {
      if (waiting === null) {
        requestAnimationFrame(function () {
          var latlng = waiting;
          waiting = null;
          if (latlng && !GT.tool) { pointAt(latlng, pane); }
        });
      }
      waiting = event.latlng;
    });
    pane.map.on("mouseout movestart zoomstart", function () {
      waiting = null;
      GT.hover(null);
    });
  };
})(GT);
