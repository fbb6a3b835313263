"""Chainage, strips and shares computed a second time, plainly, and compared with geotool's own.

Nothing here uses geotool's geometry: labels are walked along the axis equation by equation, places
and widths are searched over all segments with numpy, shares are fractions.
"""

import itertools
from fractions import Fraction
from math import floor

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, Polygon

from geotool.route.alignment import make_axes
from geotool.route.chainage import locate_points
from tests import village as v
from tests import village_project as vp
from tests.cli.conftest import call
from tests.route.drawn import CRS, winding


def nearest_on_segments(points, vertices):
    """Return distance along, offset, side (+1 left) and whether a foot is inside the axis.

    Every point against every segment; of equal distances the first.
    """
    start, move = vertices[:-1], np.diff(vertices, axis=0)
    length = np.hypot(*move.T)
    along = np.concatenate([[0.0], np.cumsum(length)])
    found = []
    for point in points:
        t = ((point - start) * move).sum(axis=1) / length**2
        held = np.clip(t, 0.0, 1.0)
        apart = np.hypot(*(point - start - held[:, None] * move).T)
        best = int(np.argmin(apart))
        cross = move[best, 0] * (point - start[best])[1] - move[best, 1] * (point - start[best])[0]
        first_or_last = (best == 0 and t[0] < 0) or (best == len(t) - 1 and t[-1] > 1)
        place = along[best] + held[best] * length[best]
        found.append((place, apart[best], np.sign(cross), not first_or_last))
    return (np.array(column) for column in zip(*found, strict=True))


# Labels by walking -------------------------------------------------------------------------


def unrolled(along, known):
    """Return the running station between known points; a metre is a metre beyond them."""
    if along <= known[0][0]:
        return known[0][1] - (known[0][0] - along)
    for (a, u), (b, w) in itertools.pairwise(known):
        if along <= b:
            return u + (along - a) * (w - u) / (b - a)
    return known[-1][1] + (along - known[-1][0])


def walked(along, known, equations):
    """Return the label at a distance from the start: every equation passed moves it."""
    label = unrolled(along, known)
    for back, ahead in equations:
        if label < back:
            break
        label += ahead - back
    return label


def stationed_axis(seed, *, posts):
    """Return alignments, equations and posts at random, and the points that make the labels."""
    random = np.random.default_rng(seed)
    vertices = winding(seed, count=60, turn=0.15)
    line = LineString(vertices)
    length = line.length
    falling = bool(random.integers(2))
    anchor = length if falling else 0.0
    spots = sorted(random.uniform(0.05, 0.95, posts) * length)
    places = [spot for spot in spots if abs(spot - anchor) > 5]
    places = [p for i, p in enumerate(places) if i == 0 or p - places[i - 1] > 50]
    places = sorted([anchor, *places])
    known = [(places[0], float(random.uniform(0, 90_000)))]
    for before, after in itertools.pairwise(places):
        stretched = (after - before) * random.uniform(0.995, 1.005)
        known.append((after, known[-1][1] + stretched))
    breaks = sorted(random.uniform(0.03, 0.97, int(random.integers(0, 4))) * length)
    equations, shift = [], 0.0
    for spot in breaks:
        back = unrolled(spot, known) + shift
        ahead = back + float(random.uniform(-400, 400))
        equations.append((back, ahead))
        shift += ahead - back
    rows = [
        (f"C{number}", walked(p, known, equations), 1 + sum(p > b for b in breaks), p)
        for number, p in enumerate(places)
        if p != anchor
    ]
    post_frame = gpd.GeoDataFrame(
        {
            "post_id": [row[0] for row in rows],
            "chainage": [row[1] for row in rows],
            "zone": [row[2] for row in rows],
        },
        geometry=[line.interpolate(row[3]) for row in rows],
        crs=CRS,
    ).sample(frac=1, random_state=seed)
    drawn = line.reverse() if falling else line
    alignments = gpd.GeoDataFrame(
        {
            "alignment_id": ["A1"],
            "start_chainage": [walked(anchor, known, equations)],
            "direction": ["down" if falling else "up"],
        },
        geometry=[drawn],
        crs=CRS,
    )
    table = pd.DataFrame(equations, columns=["back", "ahead"])
    return alignments, table, post_frame, (line, known, equations, breaks)


