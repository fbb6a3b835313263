"""Findings never stop a run; they are a layer and a map layer for those who may see parcels."""

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import Point

from geotool.labels import load_labels
from geotool.pipeline.assess import assess
from geotool.pipeline.facts import make_facts
from geotool.pipeline.findings import findings_layer, findings_table, with_shapes
from geotool.pipeline.inputs import open_project
from geotool.pipeline.run import RunOptions, run_project
from geotool.pipeline.stats import tabulate
from geotool.pipeline.tables import inputs_table
from geotool.pipeline.validate import ValidateOptions, validate
from geotool.schema import make_problem
from geotool.share.tables import cell_text
from tests import village as v
from tests import village_project as vp


def odd_layers():
    """Return a village in which every check of the cadastre finds something."""
    parcels = v.parcels()[lambda f: f["parcel_id"] != "3-15"]
    extra = parcels[parcels["parcel_id"] == "4-19"].assign(parcel_id="X", parcel_no="18")
    extra = extra.set_geometry(extra.geometry.translate(-50.0, 0.0))
    parcels = pd.concat([parcels, extra], ignore_index=True)
    parcels["household_id"] = parcels["parcel_id"].map({"X": "H1"})
    parcels.loc[0, "papers"] = "no"
    parcels.loc[1, "document_area_m2"] = 4000.0
    parcels.loc[2, "commune_id"] = "C2"
    structures = v.structures().assign(built_date="2022-01-01", holder_id=None)
    graves = v.graves()
    away = graves.geometry.where(graves["grave_id"] != "G17", Point(v.EAST, v.NORTH + 4000.0))
    graves = graves.set_geometry(away)
    indicators = pd.DataFrame(
        {
            "indicator_id": ["don_thu", "ho", "ho", "chia_0"],
            "unit_id": ["ha_tinh", "C1", "Tổng", "C1"],
            "numerator": [3126, None, None, 1],
            "denominator": [3526, None, None, 0],
            "value": [88.67, 4, 5, 1],
            "unit": ["%", "hộ", "hộ", "%"],
        }
    )
    return {
        "parcels": parcels,
        "structures": structures,
        "graves": graves,
        "indicators": indicators,
    }


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    vp.write_project(folder, layers=odd_layers(), recipes=("overview",), profile="committee")
    toml = folder / "geotool.toml"
    text = toml.read_text(encoding="utf-8")
    line = 'language = "en"\ncut_off_date = 2021-12-31'
    toml.write_text(text.replace('language = "en"', line), encoding="utf-8")
    return folder


RULES = {
    "parcel_overlap", "organisation_overlap", "repeated_sheet_parcel", "parcel_without_papers",
    "area_differs", "corridor_uncovered", "point_outside_communes", "commune_mismatch",
    "built_after_cut_off", "unknown_reference", "structure_without_holder", "total_differs",
    "percentage_differs", "zero_denominator",
}  # fmt: skip
CONSEQUENCES = {
    "conductor_spread_unknown", "holding_without_parcel", "road_class_unknown", "unconfirmed_rule",
}  # fmt: skip
WITHOUT_PLACE = {"unknown_reference", "total_differs", "percentage_differs", "zero_denominator"}
CHECKS = """\
[rule]
title = "T"
citation = "C"
effective_from = 2024-01-01
confirmed = true
[severity]
holding_without_parcel = "error"
older_version = "finding"
"""


def test_findings_never_stop_a_run_and_are_a_layer(project):
    answer = run_project(RunOptions(project, overwrite=True))
    assert answer.exit_code == 0
    assert {problem.rule for problem in answer.problems} == RULES | CONSEQUENCES
    layer = gpd.read_file(project / "out" / "layers.gpkg", layer="findings")
    assert set(layer["rule"]) == RULES - WITHOUT_PLACE
    assert layer["place"].str.match(r"Km1|beyond Km1").all()
    assert layer.crs == "EPSG:9209"
    page = (project / "out" / "overview.html").read_text(encoding="utf-8")
    for words in ("Phát hiện cần xem", "Findings", "Diện tích đo vẽ khác diện tích giấy tờ"):
        assert words in page
    assert 'name":"findings' in page.replace('": "', '":"')


def test_the_public_sees_no_findings(project):
    run_project(RunOptions(project, profile="public", overwrite=True))
    layers = set(pyogrio.list_layers(project / "out" / "layers.gpkg")[:, 0])
    assert "findings" not in layers
    page = (project / "out" / "overview.html").read_text(encoding="utf-8")
    assert "has no land-use papers" not in page
    assert "4000.00 m2 in the document" not in page


