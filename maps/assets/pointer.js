// Coordinates and chainage under the pointer; on touch and by keyboard those of the map's middle.
(function (GT) {
  var under = null;
  var due = false;

  function place() {
    return under ? under.map.containerPointToLatLng(under.point) : GT.map.getCenter();
  }

  function parts(latlng) {
    return [
      GT.page.grid ? GT.planeText(latlng.lat, latlng.lng) : "",
      GT.degreesText(latlng.lat, latlng.lng),
      GT.chainageText(latlng.lat, latlng.lng)
    ];
  }

  function show() {
    due = false;
    var texts = parts(place());
    GT.byId("gt-pointer-plane").textContent = texts[0];
    GT.byId("gt-pointer-degrees").textContent = texts[1];
    GT.byId("gt-pointer-chainage").textContent = texts[2];
    GT.byId("gt-pointer").classList.toggle("gt-of-centre", !under);
  }

  function soon() {
    if (!due) {
      due = true;
      requestAnimationFrame(show);
    }
  }

  // A cross in the middle, for those who point without a mouse.
  function makeCross() {
    var cross = GT.map.getContainer().appendChild(GT.el("div", "gt-cross"));
    cross.setAttribute("aria-hidden", "true");
  }

  function aim(on) {
    GT.byId("gt-app").classList.toggle("gt-aiming", on);
  }

  function openMiddle() {
    var found = GT.pick(GT.map.getCenter(), 0);
    GT.select(found.length ? found[0].layer : null, found.length ? found[0].index : 0, found);
  }

  function onKey(event) {
    if (event.target !== GT.map.getContainer() || GT.tool || event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.key === "Enter") { openMiddle(); }
    if (event.key === "p" || event.key === "P") { GT.dropPin(GT.map.getCenter()); }
  }

  GT.followPointer = function (pane) {
    pane.map.on("mousemove", function (event) {
      if (L.Browser.mobile) { return; }
      under = { map: pane.map, point: event.containerPoint };
      soon();
    });
    pane.map.on("mouseout", function () {
      under = null;
      soon();
    });
    pane.map.on("contextmenu", function (event) { if (!GT.tool) { GT.dropPin(event.latlng); } });
  };

  GT.startPointer = function () {
    var button = GT.byId("gt-pointer");
    makeCross();
    GT.followPointer(GT.panes[0]);
    GT.map.on("move zoomend", soon);
    button.addEventListener("click", function () {
      GT.copyText(parts(place()).filter(Boolean).join("; "));
    });
    ["focus", "pointerenter"].forEach(function (name) { button.addEventListener(name, function () { aim(true); }); });
    ["blur", "pointerleave"].forEach(function (name) { button.addEventListener(name, function () { aim(false); }); });
    document.addEventListener("keydown", onKey);
    GT.onLanguage(show);
  };
})(GT);
