"""The rows of a table near some boxes: which index finds them, and the query that asks it.

The boxes go to the server as four arrays of numbers, never as part of a query. Each box is
one look into the index; the operator is ``&&``, edges included, on boxes that PostGIS rounds
outwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from geotool.sources.databases import table_rows
from geotool.sources.databases.catalogue import Chosen
from geotool.sources.databases.database import Database, TableColumn, quote_name

_KINDS = {"gist": "GiST", "spgist": "SP-GiST", "brin": "BRIN"}
_CORNERS = ("x0", "y0", "x1", "y1")
_ARRAYS = ", ".join(
    f"pg_catalog.unnest(${place}::pg_catalog.float8[])" for place in range(1, len(_CORNERS) + 1)
)
_BOXES = f"ROWS FROM ({_ARRAYS}) AS b({', '.join(_CORNERS)})"
_INDEXES = """
SELECT a.attname::text, m.amname::text,
       pg_catalog.has_table_privilege(i.indrelid, 'SELECT')
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = x.relam
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(i.indkey::pg_catalog.int2[]),
                              pg_catalog.unnest(i.indclass::pg_catalog.oid[])) AS k(number, class)
JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
JOIN pg_catalog.pg_opclass o ON o.oid = k.class
WHERE i.indrelid = {} AND i.indisvalid AND i.indpred IS NULL
  AND (c.relkind = 'p' OR NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h
                                      WHERE h.inhparent = c.oid))
  AND EXISTS (SELECT FROM pg_catalog.pg_amop s
              JOIN pg_catalog.pg_operator p ON p.oid = s.amopopr
              JOIN pg_catalog.pg_type t ON t.oid = p.oprleft AND t.oid = p.oprright
              WHERE s.amopfamily = o.opcfamily AND p.oprname = '&&' AND t.typname = 'geometry')
"""
# The planner cannot know how few rows a box meets: it would compile, or read, for the many it
# expects. Not SET, for old servers do not have all of these.
_PLANNING = """
SELECT pg_catalog.set_config(name, 'off', true) FROM pg_catalog.pg_settings
WHERE name IN ('jit', 'enable_seqscan')
"""


@dataclass(frozen=True)
class TableIndex:
    """An index on the shapes of a table.

    ``kind`` is its kind in words: GiST, SP-GiST, BRIN. ``shape`` is the column of shapes,
    ``row`` the terms that tell the rows ``t`` of the table apart.
    """

    chosen: Chosen
    kind: str
    shape: TableColumn
    row: str


def find_index(found: Database, chosen: Chosen) -> TableIndex | None:
    """Return the index that finds the rows near a box, None where there is none to rely on.

    A view, a foreign table and a column of geography have none. Where row security hides rows,
    the server looks at every row before it asks an index.
    """
    shape = chosen.shape
    if shape is None or shape.kind != "geometry" or chosen.table.row_security:
        return None
    rows = found.ask(_INDEXES.format(int(chosen.table.oid)))
    rights = {kind: whole for column, kind, whole in rows if column == shape.name}
    kind = next((kind for kind in _KINDS if kind in rights), None)
    row = [] if kind is None else _row_terms(chosen, whole=rights[kind])
    return TableIndex(chosen, _KINDS[kind], shape, ", ".join(row)) if kind and row else None


def _row_terms(chosen: Chosen, *, whole: bool) -> list[str]:
    """Return what tells rows apart; none without a key where not the whole table may be read.

    Only who may read the whole table may ask for the place of a row in it.
    """
    key = [_column(column) for column in table_rows.key_of(chosen)]
    return key or (["t.tableoid", "t.ctid"] if whole else [])


def rows_near(
    found: Database,
    index: TableIndex,
    cells: Sequence[TableColumn],
    boxes: NDArray[np.float64],
    *,
    degrees: bool,
) -> pa.Table:
    """Return the rows whose shapes' boxes meet one of the boxes, each once, in the fixed order.

    Parameters
    ----------
    found, index
        The table.
    cells
        The columns to return.
    boxes
        Shape (n, 4): xmin, ymin, xmax, ymax in the coordinates of the table.
    degrees
        Whether these are degrees, for the straightening of curves.

    Returns
    -------
    pa.Table
        Well-known binary, the cells, the SRID of the shape.
    """
    found.ask(_PLANNING)
    return found.table(near_query(found, index, cells, degrees=degrees), box_arrays(boxes))


def near_query(
    found: Database, index: TableIndex, cells: Sequence[TableColumn], *, degrees: bool
) -> str:
    """Return the query of :func:`rows_near`, with an array of numbers for each corner.

    Of the table it names the shape, the cells, and what its order depends on: the key, or all
    columns that may be read where there is no key.
    """
    box = ", ".join(f"b.{corner}" for corner in _CORNERS)
    shape, ordering = _column(index.shape), table_rows.order_columns(index.chosen)
    named = dict.fromkeys([shape, *map(_column, cells), *map(_column, ordering)])
    near = (
        f"(SELECT DISTINCT ON ({index.row}) {', '.join(named)} "
        f"FROM {_BOXES} JOIN {index.chosen.table.quoted} AS t "
        f"ON {shape} OPERATOR({found.function('&&')}) {found.function('ST_MakeEnvelope')}({box}))"
    )
    terms = [
        table_rows.binary_term(found, index.chosen, degrees=degrees),
        *table_rows.cell_terms(cells),
        f"{found.function('ST_SRID')}({shape})",
    ]
    return table_rows.rows_query(found, index.chosen, terms, near)


def box_arrays(boxes: NDArray[np.float64]) -> pa.RecordBatch:
    """Return boxes as the parameters of :func:`near_query`: one row of four arrays.

    They are made of buffers, for other ways to make them load pandas.
    """
    kind, ends = pa.list_(pa.float64()), pa.py_buffer(np.array([0, len(boxes)], dtype=np.int32))
    arrays = []
    for corners in np.ascontiguousarray(boxes.T, dtype=np.float64):
        numbers = pa.Array.from_buffers(pa.float64(), len(boxes), [None, pa.py_buffer(corners)])
        arrays.append(pa.Array.from_buffers(kind, 1, [None, ends], children=[numbers]))
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema([(c, kind) for c in _CORNERS]))


def _column(column: TableColumn) -> str:
    return f"t.{quote_name(column.name)}"
