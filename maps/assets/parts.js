// The pieces of a layer: its features, or their parts by place, so that what a filter leaves adds up.
(function (GT) {
  var SLICE = 20000;

  function* readRows(count, bytes) {
    var rows = new Uint32Array(count);
    if (!bytes) { return rows; }
    var reader = new GT.Varints(bytes);
    var row = 0;
    for (var i = 0; i < count; i += 1) {
      row += reader.next();
      rows[i] = row;
      if (i % SLICE === SLICE - 1) { yield; }
    }
    return rows;
  }

  // Promise of the columns of a layer, or of its parts, that are among the names.
  function readNamed(layer, names, parts) {
    var entries = (parts || layer.data).columns.filter(function (one) {
      return names.indexOf(one.name) >= 0;
    });
    return Promise.all(entries.map(function (one) {
      return parts
        ? GT.orUnread(GT.readColumn(layer.entry.block, layer.data, one, parts.count), layer, one.name)
        : GT.loadColumn(layer, one.name);
    })).then(function (columns) {
      return new Map(entries.map(function (one, place) { return [one.name, columns[place]]; }));
    });
  }

  function make(layer, rows, ofParts, ofFeatures) {
    function find(name) {
      if (ofParts.has(name)) { return { column: ofParts.get(name), rows: null }; }
      return ofFeatures.has(name) ? { column: ofFeatures.get(name), rows: rows } : null;
    }
    return {
      count: rows ? rows.length : layer.data.count,
      // Feature of each piece, ascending; null where the pieces are the features.
      rows: rows,
      // {words, code(i)} of a column of text by piece; null where there is none.
      codes: function (name) {
        var found = find(name);
        if (!found || found.column.type !== "text") { return null; }
        return {
          words: found.column.words,
          code: found.rows ? function (i) { return found.column.code(rows[i]); } : found.column.code
        };
      },
      // Numbers of a column by piece; null where there are none.
      numbers: function (name) {
        var found = find(name);
        return found && !found.rows && found.column.type === "number" ? found.column.values : null;
      }
    };
  }

  function read(layer) {
    var parts = layer.data.parts;
    var names = layer.entry.filters.concat(layer.entry.sums);
    var whole = readNamed(layer, names, null);
    if (!parts) {
      return whole.then(function (columns) { return make(layer, null, new Map(), columns); });
    }
    var rows = GT.readStream(layer.entry.block, layer.data, "p.row").then(function (bytes) {
      return GT.work(readRows(parts.count, bytes));
    }).catch(function () { GT.broken(layer.entry.title); });
    return Promise.all([rows, readNamed(layer, names, parts), whole]).then(function (found) {
      return found[0] ? make(layer, found[0], found[1], found[2]) : make(layer, null, new Map(), found[2]);
    });
  }

  // Promise of the pieces of a layer with the columns it is filtered by and adds up, read once. Where
  // its parts cannot be read its features stand undivided.
  GT.loadPieces = function (layer) {
    if (!layer.piecesRead) {
      layer.piecesRead = read(layer).then(function (pieces) {
        layer.pieces = pieces;
        return pieces;
      });
    }
    return layer.piecesRead;
  };

  // {name, label, kind} of a column of a layer or of its parts.
  GT.columnOf = function (layer, name) {
    function named(one) { return one.name === name; }
    return layer.entry.columns.find(named) || layer.entry.part_columns.find(named);
  };
})(GT);
