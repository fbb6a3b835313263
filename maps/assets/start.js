// Start: folium made the map; give it its limits, then its layers and furniture.
(function (GT) {
  // Room for the buttons, the scale bar and the labels at the ends.
  var BEFORE = [62, 34];
  var AFTER = [58, 48];

  function projectBounds() {
    var b = GT.page.bounds;
    return L.latLngBounds([b[1], b[0]], [b[3], b[2]]);
  }

  // Fit the whole project; the view never leaves its neighbourhood.
  GT.fit = function (animate) {
    GT.map.fitBounds(projectBounds(), {
      paddingTopLeft: BEFORE, paddingBottomRight: AFTER, animate: animate
    });
  };

  function limit() {
    var whole = GT.map.getBoundsZoom(projectBounds(), false, L.point(BEFORE[0] + AFTER[0], BEFORE[1] + AFTER[1]));
    GT.map.setMinZoom(Math.max(0, Math.min(whole, GT.page.max_zoom) - 1));
  }

  GT.start = function () {
    GT.page = GT.read("gt-page");
    GT.language = GT.page.language;
    GT.map = window[document.querySelector(".folium-map").id];
    GT.startStatement();
    GT.startPanel();
    GT.map.invalidateSize({ animate: false });
    GT.map.setMaxZoom(GT.page.max_zoom);
    GT.fit(false);
    limit();
    GT.map.setMaxBounds(projectBounds().pad(0.9));
    GT.startLayers();
    GT.startCard();
    GT.startPick();
    GT.startNames();
    GT.startLegend();
    GT.startTables();
    GT.startSearch();
    GT.startStrip();
    GT.startFurniture();
    GT.map.on("resize", limit);
    if (window.ResizeObserver) {
      new ResizeObserver(function () { GT.map.invalidateSize({ pan: false }); })
        .observe(GT.byId("gt-map-box"));
    }
    GT.map.fire("gt:layers");
    GT.map.fire("zoomend");
    GT.setLanguage(GT.language);
    document.documentElement.setAttribute("data-ready", "true");
  };

  GT.start();
})(GT);
