"""Cells that no spreadsheet runs and that come back as they were; marks for what none sees."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool import outputs, plain_text
from geotool.sources.files import Source
from geotool.sources.records import ReadOptions
from geotool.sources.sheets import tables

VECTORS = json.loads((Path(__file__).parent / "js" / "formula_vectors.json").read_text("utf-8"))
ODD = "'=+-@\uff1d\uff0b\uff0d\uff20\t \u00a0\u200b\u30001.,\"aĐ"
CODES = st.one_of(st.text(ODD, max_size=6), st.text(st.characters(categories=["L", "N", "P"])))


def composed(text):
    return unicodedata.normalize("NFC", text.strip())


@pytest.mark.parametrize(("text", "safe"), VECTORS)
def test_known_answers(text, safe):
    assert plain_text.guarded(text) == safe
    assert plain_text.unguarded(safe) == text


@given(st.one_of(CODES, st.text()))
def test_a_cell_comes_back_as_it_was(text):
    assert plain_text.unguarded(plain_text.guarded(text)) == text


@given(st.lists(CODES, min_size=1, max_size=5))
def test_a_table_written_is_read_back_but_for_outer_blanks(codes):
    text = outputs.csv_text({"code": codes, "number": list(range(len(codes)))})
    source = Source("a.csv", "csv", None, None, text.encode("utf-8"))
    read = tables.read_grid(source, ReadOptions(encoding="utf-8")).grid.cells
    assert read[0].fillna("").tolist() == ["code", *map(composed, codes)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b]0;owned\x07", "\ufffd[31mred\ufffd]0;owned\ufffd"),
        ("\x9b2J", "\ufffd2J"),
        ("Error\rNothing", "Error\ufffdNothing"),
        ("a\r\nb\n\tc", "a\r\nb\n\tc"),
        ("\u202eabc\u2069\x7f\x00", "\ufffdabc\ufffd\ufffd\ufffd"),
        ("Xã Kỳ Thịnh – 1.234,5 m²", "Xã Kỳ Thịnh – 1.234,5 m²"),
    ],
)
def test_what_a_terminal_would_obey_is_a_mark(text, shown):
    assert plain_text.printable(text) == shown
