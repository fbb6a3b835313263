// Title block, notices, facts, zoom buttons, scale bar, north letter, watermark.
(function (GT) {
  var STEPS = [1, 2, 3, 5];
  var PIXELS_PER_METRE = 96 / 0.0254;

  function niceLength(limit) {
    var power = Math.pow(10, Math.floor(Math.log(limit) / Math.LN10));
    var best = power;
    STEPS.forEach(function (step) { if (step * power <= limit) { best = step * power; } });
    return best;
  }

  function threeDigits(number) {
    var power = Math.pow(10, Math.floor(Math.log(number) / Math.LN10) - 2);
    return Math.round(number / power) * power;
  }

  function drawScale() {
    var size = GT.map.getSize();
    var middle = size.y / 2;
    var metres = GT.map.distance(
      GT.map.containerPointToLatLng([0, middle]), GT.map.containerPointToLatLng([120, middle]));
    if (!(metres > 0)) { return; }
    var length = niceLength(metres);
    GT.byId("gt-scale-bar").style.width = (120 * length / metres).toFixed(2) + "px";
    GT.byId("gt-scale-text").textContent = length >= 1000
      ? GT.number(length / 1000, 0, GT.language) + " km"
      : GT.number(length, length < 1 ? 1 : 0, GT.language) + " m";
    GT.byId("gt-scale-number").textContent = "≈ 1:" + GT.number(threeDigits(metres / 120 * PIXELS_PER_METRE), 0, GT.language);
  }

  function startZoom() {
    GT.byId("gt-zoom-in").addEventListener("click", function () { GT.map.zoomIn(1); });
    GT.byId("gt-zoom-out").addEventListener("click", function () { GT.map.zoomOut(1); });
    GT.byId("gt-fit").addEventListener("click", function () { GT.fit(true); });
    function limits() {
      GT.byId("gt-zoom-in").disabled = GT.map.getZoom() >= GT.map.getMaxZoom();
      GT.byId("gt-zoom-out").disabled = GT.map.getZoom() <= GT.map.getMinZoom();
    }
    GT.map.on("zoomend zoomlevelschange", limits);
    limits();
  }

  function startStatement() {
    GT.bind(GT.byId("gt-title"), GT.page.title);
    GT.bind(GT.byId("gt-subtitle"), GT.page.subtitle);
    var notices = GT.byId("gt-notices");
    notices.hidden = !GT.page.notices.length;
    GT.page.notices.forEach(function (notice) {
      notices.appendChild(GT.bind(GT.el("p"), notice));
    });
    var facts = GT.byId("gt-facts");
    GT.page.facts.concat([[GT.page.words["map.profile"],
      GT.page.words["values." + GT.page.profile] || GT.page.profile]]).forEach(function (fact) {
      var row = GT.el("div", "gt-row");
      row.appendChild(GT.bind(GT.el("dt"), fact[0]));
      row.appendChild(GT.bind(GT.el("dd"), fact[1]));
      facts.appendChild(row);
    });
    GT.onLanguage(function () {
      GT.byId("gt-credit").textContent = GT.word("map.no_base_map") + " · " + GT.page.credit;
      GT.byId("gt-north-letter").textContent = GT.language === "vi" ? "B" : "N";
    });
  }

  function startWatermark() {
    var sheet = GT.byId("gt-watermark");
    if (!GT.page.watermark) {
      sheet.hidden = true;
      return;
    }
    for (var i = 0; i < 24; i += 1) {
      sheet.appendChild(GT.bind(GT.el("span"), GT.page.watermark));
    }
  }

  // Fixed words of the shell: data-text is an element's text, data-word its name for readers.
  function startWords() {
    GT.onLanguage(function () {
      document.querySelectorAll("[data-text]").forEach(function (element) {
        element.textContent = GT.word(element.getAttribute("data-text"));
      });
      document.querySelectorAll("[data-word]").forEach(function (element) {
        var word = GT.word(element.getAttribute("data-word"));
        element.setAttribute("aria-label", word);
        if (element.tagName === "BUTTON") { element.title = word; }
      });
    });
  }

  // What takes room above the map, before the map is fitted into what is left.
  GT.startStatement = function () {
    startWords();
    startStatement();
    startWatermark();
  };

  GT.startFurniture = function () {
    startZoom();
    GT.map.on("zoomend moveend resize", drawScale);
    GT.onLanguage(drawScale);
  };
})(GT);
