"""What goes into a read and what comes out of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import pandas as pd

    from geotool.schema import Problem


AUTO = "auto"

Step = Callable[[str, int, int], None]
Note = tuple[str, str, str]


@dataclass(frozen=True)
class ColumnPlan:
    """What a planner says about a table, instead of what would be recognised.

    ``columns`` maps canonical names to columns of the file, by name or, in a sheet, by letter;
    ``geometry`` is none of them: ``lon``, ``lat``, ``x``, ``y``, ``easting``, ``northing`` and
    ``wkt`` name the columns that place a row. ``header_rows`` and ``first_row`` count from 1 as
    the sheet does; empty and None leave them to be recognised.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    sheet: str | None = None
    header_rows: tuple[int, ...] = ()
    first_row: int | None = None


@dataclass(frozen=True)
class Rejected:
    """A record that was set aside: its number in the file (from 1), its key if any, and why."""

    record: int
    key: str
    reason: str


@dataclass(frozen=True)
class Origin:
    """Where the rows and columns of a table stand in the file.

    ``rows`` are the row numbers of the sheet (or lines of the text file) by position in the
    frame, ``sheets`` the sheet of each row (empty for text), ``letters`` the column letter of
    each column name (empty for text).
    """

    rows: Sequence[int]
    sheets: Sequence[str] = ()
    letters: Mapping[str, str] = field(default_factory=dict)

    def cell(self, position: int, column: str = "") -> str:
        """Return ``sheet 'A', cell D12``, or ``line 12, column 'Tên'`` of a text file."""
        row = self.rows[position]
        if not self.sheets:
            return f"line {row}, column '{column}'" if column else f"line {row}"
        letter = self.letters.get(column, "")
        place = f"cell {letter}{row}" if letter else f"row {row}"
        return f"sheet '{self.sheets[position]}', {place}"


@dataclass(frozen=True)
class Grid:
    """Cells of one sheet or text table before anything is known of them.

    ``cells`` has a column a column of the sheet (named 0, 1, ...), a row a filled row, an empty
    cell is None or NaN; text is composed Unicode without outer blanks. ``rows`` are the row
    numbers in the sheet, or the line numbers of the text file, from 1. ``merges`` are (first
    row, first column, last row, last column) of merged cells, rows as in ``rows``, columns
    from 0. ``sheet`` is None for a text file; ``place`` names file and sheet for messages.
    """

    place: str
    sheet: str | None
    cells: "pd.DataFrame"
    rows: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    merges: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True)
class TotalRow:
    """A row that sums the rows before it: its place and its cells by column name.

    ``first`` and ``last`` are the positions in the frame of the rows it stands for, the end
    excluded; ``row`` its row number in the sheet.
    """

    row: int
    sheet: str | None
    first: int
    last: int
    cells: Mapping[str, object]


@dataclass(frozen=True)
class ReadOptions:
    """How one layer is read.

    Parameters
    ----------
    src_crs
        CRS of the coordinates in the file; overrides what the file declares. ``auto`` takes
        the one CRS the coordinates allow, and refuses when there are several.
    communes
        Communes in any CRS, which narrow ``auto`` to the systems that land in one.
    dst_crs
        CRS to reproject to; None keeps the file's.
    sublayer
        Layer or sheet inside the file.
    project_dir
        Folder whose own ``layers/`` wins over the built-in one.
    province
        Province that narrows a CRS given by name, and ``auto``.
    salvage
        Reject and list records that are damaged or in error instead of refusing the file.
    encoding
        Encoding of the text, also of text that was decoded wrongly before; None detects it.
    plan
        Which columns, sheet and header rows to take instead of those recognised.
    step
        Told what is being done, how much is done and how much there is to do.
    """

    src_crs: str | None = None
    dst_crs: str | None = None
    sublayer: str | None = None
    project_dir: Path | None = None
    province: str | None = None
    salvage: bool = False
    encoding: str | None = None
    communes: "gpd.GeoDataFrame | None" = None
    plan: ColumnPlan | None = None
    step: Step | None = None


@dataclass(frozen=True)
class ReadReport:
    """Everything that was done between the file and the frame.

    ``read_count`` rows came in; the frame has ``read_count - merged_count - len(rejected)``.
    ``columns`` maps each used column of the file to its canonical name (``geometry`` for
    columns that became the shape). ``repaired`` are row keys, ``rejected`` the records set
    aside and why. ``sha256`` and ``size_bytes`` are of the file and its companions, or of the
    rows read where the source is a database (``digest_of`` says which).
    """

    path: str
    layer: str
    sublayer: str | None
    read_count: int
    repaired: tuple[str, ...]
    merged_count: int
    source_crs: str | None
    crs: str | None
    reprojected: bool
    columns: dict[str, str]
    problems: "tuple[Problem, ...]"
    size_bytes: int
    sha256: str
    rejected: tuple[Rejected, ...] = ()
    encoding: str | None = None
    encoding_confidence: float | None = None
    origin: Origin | None = None
    digest_of: str = "file"


@dataclass(frozen=True)
class LayerRead:
    """A canonical layer and the report of its reading."""

    frame: "gpd.GeoDataFrame | pd.DataFrame"
    report: ReadReport


@dataclass(frozen=True)
class SourceLayer:
    """One layer of a file, from its headers.

    ``geometry`` is None for a table; ``crs`` is None when the file declares none, and then
    ``crs_candidates`` holds the codes its coordinates allow. ``bounds`` are
    (xmin, ymin, xmax, ymax) in ``crs`` units, None when unknown. ``placing`` are the columns of
    a table that place a row; ``meant`` the layers of geotool that its name can mean.
    """

    name: str
    geometry: str | None
    crs: str | None
    crs_candidates: tuple[str, ...]
    count: int
    bounds: tuple[float, float, float, float] | None
    columns: tuple[str, ...]
    placing: tuple[str, ...] = ()
    meant: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawLayer:
    """Rows as the file holds them, before the schema is applied.

    ``shapes`` is True when the frame is a GeoDataFrame with a column ``geometry``; ``crs``
    is what the file declares. ``notes`` are (rule, message, remedy) for the report.
    ``encoding`` and ``confidence`` (0..1, None when the file states it) are of its text.
    ``rejected`` are records that could not be read at all; ``records`` the record number of
    each row then, empty when rows are records. ``units`` are units stated for columns, by
    column name; ``totals`` the rows of sums that are no records. ``capitals`` are columns
    whose text was typed in a font of capitals. ``digest`` is the size in bytes and the SHA-256
    of the rows, where they come from a database and there is no file to digest.
    """

    frame: "gpd.GeoDataFrame | pd.DataFrame"
    sublayer: str | None
    shapes: bool
    crs: str | None = None
    encoding: str | None = None
    confidence: float | None = None
    notes: tuple[Note, ...] = ()
    origin: Origin | None = None
    rejected: tuple[Rejected, ...] = ()
    records: tuple[int, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    totals: tuple[TotalRow, ...] = ()
    capitals: frozenset[str] = frozenset()
    digest: tuple[int, str] | None = None
