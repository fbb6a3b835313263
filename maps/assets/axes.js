// Walking the alignments: the place of a measure, the measure of a place, and what label stands there.
// A measure is a length along the axis, a chainage a label (geotool.route.stationing).
(function (GT) {
  var UNITS_PER_DEGREE = 10000000;
  var HALF_PRINTED = 0.005;
  var SAME_PLACE = 1e-6;

  // Stations [[measure, chainage, zone] ...] as zones in which labels rise without a break.
  function zonesOf(stations) {
    var zones = [];
    stations.forEach(function (one) {
      var last = zones[zones.length - 1];
      if (!last || last.number !== one[2]) {
        last = { number: one[2], measures: [], chainages: [] };
        zones.push(last);
      }
      last.measures.push(one[0]);
      last.chainages.push(one[1]);
    });
    return zones;
  }

  // An alignment of the page in a plane (GT.makePlane).
  GT.makeAxis = function (entry, plane) {
    var count = entry.xy.length;
    var axis = {
      id: entry.alignment_id, plane: plane, zones: zonesOf(entry.stations), measures: entry.measures,
      x: new Float64Array(count), y: new Float64Array(count)
    };
    entry.xy.forEach(function (pair, i) {
      var at = plane.forward(pair[1] / UNITS_PER_DEGREE, pair[0] / UNITS_PER_DEGREE);
      axis.x[i] = at[0];
      axis.y[i] = at[1];
    });
    return axis;
  };

  var made = null;

  // The alignments of the page.
  GT.axes = function () {
    made = made || (GT.page.axes || []).map(function (entry) { return GT.makeAxis(entry, GT.plane()); });
    return made;
  };

  // Index of the last knot not above a value, such that another follows it.
  function knotBelow(knots, value) {
    var low = 0;
    var high = knots.length - 1;
    while (high - low > 1) {
      var middle = (low + high) >> 1;
      if (knots[middle] <= value) { low = middle; } else { high = middle; }
    }
    return low;
  }

  // Linear between knots, beyond the ends metre by metre.
  function carry(value, known, wanted) {
    var last = known.length - 1;
    var inside = Math.min(Math.max(value, known[0]), known[last]);
    if (inside === known[last]) { return wanted[last] + value - inside; }
    var k = knotBelow(known, inside);
    var scale = (wanted[k + 1] - wanted[k]) / (known[k + 1] - known[k]);
    return wanted[k] + (inside - known[k]) * scale + value - inside;
  }

  // [lat, lng] of a measure of an axis.
  GT.pointOn = function (axis, measure) {
    var knots = axis.measures;
    var k = knotBelow(knots, measure);
    var share = Math.min(1, Math.max(0, (measure - knots[k]) / (knots[k + 1] - knots[k])));
    return axis.plane.inverse(
      axis.x[k] + share * (axis.x[k + 1] - axis.x[k]), axis.y[k] + share * (axis.y[k + 1] - axis.y[k]));
  };

  // Direction of segment k, of length 1.
  function along(axis, k) {
    var dx = axis.x[k + 1] - axis.x[k];
    var dy = axis.y[k + 1] - axis.y[k];
    var size = Math.hypot(dx, dy) || 1;
    return [dx / size, dy / size];
  }

  // At a corner the bisector says what is left and right.
  function direction(axis, k, share) {
    var own = along(axis, k);
    var other = share <= 0 && k > 0 ? along(axis, k - 1)
      : share >= 1 && k < axis.x.length - 2 ? along(axis, k + 1) : [0, 0];
    return [own[0] + other[0], own[1] + other[1]];
  }

  // {axis, measure, offset, left, beyond} of the nearest place of an axis to a point of its plane;
  // left is true, false, or null on the axis itself; beyond, whether the point lies off an end.
  function nearest(axis, x, y) {
    var least = Infinity;
    var at = 0;
    var share = 0;
    for (var k = 0; k < axis.x.length - 1; k += 1) {
      var dx = axis.x[k + 1] - axis.x[k];
      var dy = axis.y[k + 1] - axis.y[k];
      var raw = ((x - axis.x[k]) * dx + (y - axis.y[k]) * dy) / (dx * dx + dy * dy || 1);
      var own = Math.min(1, Math.max(0, raw));
      var away = Math.hypot(x - axis.x[k] - own * dx, y - axis.y[k] - own * dy);
      if (away < least) {
        least = away;
        at = k;
        share = raw;
      }
    }
    var inside = Math.min(1, Math.max(0, share));
    var ahead = direction(axis, at, share);
    var footX = axis.x[at] + inside * (axis.x[at + 1] - axis.x[at]);
    var footY = axis.y[at] + inside * (axis.y[at + 1] - axis.y[at]);
    var lateral = ahead[0] * (y - footY) - ahead[1] * (x - footX);
    return {
      axis: axis,
      measure: axis.measures[at] + inside * (axis.measures[at + 1] - axis.measures[at]),
      offset: least,
      left: lateral === 0 ? null : lateral > 0,
      beyond: (at === 0 && share < 0) || (at === axis.x.length - 2 && share > 1)
    };
  }

  // The same over several axes of one plane; null without any. Equal distances go to the first.
  GT.nearestOn = function (axes, lat, lng) {
    if (!axes.length) { return null; }
    var at = axes[0].plane.forward(lat, lng);
    return axes.map(function (axis) { return nearest(axis, at[0], at[1]); })
      .reduce(function (best, one) { return one.offset < best.offset ? one : best; });
  };

  // {chainage, zone, repeats} of a measure; at an equation the label ahead.
  GT.labelOn = function (axis, measure) {
    var zone = axis.zones[0];
    axis.zones.forEach(function (one) { if (one.measures[0] <= measure) { zone = one; } });
    var chainage = carry(measure, zone.measures, zone.chainages);
    var repeats = GT.measuresOn(axis, chainage).some(function (place) {
      return place.zone !== zone.number && Math.abs(place.measure - measure) > SAME_PLACE;
    });
    return { chainage: chainage, zone: zone.number, repeats: repeats };
  };

  // Every place {zone, measure} of a label: none in a gap, several where labels repeat. A label
  // that prints like that of an end means the end.
  GT.measuresOn = function (axis, chainage) {
    var places = [];
    axis.zones.forEach(function (zone) {
      var last = zone.chainages.length - 1;
      if (chainage < zone.chainages[0] - HALF_PRINTED || chainage > zone.chainages[last] + HALF_PRINTED) { return; }
      var inside = Math.min(Math.max(chainage, zone.chainages[0]), zone.chainages[last]);
      var measure = carry(inside, zone.chainages, zone.measures);
      var before = places[places.length - 1];
      if (!before || measure - before.measure > SAME_PLACE) {
        places.push({ zone: zone.number, measure: measure });
      }
    });
    return places;
  };

  // The labels of an axis as ranges [[first, last] ...], one a zone.
  GT.rangesOf = function (axis) {
    return axis.zones.map(function (zone) {
      return [zone.chainages[0], zone.chainages[zone.chainages.length - 1]];
    });
  };

  // A text as the chainages in metres it can mean; empty when it is none. A bare number is metres
  // or kilometres: which of them is a place on the axis tells, or the reader.
  GT.readChainage = function (text) {
    var plain = text.normalize("NFKC").trim().toLowerCase().replace(/\u2212/g, "-").replace(/\s*\([tplr]\)$/, "");
    var found = /^(-?)\s*(?:km?\s*)?(\d{1,6})\s*\+\s*(\d{1,6}(?:[.,]\d+)?)\s*m?$/.exec(plain);
    if (found) {
      return [(found[1] ? -1 : 1) * (1000 * Number(found[2]) + Number(found[3].replace(",", ".")))];
    }
    found = /^(-?)\s*(km?)?\s*(\d{1,9}(?:[.,]\d+)?)\s*(km|m)?$/.exec(plain);
    if (!found || (found[2] && found[4] === "m")) { return []; }
    var number = (found[1] ? -1 : 1) * Number(found[3].replace(",", "."));
    if (found[2] || found[4] === "km") { return [1000 * number]; }
    return found[4] === "m" ? [number] : [number, 1000 * number];
  };
})(GT);
