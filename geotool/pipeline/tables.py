"""Every table an assessment can fill, by name; maps and reports choose from them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from geotool import schema
from geotool.affected import parcels, shares, utilities
from geotool.affected.take import BASIS_AREAS
from geotool.pipeline import (
    compare,
    graves,
    handover,
    households,
    landmarks,
    lengths,
    severance,
    stats,
    strips,
)
from geotool.pipeline.affected_rows import records
from geotool.pipeline.assess import Assessment
from geotool.pipeline.findings import findings_table
from geotool.pipeline.land import Land
from geotool.provenance import relative_path
from geotool.route.bases import DONATED
from geotool.schema import Column
from geotool.share.tables import Kind, Table, TableColumn


def make_tables(found: Assessment) -> dict[str, Table]:
    """Return all tables of an assessment in the order of the workbook; empty ones left out."""
    tables = [stats.totals_table(found), *_land_tables(found), *_object_tables(found)]
    if found.changes is not None:
        tables += compare.changes_tables(found.changes)
    if found.severance is not None:
        tables += severance.severance_tables(found.severance)
    if found.strips is not None:
        tables += strips.strips_tables(found.strips)
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
    if found.lengths is not None:
        tables += lengths.lengths_tables(found.lengths)
    language = found.inputs.project.language
    tables += [findings_table(found.problems, language=language), inputs_table(found)]
    shown = [_with_identity(_with_communes(found, table)) for table in tables if table.rows]
    return {table.name: table for table in shown}


def inputs_table(found: Assessment) -> Table:
    """Return the files the figures stand on: rows read, repairs and digest.

    A file outside the project is not named: its folders may tell of people.
    """
    columns = (
        TableColumn("layer", "layer"),
        TableColumn("path", "value"),
        TableColumn("row_count", "count"),
        TableColumn("repaired_count", "count"),
        TableColumn("crs"),
        TableColumn("size_bytes", "count"),
        TableColumn("sha256"),
    )
    project = found.inputs.project
    rows = [
        {
            "layer": layer,
            "path": _path_shown(project.layers[layer].path, project.root),
            "row_count": report.read_count,
            "repaired_count": len(report.repaired),
            "crs": report.source_crs,
            "size_bytes": report.size_bytes,
            "sha256": report.sha256,
        }
        for layer, report in found.inputs.reports.items()
    ]
    return Table("provenance", columns, rows)


def _path_shown(path: Path | str, root: Path) -> str:
    shown = relative_path(path, root)
    return "outside_project" if shown.startswith("../") or Path(shown).is_absolute() else shown


_CODED = ("state", "subject", "kind", "status", "land_type")
_REGISTERS = ("structures", "graves", "contributions", "petitions", "events")
_KIND_OF_TYPE: dict[str, Kind] = {
    "text": "text",
    "date": "date",
    "integer": "count",
    "number": "number",
    "boolean": "value",
    "chainage": "chainage",
}
_KIND_OF_UNIT: dict[str, Kind] = {"m2": "area_m2", "VND": "vnd", "m": "length_m"}


def make_full_tables(found: Assessment) -> dict[str, Table]:
    """Return all tables with every column of the schemas: for a named recipient only.

    Affected parcels, households and organisations gain the columns of their registers, persons
    and notes included; registers that no table lists row by row are added whole.
    """
    tables = make_tables(found)
    findings = tables.pop("findings", None)
    for name, key in _LISTED.items():
        if name in tables and name in found.inputs.frames:
            tables[name] = _with_register(found, tables[name], key)
    for name in _REGISTERS:
        frame = found.inputs.frames.get(name)
        if frame is not None and len(frame):
            columns = tuple(column for column in _columns(found, name) if column.name in frame)
            rows = records(pd.DataFrame(frame[[column.name for column in columns]]))
            tables[f"register_{name}"] = Table(f"register_{name}", columns, rows)
    return tables if findings is None else {**tables, "findings": findings}


_LISTED = {"parcels": "parcel_id", "households": "household_id", "organisations": "organisation_id"}


def _with_register(found: Assessment, table: Table, key: str) -> Table:
    frame = found.inputs.frames[table.name]
    known = {column.name for column in table.columns}
    extra = tuple(
        column
        for column in _columns(found, table.name)
        if column.name not in known and column.name in frame
    )
    rows_of = {row[key]: row for row in records(pd.DataFrame(frame[[key, *_names(extra)]]))}
    rows = [{**row, **rows_of.get(str(row[key]), {})} for row in table.rows]
    return replace(table, columns=(*table.columns, *extra), rows=rows)


def _columns(found: Assessment, layer: str) -> Sequence[TableColumn]:
    own = schema.load_schema(layer, project_dir=found.inputs.project.root)
    return tuple(TableColumn(column.name, _kind(column)) for column in own.columns)


def _kind(column: Column) -> Kind:
    coded = bool(column.values) or column.name in _CODED
    plain: Kind = "value" if coded and column.type == "text" else _KIND_OF_TYPE[column.type]
    return plain if column.type == "chainage" else _KIND_OF_UNIT.get(column.unit, plain)


def _names(columns: Sequence[TableColumn]) -> list[str]:
    return [column.name for column in columns]


def _with_communes(found: Assessment, table: Table) -> Table:
    """Return a table by commune code with the names of the communes beside the codes."""
    names = commune_names(found)
    known = _names(table.columns)
    if not names or "commune_id" not in known or "commune_name" in known:
        return table
    place = known.index("commune_id") + 1
    columns = (*table.columns[:place], TableColumn("commune_name"), *table.columns[place:])
    rows = [{**row, "commune_name": names.get(str(row["commune_id"]))} for row in table.rows]
    return replace(table, columns=columns, rows=rows)


def _with_identity(table: Table) -> Table:
    """Return a table of areas with the remark how they add up."""
    known = _names(table.columns)
    if not {"affected_area_m2", "corridor_area_m2", "uncovered_area_m2"} <= set(known):
        return table
    return replace(table, notes=(*table.notes, "tables.identity_note"))


def commune_names(found: Assessment) -> dict[str, str]:
    """Return the name of each commune by its code, as far as the project has names."""
    shapes = found.inputs.get("communes")
    if shapes is None or "commune_name" not in shapes:
        return {}
    pairs = zip(shapes["commune_id"], shapes["commune_name"], strict=True)
    return {str(code): str(name) for code, name in pairs if not pd.isna(name)}


def _land_tables(found: Assessment) -> Sequence[Table]:
    tables = []
    if found.land is not None or found.landmarks is None:
        if found.inputs.get("communes") is not None:
            tables.append(stats.group_table(found, ["commune"]))
        if found.axes:
            tables.append(stats.group_table(found, ["section"]))
    if found.land is None:
        return tables
    land = found.land
    if land.take.by_basis:
        tables.append(stats.group_table(found, ["basis"]))
    tables += [
        stats.group_table(found, ["land_type"]),
        households.holders_table(land, "commune"),
        households.holders_table(land, "section"),
        households.organisations_table(land),
        parcels_table(land),
        overlaps_table(found, land),
        households.households_table(land, found.severance),
        households.donors_table(land),
        donations_table(land),
    ]
    return tables


def overlaps_table(found: Assessment, land: Land) -> Table:
    """Return the pairs of parcels that claim the same ground inside the right of way."""
    columns = (
        TableColumn("parcel_id_a"),
        TableColumn("parcel_id_b"),
        TableColumn("overlap_area_m2", "area_m2"),
    )
    taken = land.take.parcels[["parcel_id", "geometry"]]
    pairs = parcels.list_overlaps(taken, found.inputs.tolerances)
    return Table("overlaps", columns, records(pairs), notes=("tables.overlaps_note",))


def donations_table(land: Land) -> Table:
    """Return the donated rows of the right of way; they are no part of any compensation."""
    columns = (
        TableColumn("right_of_way_id"),
        TableColumn("minutes_no"),
        TableColumn("stated_value_vnd", "vnd"),
        TableColumn("donated_area_m2", "area_m2"),
        TableColumn("parcel_count", "count"),
    )
    frame = land.donations
    donated = land.take.parts[land.take.parts["basis"] == DONATED]
    total = {
        "stated_value_vnd": float(frame["stated_value_vnd"].sum()),
        "donated_area_m2": land.take.areas_by_basis["donated_area_m2"],
        "parcel_count": donated["parcel_id"].nunique(),
    }
    notes = ("tables.donations_note",)
    return Table("donations", columns, records(frame), total=total, notes=notes)


def parcels_table(land: Land) -> Table:
    """Return the touched parcels, one row each, with drawn and document area."""
    divided = BASIS_AREAS if land.take.by_basis else ()
    columns = (
        TableColumn("parcel_id"),
        TableColumn("sheet_no"),
        TableColumn("parcel_no"),
        TableColumn("land_type", "value"),
        TableColumn("commune_id", "value"),
        TableColumn("document_area_m2", "area_m2"),
        TableColumn("drawn_area_m2", "area_m2"),
        TableColumn("affected_area_m2", "area_m2"),
        *(TableColumn(name, "area_m2") for name in divided),
        TableColumn("remainder_m2", "area_m2"),
        TableColumn("taken_share", "share"),
        TableColumn("affected_document_area_m2", "area_m2"),
        TableColumn("taken_share_document", "share"),
        TableColumn("take_class", "value"),
    )
    frame = shares.add_document_shares(land.take.parcels)
    rows = records(frame.drop(columns="geometry"))
    names = ("document_area_m2", "drawn_area_m2", "affected_area_m2", *divided, "remainder_m2")
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
            TableColumn("voltage_kv", "number"),
            TableColumn("crossing_count", "count"),
            TableColumn("utility_count", "count"),
            TableColumn("length_m", "length_m"),
        )
        total = {"crossing_count": len(found.crossings)}
        tables.append(Table("crossings_by_voltage", columns, rows, total=total))
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
