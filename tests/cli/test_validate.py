"""``geotool validate``: a file with what it is judged by, a project, and the rows as a layer."""

import csv
import json

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from tests import village as v
from tests import village_project as vp


def rules_of(run):
    return [problem["rule"] for problem in run.data["problems"]]


def of_rule(run, rule):
    return [problem for problem in run.data["problems"] if problem["rule"] == rule]


def holed():
    """Return the parcels without 3-15 (5 000 m2 of the strip); 3-10 has no papers."""
    parcels = v.parcels()[lambda f: f["parcel_id"] != "3-15"].reset_index(drop=True)
    return parcels.assign(papers=parcels["parcel_id"].map({"3-10": "no"}).fillna("yes"))


@pytest.fixture
def parcels(files, tmp_path):
    return vp.write_frame(holed(), tmp_path, "parcels_holed")


def test_a_corridor_shows_what_no_parcel_covers(geotool, parcels, files):
    call = ("validate", parcels, "--as", "parcels", "--corridor", files["right_of_way"])
    found = of_rule(geotool(*call, "--json"), "corridor_uncovered")
    assert [p["place"] for p in found] == ["E 501450, N 2000125"]
    assert "5000.00 of 120000.00 m2" in found[0]["message"]
    run = geotool(*call, "--alignment", files["alignments"], "--json")
    found = of_rule(run, "corridor_uncovered")
    assert [(p["key"], p["place"]) for p in found] == [
        ("Km11-Km12", "Km11+400-Km11+500 both sides")
    ]
    run = geotool(*call, "--communes", files["communes"], "--json")
    assert [p["key"] for p in of_rule(run, "corridor_uncovered")] == ["C2"]
    assert of_rule(run, "parcel_without_papers")[0]["place"] == "C1"
    assert run.exit_code == 0


def test_parcels_in_degrees_are_judged_with_files_in_metres(geotool, files, tmp_path):
    path = vp.write_frame(holed().to_crs(4326), tmp_path, "degrees", ".geojson")
    run = geotool(
        "validate", path, "--as", "parcels", "--corridor", files["right_of_way"],
        "--alignment", files["alignments"], "--communes", files["communes"],
        "-o", tmp_path / "found.geojson", "--json",
    )  # fmt: skip
    assert [p["place"] for p in of_rule(run, "corridor_uncovered")] == [
        "Km11+400-Km11+500 both sides"
    ]
    assert of_rule(run, "area_differs") == []
    west, south, east, north = gpd.read_file(tmp_path / "found.geojson").to_crs(4326).total_bounds
    assert 105 < west < east < 106
    assert 18 < south < north < 19


def test_communes_and_the_cut_off_date(geotool, files, tmp_path):
    structures = v.structures()
    structures.loc[structures["structure_id"] == "D4", "built_date"] = "2022-05-01"
    path = vp.write_frame(structures, tmp_path, "structures")
    assert geotool("validate", path, "--as", "structures", "--json").data["problems"] == []
    found = of_rule(
        geotool(
            "validate", path, "--as", "structures", "--cut-off", "2021-12-31",
            "--alignment", files["alignments"], "--json",
        ),
        "built_after_cut_off",
    )  # fmt: skip
    assert [(p["key"], p["place"]) for p in found] == [("D4", "Km10+350")]
    graves = v.graves().assign(commune_id="C2")
    path = vp.write_frame(graves, tmp_path, "graves_c2")
    run = geotool("validate", path, "--as", "graves", "--communes", files["communes"], "--json")
    assert len(of_rule(run, "commune_mismatch")) == 17


def test_repeated_derived_keys_are_findings_and_the_project_runs(geotool, tmp_path):
    parcels = v.parcels().drop(columns="parcel_id")
    parcels.loc[1, "parcel_no"] = "1"  # 1-1 twice in C1
    parcels.loc[[2, 19], "parcel_no"] = "50"  # 1-50 in C1 and in C2
    parcels.loc[30, "papers"] = "no"
    (tmp_path / "layers").mkdir()
    path = vp.write_frame(parcels, tmp_path, "parcels")
    run = geotool("validate", path, "--as", "parcels", "--json")
    found = of_rule(run, "repeated_sheet_parcel")
    assert [p["key"] for p in found] == ["1-1 (row 1), 1-1 (row 2)"]
    assert [p["key"] for p in of_rule(run, "parcel_without_papers")] == ["2-11"]
    assert (run.exit_code, of_rule(run, "repeated_key")) == (0, [])
    assert "C1-1-50, C2-1-50" in of_rule(run, "key_led")[0]["message"]
    project = vp.write_project(tmp_path / "p", layers={"parcels": parcels, "holdings": None})
    run = geotool("validate", "--project", project, "--json")
    assert run.exit_code == 0
    found = of_rule(run, "repeated_sheet_parcel")
    assert [p["place"] for p in found] == ["Km10+050 right, Km10+150 right"]
    assert geotool("stats", "--project", project, "--json").exit_code == 0


