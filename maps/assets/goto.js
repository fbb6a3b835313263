// Go to a chainage: says how it reads what is typed, offers every place of it, marks the one chosen.
(function (GT) {
  var ZOOM = 17;

  function box() {
    return /** @type {HTMLInputElement} */ (GT.byId("gt-goto"));
  }

  // Every place of a typed chainage on some axes, by every reading of it.
  function placesOn(axes, typed) {
    var places = [];
    GT.readChainage(typed).forEach(function (chainage) {
      axes.forEach(function (axis) {
        GT.measuresOn(axis, chainage).forEach(function (place) {
          places.push({ axis: axis, measure: place.measure, zone: place.zone, chainage: chainage });
        });
      });
    });
    return places;
  }

  function labelOf(place) {
    var repeats = GT.measuresOn(place.axis, place.chainage).length > 1;
    return GT.chainage(place.chainage) +
      (repeats ? " (" + GT.phrase("map.chainage_zone", { zone: place.zone }) + ")" : "") +
      (GT.axes().length > 1 ? " " + place.axis.id : "");
  }

  // Flies to a place of an axis and marks it.
  GT.goToPlace = function (place) {
    var point = GT.pointOn(place.axis, place.measure);
    GT.collapseSheet();
    GT.dropPin(point, function () { return labelOf(place); });
    GT.flyTo([point, point], ZOOM);
  };

  // Rows for the search list: the places of a text that can only be a chainage.
  GT.findPlaces = function (typed) {
    if (!/^\s*-?k|\+/i.test(typed.normalize("NFKC"))) { return []; }
    return placesOn(GT.axes(), typed).map(function (place) {
      return {
        title: labelOf(place),
        where: GT.word("map.chainage"),
        go: function () { GT.goToPlace(place); }
      };
    });
  };

  // The axes asked for: the one chosen, or all.
  function chosenAxes() {
    var id = /** @type {HTMLSelectElement} */ (GT.byId("gt-goto-axis")).value;
    return GT.axes().filter(function (axis) { return !id || axis.id === id; });
  }

  function ranges(axes) {
    return axes.map(function (axis) {
      return (GT.axes().length > 1 ? axis.id + ": " : "") + GT.rangesOf(axis).map(function (range) {
        return GT.chainage(range[0]) + " – " + GT.chainage(range[1]);
      }).join(", ");
    }).join("; ") + ".";
  }

  // How the text is read, or why it is no place.
  function remark(places) {
    var typed = box().value.trim();
    var readings = GT.readChainage(typed);
    if (!typed) { return ""; }
    if (!readings.length) { return GT.word("map.goto_unreadable"); }
    if (!places.length) {
      return GT.phrase("map.goto_range", {
        label: readings.map(function (one) { return GT.chainage(one); }).join(" / "), ranges: ranges(chosenAxes())
      });
    }
    if (places.length > 1) { return GT.phrase("map.goto_choose", { label: typed, count: places.length }); }
    return GT.phrase("map.goto_understood", { label: labelOf(places[0]) });
  }

  function choice(place) {
    var button = GT.el("button", "gt-choice", labelOf(place));
    button.type = "button";
    button.addEventListener("click", function () { GT.goToPlace(place); });
    return button;
  }

  function show() {
    var places = placesOn(chosenAxes(), box().value);
    var list = GT.byId("gt-goto-choices");
    GT.byId("gt-goto-note").textContent = remark(places);
    GT.clear(list);
    if (places.length > 1) { places.forEach(function (place) { list.appendChild(choice(place)); }); }
    return places;
  }

  function go(event) {
    event.preventDefault();
    var places = show();
    if (places.length === 1) {
      GT.goToPlace(places[0]);
      return;
    }
    var first = GT.byId("gt-goto-choices").querySelector("button");
    if (first) { first.focus(); }
  }

  function fillAxes() {
    var select = /** @type {HTMLSelectElement} */ (GT.byId("gt-goto-axis"));
    var chosen = select.value;
    GT.clear(select);
    [""].concat(GT.axes().map(function (axis) { return axis.id; })).forEach(function (id) {
      var option = GT.el("option", "", id || GT.word("map.goto_alignment") + "…");
      option.value = id;
      select.appendChild(option);
    });
    select.value = chosen;
    select.hidden = GT.axes().length < 2;
    GT.byId("gt-goto-form").classList.toggle("gt-goto-many", !select.hidden);
  }

  GT.startGoto = function () {
    var form = GT.byId("gt-goto-form");
    form.hidden = !GT.axes().length;
    form.addEventListener("submit", go);
    box().addEventListener("input", show);
    GT.byId("gt-goto-axis").addEventListener("change", show);
    GT.onLanguage(function () {
      box().placeholder = GT.axes().length ? GT.chainage(middle(GT.axes()[0]), 0) : "";
      fillAxes();
      show();
    });
  };

  // A label of the axis, as an example.
  function middle(axis) {
    var range = GT.rangesOf(axis)[0];
    return Math.round((range[0] + range[1]) / 20) * 10;
  }
})(GT);
