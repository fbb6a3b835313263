"""Commands that need no project: info, validate, convert, chainage, corridor, affected."""

import csv
import io

import geopandas as gpd
import pytest
import shapely

from tests import village as v


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_affected_counts_the_village(geotool, files):
    run = geotool("affected", files["parcels"], "--corridor", files["right_of_way"], "--json")
    assert run.exit_code == 0
    data = run.data
    assert (data["feature_count"], data["affected_count"]) == (100, 60)
    assert (data["full_count"], data["partial_count"]) == (20, 40)
    assert data["affected_area_m2"] == pytest.approx(120_000, rel=1e-12)
    assert data["corridor_area_m2"] == pytest.approx(120_000, rel=1e-12)
    assert data["overlap_area_m2"] == pytest.approx(0, abs=1e-6)
    assert data["uncovered_area_m2"] == pytest.approx(0, abs=1e-6)


def test_affected_writes_one_row_a_feature(geotool, files, tmp_path):
    out = tmp_path / "x.csv"
    run = geotool("affected", files["parcels"], "--corridor", files["right_of_way"], "-o", out)
    assert run.exit_code == 0
    rows = rows_of(out.read_text(encoding="utf-8"))
    assert len(rows) == 60
    partial = next(row for row in rows if row["parcel_id"] == "2-7")
    assert float(partial["affected_area_m2"]) == pytest.approx(500, rel=1e-9)
    assert float(partial["remainder_m2"]) == pytest.approx(4500, rel=1e-9)
    assert float(partial["taken_share"]) == pytest.approx(0.1, rel=1e-9)
    assert partial["take_class"] == "partial"


def test_affected_splits_rows_by_commune_and_section(geotool, files):
    run = geotool(
        "affected", files["parcels"], "--corridor", files["right_of_way"],
        "--communes", files["communes"], "--alignment", files["alignments"],
        "--by", "commune", "--by", "section", "-o", "-",
    )  # fmt: skip
    assert run.exit_code == 0
    rows = rows_of(run.stdout)
    cut = [row for row in rows if row["parcel_id"] == "3-13"]
    assert {row["commune_id"] for row in cut} == {"C1", "C2"}
    assert sum(float(row["affected_area_m2"]) for row in rows) == pytest.approx(120_000)
    assert {row["section_id"] for row in rows} == {"Km10-Km11", "Km11-Km12"}
    assert {row["take_class"] for row in rows} == {"full", "partial"}


@pytest.mark.parametrize(
    ("by", "key", "expected"),
    [
        ("commune", "commune_id", {"C1": 75_000, "C2": 45_000}),
        ("section", "section_id", {"Km10-Km11": 60_000, "Km11-Km12": 60_000}),
        ("land_type", "land_type", {"ONT": 70_000, "ONT+CLN": 5_000, "LUA": 10_000, "CLN": 35_000}),
    ],
)
def test_affected_groups_carry_their_key(geotool, files, by, key, expected):
    run = geotool(
        "affected", files["parcels"], "--corridor", files["right_of_way"], "--json",
        "--communes", files["communes"], "--alignment", files["alignments"], "--by", by,
    )  # fmt: skip
    groups = {group[key]: group["affected_area_m2"] for group in run.data["groups"]}
    assert groups.pop("overlap") == groups.pop("uncovered") == 0
    assert groups == pytest.approx(expected)


def test_affected_points_and_lines_take_the_same_road(geotool, files):
    graves = geotool(
        "affected", files["graves"], "--as", "graves", "--corridor", files["right_of_way"], "--json"
    ).data
    assert (graves["feature_count"], graves["affected_count"]) == (17, 12)
    lines = geotool(
        "affected", files["utilities"], "--as", "utility",
        "--corridor", files["right_of_way"], "--json",
    ).data  # fmt: skip
    assert lines["affected_count"] == 3
    assert lines["affected_length_m"] == pytest.approx(4 * 60)


def test_lengths_by_commune_add_up_to_the_axis(geotool, files):
    run = geotool(
        "affected", files["alignments"], "--as", "alignments",
        "--communes", files["communes"], "--by", "commune", "--json",
    )  # fmt: skip
    lengths = {group["commune_id"]: group["length_m"] for group in run.data["groups"]}
    assert lengths["C1"] == pytest.approx(1250)
    assert lengths["C2"] == pytest.approx(750)
    assert set(lengths) == {"C1", "C2", "outside", "shared"}
    assert sum(lengths.values()) == pytest.approx(2000, abs=1e-6)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (("--at", "Km10+300"), {"chainage_m": 10_300, "x": v.EAST + 300, "y": v.NORTH + 125}),
        (("--point", f"{v.EAST + 700},{v.NORTH + 165}"), {"chainage_m": 10_700, "offset_m": 40}),
        (("--between", "Km10+250", "Km11+750"), {"length_m": 1500}),
    ],
)
def test_chainage_answers(geotool, files, question, expected):
    run = geotool("chainage", files["alignments"], *question, "--json")
    assert run.exit_code == 0
    assert {name: run.data[name] for name in expected} == pytest.approx(expected)


