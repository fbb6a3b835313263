from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool import rules
from geotool.errors import DataError
from geotool.rules import strips

HEAD = '[rule]\ntitle = "T"\ncitation = "C"\neffective_from = 2024-01-01\nconfirmed = true\n'


@pytest.fixture
def own(tmp_path):
    """Return a function that writes a rule file of a project and gives its folder."""

    def write(name, text):
        folder = tmp_path / "layers" / "rules"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_grave_norms_are_those_of_the_standard_and_say_that_they_are_not_confirmed():
    norms = rules.load_grave_norms()
    assert (norms.reburial_area_m2, norms.burial_area_m2, norms.burial_share) == (3.0, 5.0, 0.6)
    assert norms.net_area_m2 == 3.0
    assert norms.net_area_m2 / norms.burial_share == pytest.approx(5.0)
    assert "QCVN 07-10:2016/BXD" in norms.source.citation
    assert not norms.source.confirmed
    assert isinstance(norms.source.effective_from, date)


def test_tolerances_are_all_there():
    tolerances = rules.load_tolerances()
    assert tolerances.area_relative == 1e-9
    assert tolerances.area_absolute_m2 == 1e-6
    assert tolerances.length_absolute_m == 1e-6
    assert tolerances.point_on_axis_m == 1e-6
    assert tolerances.scale_error_limit_ppm == 500


@pytest.mark.parametrize(
    ("land_type", "residential"),
    [
        ("ONT", True),
        ("odt", True),
        ("ONT+CLN", True),
        ("CLN + ONT", True),
        ("LUC", False),
        ("CONTX", False),
        ("", False),
        (None, False),
        (float("nan"), False),
    ],
)
def test_residential_land(land_type, residential):
    assert rules.is_residential(land_type, rules.load_residential_land_types()) is residential


@given(
    st.lists(st.sampled_from(["CLN", "LUC", "ONT", "DGT"]), min_size=1), st.sampled_from("+,;/ ")
)
def test_combined_land_is_residential_when_a_part_is(parts, sign):
    codes = rules.load_residential_land_types()
    assert rules.is_residential(sign.join(parts), codes) == ("ONT" in parts)


def test_handover_states():
    states = rules.load_handover_rules()
    assert "handed_over" in states.clear_states
    assert not set(states.clear_states) & set(states.revoke_states)


def test_border_distance_is_a_choice_of_the_office():
    border = rules.load_border_rules()
    assert border.served_distance_m > 0
    assert not border.source.confirmed


def test_checks_have_severities_and_label_keys():
    checks = rules.load_checks()
    assert checks["repeated_key"].severity == "error"
    assert checks["parcel_overlap"].severity == "finding"
    assert checks["reprojected"].severity == "notice"
    assert checks["no_crs"].message_key == "checks.no_crs"
    assert checks["no_crs"].remedy_key == "remedies.no_crs"


def test_a_projects_own_file_wins(own):
    folder = own("border", HEAD + "[access]\nserved_distance_m = 120\n")
    assert rules.load_border_rules(project_dir=folder).served_distance_m == 120.0
    assert rules.load_border_rules().served_distance_m != 120.0
    folder = own("checks", HEAD + '[severity]\nparcel_overlap = "error"\n')
    checks = rules.load_checks(project_dir=folder)
    assert checks["parcel_overlap"].severity == "error"
    assert checks["repeated_key"].severity == "error"
    folder = own("mine", HEAD)
    assert "mine" in rules.list_rules(project_dir=folder)
    assert "mine" not in rules.list_rules()


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("graves", "[norms]\n", "title, citation, effective_from, confirmed"),
        ("graves", HEAD.replace("2024-01-01", '"2024"'), "effective_from"),
        ("graves", HEAD.replace('"C"', '" "'), "citation"),
        ("graves", HEAD, r"\[norms\] is missing"),
        ("graves", HEAD + "[norms]\nreburial_area_m2 = -1\n", "reburial_area_m2"),
        (
            "graves",
            HEAD + "[norms]\nreburial_area_m2 = 3\nburial_area_m2 = 5\nburial_share = 60\n",
            "burial_share",
        ),
        ("tolerances", HEAD + "[tolerances]\nnew_m = 1\n", "unknown tolerance new_m"),
        ("tolerances", HEAD + "[tolerances]\narea_relative = true\n", "area_relative"),
        ("checks", HEAD + '[severity]\nno_crs = "bad"\n', "no_crs = 'bad'"),
        ("handover", HEAD + '[states]\nclear = ["a"]\nrevoke = ["a"]\n', "a both clears"),
        ("handover", HEAD + '[states]\nclear = "a"\nrevoke = []\n', "clear must be a list"),
        ("border", "loose = 1\n" + HEAD, "loose"),
    ],
)
def test_wrong_rule_files_are_refused(own, name, text, says):
    folder = own(name, text)
    load = {
        "graves": rules.load_grave_norms,
        "tolerances": rules.load_tolerances,
        "checks": rules.load_checks,
        "handover": rules.load_handover_rules,
        "border": rules.load_border_rules,
    }[name]
    with pytest.raises(DataError, match=says):
        load(project_dir=folder)


