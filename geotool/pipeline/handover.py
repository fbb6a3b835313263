"""What is handed over on a date, and what blocks the rest?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geotool import rules, sources
from geotool.affected import features, holdings, parcels
from geotool.errors import ProjectError, UsageError
from geotool.pipeline import axes as axes_of
from geotool.pipeline.answer import Answer
from geotool.pipeline.axes import ChainageTables
from geotool.pipeline.ground import Ground, lay_ground, make_axes
from geotool.pipeline.inputs import Inputs, open_project, statement_date
from geotool.pipeline.land import Land, take_land, take_structures
from geotool.progress import blockers, events, handover
from geotool.progress.handover import HandoverParts
from geotool.route import alignment, chainage, corridor
from geotool.route.alignment import Axis
from geotool.schema import Problem
from geotool.share.tables import Table, TableColumn
from geotool.sources import ReadOptions

_ENDS = ("from", "from_zone", "to", "to_zone")


@dataclass(frozen=True)
class HandoverOptions:
    """A register of events with its axis, or a project; and the date."""

    events: str | None = None
    alignment: str | None = None
    project: Path | None = None
    on: str | None = None
    src_crs: str | None = None
    equations: str | None = None
    posts: str | None = None


@dataclass(frozen=True)
class Handover:
    """The state of the handover.

    Parameters
    ----------
    summary
        handed_over_km, total_km, longest_clear_km, blockers[], households, area_ha, ...
    pieces
        The right of way by side with ``state`` handed_over or not_handed_over; None without
        a right of way.
    problems
        Notices and findings of the register.
    """

    summary: Mapping[str, Any]
    pieces: gpd.GeoDataFrame | None
    problems: Sequence[Problem]


def measure_handover(options: HandoverOptions) -> Answer:
    """Answer ``handover`` for a project or for a register with its axis.

    Raises
    ------
    UsageError
        When neither is given, or no date.
    DataError
        When an event has no place on the axis; all such events are named.
    """
    if options.events is not None:
        return _from_files(options.events, options)
    if options.project is None:
        raise UsageError(
            "Neither EVENTS nor --project was given.", remedy="Name one of them, and --on DATE."
        )
    _require_own_layers(options)
    inputs = open_project(options.project)
    inputs.require("events", "the handover")
    on = statement_date(inputs.project, options.on)
    ground = lay_ground(inputs)
    land = None
    if ground is not None:
        land = take_land(inputs, ground, take_structures(inputs, ground))
    found = assess_handover(inputs, ground, land, on=on)
    if found is None:
        raise ProjectError(
            f"{inputs.project.root / 'geotool.toml'}: the project has no alignments.",
            remedy="Add a line alignments = ... under [layers].",
        )
    return Answer(
        {"on": on, **found.summary},
        tables=handover_tables(found),
        problems=[*inputs.problems, *found.problems],
        language=inputs.project.language,
        project_dir=inputs.project.root,
    )


def _require_own_layers(options: HandoverOptions) -> None:
    """Refuse files beside a project: it has its own, and these would not be looked at."""
    given = {
        "--alignment": options.alignment,
        "--equations": options.equations,
        "--posts": options.posts,
        "--src-crs": options.src_crs,
    }
    needless = [name for name, value in given.items() if value is not None]
    if needless:
        raise UsageError(
            f"{', '.join(needless)} has no effect on a project: its own layers are used.",
            remedy="Leave it out, or name EVENTS as a file; layers stand in geotool.toml.",
        )


def assess_handover(
    inputs: Inputs, ground: Ground | None, land: Land | None, *, on: str
) -> Handover | None:
    """Return the state of a project's handover, None without events or alignments."""
    register = inputs.get("events")
    axes = ground.axes if ground is not None else make_axes(inputs)
    if register is None or not axes:
        return None
    rule = rules.load_handover_rules(project_dir=inputs.project.root)
    log = events.read_events(register, axes, rule, on=on)
    clearances = handover.clear_intervals(log, axes)
    sections = alignment.make_sections(axes, table=inputs.get("sections"))
    if ground is None:
        found = HandoverParts(blockers=blockers.list_blockers(clearances, log), sections=sections)
        return Handover(handover.summarise_handover(clearances, found), None, log.problems)
    clear = corridor.cut_ranges(ground.right_of_way, axes, handover.clear_ranges(clearances))
    clear = clear[~clear.geometry.is_empty].reset_index(drop=True)
    area = handover.measure_area(ground.right_of_way, clear, tolerances=inputs.tolerances)
    holders = None
    if land is not None:
        rows = _affected_rows(inputs, ground, land, clear)
        holders = blockers.measure_holders(rows, log, tolerances=inputs.tolerances)
    parts = HandoverParts(
        area_ha=area,
        households=None if holders is None else holders.household_counts,
        blockers=blockers.list_blockers(clearances, log, holders),
        sections=sections,
    )
    summary = handover.summarise_handover(clearances, parts)
    return Handover(summary, _pieces(inputs, ground, clear), log.problems)


