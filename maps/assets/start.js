// Start: folium made the map; it gets its limits, then its layers and what stands around it.
(function (GT) {
  // Room for the buttons, the choices over two panes, the scale bar and the labels at the ends.
  var LEFT = 62;
  var TOP = 34;
  var CHOICES = 36;
  var AFTER = [58, 48];

  function projectBounds() {
    var b = GT.page.bounds;
    return L.latLngBounds([b[1], b[0]], [b[3], b[2]]);
  }

  function before() {
    return [LEFT, TOP + (GT.byId("gt-map-box").classList.contains("gt-two") ? CHOICES : 0)];
  }

  // Fit the whole project; the view never leaves its neighbourhood.
  GT.fit = function (animate) {
    GT.map.fitBounds(projectBounds(), {
      paddingTopLeft: before(), paddingBottomRight: AFTER, animate: animate
    });
  };

  function limit() {
    var whole = GT.map.getBoundsZoom(projectBounds(), false, L.point(before()[0] + AFTER[0], before()[1] + AFTER[1]));
    GT.map.setMinZoom(Math.max(0, Math.min(whole, GT.page.max_zoom) - 1));
  }

  function startMap() {
    GT.map = window[document.querySelector(".folium-map").id];
    GT.panes = [{ number: 0, map: GT.map, tiles: null }];
    GT.map.invalidateSize({ animate: false });
    GT.map.setMaxZoom(GT.page.max_zoom);
    GT.fit(false);
    limit();
    GT.map.setMaxBounds(projectBounds().pad(0.9));
    GT.map.on("resize", limit);
    GT.panes[0].tiles = GT.addTiles(GT.map, 0);
    GT.startPick(GT.panes[0]);
  }

  // What stands around the map, room by room, so that none makes the reader wait for all. A room
  // may return a promise: the page is ready when it is kept.
  var ROOMS = [
    "Card", "Names", "Dates", "Compare", "Indicators", "Filters", "Legend", "LayerState", "Facets", "Totals", "Charts",
    "Gather", "Table", "Tables", "Search", "Goto", "Pin", "Measure", "Pointer", "Dialogs",
    "Screen", "Strip", "Furniture", "Printing", "State"
  ];

  function* startRooms() {
    var waits = [];
    for (var i = 0; i < ROOMS.length; i += 1) {
      waits.push(GT["start" + ROOMS[i]]());
      yield;
    }
    GT.map.fire("zoomend");
    if (window.ResizeObserver) {
      new ResizeObserver(function () {
        var box = GT.map.getContainer();
        // Of a size it knows the map would take its centre from whole pixels.
        if (!GT.map.getSize().equals([box.clientWidth, box.clientHeight])) { GT.map.invalidateSize({ pan: false }); }
      })
        .observe(GT.byId("gt-map-box"));
    }
    return Promise.all(waits);
  }

  // Promise that what is shown at first has been drawn.
  function painted() {
    return new Promise(function (resolve) {
      function look() {
        if (GT.isPainted()) { resolve(); } else { GT.map.once("gt:painted", look); }
      }
      look();
    });
  }

  // The page's own data, whose checksum stands beside them.
  function* readPage() {
    var bytes = new TextEncoder().encode(GT.byId("gt-page").textContent);
    if ((yield* GT.checksum(bytes)) !== GT.read("gt-sum")) { throw new Error("the data of the page are damaged"); }
    return GT.read("gt-page");
  }

  function* startPage() {
    GT.page = yield* readPage();
    GT.setLanguage(GT.page.language);
    yield;
    GT.startStatement();
    GT.startPanel();
    GT.showDates();
    yield;
    startMap();
    GT.checkStyles();
    yield;
  }

  GT.start = function () {
    GT.work(startPage(), true).then(function () {
      return Promise.all([GT.startLayers(), GT.work(startRooms(), true)]);
    }).then(painted).then(function () {
      GT.isReady = true;
      document.documentElement.setAttribute("data-ready", "true");
      return GT.loadRest();
    }).then(function () {
      document.documentElement.setAttribute("data-whole", String(!GT.isBroken));
      GT.map.fire("gt:whole");
    }).catch(function (error) {
      GT.broken(null);
      throw error;
    });
  };

  GT.start();
  GT.takeNotice();
})(GT);
