// Canvas tiles: each is drawn aside in slices, then shown at once, so that the map never blinks.
(function (GT) {
  var SIZE = 512;
  var waiting = [];
  var painting = false;
  var sheets = {};

  function ratio() {
    return Math.max(1, Math.min(4, window.devicePixelRatio || 1));
  }

  // A blank canvas of a size; each role has one, used over and over.
  function sheet(role, width, height) {
    var canvas = sheets[role] || (sheets[role] = document.createElement("canvas"));
    canvas.width = width;
    canvas.height = height;
    return canvas;
  }

  function viewOf(tiles, tile) {
    var scale = ratio();
    var side = Math.round(SIZE * scale);
    return {
      left: tile.coords.x * SIZE, top: tile.coords.y * SIZE, zoom: tile.coords.z,
      width: side, height: side, ratio: scale, pane: tiles.options.gtPane,
      spare: function () { return sheet("spare", side, side); }
    };
  }

  // Before the first layer is read there is nothing to draw.
  function isBlank() {
    return !GT.layers.some(function (layer) { return layer.visible && layer.classOf; });
  }

  function* paint(job) {
    if (isBlank()) {
      job.tile.canvas.width = job.tile.canvas.height = 1;
      job.tile.done();
      return;
    }
    var view = viewOf(job.tiles, job.tile);
    var draft = sheet("draft", view.width, view.height);
    yield* GT.drawView(draft.getContext("2d"), view);
    if (job.tile.gone) { return; }
    job.tile.canvas.width = view.width;
    job.tile.canvas.height = view.height;
    job.tile.canvas.getContext("2d").drawImage(draft, 0, 0);
    job.tile.done();
  }

  function* paintAll() {
    while (waiting.length) {
      var job = waiting.shift();
      if (!job.tile.gone) { yield* paint(job); }
      yield;
    }
  }

  function start() {
    if (painting) { return; }
    painting = true;
    GT.work(paintAll(), true).then(function () {
      painting = false;
      GT.map.fire(waiting.length ? "gt:waiting" : "gt:painted");
      if (waiting.length) { start(); }
    }, function (error) {
      painting = false;
      throw error;
    });
  }

  // On paper one drawing stands for all tiles (paper.js).
  function ask(tiles, tile) {
    if (GT.printing) { return; }
    var known = waiting.some(function (job) { return job.tile === tile; });
    if (!known) { waiting.push({ tiles: tiles, tile: tile }); }
    start();
  }

  var Tiles = L.GridLayer.extend({
    options: { tileSize: SIZE, noWrap: true, keepBuffer: 1, updateWhenZooming: false, gtPane: 0 },

    /** @this {any} */
    initialize: function (options) {
      L.setOptions(this, options);
      this._drawn = new Map();
      this.on("tileunload", function (event) {
        var tile = this._drawn.get(event.tile);
        if (tile) { tile.gone = true; }
        this._drawn.delete(event.tile);
      }, this);
    },

    createTile: function (coords, done) {
      var canvas = /** @type {HTMLCanvasElement} */ (L.DomUtil.create("canvas", "gt-tile"));
      canvas.style.width = canvas.style.height = SIZE + "px";
      var tile = {
        canvas: canvas, coords: coords, gone: false,
        done: function () {
          tile.done = function () { return null; };
          done(null, canvas);
        }
      };
      this._drawn.set(canvas, tile);
      ask(this, tile);
      return canvas;
    },

    repaint: function () {
      var tiles = this;
      this._drawn.forEach(function (tile) { ask(tiles, tile); });
    },

    // Leaflet draws at whole zooms and stretches; these tiles are drawn at the zoom shown.
    /** @this {any} */
    _setView: function (center, zoom, noPrune, noUpdate) {
      if (!noUpdate) {
        this._tileZoom = zoom;
        this._updateLevels();
        this._resetGrid();
        this._update(center);
        if (!noPrune) { this._pruneTiles(); }
        this._noPrune = Boolean(noPrune);
      }
      this._setZoomTransforms(center, zoom);
    },

    // What was drawn stays below until all that is to be seen has been drawn anew.
    _pruneTiles: function () {
      if (!this._map || this._noPrune) { return; }
      var keys = Object.keys(this._tiles);
      var tiles = this._tiles;
      if (keys.some(function (key) { return tiles[key].current && !tiles[key].loaded; })) { return; }
      keys.forEach(function (key) {
        if (!tiles[key].current) { this._removeTile(key); }
      }, this);
    }
  });

  // The drawn layers of a map, in the pane (0, 1) of that number.
  GT.addTiles = function (map, pane) {
    return new Tiles({ gtPane: pane, minZoom: 0, maxZoom: GT.page.max_zoom }).addTo(map);
  };

  // Draws every tile of every pane again.
  GT.repaint = function () {
    GT.panes.forEach(function (pane) { pane.tiles.repaint(); });
  };

  // Whether everything asked for has been drawn.
  GT.isPainted = function () { return !painting && !waiting.length; };
})(GT);
