// A marked place: a needle on the map and a card of its coordinates, each to be copied.
(function (GT) {
  var needles = [];
  var shown = null;
  var returnTo = null;

  function addNeedle(map, latlng) {
    var shape = GT.el("div", "gt-needle");
    return L.marker(latlng, {
      icon: L.divIcon({ className: "gt-mark", html: shape, iconSize: [0, 0] }),
      interactive: false, keyboard: false
    }).addTo(map);
  }

  function removeNeedles() {
    needles.forEach(function (needle) { needle.remove(); });
    needles = [];
  }

  function row(list, title, text, copied) {
    if (!text) { return; }
    var line = list.appendChild(GT.el("div", "gt-row gt-place-row"));
    line.appendChild(GT.el("dt", "", title));
    line.appendChild(GT.el("dd", "", text.replace("  ", "\n")));
    var button = line.appendChild(GT.el("button", "gt-copy", GT.word("map.copy")));
    button.type = "button";
    button.setAttribute("aria-label", GT.word("map.copy") + ": " + title);
    button.addEventListener("click", function () { GT.copyText(copied || text); });
  }

  function fill() {
    var card = GT.byId("gt-place");
    GT.clear(card);
    if (!shown) { return; }
    var lat = shown.latlng.lat;
    var lng = shown.latlng.lng;
    var head = card.appendChild(GT.el("div", "gt-card-head"));
    head.appendChild(GT.el("div")).appendChild(GT.el("h2", "", shown.title() || GT.word("map.position")));
    var close = head.appendChild(GT.el("button", "gt-close", "×"));
    close.type = "button";
    close.setAttribute("aria-label", GT.word("map.close"));
    close.addEventListener("click", GT.removePin);
    var list = card.appendChild(GT.el("dl"));
    if (GT.page.grid) { row(list, GT.page.grid.name.replace(/^EPSG:\d+ /, ""), GT.planeText(lat, lng), GT.planeCopy(lat, lng)); }
    row(list, GT.word("map.wgs84"), GT.degreesText(lat, lng), lat.toFixed(7) + ", " + lng.toFixed(7));
    row(list, GT.word("map.wgs84"), GT.anglesText(lat, lng));
    if (!shown.title()) { row(list, GT.word("map.chainage"), GT.chainageText(lat, lng)); }
  }

  // Marks a place; title() is its name in the language shown, "" for none.
  GT.dropPin = function (latlng, title) {
    if (!shown) { returnTo = document.activeElement; }
    GT.select(null);
    removeNeedles();
    shown = { latlng: L.latLng(latlng), title: title || function () { return ""; } };
    needles = GT.panes.map(function (pane) { return addNeedle(pane.map, shown.latlng); });
    GT.byId("gt-place").hidden = false;
    fill();
  };

  GT.removePin = function () {
    if (!shown) { return; }
    removeNeedles();
    shown = null;
    GT.byId("gt-place").hidden = true;
    fill();
    if (returnTo instanceof HTMLElement) { returnTo.focus({ preventScroll: true }); }
    returnTo = null;
  };

  GT.startPin = function () {
    GT.onLanguage(fill);
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape") { GT.removePin(); }
    });
  };
})(GT);
