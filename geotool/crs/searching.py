"""Which system could coordinates be in? By their size, and by where they would land."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geotool.crs.identity import as_crs, code_of, known_code, name_of, writing_kind
from geotool.crs.moves import PointTransform, reproject, transformer
from geotool.crs.names import choices
from geotool.crs.table import WGS84_CHOICE, CrsChoice, load_table
from geotool.crs.writing import Floats, Writing, recognise
from geotool.errors import CrsError

if TYPE_CHECKING:
    import geopandas as gpd

_WGS84 = "EPSG:4326"
_FAR_M = 5e6
_KINDS = ("degrees", "tm3", "utm")

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Candidate:
    """A system the coordinates could be in, and where they would lie then.

    ``axes`` is ``xy`` when the easting (or longitude) comes first and ``yx`` when the northing
    does; ``unit`` is ``m``, ``mm`` or ``deg``; ``zone`` is a zone number written before the
    easting, 0 for none. ``lon``, ``lat`` are of the middle and ``bounds_lonlat`` is (west,
    south, east, north), both WGS 84. The commune is the one of the middle, None when no
    communes were given or none holds it.
    """

    code: str
    name: str
    axes: str
    unit: str
    zone: int
    lon: float
    lat: float
    bounds_lonlat: Box
    commune_id: str | None = None
    commune_name: str | None = None

    @property
    def place(self) -> str:
        """Where the coordinates would lie: the commune, else bounds in degrees."""
        if self.commune_id is not None:
            return self.commune_name or self.commune_id
        west, south, east, north = self.bounds_lonlat
        return f"{_span(west, east)} E, {_span(south, north)} N"


@dataclass(frozen=True)
class _Landing:
    """A candidate with the sampled points in WGS 84 degrees."""

    candidate: Candidate
    lon: Floats
    lat: Floats


def search(
    points_or_bounds: npt.ArrayLike,
    *,
    province: str | None = None,
    communes: gpd.GeoDataFrame | None = None,
) -> list[Candidate]:
    """Return the systems that coordinates of unknown origin can be in, likeliest first.

    Every TM-3 zone in provincial use, both UTM zones of VN-2000 and WGS 84 are tried, either
    coordinate first, in metres and millimetres, with and without a zone number before the
    easting. A system counts when the bulk of the points lands in its area of use.

    Parameters
    ----------
    points_or_bounds
        An array (n, 2) of points, better centres of features than vertices; rows of NaN are
        left out and a few points far away do no harm. Or (min x, min y, max x, max y).
    province
        Old or new name: only the zones of its files; UTM when none of them fits. Without
        communes the points must lie where these zones are used.
    communes
        Communes with ``commune_id`` and perhaps ``commune_name``, in any CRS: only systems in
        which most points land in one of them.

    Raises
    ------
    CrsError
        When no province has this name, or the communes have no CRS.
    """
    x, y = _coordinates(points_or_bounds)
    wanted = None if province is None else {choice.code for choice in choices(province)}
    landings = [item for kind in _KINDS for item in _landings(x, y, kind, wanted)]
    if communes is None:
        landings = [item for item in landings if _is_plausible(item.candidate, wanted)]
    found = [item for item in landings if _within(item.candidate, _country(), _margin())]
    return _preferred(_placed(found, communes), wanted or set())


def _preferred(found: list[Candidate], wanted: set[str]) -> list[Candidate]:
    """Return the zones of the province where any fits, else all."""
    own = [item for item in found if item.code in wanted]
    return own or found


def landing(
    points_or_bounds: npt.ArrayLike, crs: CRS | str, *, communes: gpd.GeoDataFrame | None = None
) -> Candidate | None:
    """Return where coordinates lie if they are plainly in a system, None if not in Viet Nam.

    ``communes`` must then hold most of the points; see :func:`search`.
    """
    x, y = _coordinates(points_or_bounds)
    system, kind = as_crs(crs), writing_kind(crs)
    if kind is not None:
        written = recognise(x, y, kind)
        if written.bulk is None or not written.bulk.plain:
            return None
        rows = written.rows(written.bulk)
        x, y = x[rows], y[rows]
    code = known_code(system) or code_of(system)
    choice = CrsChoice(code, name_of(system).removeprefix(code).strip(), None)
    found = _landed(x, y, choice, transformer(system, _WGS84))
    if found is None or not _within(found.candidate, _country(), 0.0):
        return None
    unit = "deg" if system.is_geographic else "m"
    found = replace(found, candidate=replace(found.candidate, unit=unit))
    return next(iter(_placed([found], communes)), None)


def in_country(x: npt.ArrayLike, y: npt.ArrayLike, crs: CRS | str) -> npt.NDArray[np.bool_]:
    """Return which points, easting first, lie within Viet Nam's extent; False for NaN."""
    east, north = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    move = transformer(as_crs(crs), _WGS84)
    west_deg, south_deg, east_deg, north_deg = _country()
    inside = np.zeros(east.shape, dtype=bool)
    near = np.flatnonzero(np.maximum(np.abs(east), np.abs(north)) < _FAR_M)
    try:
        lon, lat = move(east[near], north[near])
    except CrsError:
        return inside
    inside[near] = (lon >= west_deg) & (lon <= east_deg) & (lat >= south_deg) & (lat <= north_deg)
    return inside


