"""Workbooks as grids: types, places, merges, errors, formulas; damaged and hostile files."""

import datetime as dt
import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.formula import ArrayFormula

from geotool.errors import ReadError
from geotool.sources import ReadOptions, read_layer
from geotool.sources.archives import UnsafeArchiveError
from geotool.sources.files import Source
from geotool.sources.markup import UnsafeMarkupError
from geotool.sources.sheets import cells, excel, workbooks

FIXTURES = Path(__file__).parent.parent / "fixtures"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'


def source(path, kind="xlsx"):
    return Source(path.name, kind, path, None)


def saved(tmp_path, book, name="a.xlsx"):
    book.save(tmp_path / name)
    return source(tmp_path / name)


def values(grid):
    return grid.cells.values.tolist()


def with_sheet(tmp_path, xml, name="a.xlsx"):
    """Write a workbook whose only sheet is the XML given."""
    plain = io.BytesIO()
    openpyxl.Workbook().save(plain)
    path = tmp_path / name
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            changed = info.filename == "xl/worksheets/sheet1.xml"
            new.writestr(info.filename, xml if changed else old.read(info))
    return source(path)


def sheet_xml(rows):
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


class TestCells:
    def test_every_type(self, tmp_path):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = "Tờ 1"
        days = [dt.datetime(2024, 3, 1), dt.date(2024, 3, 2), dt.datetime(2024, 3, 1, 7, 30)]
        times = [dt.time(7, 30), dt.timedelta(hours=30)]
        row = [" Đo\u0302\u0323i ", 1, 1.5, True, False, *days, *times, 1e15, -0.25]
        sheet.append(row)
        (grid,) = workbooks.read_grids(saved(tmp_path, book))
        texts = ["2024-03-01", "2024-03-02", "2024-03-01 07:30:00", "07:30:00", "30:00:00"]
        assert values(grid) == [["Đội", 1, 1.5, True, False, *texts, 10**15, -0.25]]
        assert [type(cell) for cell in values(grid)[0][1:5]] == [int, float, bool, bool]
        assert (grid.place, grid.sheet) == ("a.xlsx, sheet 'Tờ 1'", "Tờ 1")

    def test_rows_columns_and_merges_stand_where_the_sheet_has_them(self, tmp_path):
        book = openpyxl.Workbook()
        sheet = book.active
        sheet["C3"], sheet["E3"], sheet["C6"] = "Diện tích", " ", "x"
        sheet.merge_cells("C3:D4")
        sheet.merge_cells("C6:C8")
        (grid,) = workbooks.read_grids(saved(tmp_path, book))
        assert values(grid) == [[None, None, "Diện tích"], [None, None, "x"]]
        assert grid.rows.tolist() == [3, 6]
        assert grid.rows.dtype == np.int64
        assert grid.merges == ((3, 2, 4, 3), (6, 2, 8, 2))
        assert list(grid.cells.columns) == [0, 1, 2]

    def test_sheets_in_their_order_the_empty_and_the_charts_left_out(self, tmp_path):
        book = openpyxl.Workbook()
        book.active.title = "rỗng"
        book.create_chartsheet("biểu đồ")
        for title in ("b", "a", "ẩn"):
            book.create_sheet(title)["A1"] = title
        book["ẩn"].sheet_state = "hidden"
        read = workbooks.read_workbook(saved(tmp_path, book))
        assert [grid.sheet for grid in read.grids] == ["b", "a", "ẩn"]
        assert [rule for rule, _, _ in read.notes] == ["hidden_sheet"]
        assert "'ẩn'" in read.notes[0][1]

    def test_formulas_are_values_never_run(self, tmp_path):
        rows = (
            '<row r="1"><c r="A1"><f>1+1</f><v>2</v></c>'
            '<c r="B1" t="str"><f>HYPERLINK("http://x","y")</f><v>y</v></c>'
            '<c r="C1" t="str"><f>""</f><v></v></c><c r="D1"><f>NOW()</f></c>'
            '<c r="E1"><f>1</f><v/></c><c r="F1"><f t="shared" si="0"/><v></v></c></row>'
        )
        read = workbooks.read_workbook(with_sheet(tmp_path, sheet_xml(rows)))
        assert values(read.grids[0]) == [[2, "y"]]
        ((rule, message, _),) = read.notes
        assert rule == "formula_without_value"
        assert "3 formulas" in message
        assert all(f"cell {cell}" in message for cell in ("D1", "E1", "F1"))

    def test_formulas_of_openpyxl_have_no_value(self, tmp_path):
        book = openpyxl.Workbook()
        book.active["A1"], book.active["B2"] = "tổng", "=SUM(A1:A9)"
        book.active["C2"] = ArrayFormula("C2:C3", "=A1:A2")
        read = workbooks.read_workbook(saved(tmp_path, book))
        assert values(read.grids[0]) == [["tổng"]]
        assert "cell B2" in read.notes[0][1]
        assert "cell C2" in read.notes[0][1]

    def test_text_that_looks_like_a_formula_stays_text(self, tmp_path):
        book = openpyxl.Workbook()
        book.active["A1"] = "=HYPERLINK(1)"
        book.active["A1"].data_type = "s"
        read = workbooks.read_workbook(saved(tmp_path, book))
        assert values(read.grids[0]) == [["=HYPERLINK(1)"]]
        assert read.notes == ()

    def test_errors_are_text_even_beyond_the_values(self, tmp_path):
        rows = (
            '<row r="2"><c r="B2"><v>5</v></c><c r="C2" t="e"><f>A1/0</f><v>#DIV/0!</v></c></row>'
            '<row r="4"><c r="D4" t="e"><v>#REF!</v></c></row>'
        )
        (grid,) = workbooks.read_grids(with_sheet(tmp_path, sheet_xml(rows)))
        assert values(grid) == [[None, 5, "#DIV/0!", None], [None, None, None, "#REF!"]]
        assert grid.rows.tolist() == [2, 4]

    @given(column=st.integers(0, 20_000))
    def test_letters(self, column):
        assert cells.column_of(cells.letters_of(column)) == column

    def test_known_letters(self):
        assert [cells.letters_of(i) for i in (0, 25, 26, 701, 702, 16383)] == [
            "A", "Z", "AA", "ZZ", "AAA", "XFD"
        ]  # fmt: skip


