"""The registry of checks: what is odd about the layers, all of it, in a fixed order."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import geopandas as gpd
import pyproj
from shapely.geometry.base import BaseGeometry

from geotool import crs, labels
from geotool.affected import area_findings as areas
from geotool.affected import cover_findings as cover
from geotool.affected import figure_findings as figures
from geotool.affected import holder_findings as holders
from geotool.affected import land_findings as land
from geotool.affected import place_findings as places
from geotool.affected.findings import Finding, Layers, Setting, World
from geotool.affected.parcels import LandTake
from geotool.affected.place_names import name_places
from geotool.records import Problem
from geotool.rules import CheckRule, Tolerances


@dataclass(frozen=True)
class Check:
    """One check: its rule, the layers it cannot do without, and the function that looks."""

    rule: str
    needs: tuple[str, ...]
    find: Callable[[World], list[Finding]]


CHECKS: tuple[Check, ...] = (
    Check("parcel_overlap", ("parcels",), land.find_parcel_overlaps),
    Check("organisation_overlap", ("parcels",), land.find_organisation_overlaps),
    Check("repeated_sheet_parcel", ("parcels",), land.find_repeated_numbers),
    Check("parcel_without_papers", ("parcels",), land.find_missing_papers),
    Check("area_differs", ("parcels",), areas.find_area_differences),
    Check("corridor_uncovered", (), cover.find_uncovered),
    Check("commune_overlap", ("communes",), land.find_commune_overlaps),
    Check("point_outside_communes", ("communes",), places.find_points_outside),
    Check("commune_mismatch", ("communes",), places.find_commune_mismatches),
    Check("built_after_cut_off", (), areas.find_built_late),
    Check("unknown_reference", (), holders.find_unknown_references),
    Check("structure_without_holder", ("structures",), holders.find_structures_without_holder),
    Check("bad_share", ("holdings",), holders.find_bad_shares),
    Check("shares_over_one", ("parcels",), holders.find_shares_over_one),
    Check("total_differs", ("indicators",), figures.find_total_differences),
    *(
        Check(rule, ("indicators",), partial(figures.find_percentages, rule))
        for rule in (
            "percentage_differs",
            "percentage_rounded",
            "percentage_unread",
            "percentage_share",
            "zero_denominator",
        )
    ),
)


def run_checks(
    layers: Layers,
    *,
    rules: Mapping[str, CheckRule],
    tolerances: Tolerances,
    land_take: LandTake | None = None,
    setting: Setting | None = None,
) -> list[Problem]:
    """Run every check whose layers are present.

    Parameters
    ----------
    layers
        Canonical frames by layer name; layers with shapes in one projected CRS.
    rules
        Severities, from ``rules.load_checks``; a check that they do not name does not run.
    tolerances
        ``sliver_area_m2`` is the least overlap or gap that is listed.
    land_take
        The measured land take, for what the right of way leaves uncovered.
    setting
        Tolerances of the cadastre, cut-off date, alignments, cells of the right of way.

    Returns
    -------
    list of Problem
        In the order of the registry, within a check in natural order of keys. ``place`` is
        the chainage where alignments are given or the layer has ``chainage_m``, else the
        commune or section, else easting and northing; ``shape`` is where it is on the map.

    Raises
    ------
    CrsError, CrsMismatchError
        When layers that are compared have no projected CRS or different ones.
    """
    world = World(layers, tolerances, land_take, setting or Setting())
    problems: list[Problem] = []
    for check in CHECKS:
        if check.rule in rules and all(name in layers for name in check.needs):
            rule = rules[check.rule]
            problems += [
                Problem(
                    severity=rule.severity,
                    layer=found.layer,
                    rule=rule.rule,
                    key=found.key,
                    place=found.place,
                    message=found.message,
                    remedy=_remedy(rule.remedy_key),
                    shape=found.shape,
                )
                for found in _placed(check.find(world), world)
            ]
    return problems


def _placed(found: Sequence[Finding], world: World) -> list[Finding]:
    """Return the findings, those that have a shape with their place along the alignments."""
    shapes = {row: one.shape for row, one in enumerate(found) if one.shape is not None}
    axes = world.setting.axes
    if axes:
        on_axis_m = world.tolerances.point_on_axis_m
        names = name_places(list(shapes.values()), axes, on_axis_m=on_axis_m)
    else:
        unnamed = {row: shape for row, shape in shapes.items() if not found[row].place}
        met = dict(zip(unnamed, _coordinates(list(unnamed.values()), world), strict=True))
        names = [met.get(row, found[row].place) for row in shapes]
    places = dict(zip(shapes, names, strict=True))
    return [replace(one, place=places.get(row, one.place)) for row, one in enumerate(found)]


def _coordinates(shapes: Sequence[BaseGeometry], world: World) -> list[str]:
    """Return easting and northing of inner points to the metre, or longitude and latitude.

    Nothing where a layer is in degrees that could not be measured.
    """
    frames = [frame for frame in world.layers.values() if isinstance(frame, gpd.GeoDataFrame)]
    if not shapes or not all(frame.crs is not None and frame.crs.is_projected for frame in frames):
        return [""] * len(shapes)
    points = [shape.representative_point() for shape in shapes]
    shown = world.setting.shown_crs
    if shown is None or shown.is_projected:
        return [f"E {point.x:.0f}, N {point.y:.0f}" for point in points]
    return _degrees(gpd.GeoDataFrame(geometry=points, crs=frames[0].crs), shown)


def _degrees(points: gpd.GeoDataFrame, shown: pyproj.CRS) -> list[str]:
    """Return longitude and latitude of points, to a decimetre."""
    moved = crs.reproject(points, shown).geometry
    return [f"lon {point.x:.6f}, lat {point.y:.6f}" for point in moved]


@cache
def _remedy(key: str) -> str:
    return labels.load_labels().text(key, "en")
