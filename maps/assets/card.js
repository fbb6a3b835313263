// The card of the feature clicked, built when it is asked for.
(function (GT) {
  var chosen = null;
  var returnTo = null;
  var OTHERS = 8;

  // A label without its unit in brackets: the unit stands at the value.
  GT.plainLabel = function (column) {
    var label = GT.say(column.label);
    var unit = GT.unitOf(column.kind);
    if (!unit && column.kind !== "chainage") { return label; }
    return label.replace(/\s*\([^()]{1,8}\)$/, "");
  };

  function same(one, layer, index) {
    return one ? one.layer === layer && one.index === index : !layer;
  }

  // What else lies where the reader clicked, one button each.
  function fillOthers(card) {
    var others = chosen.found.filter(function (one) {
      return !same(chosen, one.layer, one.index);
    }).slice(0, OTHERS);
    if (!others.length) { return; }
    card.appendChild(GT.el("p", "gt-others-head", GT.word("map.also_here")));
    var list = card.appendChild(GT.el("ul", "gt-others"));
    others.forEach(function (one) {
      var button = GT.el("button");
      button.type = "button";
      var title = GT.titleOf(one.layer, one.index);
      var name = GT.say(one.layer.entry.title);
      button.appendChild(GT.el("span", "gt-result-title", title));
      if (name !== title) { button.appendChild(GT.el("span", "gt-result-layer", name)); }
      button.addEventListener("click", function () {
        GT.select(one.layer, one.index, chosen.found).then(function () {
          GT.byId("gt-card").querySelector(".gt-close").focus({ preventScroll: true });
        });
      });
      list.appendChild(GT.el("li")).appendChild(button);
    });
  }

  // A feature that no pane shows keeps its card, which says so.
  function sayHidden() {
    var note = GT.byId("gt-card").querySelector(".gt-card-hidden");
    if (!note) { return; }
    note.hidden = !chosen.layer.classOf || GT.panes.some(function (pane, number) {
      return GT.isShown(chosen.layer, chosen.index, number);
    });
  }

  function fillCard() {
    var card = GT.byId("gt-card");
    GT.clear(card);
    if (!chosen) { return; }
    var layer = chosen.layer;
    var head = GT.el("div", "gt-card-head");
    var names = GT.el("div");
    names.appendChild(GT.el("p", "gt-card-layer", GT.say(layer.entry.title)));
    names.appendChild(GT.el("h2", "", GT.titleOf(layer, chosen.index)));
    var close = GT.el("button", "gt-close", "×");
    close.type = "button";
    close.setAttribute("aria-label", GT.word("map.close"));
    close.addEventListener("click", function () { GT.select(null); });
    head.appendChild(names);
    head.appendChild(close);
    card.appendChild(head);
    card.appendChild(GT.el("p", "gt-card-hidden", GT.word("map.filtered_out"))).setAttribute("role", "note");
    sayHidden();
    var list = GT.el("dl");
    layer.entry.columns.forEach(function (column) {
      if (column.name === layer.entry.title_column) { return; }
      var value = layer.columns.get(column.name).at(chosen.index);
      var row = GT.el("div", "gt-row");
      row.appendChild(GT.el("dt", "", GT.plainLabel(column)));
      var cell = GT.el("dd", "", GT.cell(value, column, GT.language));
      cell.setAttribute("data-key", column.name);
      row.appendChild(cell);
      list.appendChild(row);
    });
    card.appendChild(list);
    fillOthers(card);
  }

  function show(layer) {
    var card = GT.byId("gt-card");
    card.hidden = !layer;
    GT.byId("gt-app").classList.toggle("gt-has-card", Boolean(layer));
    fillCard();
    if (layer) {
      card.scrollTop = 0;
    } else if (returnTo && returnTo.focus) {
      returnTo.focus({ preventScroll: true });
      returnTo = null;
    }
  }

  // The feature chosen, {layer, index, found}, or null.
  GT.chosen = function () { return chosen; };

  // Shows the card of one feature, with what else was found where it was clicked; null closes it
  // and gives the focus back. Promise that the card is there.
  GT.select = function (layer, index, found) {
    if (!layer && !chosen) { return Promise.resolve(); }
    if (layer && !chosen) { returnTo = document.activeElement; }
    chosen = layer ? { layer: layer, index: index, found: found || [] } : null;
    var asked = chosen;
    GT.hover(null);
    GT.outline("chosen", layer, index);
    if (!layer) {
      show(null);
      GT.map.fire("gt:chosen");
      return Promise.resolve();
    }
    var layers = [layer].concat(asked.found.map(function (one) { return one.layer; }));
    return Promise.all(layers.map(GT.loadColumns)).then(function () {
      if (chosen !== asked) { return; }
      show(layer);
      GT.map.fire("gt:chosen");
    });
  };

  GT.startCard = function () {
    GT.onLanguage(fillCard);
    GT.map.on("gt:layers", function () {
      if (chosen && !chosen.layer.visible) {
        GT.select(null);
      } else if (chosen) {
        sayHidden();
        GT.outline("chosen", chosen.layer, chosen.index);
      }
    });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape") { GT.select(null); }
    });
  };
})(GT);
