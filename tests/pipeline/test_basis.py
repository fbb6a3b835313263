"""Donated and temporary land through a whole project: totals, tables, who may see them."""

import pytest

from geotool.affected.parcels import BASIS_AREAS
from geotool.pipeline.assess import assess
from geotool.pipeline.households import count_households
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_layers import make_layers
from geotool.pipeline.stats import tabulate
from geotool.pipeline.tables import make_tables
from geotool.share import redaction
from geotool.share.render.recipe import load_recipe
from tests.boundaries import DONATED, OLD, USED, row, write_bounded


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_bounded(
        tmp_path_factory.mktemp("basis"),
        OLD,
        DONATED,
        USED,
        row("R9", "cho mượn", "1", 1900, 0, 2000, 10),  # in 1-20; no word of a basis
    )


@pytest.fixture(scope="module")
def found(folder):
    return assess(open_project(folder), on="2024-05-01")


def test_totals_divide_the_affected_area(found):
    totals = found.totals
    assert totals["affected_area_m2"] == pytest.approx(123_000.0)
    assert totals["recovered_area_m2"] == pytest.approx(121_000.0)
    assert totals["compensable_area_m2"] == totals["recovered_area_m2"]
    assert totals["donated_area_m2"] == pytest.approx(1000.0)
    assert totals["temporary_area_m2"] == pytest.approx(1000.0)
    assert totals["household_count"] == 22  # H1..H20, U2 whose land is used, U20
    assert totals["donor_count"] == 1  # U1
    assert totals["full_count"] + totals["partial_count"] + totals["temporary_count"] == 63
    assert "additional_area_m2" not in totals
    assert found.reconciles


def test_words_in_doubt_reach_the_project(found):
    rules = [problem.rule for problem in found.problems]
    assert "unknown_basis" in rules
    assert "donation_without_minutes" not in rules


def test_donations_are_shown_apart_and_not_to_the_public(found):
    tables = make_tables(found)
    donated = tables["donations"]
    assert [line["minutes_no"] for line in donated.rows] == ["12/BB"]
    assert donated.total["donated_area_m2"] == pytest.approx(1000.0)
    assert donated.total["stated_value_vnd"] == 7_000_000
    assert [line["holder_id"] for line in tables["donors"].rows] == ["U1"]
    basis = tables["land_take_by_basis"]
    assert basis.total["donated_area_m2"] == pytest.approx(1000.0)
    profile = redaction.load_profile("public")
    public = {table.name for table in redaction.redact_tables(tuple(tables.values()), profile)}
    assert "land_take_by_basis" in public
    assert not {"donations", "donors", "boundary_changes", "parcels"} & public


def test_stats_by_basis(folder):
    answer = tabulate(folder, by=["basis"], on="2024-05-01")
    groups = {line["basis"]: line for line in answer.data["groups"]}
    assert groups["temporary"]["affected_area_m2"] == pytest.approx(1000.0)
    names = ("recovered", "donated", "temporary", "overlap", "uncovered")
    total = sum(groups[name]["corridor_area_m2"] for name in names)
    assert total == pytest.approx(answer.data["totals"]["corridor_area_m2"])


def test_households_name_donors_apart(folder):
    answer = count_households(folder, by="commune")
    data = answer.data
    assert data["affected_count"] == 22
    assert data["donor_count"] == 1
    assert data["donated_area_m2"] == 0.0
    assert [table.name for table in answer.tables][-1] == "donors"
    shown = {column.name for column in answer.tables[0].columns}
    assert {"recovered_area_m2", "donated_area_m2", "temporary_area_m2"} <= shown
    assert "unknown_basis" in {problem.rule for problem in answer.problems}


def test_a_handover_counts_the_same_households(found):
    assert found.handover.summary["households"]["affected"] == 22


def test_maps_draw_the_bases_they_may_show(found):
    layers = make_layers(found, dissolve=False)
    assert set(layers["right_of_way"]["basis"]) >= {"donated", "temporary"}
    assert layers["cells"]["affected_area_m2"].sum() == pytest.approx(123_000.0)
    divided = ["recovered_area_m2", "donated_area_m2", "temporary_area_m2"]
    assert layers["cells"][divided].sum().sum() == pytest.approx(123_000.0)
    assert layers["cells"]["donated_area_m2"].sum() == pytest.approx(1000.0)
    assert layers["land_take"]["donated_area_m2"].sum() == pytest.approx(1000.0)


def test_with_recovered_land_only_no_table_speaks_of_bases(tmp_path):
    found = assess(open_project(write_bounded(tmp_path, OLD)), on="2024-05-01")
    assert found.totals["donated_area_m2"] == 0.0
    tables = make_tables(found)
    shown = {column.name for table in tables.values() for column in table.columns}
    assert not {name for name in shown if "donat" in name or "temporary" in name}
    assert "recovered_area_m2" not in shown
    assert "donations" not in tables


def test_recipes_divide_the_land_take_by_basis():
    for name in ("affected_area", "overview"):
        for layer in load_recipe(name).layers:
            if layer.source in ("cells", "land_take", "land_take_by_section"):
                assert set(BASIS_AREAS) <= set(layer.columns), (name, layer.source)
