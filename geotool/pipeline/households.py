"""Who is affected? Households, each once."""

from pathlib import Path
from typing import Any

from geotool.affected import holders, sums
from geotool.affected.holders import HolderTake
from geotool.affected.holdings import HOUSEHOLD
from geotool.affected.take import BASIS_AREAS
from geotool.pipeline.affected_rows import records
from geotool.pipeline.answer import Answer
from geotool.pipeline.ground import require_ground
from geotool.pipeline.inputs import open_project
from geotool.pipeline.land import Land, measure_land, take_structures
from geotool.pipeline.severance import (
    SEVERE_COUNTS,
    Severance,
    measure_remainders,
    unconfirmed_notes,
)
from geotool.share.tables import Table, TableColumn, yes_no

_COUNTS = ("affected_count", "relocated_count", "residential_count")


def count_households(folder: Path, *, by: str) -> Answer:
    """Answer ``households`` for a project.

    Raises
    ------
    ProjectError
        When the project has no parcels or no right of way.
    CheckError
        When the areas do not reconcile.
    """
    inputs = open_project(folder)
    parcels = inputs.require("parcels", "who is affected")
    ground = require_ground(inputs)
    land = measure_land(parcels, inputs, ground, take_structures(inputs, ground))
    losses = measure_remainders(parcels, inputs, ground, land)
    sums.check_reconciles(land.reconciliation)
    data = {
        **holders.count_households(land.households),
        "organisation_count": len(land.organisations.holders),
        "unlisted_count": len(land.households.unlisted),
        "unlisted": list(land.households.unlisted),
        "donor_count": len(land.households.donors),
        **{
            name: float(land.households.holders[name].sum())
            for name in ("affected_area_m2", *BASIS_AREAS)
        },
        **{name: losses.totals[name] for name in SEVERE_COUNTS},
        "groups": holder_groups(land.households, by),
        "households": _household_rows(land, losses),
    }
    donors = [table for table in (donors_table(land),) if table.rows]
    return Answer(
        data,
        tables=(holders_table(land, by), organisations_table(land), *donors),
        problems=[*inputs.problems, *ground.problems, *losses.problems],
        language=inputs.project.language,
        project_dir=inputs.project.root,
    )


def holder_groups(take: HolderTake, by: str) -> list[dict[str, Any]]:
    """Return the counts by place with the row ``shared`` that makes them add up."""
    return records(holders.group_households(take, by))


def holders_table(land: Land, by: str) -> Table:
    """Return the three household counts and their land by commune or section."""
    take = land.households
    areas = _area_columns(land)
    columns = (
        TableColumn(f"{by}_id", "value"),
        *(TableColumn(name, "count") for name in _COUNTS),
        *areas,
    )
    sums = {area.name: float(take.holders[area.name].sum()) for area in areas}
    total = {**holders.count_households(take), **sums}
    notes = ("tables.households_note",)
    return Table(f"households_by_{by}", columns, holder_groups(take, by), total=total, notes=notes)


def households_table(land: Land, losses: Severance | None) -> Table:
    """Return the affected households, one row each; codes only, no person data.

    Where the losses are known, with the share of its land that each loses by recovery.
    """
    severe = (TableColumn("lost_share_document", "share"), TableColumn("severe", "value"))
    columns = (
        TableColumn("household_id"),
        TableColumn("relocated", "value"),
        TableColumn("residential", "value"),
        TableColumn("parcel_count", "count"),
        TableColumn("structure_count", "count"),
        *_area_columns(land),
        *(severe if losses is not None else ()),
        TableColumn("commune_ids"),
        TableColumn("section_ids"),
    )
    rows = [
        {**row, "relocated": yes_no(row["relocated"]), "residential": yes_no(row["residential"])}
        for row in _household_rows(land, losses)
    ]
    notes = () if losses is None else unconfirmed_notes(losses.severe_loss)
    return Table("households", columns, rows, notes=notes)


def donors_table(land: Land) -> Table:
    """Return the households and organisations that lose nothing but land they donate."""
    columns = (
        TableColumn("holder_id"),
        TableColumn("holder_kind", "value"),
        TableColumn("parcel_count", "count"),
        TableColumn("donated_area_m2", "area_m2"),
        TableColumn("commune_ids"),
    )
    rows = [
        {**row, "holder_id": row[take.key], "holder_kind": take.key.removesuffix("_id")}
        for take in (land.households, land.organisations)
        for row in records(take.donors)
    ]
    notes = ("tables.donations_note",)
    return Table("donors", columns, rows, notes=notes)


def organisations_table(land: Land) -> Table:
    """Return the affected organisations, one row each."""
    columns = (
        TableColumn("organisation_id"),
        TableColumn("name"),
        TableColumn("parcel_count", "count"),
        *_area_columns(land),
        TableColumn("commune_ids"),
    )
    return Table("organisations", columns, records(land.organisations.holders))


def _household_rows(land: Land, losses: Severance | None) -> list[dict[str, Any]]:
    """Return the affected households, and where known what they lose of all their land."""
    rows = land.households.holders
    if losses is not None:
        shares = losses.holders[losses.holders["holder_kind"] == HOUSEHOLD]
        lost = shares[["holder_id", "lost_share_document", "severe"]]
        key = land.households.key
        rows = rows.merge(lost.rename(columns={"holder_id": key}), on=key, how="left")
    return records(rows)


def _area_columns(land: Land) -> tuple[TableColumn, ...]:
    """Return the affected area, divided by basis where not all of the land is recovered."""
    names = ("affected_area_m2", *(BASIS_AREAS if land.take.by_basis else ()))
    return tuple(TableColumn(name, "area_m2") for name in names)
