"""Ground of a few donors is not to be read from the outlines of what the public sees."""

import itertools

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from shapely.geometry import box

from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_content import gather
from geotool.pipeline.map_layers import make_layers
from geotool.pipeline.published import disclose
from geotool.pipeline.published_ground import TRACE_M, without_traces
from geotool.pipeline.run import RunOptions, run_project
from geotool.share import redaction
from geotool.share.render.recipe import load_recipe
from tests import village as v
from tests.village_project import write_project

VILLAGE = v.Village()
FIRST, LAST = 1230.0, 1290.0  # neither a section, nor a commune, nor a parcel ends here
GAPS = {"meet": (0.0, 0.0), "slit": (0.004, 0.0), "step": (0.0, 0.02), "overlap": (-0.5, 0.01)}


def rows(gap_m, step_m):
    """Return a right of way whose middle is donated by one household, drawn apart."""
    y, half = VILLAGE.y_m, 30.0
    shapes = [
        box(0.0, y - half, FIRST, y + half),
        box(FIRST + gap_m, y - half - step_m, LAST - gap_m, y + half + step_m),
        box(LAST, y - half, 2000.0, y + half),
    ]
    bases = ("recovered", "donated", "recovered")
    named = [{"right_of_way_id": f"R{n}", "alignment_id": "A1", "basis": b}
             for n, b in enumerate(bases)]  # fmt: skip
    return VILLAGE.frame(named, shapes)


def project(folder, right_of_way, without=()):
    layers = {"right_of_way": right_of_way, **dict.fromkeys(without)}
    root = write_project(folder, VILLAGE, layers=layers, recipes=())
    toml = root / "geotool.toml"
    text = toml.read_text(encoding="utf-8")
    corridor = "[corridor]\nleft_m = 30.0\nright_m = 30.0\n"
    toml.write_text(text.replace(corridor, ""), encoding="utf-8")
    return root


def places_m(shapes):
    """Return how far along the axis the vertices of shapes lie, those of lines left out."""
    xy = shapely.get_coordinates([s for s in shapes if shapely.get_dimensions(s) == 2])
    return xy[:, 0] - VILLAGE.frame([{}], [shapely.Point(0.0, 0.0)]).geometry.x.iloc[0]


@pytest.mark.parametrize("drawn", GAPS)
def test_no_layer_tells_where_the_land_of_one_donor_begins(tmp_path, drawn):
    root = project(tmp_path / "p", rows(*GAPS[drawn]))
    run_project(RunOptions(root, on="2024-05-01", profile="public"))
    gpkg = root / "out" / "layers.gpkg"
    for name in ("right_of_way", "cells", "land_take_by_section", "handover"):
        x = places_m(pyogrio.read_dataframe(gpkg, layer=name).geometry)
        assert len(x)
        for end in (FIRST, LAST):
            assert np.abs(x - end).min() > 1.0, (name, end)


@pytest.mark.parametrize("without", [("parcels", "structures"), ("parcels",)])
def test_ground_of_donors_nobody_knows_is_drawn_as_a_whole(tmp_path, without):
    drawn = rows(0.004, 0.02).assign(right_of_way_id=["1", "Nguyễn Văn A", "3"])
    without = (*without, "households", "holdings")
    found = assess(open_project(project(tmp_path / "p", drawn, without)), on="2024-05-01")
    seen = disclose(found, redaction.load_profile("public"))
    layer = make_layers(seen.found, dissolve=True)["right_of_way"]
    for frame in (layer, seen.found.inputs.frames["right_of_way"]):
        assert frame["right_of_way_id"].tolist() == ["1"]
        assert "basis" not in frame
    for end in (FIRST, LAST):
        assert np.abs(places_m(layer.geometry) - end).min() > 1.0


