// The view, the language and what the rooms give stand in the address after "#": shared by a link,
// found again on the next visit. What cannot be read there is left aside.
(function (GT) {
  var WAIT_MS = 200;
  var LONGEST = 20000;
  var STILL = 1.5;
  var states = [];
  var written = null;
  var waiting = null;
  var given = null;

  // A room's state: write() gives a text, "" for the usual state; read(text) takes one back.
  GT.addState = function (key, write, read) {
    states.push({ key: key, write: write, read: read });
  };

  function encode(text) {
    return encodeURIComponent(text).replace(/%(2C|3A|3B|7C|2F)/g, decodeURIComponent);
  }

  // The fragment of a list of states, without "#".
  GT.composeState = function (list) {
    return list.map(function (state) {
      var text = state.write();
      return text ? state.key + "=" + encode(text) : "";
    }).filter(Boolean).join("&");
  };

  // Texts of a fragment by key; pieces that cannot be read are left out.
  GT.parseState = function (fragment) {
    var found = new Map();
    if (fragment.length > LONGEST) { return found; }
    fragment.split("&").forEach(function (piece) {
      var at = piece.indexOf("=");
      if (at < 1) { return; }
      try {
        found.set(piece.slice(0, at), decodeURIComponent(piece.slice(at + 1)));
      } catch (error) {
        if (!(error instanceof URIError)) { throw error; }
      }
    });
    return found;
  };

  // A text that encodeURIComponent wrote, null where it did not.
  GT.decodeText = function (text) {
    try {
      return decodeURIComponent(text);
    } catch (error) {
      return null;
    }
  };

  function take(state, text) {
    try {
      state.read(text);
    } catch (error) {
      console.warn("#" + state.key, String(error));
    }
  }

  // A key that was there before and is no longer goes back to the usual state.
  function apply(fragment) {
    var before = GT.parseState(written || "");
    var found = GT.parseState(fragment);
    written = fragment;
    states.forEach(function (state) {
      if (found.has(state.key)) {
        take(state, found.get(state.key));
      } else if (before.has(state.key)) {
        take(state, "");
      }
    });
  }

  function replace(fragment) {
    try {
      history.replaceState(null, "", "#" + fragment);
    } catch (error) {
      location.replace("#" + fragment);
    }
  }

  // Writes the state into the address now.
  GT.writeState = function () {
    clearTimeout(waiting);
    waiting = GT.printing ? setTimeout(GT.writeState, WAIT_MS) : null;
    if (GT.printing) { return; }
    var fragment = GT.composeState(states);
    if (fragment === written) { return; }
    written = fragment;
    replace(fragment);
  };

  function later() {
    if (waiting === null && !GT.printing) { waiting = setTimeout(GT.writeState, WAIT_MS); }
  }

  // A map stands at whole pixels: what was read is written until it really moves.
  function writeView() {
    var centre = GT.map.getCenter();
    var still = given && given.zoom === GT.map.getZoom() &&
      GT.map.project(centre).distanceTo(GT.map.project(given.centre)) < STILL;
    return still ? given.text : [centre.lat.toFixed(6), centre.lng.toFixed(6), Number(GT.map.getZoom().toFixed(2))].join(",");
  }

  function readView(text) {
    var found = /^(-?\d{1,2}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?),(\d{1,2}(?:\.\d+)?)$/.exec(text);
    if (!found || !GT.map.options.maxBounds.contains([Number(found[1]), Number(found[2])])) { return; }
    var zoom = Math.min(GT.map.getMaxZoom(), Math.max(GT.map.getMinZoom(), Number(found[3])));
    GT.map.setView([Number(found[1]), Number(found[2])], zoom, { animate: false });
    given = zoom === Number(found[3]) ? { text: text, centre: GT.map.getCenter(), zoom: zoom } : null;
  }

  function readLanguage(text) {
    if ((text === "vi" || text === "en") && text !== GT.language) { GT.setLanguage(text); }
  }

  function startShare() {
    GT.byId("gt-share").addEventListener("click", function () {
      GT.writeState();
      GT.copyText(location.href, GT.word("map.link_copied"));
    });
  }

  // Last of the rooms: reads the address, then follows what the reader does.
  GT.startState = function () {
    states.unshift(
      { key: "v", write: writeView, read: readView },
      {
        key: "l",
        write: function () { return GT.language === GT.page.language ? "" : GT.language; },
        read: function (text) { readLanguage(text || GT.page.language); }
      }
    );
    apply(location.hash.slice(1));
    GT.map.on("moveend gt:layers gt:chosen gt:classes gt:state", later);
    GT.onLanguage(later);
    window.addEventListener("hashchange", function () {
      var fragment = location.hash.slice(1);
      if (fragment !== written) { apply(fragment); }
    });
    startShare();
  };
})(GT);
