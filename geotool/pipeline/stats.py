"""The project's one table: everything by commune, section or land type, and in total."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geotool.affected import holders, sums, totals
from geotool.affected.parcels import LandTake
from geotool.affected.take import BASIS_AREAS
from geotool.communes import units as communes
from geotool.pipeline.affected_rows import records
from geotool.pipeline.answer import Answer
from geotool.pipeline.assess import BASIS_TOTALS, Assessment, assess
from geotool.pipeline.inputs import date_where_needed, open_project
from geotool.route import alignment
from geotool.share.tables import Kind, Table, TableColumn

_KEYS = {"commune": "commune_id", "section": "section_id"}
KINDS: dict[str, Kind] = {
    "length_m": "length_m",
    "corridor_area_m2": "area_m2",
    "affected_area_m2": "area_m2",
    "overlap_area_m2": "area_m2",
    "uncovered_area_m2": "area_m2",
    **dict.fromkeys((*BASIS_AREAS, "compensable_area_m2"), "area_m2"),
    **dict.fromkeys(("additional_area_m2", "given_back_area_m2"), "area_m2"),
    **dict.fromkeys(("residual_area_m2", "strip_area_m2", "restricted_area_m2"), "area_m2"),
    "alignment_length_m": "length_m",
    "road_km": "length_km",
    "border_km": "length_km",
    "total_km": "length_km",
    "handed_over_km": "length_km",
    "longest_clear_km": "length_km",
    "contributed_vnd": "vnd",
}
_TEXT = (
    "parcel_id",
    "commune_id",
    "commune_name",
    "section_id",
    "land_type",
    "alignment_id",
    "basis",
)


def tabulate(folder: Path, *, by: Sequence[str], on: str | None) -> Answer:
    """Answer ``stats`` for a project; exit code 5 when the areas do not reconcile.

    Without ``by`` the groups are communes, where the project has them.
    """
    inputs = open_project(folder)
    found = assess(inputs, on=date_where_needed(inputs, on))
    keys = list(by)
    if not keys and inputs.get("communes") is not None:
        keys = ["commune"]
    data = {
        "totals": found.totals,
        "reconciles": found.reconciles,
        "groups": group(found, keys) if keys else [],
        "unconfirmed_rules": _unconfirmed(found),
    }
    groups = (group_table(found, keys),) if keys else ()
    tables = (totals_table(found), *groups, *_unconfirmed_table(found))
    return Answer(
        data,
        tables=tables,
        problems=found.problems,
        exit_code=0 if found.reconciles else 5,
        language=inputs.project.language,
        project_dir=inputs.project.root,
    )


def totals_table(found: Assessment) -> Table:
    """Return the headline figures, one below the other.

    Figures by basis are shown where not all of the land is recovered.
    """
    plain = found.land is None or not found.land.take.by_basis
    hidden = BASIS_TOTALS if plain else ()
    totals_of = {name: value for name, value in found.totals.items() if name not in hidden}
    columns = tuple(TableColumn(name, KINDS.get(name, "count")) for name in totals_of)
    return Table("totals", columns, [totals_of], vertical=True)


def _unconfirmed(found: Assessment) -> list[dict[str, str]]:
    """Return the rules that the figures follow and nobody compared with the text in force."""
    return [
        {"rule": rule.name, "citation": rule.citation} for rule in found.rules if not rule.confirmed
    ]


def _unconfirmed_table(found: Assessment) -> tuple[Table, ...]:
    columns = (TableColumn("rule", "rule"), TableColumn("citation"))
    rows = _unconfirmed(found)
    return (Table("unconfirmed_rules", columns, rows),) if rows else ()


def group_table(found: Assessment, by: Sequence[str]) -> Table:
    """Return the project's table by one or several groupings, the total computed on its own."""
    groups = group(found, by)
    names = [
        name
        for name in dict.fromkeys(name for row in groups for name in row)
        if any(row.get(name) is not None for row in groups)
    ]
    columns = tuple(
        TableColumn(name, "value" if name in _TEXT else KINDS.get(name, "count")) for name in names
    )
    name = f"land_take_by_{by[0]}" if len(by) == 1 else "land_take_by_group"
    return Table(name, columns, groups, total=_total(found, names))


