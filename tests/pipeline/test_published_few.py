"""What other figures leave of a few people: strips, bases, parts of wholes, own statistics."""

import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_layers import make_layers
from geotool.pipeline.published import disclose
from geotool.pipeline.report import shown_tables
from geotool.pipeline.tables import make_tables
from geotool.share import redaction
from geotool.share.tables import Table, TableColumn
from tests import village as v
from tests.village_project import write_project

PUBLIC = redaction.load_profile("public")
COMMITTEE = redaction.load_profile("committee")
ON = "2024-05-01"
WHOLE = v.Village(commune_cuts_m=())
IDENTITIES = (
    ("parcel_count", "full_count", "partial_count", "temporary_count"),
    ("affected_area_m2", "recovered_area_m2", "donated_area_m2", "temporary_area_m2"),
    ("household_count", "severe_count", "severe_unknown_count"),
    ("structure_count", "dwelling_count"),
)
"""A whole with all its parts: where one part alone is left out, it is told by the others."""


def public_tables(found):
    return {table.name: table for table in shown_tables(found, PUBLIC)}


def names_of(table):
    return {column.name for column in table.columns}


def lent_by_one(folder, basis="temporary"):
    """Return a project in which H18 alone lends, or donates, its nine parcels."""
    held = v.holdings(WHOLE)
    own = held["parcel_id"].str.split("-").str[1].astype(int) >= 18
    held.loc[own, "holder_id"] = "H18"
    held.loc[own, "holder_kind"] = "household"
    y = WHOLE.y_m
    rows = [{"right_of_way_id": str(n), "alignment_id": "A1", "basis": b}
            for n, b in enumerate(("recovered", basis))]  # fmt: skip
    shapes = [box(0, y - 30, 1700, y + 30), box(1700, y - 30, 2000, y + 30)]
    layers = {"holdings": held, "right_of_way": WHOLE.frame(rows, shapes)}
    root = write_project(folder, WHOLE, layers=layers, recipes=())
    toml = root / "geotool.toml"
    text = toml.read_text(encoding="utf-8")
    corridor = "[corridor]\nleft_m = 30.0\nright_m = 30.0\n"
    toml.write_text(text.replace(corridor, ""), encoding="utf-8")
    return assess(open_project(root), on=ON)


@pytest.mark.parametrize("basis", ["temporary", "donated"])
def test_no_part_of_a_whole_is_what_the_others_leave(tmp_path, basis):
    found = lent_by_one(tmp_path / "p", basis)
    told = {name: table.total or {} for name, table in public_tables(found).items()}
    told["totals"] = redaction.public_totals(found.totals, disclose(found, PUBLIC).profile)
    assert {"land_take_by_section", "households_by_section"} <= set(told)
    for name, figures in told.items():
        for whole, *parts in IDENTITIES:
            if whole not in figures:
                continue
            rest = figures[whole] - sum(figures.get(part) or 0 for part in parts)
            hidden = {part: found.totals[part] for part in parts if part not in figures}
            assert rest not in [count for count in hidden.values() if count], (name, whole, hidden)


def test_parcels_lent_by_one_household_are_no_rest(tmp_path):
    found = lent_by_one(tmp_path / "p")
    assert found.totals["temporary_count"] == 9
    layer = make_layers(disclose(found, PUBLIC).found, dissolve=True)["land_take_by_section"]
    assert {"full_count", "partial_count"} <= set(layer.columns)
    assert not {"full_count", "partial_count"} & disclose(found, PUBLIC).profile.results
    for name, table in public_tables(found).items():
        assert not names_of(table) & {"full_count", "partial_count", "temporary_count"}, name


def test_what_one_household_donates_is_not_what_the_households_lack(tmp_path):
    found = lent_by_one(tmp_path / "p", "donated")
    tables = public_tables(found)
    assert tables["land_take_by_section"].total["affected_area_m2"] == pytest.approx(120_000)
    for name in ("households_by_section", "households_by_commune"):
        assert "affected_area_m2" not in names_of(tables[name])
    assert "full_count" in names_of(tables["totals"])


