import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool import rules, schema
from geotool.errors import ReadError
from geotool.sources.files import Source
from geotool.sources.records import ColumnPlan, Grid, ReadOptions
from geotool.sources.sheets import interpret
from tests.sources.sheets import (
    cells,
    column,
    message,
    read_book,
    read_sheet,
    read_text,
    rules_of,
    write_book,
)

LIST = [
    ["DANH SÁCH CÁC HỘ"],
    ["STT", "Mã hộ", "Họ và tên chủ hộ", "Thửa đất", None, "Diện tích (m2)"],
    [None, None, None, "Số tờ", "Số thửa", None],
    ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"],
    ["I", "Xã Kỳ Phong", None, None, None, None],
    [1, "H1", "Nguyễn Văn A", 12, 345, "1.026"],
    [None, None, None, 12, 346, 50],
    [2, "H2", "Trần Thị Tổng", "nt", 347, 100],
    [None, "Cộng xã Kỳ Phong", None, None, None, 1176],
    ["STT", "Mã hộ", "Họ và tên chủ hộ", "Thửa đất", None, "Diện tích (m2)"],
    [None, None, None, "Số tờ", "Số thửa", None],
    ["II", "Xã Kỳ Xuân"],
    [3, "H3", "Lê B", 13, 1, 10],
    [None, "Tổng cộng", None, None, None, 1186],
    [],
    [None, None, None, "Kỳ Anh, ngày 5 tháng 3 năm 2024"],
    [None, "Người lập biểu", None, None, "Trưởng phòng"],
    [],
    [None, "Lê C", None, None, "Trần D"],
]
LIST_MERGES = ["A1:F1", "D2:E2", "A2:A3", "B2:B3", "C2:C3", "F2:F3", "B5:F5"]


class TestClearanceList:
    def test_every_cell(self, tmp_path):
        raw = read_sheet(tmp_path, LIST, "households", LIST_MERGES)
        assert list(raw.frame.columns) == [
            "STT", "Mã hộ", "Họ và tên chủ hộ", "Số tờ", "Số thửa", "Diện tích (m2)",
            "commune_id",
        ]  # fmt: skip
        assert cells(raw) == [
            [1, "H1", "Nguyễn Văn A", 12, 345, "1.026", "Xã Kỳ Phong"],
            [None, "H1", "Nguyễn Văn A", 12, 346, 50, "Xã Kỳ Phong"],
            [2, "H2", "Trần Thị Tổng", 12, 347, 100, "Xã Kỳ Phong"],
            [3, "H3", "Lê B", 13, 1, 10, "Xã Kỳ Xuân"],
        ]
        assert list(raw.origin.rows) == [6, 7, 8, 13]
        assert raw.units == {"Diện tích (m2)": "m2"}

    def test_totals_know_the_rows_they_sum(self, tmp_path):
        raw = read_sheet(tmp_path, LIST, "households", LIST_MERGES)
        assert [(t.row, t.sheet, t.first, t.last) for t in raw.totals] == [
            (9, "A", 0, 3),
            (14, "A", 0, 4),
        ]
        assert raw.totals[0].cells == {"Mã hộ": "Cộng xã Kỳ Phong", "Diện tích (m2)": 1176}

    def test_all_that_was_guessed_is_noted(self, tmp_path):
        raw = read_sheet(tmp_path, LIST, "households", LIST_MERGES)
        assert "rows 5, 12" in next(t for r, t, _ in raw.notes if r == "group_titles")
        assert "rows 9, 14" in message(raw, "totals_left_out")
        assert "Số tờ: 1" in message(raw, "ditto_filled")
        assert "row 7" in message(raw, "rows_continued")
        left = " ".join(text for rule, text, _ in raw.notes if rule == "rows_left_out")
        assert "row 4" in left
        assert "rows 10, 11" in left
        assert "rows 16, 17, 19" in left
        assert all(
            text.startswith(f"{tmp_path / 'a.xlsx'}, sheet 'A': ") for _, text, _ in raw.notes
        )

    def test_as_holdings_the_parcel_is_made(self, tmp_path):
        raw = read_sheet(tmp_path, LIST, "holdings", LIST_MERGES)
        assert column(raw, "Mã hộ") == ["H1", "H1", "H2", "H3"]
        assert column(raw, "parcel_id") == ["12-345", "12-346", "12-347", "13-1"]
        assert "parcel_id_made" in rules_of(raw)


