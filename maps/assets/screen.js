// Full screen, and the way straight to the search box.
(function (GT) {
  function isFull() {
    return Boolean(document.fullscreenElement);
  }

  function startFull() {
    var button = GT.byId("gt-full");
    button.hidden = !document.fullscreenEnabled;
    function say() {
      var word = GT.word(isFull() ? "map.full_screen_exit" : "map.full_screen");
      button.setAttribute("aria-label", word);
      button.setAttribute("aria-pressed", String(isFull()));
      button.title = word;
    }
    button.addEventListener("click", function () {
      if (isFull()) { document.exitFullscreen(); } else { document.documentElement.requestFullscreen(); }
    });
    document.addEventListener("fullscreenchange", say);
    GT.onLanguage(say);
  }

  // Opens the panel if need be and puts the cursor into the search box.
  GT.toSearch = function () {
    if (GT.byId("gt-handle").getAttribute("aria-expanded") === "false") { GT.byId("gt-handle").click(); }
    GT.byId("gt-search").focus();
  };

  GT.startScreen = function () {
    startFull();
    GT.byId("gt-skip").addEventListener("click", GT.toSearch);
  };
})(GT);
