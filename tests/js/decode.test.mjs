// The golden vectors of maps/FORMAT.md, read as the page reads them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { loadScripts, readVectors } from "./load.mjs";

const GT = loadScripts("base.js", "work.js", "inflate.js", "decode.js", "columns.js", "index.js", "places.js");
const SHAPES = ["kinds", "parts", "rings", "lengths", "references", "x", "y"];

function plainStreams(vector, inflate) {
  const data = Buffer.from(vector.data, "base64");
  return Object.fromEntries(Object.entries(vector.entry.streams).map(([name, [first, size, plain]]) =>
    [name, inflate(data.subarray(first, first + size), plain)]));
}

function decode(vector, streams) {
  const own = Object.fromEntries(SHAPES.map((name) => [name, streams[name] || null]));
  return GT.workNow(GT.decodeShapes(vector.entry, own));
}

// [kind, parts] of each feature in steps, as the vectors state them.
function nested(shape, count) {
  const vertex = (v) => [shape.xy[2 * v], shape.xy[2 * v + 1]];
  const range = (from, to) => Array.from({ length: to - from }, (_, n) => from + n);
  const run = (r) => range(shape.vertices[r], shape.vertices[r + 1]).map(vertex);
  return range(0, count).map((i) => {
    const kind = shape.kinds[i];
    return [kind, range(shape.parts[i], shape.parts[i + 1]).map((part) => {
      const runs = range(shape.runs[part], shape.runs[part + 1]).map(run);
      return kind === 3 ? runs : kind === 2 ? runs[0] : runs[0][0];
    })];
  });
}

function cells(entry, count, streams) {
  const own = {};
  for (const kind of ["words", "codes", "values"]) { own[kind] = streams[`${entry.place}.${kind}`] || null; }
  const column = GT.workNow(GT.decodeColumn(entry, count, own));
  return Array.from({ length: count }, (_, i) => column.at(i));
}

const WAYS = {
  "its own inflater": (bytes, size) => GT.workNow(GT.inflate(bytes, size)),
  "zlib": (bytes) => new Uint8Array(inflateSync(bytes))
};

for (const vector of readVectors("layer_vectors.json")) {
  for (const [way, inflate] of Object.entries(WAYS)) {
    test(`decodes ${vector.name}, with ${way}`, () => {
      const streams = plainStreams(vector, inflate);
      const shape = decode(vector, streams);
      assert.deepEqual(nested(shape, vector.entry.count), vector.shapes);
      assert.equal(shape.vertices.length, vector.entry.runs + 1);
      for (const entry of vector.entry.columns) {
        assert.deepEqual(cells(entry, vector.entry.count, streams), vector.values[entry.name]);
      }
      if (vector.entry.parts) {
        const { count, columns } = vector.entry.parts;
        const rows = [...GT.workNow(GT.fillVarints(new Uint32Array(count), streams["p.row"]))];
        let row = 0;
        assert.deepEqual(rows.map((more) => { row += more; return row; }), vector.part_values.row);
        for (const entry of columns) {
          assert.deepEqual(cells(entry, count, streams), vector.part_values[entry.name]);
        }
      }
    });
  }

  test(`places ${vector.name} and gives every feature its box`, () => {
    const shape = decode(vector, plainStreams(vector, WAYS.zlib));
    const layer = { data: vector.entry, shape, index: GT.workNow(GT.indexShapes(shape, vector.entry.count)) };
    vector.shapes.forEach(([kind, parts], i) => {
      const placed = GT.shapeOf(layer, i);
      assert.equal(placed.kind, ["", "point", "line", "polygon"][kind]);
      const steps = parts.flat(kind === 3 ? 2 : kind === 2 ? 1 : 0);
      const places = placed.parts.flat(kind === 3 ? 2 : kind === 2 ? 1 : 0);
      assert.equal(places.length, steps.length);
      places.forEach((latlng, n) => {
        GT.toSteps(layer.data, ...latlng).forEach((value, axis) => {
          assert.ok(Math.abs(value - steps[n][axis]) < 1e-3);
        });
      });
      const xs = steps.map((pair) => pair[0]);
      const ys = steps.map((pair) => pair[1]);
      assert.deepEqual([...layer.index.boxes.slice(4 * i, 4 * i + 4)],
        [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)]);
    });
  });
}

test("refuses another format", () => {
  assert.throws(() => GT.workNow(GT.decodeShapes({ format: "geotool-layer-1" }, {})), /unknown layer format/);
});

test("a column gives codes and numbers as well as cells", () => {
  const text = GT.workNow(GT.decodeColumn({ type: "text", words: 2 }, 3,
    { words: Buffer.from("a\0b"), codes: Uint8Array.of(2, 0, 1) }));
  assert.deepEqual([0, 1, 2].map(text.code), [1, -1, 0]);
  assert.deepEqual([0, 1].map((code) => GT.wordOf(text.words, code)), ["a", "b"]);
  const numbers = GT.workNow(GT.decodeColumn({ type: "number", decimals: 1 }, 3, { values: Uint8Array.of(0, 1, 4) }));
  assert.deepEqual([...numbers.values], [NaN, 0, -0.2]);
});
