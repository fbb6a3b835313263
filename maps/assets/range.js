// The filter by chainage: from and to among the section boundaries of an alignment.
(function (GT) {
  var COLUMN = "section_id";

  function km(place, measure) {
    return GT.chainage(GT.labelOn(GT.axes()[place], measure).chainage).replace(/\.00$/, "");
  }

  // {axis, from, to}: the run of sections of one alignment that a set of codes is; null for none.
  function rangeOf(codes) {
    var found = null;
    GT.page.axes.forEach(function (axis, place) {
      var on = axis.sections.map(function (one) { return codes.has(one[0]); });
      var from = on.indexOf(true);
      var to = on.lastIndexOf(true);
      if (from >= 0 && to - from + 1 === codes.size && on.slice(from, to + 1).every(Boolean)) {
        found = { axis: place, from: from, to: to };
      }
    });
    return found;
  }

  // "Km561+000.00 – Km563+000.00" of a set of sections, null where they are no run.
  GT.rangeWords = function (codes) {
    var range = rangeOf(codes);
    if (!range) { return null; }
    var sections = GT.page.axes[range.axis].sections;
    var line = GT.page.axes.length > 1 ? GT.page.axes[range.axis].alignment_id + " " : "";
    return line + km(range.axis, sections[range.from][1]) + " – " + km(range.axis, sections[range.to][2]);
  };

  function select(box, word) {
    var label = box.appendChild(GT.el("label"));
    label.appendChild(GT.bind(GT.el("span"), GT.page.words[word]));
    return label.appendChild(GT.el("select"));
  }

  function fill(element, texts, chosen) {
    GT.clear(element);
    texts.forEach(function (text, place) {
      var option = element.appendChild(GT.el("option", "", text));
      option.value = String(place);
    });
    element.selectedIndex = chosen;
  }

  function set(range) {
    var sections = GT.page.axes[range.axis].sections;
    var whole = GT.page.axes.length === 1 && range.from === 0 && range.to === sections.length - 1;
    return GT.setFilter(COLUMN, whole ? null : sections.slice(range.from, range.to + 1).map(function (one) {
      return one[0];
    }));
  }

  function refill(controls) {
    var codes = GT.filters.get(COLUMN) || null;
    var several = GT.page.axes.length > 1;
    var range = codes && rangeOf(codes);
    var axis = range ? range.axis : several ? -1 : 0;
    controls.axis.parentNode.hidden = !several;
    fill(controls.axis, [GT.word("map.all")].concat(GT.page.axes.map(function (one) {
      return one.alignment_id;
    })), axis + 1);
    var sections = axis < 0 ? [] : GT.page.axes[axis].sections;
    var whole = codes ? { from: -1, to: -1 } : { from: 0, to: sections.length - 1 };
    fill(controls.from, sections.map(function (one) { return km(axis, one[1]); }), (range || whole).from);
    fill(controls.to, sections.map(function (one) { return km(axis, one[2]); }), (range || whole).to);
    controls.from.disabled = controls.to.disabled = axis < 0;
    controls.all.disabled = !codes;
    controls.box.classList.toggle("gt-facet-on", Boolean(codes));
  }

  // Whether the sections of the layers are those of the alignments: sections that were merged to be
  // published are not, and a range of the alignment's would leave them out.
  function fits(codes) {
    var known = new Set();
    GT.page.axes.forEach(function (axis) { axis.sections.forEach(function (one) { known.add(one[0]); }); });
    var places = codes.filter(function (code) { return code !== "" && code !== "shared" && code !== "outside"; });
    return places.length > 1 && places.every(function (code) { return known.has(code); });
  }

  // The control; null where the sections are to be chosen from a list.
  GT.makeRange = function (codes) {
    if (!fits(codes)) { return null; }
    var box = GT.el("fieldset", "gt-range");
    box.setAttribute("data-filter", COLUMN);
    box.appendChild(GT.bind(GT.el("legend"), GT.page.words["map.by_section"]));
    var controls = {
      box: box, axis: select(box, "map.alignment"), from: select(box, "map.from_km"), to: select(box, "map.to_km"),
      all: box.appendChild(GT.el("button", "gt-small"))
    };
    controls.all.type = "button";
    GT.bind(controls.all, GT.page.words["map.all"]);
    controls.all.addEventListener("click", function () { GT.setFilter(COLUMN, null); });
    controls.axis.addEventListener("change", function () {
      var axis = controls.axis.selectedIndex - 1;
      if (axis < 0) { GT.setFilter(COLUMN, null); return; }
      set({ axis: axis, from: 0, to: GT.page.axes[axis].sections.length - 1 });
    });
    function choose(moved) {
      var axis = GT.page.axes.length > 1 ? controls.axis.selectedIndex - 1 : 0;
      var from = Math.max(0, controls.from.selectedIndex);
      var to = controls.to.selectedIndex < 0 ? controls.to.length - 1 : controls.to.selectedIndex;
      if (from > to) { if (moved === "from") { to = from; } else { from = to; } }
      set({ axis: axis, from: from, to: to });
    }
    controls.from.addEventListener("change", function () { choose("from"); });
    controls.to.addEventListener("change", function () { choose("to"); });
    GT.map.on("gt:filter", function () { refill(controls); });
    GT.onLanguage(function () { refill(controls); });
    return box;
  };
})(GT);
