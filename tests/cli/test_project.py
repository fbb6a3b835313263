"""Commands on a whole project: the village's hand-computed answers in every face."""

import json

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

from tests import village as v
from tests import village_project as vp


@pytest.mark.parametrize("by", ["commune", "section"])
def test_households(geotool, village_project, by):
    data = geotool("households", "--project", village_project, "--by", by, "--json").data
    assert (data["affected_count"], data["relocated_count"]) == (20, 10)
    assert (data["residential_count"], data["organisation_count"]) == (15, 1)
    for name in ("affected_count", "relocated_count", "residential_count"):
        assert sum(group[name] for group in data["groups"]) == data[name]


def test_stats_totals_and_groups(geotool, village_project):
    run = geotool("stats", "--project", village_project, "--by", "commune", "--json")
    assert run.exit_code == 0
    totals = run.data["totals"]
    assert run.data["reconciles"] is True
    assert totals["corridor_area_m2"] == pytest.approx(120_000)
    assert (totals["parcel_count"], totals["household_count"]) == (60, 20)
    assert (totals["grave_right_of_way_count"], totals["crossing_count"]) == (12, 4)
    assert (totals["quarry_count"], totals["organisation_count"]) == (1, 1)
    groups = {group["commune_id"]: group for group in run.data["groups"]}
    assert groups["C1"]["affected_area_m2"] == pytest.approx(75_000)
    assert groups["C1"]["household_count"] == 13
    assert groups["C1"]["length_m"] == pytest.approx(1250)
    households = [group["household_count"] or 0 for group in run.data["groups"]]
    assert sum(households) == 20


def test_graves_demand(geotool, village_project):
    data = geotool(
        "graves", "demand", "--project", village_project, "--margin-m", "10", "--json"
    ).data
    assert (data["right_of_way_count"], data["margin_count"], data["grave_count"]) == (12, 2, 14)
    assert data["assigned_count"] + len(data["unassigned"]) == 14
    assert {site["cemetery_id"] for site in data["sites"]} == {"N1", "N2"}
    assert sum(group["grave_count"] for group in data["groups"]) == 14


def test_landmarks_status(geotool, village_project):
    data = geotool("landmarks", "status", "--project", village_project, "--json").data
    assert (data["landmark_count"], data["served_count"]) == (4, 1)
    assert data["border_km"] == pytest.approx(2.0)
    assert data["border_source"] == "invented, 1:10000"
    assert data["contributed_vnd"] == 5_000_000


def test_handover_of_project_and_of_files(geotool, village_project, files):
    on = ("--on", "2024-04-01")
    data = geotool("handover", "--project", village_project, *on, "--json").data
    assert data["handed_over_km"] == pytest.approx(0.8)
    assert data["total_km"] == pytest.approx(2.0)
    assert data["longest_clear"]["to"] == "Km10+800.00"
    assert data["area_ha"]["handed_over"] == pytest.approx((800 * 60 + 400 * 30) / 1e4)
    # households of columns 1 to 8 lie wholly inside Km10 to Km10+800
    assert data["households"] == {"affected": 20, "handed_over": 8, "remaining": 12}
    alone = geotool(
        "handover", files["events"], "--alignment", files["alignments"], *on, "--json"
    ).data
    assert alone["handed_over_km"] == data["handed_over_km"]


def test_dates_are_asked_for(geotool, tmp_path):
    vp.write_project(tmp_path)
    path = tmp_path / "geotool.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("on")), "utf-8")
    for arguments in (("handover",), ("report", "-o", tmp_path / "x.xlsx"), ("run",)):
        run = geotool(*arguments, "--project", tmp_path)
        assert run.exit_code == 2
        assert "--on" in run.stderr


