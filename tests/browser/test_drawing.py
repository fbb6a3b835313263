"""What stands on the canvas: known colours at known places."""

import dataclasses
import math

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from geotool.labels import load_labels
from geotool.share.render.layerdata import LayerColumn, MapLayer
from geotool.share.render.page import PageContent, Statement, render_page
from geotool.share.render.style import LayerStyle, Styles, Symbol
from tests.browser import hands

pytestmark = pytest.mark.browser

EAST, NORTH = 570_000.0, 1_995_000.0
CRS = "EPSG:9209"
TO_DEGREES = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
RED, GREEN, BLUE, BLACK = "#ff0000", "#00aa00", "#0000ff", "#000000"
SEEN = {RED: (255, 0, 0), GREEN: (0, 170, 0), BLUE: (0, 0, 255), BLACK: (0, 0, 0)}

STYLES = {
    "area": Symbol(fill=RED, opacity=1, stroke=BLACK, weight=2),
    "over": Symbol(fill=BLUE, opacity=1, stroke=BLUE, weight=1),
    "hatched": Symbol(fill=GREEN, opacity=1, stroke=BLACK, weight=1, hatch="vertical"),
    "line": Symbol(stroke=BLUE, weight=6),
    "point": Symbol(fill=GREEN, opacity=1, stroke=GREEN, weight=1, radius=8),
    "site": Symbol(fill=GREEN, opacity=1, stroke=GREEN, weight=1, shape="square", far_radius=6),
    "large": Symbol(fill=RED, opacity=1, stroke=RED, weight=1, radius=20, shape="diamond"),
    "glass": Symbol(fill=RED, opacity=0.4, stroke=BLUE, weight=2, radius=9, shape="star"),
}


def at(x, y):
    """Return latitude and longitude of a place in metres from the corner."""
    longitude, latitude = TO_DEGREES.transform(EAST + x, NORTH + y)
    return latitude, longitude


def box(x, y, width, height):
    return shapely.box(EAST + x, NORTH + y, EAST + x + width, NORTH + y + height)


def layer(name, geometries, style, *, classes=None, **options):
    frame = gpd.GeoDataFrame(geometry=list(geometries), crs=CRS)
    columns = ()
    if classes is not None:
        frame["kind"] = classes
        columns = (LayerColumn("kind", {"vi": "loại", "en": "kind"}),)
        options["class_column"] = "kind"
    return MapLayer(name, {"vi": name, "en": name}, frame, columns, style, **options)


def render(*layers, classes=None):
    styles = {
        name: LayerStyle(name, symbol, (classes or {}).get(name, {}))
        for name, symbol in STYLES.items()
    }
    return render_page(
        PageContent(
            title={"vi": "t", "en": "t"},
            subtitle={"vi": "s", "en": "s"},
            language="vi",
            layers=layers,
            tables=(),
            ticks=None,
            statement=Statement("committee"),
            labels=load_labels(),
            styles=Styles(styles, ("#123456",)),
        )
    )


def is_like(found, colour, *, alpha=255, tolerance=6):
    near = all(abs(a - b) <= tolerance for a, b in zip(found, SEEN[colour], strict=False))
    return near and abs(found[3] - alpha) <= tolerance


def look(opened, place, zoom):
    hands.wait_for_all(opened.page)
    hands.view(opened.page, at(*place), zoom)


FRAME = box(0, 0, 400, 300)


def test_fill_outline_and_hole(open_page):
    holed = FRAME.difference(box(100, 100, 200, 100))
    opened = open_page(render(layer("a", [holed], "area")))
    look(opened, (200, 150), 17)
    inside, hole, outside = hands.colours_at(opened.page, [at(50, 50), at(200, 150), at(-30, 150)])
    assert is_like(inside, RED)
    assert hole[3] == 0
    assert outside[3] == 0
    assert hands.count_pixels(opened.page, BLACK, 30) > 500  # outlines of both rings


