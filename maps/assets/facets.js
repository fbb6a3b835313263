// The controls of the filter: a list of values a column, chainage from and to, and what is filtered.
(function (GT) {
  var SLICE = 20000;
  var SHOWN = 200;
  var SEARCHED = 12;
  var NAMED = 3;

  function button(className, word) {
    var element = GT.el("button", className);
    element.type = "button";
    GT.onLanguage(function () { element.textContent = GT.word(word); });
    return element;
  }

  // Features of a layer that have a piece with each code: code -> count.
  function* countCodes(layer, pieces, column) {
    var isNew = GT.makeCounter(layer);
    var counts = new Uint32Array(column.words.count + 1);
    var last = new Int32Array(counts.length).fill(-1);
    for (var i = 0; i < pieces.count; i += 1) {
      var code = column.code(i) + 1;
      var row = pieces.rows ? pieces.rows[i] : i;
      if (last[code] !== row && isNew(row, code)) { counts[code] += 1; }
      last[code] = row;
      if (i % SLICE === SLICE - 1) { yield; }
    }
    var found = new Map();
    counts.forEach(function (count, code) {
      var word = code ? GT.wordOf(column.words, code - 1) : "";
      if (count) { found.set(word, (found.get(word) || 0) + count); }
    });
    return found;
  }

  // Promise of {layer, counts} a layer that has the column.
  function countAll(name) {
    return Promise.all(GT.layersWith(name).map(function (layer) {
      return GT.loadPieces(layer).then(function (pieces) {
        var column = pieces.codes(name);
        return column ? GT.work(countCodes(layer, pieces, column)) : new Map();
      }).then(function (counts) { return { layer: layer, counts: counts }; });
    }));
  }

  // Of the layers counted those on the map; where none is, all.
  function onMap(found) {
    var visible = found.filter(function (one) { return one.layer.visible; });
    return visible.length ? visible : found;
  }

  function titlesOf(found) {
    return found.map(function (one) { return GT.say(one.layer.entry.title); }).join(", ");
  }

  // Features with each code on the layers of the map, code -> count, and the note that names them.
  function count(facet) {
    var counted = onMap(facet.found);
    var others = facet.found.filter(function (one) { return counted.indexOf(one) < 0; });
    facet.counts = new Map();
    counted.forEach(function (one) {
      one.counts.forEach(function (number, code) {
        facet.counts.set(code, (facet.counts.get(code) || 0) + number);
      });
    });
    facet.note.textContent = GT.word("map.counted_in") + ": " + titlesOf(counted) +
      (others.length ? " · " + GT.word("map.hidden_layers") + ": " + titlesOf(others) : "");
  }

  // The codes of a column in the order of the list, what is no place of its own last.
  function codesOf(found) {
    var codes = new Set();
    found.forEach(function (one) { one.counts.forEach(function (count, code) { codes.add(code); }); });
    return Array.from(codes);
  }

  function inOrder(name, codes) {
    function last(code) { return code === "" ? 2 : code === "shared" || code === "outside" ? 1 : 0; }
    return codes.slice().sort(function (a, b) {
      return last(a) - last(b) ||
        GT.compareTexts(GT.codeWord(name, a), GT.codeWord(name, b));
    });
  }

  function option(facet, code) {
    var row = GT.el("label", "gt-option");
    var check = row.appendChild(GT.el("input"));
    check.type = "checkbox";
    check.value = code;
    check.checked = GT.filters.has(facet.name) && GT.filters.get(facet.name).has(code);
    row.appendChild(GT.el("span", "gt-option-name", GT.codeWord(facet.name, code)));
    row.appendChild(GT.el("span", "gt-count", GT.number(facet.counts.get(code) || 0, 0, GT.language)));
    check.addEventListener("change", function () {
      var codes = new Set(GT.filters.get(facet.name) || []);
      if (check.checked) { codes.add(code); } else { codes.delete(code); }
      GT.setFilter(facet.name, Array.from(codes));
    });
    return row;
  }

  function fillOptions(facet) {
    var wanted = GT.fold(facet.find.value.trim());
    var chosen = GT.filters.get(facet.name);
    var codes = inOrder(facet.name, facet.codes).filter(function (code) {
      return facet.counts.has(code) || (chosen && chosen.has(code));
    });
    facet.find.hidden = codes.length <= SEARCHED;
    codes = codes.filter(function (code) {
      return GT.fold(GT.codeWord(facet.name, code)).indexOf(wanted) >= 0;
    });
    GT.clear(facet.list);
    codes.slice(0, SHOWN).forEach(function (code) { facet.list.appendChild(option(facet, code)); });
    if (codes.length > SHOWN) {
      facet.list.appendChild(GT.el("p", "gt-note", SHOWN + " / " + GT.number(codes.length, 0, GT.language)));
    }
  }

  function mark(facet) {
    var chosen = GT.filters.get(facet.name);
    facet.box.classList.toggle("gt-facet-on", Boolean(chosen));
    facet.chosen.textContent = chosen ? GT.number(chosen.size, 0, GT.language) : "";
    facet.all.disabled = !chosen;
  }

  function makeFacet(name, found) {
    var facet = {
      name: name, found: found, codes: codesOf(found), counts: new Map(), note: null, list: GT.el("div", "gt-options"),
      box: GT.el("details", "gt-facet"), find: GT.el("input", "gt-find"),
      chosen: GT.el("span", "gt-chosen"), all: button("gt-small", "map.all")
    };
    facet.box.setAttribute("data-filter", name);
    var title = facet.box.appendChild(GT.el("summary"));
    var words = title.appendChild(GT.el("span"));
    title.appendChild(facet.chosen);
    facet.note = facet.box.appendChild(GT.el("p", "gt-note"));
    var bar = facet.box.appendChild(GT.el("div", "gt-facet-bar"));
    bar.appendChild(facet.all);
    facet.find.type = "search";
    bar.appendChild(facet.find);
    facet.list.setAttribute("role", "group");
    facet.box.appendChild(facet.list);
    facet.all.addEventListener("click", function () { GT.setFilter(name, null); });
    facet.find.addEventListener("input", function () { fillOptions(facet); });
    GT.onLanguage(function () {
      words.textContent = GT.filterLabel(name);
      count(facet);
      facet.list.setAttribute("aria-label", GT.filterLabel(name));
      facet.find.placeholder = GT.word("map.find_value");
      facet.find.setAttribute("aria-label", GT.word("map.find_value") + ": " + GT.filterLabel(name));
      fillOptions(facet);
      mark(facet);
    });
    GT.map.on("gt:filter", function () {
      mark(facet);
      var chosen = GT.filters.get(name);
      facet.list.querySelectorAll("input").forEach(function (check) {
        check.checked = Boolean(chosen) && chosen.has(check.value);
      });
    });
    return facet;
  }

  // Lists of layers that are all switched off fold away, and counts follow what is on the map.
  function arrange(facets) {
    var room = GT.byId("gt-filters");
    var more = GT.byId("gt-filters-more");
    var list = GT.byId("gt-filters-off");
    function isOff(facet) {
      return !GT.filters.has(facet.name) && !facet.found.some(function (one) { return one.layer.visible; });
    }
    facets.forEach(function (facet) {
      var shown = onMap(facet.found).map(function (one) { return one.layer.entry.name; }).join();
      if (facet.shown !== shown) {
        facet.shown = shown;
        count(facet);
        fillOptions(facet);
      }
    });
    if (facets.some(function (facet) { return (facet.box.parentNode === list) !== isOff(facet); })) {
      facets.forEach(function (facet) { (isOff(facet) ? list : room).appendChild(facet.box); });
    }
    more.hidden = !list.firstChild;
  }

  // "Commune: Kỳ Phong, Kỳ Văn +2" of each column of the filter.
  function words() {
    return Array.from(GT.filters).map(function (one) {
      var range = one[0] === "section_id" ? GT.rangeWords(one[1]) : null;
      if (range) { return range; }
      var codes = inOrder(one[0], Array.from(one[1]));
      var named = codes.slice(0, NAMED).map(function (code) { return GT.codeWord(one[0], code); }).join(", ");
      return GT.filterLabel(one[0]) + ": " + named + (codes.length > NAMED ? " +" + (codes.length - NAMED) : "");
    }).join(" · ");
  }

  // Layers on the map that a column of the filter leaves as they are, a line a column.
  function fillUntouched() {
    var list = GT.byId("gt-untouched");
    GT.clear(list);
    GT.filters.forEach(function (codes, name) {
      var others = GT.layers.filter(function (layer) {
        return layer.visible && layer.entry.filters.indexOf(name) < 0;
      });
      if (!others.length) { return; }
      var titles = others.map(function (layer) { return GT.say(layer.entry.title); }).join(", ");
      list.appendChild(GT.el("li", "", GT.word("map.not_filtered") + " «" + GT.filterLabel(name) + "»: " + titles));
    });
  }

  function say() {
    var on = GT.filters.size > 0;
    GT.byId("gt-badge").hidden = !on;
    GT.byId("gt-badge-text").textContent = on ? GT.word("map.filtered") + ": " + words() : "";
    document.querySelectorAll(".gt-whole").forEach(function (note) {
      /** @type {HTMLElement} */ (note).hidden = !on;
    });
    fillUntouched();
    makeRoom();
  }

  // What stands on the map begins below the badge.
  function makeRoom() {
    var badge = GT.byId("gt-badge");
    var height = badge.hidden ? 0 : badge.offsetHeight;
    GT.byId("gt-map-box").style.setProperty("--badge", height ? height + 8 + "px" : "0px");
  }

  // The lists, places first; a column with one value has nothing to choose.
  function build() {
    var room = GT.byId("gt-filters");
    var names = GT.filterColumns();
    var facets = [];
    function* make(found) {
      for (var place = 0; place < names.length; place += 1) {
        var codes = codesOf(found[place]);
        var least = GT.PLACES.indexOf(names[place]) < 0 ? 1 : 2;
        if (codes.filter(Boolean).length < least || codes.length < 2) { continue; }
        var range = names[place] === "section_id" ? GT.makeRange(codes) : null;
        if (range) { room.appendChild(range); } else { facets.push(makeFacet(names[place], found[place])); }
        yield;
      }
    }
    return Promise.all(names.map(countAll)).then(function (found) { return GT.work(make(found)); }).then(function () {
      facets.forEach(function (facet) { room.appendChild(facet.box); });
      GT.byId("gt-filter-section").hidden = !room.firstChild;
      arrange(facets);
      GT.map.on("gt:layers", function () { arrange(facets); });
    });
  }

  GT.startFacets = function () {
    GT.byId("gt-badge-clear").addEventListener("click", function () { GT.clearFilters(); });
    GT.map.on("gt:filter gt:layers", say);
    GT.map.on("resize", makeRoom);
    GT.onLanguage(say);
    GT.map.once("gt:whole", build);
  };
})(GT);
