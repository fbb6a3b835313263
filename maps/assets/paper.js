// The map on paper: one fine drawing of what a pane shows, in place of its tiles; no seams, no gaps.
(function (GT) {
  var RATIO = 3;
  var drawn = [];

  function canvasOf(size) {
    var canvas = document.createElement("canvas");
    canvas.width = RATIO * size.x;
    canvas.height = RATIO * size.y;
    return canvas;
  }

  // A canvas that holds the picture as it is. Chromium prints what was drawn on a canvas just before
  // from its record of the strokes, and 1.6 % too small: beside the Km dots.
  function fixed(canvas) {
    var Offscreen = /** @type {any} */ (window).OffscreenCanvas;
    if (!Offscreen) { return canvas; }
    var copy = new Offscreen(canvas.width, canvas.height);
    copy.getContext("2d").drawImage(canvas, 0, 0);
    var shown = document.createElement("canvas");
    shown.width = canvas.width;
    shown.height = canvas.height;
    shown.getContext("bitmaprenderer").transferFromImageBitmap(copy.transferToImageBitmap());
    return shown;
  }

  function* drawPane(pane) {
    var size = pane.map.getSize();
    var corner = pane.map.getPixelBounds().min;
    var canvas = canvasOf(size);
    yield* GT.drawView(canvas.getContext("2d"), {
      left: corner.x, top: corner.y, zoom: pane.map.getZoom(), width: canvas.width, height: canvas.height,
      ratio: RATIO, pane: pane.number,
      spare: function () { return canvasOf(size); }
    });
    var sheet = fixed(canvas);
    sheet.className = "gt-paper";
    sheet.style.width = size.x + "px";
    sheet.style.height = size.y + "px";
    return sheet;
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
