"""Habits of commune offices in tables: what one cell, one dash, one unit means."""

import pytest

from geotool import coercion, schema
from geotool.errors import ReadError, SchemaError
from geotool.sources.planned import resolve_plan
from geotool.sources.records import ColumnPlan
from geotool.sources.sheets.totals import facts_of, find_mismatches
from tests.sources.sheets import column, message, read_book, read_sheet, rules_of, write_book


def areas(raw):
    """Return the areas on paper of parcels, in square metres."""
    known = schema.load_schema("parcels")
    mapping = schema.match_columns(list(raw.frame.columns), known).mapping
    frame = raw.frame.rename(columns=mapping)
    found, _ = coercion.coerce(frame, known, facts=facts_of(raw, mapping))
    return found["document_area_m2"].tolist()


@pytest.mark.parametrize(
    "cell",
    [
        "Tờ 12, thửa 8 + 9",
        "tờ BĐ số 12, thửa đất số 8, 9",
        "Tờ 12, thửa 8 và 9",
        "Tờ 12-13, thửa 8",
        "Tờ 12, thửa 8; tờ 13, thửa 9",
    ],
)
def test_a_cell_of_several_parcels_is_named_and_never_cut(tmp_path, cell):
    rows = [["Mã hộ", "Thửa đất"], ["H1", "Tờ 1, thửa 2"], ["H2", cell], ["H3", "Tờ 1, thửa 3"]]
    raw = read_sheet(tmp_path, rows, "holdings")
    assert column(raw, "parcel_id") == ["1-2", None, "1-3"]
    assert f"B3 '{cell[:30]}'" in message(raw, "cell_not_split")
    assert raw.origin.cell(1, "parcel_id") == "sheet 'A', cell B3"


@pytest.mark.parametrize(
    ("cell", "parcel"),
    [
        ("TBĐ 14, thửa 8", "14-8"),
        ("Thửa 9/2, tờ 3", "3-9/2"),
        ("Tờ 4 thửa 5, 120 m2", "4-5"),
        ("Tờ 4 thửa 5, 1.026,5 m2", "4-5"),
        ("thửa 8 tờ 3 (DT 100m2)", "3-8"),
    ],
)
def test_sheet_and_parcel_beside_other_words(tmp_path, cell, parcel):
    raw = read_sheet(tmp_path, [["Mã hộ", "Thửa đất"], ["H1", cell]], "holdings")
    assert column(raw, "parcel_id") == [parcel]


def test_a_dash_alone_is_an_empty_cell_of_a_known_column(tmp_path):
    rows = [["Mã hộ", "Họ tên", "Số khẩu", "Lối đi"], ["H1", "A", "-", "-"], ["H2", "…", 3, "x"]]
    raw = read_sheet(tmp_path, rows, "households")
    assert column(raw, "Số khẩu") == [None, 3]
    assert column(raw, "Họ tên") == ["A", None]
    assert column(raw, "Lối đi") == ["-", "x"]
    assert "Họ tên: 1, Số khẩu: 1" in message(raw, "blank_marks")


def test_a_dash_is_no_ditto_and_no_further_row(tmp_path):
    rows = [["TT", "Mã hộ", "Số tờ", "Số thửa"], [1, "H1", 1, 1], [2, "-", 1, 2]]
    raw = read_sheet(tmp_path, rows, "parcels")
    assert column(raw, "Mã hộ") == ["H1", None]


def test_the_unit_of_a_parent_wins_over_that_of_the_table(tmp_path):
    rows = [
        [None, None, "Đơn vị: ha"],
        ["Số tờ", "Số thửa", "Diện tích (m2)", None],
        [None, None, "Diện tích theo GCN", "Diện tích đo đạc"],
        [1, 1, "1.026", "1.030,5"],
        [1, 2, "22,3", 23],
    ]
    raw = read_sheet(tmp_path, rows, "parcels", ["A2:A3", "B2:B3", "C2:D2"])
    assert areas(raw) == [1026.0, 22.3]


def test_a_cell_with_its_own_unit_is_converted_once(tmp_path):
    rows = [["Số tờ", "Số thửa", "Diện tích theo GCN (ha)"]]
    rows += [[1, i, cell] for i, cell in enumerate(["0,12", "1 026,5 m2", 0.5, "0,0333 ha"])]
    assert areas(read_sheet(tmp_path, rows, "parcels")) == [1200.0, 1026.5, 5000.0, 333.0]