def handover_tables(found: Handover) -> tuple[Table, ...]:
    """Return the totals, the sections and the blockers."""
    return totals_table(found), sections_table(found), blockers_table(found)


def totals_table(found: Handover) -> Table:
    """Return the headline figures of the handover."""
    summary = found.summary
    row = {
        **{name: summary[name] for name in ("total_km", "handed_over_km", "longest_clear_km")},
        **{f"longest_clear_{name}": summary["longest_clear"][name] for name in _ENDS},
        "total_area_ha": summary["area_ha"].get("total"),
        "handed_over_area_ha": summary["area_ha"].get("handed_over"),
        "household_affected_count": summary["households"].get("affected"),
        "household_handed_over_count": summary["households"].get("handed_over"),
    }
    columns = (
        TableColumn("total_km", "length_km"),
        TableColumn("handed_over_km", "length_km"),
        TableColumn("longest_clear_km", "length_km"),
        *_end_columns(summary, "longest_clear_"),
        TableColumn("total_area_ha", "area_ha"),
        TableColumn("handed_over_area_ha", "area_ha"),
        TableColumn("household_affected_count", "count"),
        TableColumn("household_handed_over_count", "count"),
    )
    return Table("handover", columns, [row])


def sections_table(found: Handover) -> Table:
    """Return what is handed over in each section."""
    columns = (
        TableColumn("section_id"),
        TableColumn("total_km", "length_km"),
        TableColumn("handed_over_km", "length_km"),
        TableColumn("left_km", "length_km"),
        TableColumn("right_km", "length_km"),
    )
    names = ("total_km", "handed_over_km", "left_km", "right_km")
    total = {name: found.summary[name] for name in names}
    return Table("handover_by_section", columns, found.summary["groups"], total=total)


def blockers_table(found: Handover) -> Table:
    """Return what is not handed over, along the alignments."""
    columns = (
        TableColumn("subject", "value"),
        TableColumn("subject_id"),
        TableColumn("alignment_id"),
        *_end_columns(found.summary),
        TableColumn("side", "value"),
        TableColumn("state", "value"),
        TableColumn("cause"),
        TableColumn("document_no"),
    )
    return Table("blockers", columns, found.summary["blockers"])


def _end_columns(summary: Mapping[str, Any], lead: str = "") -> tuple[TableColumn, ...]:
    """Return the columns of the ends of a range, with their zones where there are several."""
    several = any(group["to_zone"] > 1 for group in summary["groups"])
    return tuple(
        TableColumn(f"{lead}{name}", "count", f"columns.{name}")
        if name.endswith("_zone")
        else TableColumn(f"{lead}{name}")
        for name in _ENDS
        if several or not name.endswith("_zone")
    )


def _from_files(source: str, options: HandoverOptions) -> Answer:
    if options.alignment is None:
        raise UsageError("--alignment FILE is missing.", remedy="Name the axis of the events.")
    if options.on is None:
        raise UsageError("No date was given.", remedy="Add --on YYYY-MM-DD.")
    tables = ChainageTables(options.equations, options.posts)
    found = axes_of.read_axes(options.alignment, src_crs=options.src_crs, tables=tables)
    register = sources.read_layer(source, "events", ReadOptions())
    log = events.read_events(register.frame, found.axes, rules.load_handover_rules(), on=options.on)
    clearances = handover.clear_intervals(log, found.axes)
    parts = HandoverParts(
        blockers=blockers.list_blockers(clearances, log),
        sections=alignment.make_sections(found.axes),
    )
    result = Handover(handover.summarise_handover(clearances, parts), None, log.problems)
    problems = [*found.problems, *register.report.problems, *log.problems]
    data = {"on": options.on, **result.summary}
    return Answer(data, tables=handover_tables(result), problems=problems)


