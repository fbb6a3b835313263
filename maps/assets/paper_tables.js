// Tables on paper. Of what is wider than the paper the browser makes the whole page smaller, the map
// too, and its scale is wrong: such a table is printed smaller, or in several that share its first column.
(function (GT) {
  var MM = 96 / 25.4;
  // Room between the margins: upright as wide as the map, across what A4 and Letter both have.
  var ROOMS = { "gt-upright": 184 * MM, "gt-across": 250 * MM };
  // Smaller than this nobody reads a table; some browsers cannot make it smaller at all.
  var LEAST = CSS.supports("zoom", "0.6") ? 0.6 : 1;
  var WIDEST = 60 * MM;

  function total(widths) {
    return widths.reduce(function (sum, width) { return sum + width; }, 0);
  }

  // Widths of the columns that nothing can make narrower; where a word alone is longer, it is broken.
  function widthsOf(table) {
    return Array.from(table.rows[0].cells).map(function (cell, column) {
      var width = cell.getBoundingClientRect().width;
      if (width <= WIDEST) { return width; }
      Array.from(table.rows).forEach(function (row) {
        if (row.cells[column]) { row.cells[column].classList.add("gt-long-word"); }
      });
      return WIDEST;
    });
  }

  // Numbers of the columns beside the first, in as few groups of one size as can be read.
  function divide(widths, room) {
    var others = widths.map(function (width, column) { return column; }).slice(1);
    var groups = [others];
    function fits(group) {
      return widths[0] + total(group.map(function (column) { return widths[column]; })) <= room / LEAST;
    }
    for (var count = 2; !groups.every(fits) && count <= others.length; count += 1) {
      var size = Math.ceil(others.length / count);
      groups = [];
      for (var at = 0; at < others.length; at += size) { groups.push(others.slice(at, at + size)); }
    }
    return groups;
  }

  // A copy with the first column and those of a group, as small as the room asks for.
  function copyOf(table, widths, group, room) {
    var copy = table.cloneNode(true);
    Array.from(copy.rows).forEach(function (row) {
      if (row.cells.length !== widths.length) { return; }
      Array.from(row.cells).forEach(function (cell, column) {
        if (column && group.indexOf(column) < 0) { cell.remove(); }
      });
    });
    var width = widths[0] + total(group.map(function (column) { return widths[column]; }));
    if (width > room) { copy.style.zoom = String(Math.floor(1000 * room / width) / 1000); }
    return copy;
  }

  function spread(table, widths) {
    if (total(widths) <= ROOMS["gt-upright"]) { return; }
    table.parentNode.classList.add("gt-spread");
    Object.keys(ROOMS).forEach(function (name) {
      var box = GT.el("div", name);
      divide(widths, ROOMS[name]).forEach(function (group) {
        box.appendChild(copyOf(table, widths, group, ROOMS[name]));
      });
      table.parentNode.parentNode.insertBefore(box, table.parentNode.nextSibling);
    });
  }

  // Puts copies that fit beside each table too wide for the paper, for either way it may lie.
  GT.spreadTables = function () {
    GT.gatherTables();
    document.documentElement.classList.add("gt-measuring");
    var tables = Array.from(document.querySelectorAll(".gt-scroll > table")).filter(function (table) {
      return table.rows.length && table.getClientRects().length;
    });
    var widths = tables.map(widthsOf);
    document.documentElement.classList.remove("gt-measuring");
    tables.forEach(function (table, place) { spread(table, widths[place]); });
  };

  GT.gatherTables = function () {
    document.querySelectorAll(".gt-upright, .gt-across").forEach(function (box) { box.remove(); });
    ["gt-spread", "gt-long-word"].forEach(function (name) {
      document.querySelectorAll("." + name).forEach(function (one) { one.classList.remove(name); });
    });
  };
})(GT);
