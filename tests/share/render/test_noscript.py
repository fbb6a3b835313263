"""The part for readers without scripts: small whatever the layers are, and never empty."""

import dataclasses
import re

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geotool.share.render import noscript
from geotool.share.render.layerdata import MapLayer
from geotool.share.render.page import render_page
from geotool.share.tables import Table, TableColumn
from tests.share.render import sample_content

TEXT = {"vi": "x", "en": "x"}


@pytest.fixture(scope="module")
def content():
    return sample_content.make_content()


def page_of(content, shapes, style="parcels"):
    frame = gpd.GeoDataFrame(geometry=shapes, crs="EPSG:9209")
    layer = MapLayer("x", TEXT, frame, (), style)
    return render_page(dataclasses.replace(content, layers=(layer,), tables=()))


def sketch_of(text):
    return re.search(r"<svg xmlns[^>]* role=\"img\".*?</svg>", text, re.DOTALL)[0]


def lattice(side):
    x, y = np.meshgrid(np.arange(side) * 20.0, np.arange(side) * 20.0)
    x, y = x.ravel() + 550_000, y.ravel() + 1_990_000
    return shapely.box(x, y, x + 20, y + 20)


def wiggle(count, seed):
    rng = np.random.default_rng(seed)
    steps = np.add(rng.normal(0, 40, (count, 2)).cumsum(axis=0), (550_000, 1_990_000))
    return shapely.linestrings(steps)


@pytest.mark.parametrize("side", [150, 317])
def test_a_hundred_thousand_parcels_are_a_small_sketch(content, side):
    sketch = sketch_of(page_of(content, lattice(side)))
    assert 1_000 < len(sketch.encode()) < noscript.SKETCH_BYTES
    assert "<path" in sketch


def test_scattered_parcels_and_long_lines_are_a_small_sketch(content):
    rng = np.random.default_rng(4)
    scattered = shapely.points(
        rng.uniform((500_000, 1_950_000), (600_000, 2_050_000), (60_000, 2))
    ).tolist()
    for shapes in (scattered, [wiggle(200_000, seed) for seed in range(3)]):
        sketch = sketch_of(page_of(content, shapes))
        assert len(sketch.encode()) < noscript.SKETCH_BYTES
        assert "<path" in sketch


def test_few_shapes_are_drawn_as_they_are(content):
    sketch = sketch_of(page_of(content, [shapely.box(550_000, 1_990_000, 550_100, 1_990_050)]))
    corners = re.search(r'd="M([\d ]+)L([\d ]+)L([\d ]+)L([\d ]+)L\1Z"', sketch)
    xs = sorted({int(one.split()[0]) for one in corners.groups()})
    ys = sorted({int(one.split()[1]) for one in corners.groups()})
    assert xs[-1] - xs[0] > 500
    assert (xs[-1] - xs[0]) / (ys[-1] - ys[0]) == pytest.approx(2, abs=0.05)


def test_areas_that_overlap_do_not_cancel_out_whichever_way_their_rings_run(content):
    square = shapely.box(550_000, 1_990_000, 550_100, 1_990_100)
    moved = shapely.box(550_050, 1_990_000, 550_150, 1_990_100)
    sketch = sketch_of(page_of(content, [square, moved.reverse(), square.reverse()]))
    rings = [
        [[float(value) for value in corner.split()] for corner in ring.split("L")]
        for ring in re.findall(r"M([\d L]+)Z", sketch)
    ]
    assert len(rings) == 3
    assert len({shapely.LinearRing(ring).is_ccw for ring in rings}) == 1


def test_a_long_table_is_left_out_but_for_its_total(content):
    columns = (TableColumn("parcel_id"), TableColumn("affected_area_m2", "area_m2"))
    rows = [{"parcel_id": f"T{n}", "affected_area_m2": 1.5} for n in range(61)]
    table = Table("parcels", columns, rows, {"affected_area_m2": 91.5})
    text = render_page(dataclasses.replace(content, tables=(table,)))
    static = re.search(r"<noscript><h1>.*?</noscript>", text, re.DOTALL)[0]
    assert "T60" not in static
    assert "91,5" in static
    assert content.labels.text("map.rows_left_out", "vi").replace("{count}", "62") in static