class TestTotals:
    HEAD = ("STT", "Mã hộ", "Họ tên", "Số khẩu")

    @pytest.mark.parametrize(
        "row",
        [
            ["Tổng", None, None, 9],
            ["Tổng cộng", None, None, 9],
            [None, "Tổng cộng:", None, 9],
            [None, None, "CỘNG", 9],
            [None, None, "Cộng trang 1", 9],
            [None, None, "Cộng xã Kỳ Phong (2 hộ)", 9],
            ["II", "Tổng số (I+II)", None, 9],
            [None, None, "Total", 9],
            [None, "TONG CONG", None, 9],
        ],
    )
    def test_a_sum_is_no_record(self, tmp_path, row):
        rows = [self.HEAD, [1, "H1", "An", 4], [2, "H2", "Ba", 5], row]
        raw = read_sheet(tmp_path, rows, "households")
        assert column(raw, "Mã hộ") == ["H1", "H2"]
        assert [(t.row, t.first, t.last) for t in raw.totals] == [(4, 0, 2)]

    @pytest.mark.parametrize("name", ["Tổng", "Cộng", "Tổng Văn B", "Tống Văn C", "Cộng Thị D"])
    @pytest.mark.parametrize("number", [2, None])
    def test_a_person_of_that_name_stays(self, tmp_path, name, number):
        rows = [self.HEAD, [1, "H1", "An", 4], [number, "H2", name, 5], [3, "H3", "Ba", 1]]
        raw = read_sheet(tmp_path, rows, "households")
        assert column(raw, "Họ tên") == ["An", name, "Ba"]
        assert raw.totals == ()

    def test_a_person_of_that_name_on_a_further_row_stays(self, tmp_path):
        rows = [
            ["STT", "Mã hộ", "Họ tên", "Số tờ", "Số thửa"],
            [1, "H1", "An", 1, 2],
            [None, None, "Tổng", 1, 3],
        ]
        raw = read_sheet(tmp_path, rows, "holdings")
        assert column(raw, "Họ tên") == ["An", "Tổng"]
        assert column(raw, "Mã hộ") == ["H1", "H1"]

    def test_a_group_with_sums_above_its_rows(self, tmp_path):
        rows = [
            self.HEAD,
            ["I", None, "Xã Kỳ Phong", 9],
            [1, "H1", "An", 4],
            [2, "H2", "Ba", 5],
            ["II", None, "Xã Kỳ Xuân", 3],
            [3, "H3", "Cao", 3],
        ]
        raw = read_sheet(tmp_path, rows, "households")
        assert column(raw, "Mã hộ") == ["H1", "H2", "H3"]
        assert column(raw, "commune_id") == ["Xã Kỳ Phong", "Xã Kỳ Phong", "Xã Kỳ Xuân"]
        assert [(t.row, t.first, t.last) for t in raw.totals] == [(2, 0, 2), (5, 2, 3)]

    def test_a_text_file_keeps_records_that_only_look_short(self, tmp_path):
        text = "household_id,head_name,phone\nH1,,\n,Ba,\nH3,Cao,1\nH4,,\n"
        raw = read_text(tmp_path, text, "households")
        assert column(raw, "household_id") == ["H1", None, "H3", "H4"]
        assert raw.notes == ()

    def test_an_organisation_is_no_signature(self, tmp_path):
        text = "organisation_id,name\nO1,Công ty A\nORG-B,Chủ tịch hội đồng quản trị X\n"
        raw = read_text(tmp_path, text, "organisations")
        assert column(raw, "organisation_id") == ["O1", "ORG-B"]


