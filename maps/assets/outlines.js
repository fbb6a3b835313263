// Outlines over the map: of the feature pointed at and of the one chosen.
(function (GT) {
  var drawn = { hover: [], chosen: [] };
  var hovered = null;
  var renderers = new Map();

  var PointSymbol = L.CircleMarker.extend({
    _updatePath: function () {
      var canvas = this._renderer;
      if (!canvas._drawing || this._empty()) { return; }
      canvas._ctx.beginPath();
      GT.tracePoint(canvas._ctx, this.options.shape, this._point.x, this._point.y, this._radius);
      canvas._fillStroke(canvas._ctx, this);
    }
  });

  function rendererOf(map) {
    if (!renderers.has(map)) { renderers.set(map, L.canvas({ padding: 0.2 })); }
    return renderers.get(map);
  }

  // Leaflet paths of one shape (GT.shapeOf) on a map.
  GT.makePaths = function (map, shape, options) {
    var settings = Object.assign({ renderer: rendererOf(map), interactive: false }, options);
    if (shape.kind === "line") { return [L.polyline(shape.parts, settings)]; }
    if (shape.kind === "polygon") { return [L.polygon(shape.parts, Object.assign({ fillRule: "nonzero" }, settings))]; }
    return shape.parts.map(function (pair) { return new PointSymbol(pair, settings); });
  };

  function optionsOf(role, layer, index) {
    var symbol = GT.symbolOf(layer, index);
    var wide = role === "chosen";
    return {
      color: wide ? "#111111" : "#ffffff",
      weight: (layer.kind === "line" ? symbol.weight : 0) + (wide ? 3 : 2.5),
      opacity: layer.kind === "line" ? 0.55 : 1,
      fill: layer.areal && !layer.entry.background,
      fillColor: wide ? "#ffe94a" : "#ffffff",
      fillOpacity: 0.45,
      radius: symbol.radius + 5,
      shape: symbol.shape
    };
  }

  // Outlines a feature in a role, "hover" or "chosen", on every pane; without a layer, none.
  GT.outline = function (role, layer, index) {
    drawn[role].forEach(function (path) { path.remove(); });
    drawn[role] = [];
    if (!layer) { return; }
    var shape = GT.shapeOf(layer, index);
    GT.panes.forEach(function (pane) {
      if (!GT.isShown(layer, index, pane.number)) { return; }
      GT.makePaths(pane.map, shape, optionsOf(role, layer, index)).forEach(function (path) {
        path.addTo(pane.map);
        drawn[role].push(path);
      });
    });
  };

  // Draws the outlines before it returns, for printing.
  GT.outlineNow = function () {
    renderers.forEach(function (renderer) { if (renderer._map) { renderer._redraw(); } });
  };

  GT.hover = function (layer, index) {
    if (hovered ? hovered.layer === layer && hovered.index === index : !layer) { return; }
    hovered = layer ? { layer: layer, index: index } : null;
    GT.outline("hover", layer, index);
  };
})(GT);
