import assert from "node:assert/strict";
import { test } from "node:test";
import { loadScripts, readVectors } from "./load.mjs";

const GT = loadScripts("base.js", "format.js", "grid.js", "axes.js", "coordinates.js");
const known = readVectors("axis_vectors.json");
const words = { "map.grid_north": ["X", "N"], "map.grid_east": ["Y", "E"], "map.left_letter": ["T", "L"], "map.right_letter": ["P", "R"], "map.chainage_zone": ["vùng {zone}", "zone {zone}"] };
GT.page = {
  grid: known.grid, axes: [known.axis], bounds: [106, 18, 107, 19],
  words: Object.fromEntries(Object.entries(words).map(([key, [vi, en]]) => [key, { vi, en }]))
};

function placeOf(east, north) { return GT.plane().inverse(east, north); }

test("north stands first, thousands apart, the mark of the language", () => {
  const at = placeOf(573456.7, 1998742.9);
  GT.language = "vi";
  assert.equal(GT.planeText(...at).replace(/\u202f/g, " "), "X 1 998 742,9  Y 573 456,7");
  assert.equal(GT.planeCopy(...at), "X=1998742,9 Y=573456,7");
  GT.language = "en";
  assert.equal(GT.planeText(...at).replace(/\u202f/g, " "), "N 1 998 742.9  E 573 456.7");
});

test("degrees, minutes and seconds are rounded before they are split", () => {
  GT.language = "vi";
  assert.equal(GT.anglesText(18 + 5 / 60 + 12.5 / 3600, 106.29230), "18°05'12,5\"B 106°17'32,3\"Đ");
  assert.equal(GT.anglesText(17.99999999, 106), "18°00'00,0\"B 106°00'00,0\"Đ");
  GT.language = "en";
  assert.equal(GT.anglesText(-0.5, -10.25), "0°30'00.0\"S 10°15'00.0\"W");
  assert.equal(GT.degreesText(18.0867, 106.2923), "18.086700°N  106.292300°E");
});

test("the chainage nearby, its side, and none beyond two kilometres or the ends", () => {
  GT.language = "vi";
  for (const one of known.places) {
    const shown = GT.chainageText(one.lat, one.lng);
    if (one.offset > 2000 || one.beyond) {
      assert.equal(shown, "");
    } else {
      assert.ok(shown.startsWith(GT.chainage(one.chainage, 0)), shown);
      assert.ok(shown.endsWith(` ${one.side === "left" ? "T" : "P"} ${GT.number(one.offset, 0, "vi")} m`), shown);
    }
  }
  const repeated = known.labels.find((one) => one.zone === 2);
  assert.match(GT.chainageText(repeated.lat, repeated.lng), /^Km563\+500 \(vùng 2\)/);
});

test("lengths and areas of the plane", () => {
  const square = [[573000, 1998000], [573100, 1998000], [573100, 1998200], [573000, 1998200]];
  assert.equal(GT.planeLength(square), 400);
  assert.equal(GT.planeArea(square), 20000);
  assert.equal(GT.planeArea(square.slice().reverse()), 20000);
  assert.equal(GT.planeArea(square.slice(0, 2)), 0);
  assert.equal(GT.planeLength([]), 0);
});