def test_what_lies_in_two_strips_is_counted_for_nobody(tmp_path):
    lines = [LineString([(510, -300), (510, 90)]), LineString([(0, 20), (1990, 20)])]
    rows = [{"utility_id": name, "kind": "power", "voltage_kv": kv, "conductor_spread_m": 10.0}
            for name, kv in (("L1", 500.0), ("L2", 220.0))]  # fmt: skip
    spots = [(510.0, -200.0 + 30 * n) for n in range(6)]
    spots += [(600.0 + 100 * n, 20.0) for n in range(6)] + [(512.0, 21.0)]
    homes = [{"structure_id": f"X{n}", "holder_id": f"U{n}", "use": "dwelling"}
             for n in range(len(spots))]  # fmt: skip
    more = WHOLE.frame(homes, [Point(xy) for xy in spots])
    layers = {
        "utilities": WHOLE.frame(rows, lines),
        "structures": pd.concat([v.structures(WHOLE), more], ignore_index=True),
    }
    found = assess(open_project(write_project(tmp_path / "p", WHOLE, layers=layers)), on=ON)
    shared = [row for row in make_tables(found)["strips"].rows if row["strip"] == "shared"]
    assert [row["structure_count"] for row in shared] == [-1]
    table = public_tables(found)["strips"]
    assert not names_of(table) & {"structure_count", "dwelling_count"}
    assert "area_m2" in names_of(table)


@pytest.mark.parametrize(("total", "shown"), [(14, True), (13, False), (9, True), (None, True)])
def test_what_a_total_lacks_of_its_rows_is_no_few_people(total, shown):
    columns = (TableColumn("strip"), TableColumn("structure_count", "count"))
    rows = [{"strip": name, "structure_count": 7} for name in ("a", "b")]
    total = None if total is None else {"structure_count": total}
    table = Table("strips", (*columns, TableColumn("area_m2")), rows, total=total)
    (made,) = redaction.redact_tables((table,), PUBLIC)
    assert ("structure_count" in names_of(made)) is shown


def test_the_area_of_a_few_parcels_goes_with_their_count():
    row = {"residual_count": 3, "residual_area_m2": 80.0, "parcel_count": 60}
    assert redaction.small_columns(row, [row], PUBLIC.small) == {
        "residual_count",
        "residual_area_m2",
    }


STATISTICS = (
    # value, numerator, denominator, unit, name, shown to the public
    (3, None, None, "households", "Poor", False),
    (3, None, None, "Hộ", "Nghèo", False),
    (4, None, None, "nhân khẩu", "Nghèo", False),
    (2, None, None, None, "Số hộ nghèo", False),
    (None, 3, 400, "%", "Poor households", False),
    (99.5, 398, 400, "%", "Hộ có điện", False),
    (5, None, None, "hộ", "Nghèo", True),
    (0, None, None, "hộ", "Nghèo", True),
    (3.8, None, None, "người/hộ", "Quy mô hộ", True),
    (3, None, None, "%", "Hộ nghèo", True),
    (3, None, None, "km", "Đường xã", True),
    (None, 3, 4, "%", "Roads paved", True),
    (3, None, None, "count", "Poor households", False),
    (2, None, None, "Số", "Số hộ nghèo", False),
    (2, None, None, "1", "so_ho_ngheo", False),
    (2, None, None, "gia đình", "Nghèo", False),
    (2, None, None, "Trẻ em", "Đến trường", False),
    (2, None, None, "women", "x", False),
    (2, None, None, None, "Low-income households", False),
    (2, None, None, "hộ", "Thu nhập dưới trung bình", False),
    (2, None, None, "", "Hộ có thu nhập dưới trung bình", False),
    (0.003, None, None, "nghìn người", "Dân số", False),
    (3, None, None, "1.000 người", "Dân số", True),
    (None, 2, 50, "", "Tỷ lệ hộ nghèo", False),
    (4, None, None, "", "Tỷ lệ hộ nghèo", True),
    (4, None, None, None, "Thu nhập bình quân đầu người", True),
    (3, None, None, None, "Distance from people to school", True),
    (3.8, None, None, "người", "Số người mỗi hộ", True),
    (None, 380, 100, "người", "Số người mỗi hộ", True),
    (3, None, None, "người/km2", "Mật độ dân số", True),
    (3, None, None, "hồ", "Hồ chứa", True),
    (3, None, None, "%", "Số hộ", True),
)


