"""Which coordinate reference system a layer is in, and the one it shall be in.

A system is never assumed: what a file does not declare has to be named, or is searched for
when that is asked (``auto``). How its coordinates are written (axis order, millimetres) is read
off their size, as in Viet Nam that leaves no doubt; it is always reported.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pyproj

from geotool import crs
from geotool.errors import CrsError
from geotool.sources import orientation
from geotool.sources.orientation import Points
from geotool.sources.records import AUTO, Note, ReadOptions

NAMING = "--src-crs, that of a project's layer with [src_crs] in geotool.toml"
"""How a system is named, for remedies."""

_VN2000_DEGREES = "EPSG:4756"
_LISTED_CHOICES = 6
_ROUNDED_DEG = 1e-6  # a whole globe may reach beyond its edge by rounding

Bounds = tuple[float, float, float, float]


class CrsMisfitError(CrsError):
    """The coordinates cannot be in the system that is declared or named."""


@dataclass(frozen=True)
class Located:
    """A layer in a known system; ``notes`` are (rule, message, remedy) for the report."""

    frame: gpd.GeoDataFrame
    source: pyproj.CRS
    reprojected: bool = False
    notes: tuple[Note, ...] = ()


def locate(frame: gpd.GeoDataFrame, declared: bool, options: ReadOptions, *, what: str) -> Located:
    """Return the layer with the system its coordinates are in.

    Parameters
    ----------
    frame
        Shapes as read; ``frame.crs`` is what the file declares.
    declared
        False when the file declares nothing, or only a placeholder.
    options
        ``src_crs`` overrides the declaration; ``auto`` keeps one that the coordinates fit and
        else takes the only system they allow, narrowed by ``province`` and ``communes``.
    what
        File and layer, for messages.

    Raises
    ------
    CrsError
        When no system is declared, named or found, listing what it could be; CrsMisfitError
        when the coordinates do not fit it.
    """
    stated = _horizontal(frame.crs) if declared and frame.crs is not None else None
    system, notes = _chosen(frame, stated, options, what)
    placed, rewritten = orientation.straighten(frame.set_crs(system, allow_override=True), system)
    notes = (*notes, *rewritten)
    _require_fit(placed, system, what)
    if crs.looks_vn2000(system):
        text = f"{crs.name_of(system)} has the projection of a VN-2000 zone but another datum."
        notes = (*notes, ("datum_doubtful", text, ""))
    return Located(placed, system, notes=notes)


def convert(located: Located, options: ReadOptions) -> Located:
    """Return the layer in the target system, reprojected when that is another one."""
    if options.dst_crs is None:
        if not located.source.is_geographic:
            return located
        text = f"Coordinates are longitude and latitude ({crs.name_of(located.source)})."
        return replace(located, notes=(*located.notes, ("lonlat", text, "")))
    target = crs.resolve(options.dst_crs, province=options.province)
    if crs.same(located.source, target):
        frame = located.frame.set_crs(target, allow_override=True)
        return replace(located, frame=frame)
    frame = crs.reproject(located.frame, target)
    if not np.isfinite(frame.total_bounds).all() and len(frame) and not frame.geometry.isna().all():
        raise CrsMisfitError(
            f"coordinates of {crs.name_of(located.source)} cannot be expressed in "
            f"{crs.name_of(target)}.",
            remedy="Check both systems.",
        )
    text = (
        f"{len(frame)} rows reprojected from {crs.name_of(located.source)} to "
        f"{crs.name_of(target)}."
    )
    return replace(
        located, frame=frame, reprojected=True, notes=(*located.notes, ("reprojected", text, ""))
    )


def candidate_codes(bounds: Bounds | None) -> tuple[str, ...]:
    """Return the codes of the systems in which coordinates lie in Viet Nam, in stated order."""
    if bounds is None or not np.isfinite(bounds).all():
        return ()
    return tuple(str(choice.code) for choice in crs.candidates(bounds))


def naming_remedy(bounds: Bounds | None) -> str:
    """Return what to do about coordinates of unknown origin, listing what they could be."""
    names = [crs.name_of(crs.resolve(code)) for code in candidate_codes(bounds)]
    if not names:
        return f"Name the system with {NAMING}."
    more = len(names) - _LISTED_CHOICES
    rest = f" and {more} more" if more > 0 else ""
    zone = " The zone is that of the province: --src-crs takes its name too." if more > 0 else ""
    return (
        f"Name the system with {NAMING}. By its coordinates it could be: "
        f"{'; '.join(names[:_LISTED_CHOICES])}{rest}.{zone}"
    )


def is_plane(options: ReadOptions) -> bool:
    """Return whether the options name a system, and that is a plane one."""
    if options.src_crs in (None, AUTO):
        return False
    try:
        return not crs.resolve(str(options.src_crs), province=options.province).is_geographic
    except CrsError:
        return False


def bounds_of(frame: gpd.GeoDataFrame) -> Bounds | None:
    """Return (xmin, ymin, xmax, ymax) of a layer, None when it has no coordinates."""
    bounds = frame.total_bounds
    if len(frame) == 0 or not np.isfinite(bounds).all():
        return None
    return (float(bounds[0]), float(bounds[1]), float(bounds[2]), float(bounds[3]))


def listed(candidates: Sequence[crs.Candidate], *, option: str = "--src-crs") -> str:
    """Return candidates, one a line, each with its place, what is unusual and what to type."""
    places = [item.place for item in candidates]
    return "".join(
        f"\n  {option} {item.code}  {item.name}: lands at {place}"
        f"{_middle_of(item) if places.count(place) > 1 else ''}{_written_as(item)}"
        for item, place in zip(candidates, places, strict=True)
    )


def _middle_of(candidate: crs.Candidate) -> str:
    return f" ({candidate.lon:.4f} E, {candidate.lat:.4f} N)"


def _written_as(candidate: crs.Candidate) -> str:
    first = {"xy": "", "yx": ", northing first"}[candidate.axes]
    if candidate.unit == "deg":
        return ", latitude first" if first else ""
    unit = ", in millimetres" if candidate.unit == "mm" else ""
    zone = f", zone {candidate.zone} before the easting" if candidate.zone else ""
    return f"{first}{unit}{zone}"


def _chosen(
    frame: gpd.GeoDataFrame, stated: pyproj.CRS | None, options: ReadOptions, what: str
) -> tuple[pyproj.CRS, tuple[Note, ...]]:
    named = options.src_crs
    if named == AUTO:
        return _searched(frame, stated, options, what)
    if named is None:
        if stated is not None:
            return stated, ()
        raise CrsError(
            f"{what}: no coordinate reference system is declared.",
            remedy=naming_remedy(bounds_of(frame)),
        )
    system = crs.resolve(named, province=options.province)
    if stated is None or crs.same(system, stated):
        return system, ()
    text = (
        f"The file declares {crs.name_of(stated)}; its coordinates were taken as "
        f"{crs.name_of(system)}, as told."
    )
    return system, (("crs_overridden", text, ""),)


def _searched(
    frame: gpd.GeoDataFrame, stated: pyproj.CRS | None, options: ReadOptions, what: str
) -> tuple[pyproj.CRS, tuple[Note, ...]]:
    """Return the system found by the coordinates; the declared one when they fit it."""
    points = orientation.centres_of(frame)
    if stated is not None:
        kept = crs.landing(points, stated, communes=options.communes)
        if kept is not None or bounds_of(frame) is None:
            place = "" if kept is None else f": the coordinates land at {kept.place}"
            text = f"The declared system {crs.name_of(stated)} was kept{place}."
            return stated, (("crs_found", text, ""),)
    found = crs.search(points, province=options.province, communes=options.communes)
    taken = _single(found, stated)
    if taken is None:
        raise _undecided(frame, found, options, what)
    system = crs.resolve(taken.code)
    text = f"The coordinates were taken as {crs.name_of(system)}: they land at {taken.place}"
    notes = [("crs_found", f"{text}{_also_possible(points, taken, options)}.", "")]
    if stated is not None and not crs.same(system, stated):
        text = f"The file declares {crs.name_of(stated)}, which its coordinates do not fit."
        notes.append(("crs_overridden", text, "Check one point on the map."))
    return system, tuple(notes)


def _single(found: Sequence[crs.Candidate], stated: pyproj.CRS | None) -> crs.Candidate | None:
    """Return the only candidate; of several the one that is declared, None without."""
    if len(found) == 1:
        return found[0]
    declared = (item for item in found if stated is not None and crs.same(item.code, stated))
    return next(declared, None)


def _also_possible(points: Points, taken: crs.Candidate, options: ReadOptions) -> str:
    """Return the UTM zones that a province's own zones were preferred to, as text."""
    if options.province is None or taken.unit == "deg":
        return ""
    others = [
        item
        for item in crs.search(points, communes=options.communes)
        if crs.writing_kind(item.code) == "utm" and item.code != taken.code
    ]
    return "".join(f"; {o.code} {o.name} would also be possible, at {o.place}" for o in others)