def test_many_donors_are_drawn_as_one(tmp_path):
    y = VILLAGE.y_m
    ends = [0, *range(1000, 2001, 100)]
    shapes = [box(a, y - 30, b, y + 30) for a, b in itertools.pairwise(ends)]
    bases = ["", *["donated"] * 10]
    named = [{"right_of_way_id": f"Donor {n}", "alignment_id": "A1", "basis": basis}
             for n, basis in enumerate(bases)]  # fmt: skip
    root = project(tmp_path / "p", VILLAGE.frame(named, shapes))
    run_project(RunOptions(root, on="2024-05-01", profile="public"))
    (whole, given) = pyogrio.read_dataframe(
        root / "out" / "layers.gpkg", layer="right_of_way"
    ).itertuples()
    assert (whole.basis, given.basis) == ("recovered", "donated")
    assert given.geometry.area == pytest.approx(60_000)
    assert shapely.get_num_geometries(given.geometry) == 1
    assert (whole.right_of_way_id, given.right_of_way_id) == ("1", "2")
    assert {round(x) for x in places_m([given.geometry])} == {1000, 2000}


def test_the_map_by_date_and_the_committee(tmp_path):
    found = assess(open_project(project(tmp_path / "p", rows(0.0, 0.0))), on="2024-05-01")
    for name, told in (("public", False), ("committee", True)):
        seen = disclose(found, redaction.load_profile(name))
        frames = gather(seen.found, load_recipe("handover"), seen.profile).frames
        assert "valid_from" in frames["handover"]
        x = {layer: places_m(frames[layer].geometry) for layer in ("right_of_way", "handover")}
        assert bool(np.abs(x["right_of_way"] - FIRST).min() < 1.0) is told
        assert told or np.abs(x["handover"] - FIRST).min() > 1.0


def test_neighbours_keep_one_border_and_their_corners():
    left = shapely.Polygon([(0, 0), (10, 0), (10, 4), (10, 10), (5, 10), (0, 10)])
    right = shapely.Polygon([(10, 0), (20, 0), (20, 4), (10, 4)])
    above = shapely.Polygon([(10, 4), (20, 4), (20, 10), (10, 10)])
    frame = gpd.GeoDataFrame({"n": [1, 2, 3]}, geometry=[left, right, above], crs=v.CRS)
    made = without_traces(frame)
    vertices = shapely.get_coordinates(made.geometry.iloc[0]).tolist()
    assert [5.0, 10.0] not in vertices
    assert [10.0, 4.0] in vertices
    assert made.geometry.area.tolist() == frame.geometry.area.tolist()
    assert shapely.union_all(made.geometry.to_numpy()).area == pytest.approx(200.0)


def test_holes_stay_and_slits_close():
    ground = box(0, 0, 100, 20) - box(40, 5, 60, 15) - box(80, 0, 80 + TRACE_M, 20)
    frame = gpd.GeoDataFrame({"n": [1]}, geometry=[ground], crs=v.CRS)
    (made,) = without_traces(frame).geometry
    assert made.equals(box(0, 0, 100, 20) - box(40, 5, 60, 15))
    assert shapely.get_num_coordinates(made) == 10


def frame_of(*shapes):
    return gpd.GeoDataFrame({"n": range(len(shapes))}, geometry=list(shapes), crs=v.CRS)


def test_wide_ground_behind_a_narrow_neck_is_no_gap():
    """Its neck is 47 mm wide; offsets of these very numbers close 30 m2 behind it."""
    notch = [
        (500250.7618481756, 2000077.681501514),
        (500245.270010493, 2000072.1896638316),
        (500256.30036455893, 2000072.1896638316),
        (500250.8084144972, 2000077.6816138932),
    ]
    around = [
        (500254.70642980223, 2000077.6910210284),
        (500298.6448624444, 2000077.772631833),
        (500161.3909638606, 2000038.9855957518),
        (500240.86558231857, 2000077.6576187166),
    ]
    ground = shapely.Polygon([*notch, *around])
    (made,) = without_traces(frame_of(ground)).geometry
    assert made.intersection(shapely.Polygon(notch)).area < 1.0
    assert made.symmetric_difference(ground).area < TRACE_M * ground.length


@pytest.mark.parametrize("step_m", [0.02, 0.09, -0.02])
def test_a_step_is_no_corner_where_the_outline_bends(step_m):
    y, first, last = 30.0 + step_m, 970.0, 1030.0
    ends = [(0, -90), (700, -30), (1300, -30), (2000, -90), (2000, -30), (1300, 30)]
    steps = [(last, 30), (last, y), (first, y), (first, 30)]
    (made,) = without_traces(
        frame_of(shapely.Polygon([*ends, *steps, (700, 30), (0, -30)]))
    ).geometry
    assert made.equals(shapely.Polygon([*ends, (700, 30), (0, -30)]))


