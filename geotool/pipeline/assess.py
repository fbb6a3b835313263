"""Everything a project's layers can answer, computed once for stats, maps, report and run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool import rules
from geotool.affected import holders
from geotool.affected.features import FeatureTake
from geotool.affected.findings import Setting
from geotool.affected.take import BASIS_AREAS
from geotool.affected.versions import Changes
from geotool.pipeline.compare import CHANGE_TOTALS, changes_totals, measure_changes
from geotool.pipeline.findings import find_problems, find_unused_layers
from geotool.pipeline.graves import GraveDemand, measure_graves
from geotool.pipeline.ground import Ground, cell_area_m2, lay_ground, make_axes
from geotool.pipeline.handover import Handover, assess_handover
from geotool.pipeline.inputs import Inputs, Step, no_step
from geotool.pipeline.land import (
    Land,
    find_crossings,
    take_features,
    take_land,
    take_structures,
)
from geotool.pipeline.landmarks import Access, measure_landmarks
from geotool.pipeline.length_statements import Lengths, measure_project_lengths
from geotool.pipeline.scale import find_scale_problems
from geotool.pipeline.severance import Severance, measure_severance
from geotool.pipeline.strips import Strips, measure_strips
from geotool.route import alignment
from geotool.route.alignment import Axis
from geotool.rules import RuleFile
from geotool.schema import Problem
from geotool.share.redaction import Profile

_BORDER_TOTALS = (
    "landmark_count",
    "served_count",
    "high_dangerous_count",
    "road_count",
    "road_km",
    "border_km",
    "contributor_count",
    "contributed_vnd",
)
BASIS_TOTALS = (
    *BASIS_AREAS,
    "compensable_area_m2",
    "temporary_count",
    "donor_count",
)
"""Keys of the figures by basis; tables show them where not everything is recovered."""

_SEVERANCE_TOTALS = (
    "severed_count",
    "landlocked_count",
    "landlocked_unknown_count",
    "residual_count",
    "residual_area_m2",
    "severe_count",
    "severe_unknown_count",
)
_STRIP_TOTALS = (
    "strip_structure_count",
    "strip_dwelling_count",
    "strip_household_count",
    "strip_area_m2",
    "restricted_area_m2",
)
_STRIP_COUNTS = ("structure_count", "dwelling_count", "household_count")
_HANDOVER_TOTALS = ("total_km", "handed_over_km", "longest_clear_km")
TOTALS = (
    "alignment_length_m",
    "corridor_area_m2",
    "household_count",
    "relocated_count",
    "parcel_count",
    "grave_right_of_way_count",
    "affected_area_m2",
    *BASIS_TOTALS,
    "overlap_area_m2",
    "uncovered_area_m2",
    *CHANGE_TOTALS,
    *_SEVERANCE_TOTALS,
    *_STRIP_TOTALS,
    "full_count",
    "partial_count",
    "residential_count",
    "organisation_count",
    "unlisted_count",
    "structure_count",
    "dwelling_count",
    "crossing_count",
    "quarry_count",
    "grave_count",
    "grave_margin_count",
    "grave_moved_count",
    "alignment_count",
    *_BORDER_TOTALS,
    *_HANDOVER_TOTALS,
)
"""Keys of the headline figures, in the order shown; those of missing layers are left out."""


@dataclass(frozen=True)
class Assessment:
    """The answers of every wing for one project on one date; None where layers are missing."""

    inputs: Inputs
    on: str | None
    ground: Ground | None
    land: Land | None
    structures: pd.DataFrame | None
    crossings: gpd.GeoDataFrame | None
    quarries: FeatureTake | None
    graves: GraveDemand | None
    landmarks: Access | None
    handover: Handover | None
    changes: Changes | None
    severance: Severance | None
    strips: Strips | None
    lengths: Lengths | None
    problems: Sequence[Problem]
    shown_to: Profile | None = None
    """The profile whose readers may see all that is left in it; None before it is decided."""

    @property
    def axes(self) -> Sequence[Axis]:
        """The axes of the project, also where it has no right of way."""
        return _axes(self.inputs, self.ground)

    @property
    def sections(self) -> pd.DataFrame:
        """The sections of the axes, also where the project has no right of way."""
        if self.ground is not None:
            return self.ground.sections
        return alignment.make_sections(self.axes, table=self.inputs.get("sections"))

    @property
    def totals(self) -> dict[str, Any]:
        """The headline figures of the project, in a fixed order, unrounded."""
        found: dict[str, Any] = {}
        if self.axes:
            found["alignment_count"] = len(self.axes)
            found["alignment_length_m"] = sum(axis.length_m for axis in self.axes)
        if self.ground is not None:
            found["corridor_area_m2"] = cell_area_m2(self.ground.cells)
        if self.land is not None:
            found |= _land_totals(self.land)
        if self.changes is not None:
            found |= changes_totals(self.changes)
        found |= _strip_totals(self) | _object_totals(self) | _summary_totals(self)
        return {name: found[name] for name in TOTALS if name in found}

    @property
    def rules(self) -> tuple[RuleFile, ...]:
        """The rule files that the figures follow, in order of name."""
        by_part = (
            (self.land, "land_types"),
            (None if self.inputs.get("cemeteries") is None else self.graves, "graves"),
            (self.landmarks, "border"),
            (self.handover, "handover"),
        )
        root = self.inputs.project.root
        used = [
            rules.load_rule(name, project_dir=root) for part, name in by_part if part is not None
        ]
        if self.severance is not None:
            used += [self.severance.residuals, self.severance.severe_loss]
        if self.strips is not None:
            used += self.strips.rules
        if self.lengths is not None:
            used.append(self.lengths.rules.source)
        return tuple(sorted(used, key=lambda rule: rule.name))

    @property
    def reconciles(self) -> bool:
        """Whether the areas add up; true where there is no land take."""
        return self.land is None or self.land.reconciliation.reconciles


def assess(inputs: Inputs, *, on: str | None, step: Step = no_step) -> Assessment:
    """Ask every wing what it can answer from the project's layers, and what is wrong with them.

    Parameters and errors are those of :func:`measure`.
    """
    found = measure(inputs, on=on, step=step)
    take = None if found.land is None else found.land.take
    cells = None if found.ground is None else found.ground.cells
    setting = Setting(cut_off_date=inputs.project.cut_off_date, axes=found.axes, cells=cells)
    of_layers = [
        *inputs.problems,
        *find_scale_problems(inputs),
        *find_unused_layers(inputs.project),
        *find_problems(inputs.frames, inputs.project.root, take, setting),
    ]
    return replace(found, problems=[*of_layers, *found.problems])


def measure(inputs: Inputs, *, on: str | None, step: Step = no_step) -> Assessment:
    """Return what every wing answers, with the problems met while measuring only.

    Parameters
    ----------
    inputs, on
        The project's layers; the date of the statement, None leaves out the handover.
    step
        Told what is being done and how far it is.

    Raises
    ------
    DataError
        When a layer or a rule file is refused.
    """
    step("corridor", 0, 4)
    ground = lay_ground(inputs)
    structures = crossings = quarries = land = graves = severance = strips = None
    if ground is not None:
        step("land take", 1, 4)
        structures = take_structures(inputs, ground)
        land = take_land(inputs, ground, structures)
        severance = measure_severance(inputs, ground, land)
        strips = measure_strips(inputs, ground, structures)
        crossings = find_crossings(inputs, ground) if ground.axes else None
        quarries = take_features(inputs, ground, "quarries", "quarry_id")
        graves = measure_graves(inputs, ground, margin_m=None, on=on)
    step("landmarks", 2, 4)
    landmarks = measure_landmarks(inputs)
    step("handover", 3, 4)
    handover = None if on is None else assess_handover(inputs, ground, land, on=on)
    lengths = measure_project_lengths(inputs, _axes(inputs, ground))
    parts = (ground, severance, strips, lengths, graves, landmarks, handover)
    problems = [problem for part in parts if part is not None for problem in part.problems]
    return Assessment(
        inputs,
        on,
        ground,
        land,
        structures,
        crossings,
        quarries,
        graves,
        landmarks,
        handover,
        None if ground is None else measure_changes(inputs),
        severance,
        strips,
        lengths,
        problems,
    )


def _axes(inputs: Inputs, ground: Ground | None) -> Sequence[Axis]:
    """Return the axes of a project, also where it has no right of way."""
    return make_axes(inputs) if ground is None else ground.axes


def _strip_totals(found: Assessment) -> dict[str, Any]:
    """Return what is left of parcels, and what stands in the statutory strips."""
    totals: dict[str, Any] = {}
    if found.severance is not None:
        totals |= found.severance.totals
    if found.strips is not None:
        own = found.strips.totals
        totals |= {f"strip_{name}": own[name] for name in _STRIP_COUNTS}
        totals |= {name: own[name] for name in ("strip_area_m2", "restricted_area_m2")}
    return totals


def _object_totals(found: Assessment) -> dict[str, int]:
    """Count structures, crossings, quarries and graves, as far as there are such layers."""
    counts: dict[str, int] = {}
    if found.structures is not None:
        counts["structure_count"] = len(found.structures)
        counts["dwelling_count"] = int((found.structures["use"] == "dwelling").sum())
    if found.crossings is not None:
        counts["crossing_count"] = len(found.crossings)
    if found.quarries is not None:
        counts["quarry_count"] = int(found.quarries.features["inside"].sum())
    if found.graves is not None:
        graves = found.graves.totals
        counts["grave_count"] = graves["grave_count"]
        counts["grave_right_of_way_count"] = graves["right_of_way_count"]
        counts["grave_margin_count"] = graves["margin_count"]
        counts["grave_moved_count"] = graves["moved_count"]
    return counts


def _summary_totals(found: Assessment) -> dict[str, Any]:
    """Return what the landmarks and the handover say of themselves."""
    totals: dict[str, Any] = {}
    if found.landmarks is not None:
        totals |= {name: found.landmarks.summary[name] for name in _BORDER_TOTALS}
    if found.handover is not None:
        totals |= {name: found.handover.summary[name] for name in _HANDOVER_TOTALS}
    return totals


def _land_totals(land: Land) -> dict[str, Any]:
    taken = land.take.parcels
    areas = land.reconciliation
    counts = taken["take_class"].value_counts()
    households = holders.count_households(land.households)
    return {
        "corridor_area_m2": areas.corridor_area_m2,
        "affected_area_m2": areas.affected_area_m2,
        "overlap_area_m2": areas.overlap_area_m2,
        "uncovered_area_m2": areas.uncovered_area_m2,
        "parcel_count": len(taken),
        **land.take.areas_by_basis,
        "compensable_area_m2": land.compensable_area_m2,
        "full_count": int(counts.get("full", 0)),
        "partial_count": int(counts.get("partial", 0)),
        "temporary_count": int(counts.get("temporary", 0)),
        "donor_count": len(land.households.donors) + len(land.organisations.donors),
        "household_count": households["affected_count"],
        "relocated_count": households["relocated_count"],
        "residential_count": households["residential_count"],
        "organisation_count": len(land.organisations.holders),
        "unlisted_count": len(land.households.unlisted) + len(land.organisations.unlisted),
    }
