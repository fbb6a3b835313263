"""The layers a recipe may name, made from an assessment: canonical, measured, joined."""

from collections.abc import Sequence
from typing import Any, TypeGuard

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geotool import crs
from geotool.affected import totals
from geotool.affected.parcels import LandTake, divide_by_basis
from geotool.affected.take import BASIS_AREAS
from geotool.pipeline.assess import Assessment
from geotool.pipeline.compare import changes_layers
from geotool.pipeline.findings import LAYER as FINDINGS
from geotool.pipeline.findings import findings_layer
from geotool.pipeline.ground import Ground
from geotool.pipeline.map_holders import holder_layers
from geotool.pipeline.map_parts import PLACES, main_places
from geotool.pipeline.map_places import place_layers
from geotool.pipeline.published_ground import draw_whole
from geotool.pipeline.severance import severance_layers
from geotool.pipeline.strips import strips_layers
from geotool.route import chainage
from geotool.route.alignment import Axis
from geotool.share.tables import yes_no
from geotool.units import KILOMETRE_M

SCHEMAS = {"land_take": "parcels", "crossings": "utilities"}
"""The layer whose schema decides what may be shown of a derived layer."""

RESULTS = (
    "cells",
    "land_take_by_section",
    "strips",
    "remainders",
    "boundary_changes",
    "handover",
    "blockers",
    "findings",
)
"""Layers that geotool makes itself; they have no schema and hold result columns only."""

ALONG = ("alignments", "right_of_way", "land_take", "land_take_by_section", "cells", "handover")
"""Layers that lie along the axes: beside one of them kilometres mean something."""

INDIVIDUAL = ("remainders", "boundary_changes", "blockers", "findings")
"""Result layers that name parcels or households one by one."""


def make_layers(found: Assessment, *, dissolve: bool) -> dict[str, gpd.GeoDataFrame]:
    """Return every layer the project can show, by the name recipes use.

    Parameters
    ----------
    found
        The assessment.
    dissolve
        Show land take by section instead of parcel by parcel.

    A layer of a project's own schema is shown as it is read.
    """
    frames = found.inputs.frames
    layers = {name: frame for name, frame in frames.items() if _drawn(frame)}
    layers |= _ground_layers(found)
    layers |= _land_layers(found, dissolve=dissolve)
    layers |= _object_layers(found)
    layers |= place_layers(found, layers)
    layers |= _consequence_layers(found)
    if found.graves is not None:
        layers["graves"] = found.graves.graves
    if found.landmarks is not None:
        layers["landmarks"] = found.landmarks.landmarks
        if _drawn(frames.get("landmark_roads")):
            roads = frames["landmark_roads"]
            layers["landmark_roads"] = roads.assign(length_m=roads.geometry.length)
    if found.handover is not None and found.ground is not None:
        if found.handover.pieces is not None:
            pieces = found.handover.pieces
            unit = crs.require_projected(pieces, "right_of_way")
            layers["handover"] = pieces.assign(area_m2=pieces.geometry.area * unit**2)
        layers["blockers"] = _blockers(found.handover.summary["blockers"], found.ground)
    placed = [problem for problem in found.problems if problem.shape is not None]
    project = found.inputs.project
    layers[FINDINGS] = findings_layer(placed, crs.resolve(project.crs), language=project.language)
    shown = {name: frame for name, frame in layers.items() if _drawn(frame)}
    return draw_whole(shown, found.shown_to)


def make_ticks(axes: Sequence[Axis], crs: pyproj.CRS) -> gpd.GeoDataFrame | None:
    """Return chainage ticks at every whole kilometre: alignment_id, label, chainage_m, a point."""
    frames = []
    for axis in axes:
        ticks = chainage.points_every(axis, KILOMETRE_M, frame_crs=crs)
        kilometres = np.round(ticks["chainage_m"] / KILOMETRE_M)
        whole = ticks[np.isclose(ticks["chainage_m"], kilometres * KILOMETRE_M, rtol=0.0)]
        labels = [f"Km{value / 1000:.0f}" for value in whole["chainage_m"]]
        whole = whole.assign(label=labels, alignment_id=axis.alignment_id)
        frames.append(whole[["alignment_id", "label", "chainage_m", "geometry"]])
    if not frames:
        return None
    return gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), geometry="geometry", crs=crs)


def _drawn(frame: pd.DataFrame | None) -> TypeGuard[gpd.GeoDataFrame]:
    return isinstance(frame, gpd.GeoDataFrame) and len(frame) > 0


def _ground_layers(found: Assessment) -> dict[str, gpd.GeoDataFrame]:
    ground = found.ground
    if ground is None:
        return {}
    layers = {"right_of_way": ground.right_of_way}
    lines = found.inputs.get("alignments")
    if lines is not None and ground.axes:
        lengths = {axis.alignment_id: axis.length_m for axis in ground.axes}
        layers["alignments"] = lines.assign(length_m=lines["alignment_id"].map(lengths))
    return layers


