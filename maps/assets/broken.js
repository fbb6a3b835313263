// What is said when the file is damaged or cut off: a map that lacks something must not look whole.
(function (GT) {
  var MOST = 8;
  var notice = GT.byId("gt-broken");
  var told = new Set();

  GT.isBroken = false;

  // Shows the notice, with what could not be read; {vi, en} or null for the page itself.
  GT.broken = function (what) {
    var head = GT.byId("gt-notices");
    GT.isBroken = true;
    notice.classList.add("gt-shown");
    (head ? head.parentNode : document.body).insertBefore(notice, head);
    if (!what || told.has(what.vi) || told.size > MOST) { return; }
    told.add(what.vi);
    GT.bind(notice.appendChild(GT.el("p")), told.size > MOST ? "…" : what);
  };

  // From here on what fails is told by the scripts. The notice stands in the file for the case that
  // they do not get here.
  GT.takeNotice = function () { notice.remove(); };

  // Browsers refuse a style sheet that was changed.
  GT.checkStyles = function () {
    var own = getComputedStyle(document.documentElement).getPropertyValue("--ground");
    if (!own || getComputedStyle(GT.map.getPane("tilePane")).position !== "absolute") { GT.broken(null); }
  };

  // What a column that cannot be read says of every feature.
  function unread() {
    return {
      type: "text",
      isUnread: true,
      words: { text: "⚠", starts: Uint32Array.of(0, 2), count: 1 },
      code: function () { return 0; },
      at: function () { return GT.word("map.unreadable"); }
    };
  }

  // Promise of a column of a layer; of one that cannot be read the page says so and goes on.
  GT.orUnread = function (reading, layer, name) {
    return reading.catch(function () {
      var title = layer.entry.title;
      var column = GT.columnOf(layer, name);
      var label = /** @type {any} */ (column && column.label);
      GT.broken(label ? { vi: title.vi + " – " + label.vi, en: title.en + " – " + label.en } : title);
      return unread();
    });
  };
})(GT);