class TestDitto:
    @pytest.mark.parametrize(
        "mark", ["nt", "NT", "n.t", "nt.", "-nt-", "như trên", '"', "〃", "//"]
    )
    def test_marks(self, tmp_path, mark):
        rows = [
            ["Mã hộ", "Đất", "Ghi chú"],
            ["H1", "ONT", "a"],
            ["H2", mark, mark],
            ["H3", mark, None],
        ]
        raw = read_sheet(tmp_path, rows, "households")
        assert column(raw, "Đất") == ["ONT", "ONT", "ONT"]
        assert column(raw, "Ghi chú") == ["a", "a", None]
        assert "Đất: 2, Ghi chú: 1" in message(raw, "ditto_filled")

    def test_other_words_stay(self, tmp_path):
        words = ["do", "NTS", "-", "n", "như trên đất"]
        rows = [["Mã hộ", "Đất"], ["H0", "x"], *[[f"H{i}", w] for i, w in enumerate(words, 1)]]
        assert column(read_sheet(tmp_path, rows, "households"), "Đất")[1:] == words

    def test_a_mark_with_nothing_above_names_its_cell(self, tmp_path):
        raw = read_sheet(tmp_path, [["Mã hộ", "Đất"], ["H1", "nt"], ["H2", "nt"]], "households")
        assert column(raw, "Đất") == [None, None]
        assert "B2, B3" in message(raw, "ditto_without_row")

    def test_text_files(self, tmp_path):
        raw = read_text(tmp_path, 'household_id,Đất\nH1,ONT\nH2,""""\nH3,nt\n', "households")
        assert column(raw, "Đất") == ["ONT", "ONT", "ONT"]


class TestMergedCells:
    ROWS = (
        ["STT", "Mã hộ", "Họ tên", "Số tờ", "Số thửa", "Tổng diện tích", "Số khẩu"],
        [1, "H1", "An", 12, 1, 300, 4],
        [None, None, None, None, 2, None, None],
        [None, None, None, 13, 3, None, None],
        [2, "H2", "Ba", 13, 4, 10, 5],
    )
    MERGES = ("A2:A4", "B2:B4", "C2:C4", "D2:D3", "F2:F4", "G2:G4")

    def test_texts_and_keys_fill_down_and_amounts_do_not(self, tmp_path):
        raw = read_sheet(tmp_path, self.ROWS, "households", self.MERGES)
        assert cells(raw) == [
            [1, "H1", "An", 12, 1, 300, 4],
            [1, "H1", "An", 12, 2, None, None],
            [1, "H1", "An", 13, 3, None, None],
            [2, "H2", "Ba", 13, 4, 10, 5],
        ]
        assert message(raw, "merged_filled").endswith("7 empty parts of merged cells were filled.")
        assert "F2, G2" in message(raw, "merged_amount")

    def test_further_rows_without_merged_cells(self, tmp_path):
        raw = read_sheet(tmp_path, self.ROWS, "holdings")
        assert column(raw, "Mã hộ") == ["H1", "H1", "H1", "H2"]
        assert column(raw, "Họ tên") == ["An", "An", "An", "Ba"]
        assert column(raw, "Số tờ") == [12, 12, 13, 13]
        assert column(raw, "Tổng diện tích") == [300, None, None, 10]
        assert "rows 3, 4" in message(raw, "rows_continued")

    def test_land_without_a_holder_takes_none_from_above(self, tmp_path):
        text = "parcel_id,household_id,wkt\n1,H1,POINT (0 0)\n2,,POINT (0 0)\n"
        raw = read_text(tmp_path, text, "parcels")
        assert column(raw, "household_id") == ["H1", None]
        assert raw.notes == ()


