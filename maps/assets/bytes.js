// The bytes of a layer: base64 in script blocks, deflated stream by stream (maps/FORMAT.md).
(function (GT) {
  var BLOCK = 1000000;
  var PIECE = 100000;

  // Text of characters from..to of what the blocks of a layer hold together, within one block.
  function piece(identifier, from, to) {
    var block = document.getElementById(identifier + "-" + Math.floor(from / BLOCK));
    var start = from % BLOCK;
    return /** @type {Text} */ (block.firstChild).data.slice(start, start + to - from);
  }

  function* unbase(identifier, first, size) {
    var bytes = new Uint8Array(size + 3);
    var from = first / 3 * 4;
    var end = from + Math.ceil(size / 3) * 4;
    var at = 0;
    while (from < end) {
      var to = Math.min(end, from + PIECE, (Math.floor(from / BLOCK) + 1) * BLOCK);
      var text = atob(piece(identifier, from, to));
      for (var i = 0; i < text.length; i += 1, at += 1) { bytes[at] = text.charCodeAt(i); }
      from = to;
      yield;
    }
    return bytes.subarray(0, size);
  }

  function collect(reader, out, at) {
    return reader.read().then(function (found) {
      if (found.done) { return out; }
      out.set(found.value, at);
      return collect(reader, out, at + found.value.length);
    });
  }

  function decompress(bytes, size) {
    if (typeof DecompressionStream === "undefined") { return GT.work(GT.inflate(bytes, size)); }
    var stream = new DecompressionStream("deflate");
    var writer = stream.writable.getWriter();
    writer.write(bytes).catch(function () { return null; });
    writer.close().catch(function () { return null; });
    return collect(stream.readable.getReader(), new Uint8Array(size), 0);
  }

  // Promise of the bytes of one stream; null when the layer has none of that name.
  GT.readStream = function (identifier, data, name) {
    var place = data.streams[name];
    if (!place) { return Promise.resolve(null); }
    return GT.work(unbase(identifier, place[0], place[1])).then(function (bytes) {
      return decompress(bytes, place[2]);
    });
  };
})(GT);