def test_a_hole_stays_open_whichever_way_its_ring_runs(open_page):
    corners = [(100, 100), (100, 200), (300, 200), (300, 100)]
    places = [(EAST + x, NORTH + y) for x, y in corners]
    for ring in (places, places[::-1]):
        holed = shapely.Polygon(FRAME.exterior, [ring])
        opened = open_page(render(layer("a", [holed], "area")))
        look(opened, (200, 150), 17)
        assert hands.colours_at(opened.page, [at(200, 150)])[0][3] == 0


def test_areas_that_overlap_are_filled_whichever_way_their_rings_run(open_page):
    """One over another, half over another, two parts of one, and one in the hole of another."""
    holed = box(600, 0, 300, 300).difference(box(700, 100, 100, 100))
    pairs = [
        box(0, 0, 100, 300), box(0, 0, 100, 300).reverse(),
        box(200, 0, 100, 300), box(250, 0, 100, 300).reverse(),
        shapely.MultiPolygon([box(400, 0, 100, 300), box(400, 0, 100, 200).reverse()]),
        holed, box(750, 50, 200, 200).reverse(),
    ]  # fmt: skip
    opened = open_page(render(layer("a", pairs, "area")))
    look(opened, (450, 150), 17)
    filled = [at(x, 140) for x in (50, 225, 275, 325, 450, 650, 775, 850, 925)]
    assert all(is_like(one, RED) for one in hands.colours_at(opened.page, filled))
    assert hands.colours_at(opened.page, [at(725, 140)])[0][3] == 0  # what is left of the hole
    picked = "([lat, lng]) => GT.pick(L.latLng(lat, lng)).length"
    assert [opened.run(picked, list(at(x, 140))) for x in (50, 275, 450, 725)] == [2, 2, 1, 0]


def test_every_part_of_a_multipolygon_is_drawn(open_page):
    parts = shapely.MultiPolygon([box(0, 0, 100, 300), box(300, 0, 100, 300)])
    opened = open_page(render(layer("a", [parts], "area")))
    look(opened, (200, 150), 17)
    left, gap, right = hands.colours_at(opened.page, [at(50, 150), at(200, 150), at(350, 150)])
    assert is_like(left, RED)
    assert is_like(right, RED)
    assert gap[3] == 0


def test_hatching_shows_fill_and_lines(open_page):
    opened = open_page(render(layer("a", [FRAME], "hatched")))
    look(opened, (200, 150), 17)
    row = [at(20 + step * 0.5, 150) for step in range(100)]
    found = hands.colours_at(opened.page, row)
    dark = [one for one in found if one[1] < 100]
    plain = [one for one in found if is_like(one, GREEN)]
    assert len(dark) > 5
    assert len(plain) > 30


def test_lines_and_points_stand_where_they_are(open_page):
    line = shapely.LineString([(EAST, NORTH + 60), (EAST + 400, NORTH + 60)])
    points = shapely.MultiPoint([(EAST + 100, NORTH + 200), (EAST + 300, NORTH + 200)])
    opened = open_page(render(layer("l", [line], "line"), layer("p", [points], "point")))
    look(opened, (200, 130), 17.5)
    places = [at(200, 60), at(200, 75), at(100, 200), at(300, 200), at(200, 200)]
    on, off, first, second, between = hands.colours_at(opened.page, places)
    assert is_like(on, BLUE)
    assert off[3] == 0
    assert is_like(first, GREEN)
    assert is_like(second, GREEN)
    assert between[3] == 0


def test_the_last_layer_lies_on_top(open_page):
    below, above = layer("a", [FRAME], "area"), layer("b", [box(100, 100, 200, 100)], "over")
    for layers, colour in (((below, above), BLUE), ((above, below), RED)):
        opened = open_page(render(*layers))
        look(opened, (200, 150), 17)
        assert is_like(hands.colours_at(opened.page, [at(200, 150)])[0], colour)


