// Inflates zlib streams (RFC 1950, RFC 1951) in browsers that have no DecompressionStream.
(function (GT) {
  var ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
  var SLICE = 60000;

  // Base values and extra bits of lengths (from 257) and distances.
  function ranges(first, bits) {
    var base = [];
    var value = first;
    bits.forEach(function (extra) {
      base.push(value);
      value += 1 << extra;
    });
    return { base: base, bits: bits };
  }

  var LENGTHS = ranges(3, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]);
  LENGTHS.base[28] = 258;
  var DISTANCES = ranges(1, [0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13]);

  // Canonical Huffman code of the given code lengths: symbols by length, then by number.
  function codeOf(sizes) {
    var counts = new Uint16Array(16);
    sizes.forEach(function (size) { counts[size] += 1; });
    counts[0] = 0;
    var starts = new Uint16Array(16);
    for (var i = 1; i < 16; i += 1) { starts[i] = starts[i - 1] + counts[i - 1]; }
    var symbols = new Uint16Array(sizes.length);
    sizes.forEach(function (size, symbol) {
      if (size) { symbols[starts[size]] = symbol; starts[size] += 1; }
    });
    return { counts: counts, symbols: symbols };
  }

  function fixedSizes() {
    var sizes = [];
    for (var i = 0; i < 288; i += 1) { sizes.push(i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8); }
    return sizes;
  }

  function damaged() {
    return new Error("a stream of the page is damaged");
  }

  function Reader(bytes) {
    this.bytes = bytes;
    this.at = 2;
    this.hold = 0;
    this.held = 0;
  }

  Reader.prototype.take = function (count) {
    while (this.held < count) {
      if (this.at >= this.bytes.length) { throw new Error("a stream of the page is cut off"); }
      this.hold |= this.bytes[this.at] << this.held;
      this.at += 1;
      this.held += 8;
    }
    var value = this.hold & ((1 << count) - 1);
    this.hold >>>= count;
    this.held -= count;
    return value;
  };

  // The number after the last block, the highest byte first.
  Reader.prototype.checksum = function () {
    this.hold = 0;
    this.held = 0;
    var found = 0;
    for (var i = 0; i < 4; i += 1) { found = 256 * found + this.take(8); }
    return found;
  };

  Reader.prototype.symbol = function (code) {
    var value = 0;
    var first = 0;
    var index = 0;
    for (var size = 1; size < 16; size += 1) {
      value |= this.take(1);
      var count = code.counts[size];
      if (value - first < count) { return code.symbols[index + value - first]; }
      index += count;
      first = (first + count) << 1;
      value <<= 1;
    }
    throw damaged();
  };

  function dynamicCodes(reader) {
    var literals = reader.take(5) + 257;
    var distances = reader.take(5) + 1;
    var used = reader.take(4) + 4;
    var sizes = new Array(19).fill(0);
    for (var i = 0; i < used; i += 1) { sizes[ORDER[i]] = reader.take(3); }
    var code = codeOf(sizes);
    var all = [];
    while (all.length < literals + distances) {
      var symbol = reader.symbol(code);
      var repeat = symbol === 16 ? 3 + reader.take(2) : symbol === 17 ? 3 + reader.take(3) : symbol === 18 ? 11 + reader.take(7) : 1;
      var value = symbol === 16 ? all[all.length - 1] : symbol > 16 ? 0 : symbol;
      for (var n = 0; n < repeat; n += 1) { all.push(value); }
    }
    return [codeOf(all.slice(0, literals)), codeOf(all.slice(literals, literals + distances))];
  }

  function stored(reader, out, at) {
    reader.hold = 0;
    reader.held = 0;
    var size = reader.take(16);
    if ((size ^ reader.take(16)) !== 65535 || reader.at + size > reader.bytes.length) { throw damaged(); }
    out.set(reader.bytes.subarray(reader.at, reader.at + size), at);
    reader.at += size;
    return at + size;
  }

  // Copies what lies some distance back; the two may overlap.
  function copy(reader, codes, symbol, out, at) {
    var length = LENGTHS.base[symbol - 257] + reader.take(LENGTHS.bits[symbol - 257]);
    var far = reader.symbol(codes[1]);
    var from = at - DISTANCES.base[far] - reader.take(DISTANCES.bits[far]);
    for (var end = at + length; at < end; at += 1, from += 1) { out[at] = out[from]; }
    return at;
  }

  // Adler-32; 3800 bytes are as many as fit between two remainders.
  GT.checksum = function* (bytes) {
    var low = 1;
    var high = 0;
    for (var at = 0; at < bytes.length;) {
      for (var end = Math.min(bytes.length, at + 3800); at < end; at += 1) {
        low += bytes[at];
        high += low;
      }
      low %= 65521;
      high %= 65521;
      if (at % 38000 === 0) { yield; }
    }
    return high * 65536 + low;
  };

  // Generator of the plain bytes, whose number is known beforehand.
  GT.inflate = function* (bytes, size) {
    var reader = new Reader(bytes);
    var out = new Uint8Array(size);
    var at = 0;
    var last = 0;
    while (!last) {
      last = reader.take(1);
      var kind = reader.take(2);
      if (kind === 0) { at = stored(reader, out, at); continue; }
      var codes = kind === 1 ? [codeOf(fixedSizes()), codeOf(new Array(30).fill(5))] : dynamicCodes(reader);
      var pause = at + SLICE;
      for (var symbol = reader.symbol(codes[0]); symbol !== 256; symbol = reader.symbol(codes[0])) {
        if (symbol < 256) {
          out[at] = symbol;
          at += 1;
        } else {
          at = copy(reader, codes, symbol, out, at);
        }
        if (at > pause) { pause = at + SLICE; yield; }
      }
    }
    if (at !== size || (yield* GT.checksum(out)) !== reader.checksum()) { throw damaged(); }
    return out;
  };
})(GT);