@pytest.mark.parametrize("seed", range(25))
def test_labels_walked_equation_by_equation(seed):
    alignments, table, posts, (line, known, equations, breaks) = stationed_axis(
        seed, posts=seed % 5
    )
    (axis,) = make_axes(
        alignments,
        equations=table if len(table) else None,
        posts=posts if len(posts) else None,
    )
    along = np.random.default_rng(seed).uniform(0, line.length, 200)
    away = [abs(along - spot) > 0.01 for spot in breaks]
    along = along[np.logical_and.reduce(away)] if away else along
    expected = np.array([walked(spot, known, equations) for spot in along])
    found = [axis.chainage_at(axis.start_measure_m + spot) for spot in along]
    assert found == pytest.approx(expected, abs=1e-6)
    points = gpd.GeoDataFrame(geometry=[line.interpolate(spot) for spot in along], crs=CRS)
    located = locate_points(points, [axis])
    assert located["chainage_m"].to_numpy() == pytest.approx(expected, abs=1e-6)
    for spot, label in zip(along[:50], expected[:50], strict=True):
        near = axis.measure_at(float(label), near_m=axis.start_measure_m + spot)
        assert near == pytest.approx(axis.start_measure_m + spot, abs=1e-6)


# Places by brute force ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_points_against_every_segment(seed):
    random = np.random.default_rng(seed)
    vertices = winding(seed, count=80, turn=0.4)
    start = float(random.uniform(0, 500_000))
    frame = gpd.GeoDataFrame(
        {"alignment_id": ["A1"], "start_chainage": [start]},
        geometry=[LineString(vertices)],
        crs=CRS,
    )
    low, high = vertices.min(axis=0) - 200, vertices.max(axis=0) + 200
    points = random.uniform(low, high, (500, 2))
    place, offset, side, inside = nearest_on_segments(points, vertices)
    shapes = gpd.GeoDataFrame(geometry=shapely.points(points), crs=CRS)
    found = locate_points(shapes, make_axes(frame))
    assert found["offset_m"].to_numpy() == pytest.approx(offset, abs=1e-7)
    assert found["measure_m"].to_numpy() == pytest.approx(start + place, abs=1e-5)
    assert (~found["beyond_end"]).tolist() == inside.tolist()
    apart = [
        row
        for row in range(len(points))
        if inside[row]
        and (found["side"].iloc[row] == "left") != (side[row] > 0)
        and not near_vertex(points[row], vertices)
    ]
    assert apart == []


def near_vertex(point, vertices):
    """Return whether a vertex is the nearest place: both segments may be asked for the side."""
    _place, offset, _, _ = nearest_on_segments(point[None, :], vertices)
    return bool(np.abs(np.hypot(*(vertices - point).T) - offset[0]).min() < 1e-9)


# Widths on a grid --------------------------------------------------------------------------


def mild_axis(seed):
    """Return an axis that turns by at most 5 degrees every 20 to 40 m."""
    random = np.random.default_rng(seed)
    heading = np.cumsum(random.uniform(-0.087, 0.087, 14)) + random.uniform(0, 6)
    step = random.uniform(20, 40, 14)
    moves = np.column_stack([np.cos(heading) * step, np.sin(heading) * step])
    return np.array([500_000.0, 2_000_000.0]) + np.vstack([[0.0, 0.0], np.cumsum(moves, axis=0)])


def width_table(seed, length, start):
    """Return rows of chainage, left and right: tapers, and a step in the middle row."""
    random = np.random.default_rng(seed)
    places = np.sort(random.uniform(0, length, 6))
    places = np.concatenate([[0.0], places[:3], places[2:], [length]])
    widths = random.uniform(5, 40, (len(places), 2))
    return (
        places,
        widths,
        pd.DataFrame({"chainage": start + places, "left_m": widths[:, 0], "right_m": widths[:, 1]}),
    )


def width_at(place, places, widths):
    """Return left and right width where an axis is so long; between equal places is a step."""
    for (a, b), (wide, wider) in zip(
        itertools.pairwise(places), itertools.pairwise(widths), strict=True
    ):
        if a < b and a <= place <= b:
            return wide + (wider - wide) * (place - a) / (b - a)
    return widths[-1]


