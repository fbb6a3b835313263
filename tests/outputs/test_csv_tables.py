"""CSV tables: a column at a time gives the bytes of a cell at a time."""

import datetime as dt
import math
import subprocess
import sys
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool import outputs, plain_text
from geotool.outputs.text import cell_text

CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(),
    st.dates(),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
    st.text(alphabet="'=+-@\t\r\n\",; 1.aĐ\x00", max_size=6),
)
COLUMNS = st.integers(0, 6).flatmap(
    lambda count: st.lists(
        st.one_of(
            *(
                st.lists(kind, min_size=count, max_size=count)
                for kind in (CELLS, st.floats(), st.text(), st.integers())
            )
        ),
        min_size=1,
        max_size=4,
    )
)


def written(cell):
    """Return a cell as the file has it, by the rules alone."""
    text = plain_text.guarded(cell_text(cell))
    quoted = any(mark in text for mark in ',;|"\r\n\t')
    return '"' + text.replace('"', '""') + '"' if quoted else text


def line(cells):
    return ('""' if cells == [""] else ",".join(cells)) + "\n"


@given(COLUMNS)
def test_columns_are_written_as_their_cells_are(columns):
    table = {f"c{number}": column for number, column in enumerate(columns)}
    rows = [line([written(cell) for cell in row]) for row in zip(*columns, strict=True)]
    assert outputs.csv_text(table) == line(list(table)) + "".join(rows)


@given(COLUMNS)
def test_a_frame_and_its_columns_are_the_same_text(columns):
    table = {f"c{number}": column for number, column in enumerate(columns)}
    frame = pd.DataFrame({name: pd.Series(cells, dtype=object) for name, cells in table.items()})
    assert outputs.csv_text(frame) == outputs.csv_text(table)


def test_known_answers():
    table = {
        "parcel_id": ["1-2", "=1+1", 'a "b", c', "-12,5", None],
        "affected_area_m2": np.array([0.1 + 0.2, math.nan, 1e22, -0.0, math.inf]),
        "count": (1, 2, 3, 4, 5),
        "on": [dt.date(2024, 3, 5), True, Decimal("1.50"), pd.NaT, pd.NA],
    }
    assert outputs.csv_text(table) == (
        "parcel_id,affected_area_m2,count,on\n"
        "1-2,0.30000000000000004,1,2024-03-05\n"
        "'=1+1,,2,true\n"
        '"a ""b"", c",1e+22,3,1.5\n'
        '"-12,5",-0.0,4,\n'
        ",,5,\n"
    )


def test_columns_of_other_lengths_are_a_mistake():
    with pytest.raises(ValueError):
        outputs.csv_text({"a": [1], "b": [1, 2]})


def test_no_rows_and_no_columns():
    assert outputs.csv_text({"a": [], "b": []}) == "a,b\n"
    assert outputs.csv_text({}) == "\n"


def test_a_table_is_written_without_pandas(tmp_path):
    code = (
        "import sys; from geotool import outputs\n"
        "outputs.write_table_csv({'a': [1.5, 2.0], 'b': ['x', None]}, sys.argv[1])\n"
        "outputs.check_writable(sys.argv[1], overwrite=True)\n"
        "print(outputs.json_text({'a': [1, None]}, indent=None), outputs.STDOUT)\n"
        "print([n for n in ('pandas', 'geopandas', 'pyogrio', 'pyarrow') if n in sys.modules])\n"
    )
    path = tmp_path / "a.csv"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert path.read_bytes() == b"\xef\xbb\xbfa,b\n1.5,x\n2.0,\n"
    assert done.stdout.splitlines()[-1] == "[]"