def test_the_number_of_households_is_no_code_of_a_household():
    known = schema.load_schema("households")
    assert schema.match_columns(["Xã", "Số hộ"], known).mapping == {}
    assert schema.match_columns(["Số hồ"], known).mapping == {"Số hồ": "household_id"}


def test_a_range_of_chainages_in_one_cell(tmp_path):
    rows = [
        ["Ngày bàn giao", "Lý trình", "Nội dung"],
        ["12/05/2025", "Km560+000 - Km561+200", "Bàn giao"],
        ["13/05/2025", "Km561+200 ÷ Km562", "nt"],
        ["13/05/2025", "Km562 đến Km563+10,5", "nt"],
    ]
    raw = read_sheet(tmp_path, rows, "events")
    assert column(raw, "from_chainage") == ["560000.0", "561200.0", "562000.0"]
    assert column(raw, "to_chainage") == ["561200.0", "562000.0", "563010.5"]
    assert raw.origin.cell(2, "to_chainage") == "sheet 'A', cell B4"


def test_a_plan_by_letters_tells_what_the_columns_mean(tmp_path):
    rows = [["Ký hiệu 1", "Ký hiệu 2"], ["H1", "12-345"], [None, "12-346"], ["H2", "13-7"]]
    plan = ColumnPlan(columns={"holder_id": "A", "parcel_id": "B"}, header_rows=(1,))
    raw = read_book(write_book(tmp_path / "a.xlsx", {"A": rows}), "holdings", plan=plan)
    assert column(raw, "Ký hiệu 1") == ["H1", "H1", "H2"]
    assert "rows_continued" in rules_of(raw)


def test_a_plan_gives_a_column_one_meaning(tmp_path):
    rows = [["Mã", "Tên"], ["H1", "A"]]
    raw = read_sheet(tmp_path, rows, "households")
    plan = ColumnPlan(columns={"household_id": "A", "head_name": "Mã"})
    with pytest.raises(SchemaError, match="'Mã' to both household_id and head_name"):
        resolve_plan(raw, plan, what="a.xlsx")


@pytest.mark.parametrize(("first", "second"), [("(m2)", "(ha)"), ("", "(ha)"), ("(ha)", "")])
def test_sheets_in_different_units_are_not_joined(tmp_path, first, second):
    sheets = {
        name: [["Tờ", "Thửa", f"DT GCN {unit}", "wkt"], [1, 1, 5, "POINT(0 0)"]]
        for name, unit in (("Kỳ Phong", first), ("Kỳ Tây", second))
    }
    path = write_book(tmp_path / "a.xlsx", sheets)
    with pytest.raises(ReadError, match=r"different units: 'Kỳ Phong' in .*, 'Kỳ Tây' in "):
        read_book(path, "parcels")
    assert column(read_book(path, "parcels", sublayer="Kỳ Tây"), "Tờ") == [1]


def test_sheets_that_spell_one_unit_differently_are_joined(tmp_path):
    sheets = {
        name: [["Tờ", "Thửa", f"DT GCN {unit}", "wkt"], [1, 1, 5, "POINT(0 0)"]]
        for name, unit in (("Kỳ Phong", "(m2)"), ("Kỳ Tây", "(m²)"), ("Kỳ Nam", ""))
    }
    raw = read_book(write_book(tmp_path / "a.xlsx", sheets), "parcels")
    assert column(raw, "commune_id") == ["Kỳ Phong", "Kỳ Tây", "Kỳ Nam"]


def test_a_total_of_people_is_exact(tmp_path):
    rows = [["Mã hộ", "Họ tên", "Số khẩu"], ["H1", "A", 2], ["H2", "B", 3], ["Cộng", None, 6]]
    raw = read_sheet(tmp_path, rows, "households")
    known = schema.load_schema("households")
    mapping = schema.match_columns(list(raw.frame.columns), known).mapping
    frame, _ = coercion.coerce(raw.frame.rename(columns=mapping), known)
    (found,) = find_mismatches(frame, raw.totals, mapping, known)
    assert "people_count is stated as 6, but its 2 records make 5" in found.message


def test_a_date_after_the_word_for_day(tmp_path):
    rows = [["Ngày", "Nội dung"], ["ngày 5/6/2025", "Bàn giao"]]
    raw = read_sheet(tmp_path, rows, "events")
    frame = raw.frame.rename(columns={"Ngày": "event_date"})
    found, _ = coercion.coerce(frame, schema.load_schema("events"))
    assert found["event_date"].tolist() == ["2025-06-05"]
