// Totals. Every cell carries data-key (column) and data-value (the unrounded number).
(function (GT) {
  var LARGE_FIGURES = 6;
  var NARROW_COLUMNS = 4;
  var LONG = 60;

  function shown(cell) {
    return cell[GT.language === "vi" ? 1 : 2];
  }

  function fill(element, column, cell) {
    element.setAttribute("data-key", column.name);
    element.setAttribute("data-value", cell[0] === null ? "" : String(cell[0]));
    GT.onLanguage(function () { element.textContent = shown(cell); });
    return element;
  }

  // The first numbers are large; the rest, and what is text, fold away as plain lines.
  function figures(table) {
    var box = GT.el("div");
    var large = box.appendChild(GT.el("dl", "gt-figures"));
    var more = GT.el("details", "gt-more");
    var title = more.appendChild(GT.el("summary"));
    var lines = more.appendChild(GT.el("dl", "gt-lines"));
    GT.onLanguage(function () { title.textContent = GT.word("map.details"); });
    var numbers = table.columns.filter(function (column) { return column.number; });
    var first = numbers.slice(0, numbers.length <= LARGE_FIGURES + 2 ? numbers.length : LARGE_FIGURES);
    table.columns.forEach(function (column, index) {
      var isLarge = first.indexOf(column) >= 0;
      var item = GT.el("div", isLarge ? "gt-figure" : "gt-row");
      item.appendChild(GT.bind(GT.el("dt"), column.label));
      item.appendChild(fill(GT.el("dd"), column, table.rows[0][index]));
      (isLarge ? large : lines).appendChild(item);
    });
    if (lines.firstChild) { box.appendChild(more); }
    return box;
  }

  function tableRow(table, cells, isTotal) {
    var row = GT.el("tr", isTotal ? "gt-total" : "");
    cells.forEach(function (cell, index) {
      var element = GT.el(index === 0 ? "th" : "td", table.columns[index].number ? "gt-num" : "");
      if (index === 0) { element.scope = "row"; }
      row.appendChild(fill(element, table.columns[index], cell));
    });
    return row;
  }

  function grid(table) {
    var scroller = GT.el("div", "gt-scroll");
    scroller.tabIndex = 0;
    var element = GT.el("table");
    var head = GT.el("thead");
    var names = GT.el("tr");
    table.columns.forEach(function (column) {
      var cell = GT.bind(GT.el("th", column.number ? "gt-num" : ""), column.label);
      cell.scope = "col";
      names.appendChild(cell);
    });
    head.appendChild(names);
    element.appendChild(head);
    var body = GT.el("tbody");
    table.rows.forEach(function (cells, index) {
      body.appendChild(tableRow(table, cells, table.has_total && index === table.rows.length - 1));
    });
    element.appendChild(body);
    scroller.appendChild(element);
    return scroller;
  }

  // A table of one row and no total is read as a set of figures.
  function isFigures(table) {
    return table.rows.length === 1 && !table.has_total;
  }

  // A table too wide for the panel can be laid over the whole window.
  GT.expander = function (box) {
    var button = GT.el("button", "gt-expand");
    button.type = "button";
    box.classList.add("gt-expandable");
    function say() {
      var word = GT.word(box.classList.contains("gt-wide") ? "map.close" : "map.enlarge");
      button.textContent = word;
      button.setAttribute("aria-expanded", String(box.classList.contains("gt-wide")));
    }
    function toggle(wide) {
      box.classList.toggle("gt-wide", wide);
      GT.byId("gt-panel").classList.toggle("gt-has-wide", wide);
      say();
    }
    button.addEventListener("click", function () { toggle(!box.classList.contains("gt-wide")); });
    box.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && box.classList.contains("gt-wide")) { toggle(false); }
    });
    GT.onLanguage(say);
    return button;
  };

  // A long list is folded away under its number of rows and left out of the print.
  function folded(table) {
    var box = GT.el("details", "gt-more gt-long");
    var title = box.appendChild(GT.el("summary"));
    GT.onLanguage(function () {
      title.textContent = GT.word("map.rows") + ": " + GT.number(table.rows.length, 0, GT.language);
    });
    box.appendChild(grid(table));
    return box;
  }

  function section(table) {
    var box = GT.el("section", "gt-table");
    box.setAttribute("data-table", table.name);
    box.appendChild(GT.bind(GT.el("h3"), table.title));
    if (isFigures(table)) {
      box.appendChild(figures(table));
    } else {
      if (table.columns.length > NARROW_COLUMNS) { box.appendChild(GT.expander(box)); }
      box.appendChild(table.rows.length > LONG ? folded(table) : grid(table));
    }
    table.notes.forEach(function (note) { box.appendChild(GT.bind(GT.el("p", "gt-note"), note)); });
    return box;
  }

  GT.startTables = function () {
    GT.page.tables.forEach(function (table) {
      var room = GT.byId(isFigures(table) ? "gt-figures" : "gt-tables");
      room.appendChild(section(table));
      room.parentNode.hidden = false;
    });
  };
})(GT);
