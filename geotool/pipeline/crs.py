"""Which system could a file be in, and what is this point in another one?"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj

from geotool import crs, sources
from geotool.crs import Candidate, ParsedPoint, Writing
from geotool.errors import CrsError, UsageError
from geotool.pipeline.answer import Answer
from geotool.pipeline.inputs import read_communes
from geotool.share.tables import Table, TableColumn, yes_no
from geotool.sources import SourceLayer
from geotool.sources.records import AUTO
from geotool.sources.sampling import sample_points
from geotool.sources.systems import listed

_WGS84 = "EPSG:4326"
_CANDIDATES = (
    TableColumn("layer"),
    TableColumn("code"),
    TableColumn("name"),
    TableColumn("axes", "value"),
    TableColumn("unit", "value"),
    TableColumn("lon"),
    TableColumn("lat"),
    TableColumn("commune_name"),
    TableColumn("declared", "value"),
)
_POINT = (
    TableColumn("crs"),
    TableColumn("x"),
    TableColumn("y"),
    TableColumn("lon"),
    TableColumn("lat"),
    TableColumn("dms"),
    TableColumn("commune_name"),
)


@dataclass(frozen=True)
class CrsOptions:
    """A file or the text of a point; ``src_crs`` and ``dst_crs`` are those of the point."""

    source: str | None = None
    point: str | None = None
    src_crs: str | None = None
    dst_crs: str | None = None
    province: str | None = None
    communes: str | None = None
    project: Path | None = None
    language: str = "vi"


def ask(options: CrsOptions) -> Answer:
    """Answer which systems a file could be in, or where a point is in another system.

    Raises
    ------
    UsageError
        When not exactly one of both is asked, or the text of the point cannot be read.
    CrsError
        When the system of the point is open; the candidates are listed.
    """
    if (options.source is None) == (options.point is None):
        raise UsageError(
            "Exactly one of FILE and --point is needed.",
            remedy="For example: geotool crs thua.shp, or geotool crs --point '573456 1998742'.",
        )
    communes = read_communes(options.communes, options.project)
    if options.point is not None:
        return _convert(options, crs.parse_point(options.point), communes)
    unfit = [f"--{name}" for name in ("from", "to") if _given(options, name)]
    if unfit:
        raise UsageError(f"{' and '.join(unfit)} belong to --point.", remedy="Leave them out.")
    return _describe(options, communes)


def _given(options: CrsOptions, name: str) -> bool:
    return (options.src_crs if name == "from" else options.dst_crs) is not None


def _describe(options: CrsOptions, communes: gpd.GeoDataFrame | None) -> Answer:
    layers = [
        _described(layer, options, communes)
        for layer in sources.describe_source(str(options.source))
    ]
    rows = [_shown(item) for layer in layers for item in layer["candidates"]]
    words = [_without(layer) for layer in layers if not layer["candidates"]]
    data = {"candidates": [c for layer in layers for c in layer["candidates"]], "layers": layers}
    return Answer(
        data,
        tables=(Table("crs_candidates", _CANDIDATES, rows),) if rows else (),
        words=words,
        language=options.language,
        project_dir=options.project,
    )


def _described(
    layer: SourceLayer, options: CrsOptions, communes: gpd.GeoDataFrame | None
) -> dict[str, Any]:
    points = sample_points(str(options.source), layer)
    return {
        "name": layer.name,
        "crs": layer.crs,
        "bounds": None if layer.bounds is None else list(layer.bounds),
        "candidates": [] if points is None else _candidates_of(layer, points, options, communes),
    }


def _shown(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a candidate as the table shows it."""
    degrees = {name: f"{item[name]:.5f}" for name in ("lon", "lat")}
    return {**item, **degrees, "declared": yes_no(item["declared"])}


def _without(layer: Mapping[str, Any]) -> str:
    """Return why a layer has no candidates."""
    if layer["bounds"] is None:
        return f"{layer['name']}: it has no coordinates."
    declared = f" The file declares {crs.name_of(layer['crs'])}." if layer["crs"] else ""
    left, bottom, right, top = layer["bounds"]
    return (
        f"{layer['name']}: its coordinates (x {left:.9g} to {right:.9g}, "
        f"y {bottom:.9g} to {top:.9g}) fit no system used in Viet Nam.{declared}"
    )


def _candidates_of(
    layer: SourceLayer,
    points: np.ndarray[tuple[int, int], np.dtype[np.float64]],
    options: CrsOptions,
    communes: gpd.GeoDataFrame | None,
) -> list[dict[str, Any]]:
    """Return the systems of one layer, the declared one first where the coordinates fit it."""
    found = crs.search(points, province=options.province, communes=communes)
    declared = None if layer.crs is None else crs.resolve(layer.crs)
    landing = None if declared is None else crs.landing(points, declared, communes=communes)
    if landing is not None:
        found = [landing, *(item for item in found if not crs.same(item.code, landing.code))]
    return [
        {
            "layer": layer.name,
            **_record(item),
            "declared": declared is not None and crs.same(item.code, declared),
        }
        for item in found
    ]


def _record(item: Candidate) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": item.name,
        "axes": item.axes,
        "unit": item.unit,
        "zone": item.zone or None,
        "lon": item.lon,
        "lat": item.lat,
        "bounds": list(item.bounds_lonlat),
        "commune_id": item.commune_id,
        "commune_name": item.commune_name,
    }