@pytest.mark.parametrize("seed", range(4))
def test_a_strip_of_changing_width_on_a_grid(tmp_path, seed):
    vertices = mild_axis(seed)
    line, start = LineString(vertices), 12_000.0
    places, widths, table = width_table(seed, line.length, start)
    frame = gpd.GeoDataFrame(
        {"alignment_id": ["A1"], "start_chainage": [start]}, geometry=[line], crs=CRS
    )
    frame.to_file(tmp_path / "axis.gpkg")
    table.to_csv(tmp_path / "widths.csv", index=False)
    run = call(
        "corridor",
        tmp_path / "axis.gpkg",
        "--widths",
        tmp_path / "widths.csv",
        "-o",
        tmp_path / "strip.gpkg",
        "--json",
    )
    assert run.exit_code == 0, run.stderr
    shape = gpd.read_file(tmp_path / "strip.gpkg").union_all()
    assert shape.is_valid
    cell = 1.5
    low, high = vertices.min(axis=0) - 45, vertices.max(axis=0) + 45
    x, y = np.meshgrid(*(np.arange(a, b, cell) + 0.37 for a, b in zip(low, high, strict=True)))
    points = np.column_stack([x.ravel(), y.ravel()])
    place, offset, side, inside = nearest_on_segments(points, vertices)
    limit = np.array([width_at(p, places, widths) for p in place])
    wide = np.where(side > 0, limit[:, 0], limit[:, 1])
    step_m = np.abs(place[:, None] - places[None, :]).min(axis=1)
    own = inside & (offset <= wide)
    assert run.data["area_m2"] == pytest.approx(own.sum() * cell**2, rel=5e-3)
    covered = shapely.contains_xy(shape, points)
    # a step, or a corner of a taper, may stand square to the chord: 45 m times half of 5 degrees
    clear = inside & (step_m > 2.5) & (np.abs(offset - wide) > 0.6)
    wrong = points[clear & (covered != own)]
    assert len(wrong) == 0, wrong[:5]


# Shares in fractions -----------------------------------------------------------------------


def half_up_dm2(area_m2):
    """Return a fraction of m2 in whole dm2, halves up."""
    return floor(area_m2 * 100 + Fraction(1, 2))


@pytest.mark.parametrize("seed", range(4))
def test_household_shares_in_fractions(tmp_path, seed):
    random = np.random.default_rng(seed)
    left, right = (float(random.integers(10, 400)) / 4 for _ in range(2))
    village = v.Village(left_m=left, right_m=right, columns=8, commune_cuts_m=(450.0,))
    parcels = v.parcels(village)
    document = [Fraction(int(random.integers(100, 900_000)), 100) for _ in range(len(parcels))]
    parcels["document_area_m2"] = [float(area) for area in document]
    rows = []
    for key in parcels["parcel_id"]:
        count = int(random.integers(1, 4))
        for holder in random.choice(12, count, replace=False):
            rows.append((f"H{holder}", "household", key, 1, count))
    columns = ["holder_id", "holder_kind", "parcel_id", "share_numerator", "share_denominator"]
    holdings = pd.DataFrame(rows, columns=columns).sample(frac=1, random_state=seed)
    keep = {"alignments", "communes"}
    layers = {name: None for name in vp.all_layers() if name not in keep}
    layers |= {"parcels": parcels, "holdings": holdings}
    folder = vp.write_project(tmp_path, village, layers=layers)
    run = call("severance", "--project", folder, "--json")
    assert run.exit_code == 0, run.stderr
    low, high = Fraction(125) - Fraction(right), Fraction(125) + Fraction(left)
    lost_share = {}
    for key in parcels["parcel_id"]:
        bottom = (int(key.split("-")[0]) - 1) * 50
        lost = min(Fraction(bottom + 50), high) - max(Fraction(bottom), low)
        lost_share[key] = max(lost, Fraction(0)) / 50
    area = dict(zip(parcels["parcel_id"], document, strict=True))
    total, gone = {}, {}
    for holder, _, key, numerator, denominator in rows:
        part = Fraction(numerator, denominator)
        total[holder] = total.get(holder, 0) + part * half_up_dm2(area[key])
        gone[holder] = gone.get(holder, 0) + part * half_up_dm2(area[key] * lost_share[key])
    expected = {holder: gone[holder] for holder in gone if gone[holder]}
    found = {row["holder_id"]: row for row in run.data["holders"]}
    assert set(found) == set(expected)
    for holder, lost in expected.items():
        row = found[holder]
        severe = "yes" if lost * 10 >= total[holder] else "no"
        assert row["severe"] == severe, holder
        assert row["lost_document_area_m2"] == pytest.approx(float(lost / 100), abs=1e-9)
        assert row["total_document_area_m2"] == pytest.approx(float(total[holder] / 100), abs=1e-9)
        assert row["lost_share_document"] == pytest.approx(float(lost / total[holder]), abs=1e-12)