def test_a_kind_of_each_sort_in_one_layer(open_page):
    line = shapely.LineString([(EAST, NORTH + 200), (EAST + 400, NORTH + 200)])
    mixed = [box(0, 0, 100, 100), line, shapely.Point(EAST + 300, NORTH + 50)]
    opened = open_page(render(layer("a", mixed, "point")))
    look(opened, (200, 120), 17)
    area, stroke, point, nothing = hands.colours_at(
        opened.page, [at(50, 50), at(200, 200), at(300, 50), at(200, 120)]
    )
    assert is_like(area, GREEN)
    assert stroke[3] > 0
    assert is_like(point, GREEN)
    assert nothing[3] == 0


def test_a_shape_stands_for_an_area_that_would_be_smaller(open_page):
    """At its middle, as large whatever the zoom; near enough the area is itself."""
    sites = [box(0, 0, 20, 40), box(6_000, 0, 100, 20)]
    opened = open_page(render(layer("s", sites, "site"), layer("o", sites, "over")))
    opened.run("GT.setVisible(GT.layers[1], false)")
    hit = "([lat, lng]) => GT.pick(L.latLng(lat, lng)).map((one) => one.index)"
    for zoom, sites_seen in ((13.25, 2), (15, 1)):
        look(opened, (10, 20), zoom)
        assert 140 * sites_seen < hands.count_pixels(opened.page, GREEN, 30) < 250 * sites_seen
        pixel = 156_543 * math.cos(math.radians(18)) / 2**zoom  # metres
        assert hands.colours_at(opened.page, [at(10 + 4 * pixel, 20)])[0][3] > 0
        assert opened.run(hit, list(at(10 + 4 * pixel, 20))) == [0]
        assert opened.run(hit, list(at(10 + 16 * pixel, 20))) == []
    look(opened, (10, 20), 18)
    assert hands.count_pixels(opened.page, GREEN, 30) > 2_000  # 20 x 40 m
    assert hands.colours_at(opened.page, [at(-3, 20)])[0][3] == 0
    assert opened.run(hit, list(at(-10, 20))) == []


# Pixels drawn of a feature that lies so far left of a view.
SEEN_BESIDE = """([lat, lng, away]) => {
    const place = GT.map.project([lat, lng], 17);
    const view = {
        left: place.x + away, top: place.y - 50, width: 100, height: 100,
        zoom: 17, ratio: 1, pane: 0,
        spare: () => new OffscreenCanvas(100, 100),
    };
    const context = new OffscreenCanvas(100, 100).getContext("2d");
    GT.workNow(GT.drawView(context, view));
    return context.getImageData(0, 0, 100, 100).data.filter((_, i) => i % 4 === 3).some(Boolean);
}"""


@pytest.mark.parametrize(
    "shape, style, reach", [(shapely.Point(EAST, NORTH), "large", 33), (FRAME, "area", 1)]
)
def test_what_reaches_into_a_tile_is_drawn_there(open_page, shape, style, reach):
    opened = open_page(render(layer("a", [shape], style)))
    hands.wait_for_all(opened.page)
    place = (0, 0) if style == "large" else (400, 150)
    assert opened.run(SEEN_BESIDE, [*at(*place), reach - 1])
    assert not opened.run(SEEN_BESIDE, [*at(*place), reach + 4])


