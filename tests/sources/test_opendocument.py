"""OpenDocument sheets as grids: written by GDAL, and by hand with repeats and spans."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from geotool.errors import ReadError
from geotool.sources.archives import UnsafeArchiveError
from geotool.sources.files import Source
from geotool.sources.markup import UnsafeMarkupError
from geotool.sources.sheets import workbooks

FIXTURE = Path(__file__).parent.parent / "fixtures" / "ods" / "parcels.ods"
SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for name in ("office", "table", "text")
)
PARCELS = [
    ["Mã thửa", "Chủ sử dụng", "Diện tích", "Ngày cấp", "Ghi chú"],
    ["12-345", "Đội Cấn", 22.5, "2024-03-01", None],
    ["12-346", "Bà Ư", 1026, "2024-12-31", "dòng một\ndòng hai"],
]
KINDS = (
    ('office:value-type="float" office:value="22.50"', "22,5", 22.5),
    ('office:value-type="float" office:value="0"', "0", 0),
    ('office:value-type="float" office:value="nonsense"', "12a", "12a"),
    ('office:value-type="percentage" office:value="0.125"', "12,5%", 0.125),
    ('office:value-type="currency" office:value="1000"', "1.000 đ", 1000),
    ('office:value-type="date" office:date-value="2024-03-01"', "01/03/24", "2024-03-01"),
    ('office:value-type="date" office:date-value="2024-03-01T00:00:00"', "", "2024-03-01"),
    ('office:value-type="date" office:date-value="2024-03-01T07:30:00.123456789"', "",
     "2024-03-01 07:30:00"),
    ('office:value-type="date" office:date-value="hôm qua"', "hôm qua", "hôm qua"),
    ('office:value-type="time" office:time-value="PT30H05M09.5S"', "30:05", "30:05:09"),
    ('office:value-type="boolean" office:boolean-value="true"', "ĐÚNG", True),
    ('office:value-type="boolean" office:boolean-value="false"', "SAI", False),
    ('office:value-type="string"', " Đo\u0302\u0323i ", "Đội"),
    ('office:value-type="string" office:string-value="của thuộc tính"', "", "của thuộc tính"),
    ("", "không kiểu", "không kiểu"),
)  # fmt: skip


def book(tmp_path, tables, extra="", name="a.ods"):
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {SPACES}><office:body>'
        f"<office:spreadsheet>{extra}{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    return packed(tmp_path, {"content.xml": xml}, name)


def packed(tmp_path, parts, name="a.ods"):
    with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        for part, text in parts.items():
            archive.writestr(part, text)
    return Source(name, "ods", tmp_path / name, None)


def table(rows, name="Tờ"):
    return f'<table:table table:name="{name}"><table:table-column/>{rows}</table:table>'


def row(cells, more=""):
    return f"<table:table-row{more}>{cells}</table:table-row>"


def cell(text, more=""):
    return f"<table:table-cell{more}><text:p>{text}</text:p></table:table-cell>"


def gap(columns):
    return f'<table:table-cell table:number-columns-repeated="{columns}"/>'


class TestOgr:
    def test_the_committed_file(self):
        read = workbooks.read_workbook(Source("parcels.ods", "ods", FIXTURE, None))
        (grid,) = read.grids
        assert grid.place == "parcels.ods, sheet 'Thửa đất'"
        assert grid.cells.values.tolist() == PARCELS
        assert (grid.rows.tolist(), grid.merges, read.notes) == ([1, 2, 3], (), ())

    @pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="needs GDAL's command line")
    def test_a_fresh_one(self, tmp_path):
        (tmp_path / "a.csv").write_text("mã,số\n001,1.5\n002,2\n", encoding="utf-8")
        command = ["ogr2ogr", "-f", "ODS", "a.ods", "a.csv"]
        subprocess.run(command, cwd=tmp_path, check=True)
        (grid,) = workbooks.read_grids(Source("a.ods", "ods", tmp_path / "a.ods", None))
        assert grid.cells.values.tolist() == [["mã", "số"], ["001", "1.5"], ["002", "2"]]


class TestByHand:
    @pytest.mark.parametrize(("kind", "text", "value"), KINDS)
    def test_kinds(self, tmp_path, kind, text, value):
        (grid,) = workbooks.read_grids(book(tmp_path, table(row(cell(text, " " + kind)))))
        (found,) = grid.cells.values.tolist()[0]
        assert found == value
        assert type(found) is type(value)

    def test_repeats_and_gaps(self, tmp_path):
        rows = (
            row(gap(16384), ' table:number-rows-repeated="2"')
            + row(gap(2) + cell("a", ' table:number-columns-repeated="2"') + gap(16380))
            + row(cell("b"), ' table:number-rows-repeated="3"')
            + row(gap(1), ' table:number-rows-repeated="1048570"')
        )
        (grid,) = workbooks.read_grids(book(tmp_path, table(rows)))
        assert grid.cells.values.tolist() == [
            [None, None, "a", "a"],
            *[["b", None, None, None]] * 3,
        ]
        assert grid.rows.tolist() == [3, 4, 5, 6]

    def test_spans_are_merges_and_what_they_cover_is_empty(self, tmp_path):
        hidden = "<table:covered-table-cell><text:p>ẩn</text:p></table:covered-table-cell>"
        spans = ' table:number-columns-spanned="2" table:number-rows-spanned="2"'
        covered = '<table:covered-table-cell table:number-columns-repeated="2"/>'
        rows = row(gap(16384)) + row(gap(1) + cell("Diện tích", spans) + hidden + cell("x"))
        (grid,) = workbooks.read_grids(book(tmp_path, table(rows + row(covered + cell("y")))))
        assert grid.cells.values.tolist() == [
            [None, "Diện tích", None, "x"],
            [None, None, "y", None],
        ]
        assert grid.merges == ((2, 1, 3, 2),)

    def test_paragraphs_blanks_links_and_comments(self, tmp_path):
        note = "<office:annotation><text:p>ghi chú</text:p></office:annotation>"
        text = (
            '<text:p>a<text:s text:c="2"/>b<text:tab/>c<text:line-break/><text:span>d</text:span>'
            "<text:a>e</text:a><text:note><text:p>f</text:p></text:note>g</text:p><text:p>h</text:p>"
        )
        cells = f"<table:table-cell>{note}{text}</table:table-cell>"
        (grid,) = workbooks.read_grids(book(tmp_path, table(row(cells))))
        assert grid.cells.values.tolist() == [["a  b\tc\ndeg\nh"]]

    def test_only_the_tables_of_the_document(self, tmp_path):
        inner = f"<table:table-cell>{table(row(cell('trong')), 'trong')}</table:table-cell>"
        link = f"<table:dde-link>{table(row(cell('x')))}</table:dde-link>"
        link = f"<table:dde-links>{link}</table:dde-links>"
        heads = f"<table:table-header-rows>{row(cell('đầu'))}</table:table-header-rows>"
        group = f"<table:table-row-group>{row(cell('nhóm'))}</table:table-row-group>"
        tables = table(heads + group + row(cell("a") + inner), "b") + table("", "rỗng")
        grids = workbooks.read_grids(book(tmp_path, tables + table(row(cell("c")), "a"), link))
        assert [grid.sheet for grid in grids] == ["b", "a"]
        assert grids[0].cells.values.tolist() == [["đầu"], ["nhóm"], ["a"]]

    def test_formulas(self, tmp_path):
        formula = ' table:formula="of:=1+1"'
        done = cell("2", formula + ' office:value-type="float" office:value="2"')
        empty = cell("", formula + ' office:value-type="string"')
        open_ = f"<table:table-cell{formula}/>"
        read = workbooks.read_workbook(book(tmp_path, table(row(done + empty + open_))))
        assert read.grids[0].cells.values.tolist() == [[2]]
        ((rule, message, _),) = read.notes
        assert rule == "formula_without_value"
        assert "sheet 'Tờ', cell C1" in message


class TestRefusals:
    def test_entities(self, tmp_path):
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
        with pytest.raises(UnsafeMarkupError):
            workbooks.read_grids(packed(tmp_path, {"content.xml": bomb}))

    def test_zip_bomb(self, tmp_path):
        with pytest.raises(UnsafeArchiveError):
            workbooks.read_grids(packed(tmp_path, {"content.xml": "<x/>" + " " * 100_000_000}))

    def test_deep(self, tmp_path):
        deep = "<text:span>" * 50_000 + "</text:span>" * 50_000
        with pytest.raises(UnsafeMarkupError, match="nested"):
            workbooks.read_grids(
                book(tmp_path, table(row(f"<table:table-cell>{deep}</table:table-cell>")))
            )

    def test_a_full_row_repeated_without_end(self, tmp_path):
        rows = row(cell("x", ' table:number-columns-repeated="16384"'),
                   ' table:number-rows-repeated="999999999"')  # fmt: skip
        with pytest.raises(ReadError, match="too large"):
            workbooks.read_grids(book(tmp_path, table(rows)))

    def test_locked(self, tmp_path):
        parts = {"content.xml": "?", "META-INF/manifest.xml": "<m:encryption-data xmlns:m='m'/>"}
        with pytest.raises(ReadError, match="password"):
            workbooks.read_grids(packed(tmp_path, parts))

    @pytest.mark.parametrize("xml", ["", "<x>", "<x>\udcff</x>", "no xml"])
    def test_damaged(self, tmp_path, xml):
        parts = {"content.xml": xml.encode("utf-8", "surrogateescape")}
        with pytest.raises(ReadError, match="damaged"):
            workbooks.read_grids(packed(tmp_path, parts))

    def test_no_content(self, tmp_path):
        with pytest.raises(ReadError, match=r"content\.xml"):
            workbooks.read_grids(packed(tmp_path, {"x.xml": "<x/>"}))