def test_an_unknown_rule_lists_those_that_exist():
    with pytest.raises(DataError, match=r"nothing\.toml.*graves"):
        rules.load_rule("nothing")


def test_road_strips_by_class():
    rule = strips.load_road_strips()
    widths = {name: (row.protection_m, row.safety_m) for name, row in rule.classes.items()}
    assert widths == {
        "expressway": (3, 17),
        "I": (3, 17),
        "II": (3, 17),
        "III": (2, 13),
        "IV": (1, 9),
        "V": (1, 9),
        "VI": (1, 4),
    }
    assert "165/2024" in rule.source.citation
    assert not rule.source.confirmed


def test_bridge_and_power_line_strips():
    assert strips.load_bridge_strips().safety_m == 20
    rule = strips.load_power_line_strips()
    assert rule.bare_m == {22: 2, 35: 3, 110: 4, 220: 6, 500: 7}
    assert {kv: rule.covered_m[kv] for kv in (22, 35, 110)} == {22: 1, 35: 1.5, 110: 4}
    assert rule.houses_highest_kv == 220
    assert rule.highest_kv == 500
    assert "62/2025" in rule.source.citation
    assert not rule.source.confirmed
    assert rule.source.note


@pytest.mark.parametrize(
    ("voltage_kv", "distance_m", "height_m"),
    [(0.4, 2, 2), (22, 2, 2), (22.1, 3, 2), (66, 4, 3), (220, 6, 4), (500, 7, 6), (1000, 7, 6)],
)
def test_a_voltage_between_two_listed_takes_the_higher(voltage_kv, distance_m, height_m):
    rule = strips.load_power_line_strips()
    assert rule.distance_m(voltage_kv, covered=False) == distance_m
    assert rule.clear_height_m(voltage_kv) == height_m


@pytest.mark.parametrize(
    ("load", "name", "text"),
    [
        (strips.load_road_strips, "road_strips", "[protection_m]\nI = 3\n[safety_m]\nII = 17\n"),
        (strips.load_road_strips, "road_strips", "[protection_m]\nI = -1\n[safety_m]\nI = 17\n"),
        (strips.load_bridge_strips, "bridge_strips", "[safety_m]\ntunnel = 20\n"),
        (
            strips.load_power_line_strips,
            "power_line_strips",
            "[bare_m]\nhigh = 4\n[covered_m]\n[height_m]\n[houses]\nhighest_kv = 220\n",
        ),
        (
            strips.load_power_line_strips,
            "power_line_strips",
            '[bare_m]\n110 = 4\n"110.0" = 9\n[covered_m]\n22 = 1\n[height_m]\n35 = 2\n'
            "[houses]\nhighest_kv = 220\n",
        ),
    ],
)
def test_a_strip_rule_that_cannot_hold_is_refused(own, load, name, text):
    with pytest.raises(DataError, match=f"{name}.toml"):
        load(project_dir=own(name, HEAD + text))


def test_a_projects_own_classes_hold(own):
    text = "[protection_m]\nlocal = 0.5\n[safety_m]\nlocal = 3\n"
    rule = strips.load_road_strips(project_dir=own("road_strips", HEAD + text))
    assert rule.classes == {"local": strips.RoadWidths(0.5, 3.0)}
    assert rule.source.confirmed
