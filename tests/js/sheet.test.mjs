import assert from "node:assert/strict";
import { test } from "node:test";
import { loadScripts, readVectors } from "./load.mjs";

const GT = loadScripts("base.js", "format.js", "sheet.js");
GT.page = { values: { land_type: { LUA: { vi: "Lúa", en: "Rice" } } }, words: {} };

const column = (name, kind) => ({ name, kind, label: { vi: "Cột " + name, en: "Column " + name } });
const COLUMNS = [column("parcel_id", "text"), column("area", "area_m2"), column("moved_date", "date"),
  column("chainage_m", "chainage"), column("taken_share", "share"), column("land_type", "value")];
const ROW = ["2-15", 1234.5, "2024-03-09", 561240, 0.25, "LUA"];

function texts(language, rows) {
  GT.language = language;
  return GT.spreadsheet(COLUMNS, rows, language).map((row) => row.map((cell) => cell.text));
}

test("numbers, dates and words are those of the language", () => {
  assert.deepEqual(texts("vi", [ROW])[1], ["2-15", "1234,5", "09/03/2024", "Km561+240.00", "0,25", "Lúa"]);
  assert.deepEqual(texts("en", [ROW])[1], ["2-15", "1234.5", "2024-03-09", "Km561+240.00", "0.25", "Rice"]);
  assert.deepEqual(texts("en", [])[0], COLUMNS.map((one) => one.label.en));
});

test("no text makes a formula, and none is marked that makes none", () => {
  for (const [text, safe] of readVectors("formula_vectors.json")) {
    assert.equal(texts("en", [[text, null, null, null, null, null]])[1][0], safe, JSON.stringify(text));
  }
});

test("a negative number stays a number", () => {
  assert.equal(texts("vi", [["a", -0.5, null, null, null, null]])[1][1], "-0,5");
});

test("breaks and tabs make no new cells", () => {
  const sheet = GT.spreadsheet(COLUMNS.slice(0, 1), [["a\tb\r\nc"], ['"x']], "en");
  assert.equal(GT.tabbed(sheet), 'Column parcel_id\r\na b c\r\n"""x"\r\n');
});

test("the separator of the file is quoted, with a mark of UTF-8 before", () => {
  const sheet = GT.spreadsheet(COLUMNS.slice(0, 1), [["a;b,c"]], "vi");
  assert.equal(GT.csv(sheet, "vi"), '\ufeffCột parcel_id\r\n"a;b,c"\r\n');
  assert.equal(GT.csv([[{ text: "1,5", number: true }]], "vi"), "\ufeff1,5\r\n");
  assert.equal(GT.csv([[{ text: "1,5", number: false }]], "en"), '\ufeff"1,5"\r\n');
});

test("markup is text in the table of the clipboard", () => {
  const sheet = GT.spreadsheet(COLUMNS.slice(0, 2), [["<img src=x onerror=alert(1)>", 1]], "en");
  const found = GT.markedUp(sheet);
  assert.ok(!found.includes("<img"));
  assert.ok(found.includes("&lt;img"));
  assert.ok(found.endsWith("<td>1</td></tr></table>"));
});

test("no formula is made behind blanks or at the other separator", () => {
  const columns = [{ name: "note", label: { vi: "n", en: "n" }, kind: "text" }];
  for (const text of [" =1+1", "\u00a0=1+1", "\u200b@x", "\u000b-A1", "\u202e+1"]) {
    const sheet = GT.spreadsheet(columns, [[text]], "en");
    assert.equal(sheet[1][0].text.charAt(0), "'", JSON.stringify(text));
  }
  assert.equal(GT.csv([[{ text: "note;=1+1", number: false }]], "en"), '\ufeff"note;=1+1"\r\n');
  assert.equal(GT.csv([[{ text: "note,=1+1", number: false }]], "vi"), '\ufeff"note,=1+1"\r\n');
});
