// Classes of numbers: at most five, by equal counts or equal widths, equal values in one class.
(function (GT) {
  var SLICE = 20000;
  var MOST = 5;

  // Numbers in ascending order, those that are none left out; a generator.
  function* sorted(values) {
    var runs = [];
    for (var at = 0; at < values.length; at += SLICE) {
      runs.push(values.slice(at, at + SLICE).filter(function (value) { return value === value; }).sort());
      yield;
    }
    while (runs.length > 1) {
      runs.push(yield* merged(runs.shift(), runs.shift()));
    }
    return runs.length ? runs[0] : new Float64Array(0);
  }

  function* merged(a, b) {
    var all = new Float64Array(a.length + b.length);
    for (var i = 0, j = 0; i + j < all.length;) {
      all[i + j] = j >= b.length || (i < a.length && a[i] <= b[j]) ? a[i++] : b[j++];
      if ((i + j) % SLICE === 0) { yield; }
    }
    return all;
  }

  // First places of the distinct values of sorted numbers; a generator.
  function* distinct(numbers) {
    var found = [];
    for (var i = 0; i < numbers.length; i += 1) {
      if (i === 0 || numbers[i] !== numbers[i - 1]) { found.push(i); }
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return found;
  }

  // Of the places where a class may begin the nearest to where it should, after the class before.
  function cutNear(firsts, wanted, after, left) {
    var best = after + 1;
    for (var k = after + 1; k <= firsts.length - left; k += 1) {
      if (Math.abs(firsts[k] - wanted) < Math.abs(firsts[best] - wanted)) { best = k; }
    }
    return best;
  }

  function quantiles(numbers, firsts, classes) {
    var cuts = [];
    var last = 0;
    for (var n = 1; n < classes; n += 1) {
      last = cutNear(firsts, n * numbers.length / classes, last, classes - n);
      cuts.push(numbers[firsts[last]]);
    }
    return cuts;
  }

  function intervals(numbers, firsts, classes) {
    var least = numbers[0];
    var width = (numbers[numbers.length - 1] - least) / classes;
    var cuts = [];
    for (var n = 1; n < classes; n += 1) { cuts.push(least + n * width); }
    return cuts;
  }

  // The least value of each class but the first: at most four, equal values in one class.
  GT.classCuts = function* (values, method) {
    var numbers = yield* sorted(values);
    var firsts = yield* distinct(numbers);
    var classes = Math.min(MOST, firsts.length);
    return (method === "intervals" ? intervals : quantiles)(numbers, firsts, classes);
  };

  GT.classPlace = function (cuts, value) {
    var place = 0;
    while (place < cuts.length && value >= cuts[place]) { place += 1; }
    return place;
  };

  // Class of each value, that after the last for none, with least and greatest value and number.
  GT.classValues = function* (values, cuts) {
    var none = cuts.length + 1;
    var found = { classOf: new Uint16Array(values.length), ranges: [] };
    for (var n = 0; n <= none; n += 1) { found.ranges.push({ least: Infinity, most: -Infinity, count: 0 }); }
    for (var i = 0; i < values.length; i += 1) {
      var value = values[i];
      var place = value === value ? GT.classPlace(cuts, value) : none;
      var range = found.ranges[place];
      found.classOf[i] = place;
      range.least = Math.min(range.least, value);
      range.most = Math.max(range.most, value);
      range.count += 1;
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return found;
  };
})(GT);
