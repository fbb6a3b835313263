import assert from "node:assert/strict";
import { test } from "node:test";
import { loadScripts } from "./load.mjs";

const GT = loadScripts("base.js", "work.js", "classes.js");

function cuts(values, method) {
  return GT.workNow(GT.classCuts(Float64Array.from(values), method));
}

function counts(values, method) {
  const found = GT.workNow(GT.classValues(Float64Array.from(values), cuts(values, method)));
  return found.ranges.map((range) => range.count);
}

test("five classes of equal counts", () => {
  const ten = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
  assert.deepEqual(cuts(ten, "quantiles"), [3, 5, 7, 9]);
  assert.deepEqual(counts(ten, "quantiles"), [2, 2, 2, 2, 2, 0]);
});

test("equal values are in one class", () => {
  const tied = [0, 0, 0, 0, 0, 0, 1, 2, 3, 4];
  assert.deepEqual(cuts(tied, "quantiles"), [1, 2, 3, 4]);
  assert.deepEqual(counts(tied, "quantiles"), [6, 1, 1, 1, 1, 0]);
});

test("few values give fewer classes, none gives none", () => {
  assert.deepEqual(counts([7, 7, 9], "quantiles"), [2, 1, 0]);
  assert.deepEqual(counts([7, 7], "intervals"), [2, 0]);
  assert.deepEqual(cuts([NaN, NaN], "quantiles"), []);
  assert.deepEqual(counts([NaN, 4, NaN], "quantiles"), [1, 2]);
});

test("equal intervals", () => {
  assert.deepEqual(cuts([0, 1, 2, 3, 100], "intervals"), [20, 40, 60, 80]);
  assert.deepEqual(counts([0, 1, 2, 3, 100], "intervals"), [4, 0, 0, 0, 1, 0]);
});

test("many numbers are sorted in slices", () => {
  const many = Array.from({ length: 70001 }, (_, i) => (i * 7919) % 70001);
  assert.deepEqual(counts(many, "quantiles").slice(0, 5).map((n) => Math.round(n / 14000)), [1, 1, 1, 1, 1]);
  assert.deepEqual(cuts(many, "quantiles"), [14000, 28000, 42001, 56001]);
});