class TestCombined:
    @pytest.mark.parametrize(
        ("header", "cell", "pair"),
        [
            ("Thửa đất", "Tờ 12, thửa 345", ("12", "345")),
            ("Vị trí", "Thửa 345 tờ 12", ("12", "345")),
            ("Vị trí", "tờ bản đồ số 12, thửa đất số 345b", ("12", "345b")),
            ("Vị trí", "TỜ BĐ 12a; THỬA: 345", ("12a", "345")),
            ("Vị trí", "to 12 thua 345", ("12", "345")),
            ("Tờ/thửa", "12/345", ("12", "345")),
            ("Số tờ - số thửa", "12 - 345a", ("12", "345a")),
            ("Số thửa/số tờ", "345/12", ("12", "345")),
        ],
    )
    def test_sheet_and_parcel(self, tmp_path, header, cell, pair):
        rows = [["Mã hộ", header, "wkt"], ["H1", cell, "x"], ["H2", cell, "y"]]
        raw = read_sheet(tmp_path, rows, "parcels")
        assert (column(raw, "sheet_no")[0], column(raw, "parcel_no")[0]) == pair
        assert header in message(raw, "cells_split")
        raw = read_sheet(tmp_path, rows, "holdings")
        assert column(raw, "parcel_id") == ["-".join(pair)] * 2

    def test_a_fraction_without_a_telling_header_stays(self, tmp_path):
        rows = [["Mã hộ", "Giấy", "wkt"], ["H1", "12/345", "x"]]
        raw = read_sheet(tmp_path, rows, "parcels")
        assert list(raw.frame.columns) == ["Mã hộ", "Giấy", "wkt"]

    def test_cells_that_cannot_be_read_are_named(self, tmp_path):
        rows = [["Mã hộ", "Vị trí"], ["H1", "Tờ 1, thửa 2"], ["H2", "không rõ"], ["H3", None]]
        raw = read_sheet(tmp_path, [*rows, ["H4", "Tờ 3, thửa 4"]], "holdings")
        assert column(raw, "parcel_id") == ["1-2", None, None, "3-4"]
        assert "1 cells" in message(raw, "cell_not_split")
        assert "B3 'không rõ'" in message(raw, "cell_not_split")

    @pytest.mark.parametrize(
        ("header", "cell", "found"),
        [
            ("Tọa độ", "1998742.87; 573456.12", {"x": "1998742.87", "y": "573456.12"}),
            ("Tọa độ (X; Y)", "1998742,87 573456,12", {"x": "1998742,87", "y": "573456,12"}),
            ("Tọa độ", "X=1998742.87, Y=573456.12", {"x": "1998742.87", "y": "573456.12"}),
            (
                "Toạ độ VN2000",
                "1.998.742,87 / 573.456,12",
                {"x": "1.998.742,87", "y": "573.456,12"},
            ),
            ("Tọa độ GPS", "18.0867, 106.2923", {"lat": "18.0867", "lon": "106.2923"}),
            ("Tọa độ", "106.2923;18.0867", {"lat": "18.0867", "lon": "106.2923"}),
            ("Tọa độ", "18,0867; 106,2923", {"lat": "18,0867", "lon": "106,2923"}),
            ("Tọa độ", "1998742,573456", {"x": "1998742", "y": "573456"}),
        ],
    )
    def test_coordinates_in_one_cell(self, tmp_path, header, cell, found):
        raw = read_sheet(tmp_path, [["Mã mộ", header], ["G1", cell]], "graves")
        assert {name: column(raw, name)[0] for name in found} == found

    def test_one_number_is_no_pair(self, tmp_path):
        raw = read_sheet(tmp_path, [["Mã mộ", "Tọa độ"], ["G1", "1998742,87"]], "graves")
        assert list(raw.frame.columns) == ["Mã mộ", "Tọa độ"]


