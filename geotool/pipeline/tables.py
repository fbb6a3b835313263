"""Every table an assessment can fill, by name; maps and reports choose from them."""

from collections.abc import Sequence

import pandas as pd

from geotool.affected import utilities
from geotool.pipeline import graves, handover, households, landmarks, stats
from geotool.pipeline.affected_rows import records
from geotool.pipeline.assess import Assessment
from geotool.pipeline.land import Land
from geotool.pipeline.validate import findings_table
from geotool.share.tables import Table, TableColumn


def make_tables(found: Assessment) -> dict[str, Table]:
    """Return all tables of an assessment in the order of the workbook; empty ones left out."""
    tables = [stats.totals_table(found), *_land_tables(found), *_object_tables(found)]
    if found.graves is not None:
        tables += [
            graves.demand_table(found.graves, "commune"),
            graves.demand_table(found.graves, "section"),
            graves.sites_table(found.graves),
        ]
    if found.landmarks is not None:
        tables += [
            landmarks.commune_table(found.landmarks),
            landmarks.roads_table(found.landmarks),
        ]
    if found.handover is not None:
        tables += handover.handover_tables(found.handover)
    tables.append(findings_table(found.problems))
    return {table.name: table for table in tables if table.rows}


def _land_tables(found: Assessment) -> Sequence[Table]:
    tables = []
    if found.land is not None or found.landmarks is None:
        if found.inputs.get("communes") is not None:
            tables.append(stats.group_table(found, ["commune"]))
        if found.ground is not None and found.ground.axes:
            tables.append(stats.group_table(found, ["section"]))
    if found.land is None:
        return tables
    land = found.land
    tables += [
        stats.group_table(found, ["land_type"]),
        households.holders_table(land.households, "commune"),
        households.holders_table(land.households, "section"),
        households.organisations_table(land),
        parcels_table(land),
        households.households_table(land),
    ]
    return tables


def parcels_table(land: Land) -> Table:
    """Return the touched parcels, one row each, with drawn and document area."""
    columns = (
        TableColumn("parcel_id"),
        TableColumn("sheet_no"),
        TableColumn("parcel_no"),
        TableColumn("land_type", "value"),
        TableColumn("commune_id", "value"),
        TableColumn("document_area_m2", "area_m2"),
        TableColumn("drawn_area_m2", "area_m2"),
        TableColumn("affected_area_m2", "area_m2"),
        TableColumn("remainder_m2", "area_m2"),
        TableColumn("taken_share", "share"),
        TableColumn("take_class", "value"),
    )
    frame = land.take.parcels
    rows = records(frame.drop(columns="geometry"))
    names = ("document_area_m2", "drawn_area_m2", "affected_area_m2", "remainder_m2")
    total = {name: float(frame[name].sum()) for name in names}
    return Table("parcels", columns, rows, total=total, notes=("tables.parcels_note",))


def _object_tables(found: Assessment) -> list[Table]:
    tables = []
    if found.structures is not None:
        tables.append(_structures_table(found.structures))
    if found.crossings is not None:
        rows = records(utilities.count_crossings(found.crossings))
        columns = (
            TableColumn("kind", "value"),
            TableColumn("voltage_kv"),
            TableColumn("crossing_count", "count"),
            TableColumn("utility_count", "count"),
            TableColumn("length_m", "length_m"),
        )
        total = {"crossing_count": len(found.crossings)}
        shown = [{**row, "voltage_kv": _plain(row["voltage_kv"])} for row in rows]
        tables.append(Table("crossings_by_voltage", columns, shown, total=total))
    if found.quarries is not None:
        inside = found.quarries.features[found.quarries.features["inside"]]
        tables.append(_quarries_table(inside))
    return tables


def _quarries_table(inside: pd.DataFrame) -> Table:
    columns = (
        TableColumn("quarry_id"),
        TableColumn("drawn_area_m2", "area_m2"),
        TableColumn("affected_area_m2", "area_m2"),
    )
    total = {"affected_area_m2": float(inside["affected_area_m2"].sum())}
    return Table("quarries", columns, records(inside), total=total)


def _structures_table(taken: pd.DataFrame) -> Table:
    counts = taken.groupby("use", sort=True).size()
    rows = [{"use": use or None, "structure_count": int(count)} for use, count in counts.items()]
    columns = (TableColumn("use", "value"), TableColumn("structure_count", "count"))
    return Table("structures", columns, rows, total={"structure_count": len(taken)})


def _plain(value: object) -> str | None:
    """Return a voltage as people write it: 500, 35, 0.4."""
    return None if value is None else f"{float(str(value)):g}"
