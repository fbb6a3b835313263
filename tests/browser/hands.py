"""What the browser's tests do to a page and ask of it: layers switched, pixels counted."""

# Waits until every tile asked for has been drawn and what lay below is gone.
_SETTLED = """() => new Promise((done) => {
  const frame = (next) => requestAnimationFrame(() => requestAnimationFrame(next));
  const look = () => {
    if (GT.isPainted()) { frame(() => { GT.isPainted() ? done() : look(); }); }
    else { GT.map.once("gt:painted", look); }
  };
  frame(look);
})"""
# Copies of the tiles to read from: a canvas that is read is no longer drawn the way it was.
_TILES = """const tiles = [...document.querySelectorAll(".gt-tile")].map((tile) => {
  const canvas = document.createElement("canvas");
  canvas.width = tile.width;
  canvas.height = tile.height;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (tile.width && tile.height) context.drawImage(tile, 0, 0);
  return { box: tile.getBoundingClientRect(), width: tile.width,
    data: context.getImageData(0, 0, tile.width, tile.height).data };
});"""
_COUNT = f"""([colour, tolerance]) => {{
  {_TILES}
  const want = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  let count = 0;
  tiles.forEach(({{ data }}) => {{
    for (let i = 0; i < data.length; i += 4) {{
      const near = want.every((c, k) => Math.abs(data[i + k] - c) <= tolerance);
      if (data[i + 3] > 120 && near) count += 1;
    }}
  }});
  return count;
}}"""
_DRAWN = f"""() => {{
  {_TILES}
  let count = 0;
  tiles.forEach(({{ data }}) => {{
    for (let i = 3; i < data.length; i += 4) {{ if (data[i]) count += 1; }}
  }});
  return count;
}}"""
_ON_PAPER = """() => {
  const sheet = document.querySelector(".gt-paper");
  const copy = document.createElement("canvas");
  copy.width = sheet.width;
  copy.height = sheet.height;
  const context = copy.getContext("2d");
  context.drawImage(sheet, 0, 0);
  const data = context.getImageData(0, 0, copy.width, copy.height).data;
  return data.filter((value, place) => place % 4 === 3 && value > 0).length;
}"""
# Colour [r, g, b, a] of the tile pixel at each place, null outside every tile.
_PIXELS = f"""(places) => {{
  {_TILES}
  const room = GT.map.getContainer().getBoundingClientRect();
  return places.map((place) => {{
    const at = GT.map.latLngToContainerPoint(place);
    const x = at.x + room.left, y = at.y + room.top;
    const own = tiles.find(({{ box }}) =>
      x >= box.left && x < box.right && y >= box.top && y < box.bottom);
    if (!own) return null;
    const scale = own.width / own.box.width;
    const column = Math.floor((x - own.box.left) * scale);
    const row = Math.floor((y - own.box.top) * scale);
    return [...own.data.slice(4 * (row * own.width + column), 4 * (row * own.width + column) + 4)];
  }});
}}"""
# Goes to the first vertex of the first feature of a class.
_GO_TO = """([name, number, zoom]) => {
  const layer = GT.layers.find((each) => each.entry.name === name);
  let place = GT.shapeOf(layer, layer.classOf.indexOf(number)).parts;
  while (Array.isArray(place[0])) { place = place[0]; }
  GT.map.setView(place, zoom, { animate: false });
}"""


def settle(page):
    page.evaluate(_SETTLED)


def wait_for_all(page):
    """Wait until every layer has been read."""
    page.wait_for_selector("html[data-whole]", state="attached", timeout=30_000)


def show_only(page, name):
    wait_for_all(page)
    for box in page.query_selector_all("input[data-layer]"):
        box.set_checked(box.get_attribute("data-layer") == name)
    settle(page)


def view(page, place, zoom):
    """Show a place (latitude, longitude) in the middle at a zoom."""
    page.evaluate("([p, z]) => { GT.map.setView(p, z, { animate: false }); }", [list(place), zoom])
    settle(page)


def go_to_class(page, layer, number, zoom):
    page.evaluate(_GO_TO, [layer, number, zoom])
    settle(page)


def count_pixels(page, colour, tolerance=60):
    """Return how many drawn pixels are near a colour ``#rrggbb``."""
    return page.evaluate(_COUNT, [colour, tolerance])


def count_drawn(page):
    """Return how many pixels anything was drawn on."""
    return page.evaluate(_DRAWN)


def count_on_paper(page):
    """Return how many pixels of the paper's drawing anything was drawn on."""
    return page.evaluate(_ON_PAPER)


def colours_at(page, places):
    """Return (r, g, b, a) drawn at each place (latitude, longitude)."""
    found = page.evaluate(_PIXELS, [list(place) for place in places])
    return [None if one is None else tuple(one) for one in found]