class TestSheets:
    HEAD = ("Mã hộ", "Họ tên", "Số khẩu")

    def book(self, tmp_path, sheets):
        return write_book(tmp_path / "b.xlsx", sheets)

    def test_a_sheet_a_commune(self, tmp_path):
        path = self.book(
            tmp_path,
            {
                "Kỳ Phong": [["DANH SÁCH"], self.HEAD, ["H1", "An", 4], ["Tổng", None, 4]],
                "Tổng hợp": [["Xã", "Số hộ"], ["Kỳ Phong", 1], ["Kỳ Xuân", 2]],
                "Kỳ Xuân": [self.HEAD, ["H2", "Ba", 5], ["H3", "Cao", 6], ["Tổng", None, 12]],
            },
        )
        raw = read_book(path, "households")
        assert cells(raw) == [
            ["H1", "An", 4, "Kỳ Phong"],
            ["H2", "Ba", 5, "Kỳ Xuân"],
            ["H3", "Cao", 6, "Kỳ Xuân"],
        ]
        assert list(raw.origin.rows) == [3, 2, 3]
        assert raw.origin.cell(2, "Họ tên") == "sheet 'Kỳ Xuân', cell B3"
        assert raw.sublayer == "Kỳ Phong, Kỳ Xuân"
        assert "'Kỳ Phong', 'Kỳ Xuân'" in message(raw, "sheets_joined")
        assert "'Tổng hợp'" in message(raw, "sheets_left_out")
        assert [(t.sheet, t.first, t.last) for t in raw.totals] == [
            ("Kỳ Phong", 0, 1),
            ("Kỳ Xuân", 1, 3),
        ]

    def test_names_may_differ_between_sheets(self, tmp_path):
        path = self.book(
            tmp_path,
            {
                "A1": [["Mã hộ", "Họ tên"], ["H1", "An"]],
                "B1": [["Chủ hộ", "Mã hộ", "Ghi chú"], ["Ba", "H2", "x"]],
            },
        )
        raw = read_book(path, "households")
        assert column(raw, "Mã hộ") == ["H1", "H2"]
        assert column(raw, "Họ tên") == ["An", "Ba"]
        assert "Mã hộ" not in raw.origin.letters

    def test_plain_sheet_names_are_no_communes(self, tmp_path):
        rows = [self.HEAD, ["H1", "An", 4]]
        raw = read_book(self.book(tmp_path, {"Sheet1": rows, "Sheet2": rows}), "households")
        assert "commune_id" not in raw.frame.columns
        assert len(raw.frame) == 2

    def test_a_sheet_is_named(self, tmp_path):
        path = self.book(
            tmp_path, {"Kỳ Phong": [self.HEAD, ["H1", "An", 4]], "B": [self.HEAD, ["H2", "Ba", 5]]}
        )
        assert column(read_book(path, "households", sublayer="B"), "Mã hộ") == ["H2"]
        planned = read_book(path, "households", plan=ColumnPlan(sheet="ky phong"))
        assert column(planned, "Mã hộ") == ["H1"]
        assert "'B'" in message(planned, "sheets_left_out")
        with pytest.raises(ReadError, match="'C'"):
            read_book(path, "households", plan=ColumnPlan(sheet="C"))

    def test_the_sheet_named_like_the_layer_is_first(self, tmp_path):
        path = self.book(
            tmp_path, {"A": [self.HEAD, ["H1", "An", 4]], "Household": [self.HEAD, ["H2", "Ba", 5]]}
        )
        assert column(read_book(path, "households"), "Mã hộ") == ["H2"]

    def test_no_sheet_that_fits_is_refused(self, tmp_path):
        path = self.book(tmp_path, {"A": [["x"], ["1"]], "B": [["y"], ["2"]]})
        with pytest.raises(ReadError, match=r"2 sheets.*'A', 'B'"):
            read_book(path, "households")


