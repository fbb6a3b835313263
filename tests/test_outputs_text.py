"""CSV that a spreadsheet opens: text that it would run is written as text."""

import csv
import io

import pandas as pd
import pyogrio
import pytest

from geotool import outputs
from geotool.sources import read_layer

FORMULAS = [
    '=HYPERLINK("http://127.0.0.1/","x")',
    "=cmd|'/C calc'!A0",
    "+cmd|'/C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "  =1+1",
    "\t=1",
    "\r=1",
    "=",
]
PLAIN = ["-12,5", "+84912345678", "-3", "1.026", "a=b", "a-b", "'quoted'", "Đội Cấn", "1e-5"]


def cells(frame):
    text = outputs.csv_text(frame)
    return [row[0] for row in list(csv.reader(io.StringIO(text, newline="")))[1:]]


@pytest.mark.parametrize("text", FORMULAS)
def test_text_that_would_run_begins_with_an_apostrophe(text):
    assert cells(pd.DataFrame({"a": [text]})) == [f"'{text}"]
    assert outputs.csv_text(pd.DataFrame({text: ["x"]})).lstrip('"').startswith("'")


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_and_other_text_stay_as_they_are(text):
    assert cells(pd.DataFrame({"a": [text]})) == [text]


def test_numbers_are_no_text():
    assert cells(pd.DataFrame({"a": [-1.5, 2.0]})) == ["-1.5", "2.0"]
    assert cells(pd.DataFrame({"a": [-1, 2]})) == ["-1", "2"]


def test_what_was_written_is_read_back(tmp_path):
    notes = [text.strip() for text in FORMULAS if text.strip() == text]
    frame = pd.DataFrame({"holder_id": notes, "parcel_id": "1", "papers": "x"})
    outputs.write_table_csv(frame, tmp_path / "a.csv")
    assert read_layer(tmp_path / "a.csv", "holdings").frame["holder_id"].tolist() == notes


def test_blocks_of_a_long_table_join_without_a_seam(tmp_path):
    frame = pd.DataFrame({"a": range(45_001), "b": "Đội, Cấn"})
    outputs.write_table_csv(frame, tmp_path / "a.csv")
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "a,b"
    assert lines[1:] == [f'{i},"Đội, Cấn"' for i in range(45_001)]


def test_a_whole_number_beyond_any_column_is_written_as_text(tmp_path):
    frame = pd.DataFrame({"a": pd.Series([10**400, 5], dtype=object)})
    outputs.write_layer(frame, tmp_path / "a.gpkg", layer="a", overwrite=False)
    assert pyogrio.read_dataframe(tmp_path / "a.gpkg")["a"].tolist() == [str(10**400), "5"]
