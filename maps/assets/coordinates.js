// A place in words: VN-2000 as Vietnamese papers print it, WGS 84, and the chainage nearby.
(function (GT) {
  var NEAR_M = 2000;
  var ON_AXIS_M = 0.5;
  var GAP = "\u202f";

  function point(text) {
    return GT.language === "vi" ? text.replace(".", ",") : text;
  }

  // Metres with a narrow gap between thousands.
  function metres(value) {
    var parts = value.toFixed(1).split(".");
    return point(parts[0].replace(/\B(?=(\d{3})+$)/g, GAP) + "." + parts[1]);
  }

  function letters() {
    return GT.language === "vi" ? "BNĐT" : "NSEW";
  }

  function side(value, pair) {
    return pair.charAt(value < 0 ? 1 : 0);
  }

  // "X 2 001 234,5  Y 573 456,7": north first.
  GT.planeText = function (lat, lng) {
    var at = GT.plane().forward(lat, lng);
    return GT.word("map.grid_north") + " " + metres(at[1]) + "  " + GT.word("map.grid_east") + " " + metres(at[0]);
  };

  // The same as other programs read it.
  GT.planeCopy = function (lat, lng) {
    var at = GT.plane().forward(lat, lng);
    return GT.word("map.grid_north") + "=" + point(at[1].toFixed(1)) + " " +
      GT.word("map.grid_east") + "=" + point(at[0].toFixed(1));
  };

  GT.degreesText = function (lat, lng) {
    return point(Math.abs(lat).toFixed(6)) + "°" + side(lat, letters().slice(0, 2)) + "  " +
      point(Math.abs(lng).toFixed(6)) + "°" + side(lng, letters().slice(2));
  };

  function angle(value, pair) {
    var tenths = Math.round(Math.abs(value) * 36000);
    var seconds = (tenths % 600) / 10;
    var minutes = Math.floor(tenths / 600);
    return Math.floor(minutes / 60) + "°" + String(minutes % 60).padStart(2, "0") + "'" +
      point(seconds.toFixed(1).padStart(4, "0")) + "\"" + side(value, pair);
  }

  // 18°05'12,5"B 106°17'32,3"Đ
  GT.anglesText = function (lat, lng) {
    return angle(lat, letters().slice(0, 2)) + " " + angle(lng, letters().slice(2));
  };

  // Label of a measure, with its zone where the label repeats and its alignment where there are several.
  GT.labelText = function (axis, measure, decimals) {
    var label = GT.labelOn(axis, measure);
    return GT.chainage(label.chainage, decimals) +
      (label.repeats ? " (" + GT.phrase("map.chainage_zone", { zone: label.zone }) + ")" : "") +
      (GT.axes().length > 1 ? " " + axis.id : "");
  };

  // "Km561+240 T 35 m": the nearest axis within 2 km; "" without one, or beyond its ends.
  GT.chainageText = function (lat, lng) {
    var found = GT.nearestOn(GT.axes(), lat, lng);
    if (!found || found.offset > NEAR_M || (found.beyond && found.offset > ON_AXIS_M)) { return ""; }
    var label = GT.labelText(found.axis, found.measure, 0);
    if (found.offset < ON_AXIS_M || found.left === null) { return label; }
    return label + " " + GT.word(found.left ? "map.left_letter" : "map.right_letter") + " " +
      GT.number(found.offset, 0, GT.language) + " m";
  };
})(GT);
