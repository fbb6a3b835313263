// The strip maps: SVG text of the page's data, parsed as a picture and laid over the window.
(function (GT) {
  function picture(text) {
    var parsed = new DOMParser().parseFromString(GT.say(text), "image/svg+xml");
    return document.importNode(parsed.documentElement, true);
  }

  function setOpen(open) {
    GT.byId("gt-strip-sheet").classList.toggle("gt-wide", open);
    GT.byId("gt-panel").classList.toggle("gt-has-wide", open);
    GT.byId("gt-strip-open").setAttribute("aria-expanded", String(open));
    GT.byId(open ? "gt-strip-close" : "gt-strip-open").focus();
  }

  GT.startStrip = function () {
    if (!GT.page.strip_maps.length) { return; }
    GT.byId("gt-strip").hidden = false;
    GT.byId("gt-strip-open").addEventListener("click", function () { setOpen(true); });
    GT.byId("gt-strip-close").addEventListener("click", function () { setOpen(false); });
    GT.byId("gt-strip-sheet").addEventListener("keydown", function (event) {
      if (event.key === "Escape") { setOpen(false); }
    });
    GT.onLanguage(function () {
      var maps = GT.byId("gt-strip-maps");
      GT.clear(maps);
      GT.page.strip_maps.forEach(function (text) { maps.appendChild(picture(text)); });
    });
  };
})(GT);
