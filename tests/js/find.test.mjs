import assert from "node:assert/strict";
import { test } from "node:test";
import { loadScripts } from "./load.mjs";

const GT = loadScripts("base.js", "format.js", "work.js", "columns.js", "layers.js", "fold.js", "ask.js", "find.js");
GT.language = "vi";

function textColumn(values) {
  const distinct = [...new Set(values.filter((value) => value !== null))];
  const starts = new Uint32Array(distinct.length + 1);
  distinct.forEach((word, n) => { starts[n + 1] = starts[n] + word.length + 1; });
  const words = { text: distinct.join("\0"), starts, count: distinct.length };
  const code = (i) => (values[i] === null ? -1 : distinct.indexOf(values[i]));
  return { type: "text", words, code, at: (i) => values[i] };
}

function numberColumn(values, type) {
  const numbers = Float64Array.from(values, (value) => (value === null ? NaN : value));
  return { type, values: numbers, at: (i) => values[i] };
}

function layer(name, title, columns, visible = true) {
  const entries = Object.entries(columns).map(([key, [kind]]) => ({ name: key, kind, label: { vi: key, en: key } }));
  const made = new Map(Object.entries(columns).map(([key, [kind, values]]) =>
    [key, kind === "text" || kind === "value" ? textColumn(values) : numberColumn(values, kind === "date" ? "date" : "number")]));
  const count = Object.values(columns)[0][1].length;
  return {
    entry: { name, title: { vi: name, en: name }, title_column: title, columns: entries },
    data: { count, columns: [] }, visible, columns: made, reading: new Map(), shown: []
  };
}

GT.page = { values: { land_type: { LUC: { vi: "Đất chuyên trồng lúa", en: "Paddy" } } } };
GT.layers = [
  layer("communes", "commune_name", { commune_name: ["text", ["Kỳ Anh", "Ky Anh cu", "Xã Kỳ Ánh", "Đồng Lạc"]] }, false),
  layer("parcels", "parcel_id", {
    parcel_id: ["text", ["12-345", "112-3451", "345-12", "7", "012-0345"]],
    sheet_no: ["text", ["12", "112", "345", "12", "012"]],
    parcel_no: ["number", [345, 3451, 12, 346, 345]],
    land_type: ["value", ["LUC", "CLN", "LUC", null, "CLN"]],
    remark: ["text", ["", "", "", "to 12 thua 345 khac", ""]],
    holder: ["text", ["Trần Thị Đào", "Tran Van B", null, "Trần Thị Đào", "12/QĐ-UBND"]],
    moved: ["date", [19000, 19001, null, 19030, 19365]],
    area: ["area_m2", [135.37, 20, 30.5, 40, 345]]
  })
];

async function titles(typed, limit) {
  const { results } = await GT.findText(typed, limit);
  return results.map((one) => one.title);
}

test("without accents finds with accents, in any form and case", async () => {
  for (const typed of ["ky anh", "KY ANH", "  ky   anh "]) {
    assert.deepEqual(await titles(typed), ["Kỳ Anh", "Ky Anh cu", "Xã Kỳ Ánh"]);
  }
  assert.deepEqual(await titles("dong lac"), ["Đồng Lạc"]);
  assert.deepEqual(await titles("Đồng Lạc".normalize("NFD")), ["Đồng Lạc"]);
});

test("typed accents come first, the others still show", async () => {
  assert.deepEqual(await titles("kỳ ánh"), ["Xã Kỳ Ánh", "Kỳ Anh", "Ky Anh cu"]);
  assert.deepEqual((await titles("trần thị"))[0], "7");
});

test("all words must occur in the feature, in whichever column", async () => {
  assert.deepEqual(await titles("dao 12-345"), ["12-345"]);
  assert.deepEqual((await titles("tran luc")), ["12-345"]);
  assert.deepEqual(await titles("tran mars"), []);
});

test("the words of a code are found in both languages", async () => {
  assert.deepEqual((await titles("trong lua")).sort(), ["12-345", "345-12"]);
  assert.deepEqual((await titles("paddy")).sort(), ["12-345", "345-12"]);
});

test("sheet and parcel as people write them", async () => {
  for (const typed of ["tờ 12 thửa 345", "Tờ bản đồ số 12, thửa đất số 345", "thua 345 to 12", "12/345", "sheet 12 parcel 345", "tờ 012, thửa 0345"]) {
    assert.deepEqual((await titles(typed)).sort(), ["012-0345", "12-345"], typed);
  }
  assert.deepEqual((await titles("12-345")).slice(0, 2).sort(), ["012-0345", "12-345"]);
});

test("dates, months and numbers as typed", async () => {
  assert.deepEqual(await titles("2022-01-08"), ["12-345"]);
  assert.deepEqual(await titles("8/1/2022"), ["12-345"]);
  assert.deepEqual((await titles("01/2022")).sort(), ["112-3451", "12-345"]);
  assert.deepEqual(await titles("135,4"), ["12-345"]);
  assert.deepEqual(await titles("12/QĐ-UBND"), ["012-0345"]);
});

test("what is not the title says where it was found; all hits are counted", async () => {
  const { results, count } = await GT.findText("tran", 1);
  assert.equal(count, 3);
  assert.equal(results.length, 1);
  assert.match(results[0].where, /^holder: Tr/);
  assert.deepEqual(await GT.findText("   "), { results: [], count: 0 });
});

test("a search that is no longer wanted ends with null", async () => {
  assert.equal(await GT.findText("ky", 5, () => true), null);
});

test("hostile text is text", async () => {
  for (const typed of ["<img", "{{ }}", "${1}", ".*", "\\", "(", "[a", "__proto__", "\0"]) {
    assert.deepEqual(await titles(typed), [], typed);
  }
});

test("a parcel or a sheet alone, the number before what only holds it", async () => {
  for (const typed of ["thửa 345", "thua 345", "Thửa đất số 0345", "parcel 345"]) {
    assert.deepEqual((await titles(typed)).slice(0, 2).sort(), ["012-0345", "12-345"], typed);
  }
  for (const typed of ["tờ 12", "tờ bản đồ số 012", "sheet 12"]) {
    assert.deepEqual((await titles(typed)).slice(0, 3).sort(), ["012-0345", "12-345", "7"], typed);
  }
  assert.deepEqual(await titles("thửa 3451"), ["112-3451"]);
  assert.equal(GT.readQuery("tổ 12").pair, null);
  assert.equal(GT.readQuery("thửa").pair, null);
});