STAMPED_APART = """() => {
    const layer = GT.layers[0];
    layer.opacity = 0.8;
    const view = {
        width: 200, height: 120, ratio: 2, zoom: 17, pane: 0,
        spare: () => new OffscreenCanvas(200, 120),
    };
    const at = {scale: 1, left: 0, top: 0};
    const places = [[20, 20], [33, 26], [40, 20], [100, 60], [198, 118], [2, 100], [104, 66]];
    const ground = () => {
        const context = new OffscreenCanvas(200, 120).getContext("2d", {willReadFrequently: true});
        context.fillStyle = "rgba(0, 170, 0, 0.5)";
        context.fillRect(0, 0, 60, 120);
        context.lineJoin = "round";
        return context;
    };
    const stamped = ground();
    const count = places.length;
    layer.shape = {
        kinds: new Uint8Array(count).fill(1),
        xy: Int32Array.from(places.flatMap(([x, y]) => [x, -y])),
        parts: Uint32Array.from({length: count + 1}, (_, i) => i),
        runs: Uint32Array.from({length: count + 1}, (_, i) => i),
        vertices: Uint32Array.from({length: count + 1}, (_, i) => i),
    };
    GT.workNow(GT.drawPoints(stamped, view, layer, at, [places.map((_, i) => i)], "point"));
    const drawn = ground();
    const brush = GT.brush(layer, layer.entry.classes[0].symbol, "point", view);
    for (const [x, y] of places) {
        const path = new Path2D();
        GT.tracePoint(path, brush.shape, x, y, brush.radius);
        GT.fillPath(drawn, path, brush);
        GT.strokePath(drawn, path, brush);
    }
    const [one, other] = [stamped, drawn].map(
        (context) => context.getImageData(0, 0, 200, 120).data
    );
    let worst = 0, coloured = 0;
    for (let i = 0; i < one.length; i += 4) {
        coloured += one[i + 3] > 0 ? 1 : 0;
        for (let part = 0; part < 4; part += 1) {
            // colours count as much as they are seen
            const seen = part === 3 ? 1 : Math.max(one[i + 3], other[i + 3]) / 255;
            worst = Math.max(worst, Math.abs(one[i + part] - other[i + part]) * seen);
        }
    }
    return [worst, coloured];
}"""


def test_stamped_points_are_those_of_a_path(open_page):
    """Half seen through, over each other, over an area and across the edges of the view."""
    points = shapely.MultiPoint([(EAST, NORTH), (EAST + 300, NORTH + 200)])
    opened = open_page(render(layer("p", [points], "glass")))
    hands.wait_for_all(opened.page)
    worst, coloured = opened.run(STAMPED_APART)
    assert coloured > 60 * 120 + 500
    assert worst <= 40  # edges are smoothed by where they lie; a spike too long differs by 200


@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_tiles_are_drawn_in_the_pixels_of_the_screen(open_page, browser, tmp_path, ratio):
    path = tmp_path / "crisp.html"
    path.write_text(render(layer("a", [FRAME], "area")), encoding="utf-8")
    context = browser.new_context(viewport={"width": 900, "height": 600}, device_scale_factor=ratio)
    try:
        page = context.new_page()
        page.goto(path.as_uri())
        hands.wait_for_all(page)
        hands.view(page, at(200, 150), 17)
        sizes = page.evaluate(
            """() => [...document.querySelectorAll(".gt-tile")].map(
            (tile) => [tile.width, tile.height, tile.getBoundingClientRect().width])"""
        )
        assert {tuple(size) for size in sizes} == {(512 * ratio, 512 * ratio, 512)}
        inside, outside = hands.colours_at(page, [at(50, 50), at(-30, 150)])
        assert is_like(inside, RED)
        assert outside[3] == 0
        # an edge is as sharp as the screen: one pixel of it, not of the page
        column = [at(x, 150) for x in np.arange(-6, 6, 0.05)]
        found = hands.colours_at(page, column)
        blurred = {one for one in found if 40 < one[3] < 215}
        assert len(blurred) <= 2
    finally:
        context.close()


