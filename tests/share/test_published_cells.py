"""The file of published cells: codes come back as they were, or nothing is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool import outputs
from geotool.affected.order import LAST
from geotool.errors import SchemaError
from geotool.pipeline import published_file
from geotool.share import published
from geotool.share.published import Choice, Step

CODES = st.one_of(
    st.text("'=+-@\uff1d\t\r\n \u00a0\u200b;,\"aĐ", min_size=1, max_size=5),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5),
).filter(lambda code: code not in LAST)
STEP = st.fixed_dictionaries(
    {
        kind: st.lists(CODES, min_size=1, max_size=6, unique=True).map(
            lambda codes: {code: Choice(code, code) for code in codes}
        )
        for kind in published.KINDS
    }
)


@given(STEP)
def test_every_code_is_read_as_it_was_written(choices):
    steps = [Step("2024-05-01", choices)]
    text = outputs.csv_text(published.steps_rows(steps))
    (read,) = published.read_steps(text, "file")
    for kind in published.KINDS:
        assert dict(read.of(kind)) == choices[kind]
    assert published.digest_steps([read]) == published.digest_steps(steps)


def test_two_codes_that_a_spreadsheet_would_show_alike_stay_two():
    choices = {code: Choice("other", "other") for code in ("-1", "'-1", "''-1", "=a", "'=a")}
    text = outputs.csv_text(published.steps_rows([Step("", {"land_type": choices})]))
    (read,) = published.read_steps(text, "file")
    assert list(read.of("land_type")) == list(choices)


def test_a_row_may_stand_twice_but_says_the_same():
    heading, row = ",".join(published.COLUMNS), "1,2024-05-01,section,S1,G1,Title"
    (read,) = published.read_steps("\n".join([heading, row, row]), "file")
    assert dict(read.of("section")) == {"S1": Choice("G1", "Title")}
    for other in (row.replace("G1", "G2"), row.replace("Title", "Other")):
        with pytest.raises(SchemaError, match=r"file: .* 'S1' "):
            published.read_steps("\n".join([heading, row, other]), "file")


def test_what_would_not_come_back_is_not_written(monkeypatch, tmp_path):
    write = outputs.csv_text
    monkeypatch.setattr(outputs, "csv_text", lambda table: write(table).replace("''", "'"))
    step = Step("", {"land_type": {"'=a": Choice("other", "other")}})
    with pytest.raises(SchemaError, match=r"published_cells\.csv"):
        published_file.write_steps(tmp_path, [step])
    assert not (tmp_path / published_file.FILE).exists()
