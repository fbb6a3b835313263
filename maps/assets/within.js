// What the table of gathered features says of them: under a filter only of the parts that pass it.
(function (GT) {
  // Piece of the pieces' rows at which the pieces of feature i begin.
  function firstPiece(rows, i) {
    var low = 0;
    var high = rows.length;
    while (low < high) {
      var middle = (low + high) >> 1;
      if (rows[middle] < i) { low = middle + 1; } else { high = middle; }
    }
    return low;
  }

  // Calls visit(value) for each piece of feature i that the filter leaves.
  function eachPassing(layer, numbers, i, visit) {
    var rows = layer.pieces.rows;
    for (var n = rows ? firstPiece(rows, i) : i; n < layer.pieces.count && (rows ? rows[n] : n) === i; n += 1) {
      if (layer.sieve.pieces[n]) { visit(numbers[n]); }
    }
  }

  // Numbers by piece of a column that a filter divides; null where it is given as it is.
  function divided(layer, name) {
    return layer.sieve && layer.entry.sums.indexOf(name) >= 0 ? layer.pieces.numbers(name) : null;
  }

  function labelled(layer, column) {
    if (!divided(layer, column.name)) { return column; }
    function say(language) { return column.label[language] + " – " + GT.page.words["map.within_filter"][language]; }
    return Object.assign({}, column, { label: { vi: say("vi"), en: say("en") } });
  }

  // Columns of the table, the one that names the feature first.
  GT.gatheredColumns = function (layer) {
    var title = layer.entry.title_column;
    return layer.entry.columns.filter(function (one) { return one.name === title; })
      .concat(layer.entry.columns.filter(function (one) { return one.name !== title; }))
      .map(function (column) { return labelled(layer, column); });
  };

  // Value of a column of feature i; of a column that adds up what its parts within the filter have.
  GT.gatheredValue = function (layer, name, i) {
    var numbers = divided(layer, name);
    if (!numbers) { return layer.columns.get(name).at(i); }
    var sum = new GT.Sum();
    var known = false;
    eachPassing(layer, numbers, i, function (value) {
      known = known || value === value;
      sum.add(value);
    });
    return known ? sum.total() : null;
  };

  // Sum of a column over features; null where it does not add up, or a filter divides the features
  // but not the column.
  GT.gatheredTotal = function (layer, name, indexes) {
    var values = layer.columns.get(name).values;
    var numbers = divided(layer, name);
    if (layer.entry.sums.indexOf(name) < 0 || !values || (layer.sieve && !numbers)) { return null; }
    var sum = new GT.Sum();
    indexes.forEach(function (i) {
      if (numbers) {
        eachPassing(layer, numbers, i, function (value) { sum.add(value); });
      } else {
        sum.add(values[i]);
      }
    });
    return sum.total();
  };
})(GT);
