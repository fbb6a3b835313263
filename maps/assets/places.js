// Between steps of a layer, degrees and pixels of the map; the shapes of single features.
(function (GT) {
  var RADIUS = 6378137;
  var HALF = Math.PI * RADIUS;
  var KINDS = { 1: "point", 2: "line", 3: "polygon" };

  // How steps of a layer become pixels of the world at a zoom: x = left + steps * scale, y = top - steps * scale.
  GT.projection = function (data, zoom) {
    var world = 256 * Math.pow(2, zoom);
    var scale = data.step * world / (2 * HALF);
    return {
      scale: scale,
      left: data.origin[0] * scale + world / 2,
      top: world / 2 - data.origin[1] * scale
    };
  };

  GT.toLatLng = function (data, x, y) {
    var metres = (data.origin[1] + y) * data.step;
    return [
      (2 * Math.atan(Math.exp(metres / RADIUS)) - Math.PI / 2) * 180 / Math.PI,
      (data.origin[0] + x) * data.step / RADIUS * 180 / Math.PI
    ];
  };

  // Steps of a layer (not rounded) at [lat, lng] in degrees.
  GT.toSteps = function (data, lat, lng) {
    var angle = Math.log(Math.tan(Math.PI / 4 + lat * Math.PI / 360));
    return [
      lng * Math.PI / 180 * RADIUS / data.step - data.origin[0],
      angle * RADIUS / data.step - data.origin[1]
    ];
  };

  function run(layer, number) {
    var shape = layer.shape;
    var pairs = [];
    for (var v = shape.vertices[number]; v < shape.vertices[number + 1]; v += 1) {
      pairs.push(GT.toLatLng(layer.data, shape.xy[2 * v], shape.xy[2 * v + 1]));
    }
    return pairs;
  }

  // {kind, parts} of feature i in degrees, parts nested as in GeoJSON.
  GT.shapeOf = function (layer, i) {
    var shape = layer.shape;
    var kind = KINDS[shape.kinds[i]];
    var parts = [];
    for (var part = shape.parts[i]; part < shape.parts[i + 1]; part += 1) {
      var runs = [];
      for (var r = shape.runs[part]; r < shape.runs[part + 1]; r += 1) { runs.push(run(layer, r)); }
      parts.push(kind === "polygon" ? runs : kind === "line" ? runs[0] : runs[0][0]);
    }
    return { kind: kind, parts: parts };
  };

  // [[south, west], [north, east]] of feature i.
  GT.boundsOf = function (layer, i) {
    var boxes = layer.index.boxes;
    return [
      GT.toLatLng(layer.data, boxes[4 * i], boxes[4 * i + 1]),
      GT.toLatLng(layer.data, boxes[4 * i + 2], boxes[4 * i + 3])
    ];
  };
})(GT);
