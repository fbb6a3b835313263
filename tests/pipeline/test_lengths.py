"""Lengths of a project: what is published, what the report says, limits of a project's own."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from pyproj import Geod
from shapely import LineString

from geotool import crs, labels
from geotool.errors import DataError
from geotool.pipeline.assess import assess
from geotool.pipeline.facts import make_facts
from geotool.pipeline.ground import make_axes
from geotool.pipeline.inputs import open_project
from geotool.pipeline.length_statements import measure_project_lengths
from geotool.pipeline.lengths import (
    LengthOptions,
    describe_lengths,
    lengths_tables,
    state_lengths,
    summarise_lengths,
)
from geotool.pipeline.scale import find_scale_problems
from geotool.share import faces
from tests import village as v
from tests import village_project as vp


def project(folder, **columns):
    """Write the village with columns added to its alignments; its axis is 2 km, Km10 to Km12."""
    return vp.write_project(folder, layers={"alignments": v.alignments().assign(**columns)})


def measured(folder):
    inputs = open_project(folder)
    return measure_project_lengths(inputs, make_axes(inputs))


def test_the_village_is_short_by_the_scale_of_its_meridian(tmp_path):
    found = measured(project(tmp_path))
    (row,) = found.rows
    assert row["planar_length_m"] == pytest.approx(2_000)
    assert row["scale_factor_ppm"] == pytest.approx(-100, abs=0.1)
    assert row["scale_difference_m"] == pytest.approx(-0.2, abs=1e-3)
    assert row["stationed_length_m"] == pytest.approx(2_000)
    assert row["published_length_m"] is None
    assert found.totals["unexplained_m"] is None
    assert found.totals["planar_length_m"] == row["planar_length_m"]
    assert found.problems == ()
    assert found.intervals.empty
    assert found.corners.empty


def test_the_sentence_on_the_datum_names_its_direction(tmp_path):
    found = measured(project(tmp_path))
    (one,) = found.statements
    told = {}
    for metres in (0.5, -0.5):
        moved = dataclasses.replace(one, wgs84_length_m=one.geodesic_length_m - metres)
        changed = dataclasses.replace(found, statements=(moved,))
        told[metres] = " ".join(describe_lengths(changed, labels.load_labels(), "en"))
    assert "(WGS 84) finds the line 0.50 m shorter than the datum of the map does" in told[0.5]
    assert "(WGS 84) finds the line 0.50 m longer than the datum of the map does" in told[-0.5]


@pytest.mark.parametrize(("published", "count"), [(2_000.2, 0), (2_010.0, 0), (2_011.0, 1), (0, 1)])
def test_a_published_length_that_nothing_explains_is_a_finding(tmp_path, published, count):
    found = measured(project(tmp_path, published_length_m=published))
    assert [one.rule for one in found.problems] == ["published_length_differs"] * count
    assert found.rows[0]["unexplained_m"] == pytest.approx(published - 2_000.2, abs=1e-2)


def test_a_project_may_set_its_own_limit(tmp_path):
    project(tmp_path, published_length_m=2_011.0)
    rules = tmp_path / "layers" / "rules"
    rules.mkdir()
    text = (
        '[rule]\ntitle = "t"\ncitation = "c"\neffective_from = 2024-01-01\nconfirmed = true\n'
        "[curves]\ncorner_deg = {corner}\nleast_chord_m = 1.0\n"
        "[published]\ndifference_share = 0.01\n"
    )
    (rules / "lengths.toml").write_text(text.format(corner=20), encoding="utf-8")
    assert measured(tmp_path).problems == ()
    (rules / "lengths.toml").write_text(text.format(corner=91), encoding="utf-8")
    with pytest.raises(DataError, match="corner_deg"):
        measured(tmp_path)


def test_totals_need_every_figure(tmp_path):
    both = v.alignments()
    other = both.assign(alignment_id="A2", geometry=both.geometry.translate(0, 40))
    frame = both.assign(published_length_m=2_000.0)
    frame = pd.concat([frame, other.assign(published_length_m=np.nan)], ignore_index=True)
    found = measured(vp.write_project(tmp_path, layers={"alignments": frame}))
    assert [row["alignment_id"] for row in found.rows] == ["A1", "A2"]
    assert found.totals["planar_length_m"] == pytest.approx(4_000)
    assert found.totals["published_length_m"] is None
    tables = lengths_tables(found)
    assert tables[0].total["planar_length_m"] == found.totals["planar_length_m"]
    assert not tables[0].vertical


def test_a_project_without_axes_has_no_lengths(tmp_path):
    folder = vp.write_project(tmp_path, layers={"alignments": None, "events": None})
    inputs = open_project(folder)
    assert measure_project_lengths(inputs, make_axes(inputs)) is None


def test_the_line_of_the_report(tmp_path):
    words = labels.load_labels()
    found = measured(project(tmp_path / "a", published_length_m=2_000.0))
    lines = summarise_lengths(found, words)
    assert lines["en"] == (
        "On the map 2,000.00 m; on the ellipsoid 2,000.20 m; published 2,000.00 m"
    )
    assert "2.000,20 m" in lines["vi"]
    inputs = open_project(project(tmp_path / "b"))
    facts = make_facts(assess(inputs, on="2024-05-01"), words)
    told = {label["en"]: text for label, text in facts}
    assert told["Length of the alignments"]["en"].endswith("on the ellipsoid 2,000.20 m")


def test_words_say_what_explains_what(tmp_path):
    words = labels.load_labels()
    found = measured(project(tmp_path, published_length_m=2_000.0))
    lines = describe_lengths(found, words, "en")
    assert "is 0.20 m shorter than the ellipsoid because of the projection: -100 ppm." in lines[0]
    assert any("nearest to “Planar length (m)”" in line for line in lines)
    assert not any("station equations" in line or "corners" in line for line in lines)
    for language in ("vi", "en"):
        shown = faces.text_tables(lengths_tables(found), labels=words, language=language)
        assert "columns." not in shown


def test_a_published_length_that_is_the_planar_one_is_not_called_unexplained(tmp_path):
    """Web Mercator draws 5 % too long: the projection explains a length taken from the map."""
    points = crs.transformer("EPSG:4326", "EPSG:3857")(np.array([106.1, 106.3]), np.full(2, 18.0))
    frame = v.alignments().set_geometry([LineString(np.column_stack(points))], crs="EPSG:3857")
    path = tmp_path / "a.gpkg"
    planar_m = frame.length.iloc[0]
    frame.assign(published_length_m=planar_m).to_file(path)
    answer = state_lengths(LengthOptions(alignment=str(path), language="en"))
    (problem,) = answer.problems
    assert "neither" not in problem.message
    assert f"agrees with planar_length_m, {planar_m:,.2f} m" in problem.message
    assert not any("unexplained" in line for line in answer.words)


def test_the_wrong_zone_names_metres_a_kilometre(tmp_path):
    lon, lat, _ = Geod(ellps="WGS84").fwd(
        [106.106] * 3, [18.0] * 3, [136.0] * 3, [-12_205.0, 0.0, 12_205.0]
    )
    points = crs.transformer("EPSG:4326", "EPSG:5899")(lon, lat)
    frame = v.alignments().set_geometry([LineString(np.column_stack(points))], crs="EPSG:5899")
    folder = vp.write_project(
        tmp_path, layers=dict.fromkeys(vp.all_layers()) | {"alignments": frame}
    )
    text = (folder / "geotool.toml").read_text(encoding="utf-8")
    (folder / "geotool.toml").write_text(text.replace("EPSG:9209", "EPSG:5899"), encoding="utf-8")
    (problem,) = find_scale_problems(open_project(folder))
    assert "lengths by about +0.24 to +0.31 m a kilometre" in problem.message
    found = measured(folder)
    assert found.rows[0]["scale_difference_m"] == pytest.approx(6.72, abs=0.02)
    assert "6.73 m longer" in describe_lengths(found, labels.load_labels(), "en")[0]