class TestStakes:
    WANTED = (
        ("C1-T", "left", "Km559+900", 1998742.87, 573456.12),
        ("C1-P", "right", "Km559+900", 1998700.0, 573500.0),
        ("C2-P", "right", "559+950.00", 1998701.0, 573501.0),
    )

    def check(self, raw):
        found = list(
            zip(
                *(column(raw, raw.frame.columns[0] if name == "key" else name)
                  for name in ("key", "side", "Lý trình", "x", "y")),
                strict=True,
            )
        )  # fmt: skip
        assert tuple(found) == self.WANTED
        assert list(raw.origin.rows)[-2:] == [raw.origin.rows[0], raw.origin.rows[0] + 1]
        assert "2 rows" in message(raw, "stakes_split")

    BODY = (
        ["C1", "Km559+900", 1998742.87, 573456.12, 1998700.0, 573500.0],
        ["C2", "559+950.00", None, None, 1998701.0, 573501.0],
    )

    @pytest.mark.parametrize("merges", [["C1:D1", "E1:F1", "A1:A2", "B1:B2"], []])
    def test_a_header_of_two_rows(self, tmp_path, merges):
        head = [
            ["Tên cọc", "Lý trình", "Trái", None, "Phải", None],
            [None, None, "X", "Y", "X", "Y"],
        ]
        self.check(read_sheet(tmp_path, [*head, *self.BODY], "stakes", merges))

    @pytest.mark.parametrize(
        "names",
        [
            ["X trái", "Y trái", "X phải", "Y phải"],
            ["X_T", "Y_T", "X_P", "Y_P"],
            ["XT", "YT", "XP", "YP"],
            ["Tọa độ X (m) bên trái", "Tọa độ Y (m) bên trái", "Tọa độ X (m) bên phải",
             "Tọa độ Y (m) bên phải"],
        ],
    )  # fmt: skip
    def test_a_header_of_one_row(self, tmp_path, names):
        rows = [["Tên cọc", "Lý trình", *names], *self.BODY]
        self.check(read_sheet(tmp_path, rows, "stakes"))

    def test_a_stake_a_row_stays(self, tmp_path):
        rows = [["Tên cọc", "Phía", "X", "Y"], ["C1", "T", 1.0, 2.0]]
        assert cells(read_sheet(tmp_path, rows, "stakes")) == [["C1", "T", 1.0, 2.0]]


NAMES = st.text(st.sampled_from("ABCĐabcộổ 1-"), min_size=1, max_size=8).map(str.strip)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 999), NAMES.filter(bool)), min_size=1, max_size=8))
def test_records_with_keys_are_never_lost(tmp_path_factory, people):
    folder = tmp_path_factory.mktemp("sheet")
    rows = [[i, f"H{number}", name] for i, (number, name) in enumerate(people, 1)]
    raw = read_sheet(folder, [["STT", "Mã hộ", "Họ tên"], *rows], "households")
    assert column(raw, "Mã hộ") == [row[1] for row in rows]
    assert list(raw.origin.rows) == list(range(2, len(rows) + 2))


CELLS = st.one_of(
    st.none(),
    st.integers(-5, 3000),
    st.floats(0, 1e7, allow_nan=False),
    st.booleans(),
    st.sampled_from(
        ["STT", "Mã hộ", "Họ tên", "nt", "Tổng cộng", "I", "Xã A", "Tờ 1, thửa 2", "X", "Y", "(1)",
         "m2", "12/3", "1.026", "Người lập biểu", "ĐVT: ha", "=1+1", "?", "A" * 50]
    ),
)  # fmt: skip
MERGES = st.tuples(st.integers(1, 6), st.integers(0, 4), st.integers(0, 3), st.integers(0, 3))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=7),
    st.lists(MERGES, max_size=3),
    st.sampled_from(["households", "holdings", "stakes", "parcels", "graves", "lots", None]),
    st.sampled_from(["A", None]),
)
def test_any_grid_is_read_or_refused(rows, merges, layer, sheet):
    frame = pd.DataFrame(rows, columns=range(4), dtype=object)
    frame = frame.where(frame.notna(), None)
    filled = frame.notna().any(axis=1).to_numpy()
    numbers = np.flatnonzero(filled).astype(np.int64) + 1
    spans = tuple((a, b, a + c, b + d) for a, b, c, d in merges)
    grid = Grid("f", sheet, frame[filled].reset_index(drop=True), numbers, spans)
    source = Source("f", "csv", None, None)
    known = None if layer is None else schema.load_schema(layer)
    try:
        raw = interpret.read_table(source, [grid], known, ReadOptions())
    except ReadError:
        return
    assert len(raw.origin.rows) == len(raw.frame)
    assert set(raw.origin.rows) <= set(numbers.tolist())
    assert raw.frame.columns.is_unique
    noted = {rule for rule, _, _ in raw.notes}
    assert noted <= set(rules.load_checks())
