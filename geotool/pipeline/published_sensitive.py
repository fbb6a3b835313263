"""An assessment without what is for the profile internal only: sensitive layers and rows."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd

from geotool import schema
from geotool.border.landmarks import BUILT, road_statuses
from geotool.pipeline.assess import Assessment
from geotool.pipeline.landmarks import Access
from geotool.schema import Problem
from geotool.share.redaction import holds_phrase, sensitive_rows

Keys = Mapping[str, Collection[str]]  # by layer, the keys of its hidden rows

_DRAWN = {"utilities": "crossings", "quarries": "quarries", "graves": "graves"}
_ROADS, _ROAD = "landmark_roads", "landmark_road_id"


def leave_out_sensitive(found: Assessment) -> Assessment:
    """Return an assessment without the layers and rows that are for the profile internal only.

    Roads no longer drawn or listed still serve their landmarks, whose distance to such a road is
    unknown. Problems of them, or that name them, are left out.
    """
    root = found.inputs.project.root
    frames: dict[str, Any] = {}
    hidden: dict[str, set[str]] = {}
    shown: set[str] = set()
    for name, frame in found.inputs.frames.items():
        own = schema.load_schema(name, project_dir=root)
        rows = sensitive_rows(frame, own)
        if not own.sensitive:
            frames[name] = frame[~rows].reset_index(drop=True) if rows.any() else frame
        if own.key in frame:
            hidden[name] = set(frame.loc[rows, own.key].astype(str))
            shown |= set(frame.loc[~rows, own.key].astype(str))
    gone = set(found.inputs.frames) - set(frames)
    if not gone and not any(hidden.values()):
        return found
    reports = {name: report for name, report in found.inputs.reports.items() if name in frames}
    problems = [one for one in found.problems if one.layer not in gone]
    problems = _silent(problems, hidden, shown, found)
    inputs = replace(found.inputs, frames=frames, reports=reports)
    parts = _measured_parts(found, gone, hidden)
    return replace(found, inputs=inputs, problems=problems, **parts)


def told_by_roads(found: Assessment) -> frozenset[str]:
    """Return the figures that count a road for internal only, or what was given for one.

    The roads listed one by one would tell of it as the rest of these; ``totals.column`` names a
    figure that is a sum in the totals alone.
    """
    frame = found.inputs.get(_ROADS)
    if frame is None or found.landmarks is None:
        return frozenset()
    own = schema.load_schema(_ROADS, project_dir=found.inputs.project.root)
    hidden = sensitive_rows(frame, own)
    told = set[str]()
    if (hidden & (road_statuses(frame) == BUILT).to_numpy()).any():
        told |= {"road_km", "road_count"}
    gifts = found.inputs.get("contributions")
    if gifts is not None and _ROAD in gifts:
        codes = set(frame.loc[hidden, _ROAD].astype(str))
        told |= {"totals.contributed_vnd"} if gifts[_ROAD].astype(str).isin(codes).any() else set()
    return frozenset(told)


def _silent(
    problems: Iterable[Problem], hidden: Keys, shown: Collection[str], found: Assessment
) -> list[Problem]:
    """Return the problems that neither are about a hidden row nor name one.

    A key without letters, such as 7, or that a row shown has too, is looked for in the words
    about its own layer only.
    """
    root = found.inputs.project.root
    keys = set().union(*hidden.values()).difference(shown)
    words = {key for key in keys if re.search(r"[^\W\d]", key)}
    plain = re.compile(_any_of(words))
    patterns = {name: re.compile(_any_of({*words, *keys})) for name, keys in hidden.items()}
    schemas = {name: schema.load_schema(name, project_dir=root) for name in hidden}

    def is_silent(one: Problem) -> bool:
        text = f"{one.key} {one.place} {one.message}"
        if one.layer in schemas and holds_phrase(text, schemas[one.layer]):
            return False
        named = any(key in hidden.get(layer, ()) for layer, key in one.names)
        return not named and not patterns.get(one.layer, plain).search(text)

    return [one for one in problems if is_silent(one)]


def _any_of(words: Collection[str]) -> str:
    """Return a pattern of any of some words by themselves, of nothing where there are none."""
    return rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(words)))})(?!\w)" if words else r"(?!)"


def _measured_parts(found: Assessment, gone: set[str], hidden: Keys) -> dict[str, Any]:
    """Return what was measured on sensitive layers and rows, without them."""
    parts: dict[str, Any] = {field: None for layer, field in _DRAWN.items() if layer in gone}
    if found.crossings is not None and "utilities" not in gone:
        parts["crossings"] = _without(found.crossings, "utility_id", hidden.get("utilities"))
    if found.landmarks is not None:
        parts["landmarks"] = None if "landmarks" in gone else _fewer(found.landmarks, hidden)
    return parts


def _without(frame: gpd.GeoDataFrame, key: str, hidden: Collection[str] | None) -> gpd.GeoDataFrame:
    return frame if not hidden else frame[~frame[key].astype(str).isin(hidden)]


def _fewer(access: Access, hidden: Keys) -> Access:
    """Return the state of access without hidden landmarks, roads and distances to these."""
    roads = hidden.get(_ROADS, ())
    listed = [row for row in access.summary["roads"] if row[_ROAD] not in roads]
    landmarks = _without(access.landmarks, "landmark_id", hidden.get("landmarks"))
    nearest = zip(landmarks["road_layer"], landmarks["road_id"], strict=True)
    told = [road in hidden.get(layer, ()) for layer, road in nearest]
    blank = {"road_layer": None, "road_id": None, "distance_m": float("nan")}
    landmarks = landmarks.assign(
        **{name: landmarks[name].mask(told, value) for name, value in blank.items()}
    )
    return replace(access, landmarks=landmarks, summary={**access.summary, "roads": listed})