def test_files_that_help_say_when_they_are_empty(geotool, files, tmp_path):
    nothing = tmp_path / "nothing.geojson"
    nothing.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    run = geotool(
        "validate", files["parcels"], "--as", "parcels", "--communes", nothing,
        "--alignment", nothing, "--corridor", nothing, "--json",
    )  # fmt: skip
    layers = [p["layer"] for p in of_rule(run, "empty_layer")]
    assert sorted(layers) == ["alignments", "communes", "right_of_way"]


def test_places_of_a_file_in_degrees_are_told_in_degrees(geotool, tmp_path):
    parcels = v.parcels().drop(columns="commune_id").to_crs(4326)
    parcels.loc[0, "papers"] = "no"
    (tmp_path / "layers").mkdir()
    path = vp.write_frame(parcels, tmp_path, "lonlat")
    run = geotool("validate", path, "--as", "parcels", "--json")
    point = parcels.geometry.iloc[0].centroid
    place = of_rule(run, "parcel_without_papers")[0]["place"]
    lon, lat = (float(part.split()[1]) for part in place.split(","))
    assert abs(lon - point.x) < 2e-6
    assert abs(lat - point.y) < 2e-6


def test_figures_on_paper_are_checked_in_a_table(geotool, tmp_path):
    path = tmp_path / "chi_tieu.csv"
    path.write_text(
        "Mã chỉ tiêu;Mã đơn vị;Tử số;Mẫu số;Giá trị công bố;Đơn vị;Giá trị\n"
        "don_thu;ha_tinh;3126;3526;88,67 %;%;\n"
        "hoan_thanh;ky_anh;62;68;91,1 %;phần trăm;\n"
        "dung;ky_anh;1;3;33,3 %;%;\n"
        "ho;C1;;;;hộ;400\n"
        "ho;C2;;;;hộ;626\n"
        "ho;Tổng cộng;;;;hộ;1036\n",
        encoding="utf-8",
    )
    run = geotool("validate", path, "--as", "indicators", "--json")
    found = [(p["severity"], p["rule"], p["key"], p["place"]) for p in run.data["problems"]]
    assert found == [
        ("finding", "total_differs", "ho, Tổng cộng", "Tổng cộng"),
        ("finding", "percentage_differs", "don_thu, ha_tinh", "ha_tinh"),
        ("notice", "percentage_rounded", "hoan_thanh, ky_anh", "ky_anh"),
    ]
    text = geotool("validate", path, "--as", "indicators", "--lang", "en")
    assert "88.67 % is stated, 3126 / 3526 is 88.6557 %, rounded 88.66 %" in text.stdout
    out = tmp_path / "found.gpkg"
    run = geotool("validate", path, "--as", "indicators", "-o", out, "--json")
    assert (run.data["written_count"], run.data["left_out_count"]) == (0, 3)
    assert pyogrio.read_info(out)["features"] == 0


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet"])
def test_findings_as_a_layer(geotool, tmp_path, suffix):
    parcels = holed()
    extra = parcels[parcels["parcel_id"] == "5-7"].assign(parcel_id="X", parcel_no="90")
    extra = extra.set_geometry(extra.geometry.translate(50.0, 0.0))
    both = pd.concat([parcels, extra], ignore_index=True)
    both = both.assign(household_id="H1")
    project = vp.write_project(tmp_path / "p", layers={"parcels": both, "holdings": None})
    out = tmp_path / f"found{suffix}"
    run = geotool("validate", "--project", project, "-o", out, "--json")
    assert run.exit_code == 0
    frame = gpd.read_parquet(out) if suffix == ".parquet" else gpd.read_file(out)
    assert list(frame.columns) == [
        "severity", "layer", "rule", "key", "place", "message", "remedy", "geometry"
    ]  # fmt: skip
    assert len(frame) == run.data["written_count"]
    assert frame.geometry.notna().all()
    shapes = frame.set_index("key").geometry
    assert shapely.equals(shapes["5-7, X"], v.VILLAGE.place(shapely.box(650, 200, 700, 250)))
    assert shapes["3-10"].equals(v.VILLAGE.place(shapely.Point(950, 125)))
    uncovered = frame[frame["rule"] == "corridor_uncovered"]
    assert list(uncovered["place"]) == ["Km11+400-Km11+500 both sides"]
    assert uncovered.geometry.area.tolist() == pytest.approx([5000.0])
    refused = geotool("validate", "--project", project, "-o", out)
    assert refused.exit_code == 4
    assert geotool("validate", "--project", project, "-o", out, "--overwrite").exit_code == 0


