// The bytes of a layer: base64 in script blocks, deflated stream by stream (maps/FORMAT.md).
(function (GT) {
  var BLOCK = 1000000;
  var PIECE = 100000;
  var PORTION = 150000;
  var turn = Promise.resolve();
  var fed = 0;

  // Text of characters from..to of what the blocks of a layer hold together, within one block.
  function piece(identifier, from, to) {
    var block = document.getElementById(identifier + "-" + Math.floor(from / BLOCK));
    var start = from % BLOCK;
    if (!block || !block.firstChild) { throw new Error("a block of the page is missing"); }
    return /** @type {Text} */ (block.firstChild).data.slice(start, start + to - from);
  }

  // Writes the bytes of a text into others; how many. Older browsers know base64 of characters only.
  function decodeText(text, bytes, at) {
    if (bytes.setFromBase64) { return bytes.subarray(at).setFromBase64(text).written; }
    var found = atob(text);
    for (var i = 0; i < found.length; i += 1) { bytes[at + i] = found.charCodeAt(i); }
    return found.length;
  }

  function* unbase(identifier, first, size) {
    var bytes = /** @type {any} */ (new Uint8Array(size + 3));
    var from = first / 3 * 4;
    var end = from + Math.ceil(size / 3) * 4;
    var at = 0;
    while (from < end) {
      var to = Math.min(end, from + PIECE, (Math.floor(from / BLOCK) + 1) * BLOCK);
      at += decodeText(piece(identifier, from, to), bytes, at);
      from = to;
      yield;
    }
    if (at < size) { throw new Error("a block of the page is cut off"); }
    return bytes.subarray(0, size);
  }

  function collect(reader, out, at) {
    return reader.read().then(function (found) {
      if (found.done) {
        if (at !== out.length) { throw new Error("a stream of the page is damaged"); }
        return out;
      }
      out.set(found.value, at);
      return collect(reader, out, at + found.value.length);
    });
  }

  function* breathe() { yield; }

  // The browser inflates at once what it is given: no more than a portion between two pauses,
  // whichever streams it is of.
  function inTurn(length, act) {
    turn = turn.then(function () {
      fed += length;
      if (fed <= PORTION) { return null; }
      fed = length;
      return GT.work(breathe(), true);
    }).then(function () {
      return act().catch(function () { return null; });
    });
  }

  function feed(writer, bytes) {
    for (var at = 0; at < bytes.length; at += PORTION) {
      var portion = bytes.subarray(at, at + PORTION);
      inTurn(portion.length, writer.write.bind(writer, portion));
    }
    inTurn(0, writer.close.bind(writer));
  }

  function decompress(bytes, size) {
    if (typeof DecompressionStream === "undefined") { return GT.work(GT.inflate(bytes, size)); }
    var stream = new DecompressionStream("deflate");
    feed(stream.writable.getWriter(), bytes);
    var reader = stream.readable.getReader();
    return collect(reader, new Uint8Array(size), 0).catch(function (error) {
      reader.cancel().catch(function () {}); // what is still to be written must not wait for ever
      throw error;
    });
  }

  // The scripts begin while the blocks after them are still being read.
  var whole = document.readyState !== "loading" ? Promise.resolve() : new Promise(function (resolve) {
    document.addEventListener("DOMContentLoaded", function () { resolve(); });
  });

  // Promise of the bytes of one stream; null when the layer has none of that name.
  GT.readStream = function (identifier, data, name) {
    var place = data.streams[name];
    if (!place) { return Promise.resolve(null); }
    return whole.then(function () {
      return GT.work(unbase(identifier, place[0], place[1]), !GT.isReady);
    }).then(function (bytes) {
      return decompress(bytes, place[2]);
    });
  };
})(GT);
