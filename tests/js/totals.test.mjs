import assert from "node:assert/strict";
import { test } from "node:test";
import { loadScripts } from "./load.mjs";

const GT = loadScripts("base.js", "totals.js");

test("a hundred thousand tenths are ten thousand", () => {
  const sum = new GT.Sum();
  for (let i = 0; i < 100000; i += 1) { sum.add(0.1); }
  assert.equal(sum.total(), 10000);
});

test("what is taken back leaves nothing behind", () => {
  const sum = new GT.Sum();
  [1e15, 0.25, -1e15, NaN].forEach((value) => sum.add(value));
  assert.equal(sum.total(), 0.25);
});

test("a feature counts where any pane shows it", () => {
  assert.deepEqual([...GT.shownAnywhere([Uint8Array.of(1, 0, 0), Uint8Array.of(0, 0, 1)])], [1, 0, 1]);
  assert.equal(GT.shownAnywhere([Uint8Array.of(1, 0), null]), null);
});

function layerOf(name, visible, more) {
  return { visible, entry: { name, background: false, sums: [], count: 1, ...more }, data: { parts: null } };
}

test("the main layer is the one said to be, else one shown on top of the background", () => {
  const communes = layerOf("communes", true, { background: true, sums: ["area"], count: 9 });
  const graves = layerOf("graves", true, { count: 5 });
  const take = layerOf("take", true, { sums: ["area"] });
  const hidden = layerOf("hidden", false, { sums: ["area"], count: 99 });
  const said = layerOf("said", false, { main: true });
  assert.equal(GT.mainLayer([communes, hidden, take, graves]), take);
  assert.equal(GT.mainLayer([communes, hidden, graves]), graves);
  assert.equal(GT.mainLayer([said, communes, take]), said);
  assert.equal(GT.mainLayer([]), null);
});
