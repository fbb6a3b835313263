// The side panel (a sheet from below on phones), the language buttons and printing.
(function (GT) {
  function narrow() {
    return window.matchMedia("(max-width: 760px)").matches;
  }

  function setOpen(open) {
    GT.byId("gt-app").classList.toggle("gt-panel-shut", !open);
    GT.byId("gt-handle").setAttribute("aria-expanded", String(open));
    GT.map.invalidateSize({ pan: false });
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

  function startPrint() {
    GT.byId("gt-print").addEventListener("click", function () { window.print(); });
    var view = null;
    var opened = [];
    window.addEventListener("beforeprint", function () {
      view = GT.map.getBounds();
      document.documentElement.classList.add("gt-printing");
      GT.printing = true;
      opened = Array.from(document.querySelectorAll(".gt-panel details:not([open]):not(.gt-long)"));
      opened.forEach(function (details) { details.open = true; });
      GT.map.invalidateSize({ pan: false, animate: false });
      GT.map.fitBounds(view, { animate: false });
    });
    window.addEventListener("afterprint", function () {
      document.documentElement.classList.remove("gt-printing");
      GT.printing = false;
      opened.forEach(function (details) { details.open = false; });
      GT.map.invalidateSize({ pan: false, animate: false });
      if (view) { GT.map.fitBounds(view, { animate: false }); }
    });
  }

  GT.startPanel = function () {
    GT.byId("gt-handle").addEventListener("click", function () { setOpen(!isOpen()); });
    startLanguages();
    startPrint();
    GT.onLanguage(nameHandle);
    if (narrow()) { setOpen(false); }
    window.addEventListener("resize", nameHandle);
  };
})(GT);
