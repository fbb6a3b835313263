"""Build the layers of a sample project: the generator places, geotool counts.

A sample is one file ``layers/samples/<name>.toml``: published totals with their wording and
source, hand-sketched outlines and axes, and settings. Everything built from it is synthetic.
The same file gives the same layers, to the last digit, on every machine.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from geotool import resources
from geotool.errors import DataError, UsageError
from geotool.pipeline import (
    sample_border,
    sample_events,
    sample_holders,
    sample_land,
    sample_places,
)
from geotool.pipeline.sample_axis import SketchAxis
from geotool.pipeline.sample_draw import Draws
from geotool.pipeline.sample_land import Plot, Row

_FOLDER = "samples"


@dataclass(frozen=True)
class Sample:
    """A sample, built.

    Parameters
    ----------
    name
        Name of the sample.
    layers
        Canonical layers by name: ``GeoDataFrame`` in ``crs``, or ``DataFrame`` for tables.
    crs
        The project CRS as text, for example ``EPSG:9209``.
    published
        The published totals: ``total``, ``value``, ``name_vi``, ``name_en``, ``qualifier_vi``,
        ``qualifier_en`` (``nearly``, ``over``, or empty) and ``source``.
    settings
        Tables of ``geotool.toml`` other than ``[layers]``; ``project.sample`` is True.
    statement_vi, statement_en
        The sentence that says everything here is synthetic.
    """

    name: str
    layers: Mapping[str, pd.DataFrame]
    crs: str
    published: Sequence[Mapping[str, Any]]
    settings: Mapping[str, Mapping[str, Any]]
    statement_vi: str
    statement_en: str


def sample_names(*, project_dir: Path | None = None) -> list[str]:
    """Return the names of the samples that exist."""
    return resources.list_names("layers", _FOLDER, ".toml", project_dir=project_dir)


def build_sample(name: str, *, project_dir: Path | None = None) -> Sample:
    """Build a sample.

    Parameters
    ----------
    name
        ``ky_anh``, ``thach_ha``, ``lang_son``, or a sample of the project's own.
    project_dir
        Project whose ``layers/samples`` are looked at first.

    Returns
    -------
    Sample
        Layers in the sample's CRS, their rows in a fixed order.

    Raises
    ------
    UsageError
        When there is no such sample; names those that exist.
    DataError
        When the sample's file cannot be read, or has too little land for its totals.
    """
    known = sample_names(project_dir=project_dir)
    if name not in known:
        raise UsageError(f"There is no sample '{name}'.", remedy=f"Samples: {', '.join(known)}.")
    plan = resources.load_toml("layers", f"{_FOLDER}/{name}.toml", project_dir=project_dir)
    if not plan.get("settings", {}).get("project", {}).get("sample"):
        raise DataError(
            f"layers/{_FOLDER}/{name}.toml does not say sample = true under [settings.project].",
            remedy="Samples are synthetic and must say so; add the line.",
        )
    try:
        return _build(name, plan)
    except KeyError as error:
        raise DataError(
            f"layers/{_FOLDER}/{name}.toml lacks the key {error}.",
            remedy="Compare it with the built-in samples and add the key.",
        ) from error


def _build(name: str, plan: Mapping[str, Any]) -> Sample:
    rows = sample_border.border_layers(plan) if "border" in plan else _route_layers(plan)
    target = str(plan["sample"]["crs"])
    return Sample(
        name=name,
        layers={layer: _frame(found, target) for layer, found in rows.items() if found},
        crs=target,
        published=[
            {key: value for key, value in item.items() if key != "build"}
            for item in plan["published"]
        ],
        settings=plan["settings"],
        statement_vi=str(plan["sample"]["statement_vi"]),
        statement_en=str(plan["sample"]["statement_en"]),
    )


def _frame(rows: Sequence[Row], target: str) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    for name in frame.columns:
        if name.endswith("_count"):
            frame[name] = frame[name].astype("Int64")
    if "geometry" not in frame.columns:
        return frame
    layer: pd.DataFrame = gpd.GeoDataFrame(frame, geometry="geometry", crs=target)
    return layer


def _route_layers(plan: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Return the layers of a road project by name."""
    draws = Draws(int(plan["sample"]["seed"]))
    axes = sample_places.make_axes(plan)
    communes = sample_places.commune_rows(plan)
    commune_of = sample_places.commune_finder(communes)
    sites, lots = sample_places.resettlement_rows(plan, axes, commune_of)
    return {
        "alignments": sample_places.alignment_rows(plan, axes),
        "communes": communes,
        **_land_layers(plan, axes, commune_of, draws),
        "graves": _graves(plan, axes, commune_of, draws),
        "cemeteries": sample_places.cemetery_rows(plan, axes, commune_of),
        "utilities": sample_places.utility_rows(plan, axes),
        "quarries": sample_places.quarry_rows(plan, axes, commune_of),
        "roads": sample_places.road_rows(plan, axes),
        "resettlement_sites": sites,
        "lots": lots,
        "events": sample_events.event_rows(plan, axes, draws),
    }


