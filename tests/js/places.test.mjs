import assert from "node:assert/strict";
import { test } from "node:test";
import { loadScripts, readVectors } from "./load.mjs";

const GT = loadScripts("base.js", "format.js", "grid.js", "axes.js");
const grids = readVectors("grid_vectors.json");
const known = readVectors("axis_vectors.json");
const axis = GT.makeAxis(known.axis, GT.makePlane(known.grid));

function apart(plane, a, b) {
  const [x, y] = plane.forward(a[0], a[1]);
  const [u, v] = plane.forward(b[0], b[1]);
  return Math.hypot(x - u, y - v);
}

test("VN-2000 to the millimetre in every zone", () => {
  for (const { grid, points } of grids) {
    const plane = GT.makePlane(grid);
    for (const { lat, lng, east, north } of points) {
      const [x, y] = plane.forward(lat, lng);
      assert.ok(Math.hypot(x - east, y - north) < 0.001, `${grid.name} ${lat} ${lng}: ${x - east} ${y - north}`);
      const [back, across] = plane.inverse(east, north);
      // heights are dropped on either way, which costs a millimetre or two
      assert.ok(Math.hypot(back - lat, across - lng) < 3e-8, `${grid.name} ${lat} ${lng} back`);
    }
  }
});

test("a label is where Python puts it", () => {
  for (const one of known.labels) {
    const place = GT.measuresOn(axis, one.chainage).find((each) => Math.abs(each.measure - one.measure) < 1);
    assert.ok(Math.abs(place.measure - one.measure) < 0.01);
    assert.ok(apart(axis.plane, GT.pointOn(axis, place.measure), [one.lat, one.lng]) < 0.05);
  }
});

test("a label that repeats has every place, one in a gap none", () => {
  assert.deepEqual(GT.measuresOn(axis, 563800).map((place) => place.zone), [1, 2]);
  assert.deepEqual(GT.measuresOn(axis, 568800), []);
  assert.deepEqual(GT.measuresOn(axis, 560999), []);
  assert.equal(GT.labelOn(axis, 563700).repeats, true);
  assert.equal(GT.labelOn(axis, 566000).repeats, false);
  assert.equal(GT.labelOn(axis, 564000).chainage, 563500);
});

test("the label of a place, its distance and its side", () => {
  for (const one of known.places) {
    const found = GT.nearestOn([axis], one.lat, one.lng);
    assert.ok(Math.abs(found.measure - one.measure) < 0.05, `${found.measure} ${one.measure}`);
    assert.ok(Math.abs(found.offset - one.offset) < 0.05);
    assert.ok(Math.abs(GT.labelOn(axis, found.measure).chainage - one.chainage) < 0.05);
    assert.equal(found.left ? "left" : "right", one.side);
    assert.equal(found.beyond, one.beyond);
  }
  assert.equal(GT.nearestOn([], 18, 106), null);
});

test("chainages as people write them", () => {
  const cases = {
    "Km561+240": [561240], "km 561+240.5": [561240.5], "561+240": [561240], "KM561 + 240,5 m": [561240.5],
    "K12+005": [12005], "km561": [561000], "Km 561,24": [561240], "561.24": [561.24, 561240],
    "561240 m": [561240], "561240": [561240, 561240000], "0+50": [50], "-Km0+012.5": [-12.5],
    "\uff2b\uff4d561+240": [561240], "Km561+240 (T)": [561240], "12 km": [12000],
    "km": [], "": [], "abc": [], "561+": [], "<b>1</b>": [], "Km5 m": [], "1+2+3": []
  };
  for (const [text, metres] of Object.entries(cases)) { assert.deepEqual(GT.readChainage(text), metres, text); }
});

test("chainage with other decimals", () => {
  assert.equal(GT.chainage(561239.6, 0), "Km561+240");
  assert.equal(GT.chainage(561999.6, 0), "Km562+000");
  assert.equal(GT.chainage(-12.5), "-Km0+012.50");
});
