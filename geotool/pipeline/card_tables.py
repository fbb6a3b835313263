"""What one holder loses, by the same functions as the counts of all holders, and its tables."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geotool import rules
from geotool.affected import holders, holdings
from geotool.affected.holdings import HOUSEHOLD
from geotool.affected.take import BASIS_AREAS
from geotool.errors import ProjectError
from geotool.pipeline.affected_rows import records
from geotool.pipeline.assess import Assessment
from geotool.pipeline.severance import pieces_table, unconfirmed_notes
from geotool.share.tables import Table, TableColumn, yes_no

_COUNTS = ("parcel_count", "full_count", "structure_count", "dwelling_count")
_PIECE_COLUMNS = (
    "parcel_id",
    "piece_no",
    "area_m2",
    "width_m",
    "access",
    "landlocked",
    "residual",
    "residual_reason",
)


@dataclass(frozen=True)
class HolderLand:
    """One holder against the right of way.

    Parameters
    ----------
    holder_id, kind
        Its code, and ``household`` or ``organisation``.
    parcels
        Its holdings on touched parcels, from ``holdings.join_holdings``.
    held
        The parcels it holds, touched or not.
    structures
        Its structures that are taken.
    figures
        Its counts, areas in m2 and flags, as in the tables of all holders.
    remarks
        Label keys of what must be said besides.
    """

    holder_id: str
    kind: str
    parcels: pd.DataFrame
    held: gpd.GeoDataFrame
    structures: pd.DataFrame
    figures: Mapping[str, Any]
    remarks: tuple[str, ...]


def measure_holder(found: Assessment, kind: str, holder_id: str) -> HolderLand:
    """Return what one holder loses; the figures equal those of ``households`` and the report.

    Raises
    ------
    ProjectError
        When the project has no parcels or no right of way.
    """
    land, inputs = found.land, found.inputs
    if land is None:
        raise ProjectError("A card needs parcels and a right of way.")
    of_holder = (land.holdings["holder_kind"] == kind) & (land.holdings["holder_id"] == holder_id)
    own = land.holdings[of_holder]
    layer = inputs.require("parcels", "the card of a holder")
    taken = _structures(found, kind, holder_id)
    take = (holders.measure_households if kind == HOUSEHOLD else holders.measure_organisations)(
        own,
        land.take,
        taken,
        residential_codes=rules.load_residential_land_types(project_dir=inputs.project.root),
    )
    key = f"{kind}_id"
    rows = take.holders if len(take.holders) else take.donors
    row = records(rows)[0] if len(rows) else {}
    return HolderLand(
        holder_id=holder_id,
        kind=kind,
        parcels=holdings.join_holdings(own, land.take.parcels),
        held=layer[layer["parcel_id"].isin(set(own["parcel_id"]))],
        structures=taken,
        figures=_figures(found, row, kind, holder_id),
        remarks=_remarks(found, key, holder_id, (len(take.holders) > 0, len(take.donors) > 0)),
    )


def make_holder_tables(found: Assessment, held: HolderLand) -> tuple[Table, ...]:
    """Return the tables of a card that have rows."""
    made = (
        _figures_table(found, held),
        _parcels_table(held),
        _structures_table(held),
        _pieces_table(found, held),
        _graves_table(found, held),
    )
    return tuple(table for table in made if table.rows)


def _structures(found: Assessment, kind: str, holder_id: str) -> pd.DataFrame:
    columns = ["structure_id", "holder_id", "use", "drawn_area_m2", "affected_area_m2"]
    if found.structures is None or found.land is None:
        return pd.DataFrame(
            columns=[*columns, "alignment_id", "section_id", "commune_id", "holder_kind"]
        )
    every = holdings.join_structure_holders(
        found.structures, found.land.holdings, found.inputs.get("organisations")
    )
    own = (every["holder_kind"] == kind) & (every["holder_id"] == holder_id)
    return every[own].reset_index(drop=True)


def _figures(
    found: Assessment, row: Mapping[str, Any], kind: str, holder_id: str
) -> dict[str, Any]:
    figures: dict[str, Any] = {name: int(row.get(name, 0)) for name in _COUNTS}
    for name in ("affected_area_m2", *BASIS_AREAS):
        figures[name] = float(row.get(name, 0.0))
    figures |= {name: yes_no(bool(row.get(name))) for name in ("relocated", "residential")}
    if found.severance is not None:
        every = found.severance.holders
        own = every[(every["holder_kind"] == kind) & (every["holder_id"] == holder_id)]
        for lost in records(own[["lost_share_document", "severe"]]):
            figures |= lost
    return figures


def _remarks(
    found: Assessment, key: str, holder_id: str, is_among: tuple[bool, bool]
) -> tuple[str, ...]:
    affected, donor = is_among
    remarks = []
    if not affected:
        remarks.append("paper.card_donor" if donor else "paper.card_not_affected")
    register = found.inputs.get("households" if key == "household_id" else "organisations")
    if register is not None and holder_id not in set(register[key].astype(str)):
        remarks.append("paper.card_unlisted")
    return tuple(remarks)


def _figures_table(found: Assessment, held: HolderLand) -> Table:
    land, figures = found.land, held.figures
    divided = BASIS_AREAS if land is not None and land.take.by_basis else ()
    columns = [TableColumn(name, "count") for name in _COUNTS]
    columns += [TableColumn(name, "area_m2") for name in ("affected_area_m2", *divided)]
    columns += [TableColumn(name, "value") for name in ("relocated", "residential")]
    notes: tuple[str, ...] = ()
    if found.severance is not None and "severe" in figures:
        columns.append(TableColumn("lost_share_document", "share"))
        columns.append(TableColumn("severe", "value"))
        notes = unconfirmed_notes(found.severance.severe_loss)
    return Table("holder_figures", tuple(columns), [figures], notes=notes)


def _parcels_table(held: HolderLand) -> Table:
    shared = bool((held.parcels["share"] != 1.0).any())
    own_part = "columns.holder_affected_area_m2" if shared else ""
    columns = (
        TableColumn("parcel_id"),
        TableColumn("sheet_no"),
        TableColumn("parcel_no"),
        TableColumn("land_type", "value"),
        TableColumn("document_area_m2", "area_m2"),
        TableColumn("drawn_area_m2", "area_m2"),
        *((TableColumn("whole_affected_area_m2", "area_m2"),) if shared else ()),
        *((TableColumn("holder_share"),) if shared else ()),
        TableColumn("affected_area_m2", "area_m2", own_part),
        TableColumn("remainder_m2", "area_m2"),
        TableColumn("taken_share", "share"),
        TableColumn("take_class", "value"),
    )
    parts = zip(held.parcels["share_numerator"], held.parcels["share_denominator"], strict=True)
    shares = [f"{top:g}/{bottom:g}" for top, bottom in parts]
    rows = records(held.parcels.assign(holder_share=shares))
    total = {"affected_area_m2": held.figures["affected_area_m2"]}
    return Table("holder_parcels", columns, rows, total=total if rows else None)


def _structures_table(held: HolderLand) -> Table:
    columns = (
        TableColumn("structure_id"),
        TableColumn("use", "value"),
        TableColumn("drawn_area_m2", "area_m2"),
        TableColumn("affected_area_m2", "area_m2"),
    )
    return Table("holder_structures", columns, records(held.structures))


def _pieces_table(found: Assessment, held: HolderLand) -> Table:
    if found.severance is None:
        return Table("holder_pieces", (), [])
    every = pieces_table(found.severance)
    touched = set(held.parcels["parcel_id"])
    return replace(
        every,
        name="holder_pieces",
        columns=tuple(column for column in every.columns if column.name in _PIECE_COLUMNS),
        rows=[row for row in every.rows if row["parcel_id"] in touched],
    )


def _graves_table(found: Assessment, held: HolderLand) -> Table:
    """Return the graves that stand on the holder's parcels; no names of the dead."""
    columns = (
        TableColumn("grave_id"),
        TableColumn("ownership", "value"),
        TableColumn("zone", "value"),
        TableColumn("moved_date", "date"),
    )
    if found.graves is None or held.held.empty:
        return Table("holder_graves", columns, [])
    graves = found.graves.graves
    tree = shapely.STRtree(graves.geometry.to_numpy())
    _, near = tree.query(held.held.geometry.to_numpy(), predicate="intersects")
    standing = graves.iloc[sorted(set(near.tolist()))]
    shown = [column.name for column in columns if column.name in standing]
    return Table("holder_graves", columns, records(pd.DataFrame(standing[shown])))