def test_two_runs_give_the_same_findings(project):
    frames = []
    for _ in range(2):
        run_project(RunOptions(project, overwrite=True))
        frames.append(gpd.read_file(project / "out" / "layers.gpkg", layer="findings"))
    assert frames[0].equals(frames[1])


def test_no_problems_are_an_empty_layer_with_its_columns():
    layer = findings_layer([], "EPSG:9209")
    assert len(layer) == 0
    assert layer.columns[0] == "severity"
    assert layer.crs == "EPSG:9209"


def test_rows_without_a_shape_give_no_place():
    frame = v.parcels().iloc[:2]
    frame = frame.set_geometry(gpd.GeoSeries([None, frame.geometry.iloc[1]], crs=frame.crs))
    problem = make_problem("unknown_value", "parcels", "text")
    for rows, placed in (((0,), False), ((1,), True), ((0, 1), True), ((7,), False), ((), False)):
        object.__setattr__(problem, "rows", rows)
        assert (with_shapes([problem], frame)[0].shape is not None) == placed
    assert with_shapes([problem], pd.DataFrame())[0].shape is None


@pytest.fixture(scope="module")
def versioned(tmp_path_factory):
    """Return a village with two versions of its right of way, a lost parcel and own severities."""
    folder = tmp_path_factory.mktemp("versioned")
    axis = v.alignments().geometry.iloc[0]
    right_of_way = gpd.GeoDataFrame(
        {"right_of_way_id": ["1", "2"], "version": ["1", "2"]},
        geometry=[axis.buffer(width, cap_style="flat") for width in (20.0, 30.0)],
        crs=v.CRS,
    )
    parcels = v.parcels()[lambda f: f["parcel_id"] != "3-15"]
    vp.write_project(folder, layers={"right_of_way": right_of_way, "parcels": parcels})
    toml = folder / "geotool.toml"
    head, tail = toml.read_text(encoding="utf-8").split("[corridor]")
    toml.write_text(f"{head}[maps]{tail.split('[maps]')[1]}", encoding="utf-8")
    (folder / "layers" / "rules").mkdir(parents=True, exist_ok=True)
    (folder / "layers" / "rules" / "checks.toml").write_text(CHECKS, encoding="utf-8")
    return folder


def test_a_project_s_severities_hold_for_what_measuring_finds_and_validate_lists_it(versioned):
    said = tabulate(versioned, by=[], on="2024-05-01").problems
    listed = validate(ValidateOptions(project=versioned))
    severities = {problem["rule"]: problem["severity"] for problem in listed.data["problems"]}
    assert severities["holding_without_parcel"] == "error"
    assert severities["older_version"] == "finding"
    assert listed.exit_code == 3
    assert {one.rule: one.severity for one in said}.items() <= severities.items()


def test_only_rules_that_figures_follow_are_called_unconfirmed(versioned):
    answer = tabulate(versioned, by=[], on="2024-05-01")
    named = {one["rule"] for one in answer.data["unconfirmed_rules"]}
    assert named >= {"border", "handover", "land_types", "residuals", "severe_loss"}
    assert not named & {"cadastre", "coordinates", "databases", "profiles", "lengths"}
    assert all(one["citation"] for one in answer.data["unconfirmed_rules"])
    (table,) = (table for table in answer.tables if table.name == "unconfirmed_rules")
    assert {row["rule"] for row in table.rows} == named
    words = load_labels()
    facts = make_facts(assess(open_project(versioned), on="2024-05-01"), words)
    (titles,) = (text for name, text in facts if name == words.both("report.unconfirmed_rules"))
    assert set(titles["en"].split("; ")) == {words.text(f"rules.{name}", "en") for name in named}


def test_tables_speak_the_language_of_the_project(versioned):
    words = load_labels()
    problem = make_problem("unconfirmed_rule", "", "text")
    (row,) = findings_table([problem], language="vi").rows
    assert row["remedy"] == words.text("remedies.unconfirmed_rule", "vi")
    layer = findings_layer([problem], v.CRS, language="vi")
    assert list(layer["remedy"]) == [row["remedy"]]
    kind = inputs_table(assess(open_project(versioned), on=None)).columns[0].kind
    shown = cell_text("right_of_way", kind, labels=words, language="vi")
    assert shown == words.text("layers.right_of_way", "vi")
