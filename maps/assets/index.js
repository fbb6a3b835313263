// Where the features of a layer lie: a box each, and a box for every run of them along the curve.
(function (GT) {
  var RUN = 128;
  var SLICE = 20000;
  var PAUSE = 100;

  function widen(boxes, at, x0, y0, x1, y1) {
    if (x0 < boxes[at]) { boxes[at] = x0; }
    if (y0 < boxes[at + 1]) { boxes[at + 1] = y0; }
    if (x1 > boxes[at + 2]) { boxes[at + 2] = x1; }
    if (y1 > boxes[at + 3]) { boxes[at + 3] = y1; }
  }

  function empty(count) {
    var boxes = new Int32Array(4 * count);
    for (var i = 0; i < boxes.length; i += 4) {
      boxes[i] = boxes[i + 1] = 2147483647;
      boxes[i + 2] = boxes[i + 3] = -2147483648;
    }
    return boxes;
  }

  // First vertex of feature i; that of the next feature is its end.
  GT.firstVertex = function (shape, i) {
    return shape.vertices[shape.runs[shape.parts[i]]];
  };

  GT.indexShapes = function* (shape, count) {
    var boxes = empty(count);
    var runs = empty(Math.ceil(count / RUN));
    for (var i = 0; i < count; i += 1) {
      var end = GT.firstVertex(shape, i + 1);
      for (var v = GT.firstVertex(shape, i); v < end; v += 1) {
        var x = shape.xy[2 * v];
        var y = shape.xy[2 * v + 1];
        widen(boxes, 4 * i, x, y, x, y);
      }
      widen(runs, 4 * Math.floor(i / RUN), boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]);
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return { boxes: boxes, runs: runs };
  };

  function meets(boxes, at, box) {
    return boxes[at] <= box[2] && boxes[at + 2] >= box[0] && boxes[at + 1] <= box[3] && boxes[at + 3] >= box[1];
  }

  function visitRun(layer, run, box, visit) {
    var boxes = layer.index.boxes;
    var end = Math.min((run + 1) * RUN, layer.data.count);
    for (var i = run * RUN; i < end; i += 1) {
      if (meets(boxes, 4 * i, box)) { visit(i); }
    }
  }

  // Calls visit(i) for each feature whose box meets a box [x0, y0, x1, y1] in steps, in order; a
  // generator, since near may be everything.
  GT.visitNear = function* (layer, box, visit) {
    var runs = layer.index.runs;
    var visited = 0;
    for (var run = 0; 4 * run < runs.length; run += 1) {
      if (!meets(runs, 4 * run, box)) { continue; }
      visitRun(layer, run, box, visit);
      visited += 1;
      if (visited % PAUSE === 0) { yield; }
    }
  };

  // The same at once, for small boxes.
  GT.eachNear = function (layer, box, visit) {
    GT.workNow(GT.visitNear(layer, box, visit));
  };
})(GT);
