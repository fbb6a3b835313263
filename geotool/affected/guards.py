"""What a measurement requires of the frames it is given, and the cells of a corridor made ready."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool import crs
from geotool.affected.clip import CELL_KEYS, Cells
from geotool.affected.order import column_or, natural_order, text_keys
from geotool.errors import GeometryError, SchemaError
from geotool.pieces import Shapes
from geotool.route.bases import BASES, RECOVERED
from geotool.route.takings import read_basis


def prepare_cells(cells: gpd.GeoDataFrame, features: gpd.GeoDataFrame, what: str) -> Cells:
    """Check a corridor's cells against the layer they will cut, and put them in order.

    Parameters
    ----------
    cells
        Polygons in a projected CRS; alignment_id, section_id, commune_id, weight, basis optional.
    features
        The layer to be cut, in the same CRS.
    what
        The layer's name, for messages.

    Raises
    ------
    CrsError, CrsMismatchError
        When a CRS is missing or not projected, or the two differ.
    GeometryError
        When a cell is no valid polygon.
    """
    crs.require_projected(cells, "corridor")
    crs.require_projected(features, what)
    crs.require_same({"corridor": cells, what: features})
    return make_cells(cells)


def make_cells(cells: gpd.GeoDataFrame) -> Cells:
    """Return a corridor's cells in order, ready to cut with.

    Parameters
    ----------
    cells
        As for :func:`prepare_cells`.

    Raises
    ------
    CrsError
        When their CRS is missing or not projected.
    GeometryError
        When a cell is no valid polygon.
    """
    metres_per_unit = crs.require_projected(cells, "corridor")
    shapes = flat_shapes(cells)
    _require_polygons(shapes)
    frame = pd.DataFrame({key: text_keys(column_or(cells, key, "")) for key in CELL_KEYS})
    frame["weight"] = column_or(cells, "weight", 1.0).astype(np.float64)
    frame["basis"] = bases = read_basis(cells)
    low = shapely.bounds(shapes).reshape(-1, 4)
    rank = bases.map(BASES.index).to_numpy(dtype=np.float64)
    order = natural_order(frame, CELL_KEYS, (rank, low[:, 0], low[:, 1]))
    given = tuple(key for key in CELL_KEYS if key in cells.columns)
    if (bases != RECOVERED).any():
        given = (*given, "basis")
    ordered = frame.iloc[order]
    columns = {name: ordered[name].to_numpy(dtype=object) for name in (*CELL_KEYS, "basis")}
    weights = ordered["weight"].to_numpy(dtype=np.float64)
    return Cells(columns, weights, shapes[order], metres_per_unit, given)


def flat_shapes(frame: gpd.GeoDataFrame) -> Shapes:
    """Return the geometries as an array of own copies without heights."""
    return np.asarray(shapely.force_2d(frame.geometry.to_numpy()), dtype=np.object_)


def require_unique(frame: pd.DataFrame, key: str, what: str) -> None:
    """Raise SchemaError when a key column repeats a value; the message lists the first ten."""
    repeated = frame.loc[frame[key].duplicated(), key].drop_duplicates()
    if len(repeated):
        names = ", ".join(str(value) for value in repeated[:10])
        raise SchemaError(
            f"{what}: {key} is repeated for {len(repeated)} value(s): {names}.",
            remedy="Give every row its own key and run again.",
        )


def require_valid(shapes: Shapes, keys: pd.Series, what: str) -> None:
    """Raise GeometryError when a shape is not valid; the message lists the first ten keys."""
    bad = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    if bad.any():
        names = ", ".join(str(value) for value in keys[bad][:10])
        raise GeometryError(
            f"{what}: {int(bad.sum())} invalid shape(s): {names}.",
            remedy="Repair them first, for example with 'geotool convert'.",
        )


def _require_polygons(shapes: Shapes) -> None:
    if len(shapes) and not (shapely.get_dimensions(shapes) == 2).all():
        raise GeometryError(
            "corridor: a shape is missing or no polygon.",
            remedy="Give the right of way as polygons, for example from 'geotool corridor'.",
        )
    if not shapely.is_valid(shapes).all():
        raise GeometryError(
            "corridor: a polygon crosses itself.",
            remedy="Repair it first, for example with 'geotool convert'.",
        )
