"""Areas, lengths and points by commune, on any commune layer with overlaps and holes.

What several communes claim counts in each of them and is taken back once in a row ``shared`` of
weight -1; what none claims is a row ``outside``. So the weighted rows always add up to what was
divided.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geotool import crs
from geotool.communes.intervals import Intervals, MeasuredLine, intersect, settle, subtract, union
from geotool.errors import GeometryError, SchemaError
from geotool.route.cuts import join_faces, node_faces
from geotool.route.locate import Shapes, make_segments
from geotool.schema import require_columns
from geotool.units import natural_key

OUTSIDE = "outside"
SHARED = "shared"

Share = tuple[str, int, BaseGeometry]  # commune_id, weight, geometry


class _Communes:
    """The communes in natural order, with their spatial index and their boundary segments."""

    def __init__(self, communes: gpd.GeoDataFrame) -> None:
        ids = [str(key) for key in communes["commune_id"]]
        order = sorted(range(len(ids)), key=lambda position: natural_key(ids[position]))
        self.ids = [ids[position] for position in order]
        self.shapes: Shapes = communes.geometry.to_numpy()[order]
        self.tree = shapely.STRtree(self.shapes)
        self._segments: dict[int, NDArray[np.float64]] = {}

    def touched(self, shape: BaseGeometry) -> list[int]:
        """Return the positions of the communes that meet a shape, in natural order."""
        return sorted(int(found) for found in self.tree.query(shape, predicate="intersects"))

    def boundary_near(self, position: int, bounds: tuple[float, float, float, float]) -> Shapes:
        """Return the boundary segments of a commune whose boxes meet a box."""
        if position not in self._segments:
            rings = shapely.get_rings(shapely.get_parts(self.shapes[position]))
            coords, ring = shapely.get_coordinates(rings, return_index=True)
            same = ring[1:] == ring[:-1]
            self._segments[position] = np.stack([coords[:-1][same], coords[1:][same]], axis=1)
        segments = self._segments[position]
        low, high = segments.min(axis=1), segments.max(axis=1)
        west, south, east, north = bounds
        near = (high[:, 0] >= west) & (low[:, 0] <= east)
        near &= (high[:, 1] >= south) & (low[:, 1] <= north)
        return make_segments(segments[near, 0], segments[near, 1])


def split_by_commune(features: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return every feature cut by the communes, with weights that add up to the feature.

    Parameters
    ----------
    features
        Valid polygons or lines in a projected CRS.
    communes
        Valid polygons with ``commune_id`` in the same CRS; they may overlap and leave holes.

    Returns
    -------
    GeoDataFrame
        The columns of `features` with ``commune_id`` and ``weight``: for every feature, in its
        order, a row of weight 1 a commune (natural order), each followed by a row ``shared``
        of weight -1 with what earlier communes hold of it already, and last a row ``outside``
        of weight 1. Empty rows are left out. Area (or length) times weight, summed over the
        rows of a feature, is the feature's area (or length). A line along a common boundary
        lies in both communes and is taken back in ``shared``.

    Raises
    ------
    SchemaError
        ``commune_id`` is missing or repeated, or the features already have one.
    CrsError
        A frame has no projected CRS, or the two differ.
    GeometryError
        A commune or feature is not valid, or a feature is neither line nor polygon.
    """
    known = _checked(features, communes, "features")
    present = sorted({"commune_id", "weight"} & set(features.columns))
    if present:
        raise SchemaError(
            f"features: they already have {', '.join(present)}.",
            remedy="Rename or drop these columns first.",
        )
    dimensions = _dimensions(features)
    taken: list[int] = []
    shares: list[Share] = []
    for position, shape in enumerate(features.geometry):
        touched = known.touched(shape)
        split = _split_area if dimensions[position] == 2 else _split_line
        for share in split(shape, touched, known):
            taken.append(position)
            shares.append(share)
    frame = features.iloc[taken].drop(columns=features.geometry.name).reset_index(drop=True)
    frame["commune_id"] = pd.Series([share[0] for share in shares], dtype=object)
    frame["weight"] = np.array([share[1] for share in shares], dtype=np.int64)
    return gpd.GeoDataFrame(frame, geometry=[share[2] for share in shares], crs=features.crs)


