// Find a feature by its title (parcel, commune, grave) or a chainage tick; the keyboard's way in.
(function (GT) {
  var LIMIT = 12;

  // Without accents and case, so that "ky anh" finds "Kỳ Anh".
  function plain(text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();
  }

  function indexOf(layer) {
    if (!layer.plainTitles) {
      layer.plainTitles = layer.titles.map(function (title) {
        return title === null ? "" : plain(String(title));
      });
    }
    return layer.plainTitles;
  }

  function findTicks(words) {
    var packed = words.replace(/\s/g, "");
    return GT.page.ticks.filter(function (tick) {
      return plain(tick[2]).replace(/\s/g, "").indexOf(packed) === 0;
    }).slice(0, 4).map(function (tick) { return { tick: tick }; });
  }

  // Titles that begin with the words come before those that hold them.
  function find(words) {
    var begins = [];
    var holds = [];
    GT.layers.forEach(function (layer) {
      if (!layer.titles) { return; }
      indexOf(layer).forEach(function (title, index) {
        var at = title.indexOf(words);
        if (at >= 0) { (at === 0 ? begins : holds).push({ layer: layer, index: index }); }
      });
    });
    begins.sort(function (a, b) {
      return a.layer.plainTitles[a.index].length - b.layer.plainTitles[b.index].length;
    });
    return findTicks(words).concat(begins, holds).slice(0, LIMIT);
  }

  function go(found) {
    if (found.tick) {
      GT.collapseSheet();
      GT.map.setView([found.tick[1] / 1e7, found.tick[0] / 1e7], 16);
      return;
    }
    if (!found.layer.visible) { GT.setVisible(found.layer, true); }
    var bounds = GT.shapeBounds(found.layer.data.shapes[found.index]);
    GT.collapseSheet();
    GT.map.fitBounds(bounds.pad(1.5), { maxZoom: 18 });
    GT.select(found.layer, found.index);
  }

  function show() {
    var list = GT.byId("gt-results");
    var words = plain(GT.byId("gt-search").value.trim());
    GT.clear(list);
    if (!words) { return; }
    var found = find(words);
    found.forEach(function (one) {
      var row = GT.el("li");
      var button = GT.el("button");
      button.type = "button";
      var title = one.tick ? one.tick[2] : GT.titleOf(one.layer, one.index);
      button.appendChild(GT.el("span", "gt-result-title", title));
      if (one.layer) {
        button.appendChild(GT.el("span", "gt-result-layer", GT.say(one.layer.entry.title)));
      }
      button.addEventListener("click", function () { go(one); });
      row.appendChild(button);
      list.appendChild(row);
    });
    if (!found.length) { list.appendChild(GT.el("li", "gt-nothing", GT.word("map.no_result"))); }
  }

  GT.startSearch = function () {
    var input = GT.byId("gt-search");
    var any = GT.layers.some(function (layer) { return layer.titles; });
    input.parentNode.hidden = !any;
    input.addEventListener("input", show);
    input.addEventListener("keydown", function (event) {
      var first = document.querySelector("#gt-results button");
      if (event.key === "Enter" && first) { first.click(); }
      if (event.key === "Escape") { input.value = ""; show(); }
    });
    GT.onLanguage(function () {
      input.placeholder = GT.word("map.search_hint");
      input.setAttribute("aria-label", GT.word("map.search"));
      show();
    });
  };
})(GT);
