"""Each finding is found where it is planted, and nowhere else."""

import pandas as pd
import pytest
from shapely.geometry import Point

from geotool.affected.checks import CHECKS, run_checks
from geotool.affected.parcels import measure_land_take
from geotool.labels import load_labels
from geotool.rules import load_checks, load_tolerances
from tests import village as v
from tests.village_project import all_layers

TOLERANCES = load_tolerances()


def run(layers, **options):
    return run_checks(layers, rules=load_checks(), tolerances=TOLERANCES, **options)


def of_rule(problems, rule):
    return [problem for problem in problems if problem.rule == rule]


def with_parcel(parcel_id, shift_m, **columns):
    parcels = v.parcels()
    extra = parcels[parcels["parcel_id"] == "3-7"].assign(
        parcel_id=parcel_id, parcel_no="90", **columns
    )
    extra = extra.set_geometry(extra.geometry.translate(shift_m, 0.0))
    return pd.concat([parcels, extra], ignore_index=True)


def test_a_clean_village_has_no_findings():
    layers = all_layers()
    take = measure_land_take(layers["parcels"], v.cells(), tolerances=TOLERANCES)
    assert run(layers, land_take=take) == []


def test_every_check_has_a_severity_and_words():
    labels = load_labels()
    rules = load_checks()
    for check in CHECKS:
        assert check.rule in rules
        for language in ("vi", "en"):
            assert labels.text(rules[check.rule].message_key, language)
            assert labels.text(rules[check.rule].remedy_key, language)
    assert len({check.rule for check in CHECKS}) == len(CHECKS)


def test_no_layers_no_findings():
    assert run({}) == []


def test_overlapping_parcels():
    found = of_rule(run({"parcels": with_parcel("X", 50.0)}), "parcel_overlap")
    assert [problem.key for problem in found] == ["3-7, X", "3-8, X"]
    assert found[0].severity == "finding"
    assert "2500.00 m2" in found[0].message
    assert found[0].remedy
    assert found[0].place == "C1"


def test_place_is_the_chainage_where_the_layer_has_one():
    parcels = with_parcel("X", 50.0).assign(chainage_m=10_650.0)
    found = of_rule(run({"parcels": parcels}), "parcel_overlap")
    assert found[0].place == "Km10+650.00"


def test_slivers_are_not_listed():
    parcels = v.parcels()
    wider = parcels.geometry.where(
        parcels["parcel_id"] != "3-7", parcels.geometry.buffer(1e-5, join_style="mitre")
    )
    assert of_rule(run({"parcels": parcels.set_geometry(wider)}), "parcel_overlap") == []


def test_overlapping_communes():
    communes = v.communes()
    shifted = communes.geometry.where(
        communes["commune_id"] != "C1", communes.geometry.translate(10.0, 0.0)
    )
    found = of_rule(run({"communes": communes.set_geometry(shifted)}), "commune_overlap")
    assert [problem.key for problem in found] == ["C1, C2"]


def test_household_land_over_organisation_land():
    parcels = with_parcel("X", 50.0)
    holdings = pd.concat(
        [
            v.holdings(),
            pd.DataFrame(
                {"holder_id": ["O1"], "holder_kind": ["organisation"], "parcel_id": ["X"]}
            ),
        ]
    )
    found = of_rule(run({"parcels": parcels, "holdings": holdings}), "organisation_overlap")
    assert [problem.key for problem in found] == ["3-7, X", "3-8, X"]
    assert of_rule(run({"parcels": parcels}), "organisation_overlap") == []


def test_repeated_numbers_within_a_commune_only():
    parcels = v.parcels()
    again = parcels.assign(parcel_no=parcels["parcel_no"].replace({"2": "1", "20": "1"}))
    found = of_rule(run({"parcels": again}), "repeated_sheet_parcel")
    # column 20 is in the other commune, column 2 in the same
    assert [problem.key for problem in found] == [f"{row}-1, {row}-2" for row in range(1, 6)]
    assert "Sheet 1, parcel 1 occurs 2 times" in found[0].message


def test_parcels_without_papers():
    parcels = v.parcels()
    parcels.loc[parcels["parcel_id"] == "3-10", "papers"] = "no"
    holdings = v.holdings()
    holdings.loc[holdings["parcel_id"] == "3-9", "papers"] = "no"
    layers = {"parcels": parcels, "holdings": holdings}
    found = of_rule(run(layers), "parcel_without_papers")
    assert [problem.key for problem in found] == ["3-9", "3-10"]


