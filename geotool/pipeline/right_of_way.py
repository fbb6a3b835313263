"""Which source the right of way of a project comes from: polygons, stakes or widths."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geotool.pipeline.inputs import Inputs
from geotool.route import corridor
from geotool.route.alignment import Axis
from geotool.route.stakes import make_stake_corridor
from geotool.route.versions import select_version
from geotool.route.widths import read_widths
from geotool.rules.stakes import load_stake_rules
from geotool.schema import Problem, make_problem

Drawn = tuple[gpd.GeoDataFrame, list[Problem]]

_CONSTANT, _DRAWN = "constant", "right_of_way"
_NEEDS_AXES = ("stakes", "widths")
_IN_ORDER = (_DRAWN, *_NEEDS_AXES)


def choose(inputs: Inputs, axes: Sequence[Axis]) -> tuple[gpd.GeoDataFrame | None, list[Problem]]:
    """Return the right of way of a project, None where there is nothing to make it from.

    What [corridor] names holds; where it names nothing, the first layer there is of
    right_of_way, stakes and widths. Each of these layers that does not hold is a finding.

    Parameters
    ----------
    inputs
        The project's layers.
    axes
        Its axes; without any only the layer right_of_way can hold.

    Returns
    -------
    tuple
        The frame, with all columns of the layer where it is drawn, and findings and notices.

    Raises
    ------
    DataError
        When stakes or widths cannot be used; what is wrong with them is listed at once.
    """
    usable = [
        name for name in _IN_ORDER if name in inputs.frames and (axes or name not in _NEEDS_AXES)
    ]
    choice = inputs.project.corridor
    source = next(iter(usable), None) if choice is None else choice.source
    unused = [_unused(inputs, name, source) for name in usable if name != source]
    if source is None or not (source in usable or (source == _CONSTANT and axes)):
        return None, unused
    lands, found = _from_source(inputs, source, axes)
    return lands, [*unused, *found]


def draw(
    axes: Sequence[Axis],
    given: tuple[float, float] | pd.DataFrame,
    *,
    frame_crs: object,
    project_dir: Path | None = None,
) -> Drawn:
    """Return the right of way drawn along axes, and what was found on the way.

    Parameters
    ----------
    axes
        The axes.
    given
        What it is drawn from: the widths on the left and on the right in metres, a table of
        widths, or stakes as points in the CRS of the axes.
    frame_crs
        CRS of the axes.
    project_dir
        Project whose limits of the checks of stakes hold.

    Returns
    -------
    tuple
        The rows of `corridor.rows_of_lands`, and findings and notices.

    Raises
    ------
    DataError
        When it cannot be drawn; what is wrong is listed at once.
    """
    if isinstance(given, tuple):
        left_m, right_m = given
        return corridor.make_corridor(axes, left_m=left_m, right_m=right_m, frame_crs=frame_crs), []
    if isinstance(given, gpd.GeoDataFrame):
        rules = load_stake_rules(project_dir=project_dir)
        return make_stake_corridor(axes, given, rules=rules, frame_crs=frame_crs)
    profiles, problems = read_widths(axes, given)
    return corridor.make_corridor(axes, profiles=profiles, frame_crs=frame_crs), problems


def _from_source(inputs: Inputs, source: str, axes: Sequence[Axis]) -> Drawn:
    choice = inputs.project.corridor
    given: tuple[float, float] | pd.DataFrame
    if source == _CONSTANT and choice is not None:
        given = (choice.left_m, choice.right_m)
    else:
        given = inputs.require(source, "the right of way")
    if source == _DRAWN:
        return select_version(given, None if choice is None else choice.version)
    lines = inputs.require("alignments", "the right of way")
    return draw(axes, given, frame_crs=lines.crs, project_dir=inputs.project.root)


def _unused(inputs: Inputs, layer: str, source: str | None) -> Problem:
    """Return the finding that a layer changes no figure, and what to write so that it does."""
    project = inputs.project
    holds = "[corridor] left_m and right_m" if source == _CONSTANT else f"the layer {source}"
    text = f"The layer changes no figure: the right of way comes from {holds}."
    ref = project.layers.get(layer)
    path = "..."
    if ref is not None and isinstance(ref.path, Path) and ref.path.is_relative_to(project.root):
        sublayer = "" if ref.sublayer is None else f"#{ref.sublayer}"
        path = f"{ref.path.relative_to(project.root).as_posix()}{sublayer}"
    remedy = (
        f'If it should hold, write {layer} = "{path}" under [corridor] instead of under [layers], '
        f"and take out {holds}."
    )
    problem = make_problem("layer_not_used", layer, text, project_dir=project.root)
    return replace(problem, remedy=remedy)