def test_parcels_too_small_to_see_are_drawn_and_leave_no_gap(open_page):
    """60 x 60 plots of 1 m are less than a pixel each, together a full square."""
    plots = [box(x, y, 1, 1) for x in range(60) for y in range(60)]
    opened = open_page(render(layer("f", [box(-400, -400, 900, 900)], "line"),
                              layer("a", plots, "area")))  # fmt: skip
    look(opened, (30, 30), 16)
    inner = [at(x, y) for x in np.arange(6, 54, 2) for y in np.arange(6, 54, 2)]
    found = hands.colours_at(opened.page, inner)
    assert all(one[0] > 150 and one[1] < 60 and one[3] > 200 for one in found)
    assert hands.colours_at(opened.page, [at(90, 30)])[0][3] == 0
    look(opened, (30, 30), 13)
    assert hands.colours_at(opened.page, [at(30, 30)])[0][3] > 200


def test_a_lone_small_parcel_is_still_a_dot(open_page):
    opened = open_page(render(layer("f", [box(-4000, -4000, 8000, 8000)], "line"),
                              layer("a", [box(0, 0, 3, 3)], "area")))  # fmt: skip
    hands.show_only(opened.page, "a")
    hands.view(opened.page, at(0, 0), 13)
    assert 1 <= hands.count_drawn(opened.page) <= 4


def classed():
    classes = {
        "area": {
            "x": dataclasses.replace(STYLES["area"], fill=RED),
            "y": dataclasses.replace(STYLES["area"], fill=GREEN),
        }
    }
    one = layer("a", [box(0, 0, 100, 300), box(300, 0, 100, 300)], "area", classes=["y", "x"])
    return render(one, classes=classes)


def test_a_class_that_is_off_is_not_drawn(open_page):
    opened = open_page(classed())
    look(opened, (200, 150), 17)
    places = [at(50, 150), at(350, 150)]
    first, second = hands.colours_at(opened.page, places)
    assert is_like(first, GREEN)
    assert is_like(second, RED)
    toggle = """([code, off]) => { const layer = GT.layers[0];
      const place = layer.entry.classes.findIndex((one) => one.code === code);
      layer.offClasses[off ? "add" : "delete"](place); GT.refresh(); }"""
    opened.run(toggle, ["y", True])
    hands.settle(opened.page)
    first, second = hands.colours_at(opened.page, places)
    assert first[3] == 0
    assert is_like(second, RED)
    opened.run(toggle, ["y", False])
    hands.settle(opened.page)
    assert is_like(hands.colours_at(opened.page, places)[0], GREEN)


def test_opacity_and_masks(open_page):
    opened = open_page(classed())
    look(opened, (200, 150), 17)
    places = [at(50, 150), at(350, 150)]
    opened.run("() => { GT.layers[0].opacity = 0.5; GT.repaint(); }")
    hands.settle(opened.page)
    assert is_like(hands.colours_at(opened.page, places)[0], GREEN, alpha=128)
    opened.run("() => { GT.layers[0].opacity = 0; GT.repaint(); }")
    hands.settle(opened.page)
    assert hands.count_drawn(opened.page) == 0
    opened.run(
        """() => { const layer = GT.layers[0]; layer.opacity = 1;
        const off = layer.classOf[0];
        GT.addMask((one) => Uint8Array.from(one.classOf, (number) => number === off ? 0 : 1));
        GT.refresh(); }"""
    )
    hands.settle(opened.page)
    found = hands.colours_at(opened.page, places)
    assert sorted(one[3] > 0 for one in found) == [False, True]


def test_a_page_of_many_features_is_drawn_whole(open_page):
    """20,000 plots of 10 m in five tiles and more: every place of a sample is covered."""
    plots = [box(10 * x, 10 * y, 10, 10) for x in range(200) for y in range(100)]
    opened = open_page(render(layer("a", plots, "area")))
    look(opened, (1000, 500), 15)
    places = [at(x, y) for x in np.arange(105, 1900, 170) for y in np.arange(105, 900, 170)]
    assert all(one is not None and one[3] > 200 for one in hands.colours_at(opened.page, places))
    assert opened.run("() => GT.layers[0].data.count") == 20_000
    assert opened.complaints == []