def group(found: Assessment, by: Sequence[str]) -> list[dict[str, Any]]:
    """Return the groups: land take, and by one commune or section also people and lengths.

    Rows ``overlap`` and ``uncovered`` hold ground claimed twice and by nobody; ``outside``
    and ``shared`` what no commune and what several claim, and what was counted in several
    rows: every column adds up to its total.
    """
    frames = []
    if found.land is not None:
        frames.append(_land_frame(found.land.take, by))
    if len(by) == 1 and by[0] in _KEYS:
        frames = [*_length_frames(found, by[0]), *frames, *_people_frames(found, by[0])]
    if not frames:
        return []
    keys = sums.group_keys(by)
    joined = frames[0]
    for frame in frames[1:]:
        joined = joined.merge(frame, on=keys, how="outer", sort=False)
    filled = _filled(totals.sort_groups(joined, keys), keys)
    return records(_with_names(found, filled))


def _land_frame(take: LandTake, by: Sequence[str]) -> pd.DataFrame:
    """Return the land take by group, parcels of several groups taken back in ``shared``."""
    keys = sums.group_keys(by)
    rows = totals.group_land_take(take, by).rename(columns={"affected_count": "parcel_count"})
    classes = take.parcels["take_class"]
    repeats = {
        "parcel_count": len(classes) - rows["parcel_count"].sum(),
        "full_count": (classes == "full").sum() - rows["full_count"].sum(),
        "partial_count": (classes == "partial").sum() - rows["partial_count"].sum(),
    }
    if not any(repeats.values()):
        return rows
    back = pd.DataFrame([{**dict.fromkeys(keys, ""), keys[0]: "shared", **repeats}])
    every = pd.concat([rows, back], ignore_index=True)
    return every.groupby(keys, sort=False).sum(min_count=1).reset_index()


def _filled(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return the joined groups with 0 where a figure found nothing, and counts as integers.

    A column without any figure stays empty: there is nothing to count it from.
    """
    filled = rows.copy()
    for name in rows.columns:
        if name in keys or rows[name].isna().all():
            continue
        kind = np.int64 if KINDS.get(name, "count") in ("count", "vnd") else np.float64
        filled[name] = rows[name].fillna(0).astype(kind)
    return filled


def _length_frames(found: Assessment, by: str) -> list[pd.DataFrame]:
    axes = found.axes
    if not axes:
        return []
    if by == "section":
        lengths = alignment.measure_section_lengths(found.sections)
        rows = found.sections[["section_id"]].assign(length_m=lengths)
        return [rows.groupby("section_id", as_index=False, sort=False).sum()]
    shapes = found.inputs.get("communes")
    if shapes is None or shapes.empty:
        return []
    lines = alignment.make_axis_lines(axes, shapes.crs)
    return [communes.lengths_by_commune(lines, shapes)[["commune_id", "length_m"]]]


def _people_frames(found: Assessment, by: str) -> list[pd.DataFrame]:
    key = _KEYS[by]
    frames = []
    if found.land is not None:
        for take, prefix in (
            (found.land.households, "household"),
            (found.land.organisations, "organisation"),
        ):
            counts = holders.group_households(take, by).rename(
                columns={"affected_count": f"{prefix}_count"}
            )
            kept = [f"{prefix}_count"]
            kept += ["relocated_count", "residential_count"] if prefix == "household" else []
            frames.append(counts[[key, *kept]])
    if found.structures is not None:
        counted = found.structures.groupby(key).size().rename("structure_count")
        frames.append(counted.reset_index())
    if found.graves is not None:
        graves = pd.DataFrame(found.graves.groups(key), columns=[key, "right_of_way_count"])
        graves = graves.rename(columns={"right_of_way_count": "grave_right_of_way_count"})
        frames.append(graves.fillna({key: ""}))
    if found.landmarks is not None and by == "commune":
        frames.append(pd.DataFrame(found.landmarks.summary["groups"]))
    return frames


def _with_names(found: Assessment, rows: pd.DataFrame) -> pd.DataFrame:
    shapes = found.inputs.get("communes")
    if shapes is None or "commune_id" not in rows or "commune_name" not in shapes:
        return rows
    names = dict(zip(shapes["commune_id"], shapes["commune_name"], strict=True))
    place = list(rows.columns).index("commune_id") + 1
    rows = rows.copy()
    rows.insert(place, "commune_name", rows["commune_id"].map(names))
    return rows


def _total(found: Assessment, names: Sequence[str]) -> dict[str, Any]:
    every = found.totals
    every["length_m"] = every.get("alignment_length_m")
    return {name: every[name] for name in names if name in every}
