// Bytes: the inflater of browsers that have none, base64 blocks, and long work in slices.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { constants, deflateSync } from "node:zlib";
import { loadScripts, loadWith } from "./load.mjs";

const GT = loadScripts("base.js", "work.js", "inflate.js");
const BLOCK = 1000000;

function inflate(bytes, size) { return GT.workNow(GT.inflate(new Uint8Array(bytes), size)); }

// The same bytes every run: random ones, and ones of few values that compress.
function made(size, mask) {
  const bytes = Buffer.alloc(size);
  for (let at = 0, n = 0; at < size; n += 1) {
    at += createHash("sha256").update(`${mask} ${n}`).digest().copy(bytes, at);
  }
  return bytes.map((byte) => byte & mask);
}

const STRATEGIES = {
  "stored blocks": { level: 0 },
  "fixed codes": { strategy: constants.Z_FIXED },
  "dynamic codes": { level: 9 },
  "no matches": { strategy: constants.Z_HUFFMAN_ONLY },
  "runs": { strategy: constants.Z_RLE }
};

for (const [name, options] of Object.entries(STRATEGIES)) {
  test(`inflates ${name}`, () => {
    for (const size of [0, 1, 3, 258, 70000, 200001]) {
      for (const mask of [0, 1, 15, 255]) {
        const plain = made(size, mask);
        const found = inflate(deflateSync(plain, options), size);
        assert.ok(Buffer.from(found).equals(plain), `${size} bytes of mask ${mask}`);
      }
    }
  });
}

test("a known stream, byte by byte", () => {
  const fixed = [0x78, 0x9c, 0x4b, 0x4c, 0x4a, 0x06, 0x00, 0x02, 0x4d, 0x01, 0x27];
  assert.equal(Buffer.from(inflate(fixed, 3)).toString(), "abc");
  const stored = [0x78, 0x01, 0x01, 0x02, 0x00, 0xfd, 0xff, 0x68, 0x69, 0x01, 0x3b, 0x00, 0xd2];
  assert.equal(Buffer.from(inflate(stored, 2)).toString(), "hi");
});

test("damaged streams are refused", () => {
  const plain = made(5000, 15);
  const deflated = deflateSync(plain);
  assert.throws(() => inflate(deflated.subarray(0, deflated.length - 40), plain.length), /cut off|damaged/);
  assert.throws(() => inflate(deflated, plain.length + 1), /damaged/);
  assert.throws(() => inflate(deflated.subarray(0, deflated.length - 1), plain.length), /cut off/);
  assert.throws(() => inflate([0x78, 0x9c, 0xff, 0xff, 0xff], 3), /cut off|damaged/);
});

// A length of a code that no byte uses may change nothing.
function differs(changed, plain) {
  try {
    return !Buffer.from(inflate(changed, plain.length)).equals(plain);
  } catch (error) {
    assert.match(error.message, /cut off|damaged/);
    return false;
  }
}

test("one byte changed anywhere is seen", () => {
  const plain = made(5000, 15);
  for (const options of Object.values(STRATEGIES)) {
    const deflated = deflateSync(plain, options);
    for (let at = 2; at < deflated.length; at += 7) {
      const changed = Buffer.from(deflated);
      changed[at] ^= 1 << at % 8;
      assert.ok(!differs(changed, plain), `byte ${at}`);
    }
  }
  const stored = [0x78, 0x01, 0x01, 0x02, 0x00, 0xfc, 0xff, 0x68, 0x69, 0x01, 0x3b, 0x00, 0xd2];
  assert.throws(() => inflate(stored, 2), /damaged/);
});

test("work in slices keeps order, lets the urgent go first, and hands errors on", async () => {
  const done = [];
  function* count(name, steps) {
    for (let i = 0; i < steps; i += 1) { yield; }
    done.push(name);
    return name;
  }
  function* fail() {
    yield;
    throw new Error("broken");
  }
  const results = await Promise.allSettled([
    GT.work(count("first", 3)), GT.work(count("second", 0)), GT.work(fail()), GT.work(count("urgent", 5), true)
  ]);
  assert.deepEqual(done, ["urgent", "first", "second"]);
  assert.deepEqual(results.map((one) => one.value), ["first", "second", undefined, "urgent"]);
  assert.match(results[2].reason.message, /broken/);
});

// Bytes as of a browser with its own base64, or of one without.
function bytesOf(browser, hasBase64) {
  if (!hasBase64) { return { ...browser, Uint8Array }; }
  return {
    ...browser,
    Uint8Array: class extends Uint8Array {
      setFromBase64(text) {
        const found = Buffer.from(text, "base64");
        this.set(found);
        return { written: found.length };
      }
    }
  };
}

test("streams are read across blocks, with and without the browser's inflater and base64", async () => {
  const streams = {};
  const pieces = [];
  const plains = { "a.values": made(600001, 255), "b.words": made(7, 255), "c.codes": made(900000, 255) };
  let first = 0;
  for (const [name, plain] of Object.entries(plains)) {
    const deflated = deflateSync(plain);
    const padded = Buffer.concat([deflated, Buffer.alloc((3 - deflated.length % 3) % 3)]);
    streams[name] = [first, deflated.length, plain.length];
    pieces.push(padded);
    first += padded.length;
  }
  const text = Buffer.concat(pieces).toString("base64");
  assert.ok(text.length > 2 * BLOCK);
  const document = {
    getElementById: (id) => {
      const number = Number(/^gt-data-4-(\d+)$/.exec(id)[1]);
      return { firstChild: { data: text.slice(number * BLOCK, (number + 1) * BLOCK) } };
    }
  };
  for (const [DecompressionStream, hasBase64] of [[globalThis.DecompressionStream, true], [undefined, false]]) {
    const browser = bytesOf({ document, DecompressionStream }, hasBase64);
    const page = loadWith(browser, "base.js", "work.js", "inflate.js", "bytes.js");
    for (const [name, plain] of Object.entries(plains)) {
      const found = await page.readStream("gt-data-4", { streams }, name);
      assert.ok(Buffer.from(found).equals(plain), name);
    }
    assert.equal(await page.readStream("gt-data-4", { streams }, "none"), null);
  }
});