@pytest.mark.parametrize(("value", "upper", "lower", "unit", "name", "shown"), STATISTICS)
def test_own_statistics_count_no_few_people(tmp_path, value, upper, lower, unit, name, shown):
    row = {"indicator_id": "S", "unit_id": "C1", "name": name, "value": value, "unit": unit,
           "numerator": upper, "denominator": lower, "period": "2023"}  # fmt: skip
    other = {**row, "indicator_id": "T", "value": 50, "numerator": None, "denominator": None}
    layers = {"indicators": pd.DataFrame([row, other])}
    found = assess(open_project(write_project(tmp_path / "p", layers=layers, recipes=())), on=ON)
    seen = disclose(found, PUBLIC)
    kept = seen.found.inputs.frames["indicators"]["indicator_id"].tolist()
    assert kept == (["S", "T"] if shown else ["T"])
    told = [one.message for one in seen.problems if "Some value" in one.message]
    assert told == ([] if shown else ["Some value counts a few only: S left out."])
    assert len(disclose(found, COMMITTEE).found.inputs.frames["indicators"]) == 2


COUNTED = (
    ("Số hộ nghèo", "đơn vị"), ("Hộ nghèo", "cái"), ("Poor households", "nos"),
    ("Poor households", "each"), ("Poor households", "unit"), ("soHoNgheo", ""),
    ("PoorHouseholds", "count"), ("poor_hh2023", ""), ("Poor hh", "hh"), ("No. of HHs", "HHs"),
    ("PAPs", "PAP"), ("AH", "AH"), ("Chủ đất", "chủ"), ("Chủ sử dụng đất", ""),
    ("Trẻ mồ côi", "em"), ("Cháu bé", "cháu"), ("Số cụ già", ""), ("Bệnh binh", ""),
    ("Dân tộc thiểu số", ""),
    ("Landowners", "landowners"), ("Number of elderly", "count"), ("Widows", ""),
    ("Girls", "count"), ("Farmers", "persons"), ("Income-poor households", "count"),
    ("Distance-affected households", "count"), ("Average-size households without land", ""),
    ("Average income households", "households"), ("Trung bình", "hộ"), ("So ho chua co dat", ""),
    ("Children in child care centres", "count"), ("Học sinh dân tộc nội trú", ""),
    ("Số người nhập khẩu", ""), ("Population growth", "persons"),
)  # fmt: skip
NOT_COUNTED = (
    ("Average household size", "persons"), ("Bình quân người/hộ", "người"), ("Số cửa khẩu", ""),
    ("Xuất khẩu", "count"), ("Nhà trẻ", "count"), ("Hồ chứa", "cái"), ("Schools", "units"),
    ("Women's union offices", "count"), ("People's Committee offices", "count"),
    ("Child care centres", "nos"), ("Population growth", ""), ("Man-made lakes", "count"),
    ("Per-household income", ""), ("Gia súc", "con"), ("Thu nhập bình quân đầu người", "triệu"),
)  # fmt: skip


def test_names_and_units_of_own_statistics_as_planners_write_them(tmp_path):
    rows = [
        {"indicator_id": f"S{number}", "unit_id": "C1", "name": name, "unit": unit, "value": 2,
         "period": "2023"}
        for number, (name, unit) in enumerate((*COUNTED, *NOT_COUNTED))
    ]  # fmt: skip
    layers = {"indicators": pd.DataFrame(rows)}
    found = assess(open_project(write_project(tmp_path / "p", layers=layers, recipes=())), on=ON)
    kept = disclose(found, PUBLIC).found.inputs.frames["indicators"]
    assert list(zip(kept["name"], kept["unit"].fillna(""), strict=True)) == list(NOT_COUNTED)