def _undecided(
    frame: gpd.GeoDataFrame, found: Sequence[crs.Candidate], options: ReadOptions, what: str
) -> CrsError:
    bounds = bounds_of(frame)
    if found:
        return CrsError(
            f"{what}: the coordinates could be in {len(found)} systems.",
            remedy=f"Name the one of this file, or narrow the search with --province or "
            f"--communes:{listed(found)}",
        )
    if bounds is None:
        return CrsError(
            f"{what}: there are no coordinates to tell the system by.",
            remedy=f"Name the system with {NAMING}.",
        )
    narrowed = options.province is not None or options.communes is not None
    others = crs.search(orientation.centres_of(frame)) if narrowed else []
    hint = f" Without --province and --communes:{listed(others)}" if others else ""
    return CrsError(
        f"{what}: the coordinates ({_listed(bounds)}) fit no system used in Viet Nam"
        f"{' with this province or these communes' if narrowed else ''}.",
        remedy=f"Name the true system with {NAMING}.{hint}",
    )


def _horizontal(system: pyproj.CRS) -> pyproj.CRS:
    """Return the horizontal part of a system that also has heights."""
    if system.is_compound:
        return system.sub_crs_list[0]
    return system.to_2d() if len(system.axis_info) > 2 else system


def _require_fit(frame: gpd.GeoDataFrame, system: pyproj.CRS, what: str) -> None:
    bounds = bounds_of(frame)
    if bounds is None:
        return
    degrees = (
        max(abs(bounds[0]), abs(bounds[2])) <= 180 + _ROUNDED_DEG
        and max(abs(bounds[1]), abs(bounds[3])) <= 90 + _ROUNDED_DEG
    )
    if system.is_geographic and not degrees:
        raise CrsMisfitError(
            f"{what}: {crs.name_of(system)} has degrees, but coordinates reach {_listed(bounds)}.",
            remedy=naming_remedy(bounds),
        )
    if not system.is_geographic and degrees and _is_degrees_of_country(bounds, system):
        raise CrsMisfitError(
            f"{what}: {crs.name_of(system)} has metres, but the coordinates are degrees: "
            f"{_listed(bounds)}.",
            remedy=f"Name the true system with {NAMING}. It is probably EPSG:4326.",
        )


def _is_degrees_of_country(bounds: Bounds, system: pyproj.CRS) -> bool:
    """Return whether numbers in a VN-2000 plane are degrees within its area of use."""
    area = pyproj.CRS.from_user_input(_VN2000_DEGREES).area_of_use
    if area is None or not crs.is_vn2000(system):
        return False
    return bool(
        area.west <= bounds[0] <= bounds[2] <= area.east
        and area.south <= bounds[1] <= bounds[3] <= area.north
    )


def _listed(bounds: Bounds) -> str:
    return f"x {bounds[0]:.9g} to {bounds[2]:.9g}, y {bounds[1]:.9g} to {bounds[3]:.9g}"
