"""What goes into a read and what comes out of it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from geotool.schema import Problem


AUTO = "auto"


@dataclass(frozen=True)
class ReadOptions:
    """How one layer is read.

    Parameters
    ----------
    src_crs
        CRS of the coordinates in the file; overrides what the file declares. ``auto`` takes
        the one CRS the coordinates allow, and refuses when there are several.
    dst_crs
        CRS to reproject to; None keeps the file's.
    sublayer
        Layer or sheet inside the file.
    project_dir
        Folder whose own ``layers/`` wins over the built-in one.
    province
        Province that narrows a CRS given by name.
    drop_bad_rows
        Reject and list rows without a usable shape instead of refusing the file.
    encoding
        Encoding of the text in a CSV file or a shapefile; None detects it.
    """

    src_crs: str | None = None
    dst_crs: str | None = None
    sublayer: str | None = None
    project_dir: Path | None = None
    province: str | None = None
    drop_bad_rows: bool = False
    encoding: str | None = None


@dataclass(frozen=True)
class ReadReport:
    """Everything that was done between the file and the frame.

    ``read_count`` rows came in; the frame has ``read_count - merged_count - len(rejected)``.
    ``columns`` maps each used column of the file to its canonical name (``geometry`` for
    columns that became the shape). ``repaired`` and ``rejected`` are row keys. ``sha256`` and
    ``size_bytes`` are of the file, for a shapefile of its .shp, .dbf, .shx and .prj together
    in that order.
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
    rejected: tuple[str, ...] = ()
    encoding: str | None = None


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
    a table that place a row.
    """

    name: str
    geometry: str | None
    crs: str | None
    crs_candidates: tuple[str, ...]
    count: int
    bounds: tuple[float, float, float, float] | None
    columns: tuple[str, ...]
    placing: tuple[str, ...] = ()


@dataclass(frozen=True)
class RawLayer:
    """Rows as the file holds them, before the schema is applied.

    ``shapes`` is True when the frame is a GeoDataFrame with a column ``geometry``; ``crs``
    is what the file declares. ``notes`` are (rule, message, remedy) for the report.
    """

    frame: "gpd.GeoDataFrame | pd.DataFrame"
    sublayer: str | None
    shapes: bool
    crs: str | None = None
    encoding: str | None = None
    notes: tuple[tuple[str, str, str], ...] = field(default=())