def _affected_rows(
    inputs: Inputs, ground: Ground, land: Land, clear: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return one row a touched parcel, alignment and holder with its clear share and place."""
    parts = land.take.parts[land.take.parts["weight"] > 0]
    pieces = parts.dissolve(["parcel_id", "alignment_id"], as_index=False, sort=True)
    pieces = pieces[["parcel_id", "alignment_id", "geometry"]]
    shares = _clear_shares(land, clear, inputs)
    placed = _placed(pieces, ground.axes)
    placed["clear_share"] = placed["parcel_id"].map(shares).fillna(0.0)
    held = land.holdings[["holder_id", "holder_kind", "parcel_id"]].drop_duplicates()
    rows = pd.DataFrame(placed.drop(columns="geometry")).merge(held, on="parcel_id", how="left")
    every = pd.concat([rows, _structure_rows(inputs, land, ground, clear)], ignore_index=True)
    donors = land.households.donors[land.households.key]
    uncounted = every["holder_id"].isin({*land.households.unlisted, *donors})
    return every.assign(holder_id=every["holder_id"].mask(uncounted))


def _clear_shares(land: Land, clear: gpd.GeoDataFrame, inputs: Inputs) -> dict[str, float]:
    """Return how much of each parcel's affected part lies inside clear ranges."""
    if clear.empty:
        return {}
    taken = land.take.parcels[["parcel_id", "geometry"]]
    inside = parcels.measure_land_take(taken, clear[["geometry"]], tolerances=inputs.tolerances)
    return dict(zip(inside.parcels["parcel_id"], inside.parcels["taken_share"], strict=True))


def _placed(pieces: gpd.GeoDataFrame, axes: Sequence[Axis]) -> gpd.GeoDataFrame:
    """Join from_measure_m, to_measure_m and side of each piece along its alignment."""
    frames = []
    for axis in axes:
        own = pieces[pieces["alignment_id"] == axis.alignment_id]
        if own.empty:
            continue
        extent = chainage.locate_range(own.geometry, axis)
        inner = gpd.GeoDataFrame(geometry=own.representative_point(), crs=own.crs)
        side = chainage.locate_points(inner, [axis])["side"]
        astride = shapely.length(shapely.intersection(own.geometry.to_numpy(), axis.line)) > 0
        frames.append(own.join(extent).assign(side=side.where(~astride, "both")))
    return pd.concat(frames) if frames else pieces.assign(side=None)


def _structure_rows(
    inputs: Inputs, land: Land, ground: Ground, clear: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return one row a taken structure of a household with how much of it lies in clear ranges."""
    frame = inputs.get("structures")
    taken = take_structures(inputs, ground)
    if frame is None or taken is None or taken.empty:
        return pd.DataFrame()
    held = holdings.join_structure_holders(taken, land.holdings, inputs.get("organisations"))
    held = held[held["holder_kind"] == holdings.HOUSEHOLD]
    shapes = frame[frame["structure_id"].isin(held["structure_id"])]
    shares: dict[str, float] = {}
    if not clear.empty:
        measured = features.measure_features(
            shapes, clear[["geometry"]], key="structure_id", tolerances=inputs.tolerances
        ).features
        both = held.merge(measured, on="structure_id", suffixes=("", "_clear"))
        areal = both["affected_area_m2"] > 0
        share = both["affected_area_m2_clear"] / both["affected_area_m2"].where(areal)
        share = share.where(areal, both["inside"].astype(float))
        shares = dict(zip(both["structure_id"], share, strict=True))
    return pd.DataFrame(
        {
            "parcel_id": "",
            "holder_id": held["holder_id"],
            "holder_kind": holdings.HOUSEHOLD,
            "alignment_id": held["alignment_id"],
            "clear_share": [shares.get(key, 0.0) for key in held["structure_id"]],
        }
    )


def _pieces(inputs: Inputs, ground: Ground, clear: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the right of way by side, split into handed over and not."""
    sides = corridor.split_sides(ground.section_cells, ground.axes)
    done = shapely.union_all(clear.geometry.to_numpy()) if len(clear) else shapely.Polygon()
    columns = ["alignment_id", "section_id", "side", "geometry"]
    handed = sides[columns].assign(geometry=sides.geometry.intersection(done))
    rest = sides[columns].assign(geometry=sides.geometry.difference(done))
    both = pd.concat(
        [handed.assign(state="handed_over"), rest.assign(state="not_handed_over")],
        ignore_index=True,
    )
    least = inputs.tolerances.area_absolute_m2
    return both[both.geometry.area > least].reset_index(drop=True)
