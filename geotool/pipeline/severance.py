"""What is left of the parcels, can it be used, and who loses how much of all its land?"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool import outputs
from geotool.affected import severance, shares
from geotool.affected.holdings import HOUSEHOLD, ORGANISATION
from geotool.affected.parcels import recovered_shares
from geotool.pipeline.affected_rows import records
from geotool.pipeline.answer import Answer
from geotool.pipeline.findings import find_unconfirmed
from geotool.pipeline.ground import Ground, require_ground
from geotool.pipeline.inputs import Inputs, open_project
from geotool.pipeline.land import Land, measure_land, take_structures
from geotool.rules import RuleFile
from geotool.rules.severance import load_residual_rules, load_severe_loss_rule
from geotool.schema import Problem, judge
from geotool.share.tables import Kind, Table, TableColumn, yes_no

_TOTALS: dict[str, Kind] = {
    "remainder_count": "count",
    "severed_count": "count",
    "piece_count": "count",
    "landlocked_count": "count",
    "landlocked_unknown_count": "count",
    "residual_count": "count",
    "residual_area_m2": "area_m2",
    "severe_count": "count",
    "severe_unknown_count": "count",
}
_PIECE_COLUMNS = (
    TableColumn("parcel_id"),
    TableColumn("piece_no", "count"),
    TableColumn("piece_count", "count"),
    TableColumn("land_type", "value"),
    TableColumn("area_m2", "area_m2"),
    TableColumn("width_m", "length_m"),
    TableColumn("access", "value"),
    TableColumn("landlocked", "value"),
    TableColumn("residual", "value"),
    TableColumn("residual_reason", "value"),
    TableColumn("confirmed", "value"),
)
_HOLDER_COLUMNS = (
    TableColumn("holder_id"),
    TableColumn("holder_kind", "value"),
    TableColumn("parcel_count", "count"),
    TableColumn("total_document_area_m2", "area_m2"),
    TableColumn("lost_document_area_m2", "area_m2"),
    TableColumn("lost_share_document", "share"),
    TableColumn("total_drawn_area_m2", "area_m2"),
    TableColumn("lost_drawn_area_m2", "area_m2"),
    TableColumn("lost_share_drawn", "share"),
    TableColumn("severe", "value"),
    TableColumn("confirmed", "value"),
)
SEVERE_COUNTS = ("severe_count", "severe_unknown_count")
"""Totals of households that lose, or may lose, much of their land."""


@dataclass(frozen=True)
class SeveranceOptions:
    """The project, and where the pieces go."""

    project: Path
    output: str | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class Severance:
    """The remainders of a project's parcels and the shares its holders lose.

    Parameters
    ----------
    taken, pieces
        As in :class:`geotool.affected.severance.Remainders`.
    holders
        As in :class:`geotool.affected.shares.HolderShares`.
    residuals, severe_loss
        The rule files they were judged by.
    problems
        Findings, and a notice for each of the two that is not confirmed.
    """

    taken: pd.DataFrame
    pieces: gpd.GeoDataFrame
    holders: pd.DataFrame
    residuals: RuleFile
    severe_loss: RuleFile
    problems: tuple[Problem, ...]

    @property
    def totals(self) -> dict[str, Any]:
        """The headline figures; remainder_count are the parcels of which something is left."""
        residual = self.pieces["residual"]
        severe = self.holders["severe"].value_counts()
        access = self.pieces["access"].value_counts()
        return {
            "remainder_count": int((self.taken["remainder_m2"] > 0).sum()),
            "severed_count": int((self.taken["piece_count"] > 1).sum()),
            "piece_count": len(self.pieces),
            "landlocked_count": int(access.get("none", 0)),
            "landlocked_unknown_count": int(access.get("unknown", 0)),
            "residual_count": int(residual.sum()),
            "residual_area_m2": float(self.pieces.loc[residual, "area_m2"].sum()),
            "severe_count": int(severe.get("yes", 0)),
            "severe_unknown_count": int(severe.get("unknown", 0)),
        }

    @property
    def unconfirmed(self) -> tuple[RuleFile, ...]:
        """The rules that nobody compared with the text in force."""
        return tuple(rule for rule in (self.residuals, self.severe_loss) if not rule.confirmed)


def list_remainders(options: SeveranceOptions) -> Answer:
    """Answer ``severance`` for a project.

    Raises
    ------
    OutputExistsError
        When the output exists and may not be replaced.
    ProjectError
        When the project has no parcels or no right of way.
    DataError
        When a layer or a rule file is refused.
    """
    if options.output is not None:
        outputs.check_writable(options.output, overwrite=options.overwrite)
    inputs = open_project(options.project)
    parcels = inputs.require("parcels", "what is left of them")
    ground = require_ground(inputs)
    land = measure_land(parcels, inputs, ground, take_structures(inputs, ground))
    found = measure_remainders(parcels, inputs, ground, land)
    words: tuple[str, ...] = ()
    if options.output is not None:
        _write(found, options.output, overwrite=options.overwrite)
    if options.output not in (None, outputs.STDOUT):
        words = (f"{options.output}: {len(found.pieces)} rows.",)
    totals = found.totals
    data = {
        "parcel_count": totals.pop("remainder_count"),
        **totals,
        "unconfirmed_rules": [rule.name for rule in found.unconfirmed],
        "pieces": records(pd.DataFrame(found.pieces.drop(columns="geometry"))),
        "holders": records(found.holders),
    }
    return Answer(
        data,
        tables=() if options.output == outputs.STDOUT else severance_tables(found),
        problems=[*inputs.problems, *found.problems],
        words=words,
        language=inputs.project.language,
        project_dir=inputs.project.root,
    )


def measure_severance(inputs: Inputs, ground: Ground, land: Land | None) -> Severance | None:
    """Return what :func:`measure_remainders` does, or None without parcels."""
    parcels = inputs.get("parcels")
    if parcels is None or land is None:
        return None
    return measure_remainders(parcels, inputs, ground, land)


def measure_remainders(
    parcels: gpd.GeoDataFrame, inputs: Inputs, ground: Ground, land: Land
) -> Severance:
    """Return what is left of the parcels, and how much of its land each holder loses.

    Pieces are left by recovered and donated land; a holder's share counts recovered land alone.

    Raises
    ------
    DataError
        When a layer or a rule file is refused.
    """
    root = inputs.project.root
    residual_rules = load_residual_rules(project_dir=root)
    severe_loss_rule = load_severe_loss_rule(project_dir=root)
    remainders = severance.measure_remainders(
        parcels,
        ground.right_of_way,
        holdings=land.holdings,
        roads=inputs.get("roads"),
        rules=residual_rules,
        tolerances=inputs.tolerances,
    )
    shared = shares.measure_holder_shares(
        land.holdings,
        parcels,
        recovered_shares(land.take, inputs.tolerances),
        rule=severe_loss_rule,
        affected=_affected(land),
    )
    rules = (residual_rules.source, severe_loss_rule.source)
    slivers = severance.find_slivers(remainders)
    problems = judge([*slivers, *shared.problems, *find_unconfirmed(rules)], root)
    return Severance(
        remainders.taken, remainders.pieces, shared.holders, *rules, problems=tuple(problems)
    )


def severance_tables(found: Severance) -> tuple[Table, ...]:
    """Return the totals, the pieces and the holders as tables; the last two list one by one."""
    columns = tuple(TableColumn(name, kind) for name, kind in _TOTALS.items())
    return (
        Table("severance_totals", columns, [found.totals], vertical=True),
        pieces_table(found),
        holder_shares_table(found),
    )


def pieces_table(found: Severance) -> Table:
    """Return the pieces left, one row each."""
    notes = ("tables.severance_note", *unconfirmed_notes(found.residuals))
    return Table("severance", _PIECE_COLUMNS, records(_told(found)), notes=notes)


def holder_shares_table(found: Severance) -> Table:
    """Return the holders affected and the share of all their land that they lose."""
    rows = records(found.holders.assign(confirmed=yes_no(found.severe_loss.confirmed)))
    notes = ("tables.holder_shares_note", *unconfirmed_notes(found.severe_loss))
    return Table("holder_shares", _HOLDER_COLUMNS, rows, notes=notes)


def severance_layers(found: Severance) -> dict[str, gpd.GeoDataFrame]:
    """Return the pieces as the layer ``remainders``, flags as yes, no and unknown."""
    return {"remainders": gpd.GeoDataFrame(_told(found), geometry=found.pieces.geometry)}


def _told(found: Severance) -> pd.DataFrame:
    """Return the pieces without shapes, with words for flags and whether the rule is confirmed."""
    plain = pd.DataFrame(found.pieces.drop(columns="geometry"))
    return plain.assign(
        landlocked=[yes_no(flag) or "unknown" for flag in plain["landlocked"]],
        residual=plain["residual"].map(yes_no).astype(object),
        confirmed=yes_no(found.residuals.confirmed),
    )


def _affected(land: Land) -> pd.DataFrame:
    """Return the affected holders of both kinds, those that no register lists included."""
    takes = ((HOUSEHOLD, land.households), (ORGANISATION, land.organisations))
    rows = [
        (kind, holder)
        for kind, take in takes
        for holder in (*take.holders[take.key], *take.unlisted)
    ]
    return pd.DataFrame(rows, columns=["holder_kind", "holder_id"])


def unconfirmed_notes(rule: RuleFile) -> tuple[str, ...]:
    """Return the note below a table that a rule is not confirmed, none where it is."""
    return () if rule.confirmed else (f"tables.{rule.name}_unconfirmed",)


def _write(found: Severance, output: str, *, overwrite: bool) -> None:
    """Write the pieces as CSV (also on stdout), or with their shapes as a layer."""
    if output == outputs.STDOUT or output.lower().endswith(".csv"):
        outputs.write_table_csv(_told(found), output, overwrite=overwrite)
        return
    layer = "remainders"
    outputs.write_layer(severance_layers(found)[layer], output, layer=layer, overwrite=overwrite)