def test_chainage_says_side_and_place(geotool, files):
    run = geotool(
        "chainage", files["alignments"], "--point", f"{v.EAST + 700},{v.NORTH + 165}", "--json"
    )
    assert run.data["side"] == "left"
    assert run.data["chainage"] == "Km10+700.00"
    assert 105 < run.data["lon"] < 106
    assert 18 < run.data["lat"] < 19


def test_chainage_every_m_lists_points(geotool, files):
    points = geotool("chainage", files["alignments"], "--every-m", "500", "--json").data["points"]
    assert [point["chainage_m"] for point in points] == [10_000, 10_500, 11_000, 11_500, 12_000]


def test_chainage_refuses_a_label_that_is_not_there(geotool, files):
    run = geotool("chainage", files["alignments"], "--at", "Km99+000", "--json")
    assert run.exit_code == 3
    assert run.data["ok"] is False
    assert "Km10+000" in run.stderr


def test_corridor_draws_the_strip(geotool, files, tmp_path):
    out = tmp_path / "strip.gpkg"
    arguments = ("corridor", files["alignments"], "--left-m", 30, "--right-m", 30, "-o", out)
    run = geotool(*arguments, "--json")
    assert run.exit_code == 0
    assert run.data["area_m2"] == pytest.approx(120_000, rel=1e-12)
    assert run.data["length_m"] == pytest.approx(2000)
    drawn = gpd.read_file(out)
    assert drawn.area.sum() == pytest.approx(120_000)
    again = geotool(*arguments)
    assert again.exit_code == 4
    assert geotool(*arguments, "--overwrite").exit_code == 0


def test_convert_round_trip(geotool, files, tmp_path):
    out = tmp_path / "thua.geojson"
    run = geotool("convert", files["parcels"], "--as", "parcel", "-o", out, "--json")
    assert run.exit_code == 0
    assert (run.data["read_count"], run.data["written_count"]) == (100, 100)
    assert (run.data["repaired_count"], run.data["rejected_count"]) == (0, 0)
    assert run.data["crs"] == "EPSG:9209"
    assert geotool("convert", files["parcels"], "--as", "parcel", "-o", out).exit_code == 4


def test_convert_to_stdout_is_data_only(geotool, files):
    run = geotool("convert", files["graves"], "--as", "graves", "-o", "-")
    assert run.exit_code == 0
    assert run.stdout.lstrip().startswith("{")
    assert len(gpd.read_file(io.BytesIO(run.stdout.encode()))) == 17


def test_info_matches_columns(geotool, files):
    layer = geotool("info", files["parcels"], "--json").data["layers"][0]
    assert layer["count"] == 100
    assert layer["crs"] == "EPSG:9209"
    assert layer["fits_layer"] == "parcels"
    assert layer["matched"]["parcel_id"] == "parcel_id"
    assert layer["unmatched"] == []


def test_validate_lists_findings_without_failing(geotool, files):
    run = geotool("validate", files["parcels"], "--as", "parcels", "--json")
    assert run.exit_code == 0
    assert run.data["ok"] is True
    assert run.data["error_count"] == 0


def test_communes_in_degrees_are_checked_for_overlaps(geotool, tmp_path):
    shapes = [shapely.box(106.0, 18.0, 106.1, 18.1), shapely.box(106.05, 18.0, 106.2, 18.1)]
    path = tmp_path / "xa.geojson"
    frame = gpd.GeoDataFrame({"code": ["1", "2"], "name": ["A", "B"]}, geometry=shapes, crs=4326)
    frame.to_file(path, driver="GeoJSON")
    data = geotool("validate", path, "--as", "communes", "--json").data
    assert [p["rule"] for p in data["problems"] if p["severity"] == "finding"] == [
        "commune_overlap"
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("affected", "{parcels}"),
        ("affected", "{parcels}", "--corridor", "{right_of_way}", "--by", "section"),
        ("affected", "nowhere.gpkg", "--corridor", "{right_of_way}"),
        ("chainage", "{alignments}"),
        ("chainage", "{alignments}", "--at", "Km10", "--point", "1,2"),
        ("chainage", "{alignments}", "--point", "here"),
        ("chainage", "{alignments}", "--every-m", "0"),
        ("chainage", "{alignments}", "--at", "hello"),
        ("affected", "{parcels}", "--corridor", "{right_of_way}", "--as", "zzz"),
        ("corridor", "{alignments}", "--left-m", "-3", "--right-m", "3", "-o", "x.gpkg"),
        ("convert", "nowhere.gpkg", "--as", "parcels", "-o", "x.gpkg"),
        ("validate",),
        ("validate", "{parcels}"),
        ("info", "nowhere.gpkg"),
        ("handover", "{events}", "--on", "2024-01-01"),
        ("handover", "{events}", "--alignment", "{alignments}"),
        ("handover", "{events}", "--alignment", "{alignments}", "--on", "yesterday"),
    ],
)
def test_wrong_calls_exit_2(geotool, files, arguments):
    filled = [argument.format(**files) for argument in arguments]
    run = geotool(*filled)
    assert run.exit_code == 2
    assert run.stdout == ""
    assert run.stderr
