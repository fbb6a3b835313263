// What of the layers stands in the address of the page: which are on, how opaque, classes hidden.
(function (GT) {
  // The layers that differ from the beginning, as "name:text;name:text".
  function written(textOf) {
    return GT.layers.map(function (layer) {
      var text = textOf(layer);
      return text === null ? "" : encodeURIComponent(layer.entry.name) + ":" + text;
    }).filter(Boolean).join(";");
  }

  // Calls use(layer, text) for every layer, text null where none is written.
  function eachRead(text, use) {
    var found = new Map(String(text || "").split(";").map(function (one) {
      var at = one.lastIndexOf(":");
      return [one.slice(0, Math.max(at, 0)), one.slice(at + 1)];
    }));
    GT.layers.forEach(function (layer) {
      var key = encodeURIComponent(layer.entry.name);
      use(layer, found.has(key) ? found.get(key) : null);
    });
  }

  function writeVisible() {
    return written(function (layer) {
      return layer.visible === layer.entry.visible ? null : layer.visible ? "1" : "0";
    });
  }

  function readVisible(text) {
    eachRead(text, function (layer, own) {
      var wanted = own === null ? layer.entry.visible : own === "1";
      if (wanted !== layer.visible) { GT.setVisible(layer, wanted); }
    });
  }

  function writeOpacity() {
    return written(function (layer) {
      return layer.opacity === 1 ? null : String(Math.round(100 * layer.opacity));
    });
  }

  function readOpacity(text) {
    eachRead(text, function (layer, own) {
      layer.opacity = own !== null && /^\d{1,3}$/.test(own) ? Math.min(100, Number(own)) / 100 : 1;
    });
    GT.refresh();
  }

  function writeClasses() {
    return written(function (layer) {
      if (!layer.offClasses.size) { return null; }
      return Array.from(layer.offClasses).map(function (place) {
        return encodeURIComponent(layer.entry.classes[place].code);
      }).sort().join(",");
    });
  }

  function readClasses(text) {
    eachRead(text, function (layer, own) {
      var off = own === null ? [] : own.split(",");
      // The classes of a layer that is being coloured are known when that is done.
      Promise.resolve(layer.coloured).then(function () {
        layer.offClasses = new Set();
        layer.entry.classes.forEach(function (one, place) {
          if (one.code !== null && off.indexOf(encodeURIComponent(one.code)) >= 0) { layer.offClasses.add(place); }
        });
        GT.refresh();
      });
    });
  }

  GT.startLayerState = function () {
    GT.addState("on", writeVisible, readVisible);
    GT.addState("o", writeOpacity, readOpacity);
    GT.addState("x", writeClasses, readClasses);
  };
})(GT);