def _land_layers(
    plan: Mapping[str, Any],
    axes: Mapping[str, SketchAxis],
    commune_of: Callable[[Sequence[BaseGeometry]], list[str]],
    draws: Draws,
) -> dict[str, list[Row]]:
    cells = [
        cell
        for item in plan["alignments"]
        for cell in sample_land.make_cells(axes[str(item["id"])], item["zones"], plan, draws)
    ]
    plots = sample_land.make_plots(cells, plan["organisations"], plan, draws, commune_of)
    width = float(plan["settings"]["corridor"]["left_m"])
    sample_land.measure_taken(plots, [sample_land.strip_of(axis, width) for axis in axes.values()])
    wanted = sample_land.built_count(plan, "affected_household_count")
    sample_holders.seat_households(plots, plan, wanted, draws)
    return _holder_layers(plan, (axes, plots), wanted, commune_of, draws)


def _holder_layers(
    plan: Mapping[str, Any],
    made: tuple[Mapping[str, SketchAxis], Sequence[Plot]],
    wanted: int,
    commune_of: Callable[[Sequence[BaseGeometry]], list[str]],
    draws: Draws,
) -> dict[str, list[Row]]:
    axes, plots = made
    count = int(plan["holders"]["unmapped_households"])
    seats = sample_holders.name_seats(plots, count, wanted)
    places = sample_holders.unmapped_places(plan["alignments"], axes, count)
    unmapped = [
        (seats[str(wanted - count + number)], *place) for number, place in enumerate(places)
    ]
    keys = sample_holders.commune_of_households(plots, seats, unmapped, commune_of)
    return {
        "parcels": sample_land.parcel_rows(plots, plan["names"], draws),
        "holdings": sample_holders.holding_rows(plots, seats),
        "structures": sample_holders.structure_rows(plots, unmapped, plan, seats, draws),
        "households": sample_holders.household_rows(keys, plan, draws),
        "organisations": [
            {
                "organisation_id": item["id"],
                "name": item["name"],
                "commune_id": next(
                    plot.commune_id for plot in plots if (item["id"], 1, 1) in plot.holders
                ),
                "kind": item["kind"],
            }
            for item in plan["organisations"]
        ],
    }


def _graves(
    plan: Mapping[str, Any],
    axes: Mapping[str, SketchAxis],
    commune_of: Callable[[Sequence[BaseGeometry]], list[str]],
    draws: Draws,
) -> list[Row]:
    if "graves" not in plan:
        return []
    rows = sample_places.grave_rows(plan, sample_land.built_count(plan, "grave_count"), axes, draws)
    for row, commune in zip(rows, commune_of([row["geometry"] for row in rows]), strict=True):
        row["commune_id"] = commune
    return rows
