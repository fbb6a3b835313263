// The side panel (a sheet from below on phones) and the language buttons.
(function (GT) {
  function narrow() {
    return window.matchMedia("(max-width: 760px)").matches;
  }

  function setOpen(open) {
    GT.byId("gt-app").classList.toggle("gt-panel-shut", !open);
    GT.byId("gt-handle").setAttribute("aria-expanded", String(open));
    if (GT.map) { GT.map.invalidateSize({ pan: false }); }
    nameHandle();
  }

  function isOpen() {
    return !GT.byId("gt-app").classList.contains("gt-panel-shut");
  }

  function nameHandle() {
    var word = GT.word(isOpen() ? "map.hide" : "map.show") + ": " + GT.word("map.panel");
    GT.byId("gt-handle-text").textContent = narrow() ? GT.word("map.panel") : "";
    GT.byId("gt-handle").setAttribute("aria-label", word);
    GT.byId("gt-handle").title = word;
  }

  GT.collapseSheet = function () {
    if (narrow()) { setOpen(false); }
  };

  function startLanguages() {
    var buttons = document.querySelectorAll("[data-language]");
    buttons.forEach(function (button) {
      button.addEventListener("click", function () {
        GT.setLanguage(button.getAttribute("data-language"));
      });
    });
    GT.onLanguage(function () {
      buttons.forEach(function (button) {
        var own = button.getAttribute("data-language") === GT.language;
        button.setAttribute("aria-pressed", String(own));
      });
    });
  }

  GT.startPanel = function () {
    GT.byId("gt-handle").addEventListener("click", function () { setOpen(!isOpen()); });
    startLanguages();
    GT.onLanguage(nameHandle);
    if (narrow()) { setOpen(false); }
    window.addEventListener("resize", nameHandle);
  };
})(GT);
