"""Tables as text: what data says is shown as it is, and nothing in it is obeyed."""

import csv
import io
import re

import pytest

from geotool.labels import load_labels
from geotool.share import faces, report
from geotool.share.report import Heading
from geotool.share.tables import Table, TableColumn
from tests.share.render.hostile import PAYLOADS

COLUMNS = (TableColumn("land_type", "value"), TableColumn("parcel_count", "count"))
ESCAPES = "\x1b[31mred\x1b]0;owned\x07\x9b2J\r"
MARKED = (
    *PAYLOADS,
    "a\n# Heading\n| x | y |",
    "- item",
    "1. item",
    "---",
    "===",
    "> quote",
    "https://example.org www.example.org a@example.org",
    "~~gone~~ **bold** ![i](x) [l](javascript:1) $x$",
)


@pytest.fixture(scope="module")
def labels():
    return load_labels()


def rows_of(*codes):
    return [{"land_type": code, "parcel_count": 3} for code in codes]


def table(*codes, total=None):
    return Table("totals", COLUMNS, rows_of(*codes), total)


def read_back(text):
    """Return the text that Markdown shows: marks after a backslash are themselves."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)


@pytest.mark.parametrize("text", MARKED)
def test_markdown_shows_a_text_as_it_is(text):
    shown = faces.markdown_text(text)
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "x", shown)
    assert not re.search(r"[<>|`*_\[\]#&~$@\\]|^(?:[-+=]+|\d+[.)])(?:\s|$)|://|www\.", bare)
    assert (
        read_back(shown).split()
        == text.replace("\u202e", "\ufffd").replace("\u202c", "\ufffd").split()
    )


def test_numbers_and_plain_words_are_left_alone():
    for text in ("1.234,5", "-5", "Km555+000-Km556+000", "Đất ở (m²)", "–", "2024-05-01"):
        assert faces.markdown_text(text) == text


def test_a_report_in_markdown_has_no_line_but_its_own(labels):
    text = "x\n# Heading\n| a | b |\n<img src=x onerror=alert(1)>"
    heading = Heading(text, ((text, text),), watermark=text)
    own = Table("totals", (TableColumn(text), *COLUMNS), [{text: text}])
    made = report.markdown_text(heading, [own], labels=labels, language="en", strip_maps=())
    lines = [line for line in made.splitlines() if line]
    assert [line[:2] for line in lines] == ["# ", "**", "- ", "##", "| ", "| ", "| "]
    assert "<img" not in made.replace("\\<img", "")


def test_a_code_is_never_the_word_for_the_total(labels):
    made = table("total", total={"parcel_count": 3})
    word = labels.text("report.total", "en")
    for face in (faces.text_tables, faces.markdown_tables):
        lines = face([made], labels=labels, language="en").splitlines()
        code, total = (
            line.strip("| ").split()[0] for line in lines if line.rstrip("| ")[-1:] == "3"
        )
        assert (code, total) == ("total", word)


def test_a_terminal_obeys_no_text(labels):
    columns = (TableColumn(ESCAPES), *COLUMNS)
    made = Table("totals", columns, [{ESCAPES: f"a\n{ESCAPES}", "land_type": ESCAPES}])
    upright = Table("totals", columns, made.rows, vertical=True)
    for tables in ([made], [upright]):
        text = faces.text_tables(tables, labels=labels, language="en")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text)
        assert "\ufffd[31mred" in text
    shown = faces.text_tables([made], labels=labels, language="en").splitlines()
    assert len(shown) == 4
    assert "\x1b" not in faces.markdown_tables([made], labels=labels, language="en")
    assert "\x1b" not in faces.csv_tables([made], labels=labels, language="en")


@pytest.mark.parametrize("text", [" =1+1", "\n=1+1", "\u00a0=1", "\u200b=1", "\uff1d1+1", "'=1"])
def test_the_report_as_csv_makes_no_formula(labels, text):
    made = report.csv_text(
        Heading(text, ((text, text),), watermark=text), [table(text)], labels=labels, language="en"
    )
    found = [cell for row in csv.reader(io.StringIO(made)) for cell in row if "1" in cell]
    assert found == [f"'{text}"] * 5


def test_a_number_stays_one_whether_text_or_not(labels):
    own = Table("totals", COLUMNS, [{"land_type": "-5", "parcel_count": -5}])
    assert "\n-5,-5\n" in faces.csv_tables([own], labels=labels, language="en")