class TestOldAndBinary:
    def test_xls(self):
        read = workbooks.read_workbook(source(FIXTURES / "xls" / "households.xls", "xls"))
        first, hidden = read.grids
        assert first.sheet == "Xã Mẫu"
        assert values(first) == [
            ["DANH SÁCH MẪU", None, None, None, None],
            ["Mã hộ", "Chủ hộ", "Diện tích", "Ngày", "Đã nhận"],
            ["H01", "Đội Cấn", 22.5, "2024-03-01", True],
            ["H02", "Bà Ư", 1026, "2024-12-31", False],
        ]
        assert first.rows.tolist() == [1, 3, 5, 6]
        assert first.merges == ((1, 0, 1, 4), (3, 0, 4, 0))
        assert values(hidden) == [[None, "giữ lại"]]
        assert [rule for rule, _, _ in read.notes] == ["hidden_sheet"]

    def test_xlsb(self, tmp_path):
        path = binary_book(
            tmp_path, [(0, [(0, "Mã"), (2, "Diện tích")]), (3, [(0, "H1"), (2, 22.5)])]
        )
        (grid,) = workbooks.read_grids(source(path))
        assert grid.sheet == "Tờ"
        assert values(grid) == [["Mã", None, "Diện tích"], ["H1", None, 22.5]]
        assert grid.rows.tolist() == [1, 4]

    def test_xlsb_that_reaches_too_far(self, tmp_path):
        path = binary_book(tmp_path, [(0, [(0, 1.0)]), (1_048_575, [(16_383, 1.0)])])
        with pytest.raises(ReadError, match="XFD1048576"):
            workbooks.read_grids(source(path))


def binary_book(tmp_path, rows):
    """Write a binary workbook (MS-XLSB) of one sheet by hand: text and numbers."""
    sheet = record(129) + record(148, struct.pack("<4I", 0, 9, 0, 9)) + record(145)
    for number, filled in rows:
        sheet += record(0, struct.pack("<II", number, 0) + b"\0" * 17)
        for column, value in filled:
            head = struct.pack("<II", column, 0)
            text = isinstance(value, str)
            sheet += (
                record(6, head + wide(value))
                if text
                else record(5, head + struct.pack("<d", value))
            )
    sheet += record(146) + record(130)
    title = struct.pack("<II", 0, 1) + wide("rId1") + wide("Tờ")
    book = record(131) + record(143) + record(156, title) + record(144) + record(132)
    kinds = "http://schemas.openxmlformats.org/package/2006/content-types"
    links = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    rels = (
        '<Relationships xmlns="{}"><Relationship Id="rId1" Type="{}" Target="{}"/></Relationships>'
    )
    path = tmp_path / "a.xlsb"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{kinds}"/>')
        archive.writestr(
            "_rels/.rels", rels.format(links, f"{office}/officeDocument", "xl/workbook.bin")
        )
        archive.writestr("xl/workbook.bin", book)
        sheet_link = rels.format(links, f"{office}/worksheet", "worksheets/sheet1.bin")
        archive.writestr("xl/_rels/workbook.bin.rels", sheet_link)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def record(kind, data=b""):
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(data)
    while length > 127:
        size, length = size + bytes([length & 0x7F | 0x80]), length >> 7
    return head + size + bytes([length]) + data


def wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


class TestRefusals:
    @pytest.mark.parametrize("cut", [100, 1000, 3000])
    def test_cut_short(self, tmp_path, cut):
        book = openpyxl.Workbook()
        book.active["A1"] = 1
        made = saved(tmp_path, book)
        made.path.write_bytes(made.path.read_bytes()[:cut])
        with pytest.raises(ReadError, match="damaged"):
            workbooks.read_grids(made)

    @pytest.mark.parametrize(
        "rows",
        ['<row r="1"><c r="A1"><v>1', '<row r="1"><c r="?"><v>1</v></c></row>', "</x>"],
    )
    def test_broken_sheet(self, tmp_path, rows):
        with pytest.raises(ReadError, match="damaged"):
            workbooks.read_grids(with_sheet(tmp_path, sheet_xml(rows)))

    @pytest.mark.parametrize("cell", ["ZZZZ1", "ZZZZZ1048576", "B99999999"])
    def test_a_cell_beyond_any_sheet(self, tmp_path, cell):
        rows = f'<row r="1"><c r="{cell}"><v>1</v></c></row>'
        with pytest.raises(ReadError, match=r"reaches to|damaged"):
            workbooks.read_grids(with_sheet(tmp_path, sheet_xml(CELL + rows)))

    def test_a_far_cell_is_named_and_a_formatted_one_is_not(self, tmp_path):
        far = '<row r="1048576"><c r="XFD1048576" s="0"/></row>'
        (grid,) = workbooks.read_grids(with_sheet(tmp_path, sheet_xml(CELL + far)))
        assert values(grid) == [[1]]
        far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        with pytest.raises(ReadError, match="reaches to cell XFD1048576"):
            workbooks.read_grids(with_sheet(tmp_path, sheet_xml(CELL + far)))

    def test_entities(self, tmp_path):
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + sheet_xml(CELL)
        with pytest.raises(UnsafeMarkupError):
            workbooks.read_grids(with_sheet(tmp_path, bomb))

    def test_zip_bomb(self, tmp_path):
        with pytest.raises(UnsafeArchiveError):
            workbooks.read_grids(with_sheet(tmp_path, sheet_xml(CELL) + " " * 100_000_000))

    def test_locked_xls(self, tmp_path):
        data = bytearray((FIXTURES / "xls" / "households.xls").read_bytes())
        start = data.index(struct.pack("<HHH", 0x0809, 16, 0x0600)) + 20
        (kind,) = struct.unpack_from("<H", data, start)
        assert kind != 0x002F
        data[start : start + 2] = struct.pack("<H", 0x002F)  # FILEPASS
        path = tmp_path / "a.xls"
        path.write_bytes(bytes(data))
        with pytest.raises(ReadError, match=r"password|damaged"):
            workbooks.read_grids(source(path, "xls"))

    def test_a_fault_inside_the_reader_is_a_damaged_workbook(self):
        panic = type("PanicException", (BaseException,), {})
        with pytest.raises(ReadError, match="damaged"), excel.Guard("a.xlsx"):
            raise panic
        with pytest.raises(KeyboardInterrupt), excel.Guard("a.xlsx"):
            raise KeyboardInterrupt

    @pytest.mark.parametrize("child", ["import os; os.abort()", "print('x')", "print('{}')"])
    def test_the_end_of_the_process_that_reads_is_a_damaged_workbook(self, monkeypatch, child):
        monkeypatch.setattr(excel, "_CHILD", child)
        with pytest.raises(ReadError, match="damaged"):
            workbooks.read_grids(source(FIXTURES / "xls" / "households.xls", "xls"))

    def test_nothing_on_standard_input(self):
        with pytest.raises(ReadError, match="piped"):
            workbooks.read_grids(Source("standard input", "xlsx", None, None, b"PK"))


def test_a_sheet_wider_than_any_table_is_refused_at_once(tmp_path):
    book = openpyxl.Workbook()
    book.active.append([f"c{i}" for i in range(2001)])
    book.active.append(list(range(2001)))
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(ReadError, match="2,001 filled columns"):
        read_layer(tmp_path / "a.xlsx", "households", ReadOptions())
