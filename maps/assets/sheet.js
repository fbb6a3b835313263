// Rows as text for a spreadsheet: numbers and dates as it reads them in a language, no formula made.
(function (GT) {
  // What a spreadsheet takes for a formula, also after blanks no eye sees: as geotool/plain_text.py.
  var FORMULA = new RegExp("^[\\u0000-\\u0020\\u007f-\\u00a0\\u00ad\\u061c\\u115f\\u1160\\u1680\\u180e" +
    "\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u2069\\u3000\\u3164\\ufeff']*[=+\\-@\\uff1d\\uff0b\\uff0d\\uff20]");
  var NUMBER = /^[+-]?[0-9][0-9.,]*(?:[eE][+-]?[0-9]+)?$/;
  var MARKUP = { "&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;" };

  // {text, number} of a value: a number plain, with the decimal mark of the language.
  function cellOf(value, column, language) {
    if (value === null || value === undefined) { return { text: "", number: false }; }
    if (typeof value === "number" && column.kind !== "chainage") {
      var plain = String(Number(value.toFixed(6)));
      return { text: language === "vi" ? plain.replace(".", ",") : plain, number: true };
    }
    var text = GT.cell(value, column, language).replace(/[\t\r\n\u2028\u2029]+/g, " ");
    return { text: FORMULA.test(text) && !NUMBER.test(text) ? "'" + text : text, number: false };
  }

  // Rows of cells, the labels first. Columns are {name, label, kind}, rows lists of values.
  GT.spreadsheet = function (columns, rows, language) {
    var head = columns.map(function (column) {
      return cellOf(column.label[language], { name: "", kind: "text" }, language);
    });
    return [head].concat(rows.map(function (row) {
      return row.map(function (value, place) { return cellOf(value, columns[place], language); });
    }));
  };

  function joined(sheet, separator, quoted) {
    return sheet.map(function (row) {
      return row.map(function (cell) {
        return quoted(cell) ? "\"" + cell.text.replace(/"/g, "\"\"") + "\"" : cell.text;
      }).join(separator);
    }).join("\r\n") + "\r\n";
  }

  GT.tabbed = function (sheet) {
    return joined(sheet, "\t", function (cell) { return cell.text.charAt(0) === "\""; });
  };

  // Where the comma is the decimal mark, the semicolon divides. Texts with either are quoted: the
  // reader's spreadsheet may divide at the other one.
  GT.csv = function (sheet, language) {
    var separator = language === "vi" ? ";" : ",";
    return "\ufeff" + joined(sheet, separator, function (cell) {
      return (cell.number ? cell.text.indexOf(separator) >= 0 : /[",;]/.test(cell.text));
    });
  };

  // The same as a table whose texts stay texts: a spreadsheet takes "2-15" for a date otherwise.
  GT.markedUp = function (sheet) {
    return "<table>" + sheet.map(function (row) {
      return "<tr>" + row.map(function (cell) {
        var text = cell.text.replace(/[&<>"]/g, function (one) { return MARKUP[one]; });
        return (cell.number ? "<td>" : "<td style=\"mso-number-format:'\\@'\">") + text + "</td>";
      }).join("") + "</tr>";
    }).join("") + "</table>";
  };

  // Whether the page could answer its own copying: the way that works for a file and takes a table
  // as it is.
  function copyByCommand(text, html) {
    function answer(event) {
      event.clipboardData.setData("text/plain", text);
      event.clipboardData.setData("text/html", html);
      event.preventDefault();
    }
    var area = document.body.appendChild(/** @type {HTMLTextAreaElement} */ (GT.el("textarea", "gt-hidden")));
    var before = /** @type {HTMLElement} */ (document.activeElement);
    area.value = " ";
    area.select();
    document.addEventListener("copy", answer, true);
    var done = document.execCommand("copy");
    document.removeEventListener("copy", answer, true);
    area.remove();
    before.focus({ preventScroll: true });
    return done;
  }

  // Promise that a table is on the clipboard, as text and, where the browser lets it, as a table.
  GT.copySheet = function (sheet) {
    var text = GT.tabbed(sheet);
    if (copyByCommand(text, GT.markedUp(sheet))) { return Promise.resolve(); }
    if (!navigator.clipboard) { return Promise.reject(new Error("the browser refused to copy")); }
    return navigator.clipboard.writeText(text);
  };

  GT.saveText = function (name, text, type) {
    var link = /** @type {HTMLAnchorElement} */ (GT.el("a"));
    var address = URL.createObjectURL(new Blob([text], { type: type }));
    link.href = address;
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(address); }, 10000);
  };
})(GT);
