"""Problems as rows, as a table and as a layer; the checks run over the layers of a project."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from geotool import crs, outputs, rules
from geotool.affected import checks
from geotool.affected.findings import Setting
from geotool.affected.guards import flat_shapes
from geotool.affected.parcels import LandTake
from geotool.errors import CrsError
from geotool.project import Project
from geotool.rules import RuleFile
from geotool.schema import Problem, make_problem, remedy_in
from geotool.share.tables import Table, TableColumn

LAYER = "findings"
ON_ALIGNMENTS = ("chainage_equations", "chainage_posts", "stakes", "widths")
"""Layers that stand on alignments and say nothing without them."""

_ORDER = {"error": 0, "finding": 1, "notice": 2}
_COLUMNS = (
    TableColumn("severity", "value"),
    TableColumn("layer"),
    TableColumn("rule"),
    TableColumn("key"),
    TableColumn("place"),
    TableColumn("message"),
    TableColumn("remedy"),
)


def sort_problems(problems: Sequence[Problem]) -> list[Problem]:
    """Return problems worst first, otherwise in the order found."""
    return sorted(problems, key=lambda problem: _ORDER[problem.severity])


def findings_table(problems: Sequence[Problem], *, language: str = "en") -> Table:
    """Return problems as a table, worst first, with what to do in a language."""
    return Table("findings", _COLUMNS, _rows(problems, language))


def findings_layer(
    problems: Sequence[Problem], system: object, *, language: str = "en"
) -> gpd.GeoDataFrame:
    """Return problems as a layer, worst first; the shape of those without a place is None.

    Parameters
    ----------
    problems
        Any problems; their shapes are in `system`.
    system
        CRS of the shapes; None when there are none.
    language
        That of what to do.
    """
    names = [column.name for column in _COLUMNS]
    rows = pd.DataFrame(_rows(problems, language), columns=names, dtype=object)
    shapes = gpd.GeoSeries([one.shape for one in sort_problems(problems)], crs=system)
    return gpd.GeoDataFrame(rows, geometry=shapes, crs=system)


def _rows(problems: Sequence[Problem], language: str) -> list[dict[str, str]]:
    """Return problems as rows, worst first."""
    ordered = sort_problems(problems)
    return [{**problem.as_dict(), "remedy": remedy_in(problem, language)} for problem in ordered]


def find_unused_layers(project: Project) -> list[Problem]:
    """Return a finding for each layer that stands on alignments where there are none."""
    if "alignments" in project.layers:
        return []
    text = "The layer is read, but changes no figure: the project has no alignments."
    return [
        make_problem("layer_not_used", name, text, project_dir=project.root)
        for name in sorted(project.layers)
        if name in ON_ALIGNMENTS
    ]


def find_unconfirmed(rules_used: Sequence[RuleFile]) -> list[Problem]:
    """Return a notice for each rule that nobody compared with the text in force."""
    return [
        make_problem(
            "unconfirmed_rule",
            "",
            f"layers/rules/{rule.name}.toml is not confirmed: not compared with the text in force "
            f"({rule.citation}). {rule.note}".strip(),
            place=rule.name,
        )
        for rule in rules_used
        if not rule.confirmed
    ]


def write_findings(layer: gpd.GeoDataFrame, output: str, *, overwrite: bool) -> int:
    """Write a layer of problems; return how many were left out because they have no place.

    CSV holds all of them; the formats of maps those that have a shape.

    Raises
    ------
    OutputError, UsageError
        As ``outputs.write_layer``.
    """
    placed = layer
    if Path(output).suffix.lower() != ".csv":
        placed = layer[layer.geometry.notna()]
    outputs.write_layer(placed, output, layer=LAYER, overwrite=overwrite)
    return len(layer) - len(placed)


def find_problems(
    frames: Mapping[str, Any],
    project_dir: Path | None,
    land_take: LandTake | None = None,
    setting: Setting | None = None,
) -> list[Problem]:
    """Run the registry of checks over the layers of a project, by its own rules."""
    cadastre = rules.load_cadastre_rules(project_dir=project_dir)
    return checks.run_checks(
        frames,
        rules=rules.load_checks(project_dir=project_dir),
        tolerances=rules.load_tolerances(project_dir=project_dir),
        land_take=land_take,
        setting=replace(setting or Setting(), cadastre=cadastre),
    )


def with_shapes(problems: Sequence[Problem], frame: pd.DataFrame) -> list[Problem]:
    """Return problems of single rows with inner points of these rows as their shape.

    Parameters
    ----------
    problems
        Problems whose ``rows`` are positions in `frame`.
    frame
        The layer as read, no row merged or set aside.
    """
    if not isinstance(frame, gpd.GeoDataFrame):
        return list(problems)
    named = sorted({row for one in problems for row in one.rows if row < len(frame)})
    try:
        points = shapely.point_on_surface(flat_shapes(frame.iloc[named]))
    except shapely.errors.GEOSException:  # rows in error may hold what is no shape at all
        return list(problems)
    usable = ~(shapely.is_missing(points) | shapely.is_empty(points))
    inner = {row: point for row, point, good in zip(named, points, usable, strict=True) if good}
    placed = []
    for problem in problems:
        spots = [inner[row] for row in problem.rows if row in inner]
        shape = shapely.union_all(spots) if spots else None
        placed.append(replace(problem, shape=shape) if problem.shape is None else problem)
    return placed


def in_metres(frame: "gpd.GeoDataFrame | pd.DataFrame") -> "gpd.GeoDataFrame | pd.DataFrame":
    """Return a lon/lat layer in the UTM zone it lies in, so that it can be measured.

    A layer that lies in no zone comes back as it is; its areas are not compared then.
    """
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty or frame.crs is None:
        return frame
    if frame.crs.is_projected:
        return frame
    try:
        return crs.reproject(frame, frame.estimate_utm_crs())
    except (CrsError, RuntimeError, ValueError):  # no zone of the Earth
        return frame