# Distances from the right of way -----------------------------------------------------------


@pytest.mark.parametrize(("seed", "road_class", "corridor_m"), [(1, "III", 13), (2, "I", 17)])
@pytest.mark.parametrize("angle_deg", [0.0, 33.0])
def test_structures_in_the_safety_corridor_by_distance(
    tmp_path, seed, road_class, corridor_m, angle_deg
):
    random = np.random.default_rng(seed)
    village = v.Village(angle_deg=angle_deg)
    rows, shapes, expected = [], [], 0
    for number in range(120):
        x, y = random.uniform(-60, 2_060), random.uniform(60, 190)
        half = 0.0 if number % 3 == 0 else random.uniform(1, 6)
        use = "dwelling" if number % 2 else "secondary"
        rows.append({"structure_id": f"S{number}", "holder_id": f"H{1 + number % 9}", "use": use})
        box = [
            (x - half, y - half),
            (x + half, y - half),
            (x + half, y + half),
            (x - half, y + half),
        ]
        shapes.append(Polygon(box) if half else Point(x, y))
        beside = -half < x < 2_000 + half
        above, below = y - half - 155, 95 - (y + half)  # beyond the edges of the right of way
        out = max(above, below)
        ends = x + half <= 0 or x - half >= 2_000
        expected += bool(beside and not ends and 0 < out < corridor_m)
    layers = dict.fromkeys(vp.all_layers())
    layers |= {
        "alignments": v.alignments(village).assign(road_class=road_class),
        "structures": village.frame(rows, shapes),
    }
    folder = vp.write_project(tmp_path, village, layers=layers)
    run = call("strips", "--project", folder, "--json")
    assert run.exit_code == 0, run.stderr
    (safety,) = [row for row in run.data["strips"] if row["strip"] == "safety"]
    assert safety["area_m2"] == pytest.approx(2 * corridor_m * 2_000, rel=1e-9)
    assert safety["structure_count"] == expected
    assert 5 < expected < 60


@pytest.mark.parametrize("seed", range(3))
def test_points_in_the_safety_corridor_of_a_bent_axis(tmp_path, seed):
    """The corridor of class III lies 30 to 43 m from the axis, not beyond its ends."""
    vertices = mild_axis(seed)
    low, high = vertices.min(axis=0) - 50, vertices.max(axis=0) + 50
    points = np.random.default_rng(seed).uniform(low, high, (400, 2))
    _, offset, _, inside = nearest_on_segments(points, vertices)
    clear = (np.abs(offset - 30) > 0.3) & (np.abs(offset - 43) > 0.3)
    points, offset, inside = points[clear], offset[clear], inside[clear]
    structures = gpd.GeoDataFrame(
        {"structure_id": [f"S{row}" for row in range(len(points))], "use": "dwelling"},
        geometry=shapely.points(points),
        crs=CRS,
    )
    alignments = gpd.GeoDataFrame(
        {"alignment_id": ["A1"], "road_class": ["III"]}, geometry=[LineString(vertices)], crs=CRS
    )
    layers = dict.fromkeys(vp.all_layers())
    layers |= {"alignments": alignments, "structures": structures}
    run = call("strips", "--project", vp.write_project(tmp_path, layers=layers), "--json")
    assert run.exit_code == 0, run.stderr
    expected = int((inside & (offset > 30) & (offset < 43)).sum())
    (safety,) = [row for row in run.data["strips"] if row["strip"] == "safety"]
    assert safety["dwelling_count"] == expected
    assert expected > 10
