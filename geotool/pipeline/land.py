"""What is taken from whom: land take, holders, structures, crossings, quarries."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool import rules
from geotool.affected import (
    donations,
    features,
    holders,
    holdings,
    parcels,
    structures,
    sums,
    utilities,
)
from geotool.affected.features import FeatureTake
from geotool.affected.holders import HolderTake
from geotool.affected.parcels import LandTake
from geotool.affected.sums import Reconciliation
from geotool.pipeline.ground import Ground
from geotool.pipeline.inputs import Inputs
from geotool.route import takings

_REGISTER_COLUMNS = ("category", "people_count")


@dataclass(frozen=True)
class Land:
    """The land take of a project and whom it meets.

    Parameters
    ----------
    take
        Parcel by parcel and cell by cell.
    reconciliation
        Whether the areas add up.
    holdings
        Every holding of the project.
    households, organisations
        Those affected, each once; those who only donate land apart.
    donations
        What each donated row of the right of way takes; empty where nothing is donated.
    """

    take: LandTake
    reconciliation: Reconciliation
    holdings: pd.DataFrame
    households: HolderTake
    organisations: HolderTake
    donations: pd.DataFrame

    @property
    def compensable_area_m2(self) -> float:
        """The land that enters compensation: recovered, never donated."""
        return self.take.areas_by_basis["recovered_area_m2"]


def take_land(inputs: Inputs, ground: Ground, taken: pd.DataFrame | None) -> Land | None:
    """Return the land take of a project, or None when it has no parcels.

    Parameters
    ----------
    inputs, ground
        The project's layers and where they lie.
    taken
        Structures taken, from :func:`take_structures`.
    """
    layer = inputs.get("parcels")
    return None if layer is None else measure_land(layer, inputs, ground, taken)


def measure_land(
    layer: gpd.GeoDataFrame, inputs: Inputs, ground: Ground, taken: pd.DataFrame | None
) -> Land:
    """Return the land take of a layer of parcels; otherwise as :func:`take_land`."""
    take = parcels.measure_land_take(layer, ground.cells, tolerances=inputs.tolerances)
    own = holdings.make_holdings(inputs.get("holdings"), layer, inputs.get("organisations"))
    held = None
    if taken is not None:
        held = holdings.join_structure_holders(taken, own, inputs.get("organisations"))
    codes = rules.load_residential_land_types(project_dir=inputs.project.root)
    return Land(
        take=take,
        reconciliation=sums.reconcile(take, inputs.tolerances),
        holdings=own,
        households=holders.measure_households(
            own,
            take,
            held,
            residential_codes=codes,
            households=inputs.get("households"),
            columns=_REGISTER_COLUMNS,
        ),
        organisations=holders.measure_organisations(
            own,
            take,
            held,
            residential_codes=codes,
            organisations=inputs.get("organisations"),
            columns=("name",),
        ),
        donations=_donations(inputs, ground, take),
    )


def take_structures(inputs: Inputs, ground: Ground) -> pd.DataFrame | None:
    """Return the structures taken, or None when the project has none."""
    frame = inputs.get("structures")
    if frame is None:
        return None
    return structures.measure_structures(frame, ground.cells, tolerances=inputs.tolerances)


def take_features(inputs: Inputs, ground: Ground, layer: str, key: str) -> FeatureTake | None:
    """Return any layer measured against the right of way, or None when there is no such layer."""
    frame = inputs.get(layer)
    if frame is None:
        return None
    return features.measure_features(frame, ground.cells, key=key, tolerances=inputs.tolerances)


def find_crossings(inputs: Inputs, ground: Ground) -> gpd.GeoDataFrame | None:
    """Return where utilities cross the right of way, or None when the project has none."""
    lines: Any = inputs.get("utilities")
    if lines is None:
        return None
    return utilities.find_crossings(
        lines, ground.section_cells, ground.axes, tolerances=inputs.tolerances
    )


def _donations(inputs: Inputs, ground: Ground, take: LandTake) -> pd.DataFrame:
    rows = takings.disjoint_rows(ground.right_of_way, ground.axes)
    touched = take.parcels[["parcel_id", "geometry"]]
    return donations.measure_donations(
        touched, ground.right_of_way, rows, tolerances=inputs.tolerances
    )
