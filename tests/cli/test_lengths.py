"""``geotool lengths``: files and projects, refusals, JSON."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, Point

from tests import village as v
from tests import village_project as vp


def test_a_file_of_one_alignment(geotool, files):
    run = geotool("lengths", files["alignments"], "--published-m", "2000.2", "--json")
    assert run.exit_code == 0
    assert set(run.data) == {"crs", "alignments", "totals", "intervals", "corners"}
    (row,) = run.data["alignments"]
    assert row["alignment_id"] == "A1"
    assert row["planar_length_m"] == pytest.approx(2_000)
    assert row["geodesic_length_m"] == pytest.approx(2_000.2, abs=1e-3)
    assert row["scale_difference_m"] == pytest.approx(
        row["planar_length_m"] - row["geodesic_length_m"]
    )
    assert row["chord_shortfall_m"] == 0
    assert row["published_length_m"] == 2_000.2
    assert row["unexplained_m"] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("language", "expected"), [("vi", "ngắn hơn mặt ellipsoid 0,20 m"), ("en", "0.20 m shorter")]
)
def test_tables_and_words_in_both_languages(geotool, files, language, expected):
    run = geotool("lengths", files["alignments"], "--lang", language)
    assert run.exit_code == 0
    assert "A1" in run.stdout
    assert expected in run.stderr


def test_equations_and_posts(geotool, files, tmp_path):
    equations = tmp_path / "equations.csv"
    pd.DataFrame({"back": ["Km10+500"], "ahead": ["Km10+450"]}).to_csv(equations, index=False)
    run = geotool("lengths", files["alignments"], "--equations", equations, "--json")
    (row,) = run.data["alignments"]
    assert row["equation_jump_m"] == pytest.approx(-50)
    assert row["stationed_length_m"] == pytest.approx(2_000)
    assert row["label_difference_m"] == pytest.approx(1_950)
    assert run.data["intervals"] == []
    shapes = [v.VILLAGE.place(Point(x, 125)) for x in (500, 1_500)]
    posts = gpd.GeoDataFrame(
        {"post_id": ["1", "2"], "chainage": ["Km10+500", "Km11+510"]}, geometry=shapes, crs=v.CRS
    )
    path = vp.write_frame(posts, tmp_path, "chainage_posts")
    run = geotool("lengths", files["alignments"], "--posts", path, "--json")
    (row,) = run.data["alignments"]
    assert row["stationing_difference_m"] == pytest.approx(10)
    scales = [one["scale_factor"] for one in run.data["intervals"]]
    assert scales == pytest.approx([1, 1.01, 1])


def test_corners_and_several_alignments(geotool, tmp_path):
    shapes = [
        LineString([(500_000, 2e6), (500_500, 2e6), (500_500, 2_000_500)]),
        LineString([(501_000, 2e6), (502_000, 2e6)]),
    ]
    frame = gpd.GeoDataFrame(
        {"alignment_id": ["B", "A"], "start_chainage": ["Km1", "Km2"]}, geometry=shapes, crs=v.CRS
    )
    path = tmp_path / "two.gpkg"
    frame.to_file(path)
    run = geotool("lengths", path, "--json")
    assert [row["alignment_id"] for row in run.data["alignments"]] == ["A", "B"]
    assert run.data["totals"]["planar_length_m"] == pytest.approx(2_000)
    (corner,) = run.data["corners"]
    assert (corner["alignment_id"], corner["chainage_m"]) == ("B", 1_500)
    assert corner["deflection_deg"] == pytest.approx(90)
    refused = geotool("lengths", path, "--published-m", "1000")
    assert refused.exit_code == 2
    one = geotool("lengths", path, "--published-m", "1000", "--alignment-id", "B", "--json")
    assert [row["published_length_m"] for row in one.data["alignments"]] == [1_000]


def test_a_project(geotool, village_project):
    run = geotool("lengths", "--project", village_project, "--json")
    assert run.exit_code == 0
    assert run.data["alignments"][0]["planar_length_m"] == pytest.approx(2_000)
    listed = geotool("lengths", "--project", village_project, "--published-m", "1500")
    assert listed.exit_code == 0
    assert "finding: alignments: Alignment 'A1' is published as 1,500.00 m" in listed.stderr


def test_wrong_calls(geotool, files, village_project, tmp_path):
    assert geotool("lengths").exit_code == 2
    assert geotool("lengths", tmp_path / "none.gpkg").exit_code == 2
    for value in ("0", "-5", "nan", "inf"):
        assert geotool("lengths", files["alignments"], f"--published-m={value}").exit_code == 2
    run = geotool("lengths", "--project", village_project, "--equations", "e.csv", "--json")
    assert run.exit_code == 2
    assert run.data["ok"] is False


def test_refused_data(geotool, files, tmp_path):
    degrees = gpd.read_file(files["alignments"]).to_crs("EPSG:4326")
    path = tmp_path / "degrees.gpkg"
    degrees.to_file(path)
    assert geotool("lengths", path).exit_code == 3
    assert geotool("lengths", files["parcels"]).exit_code == 3
    lone = vp.write_project(tmp_path / "lone", layers={"alignments": None, "events": None})
    run = geotool("lengths", "--project", lone)
    assert run.exit_code == 3
    assert "no alignments" in run.stderr
