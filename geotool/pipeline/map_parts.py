"""The features of a map divided by place, so that what a filter leaves adds up as the tables do."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geotool.affected.holders import HolderTake
from geotool.affected.parcels import LandTake, divide_by_basis
from geotool.affected.take import BASIS_AREAS
from geotool.pipeline.assess import Assessment
from geotool.pipeline.land import Land

PLACES = ("commune_id", "section_id", "alignment_id")


def make_parts(
    found: Assessment, frames: Mapping[str, gpd.GeoDataFrame]
) -> dict[str, pd.DataFrame]:
    """Return the parts of the layers whose features lie in several places.

    Parameters
    ----------
    found
        The assessment.
    frames
        The layers made of it.

    Returns
    -------
    dict
        By layer: ``row`` (place of the feature in its frame, from 0), ``PLACES``, for land take
        ``basis`` where not all land is recovered, and the areas in m2, weighted and unrounded:
        they add up to the tables by commune, by section and in total. Ground that several
        communes claim is taken back by parts of the commune ``shared``.
    """
    parts: dict[str, pd.DataFrame] = {}
    land = found.land
    if land is not None and "land_take" in frames:
        parts["land_take"] = _land_parts(land.take)
    for name in ("households", "organisations"):
        if land is not None and name in frames:
            parts[name] = _holder_parts(land, getattr(land, name), frames[name])
    if found.ground is not None and "blockers" in frames:
        parts["blockers"] = _stretch_parts(frames["blockers"], found.ground.sections)
    return parts


def main_places(take: LandTake) -> pd.DataFrame:
    """Return parcel_id, section_id and alignment_id of the largest part of each touched parcel."""
    parts = pd.DataFrame(take.parts.drop(columns="geometry"))
    claimed = parts[parts["weight"] > 0]
    largest = claimed.sort_values("affected_area_m2", ascending=False, kind="stable")
    columns = ["parcel_id", "section_id", "alignment_id"]
    return largest.drop_duplicates("parcel_id")[columns].reset_index(drop=True)


def _land_parts(take: LandTake) -> pd.DataFrame:
    rows = pd.DataFrame(take.parts.drop(columns="geometry"))
    rows["row"] = pd.Index(take.parcels["parcel_id"]).get_indexer(rows["parcel_id"])
    columns = ["row", *PLACES]
    areas = ["affected_area_m2"]
    if take.by_basis:
        rows = rows.join(divide_by_basis(rows))
        columns, areas = [*columns, "basis"], [*areas, *BASIS_AREAS]
    return _filled(rows[[*columns, *areas]])


def _holder_parts(land: Land, take: HolderTake, frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the holders by place; one that loses nothing is a part of where it stands."""
    areas = ["affected_area_m2", *(BASIS_AREAS if land.take.by_basis else ())]
    rows = take.places.assign(row=pd.Index(frame[take.key]).get_indexer(take.places[take.key]))
    rows = _filled(rows[rows["row"] >= 0][["row", *PLACES, *areas]])
    rows = rows.groupby(["row", *PLACES], as_index=False, sort=False).sum()
    rest = np.setdiff1d(np.arange(len(frame)), rows["row"])
    other = pd.DataFrame({"row": rest, **dict.fromkeys(PLACES, ""), **dict.fromkeys(areas, 0.0)})
    for name in (name for name in PLACES if name in frame):
        other[name] = frame[name].to_numpy(dtype=object)[rest]
    return _filled(pd.concat([rows, other], ignore_index=True).sort_values("row", kind="stable"))


def _stretch_parts(frame: gpd.GeoDataFrame, sections: pd.DataFrame) -> pd.DataFrame:
    """Return the sections that each range of measures of an alignment runs through."""
    found = [pd.DataFrame({"row": [], "section_id": [], "alignment_id": []}, dtype=object)]
    for key, table in sections.groupby("alignment_id", sort=False):
        ordered = table.sort_values("from_measure_m")
        rows = np.flatnonzero(frame["alignment_id"] == key)
        ends = frame[["from_measure_m", "to_measure_m"]].to_numpy(dtype=np.float64)[rows]
        first = np.searchsorted(ordered["to_measure_m"], ends[:, 0], side="right")
        count = np.searchsorted(ordered["from_measure_m"], ends[:, 1], side="left") - first
        start = np.repeat(first - np.cumsum(count) + count, count)
        names = ordered["section_id"].to_numpy()[start + np.arange(count.sum())]
        own = {"row": np.repeat(rows, count), "section_id": names, "alignment_id": key}
        found.append(pd.DataFrame(own))
    parts = pd.concat(found, ignore_index=True).sort_values("row", kind="stable")
    return _filled(parts.astype({"row": np.intp}))


def _filled(rows: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in (*PLACES, "basis") if name in rows]
    return rows.assign(**{name: rows[name].fillna("") for name in keys}).reset_index(drop=True)