def test_report_faces(geotool, village_project, tmp_path):
    on = ("--on", "2024-04-01")
    out = tmp_path / "r.xlsx"
    run = geotool("report", "--project", village_project, *on, "-o", out, "--json")
    assert run.exit_code == 0
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == run.data["sheets"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == 120_000 and cell.number_format == "#,##0.0" for cell in cells) or any(
        isinstance(cell.value, float) and abs(cell.value - 120_000) < 1e-6 for cell in cells
    )
    assert geotool("report", "--project", village_project, *on, "-o", out).exit_code == 4
    first = out.read_bytes()
    geotool("report", "--project", village_project, *on, "-o", out, "--overwrite")
    assert out.read_bytes() == first
    for suffix in ("csv", "json", "md"):
        face = tmp_path / f"r.{suffix}"
        assert geotool("report", "--project", village_project, *on, "-o", face).exit_code == 0
        assert face.stat().st_size > 1000
    assert (tmp_path / "r.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert "totals" in json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["tables"]


def test_map_writes_one_page(geotool, village_project, tmp_path):
    out = tmp_path / "m.html"
    arguments = ("map", "affected_area", "--project", village_project, "-o", out)
    run = geotool(*arguments, "--json")
    assert run.exit_code == 0
    assert run.data["bytes"] == out.stat().st_size
    assert {"name": "land_take", "count": 60} in run.data["layers"]
    first = out.read_bytes()
    assert geotool(*arguments).exit_code == 4
    assert geotool(*arguments, "--overwrite").exit_code == 0
    assert out.read_bytes() == first
    assert (
        geotool("map", "nothing", "--project", village_project, "-o", tmp_path / "n.html").exit_code
        == 2
    )


def test_internal_needs_a_recipient(geotool, village_project, tmp_path):
    out = tmp_path / "m.html"
    arguments = (
        "map",
        "overview",
        "--project",
        village_project,
        "-o",
        out,
        "--profile",
        "internal",
    )
    assert geotool(*arguments).exit_code == 2
    assert not out.exists()
    assert geotool(*arguments, "--recipient", "Ban GPMB").exit_code == 0
    assert "Ban GPMB" in out.read_text(encoding="utf-8")


def test_run_twice_gives_the_same_bytes(geotool, tmp_path):
    vp.write_project(tmp_path, recipes=("overview", "handover"), profile="committee")
    arguments = ("run", "--project", tmp_path, "--on", "2024-04-01")
    first = geotool(*arguments, "--json")
    assert first.exit_code == 0
    out = tmp_path / "out"
    names = {path.name for path in out.iterdir()}
    assert names == {
        "overview.html",
        "handover.html",
        "report.xlsx",
        "layers.gpkg",
        "manifest.json",
    }
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    assert geotool(*arguments).exit_code == 4
    assert geotool(*arguments, "--overwrite").exit_code == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    check = geotool("run", "--check", out / "manifest.json", "--json")
    assert check.exit_code == 0, check.data
    (out / "overview.html").write_text("changed", encoding="utf-8")
    check = geotool("run", "--check", out / "manifest.json", "--json")
    assert check.exit_code == 5
    assert check.data["differences"] == [{"path": "out/overview.html", "difference": "changed"}]


def test_no_absolute_path_in_what_leaves(geotool, tmp_path):
    vp.write_project(tmp_path, recipes=("overview",), profile="committee")
    geotool("run", "--project", tmp_path, "--on", "2024-04-01")
    for path in (tmp_path / "out").iterdir():
        assert str(tmp_path).encode() not in path.read_bytes(), path.name


def test_validate_project(geotool, village_project):
    data = geotool("validate", "--project", village_project, "--json").data
    assert data["ok"] is True
    assert data["problem_count"] == len(data["problems"])


def test_env_names_the_libraries(geotool):
    versions = geotool("env", "--json").data["versions"]
    assert {"geotool", "GDAL", "GEOS", "PROJ"} <= set(versions)


def test_a_run_on_a_shapefile_can_be_checked_also_when_moved(geotool, tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    vp.write_project(folder, recipes=(), profile="committee")
    path = folder / "layers" / "parcels.gpkg"
    gpd.read_file(path).to_file(path.with_suffix(".shp"))
    toml = folder / "geotool.toml"
    text = toml.read_text(encoding="utf-8").replace("parcels.gpkg", "parcels.shp")
    toml.write_text(text, encoding="utf-8")
    assert geotool("run", "--project", folder).exit_code == 0
    folder = folder.rename(tmp_path / "b #!")
    manifest = folder / "out" / "manifest.json"
    assert geotool("run", "--check", manifest, "--json").data["differences"] == []
    dbf = folder / "layers" / "parcels.dbf"
    dbf.write_bytes(dbf.read_bytes()[:-9] + b"123456789")
    run = geotool("run", "--check", manifest, "--json")
    assert run.exit_code == 5
    assert run.data["differences"] == [{"path": "layers/parcels.shp", "difference": "changed"}]


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"inputs": [1], "outputs": []}', '{"inputs": {"a": 1}, "outputs": []}']
)
def test_what_is_no_manifest_is_refused(geotool, tmp_path, text):
    path = tmp_path / "manifest.json"
    path.write_text(text, encoding="utf-8")
    run = geotool("run", "--check", path)
    assert run.exit_code == 3
    assert "not a manifest" in run.stderr


def test_the_project_file_may_be_named_instead_of_its_folder(geotool, village_project):
    run = geotool("validate", "--project", village_project / "geotool.toml", "--json")
    assert run.exit_code == 0


def test_a_projects_own_layer_is_known_to_validate_and_convert(geotool, tmp_path):
    vp.write_project(tmp_path, recipes=(), profile="committee")
    (tmp_path / "layers" / "schemas").mkdir()
    (tmp_path / "layers" / "schemas" / "wells.toml").write_text(
        '[layer]\ntitle = "Wells"\nnames = ["well"]\ngeometry = ["point"]\nkey = "well_id"\n'
        'number_rows = true\n[columns.well_id]\ntype = "text"\nvisibility = "public"\n'
        'description = "Code"\n',
        encoding="utf-8",
    )
    call = (tmp_path / "layers" / "graves.gpkg", "--as", "well", "--project", tmp_path)
    assert geotool("validate", *call).exit_code == 0
    run = geotool("convert", *call, "-o", tmp_path / "wells.gpkg", "--json")
    assert run.data["layer"] == "wells"
    assert "grave_id" in run.data["unmatched"]


