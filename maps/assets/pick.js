// What a click means: everything drawn at a point, the most particular first.
(function (GT) {
  // Strips and frames (right of way, axis, communes) mean what lies on them, if anything does.
  function tier(layer) {
    return layer.entry.background ? 2 : layer.entry.strip ? 1 : 0;
  }

  // Twice the area of the outer rings on the screen: of two areas the smaller is meant.
  function sizeOf(path) {
    return path._parts.reduce(function (sum, ring) {
      var twice = 0;
      for (var i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
        twice += ring[j].x * ring[i].y - ring[i].x * ring[j].y;
      }
      return sum + Math.abs(twice);
    }, 0);
  }

  // Points by their distance, then lines, then areas by their size, of areas as good as equal the
  // one on top; a line only hit because of the tolerance gives way to an area.
  function measure(layer, path, point) {
    var kind = layer.data.shapes[path.gtIndex].kind;
    if (kind === "point") { return [0, path._point.distanceTo(point)]; }
    if (kind === "polygon") { return [2, Math.round(8 * Math.log(sizeOf(path) + 1))]; }
    var off = path.closestLayerPoint(point);
    var distance = off ? off.distance : Infinity;
    return [distance <= path.options.weight / 2 + 1.5 ? 1 : 3, distance];
  }

  function order(a, b) {
    return a.tier - b.tier || a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || b.place - a.place;
  }

  // {layer, index} of each feature drawn at a layer point, the most particular first.
  GT.pick = function (point) {
    var found = [];
    GT.layers.forEach(function (layer, place) {
      if (!layer.visible) { return; }
      layer.paths.forEach(function (path) {
        if (!path._containsPoint(point)) { return; }
        found.push({
          layer: layer, index: path.gtIndex, tier: tier(layer), place: place,
          rank: measure(layer, path, point)
        });
      });
    });
    var seen = new Set();
    return found.sort(order).filter(function (one) {
      var key = one.place + "|" + one.index;
      return seen.has(key) ? false : Boolean(seen.add(key));
    });
  };

  function pointAt(point) {
    var first = GT.pick(point)[0];
    var box = GT.map.getContainer();
    box.classList.toggle("gt-pointing", Boolean(first));
    if (first && !first.layer.entry.background) {
      GT.hover(first.layer, first.index);
    } else {
      GT.hover(null);
    }
  }

  GT.startPick = function () {
    var waiting = null;
    GT.map.on("click", function (event) {
      var found = GT.pick(event.layerPoint);
      if (!found.length) {
        GT.select(null);
      } else {
        GT.select(found[0].layer, found[0].index, found);
      }
    });
    if (L.Browser.mobile) { return; }
    GT.map.on("mousemove", function (event) {
      if (waiting === null) {
        requestAnimationFrame(function () {
          var point = waiting;
          waiting = null;
          if (point) { pointAt(point); }
        });
      }
      waiting = event.layerPoint;
    });
    GT.map.on("mouseout movestart zoomstart", function () {
      waiting = null;
      GT.hover(null);
    });
  };
})(GT);
