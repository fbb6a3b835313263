// Reads the shapes of a layer (maps/FORMAT.md) into flat arrays of whole steps.
(function (GT) {
  var SLICE = 20000;
  var LONG = 268435456;

  // Reads varints one by one; numbers beyond 28 bits by multiplication.
  function Varints(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  Varints.prototype.next = function () {
    var bytes = this.bytes;
    var byte = bytes[this.at];
    this.at += 1;
    if (byte < 128) { return byte; }
    var value = byte & 127;
    var scale = 128;
    do {
      byte = bytes[this.at];
      this.at += 1;
      value = scale < LONG ? value | ((byte & 127) * scale) : value + (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    return value;
  };

  Varints.prototype.signed = function () {
    var value = this.next();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };

  GT.Varints = Varints;

  // Fills an array with the numbers of a stream; with one each where there is no stream.
  function* fill(array, bytes) {
    if (!bytes) { array.fill(1); return array; }
    var reader = new Varints(bytes);
    for (var i = 0; i < array.length; i += 1) {
      array[i] = reader.next();
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return array;
  }

  GT.fillVarints = fill;

  // Where each of several lists begins in the list of all, with the end of the last.
  function* starts(counts) {
    var found = new Uint32Array(counts.length + 1);
    for (var i = 0; i < counts.length; i += 1) {
      found[i + 1] = found[i] + counts[i];
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return found;
  }

  // Kinds, and which runs (rings, lines, points) each feature has.
  function* readStructure(data, streams) {
    var kinds = new Uint8Array(data.count).fill(data.kind || 1);
    if (streams.kinds) { yield* fill(kinds, streams.kinds); }
    var parts = yield* starts(yield* fill(new Uint32Array(data.count), streams.parts));
    var areas = 0;
    var i;
    for (i = 0; i < data.count; i += 1) {
      if (kinds[i] === 3) { areas += parts[i + 1] - parts[i]; }
      if (i % SLICE === SLICE - 1) { yield; }
    }
    var rings = yield* fill(new Uint32Array(areas), streams.rings);
    var runs = new Uint32Array(parts[data.count]).fill(1);
    var area = 0;
    for (i = 0; i < data.count; i += 1) {
      for (var part = parts[i]; kinds[i] === 3 && part < parts[i + 1]; part += 1, area += 1) {
        runs[part] = rings[area];
      }
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return { kinds: kinds, parts: parts, runs: yield* starts(runs) };
  }

  // First vertex of each run: points are runs of one.
  function* readRuns(data, streams, shape) {
    var lengths = new Uint32Array(data.runs).fill(1);
    var reader = new Varints(streams.lengths || new Uint8Array(0));
    for (var i = 0; i < data.count; i += 1) {
      var end = shape.runs[shape.parts[i + 1]];
      for (var run = shape.runs[shape.parts[i]]; shape.kinds[i] !== 1 && run < end; run += 1) {
        lengths[run] = reader.next();
      }
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return yield* starts(lengths);
  }

  // Coordinates x, y, x, y ...: a vertex is new, or one met before.
  function* readVertices(data, streams) {
    var xy = new Int32Array(2 * data.vertices);
    var seen = new Int32Array(streams.references ? 2 * data.distinct : 0);
    var references = streams.references && new Varints(streams.references);
    var xs = new Varints(streams.x);
    var ys = new Varints(streams.y);
    var known = 0;
    var last = -2;
    var x = 0;
    var y = 0;
    for (var i = 0; i < data.vertices; i += 1) {
      var token = references ? references.next() : 0;
      if (token === 0) {
        x += xs.signed();
        y += ys.signed();
        if (references) { seen[2 * known] = x; seen[2 * known + 1] = y; }
        last = known;
        known += 1;
      } else {
        last = token === 1 ? last - 1 : token === 2 ? last + 1 : known - token + 2;
        x = seen[2 * last];
        y = seen[2 * last + 1];
      }
      xy[2 * i] = x;
      xy[2 * i + 1] = y;
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return xy;
  }

  // Generator of {kinds, parts, runs, vertices, xy}: feature i has the parts parts[i]..parts[i + 1],
  // part p the runs runs[p]..runs[p + 1], run r the vertices vertices[r]..vertices[r + 1] of xy.
  GT.decodeShapes = function* (data, streams) {
    if (data.format !== "geotool-layer-2") {
      throw new Error("unknown layer format " + data.format);
    }
    var shape = yield* readStructure(data, streams);
    return {
      kinds: shape.kinds,
      parts: shape.parts,
      runs: shape.runs,
      vertices: yield* readRuns(data, streams, shape),
      xy: yield* readVertices(data, streams)
    };
  };
})(GT);
