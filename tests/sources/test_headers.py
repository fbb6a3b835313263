import pytest

from geotool.errors import ReadError
from geotool.sources.records import ColumnPlan
from tests.sources.sheets import cells, column, message, read_sheet, read_text, rules_of

BODY = [["H1", "An", 12, 345], ["H2", "Ba", 12, 346]]


def test_a_header_under_titles(tmp_path):
    rows = [
        ["UBND HUYỆN KỲ ANH", None, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"],
        ["DANH SÁCH CÁC HỘ"],
        [],
        ["Mã hộ", "Họ và tên chủ hộ", "Số khẩu"],
        ["H1", "An", 4],
    ]
    raw = read_sheet(tmp_path, rows, "households", ["A2:C2"])
    assert list(raw.frame.columns) == ["Mã hộ", "Họ và tên chủ hộ", "Số khẩu"]
    assert cells(raw) == [["H1", "An", 4]]
    assert list(raw.origin.rows) == [5]
    assert raw.origin.letters == {"Mã hộ": "A", "Họ và tên chủ hộ": "B", "Số khẩu": "C"}
    assert raw.origin.cell(0, "Số khẩu") == "sheet 'A', cell C5"
    assert "row 4" in message(raw, "header_found")
    assert "DANH SÁCH CÁC HỘ" in message(raw, "header_found")


def test_a_header_in_the_first_row_is_no_news(tmp_path):
    raw = read_text(tmp_path, "household_id,head_name\nH1,An\n", "households")
    assert raw.notes == ()
    assert raw.origin.cell(0, "head_name") == "line 2, column 'head_name'"


@pytest.mark.parametrize("merges", [["A1:A2", "B1:B2", "C1:D1", "E1:E2"], []])
def test_parents_over_children_with_and_without_merged_cells(tmp_path, merges):
    rows = [
        ["Mã hộ", "Họ tên", "Diện tích", None, "Ghi chú"],
        [None, None, "Thu hồi", "Còn lại", None],
        ["H1", "An", 10, 20, "x"],
    ]
    raw = read_sheet(tmp_path, rows, "households", merges)
    assert list(raw.frame.columns) == [
        "Mã hộ", "Họ tên", "Diện tích Thu hồi", "Diện tích Còn lại", "Ghi chú",
    ]  # fmt: skip
    assert cells(raw) == [["H1", "An", 10, 20, "x"]]
    assert "row 1, 2" in message(raw, "header_found")


def test_the_name_that_is_known_wins_of_parent_and_child(tmp_path):
    rows = [
        ["Thửa đất", None, "Diện tích", None, "WKT"],
        ["Số tờ", "Số thửa", "theo GCN", "đo đạc", None],
        [1, 2, 100, 101, "POINT (0 0)"],
    ]
    raw = read_sheet(tmp_path, rows, "parcels", ["A1:B1", "C1:D1", "E1:E2"])
    assert list(raw.frame.columns) == [
        "Số tờ", "Số thửa", "Diện tích theo GCN", "Diện tích đo đạc", "WKT",
    ]  # fmt: skip


def test_three_rows_of_header(tmp_path):
    rows = [
        ["STT", "Mã hộ", "Diện tích", None, None],
        [None, None, "Thu hồi", None, "Còn lại"],
        [None, None, "Đất ở", "Đất vườn", None],
        [1, "H1", 5, 6, 7],
    ]
    merges = ["A1:A3", "B1:B3", "C1:E1", "C2:D2", "E2:E3"]
    raw = read_sheet(tmp_path, rows, "households", merges)
    assert list(raw.frame.columns) == [
        "STT", "Mã hộ", "Diện tích Thu hồi Đất ở", "Diện tích Thu hồi Đất vườn",
        "Diện tích Còn lại",
    ]  # fmt: skip
    assert cells(raw) == [[1, "H1", 5, 6, 7]]


@pytest.mark.parametrize(
    "row",
    [
        ["(1)", "(2)", "(3)", "(4)"],
        ["A", "B", 1, 2],
        ["1", "2", "3", "4=2+3"],
        [1, 2, 3, 4],
        [None, None, "m2", "(ha)"],
    ],
)
def test_rows_that_number_or_measure_the_columns_are_no_records(tmp_path, row):
    rows = [["STT", "Mã hộ", "Diện tích", "Đất vườn"], row, [1, "H1", 5, 6]]
    raw = read_sheet(tmp_path, rows, "households")
    assert cells(raw) == [[1, "H1", 5, 6]]
    assert "row 2" in message(raw, "rows_left_out")


def test_a_first_record_of_rising_numbers_stays(tmp_path):
    raw = read_text(tmp_path, "a,b\n1,2\n", "households")
    assert cells(raw) == [["1", "2"]]
    raw = read_text(tmp_path, "holder_id,parcel_id,share_numerator\n1,2,3\n", "holdings")
    assert cells(raw) == [["1", "2", "3"]]


def test_units_come_from_names_rows_and_the_line_above(tmp_path):
    rows = [
        ["Đơn vị tính: triệu đồng"],
        ["Mã đường", "Tên đường", "Chiều dài (km)", "Kinh phí"],
        ["LR1", "Đường A", 2.4, 1.5],
    ]
    raw = read_sheet(tmp_path, rows, "landmark_roads")
    assert raw.units == {"Chiều dài (km)": "km", "Kinh phí": "triệu đồng"}
    rows = [["Mã lô", "Diện tích"], [None, "(ha)"], ["L1", 0.5]]
    assert read_sheet(tmp_path, rows, "lots").units == {"Diện tích": "ha"}
    assert read_text(tmp_path, "lot_id,dien_tich_ha\nL1,1\n", "lots").units == {
        "dien_tich_ha": "ha"
    }


def test_columns_without_a_name_are_kept_by_their_letter(tmp_path):
    rows = [["household_id", None, "head_name", None], ["H1", "x", "An", None]]
    raw = read_sheet(tmp_path, rows, "households")
    assert list(raw.frame.columns) == ["household_id", "column_B", "head_name"]
    assert cells(raw) == [["H1", "x", "An"]]
    assert "column_B" in message(raw, "unnamed_column")


def test_repeated_names_that_matter_are_refused_with_their_cells(tmp_path):
    rows = [["Mã hộ", "Họ tên", "Họ tên"], ["H1", "An", "Ba"]]
    with pytest.raises(ReadError, match=r"sheet 'A'.*Họ tên \(cells B1, C1\)"):
        read_sheet(tmp_path, rows, "households")


def test_repeated_names_that_mean_nothing_are_numbered(tmp_path):
    rows = [["Mã hộ", "Đất", "Đất", "Đất"], ["H1", 1, 2, 3]]
    raw = read_sheet(tmp_path, rows, "households")
    assert list(raw.frame.columns) == ["Mã hộ", "Đất", "Đất (2)", "Đất (3)"]
    assert "Đất (2), Đất (3)" in message(raw, "repeated_name")


def test_a_repeated_name_over_nothing_goes(tmp_path):
    raw = read_sheet(tmp_path, [["Mã hộ", "Mã hộ"], ["H1", None]], "households")
    assert cells(raw) == [["H1"]]


def test_rows_longer_than_the_header_of_a_text_file(tmp_path):
    text = "household_id,head_name\nH1,An\nH2,Ba,x\nH3,Cao\n"
    with pytest.raises(ReadError, match=r"1 \(line 3\)"):
        read_text(tmp_path, text, "households")
    raw = read_text(tmp_path, text, "households", salvage=True)
    assert column(raw, "household_id") == ["H1", "H3"]
    assert [(item.record, item.reason[:6]) for item in raw.rejected] == [(2, "line 3")]


def test_a_table_of_numbers_has_no_header(tmp_path):
    with pytest.raises(ReadError, match="no header was found in rows 1 to 2") as caught:
        read_sheet(tmp_path, [["An", 1, 2], ["Bình", 3, 4]], "households")
    assert "Bình" not in caught.value.message  # rows without names may be people


def test_the_plan_names_the_header_and_the_first_record(tmp_path):
    rows = [["a", "b"], ["Mã hộ", "c"], ["x", "y"], ["H1", "An"]]
    plan = ColumnPlan(header_rows=(1,), first_row=4)
    raw = read_sheet(tmp_path, rows, "households", plan=plan)
    assert list(raw.frame.columns) == ["a", "b"]
    assert cells(raw) == [["H1", "An"]]
    with pytest.raises(ReadError, match="row 9"):
        read_sheet(tmp_path, rows, "households", plan=ColumnPlan(header_rows=(9,)))


def test_without_a_layer_the_fullest_row_of_texts_is_the_header(tmp_path):
    rows = [["BẢNG 3"], ["Cột một", "Cột hai", "Cột ba"], ["u", 1, 2], ["v", 3, 4]]
    raw = read_sheet(tmp_path, rows, None)
    assert list(raw.frame.columns) == ["Cột một", "Cột hai", "Cột ba"]
    assert cells(raw) == [["u", 1, 2], ["v", 3, 4]]


def test_text_records_under_a_header_are_not_taken_for_its_children(tmp_path):
    text = "household_id,head_name,category\nH1,An,\nH2,Ba,nghèo\n"
    raw = read_text(tmp_path, text, "households")
    assert cells(raw) == [["H1", "An", None], ["H2", "Ba", "nghèo"]]
    assert rules_of(raw) == []
