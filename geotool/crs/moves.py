"""Moving points between systems: one pinned way between VN-2000 and every other datum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.enums import TransformDirection

from geotool.crs.identity import horizontal, is_vn2000, name_of, same
from geotool.crs.names import resolve
from geotool.crs.table import load_table
from geotool.errors import CrsError

if TYPE_CHECKING:
    import geopandas as gpd

Floats = npt.NDArray[np.float64]
FORWARD, INVERSE = TransformDirection.FORWARD, TransformDirection.INVERSE

_FEW = 1_000
"""Fewer places are moved as they come."""


@dataclass(frozen=True)
class PointTransform:
    """Moves x, y arrays from one system to another; see ``transformer``."""

    steps: tuple[tuple[Transformer, TransformDirection], ...]
    title: str

    def __call__(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Return new x and y arrays.

        Raises
        ------
        CrsError
            When a finite point has no place in the target system.
        """
        moved_x, moved_y = np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)
        usable = np.isfinite(moved_x) & np.isfinite(moved_y)
        for step, direction in self.steps:
            moved_x, moved_y = step.transform(moved_x, moved_y, direction=direction)
        lost = int(np.sum(usable & ~(np.isfinite(moved_x) & np.isfinite(moved_y))))
        if lost:
            raise CrsError(
                f"{lost} of {int(usable.sum())} points cannot be moved from {self.title}.",
                remedy="Check that the coordinates are in the system stated for them.",
            )
        return np.asarray(moved_x), np.asarray(moved_y)


@lru_cache(maxsize=1)
def _vn2000_to_wgs84() -> Transformer:
    p = load_table().pinned
    return Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad"
        " +step +proj=push +v_3 +step +proj=cart +ellps=WGS84"
        f" +step +proj=helmert +convention=coordinate_frame +x={p['x_m']} +y={p['y_m']}"
        f" +z={p['z_m']} +rx={p['rx_arcsec']} +ry={p['ry_arcsec']} +rz={p['rz_arcsec']}"
        f" +s={p['scale_ppm']}"
        " +step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3"
        " +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )


def transformer(source: CRS | str, target: CRS | str) -> PointTransform:
    """Return the transformation of x, y arrays between two systems.

    Between VN-2000 and any other datum the official seven parameters carry the points to or
    from WGS 84 (EPSG:4326); between two VN-2000 systems the datum stays. Heights are ignored.
    """
    start, end = _resolved(source), _resolved(target)
    title = f"{name_of(start)} to {name_of(end)}"
    if same(start, end):
        return PointTransform((), title)
    from_vn, to_vn = is_vn2000(start), is_vn2000(end)
    if not from_vn and not to_vn:
        direct = Transformer.from_crs(start, end, always_xy=True)
        return PointTransform(((direct, FORWARD),), title)
    steps = [(step, INVERSE) for step in _from_degrees(start, vn2000=from_vn)]
    if from_vn != to_vn:
        steps.append((_vn2000_to_wgs84(), FORWARD if from_vn else INVERSE))
    steps += [(step, FORWARD) for step in _from_degrees(end, vn2000=to_vn)]
    return PointTransform(tuple(steps), title)


def _from_degrees(crs: CRS, *, vn2000: bool) -> list[Transformer]:
    """Return the step from the degrees of VN-2000, or of WGS 84, to a system."""
    if not vn2000 and same(crs, "EPSG:4326"):
        return []
    if not vn2000:
        return [Transformer.from_crs("EPSG:4326", crs, always_xy=True)]
    flat = horizontal(crs)
    if not flat.is_projected:
        return []
    return [Transformer.from_crs(flat.geodetic_crs, flat, always_xy=True)]


def reproject(frame: gpd.GeoDataFrame, target: CRS | str) -> gpd.GeoDataFrame:
    """Return a new frame with its geometry in another system; heights are kept as they are.

    Raises
    ------
    CrsError
        When the frame has no system, or a point has no place in the target.
    """
    if frame.crs is None:
        raise CrsError("A layer without a coordinate reference system cannot be converted.")
    move, end = transformer(frame.crs, target), _resolved(target)
    shapes = frame.geometry.to_numpy().copy()
    for raised in (False, True):
        rows = shapely.has_z(shapes) == raised
        if move.steps and rows.any():
            shapes[rows] = shapely.transform(shapes[rows], _on_coordinates(move), include_z=raised)
    result = frame.copy()
    result[frame.geometry.name] = type(frame.geometry)(shapes, index=frame.index, crs=end)
    return result.set_geometry(frame.geometry.name, crs=end)


def _on_coordinates(move: PointTransform) -> Callable[[Floats], Floats]:
    def moved(points: Floats) -> Floats:
        result = points.copy()
        result[:, 0], result[:, 1] = _move_distinct(move, points[:, 0], points[:, 1])
        return result

    return moved


def _move_distinct(move: PointTransform, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return the places moved, each distinct place once: neighbours share most vertices."""
    if len(x) < _FEW or not (np.isfinite(x).all() and np.isfinite(y).all()):
        return move(x, y)
    import pandas as pd  # takes a third of a second, and a single point needs it not

    places, distinct = pd.factorize(x + 1j * y)
    moved_x, moved_y = move(distinct.real, distinct.imag)
    return moved_x[places], moved_y[places]


def _resolved(crs: CRS | str) -> CRS:
    return resolve(crs) if isinstance(crs, str) else crs
