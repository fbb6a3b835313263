// The map on paper: one fine drawing of what a pane shows, in place of its tiles; no seams, no gaps.
(function (GT) {
  var RATIO = 3;
  var REACH = 24;
  var drawn = [];

  function canvasOf(size) {
    var canvas = document.createElement("canvas");
    canvas.width = RATIO * size.x;
    canvas.height = RATIO * size.y;
    return canvas;
  }

  function* drawPane(pane) {
    var size = pane.map.getSize();
    var corner = pane.map.getPixelBounds().min;
    var canvas = canvasOf(size);
    canvas.className = "gt-paper";
    canvas.style.width = size.x + "px";
    canvas.style.height = size.y + "px";
    yield* GT.drawView(canvas.getContext("2d"), {
      left: corner.x, top: corner.y, zoom: pane.map.getZoom(), width: canvas.width, height: canvas.height,
      ratio: RATIO, reach: REACH, pane: pane.number,
      spare: function () { return canvasOf(size); }
    });
    return canvas;
  }

  // Draws what every pane shows; a generator.
  GT.drawPaper = function* () {
    GT.clearPaper();
    for (var n = 0; n < GT.panes.length; n += 1) {
      var canvas = yield* drawPane(GT.panes[n]);
      GT.panes[n].map.getContainer().appendChild(canvas);
      drawn.push(canvas);
    }
  };

  GT.clearPaper = function () {
    drawn.forEach(function (canvas) { canvas.remove(); });
    drawn = [];
  };
})(GT);