def test_neighbours_lose_the_same_steps():
    y = [0.0, 0.0, 0.06, 0.06, 0.0, 0.0]
    border = list(zip([0.0, 700.0, 970.0, 1030.0, 1300.0, 2000.0], y, strict=True))
    border[0], border[-1] = (0.0, -60.0), (2000.0, -60.0)
    upper = shapely.Polygon([*border, (2000.0, 90.0), (0.0, 90.0)])
    lower = shapely.Polygon([*border, (2000.0, -90.0), (0.0, -90.0)])
    made = without_traces(frame_of(upper, lower)).geometry
    assert shapely.union_all(made.to_numpy()).area == pytest.approx(2000.0 * 180.0)
    assert made.area.sum() == pytest.approx(2000.0 * 180.0)
    x = shapely.get_coordinates(made.to_numpy())[:, 0]
    assert set(x.tolist()) == {0.0, 700.0, 1300.0, 2000.0}


def test_no_gap_is_closed_over_a_neighbour():
    slit = box(40, 0, 40.15, 20)
    left, own = without_traces(frame_of(box(0, 0, 100, 20) - slit, slit)).geometry
    assert left.intersection(own).area == 0.0
    assert left.area == pytest.approx(2000.0 - slit.area)
    half = box(40, 0, 40.15, 10)
    left, own = without_traces(frame_of(box(0, 0, 100, 20) - slit, half)).geometry
    assert left.intersection(own).area == 0.0
    assert left.area == pytest.approx(2000.0 - half.area)


def test_thin_areas_stay_areas():
    made = without_traces(frame_of(box(0, 0, 100, 0.05), box(0, 50, 100, 50.3))).geometry
    assert (made.area > 0).all()
    assert made.is_valid.all()
    assert made.iloc[1].equals(box(0, 50, 100, 50.3))


def test_slivers_are_drawn_where_they_are():
    wide = [(0, 0), (12.9659, 8.8069), (10.4048, 12.4969), (10.5631, 12.4419), (15.6696, 4.7927)]
    thin = [(14.8471, -23.6667), (14.6148, -23.6659), (-0.8893, -0.4185)]
    origin = (560000.0, 2000000.0)
    ground = shapely.MultiPolygon([shapely.Polygon(np.add(one, origin)) for one in (wide, thin)])
    assert ground.is_valid
    (made,) = without_traces(frame_of(ground)).geometry
    assert made.is_valid
    assert made.buffer(2.01 * TRACE_M).covers(ground)
    assert ground.buffer(2.01 * TRACE_M).covers(made)


def test_leftovers_of_any_form_are_drawn_where_they_are():
    rng = np.random.default_rng(4)
    for _ in range(60):
        ground = shapely.union_all(leftovers(rng))
        (made,) = without_traces(frame_of(ground)).geometry
        assert made.is_valid
        assert made.buffer(2.01 * TRACE_M).covers(ground)
        assert ground.buffer(2.01 * TRACE_M).covers(made)


def leftovers(rng):
    """Return ground in pieces of different width, slanted, with holes, some a few centimetres."""
    pieces, x = [], 560000.0
    for length in rng.choice([0.08, 0.4, 3.0, 30.0], 7) * rng.uniform(0.7, 1.3, 7):
        low, high = rng.choice([0.0, 0.1, 0.25, 4.0], 2) * rng.uniform(-1, 1, 2)
        a, b = rng.uniform(-0.25, 0.25, 2)
        ends = [(x + a, low - 20), (x + length, low - 20 + b), (x + length + b, high + 20)]
        hole = box(x + length / 3, a, x + length / 2, a + rng.choice([0.15, 3.0]))
        piece = shapely.make_valid(shapely.Polygon([*ends, (x + a, high + 20 + a)]))
        pieces.append(shapely.affinity.rotate(piece - hole, 33.7, origin=(560000.0, 0.0)))
        x += length
    return pieces


def test_a_layer_without_areas_is_drawn():
    assert without_traces(frame_of()).empty
    assert without_traces(frame_of(shapely.Polygon())).geometry.is_empty.all()
