"""An assessment as the public may see it: by published cells, the right of way as a whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd

from geotool.affected.holders import HolderTake
from geotool.pipeline.assess import Assessment
from geotool.pipeline.graves import GraveDemand
from geotool.pipeline.ground import Ground
from geotool.pipeline.handover import Handover
from geotool.pipeline.land import Land
from geotool.pipeline.landmarks import Access
from geotool.route.takings import read_basis
from geotool.share.published import COMMUNE, SECTION, Step

Frame = TypeVar("Frame", bound=pd.DataFrame)
Codes = Mapping[str, Mapping[str, str]]  # by column, the published code of each code

_FLAGS = ["affected", "relocated", "residential"]


def by_published_cells(found: Assessment, step: Step, homes: pd.DataFrame) -> Assessment:
    """Return an assessment whose sections and communes are the published ones.

    Parameters
    ----------
    found
        The assessment.
    step
        The partition in force.
    homes
        person, section_id, commune_id: where each household counts, and nowhere else, so that
        no row takes repeats back.
    """
    codes = _codes(step)
    titles = {choice.published_id: choice.title for choice in step.of(COMMUNE).values()}
    frames = {name: _coded(frame, codes) for name, frame in found.inputs.frames.items()}
    if "communes" in frames:
        frames["communes"] = _dissolved(frames["communes"], titles)
    if "sections" in frames:
        frames["sections"] = found.inputs.frames["sections"]
    parts: dict[str, Any] = {
        name: _coded(frame, codes)
        for name in ("structures", "crossings")
        if (frame := getattr(found, name)) is not None
    }
    changes: dict[str, Any] = {
        "ground": _ground,
        "graves": _graves,
        "landmarks": _access,
        "handover": _handover,
    }
    parts |= {
        name: change(part, codes)
        for name, change in changes.items()
        if (part := getattr(found, name)) is not None
    }
    if found.land is not None:
        parts["land"] = _land(found.land, codes, homes)
    return replace(found, inputs=replace(found.inputs, frames=frames), **parts)


def without_rows(found: Assessment, *, by_basis: bool) -> Assessment:
    """Return an assessment whose right of way is drawn as a whole: no rows, their ids and minutes.

    One row an alignment, and a version where the layer holds several; and, where asked for, a
    basis.
    """
    frames = dict(found.inputs.frames)
    ground = found.ground
    keys = ["basis"] if by_basis else []
    if "right_of_way" in frames:
        rows = frames["right_of_way"]
        rows = rows.assign(basis=read_basis(rows))
        frames["right_of_way"] = _whole(rows, ["version", "alignment_id", *keys])
    ground = None if ground is None else as_one(ground, keys)
    return replace(found, inputs=replace(found.inputs, frames=frames), ground=ground)


def as_one(ground: Ground, keys: Sequence[str] = ()) -> Ground:
    """Return ground whose right of way is one area an alignment, and what else is asked for."""
    return replace(ground, right_of_way=_whole(ground.section_cells, ["alignment_id", *keys]))


def published_places(frame: Frame, step: Step) -> Frame:
    """Return a frame whose section_id and commune_id are the published ones."""
    return _coded(frame, _codes(step))


def _codes(step: Step) -> Codes:
    return {f"{kind}_id": step.names(kind) for kind in (SECTION, COMMUNE)}


def _whole(rows: gpd.GeoDataFrame, keys: list[str]) -> gpd.GeoDataFrame:
    """Return the ground of rows as one area a group of keys, those that are there."""
    own = [name for name in keys if name in rows]
    plain = rows[[*own, "geometry"]]
    areas = plain.dissolve(own or None, as_index=False, sort=False, dropna=False)
    names = [str(number) for number in range(1, len(areas) + 1)]
    return areas[[*own, "geometry"]].assign(right_of_way_id=names)


def _coded(frame: Frame, codes: Codes) -> Frame:
    """Return a frame with the published codes of its sections and communes."""
    made = frame
    for column, code_of in codes.items():
        if column in frame:
            coded = frame[column].map(code_of)
            made = made.assign(**{column: coded.where(coded.notna(), frame[column])})
    return made


def _dissolved(communes: gpd.GeoDataFrame, titles: Mapping[str, str]) -> gpd.GeoDataFrame:
    """Return the communes with those published together as one area of joined names."""
    if not communes["commune_id"].duplicated().any():
        return communes
    areas = communes.dissolve("commune_id", as_index=False, sort=False)[list(communes.columns)]
    if "commune_name" not in areas:
        return areas
    names = areas["commune_id"].map(titles)
    return areas.assign(commune_name=names.where(names.notna(), areas["commune_name"]))


def _ground(ground: Ground, codes: Codes) -> Ground:
    keys = ["alignment_id", "section_id"]
    ends = {"from_measure_m": "min", "to_measure_m": "max"}
    sections = _coded(ground.sections, codes)
    joined = sections.groupby(keys, sort=False).agg(ends).reset_index()
    return replace(
        ground,
        sections=joined[list(sections.columns)],
        section_cells=_coded(ground.section_cells, codes),
        cells=_coded(ground.cells, codes),
    )


def _land(land: Land, codes: Codes, homes: pd.DataFrame) -> Land:
    parts = _counted_at_largest(land.take.parts)
    take = replace(land.take, parts=_coded(parts, codes), cells=_coded(land.take.cells, codes))
    households = _counted_once(land.households, homes)
    organisations = land.organisations
    return replace(
        land,
        take=take,
        households=replace(households, places=_coded(households.places, codes)),
        organisations=replace(organisations, places=_coded(organisations.places, codes)),
    )


def _counted_at_largest(parts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the parts of parcels with weight 1 where each parcel counts: its largest part."""
    claimed = parts.reset_index(drop=True)
    largest = claimed[claimed["weight"] > 0].sort_values(
        "affected_area_m2", ascending=False, kind="stable"
    )
    counted = claimed.index.isin(largest.drop_duplicates("parcel_id").index)
    return claimed.assign(weight=counted.astype(np.int64))