def test_findings_as_csv_hold_also_what_has_no_place(geotool, tmp_path):
    holdings = pd.concat([v.holdings(), pd.DataFrame({"holder_id": ["H99"], "parcel_id": ["3-1"]})])
    layers = {"parcels": holed(), "holdings": holdings}
    project = vp.write_project(tmp_path / "p", layers=layers)
    out = tmp_path / "found.csv"
    run = geotool("validate", "--project", project, "-o", out, "--json")
    with out.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == run.data["problem_count"] == run.data["written_count"]
    by_rule = {row["rule"]: row for row in rows}
    assert by_rule["unknown_reference"]["wkt"] == ""
    assert by_rule["corridor_uncovered"]["wkt"].startswith("POLYGON")
    assert by_rule["parcel_without_papers"]["wkt"] == "POINT (500950 2000125)"


def test_findings_on_standard_output_are_geojson_and_nothing_else(geotool, parcels):
    run = geotool("validate", parcels, "--as", "parcels", "-o", "-")
    features = json.loads(run.stdout)["features"]
    assert [one["properties"]["key"] for one in features] == ["3-10"]


def test_problems_of_single_rows_have_the_place_of_the_row(geotool, files, tmp_path):
    parcels = v.parcels()
    parcels.loc[4, "papers"] = "perhaps"
    path = vp.write_frame(parcels, tmp_path, "odd")
    out = tmp_path / "odd.geojson"
    run = geotool("validate", path, "--as", "parcels", "-o", out, "--json")
    assert rules_of(run) == ["unknown_value"]
    frame = gpd.read_file(out)
    assert frame.geometry[0].equals(v.VILLAGE.place(shapely.Point(450, 25)))


def test_a_project_is_measured_and_says_what_forbids_it(geotool, tmp_path):
    sections = pd.DataFrame(
        {"section_id": ["S1"], "from_chainage": ["Km10"], "to_chainage": ["Km10+500"]}
    )
    layers = {"parcels": holed(), "sections": sections}
    project = vp.write_project(tmp_path, layers=layers)
    run = geotool("validate", "--project", project, "--json")
    assert run.exit_code == 3
    assert "section_cover" in rules_of(run)
    assert "parcel_without_papers" in rules_of(run)
    assert geotool("run", "--project", project).exit_code == 3


def test_the_cut_off_date_of_a_project(geotool, tmp_path):
    project = vp.write_project(tmp_path)
    assert of_rule(geotool("validate", "--project", project, "--json"), "built_after_cut_off") == []
    toml = project / "geotool.toml"
    text = toml.read_text(encoding="utf-8")
    line = 'language = "en"\ncut_off_date = 2009-12-31'
    toml.write_text(text.replace('language = "en"', line), encoding="utf-8")
    run = geotool("validate", "--project", project, "--json")
    assert len(of_rule(run, "built_after_cut_off")) == 25
    later = ("validate", "--project", project, "--cut-off", "2010-01-01", "--json")
    assert of_rule(geotool(*later), "built_after_cut_off") == []
    path = project / "layers" / "structures.gpkg"
    beside = geotool("validate", path, "--as", "structures", "--project", project, "--json")
    assert len(of_rule(beside, "built_after_cut_off")) == 25
    toml.write_text(text.replace('language = "en"', "cut_off_date = 2009"), encoding="utf-8")
    run = geotool("validate", "--project", project, "--json")
    assert run.exit_code == 3
    assert "cut_off_date must be a date" in run.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("{graves}", "--as", "graves", "--corridor", "{right_of_way}"),
        ("{parcels}", "--as", "parcels", "--corridor", "nowhere.gpkg"),
        ("{parcels}", "--as", "parcels", "--alignment", "nowhere.gpkg"),
        ("{parcels}", "--as", "parcels", "--communes", "nowhere.gpkg"),
        ("{parcels}", "--as", "parcels", "--cut-off", "yesterday"),
        ("{parcels}", "--as", "parcels", "-o", "found.docx"),
        ("--project", "{project}", "--communes", "{communes}"),
    ],
)
def test_options_that_do_not_fit_are_refused(geotool, files, village_project, arguments):
    named = [a.format(**files, project=village_project) for a in arguments]
    run = geotool("validate", *named)
    assert run.exit_code == 2
    assert "Traceback" not in run.stderr


def test_a_helping_file_in_error_is_refused_by_name(geotool, files, tmp_path):
    path = tmp_path / "bad.gpkg"
    path.write_bytes(b"not a geopackage")
    run = geotool("validate", files["parcels"], "--as", "parcels", "--corridor", path)
    assert run.exit_code == 3
    assert "bad.gpkg" in run.stderr


def test_an_empty_layer_and_a_table_take_the_options_too(geotool, files, tmp_path):
    path = vp.write_frame(v.parcels().iloc[:0], tmp_path, "empty")
    call = ("validate", path, "--as", "parcels", "--corridor", files["right_of_way"])
    assert geotool(*call, "--alignment", files["alignments"]).exit_code == 0
    path = vp.write_frame(v.households(), tmp_path, "households")
    call = ("validate", path, "--as", "households", "--communes", files["communes"])
    assert geotool(*call).exit_code == 0
