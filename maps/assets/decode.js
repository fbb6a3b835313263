// Reads one layer block (maps/FORMAT.md). With layerdata.py the only file that knows the format.
(function (GT) {
  var UNITS_PER_DEGREE = 10000000;
  var KINDS = { 1: "point", 2: "line", 3: "polygon" };

  // Returns a function that takes the next n pairs as [lat, lng] in degrees.
  function pairReader(xy) {
    var at = 0;
    var x = 0;
    var y = 0;
    return function (count) {
      var pairs = new Array(count);
      for (var i = 0; i < count; i += 1) {
        x += xy[at];
        y += xy[at + 1];
        at += 2;
        pairs[i] = [y / UNITS_PER_DEGREE, x / UNITS_PER_DEGREE];
      }
      return pairs;
    };
  }

  function readShapes(count, shape, xy) {
    var take = pairReader(xy);
    var at = 0;
    function run() { return take(shape[at++]); }
    function many(read) {
      var parts = new Array(shape[at++]);
      for (var i = 0; i < parts.length; i += 1) { parts[i] = read(); }
      return parts;
    }
    function polygon() { return many(run); }
    var shapes = new Array(count);
    for (var i = 0; i < count; i += 1) {
      var kind = shape[at++];
      var parts = kind === 1 ? take(shape[at++]) : many(kind === 2 ? run : polygon);
      shapes[i] = { kind: KINDS[kind], parts: parts };
    }
    return shapes;
  }

  function readColumn(column) {
    if (column.numbers) { return column.numbers; }
    return column.codes.map(function (code) { return code < 0 ? null : column.words[code]; });
  }

  // {count, shapes: [{kind, parts}], columns: {name: [value]}}; parts nest as in GeoJSON.
  GT.decodeLayer = function (block) {
    if (block.format !== "geotool-layer-1") {
      throw new Error("unknown layer format " + block.format);
    }
    var columns = new Map();
    block.columns.forEach(function (column) { columns.set(column.name, readColumn(column)); });
    return {
      count: block.count,
      shapes: readShapes(block.count, block.shape, block.xy),
      columns: columns
    };
  };
})(GT);