def test_the_language_asked_for_is_shown_first(geotool, village_project, tmp_path):
    for language, word in (("vi", '<html lang="vi"'), ("en", '<html lang="en"')):
        out = tmp_path / f"{language}.html"
        run = geotool(
            "map", "overview", "--project", village_project, "-o", out, "--lang", language
        )
        assert run.exit_code == 0
        assert word in out.read_text(encoding="utf-8")
    sheets = {}
    for language in ("vi", "en"):
        out = tmp_path / f"{language}.xlsx"
        run = geotool(
            "report", "--project", village_project, "-o", out, "--lang", language, "--json"
        )
        sheets[language] = run.data["sheets"]
    assert "Households by commune" in sheets["en"]
    assert not set(sheets["vi"]) & set(sheets["en"])


def test_the_workbook_names_overlapping_pairs_and_inputs(geotool, tmp_path):
    parcels = v.parcels()
    again = parcels[parcels["parcel_id"] == "3-4"].assign(parcel_id="9-9", parcel_no="9")
    layers = {"parcels": pd.concat([parcels, again], ignore_index=True)}
    vp.write_project(tmp_path, profile="committee", layers=layers)
    out = tmp_path / "r.json"
    assert geotool("report", "--project", tmp_path, "-o", out).exit_code == 0
    tables = json.loads(out.read_text(encoding="utf-8"))["tables"]
    pairs = tables["overlaps"]["rows"]
    assert [(row["parcel_id_a"], row["parcel_id_b"]) for row in pairs] == [("3-4", "9-9")]
    assert pairs[0]["overlap_area_m2"] == pytest.approx(5000)
    inputs = {row["layer"]: row for row in tables["provenance"]["rows"]}
    assert inputs["parcels"]["row_count"] == 101
    assert inputs["parcels"]["path"] == "layers/parcels.gpkg"
    assert len(inputs["parcels"]["sha256"]) == 64


def test_the_workbook_does_not_name_folders_outside_the_project(geotool, tmp_path):
    project = tmp_path / "project"
    vp.write_project(project, profile="committee")
    (project / "layers" / "parcels.gpkg").rename(tmp_path / "of_ho_mau_7.gpkg")
    settings = project / "geotool.toml"
    text = settings.read_text(encoding="utf-8")
    text = text.replace('"layers/parcels.gpkg"', '"../of_ho_mau_7.gpkg"')
    settings.write_text(text, encoding="utf-8")
    out = tmp_path / "r.md"
    assert geotool("report", "--project", project, "-o", out, "--lang", "en").exit_code == 0
    told = out.read_text(encoding="utf-8")
    assert "of_ho_mau_7" not in told
    assert "outside the project folder" in told


def test_a_wrong_zone_is_a_finding(geotool, tmp_path):
    vp.write_project(tmp_path)
    path = tmp_path / "geotool.toml"
    text = path.read_text(encoding="utf-8").replace("EPSG:9209", "EPSG:5899")
    path.write_text(text, encoding="utf-8")
    assert "zone is probably wrong" in geotool("stats", "--project", tmp_path).stderr


def test_a_recipient_on_the_command_line_serves_an_internal_project(geotool, tmp_path):
    vp.write_project(tmp_path, profile="internal", recipes=("overview",))
    assert geotool("stats", "--project", tmp_path).exit_code == 0
    assert geotool("run", "--project", tmp_path).exit_code == 2
    assert geotool("run", "--project", tmp_path, "--recipient", "Ban GPMB").exit_code == 0


def test_validate_goes_on_where_a_file_is_missing(geotool, tmp_path):
    parcels = v.parcels()
    parcels.loc[1, "parcel_id"] = parcels.loc[0, "parcel_id"]
    vp.write_project(tmp_path, layers={"parcels": parcels})
    (tmp_path / "layers" / "structures.gpkg").unlink()
    run = geotool("validate", "--project", tmp_path, "--json")
    assert run.exit_code == 3
    errors = {p["rule"] for p in run.data["problems"] if p["severity"] == "error"}
    assert errors == {"bad_project", "repeated_key"}


def test_a_layer_that_no_figure_follows_is_a_finding(geotool, tmp_path):
    widths = pd.DataFrame({"chainage": ["Km10"], "left_m": [40.0], "right_m": [40.0]})
    vp.write_project(tmp_path, layers={"widths": widths})
    data = geotool("validate", "--project", tmp_path, "--json").data
    assert "layer_not_used" in {p["rule"] for p in data["problems"]}
