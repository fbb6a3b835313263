"""The workbook and the CSV: text stays text, numbers are numbers, lists read downwards."""

import datetime
import io

import openpyxl
import pytest

from geotool.labels import load_labels
from geotool.share import faces, report
from geotool.share.report import Heading
from geotool.share.tables import TOTAL, Table, TableColumn, cell_text

HEADING = Heading("=1+1", (("Nguồn", "@SUM(A1)"),), watermark="Nội bộ\nA, B", on="2024-05-01")
FORMULAS = ("=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1")


@pytest.fixture(scope="module")
def labels():
    return load_labels()


def table(rows, *kinds, total=None):
    names = ("name", "affected_area_m2", "moved_date", "voltage_kv")
    columns = tuple(TableColumn(name, kind) for name, kind in zip(names, kinds, strict=False))
    return Table("totals", columns, rows, total)


def opened(tables, labels, language="vi"):
    data = report.workbook_bytes(HEADING, tables, labels=labels, language=language, strip_maps=())
    return openpyxl.load_workbook(io.BytesIO(data))


def test_text_never_becomes_a_formula(labels):
    rows = [{"name": text} for text in (*FORMULAS, "x" * 40_000, "\x01\x0b\ufffe")]
    sheet = opened([table(rows, "text")], labels).worksheets[1]
    cells = [sheet.cell(3 + index, 1) for index in range(len(rows))]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells[:4]] == list(FORMULAS[:4])
    assert len(cells[5].value) == 32_767


def test_csv_text_never_becomes_a_formula(labels):
    rows = [{"name": text} for text in FORMULAS]
    text = report.csv_text(HEADING, [table(rows, "text")], labels=labels, language="vi")
    for formula in FORMULAS:
        assert f"\n{formula}" not in text
        assert f"'{formula}" in text
    assert text.startswith("'=1+1\n")
    assert "'@SUM(A1)" in text


def test_numbers_days_and_the_total_row(labels):
    rows = [{"name": "A", "affected_area_m2": 1.25, "moved_date": "2024-05-01", "voltage_kv": 0.4}]
    made = table(rows, "text", "area_m2", "date", "number", total={"affected_area_m2": 7.5})
    sheet = opened([made], labels).worksheets[1]
    assert sheet.cell(3, 2).value == 1.25
    assert sheet.cell(3, 2).number_format == "#,##0.0"
    assert sheet.cell(3, 3).value == datetime.datetime(2024, 5, 1)
    assert sheet.cell(3, 4).value == 0.4
    assert sheet.cell(4, 1).value == labels.text("report.total", "vi")
    assert sheet.cell(4, 2).value == 7.5  # what was given, not the sum of the rows
    assert TOTAL not in [cell.value for row in sheet.iter_rows() for cell in row]


def test_headline_figures_stand_below_one_another(labels):
    columns = (TableColumn("parcel_count", "count"), TableColumn("affected_area_m2", "area_m2"))
    figures = Table(
        "totals", columns, [{"parcel_count": 3, "affected_area_m2": 9.5}], vertical=True
    )
    sheet = opened([figures], labels).worksheets[1]
    assert (sheet.cell(3, 2).value, sheet.cell(4, 2).value) == (3, 9.5)
    assert sheet.cell(3, 1).value == labels.text("columns.parcel_count", "vi")


def test_a_column_without_words_is_headed_by_its_name(labels):
    own = Table("totals", (TableColumn("depth_of_well"),), [{"depth_of_well": "5"}])
    assert opened([own], labels).worksheets[1].cell(2, 1).value == "depth_of_well"


def test_dates_and_plain_numbers_are_written_as_the_language_does(labels):
    assert cell_text("2024-05-01", "date", labels=labels, language="vi") == "01/05/2024"
    assert cell_text("2024-05-01", "date", labels=labels, language="en") == "2024-05-01"
    assert cell_text("soon", "date", labels=labels, language="vi") == "soon"
    assert cell_text(0.4, "number", labels=labels, language="vi") == "0,4"
    assert cell_text(500.0, "number", labels=labels, language="en") == "500"


def test_a_coded_value_has_the_words_of_its_column_on_every_face(labels):
    columns = (TableColumn("zone", "value"), TableColumn("zoning", "value", "columns.zone"))
    one = Table("totals", columns, [{"zone": "none", "zoning": "none"}])
    own, general = labels.text("values.zone_none", "vi"), labels.text("values.none", "vi")
    assert own != general
    row = next(opened([one], labels).worksheets[1].iter_rows(min_row=3, values_only=True))
    assert row == (own, general)
    for face in (faces.text_tables, faces.markdown_tables):
        text = face([one], labels=labels, language="vi")
        assert own in text
        assert general in text