def test_unknown_references():
    layers = {
        "parcels": v.parcels()[lambda f: f["parcel_id"] != "3-5"],
        "holdings": v.holdings(),
        "households": v.households()[lambda f: f["household_id"] != "H3"],
        "organisations": v.organisations().iloc[:0],
        "structures": v.structures(),
    }
    found = of_rule(run(layers), "unknown_reference")
    assert [(problem.layer, problem.place, problem.key) for problem in found] == [
        ("holdings", "parcel_id", "3-5"),
        ("holdings", "holder_id", "H3"),
        ("holdings", "holder_id", "O1"),
        ("structures", "holder_id", "H3"),
    ]
    assert "(3 row(s))" in found[1].message


def test_references_are_not_looked_for_without_their_layer():
    assert of_rule(run({"holdings": v.holdings(), "structures": v.structures()}), "x") == []
    assert run({"holdings": v.holdings(), "structures": v.structures()}) == []


def test_structures_without_holder():
    structures = v.structures()
    structures.loc[structures["structure_id"].isin(["D10", "D9"]), "holder_id"] = None
    found = of_rule(run({"structures": structures}), "structure_without_holder")
    assert [problem.key for problem in found] == ["D9", "D10"]
    bare = run({"structures": structures.drop(columns="holder_id")})
    assert len(of_rule(bare, "structure_without_holder")) == len(structures)


@pytest.mark.parametrize(("shares", "count"), [((1, 2), 0), ((2, 3), 1), ((None, None), 1)])
def test_shares_over_one(shares, count):
    holdings = v.holdings()
    pair = holdings["parcel_id"] == "3-1"
    numbers = holdings[["share_numerator", "share_denominator"]].astype(float)
    numbers.loc[pair, "share_numerator"] = shares[0]
    numbers.loc[pair, "share_denominator"] = shares[1]
    holdings = holdings.assign(**numbers)
    found = of_rule(run({"parcels": v.parcels(), "holdings": holdings}), "shares_over_one")
    assert len(found) == count
    if shares == (2, 3):
        assert "4/3" in found[0].message


def test_thirds_are_not_over_one():
    holdings = pd.DataFrame(
        {
            "holder_id": ["H1", "H2", "H3"],
            "parcel_id": "3-1",
            "share_numerator": 1,
            "share_denominator": 3,
        }
    )
    assert run({"parcels": v.parcels(), "holdings": holdings}) == []


def test_a_share_that_is_no_fraction_is_named():
    holdings = pd.DataFrame(
        {
            "holder_id": ["H1", "H2", "H3"],
            "parcel_id": ["3-1", "3-2", "3-3"],
            "share_numerator": [1, 1, 1],
            "share_denominator": [0, 2, None],
        }
    )
    found = of_rule(run({"parcels": v.parcels(), "holdings": holdings}), "bad_share")
    assert [problem.key for problem in found] == ["H1, 3-1", "H3, 3-3"]


def test_uncovered_corridor_needs_the_land_take():
    parcels = v.parcels()[lambda f: f["parcel_id"] != "3-15"]
    take = measure_land_take(parcels, v.cells(), tolerances=TOLERANCES)
    assert of_rule(run({"parcels": parcels}), "corridor_uncovered") == []
    found = of_rule(run({"parcels": parcels}, land_take=take), "corridor_uncovered")
    assert [problem.place for problem in found] == ["Km11-Km12"]
    assert "5000.00 of 60000.00 m2" in found[0].message


def test_points_outside_communes():
    graves = v.graves()
    away = graves.geometry.where(graves["grave_id"] != "G12", Point(v.EAST, v.NORTH + 9e5))
    layers = {"communes": v.communes(), "graves": graves.set_geometry(away)}
    found = of_rule(run(layers), "point_outside_communes")
    assert [(problem.layer, problem.key) for problem in found] == [("graves", "G12")]


def test_layers_that_cannot_be_measured_are_left_to_other_checks():
    layers = {"parcels": with_parcel("X", 50.0).to_crs(4326), "communes": v.communes()}
    assert of_rule(run(layers | {"graves": v.graves().to_crs(4326)}), "parcel_overlap") == []


def test_a_rule_that_is_not_listed_does_not_run():
    rules = {name: rule for name, rule in load_checks().items() if name != "parcel_overlap"}
    problems = run_checks({"parcels": with_parcel("X", 50.0)}, rules=rules, tolerances=TOLERANCES)
    assert problems == []