def locate_points(points: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> pd.Series:
    """Return the commune of every point.

    Parameters
    ----------
    points
        Points in a projected CRS.
    communes
        Valid polygons with ``commune_id`` in the same CRS.

    Returns
    -------
    Series
        ``commune_id`` with the index of `points`: the first by natural order where several
        hold the point or it lies on a boundary, ``outside`` where none does.

    Raises
    ------
    SchemaError, CrsError, GeometryError
        As in `split_by_commune`.
    """
    known = _checked(points, communes, "points")
    point, commune = known.tree.query(points.geometry.to_numpy(), predicate="intersects")
    values = np.full(len(points), OUTSIDE, dtype=object)
    names = np.array(known.ids, dtype=object)
    order = np.lexsort((commune, point))[::-1]
    values[point[order]] = names[commune[order]]
    return pd.Series(values, index=points.index, name="commune_id", dtype=object)


def lengths_by_commune(lines: gpd.GeoDataFrame, communes: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the length of lines in every commune.

    Parameters
    ----------
    lines
        Lines in a projected CRS of any unit.
    communes
        Valid polygons with ``commune_id`` and optionally ``commune_name`` in the same CRS.

    Returns
    -------
    DataFrame
        ``commune_id, commune_name, length_m``: the communes touched along some length in
        natural order, then ``outside`` and ``shared`` (never positive), which are always
        there. The column adds up to the length of the lines in metres.

    Raises
    ------
    SchemaError, CrsError, GeometryError
        As in `split_by_commune`; also when a feature is not a line.
    """
    unit = crs.require_projected(lines, "lines")
    if len(lines) and not (_dimensions(lines) == 1).all():
        raise GeometryError("lines: some rows are not lines.", remedy="Give lines only.")
    pieces = split_by_commune(gpd.GeoDataFrame(geometry=lines.geometry), communes)
    weighted = pieces.geometry.length * pieces["weight"] * unit
    sums = weighted.groupby(pieces["commune_id"]).sum()
    named = sorted((key for key in sums.index if key not in (OUTSIDE, SHARED)), key=natural_key)
    keys = [*named, OUTSIDE, SHARED]
    names: dict[str, object] = {}
    if "commune_name" in communes.columns:
        ids = communes["commune_id"].astype(str)
        names = dict(zip(ids, communes["commune_name"], strict=True))
    return pd.DataFrame(
        {
            "commune_id": pd.Series(keys, dtype=object),
            "commune_name": pd.Series([names.get(key, "") for key in keys], dtype=object),
            "length_m": [float(sums.get(key, 0.0)) for key in keys],
        }
    )


def _checked(features: gpd.GeoDataFrame, communes: gpd.GeoDataFrame, what: str) -> _Communes:
    """Return the communes ready for use after all guards."""
    require_columns(communes, ["commune_id", "geometry"], "communes")
    require_columns(features, [features.geometry.name], what)
    crs.require_projected(features, what)
    crs.require_same({what: features, "communes": communes})
    ids = communes["commune_id"].astype(str)
    reserved = ids.isin([OUTSIDE, SHARED]) | ids.duplicated(keep=False)
    if reserved.any():
        raise SchemaError(
            f"communes: commune_id repeated or reserved: {', '.join(sorted(set(ids[reserved])))}.",
            remedy="Give every commune one row and its own commune_id.",
        )
    shapes = communes.geometry.to_numpy()
    wrong = ~(shapely.is_valid(shapes) & (shapely.get_dimensions(shapes) == 2))
    if wrong.any():
        raise GeometryError(
            f"communes: rows that are not valid polygons: {', '.join(ids[wrong])}.",
            remedy="Repair the polygons.",
        )
    return _Communes(communes)


def _dimensions(features: gpd.GeoDataFrame) -> NDArray[np.int32]:
    """Return 1 for lines and 2 for polygons; refuse anything else."""
    shapes = features.geometry.to_numpy()
    dimensions: NDArray[np.int32] = shapely.get_dimensions(shapes)
    usable = (dimensions > 0) & shapely.is_valid(shapes) & (shapely.get_type_id(shapes) != 7)
    if not usable.all():
        rows = ", ".join(str(key) for key in features.index[~usable][:5])
        raise GeometryError(
            f"features: {int((~usable).sum())} rows are not valid lines or polygons: {rows}.",
            remedy="Repair them; points have locate_points.",
        )
    return dimensions


def _split_area(shape: BaseGeometry, touched: Sequence[int], known: _Communes) -> list[Share]:
    """Return the shares of one polygon, from the faces of one arrangement."""
    if not touched:
        return [(OUTSIDE, 1, shape)]
    lines = [known.boundary_near(position, shape.bounds) for position in touched]
    faces = node_faces(shape, np.concatenate(lines))
    inner = shapely.point_on_surface(faces)
    claimed = np.zeros(len(faces), dtype=bool)
    shares: list[Share] = []
    for position in touched:
        commune = known.shapes[position]
        shapely.prepare(commune)
        held = shapely.contains(commune, inner)
        again = held & claimed
        if held.any():
            shares.append((known.ids[position], 1, join_faces(faces[held])))
        if again.any():
            shares.append((SHARED, -1, join_faces(faces[again])))
        claimed |= held
    if not claimed.all():
        shares.append((OUTSIDE, 1, join_faces(faces[~claimed])))
    return shares


def _split_line(shape: BaseGeometry, touched: Sequence[int], known: _Communes) -> list[Share]:
    """Return the shares of one line, from intervals of length along it."""
    line = MeasuredLine(shape)
    whole = line.whole()
    found = [line.inside(known.shapes[position]) for position in touched]
    settled = settle(found, (0.0, float(whole[0, 1])), line.noise)
    claimed: Intervals = np.empty((0, 2))
    shares: list[Share] = []
    for position, held in zip(touched, settled, strict=True):
        again = intersect(held, claimed)
        if len(held):
            shares.append((known.ids[position], 1, line.cut_out(held)))
        if len(again):
            shares.append((SHARED, -1, line.cut_out(again)))
        claimed = union(np.concatenate([claimed, held]))
    left = subtract(whole, claimed)
    if len(left):
        shares.append((OUTSIDE, 1, line.cut_out(left)))
    return shares