def _convert(options: CrsOptions, point: ParsedPoint, communes: gpd.GeoDataFrame | None) -> Answer:
    system, words = _source_system(options, point, communes)
    x, y, said = _oriented(point, system)
    lon, lat = _moved(x, y, system, _WGS84)
    target = _target_system(options, system)
    to_x, to_y = _moved(x, y, system, target)
    if not crs.in_country([lon], [lat], _WGS84).all():
        said = [*said, f"The point lies outside Viet Nam, at {lon:.5f} E, {lat:.5f} N."]
    place = _commune_at(lon, lat, communes)
    data = {
        "x": to_x,
        "y": to_y,
        "lon": lon,
        "lat": lat,
        "dms": crs.format_dms(lon, lat, options.language),
        "crs": crs.code_of(target),
        "from_crs": crs.code_of(system),
        **place,
    }
    decimals = 8 if target.is_geographic else 3
    row = {
        **data,
        "x": f"{to_x:.{decimals}f}",
        "y": f"{to_y:.{decimals}f}",
        "lon": f"{lon:.8f}",
        "lat": f"{lat:.8f}",
        "crs": crs.name_of(target),
    }
    return Answer(
        data,
        tables=(Table("crs_point", _POINT, [row], vertical=True),),
        words=[*words, *said],
        language=options.language,
        project_dir=options.project,
    )


def _source_system(
    options: CrsOptions, point: ParsedPoint, communes: gpd.GeoDataFrame | None
) -> tuple[pyproj.CRS, list[str]]:
    """Return the system of the point, searched for when it is not named; and what was found."""
    if options.src_crs not in (None, AUTO):
        return crs.resolve(str(options.src_crs), province=options.province), []
    if point.kind == "deg":
        return crs.resolve(_WGS84), ["The degrees were taken as WGS 84."]
    found = crs.search(
        np.array([[point.first, point.second]]), province=options.province, communes=communes
    )
    found = [item for item in found if not _contradicts(item, point)]
    if len(found) == 1:
        return crs.resolve(found[0].code), [
            f"Taken as {found[0].code} {found[0].name}: the point lies at {found[0].place}."
        ]
    if not found:
        raise CrsError(
            f"The point {point.first:.10g}, {point.second:.10g} fits no system used in Viet Nam.",
            remedy="Name its system with --from, check which number is called north, or check "
            "--province and --communes.",
        )
    raise CrsError(
        f"The point could be in {len(found)} systems.",
        remedy="Name one with --from, or narrow the search with --province or --communes:"
        f"{listed(found, option='--from')}",
    )


def _contradicts(item: Candidate, point: ParsedPoint) -> bool:
    """Return whether the number called north would have to be the easting."""
    return point.axes in ("xy", "yx") and point.axes != item.axes


def _target_system(options: CrsOptions, system: pyproj.CRS) -> pyproj.CRS:
    if options.dst_crs is not None:
        return crs.resolve(options.dst_crs, province=options.province)
    if not system.is_geographic:
        return system
    if options.province is not None:
        return crs.resolve("VN-2000", province=options.province)
    raise UsageError(
        "The point is in degrees: into which system shall it be converted?",
        remedy="Name it with --to, such as --to 105-30, or name the --province.",
    )


def _oriented(point: ParsedPoint, system: pyproj.CRS) -> tuple[float, float, list[str]]:
    """Return easting and northing (or longitude and latitude) in units of the system."""
    degrees = point.kind == "deg"
    if degrees != system.is_geographic:
        raise CrsError(
            f"{crs.name_of(system)} has {'degrees' if system.is_geographic else 'metres'}, but "
            f"the point is written in {'degrees' if degrees else 'metres'}.",
            remedy="Name its true system with --from.",
        )
    kind = crs.writing_kind(system)
    first, second = np.array([point.first]), np.array([point.second])
    writing = None if kind is None else crs.recognise(first, second, kind).bulk
    if degrees and point.axes in ("xy", "yx"):
        writing = Writing(point.axes, "deg")
    if writing is None:
        writing = _as_said(point, vietnamese=crs.is_vn2000(system))
    east, north = writing.read(first, second)
    return float(east[0]), float(north[0]), _remarks(writing, point)


def _as_said(point: ParsedPoint, *, vietnamese: bool) -> Writing:
    """Return the order the text states; X is north in VN-2000 only."""
    unit = "deg" if point.kind == "deg" else "m"
    if point.axes in ("XY", "YX"):
        return Writing("yx" if (point.axes == "XY") == vietnamese else "xy", unit)
    return Writing(point.axes or "xy", unit)


def _remarks(writing: Writing, point: ParsedPoint) -> list[str]:
    said = []
    if writing.axes == "yx" and point.axes != "yx":
        first = "latitude" if point.kind == "deg" else "northing"
        said.append(f"The first number is the {first}.")
    if point.axes == "yx" and writing.axes == "xy":
        said.append("The first number is called a northing, but can only be the easting.")
    if writing.unit == "mm":
        said.append("The numbers are in millimetres and were divided by 1000.")
    if writing.zone:
        said.append(f"The zone number {writing.zone} before the easting was taken off.")
    return said


def _moved(x: float, y: float, start: pyproj.CRS, end: pyproj.CRS | str) -> tuple[float, float]:
    moved_x, moved_y = crs.transformer(start, end)(x, y)
    return float(moved_x), float(moved_y)


def _commune_at(
    lon: float, lat: float, communes: gpd.GeoDataFrame | None
) -> Mapping[str, str | None]:
    if communes is None:
        return {}
    landing = crs.landing(np.array([[lon, lat]]), _WGS84, communes=communes)
    return {
        "commune_id": None if landing is None else landing.commune_id,
        "commune_name": None if landing is None else landing.commune_name,
    }