def candidates(bounds: Box) -> list[CrsChoice]:
    """Return the systems whose coordinates look like these, likeliest first.

    Parameters
    ----------
    bounds
        ``(min x, min y, max x, max y)``. Values that fit degrees give EPSG:4326; metres or
        millimetres, either axis first, give the TM-3 zones in provincial use and the UTM
        zones, first those in whose area of use the middle would lie. Empty when nothing
        Vietnamese fits.
    """
    if not all(map(math.isfinite, bounds)):
        return []
    left, bottom, right, top = bounds
    if left >= -180 and right <= 180 and bottom >= -90 and top <= 90:
        return [WGS84_CHOICE]
    x, y = _coordinates(bounds)
    named = {choice.code: choice for choice in (WGS84_CHOICE, *load_table().choices)}
    found = [item.candidate for kind in _KINDS for item in _landings(x, y, kind, None)]
    found.sort(key=lambda item: not _is_plausible(item, None))
    return [named[item.code] for item in found]


def _coordinates(points_or_bounds: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Return finite x and y; nine points over the box of bounds."""
    given = np.asarray(points_or_bounds, dtype=np.float64)
    if given.shape == (4,):
        x, y = np.meshgrid(np.linspace(given[0], given[2], 3), np.linspace(given[1], given[3], 3))
        given = np.column_stack([x.ravel(), y.ravel()])
    given = given.reshape(-1, 2)
    given = given[np.isfinite(given).all(axis=1)]
    return given[:, 0], given[:, 1]


def _choices_of(kind: str, wanted: set[str] | None) -> list[CrsChoice]:
    """Return the systems of a kind; of the zones only those wanted, when some are."""
    if kind == "degrees":
        return [WGS84_CHOICE]
    table = load_table()
    return [
        choice
        for choice in table.choices
        if table.kinds[choice.code] == kind
        and (kind != "tm3" or wanted is None or choice.code in wanted)
    ]


def _landings(x: Floats, y: Floats, kind: str, wanted: set[str] | None) -> list[_Landing]:
    """Return where the points lie in each system of a kind that they are written for."""
    written = recognise(x, y, kind)
    writing = written.bulk
    if writing is None:
        return []
    rows = np.flatnonzero(written.rows(writing))
    east, north = writing.read(x[rows], y[rows])
    found = [
        _landed(east, north, choice, _to_degrees(choice.code))
        for choice in _choices_of(kind, wanted)
        if _zone_agrees(writing.zone, choice, kind)
    ]
    return [
        replace(
            item,
            candidate=replace(
                item.candidate, axes=writing.axes, unit=writing.unit, zone=writing.zone
            ),
        )
        for item in found
        if item is not None
    ]


def _zone_agrees(zone: int, choice: CrsChoice, kind: str) -> bool:
    """Return whether a zone number before the easting is that of a UTM zone (48 or 18: 105 E)."""
    meridian = choice.central_meridian_deg
    return not zone or kind != "utm" or meridian is None or (zone % 30 * 6 - 3) == meridian


def _landed(
    east: Floats, north: Floats, choice: CrsChoice, move: PointTransform
) -> _Landing | None:
    """Return sampled points in degrees and their middle; None when they have no place."""
    if not len(east):
        return None
    rows = np.unique(
        np.linspace(0, len(east) - 1, int(load_table().limits["sample_count"])).astype(int)
    )
    try:
        lon, lat = move(east[rows], north[rows])
        middle = [float(value) for value in move(np.median(east), np.median(north))]
    except CrsError:
        return None
    box = (float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max()))
    plain = Writing()
    candidate = Candidate(
        choice.code, choice.name, plain.axes, plain.unit, plain.zone, middle[0], middle[1], box
    )
    return _Landing(candidate, lon, lat)


@lru_cache(maxsize=64)
def _to_degrees(code: str) -> PointTransform:
    return transformer(code, _WGS84)


def _country() -> Box:
    limits = load_table().ranges["degrees"]
    (west, east), (south, north) = limits["easting_deg"], limits["northing_deg"]
    return west, south, east, north


@lru_cache(maxsize=64)
def _areas_of_use(code: str) -> tuple[Box, ...]:
    """Return the boxes a system is used in: that of EPSG, and the wider one since 2025."""
    table = load_table()
    area = CRS.from_user_input(code).area_of_use
    boxes = [] if area is None else [area.bounds]
    return (*boxes, *((table.areas[code],) if code in table.areas else ()))


def _is_plausible(candidate: Candidate, wanted: set[str] | None) -> bool:
    """Return whether the middle lies where the system is used: UTM in the zones wanted, if any."""
    if candidate.unit == "deg":
        return _within(candidate, _country(), _margin())
    codes = {candidate.code}
    if wanted and candidate.code not in wanted:
        codes = wanted
    boxes = [box for code in codes for box in _areas_of_use(code)]
    return any(_within(candidate, box, _margin()) for box in boxes)


def _margin() -> float:
    return float(load_table().limits["margin_deg"])


def _within(candidate: Candidate, box: Box, margin: float) -> bool:
    west, south, east, north = box
    return (
        west - margin <= candidate.lon <= east + margin
        and south - margin <= candidate.lat <= north + margin
    )


def _placed(found: Sequence[_Landing], communes: gpd.GeoDataFrame | None) -> list[Candidate]:
    """Return the candidates most of whose points lie in a commune, that of the middle named."""
    if communes is None:
        return [item.candidate for item in found]
    ground = reproject(communes, _WGS84).reset_index(drop=True)
    least = float(load_table().limits["commune_share"])
    placed = []
    for item in found:
        points = np.asarray(shapely.points(item.lon, item.lat))
        inside, _ = ground.sindex.query(points, predicate="intersects")
        if len(np.unique(inside)) > least * len(points):
            placed.append(_with_commune(item.candidate, ground))
    return placed


def _with_commune(candidate: Candidate, ground: gpd.GeoDataFrame) -> Candidate:
    middle = shapely.Point(candidate.lon, candidate.lat)
    rows = np.sort(ground.sindex.query(middle, predicate="intersects"))
    if not len(rows):
        return candidate
    commune = ground.iloc[int(rows[0])]
    name = commune.get("commune_name")
    return replace(
        candidate,
        commune_id=str(commune["commune_id"]),
        commune_name=str(name) if isinstance(name, str) and name else None,
    )


def _span(low: float, high: float) -> str:
    return f"{low:.3f}" if high - low < 0.001 else f"{low:.3f} to {high:.3f}"