def _land_layers(found: Assessment, *, dissolve: bool) -> dict[str, gpd.GeoDataFrame]:
    land, ground = found.land, found.ground
    if land is None or ground is None:
        return {}
    keys = ["alignment_id", "section_id", "commune_id"]
    cells = ground.cells if "commune_id" in ground.cells else ground.cells.assign(commune_id="")
    measured = _cell_areas(land.take, keys)
    plain = cells[[*keys, "geometry"]].fillna(dict.fromkeys(keys, ""))
    plain = plain.dissolve(keys, as_index=False, sort=False)  # ground shared by several pairs
    layers = {"cells": plain.merge(measured, on=keys, how="left")}
    if not dissolve:
        return {**layers, "land_take": land.take.parcels}
    groups = totals.group_land_take(land.take, ["section"])
    strips = ground.section_cells.dissolve("section_id", as_index=False)
    shown = strips[["section_id", "geometry"]].merge(groups, on="section_id", how="left")
    return {**layers, "land_take_by_section": shown}


def _cell_areas(take: LandTake, keys: list[str]) -> pd.DataFrame:
    """Return the areas of each place, by basis too where not all of the land is recovered."""
    rows = take.cells
    if take.by_basis:
        rows = rows.join(divide_by_basis(rows))
    areas = [name for name in (*_AREAS, *BASIS_AREAS) if name in rows]
    return rows.groupby(keys, as_index=False, sort=False)[areas].sum()


_AREAS = ("corridor_area_m2", "affected_area_m2", "overlap_area_m2", "uncovered_area_m2")


def _consequence_layers(found: Assessment) -> dict[str, gpd.GeoDataFrame]:
    """Return what follows from the land take: remainders, statutory strips, changed ground."""
    layers: dict[str, gpd.GeoDataFrame] = {}
    if found.severance is not None:
        layers |= severance_layers(found.severance)
        if found.land is not None:
            layers["remainders"] = _remainders(layers["remainders"], found.land.take)
    if found.strips is not None:
        layers |= strips_layers(found.strips)
    if found.changes is not None:
        layers |= changes_layers(found.changes)
    return layers


def _object_layers(found: Assessment) -> dict[str, gpd.GeoDataFrame]:
    frames = found.inputs.frames
    layers: dict[str, gpd.GeoDataFrame] = {}
    structures = frames.get("structures")
    if _drawn(structures) and found.structures is not None:
        layers["structures"] = _structures(structures, found.structures)
    if found.crossings is not None:
        layers["crossings"] = found.crossings
    layers |= holder_layers(found)
    cemeteries = frames.get("cemeteries")
    if _drawn(cemeteries):
        layers["cemeteries"] = cemeteries
        if found.graves is not None:
            sites = pd.DataFrame(found.graves.plan["sites"])[["cemetery_id", *_ROOM]]
            plain = cemeteries.drop(columns=[name for name in _ROOM if name in cemeteries])
            layers["cemeteries"] = plain.merge(sites, on="cemetery_id", how="left")
    return layers


_ROOM = ("capacity_count", "assigned_count", "room_count")


def _structures(frame: gpd.GeoDataFrame, measured: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the structures with what is taken, and in which place; its own commune elsewhere."""
    taken = measured[["structure_id", "taken", "affected_area_m2", *PLACES]]
    plain = frame.drop(columns=[name for name in PLACES if name in frame])
    joined = plain.merge(taken, on="structure_id", how="left")
    joined["taken"] = joined["taken"].eq(True).map(yes_no)
    joined.loc[joined["taken"] == "no", "affected_area_m2"] = 0.0
    if "commune_id" in frame:
        own = frame["commune_id"].to_numpy()
        joined["commune_id"] = joined["commune_id"].where(joined["taken"] == "yes", own)
    return joined


def _remainders(pieces: gpd.GeoDataFrame, take: LandTake) -> gpd.GeoDataFrame:
    """Return the pieces left with the commune of their parcel and where most of it is taken."""
    communes = pd.DataFrame(take.parcels[["parcel_id", "commune_id"]])
    places = communes.merge(main_places(take), on="parcel_id", how="left")
    return pieces.merge(places, on="parcel_id", how="left")


def _blockers(blockers: Sequence[dict[str, Any]], ground: Ground) -> gpd.GeoDataFrame:
    """Return blockers that lie along an alignment as lines on it, zones only where they differ."""
    axes = {axis.alignment_id: axis for axis in ground.axes}
    placed = [
        blocker
        for blocker in blockers
        if blocker["alignment_id"] in axes and blocker["from_measure_m"] is not None
    ]
    shapes = [
        chainage.line_between(axes[row["alignment_id"]], row["from_measure_m"], row["to_measure_m"])
        for row in placed
    ]
    frame = pd.DataFrame(placed)
    if all(len(axis.zones) == 1 for axis in ground.axes):
        frame = frame.drop(columns=["from_zone", "to_zone"], errors="ignore")
    drawn = gpd.GeoDataFrame(frame, geometry=shapes, crs=ground.right_of_way.crs)
    return drawn[shapely.length(drawn.geometry.to_numpy()) > 0] if len(drawn) else drawn
