import assert from "node:assert/strict";
import { test } from "node:test";
import { loadScripts, readVectors } from "./load.mjs";

const GT = loadScripts("base.js", "decode.js");

for (const vector of readVectors("layer_vectors.json")) {
  test(`decodes ${vector.name}`, () => {
    const layer = GT.decodeLayer(vector.block);
    assert.equal(layer.count, vector.block.count);
    assert.deepEqual(layer.shapes, vector.shapes);
    assert.deepEqual(Object.fromEntries(layer.columns), vector.values);
  });
}

test("refuses another format", () => {
  assert.throws(() => GT.decodeLayer({ format: "geotool-layer-0" }), /unknown layer format/);
});

test("a column called __proto__ is a column", () => {
  const block = { format: "geotool-layer-1", count: 1, shape: [1, 1], xy: [0, 0],
    columns: [{ name: "__proto__", words: ["x"], codes: [0] }] };
  assert.deepEqual(GT.decodeLayer(block).columns.get("__proto__"), ["x"]);
});