def _counted_once(take: HolderTake, homes: pd.DataFrame) -> HolderTake:
    """Return households that count in one place only, with all that is true of them."""
    keys = [take.key, "section_id", "commune_id"]
    at_home = homes.rename(columns={"person": take.key}).assign(home=True)
    places = take.places.reset_index(drop=True)
    plain = places[keys].fillna("").merge(at_home, on=keys, how="left")
    here = plain["home"].eq(True).to_numpy() & (places["weight"] > 0).to_numpy()
    flags = take.holders.set_index(take.key)[_FLAGS]
    whole = flags.reindex(places[take.key]).to_numpy(dtype=bool) & here[:, None]
    counted = places.assign(**{name: whole[:, place] for place, name in enumerate(_FLAGS)})
    return replace(take, places=counted)


def _graves(found: GraveDemand, codes: Codes) -> GraveDemand:
    return replace(found, graves=_coded(found.graves, codes))


def _access(found: Access, codes: Codes) -> Access:
    summary = {**found.summary, "groups": _summed(found.summary["groups"], "commune_id", codes)}
    return replace(found, landmarks=_coded(found.landmarks, codes), summary=summary)


def _handover(found: Handover, codes: Codes) -> Handover:
    summary = {**found.summary, "groups": _summed(found.summary["groups"], "section_id", codes)}
    if found.pieces is None:
        return replace(found, summary=summary)
    keys = ["alignment_id", "section_id", "side", "state"]
    pieces = _coded(found.pieces, codes)[[*keys, "geometry"]]
    joined = pieces.dissolve(keys, as_index=False, sort=False, dropna=False)
    return replace(found, summary=summary, pieces=joined[list(pieces.columns)])


def _summed(rows: list[dict[str, Any]], key: str, codes: Codes) -> list[dict[str, Any]]:
    """Return records added up by published code: figures summed, ends the first and the last."""
    made: dict[tuple[object, object], dict[str, Any]] = {}
    for row in rows:
        code = codes[key].get(row[key], row[key])
        place = (code, row.get("alignment_id"))
        if place not in made:
            made[place] = {**row, key: code}
            continue
        mine = made[place]
        for name, value in row.items():
            if name.startswith("to_"):
                mine[name] = value
            elif name.endswith(("_count", "_km")) and value is not None:
                mine[name] = value + (mine[name] or 0)
    return list(made.values())
