"""What a system is: its datum, projection, unit and code; whether two are the same.

Functions take a ``pyproj.CRS``, or text that PROJ reads by itself (``EPSG:9209``, WKT); the
names planners use are read by ``resolve``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from geotool.crs.table import fold, load_table
from geotool.errors import CrsError, CrsMismatchError

if TYPE_CHECKING:
    import geopandas as gpd
    from pyproj import CRS

_METRIC_KINDS = ("tm3", "tm3_unused", "utm")


def as_crs(crs: CRS | str) -> CRS:
    """Return a system as a ``pyproj.CRS``.

    Raises
    ------
    CrsError
        When PROJ cannot read the text.
    """
    from pyproj import CRS, exceptions

    try:
        return CRS.from_user_input(crs)
    except exceptions.CRSError as error:
        raise CrsError(
            f"{crs!r} is not a coordinate reference system.", remedy="Give an EPSG code."
        ) from error


def horizontal(crs: CRS) -> CRS:
    """Return the horizontal system inside a bound or compound one."""
    while crs.is_bound or crs.is_compound:
        inner = crs.source_crs if crs.is_bound else crs.sub_crs_list[0]
        if inner is None:
            break
        crs = inner
    return crs


def _shift(crs: CRS) -> tuple[float, ...]:
    while crs.is_compound:
        crs = crs.sub_crs_list[0]
    operation = crs.coordinate_operation if crs.is_bound else None
    return tuple(operation.towgs84) if operation is not None else ()


def _datum_names(crs: CRS) -> tuple[str, str]:
    base = horizontal(crs).geodetic_crs
    datum = None if base is None else base.datum
    return (
        "" if base is None else fold(base.name),
        "" if datum is None else fold(datum.name).removesuffix("ensemble"),
    )


def _projection_key(crs: CRS) -> tuple[object, ...]:
    flat = horizontal(crs)
    operation = flat.coordinate_operation if flat.is_projected else None
    if operation is None:
        return ()
    parameters = sorted(
        (fold(item.name), f"{float(item.value) * item.unit_conversion_factor:.10g}")
        for item in operation.params
    )
    return (fold(operation.method_name), f"{metres_per_unit(flat):.12g}", *parameters)


@lru_cache(maxsize=1)
def _code_by_projection() -> dict[tuple[object, ...], str]:
    table = load_table()
    return {_projection_key(as_crs(choice.code)): choice.code for choice in table.choices}


def _vn2000_code(crs: CRS) -> str | None:
    return _code_by_projection().get(_projection_key(crs)) if is_vn2000(crs) else None


def _has_tm3_shape(crs: CRS) -> bool:
    code = _code_by_projection().get(_projection_key(crs), "")
    return load_table().kinds.get(code, "").startswith("tm3")


def is_vn2000(crs: CRS | str) -> bool:
    """Return whether a system is on the VN-2000 datum.

    Recognised by the name of the datum, by datum shift parameters (TOWGS84) near the official
    ones, or as a TM-3 zone on an unnamed datum with the WGS 84 ellipsoid.
    """
    system = as_crs(crs)
    names = _datum_names(system)
    if not set(names).isdisjoint(load_table().words["datum_names"]):
        return True
    flat, shift, pinned = horizontal(system), _shift(system), load_table().pinned
    if flat.ellipsoid is None or round(flat.ellipsoid.semi_major_metre) != 6378137:
        return False
    if shift:
        official = (pinned["x_m"], pinned["y_m"], pinned["z_m"])
        return math.dist(shift[:3], official) <= float(pinned["recognised_within_m"])
    return names[1].startswith(load_table().words["datum_unknown"]) and _has_tm3_shape(flat)


def looks_vn2000(crs: CRS | str) -> bool:
    """Return whether a system has the projection of a TM-3 zone on a datum other than VN-2000.

    Programs that cannot store VN-2000 write WGS 84 instead; the layer is then 225 m off.
    """
    system = as_crs(crs)
    return not is_vn2000(system) and _has_tm3_shape(system)


def writing_kind(crs: CRS | str) -> str | None:
    """Return how coordinates of a system look: ``tm3``, ``utm``, ``degrees``; None for others.

    The first two are VN-2000 zones, or a TM-3 zone that lost its datum.
    """
    if _is_known_metric(crs):
        return load_table().kinds[str(crs)].removesuffix("_unused")
    system = as_crs(crs)
    flat = horizontal(system)
    if flat.is_geographic:
        degree = math.isclose(flat.axis_info[0].unit_conversion_factor, math.radians(1))
        return "degrees" if degree else None
    if not (is_vn2000(system) or looks_vn2000(system)):
        return None
    code = _code_by_projection().get(_projection_key(flat), "")
    return load_table().kinds.get(code, "").removesuffix("_unused") or None


def vn2000_twin(crs: CRS | str) -> CRS | None:
    """Return the VN-2000 TM-3 zone with the projection of a system on another datum.

    None when the system is on VN-2000 already, or its projection is that of no TM-3 zone.
    MapInfo keeps the projection and loses the datum: its ``8, 104`` at 105.5 degrees is the
    twin of EPSG:9209.
    """
    system = as_crs(crs)
    if not looks_vn2000(system):
        return None
    return as_crs(_code_by_projection()[_projection_key(horizontal(system))])


def same(a: CRS | str, b: CRS | str) -> bool:
    """Return whether two systems give the same x and y.

    Axis order, heights and the names a file format changed are ignored.
    """
    if a == b and _is_known_metric(a):
        return True
    first, second = as_crs(a), as_crs(b)
    if first.equals(second, ignore_axis_order=True):
        return True
    return _horizontal_key(first) == _horizontal_key(second)


def _horizontal_key(crs: CRS) -> tuple[object, ...]:
    flat = horizontal(crs)
    if is_vn2000(crs):
        return ("VN-2000", _projection_key(flat))
    ellipsoid = flat.ellipsoid
    size = None if ellipsoid is None else round(ellipsoid.semi_major_metre, 3)
    return (_datum_names(flat)[1], size, _shift(crs), _projection_key(flat))


def metres_per_unit(crs: CRS | str) -> float:
    """Return the metres in one unit of a projected system (1200/3937 for US survey feet).

    Raises
    ------
    CrsError
        When the system is not projected.
    """
    if _is_known_metric(crs):
        return 1.0
    flat = horizontal(as_crs(crs))
    if not flat.is_projected:
        raise CrsError(
            f"{flat.name} is not projected: lengths and areas cannot be measured in it.",
            remedy="Convert the layer to its VN-2000 TM-3 zone first.",
        )
    return float(flat.axis_info[0].unit_conversion_factor)


def _is_known_metric(crs: CRS | str) -> bool:
    """Return whether a text is the code of one of the zones of ``layers/crs.toml``."""
    return isinstance(crs, str) and load_table().kinds.get(crs) in _METRIC_KINDS


def require_projected(frame_or_crs: gpd.GeoDataFrame | CRS | str | None, what: str) -> float:
    """Return the metres in one unit, or refuse what cannot be measured.

    Parameters
    ----------
    frame_or_crs
        A frame with geometry, or a system.
    what
        The layer or file named in the message.

    Raises
    ------
    CrsError
        When there is no system, or it is not projected.
    """
    crs = getattr(frame_or_crs, "crs", frame_or_crs)
    if crs is None:
        raise CrsError(
            f"{what}: the coordinate reference system is not known.",
            remedy="State it (--src-crs); `geotool info FILE` lists what it could be.",
        )
    try:
        return metres_per_unit(crs)
    except CrsError as error:
        raise CrsError(f"{what}: {error.message}", remedy=error.remedy) from error


class Placed(Protocol):
    """What has a coordinate reference system, such as a frame."""

    @property
    def crs(self) -> CRS | str | None:
        """The system, None when it is not known."""


def require_same(frames: Mapping[str, gpd.GeoDataFrame] | Mapping[str, Placed]) -> None:
    """Refuse frames that are not all in one system.

    Raises
    ------
    CrsMismatchError
        Naming two layers and their systems.
    CrsError
        When a frame has no system.
    """
    systems = {name: frame.crs for name, frame in frames.items() if frame.crs is not None}
    missing = [name for name in frames if name not in systems]
    if missing:
        raise CrsError(f"No coordinate reference system: {', '.join(missing)}.")
    names = list(systems)
    for name in names[1:]:
        first, other = systems[names[0]], systems[name]
        if not same(first, other):
            raise CrsMismatchError(
                f"{names[0]} is in {name_of(first)}, {name} in {name_of(other)}.",
                remedy="Convert one of them: geotool convert --dst-crs.",
            )


def name_of(crs: CRS | str) -> str:
    """Return a short name: ``EPSG:9209 VN-2000 / TM-3 105-30``."""
    system = as_crs(crs)
    code = known_code(system)
    if code is None:
        return f"{system.name} (no code)"
    names = {choice.code: choice.name for choice in load_table().choices}
    return f"{code} {names.get(code) or as_crs(code).name}"


def code_of(crs: CRS | str) -> str:
    """Return ``EPSG:9209``, or the WKT of a system without a code; ``resolve`` reads both."""
    if _is_known_metric(crs):
        return str(crs)
    system = as_crs(crs)
    return known_code(system) or str(system.to_wkt())


def canonical(crs: CRS | str) -> CRS:
    """Return the coded VN-2000 system a custom definition means, else the system itself."""
    system = as_crs(crs)
    code = _vn2000_code(system)
    return system if code is None else as_crs(code)


def known_code(crs: CRS) -> str | None:
    """Return the code of a system, also of a custom VN-2000 one; None when it has none."""
    code = _vn2000_code(crs)
    if code is None and not crs.is_bound:
        epsg = crs.to_epsg()
        authority = ("EPSG", str(epsg)) if epsg is not None else crs.to_authority()
        return None if authority is None else ":".join(authority)
    return code
