import assert from "node:assert/strict";
import { test } from "node:test";
import { loadWith } from "./load.mjs";

const WIDTH = 60;
const HEIGHT = 40;
const STEPS = 1000; // of a pixel

class ImageData {
  constructor(width, height) { this.data = new Uint8ClampedArray(4 * width * height); }
}

const GT = loadWith({ ImageData }, "base.js", "work.js", "index.js", "dots.js");

// Features of parts of rings of [x, y] in pixels, y downwards, as a layer in steps.
function layerOf(features) {
  const parts = [0], runs = [0], vertices = [0], xy = [];
  for (const rings of features) {
    for (const ring of rings) {
      for (const [x, y] of ring) { xy.push(Math.round(x * STEPS), -Math.round(y * STEPS)); }
      vertices.push(xy.length / 2);
    }
    runs.push(vertices.length - 1);
    parts.push(runs.length - 1);
  }
  const shape = { kinds: new Uint8Array(features.length).fill(3), parts, runs, vertices, xy };
  const index = GT.workNow(GT.indexShapes(shape, features.length));
  // each feature is a class of its own, so that its colour tells whose a pixel is
  const classes = features.map((_, i) => ({
    symbol: { fill: "#" + (i + 1).toString(16).padStart(6, "0"), stroke: null, opacity: 1 }
  }));
  return { data: { count: features.length }, shape, index, opacity: 1, entry: { classes } };
}

// Which feature each pixel shows, -1 for none.
function draw(features, shift = [0, 0]) {
  let image = null;
  GT.lay = (context, view, given) => { image = given; };
  const view = { width: WIDTH, height: HEIGHT, ratio: 1 };
  const at = { scale: 1 / STEPS, left: shift[0], top: shift[1] };
  GT.workNow(GT.drawDots({}, view, layerOf(features), at, features.map((_, i) => [i])));
  const colours = new Uint32Array(image.data.buffer);
  return Array.from(colours, (c) => c >>> 24 ? ((c & 255) << 16 | c & 65280 | c >> 16 & 255) - 1 : -1);
}

// By the angle that the ring turns about a place: another way than the one under test.
function isInside(ring, x, y) {
  let turned = 0;
  ring.forEach(([x0, y0], k) => {
    const [x1, y1] = ring[(k + 1) % ring.length];
    turned += Math.atan2((x0 - x) * (y1 - y) - (x1 - x) * (y0 - y), (x0 - x) * (x1 - x) + (y0 - y) * (y1 - y));
  });
  return Math.abs(turned) > Math.PI;
}

// A number from 0 to 1 that is the same at each run.
function makeChance(seed) {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

test("neighbours share no pixel and leave none between them", () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const chance = makeChance(seed);
    const size = 2.9 + chance(); // none so small that it stands for its box
    const turn = chance();
    const corner = Array.from({ length: 14 }, (_, row) => Array.from({ length: 14 }, (_, column) => {
      const x = (column + 0.1 * (chance() - 0.5)) * size, y = (row + 0.1 * (chance() - 0.5)) * size;
      return [25 + Math.cos(turn) * x - Math.sin(turn) * y, Math.sin(turn) * x + Math.cos(turn) * y - 4]
        .map((value) => Math.round(value * STEPS) / STEPS);
    }));
    const quads = [];
    for (let row = 0; row < 13; row += 1) {
      for (let column = 0; column < 13; column += 1) {
        const ring = [corner[row][column], corner[row][column + 1], corner[row + 1][column + 1], corner[row + 1][column]];
        quads.push([chance() < 0.5 ? ring : ring.reverse()]);
      }
    }
    const found = draw(quads);
    let compared = 0;
    for (let y = 0; y < HEIGHT; y += 1) {
      for (let x = 0; x < WIDTH; x += 1) {
        const within = quads.findIndex(([ring]) => isInside(ring, x + 0.5, y + 0.5));
        assert.equal(found[y * WIDTH + x], within, `seed ${seed}, pixel ${x} ${y}`);
        compared += within >= 0 ? 1 : 0;
      }
    }
    assert.ok(compared > 700, String(compared));
  }
});

test("holes stay open, parts stay apart", () => {
  const square = (x, y, side) => [[x, y], [x + side, y], [x + side, y + side], [x, y + side]];
  const found = draw([[square(10, 10, 3.9), square(11, 11, 1).reverse()], [square(20, 10, 1), square(22, 12, 1)]]);
  const shown = (x, y) => found[y * WIDTH + x];
  assert.deepEqual([shown(10, 10), shown(11, 11), shown(13, 13), shown(12, 11)], [0, -1, 0, 0]);
  assert.deepEqual([shown(20, 10), shown(21, 11), shown(22, 12)], [1, -1, 1]);
  assert.equal(found.filter((one) => one >= 0).length, 15 + 2);
});

test("what is thin is seen in its length, and what is tiny is its box", () => {
  const sliver = [[30.6, 20.6], [33.4, 20.9], [33.4, 20.95]]; // has the middle of no pixel
  const tiny = [[40.1, 20.1], [40.3, 20.1], [40.3, 20.3]];
  const found = draw([[sliver], [tiny], [[[5, 5], [7.4, 5], [7.4, 7.4], [5, 7.4]]]]);
  assert.deepEqual([0, 1, 2].map((i) => found.filter((one) => one === i).length), [4, 1, 4]);
});

test("what lies across the edge of the view is cut off there", () => {
  const square = [[0, 0], [3, 0], [3, 3], [0, 3]];
  for (const [shift, count] of [[[-1, -2], 2], [[WIDTH - 1, 5], 3], [[5, HEIGHT - 2], 6], [[-9, 0], 0]]) {
    const found = draw([[square]], shift);
    assert.equal(found.filter((one) => one === 0).length, count, String(shift));
  }
});
