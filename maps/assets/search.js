// The search box and its list: what was found, how much there is, and the way there.
(function (GT) {
  var LIMIT = 20;
  var results = [];
  var active = -1;
  var asked = 0;
  var pending = null;

  function calm() {
    return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  }

  // Flies to bounds, at once for readers who want no motion.
  GT.flyTo = function (bounds, zoom) {
    GT.map.flyToBounds(L.latLngBounds(bounds).pad(0.4), { maxZoom: zoom, duration: 0.6, animate: !calm() });
  };

  function go(found) {
    close();
    GT.collapseSheet();
    if (found.go) {
      found.go();
      return;
    }
    var ready = found.layer.visible ? GT.loadLayer(found.layer) : GT.setVisible(found.layer, true);
    ready.then(function () {
      GT.flyTo(GT.boundsOf(found.layer, found.index), 18);
      GT.select(found.layer, found.index);
    });
  }

  function input() {
    return /** @type {HTMLInputElement} */ (GT.byId("gt-search"));
  }

  function rows() {
    return document.querySelectorAll("#gt-results button");
  }

  function setActive(place) {
    active = place;
    rows().forEach(function (row, n) { row.setAttribute("aria-selected", String(n === active)); });
    if (active < 0) {
      input().removeAttribute("aria-activedescendant");
      return;
    }
    input().setAttribute("aria-activedescendant", "gt-result-" + active);
    rows()[active].scrollIntoView({ block: "nearest" });
  }

  function close() {
    asked += 1;
    pending = null;
    results = [];
    GT.clear(GT.byId("gt-results"));
    GT.byId("gt-results-count").textContent = "";
    input().setAttribute("aria-expanded", "false");
    setActive(-1);
  }

  // What the reader must know of a hit before going there.
  function remark(found) {
    if (!found.layer) { return ""; }
    if (!found.layer.visible) { return GT.word("map.layer_is_off"); }
    return GT.isShown(found.layer, found.index, 0) ? "" : GT.word("map.filtered_out");
  }

  function row(found, place) {
    var item = GT.el("li");
    item.setAttribute("role", "presentation");
    var button = GT.el("button", "gt-result");
    button.type = "button";
    button.id = "gt-result-" + place;
    button.tabIndex = -1;
    button.setAttribute("role", "option");
    button.appendChild(GT.el("span", "gt-result-title", found.title));
    button.appendChild(GT.el("span", "gt-result-layer", found.layer ? GT.say(found.layer.entry.title) : found.where));
    if (found.layer && found.where) { button.appendChild(GT.el("span", "gt-result-where", found.where)); }
    var note = remark(found);
    if (note) { button.appendChild(GT.el("span", "gt-result-note", note)); }
    button.addEventListener("click", function () { go(found); });
    item.appendChild(button);
    return item;
  }

  function show(found, count) {
    var list = GT.byId("gt-results");
    results = found;
    GT.clear(list);
    found.forEach(function (one, place) { list.appendChild(row(one, place)); });
    list.scrollTop = 0;
    input().setAttribute("aria-expanded", String(found.length > 0));
    GT.byId("gt-results-count").textContent = found.length
      ? GT.phrase("map.results_count", {
        shown: GT.number(found.length, 0, GT.language), count: GT.number(count, 0, GT.language)
      })
      : GT.word("map.no_result");
    setActive(found.length ? 0 : -1);
  }

  // Promise that the list shows what is typed.
  function search() {
    var typed = input().value;
    asked += 1;
    var own = asked;
    if (!typed.trim()) {
      close();
      return Promise.resolve();
    }
    if (!results.length) { GT.byId("gt-results-count").textContent = GT.word("map.searching"); }
    var places = GT.findPlaces(typed);
    pending = GT.findText(typed, LIMIT, function () { return own !== asked; }).then(function (found) {
      if (!found || own !== asked) { return; }
      pending = null;
      show(places.concat(found.results), places.length + found.count);
    });
    return pending;
  }

  function choose() {
    (pending || Promise.resolve()).then(function () {
      if (results[active]) { go(results[active]); }
    });
  }

  var KEYS = {
    ArrowDown: function () { setActive(results.length ? (active + 1) % results.length : -1); },
    ArrowUp: function () { setActive(results.length ? (active - 1 + results.length) % results.length : -1); },
    Enter: choose,
    Escape: function () {
      input().value = "";
      close();
    }
  };

  GT.startSearch = function () {
    input().addEventListener("input", search);
    input().addEventListener("keydown", function (event) {
      if (!KEYS[event.key] || event.isComposing) { return; }
      event.preventDefault();
      if (event.key === "Escape" && input().value) { event.stopPropagation(); }
      KEYS[event.key]();
    });
    GT.map.on("gt:whole", GT.prepareFind);
    GT.onLanguage(function () {
      input().placeholder = GT.word("map.search_hint");
      input().setAttribute("aria-label", GT.word("map.search"));
      if (results.length) { search(); }
    });
  };
})(GT);
