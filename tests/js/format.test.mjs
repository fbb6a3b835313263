import assert from "node:assert/strict";
import { test } from "node:test";
import { loadScripts, readVectors } from "./load.mjs";

const GT = loadScripts("base.js", "format.js");
const vectors = readVectors("format_vectors.json");

test("numbers", () => {
  for (const { value, decimals, vi, en } of vectors.numbers) {
    assert.equal(GT.number(value, decimals, "vi"), vi);
    assert.equal(GT.number(value, decimals, "en"), en);
  }
});

test("chainages", () => {
  for (const { value, text } of vectors.chainages) { assert.equal(GT.chainage(value), text); }
});

test("shares", () => {
  for (const { value, vi, en } of vectors.shares) {
    assert.equal(GT.share(value, "vi"), vi);
    assert.equal(GT.share(value, "en"), en);
  }
});

test("dates", () => {
  for (const { value, vi, en } of vectors.dates) {
    assert.equal(GT.date(value, "vi"), vi);
    assert.equal(GT.date(value, "en"), en);
  }
});

test("plain numbers show the decimals they have", () => {
  for (const { value, vi, en } of vectors.plain) {
    assert.equal(GT.cell(value, { name: "voltage_kv", kind: "number" }, "vi"), vi);
    assert.equal(GT.cell(value, { name: "voltage_kv", kind: "number" }, "en"), en);
  }
});

test("a cell carries its unit, its words, or a dash", () => {
  GT.page = { values: { take_class: { full: { vi: "Toàn bộ", en: "In full" } } } };
  GT.language = "en";
  assert.equal(GT.cell(12.34, { name: "a", kind: "area_m2" }, "en"), "12.3 m²");
  assert.equal(GT.cell(null, { name: "a", kind: "area_m2" }, "en"), "–");
  assert.equal(GT.cell("full", { name: "take_class", kind: "value" }, "en"), "In full");
  assert.equal(GT.cell("full", { name: "other", kind: "value" }, "en"), "full");
  assert.equal(GT.cell("constructor", { name: "take_class", kind: "value" }, "en"), "constructor");
  assert.equal(GT.cell("__proto__", { name: "__proto__", kind: "value" }, "en"), "__proto__");
});
