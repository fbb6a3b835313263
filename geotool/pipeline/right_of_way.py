"""Which source the right of way of a project comes from: polygons, stakes or widths."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd

from geotool.pipeline.inputs import Inputs
from geotool.route import corridor
from geotool.route.alignment import Axis
from geotool.route.stakes import make_stake_corridor
from geotool.route.versions import select_version
from geotool.route.widths import read_widths
from geotool.rules.stakes import load_stake_rules
from geotool.schema import Problem, make_problem

Drawn = tuple[gpd.GeoDataFrame, list[Problem]]

_CONSTANT = "constant"
_NEEDS_AXES = ("stakes", "widths")
_IN_ORDER = ("right_of_way", *_NEEDS_AXES)


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
    strip, found = _MAKERS[source](inputs, axes)
    return strip, [*unused, *found]


def _of_polygons(inputs: Inputs, _axes: Sequence[Axis]) -> Drawn:
    choice = inputs.project.corridor
    version = None if choice is None else choice.version
    drawn = inputs.require("right_of_way", "the right of way")
    return select_version(drawn, version)


def _of_stakes(inputs: Inputs, axes: Sequence[Axis]) -> Drawn:
    stakes = inputs.require("stakes", "the right of way")
    rules = load_stake_rules(project_dir=inputs.project.root)
    return make_stake_corridor(axes, stakes, rules=rules, crs=stakes.crs)


def _of_widths(inputs: Inputs, axes: Sequence[Axis]) -> Drawn:
    table = inputs.require("widths", "the right of way")
    lines = inputs.require("alignments", "the right of way")
    profiles, problems = read_widths(axes, table)
    return corridor.make_corridor(axes, profiles=profiles, crs=lines.crs), problems


def _of_constants(inputs: Inputs, axes: Sequence[Axis]) -> Drawn:
    choice = inputs.project.corridor
    left_m, right_m = (0.0, 0.0) if choice is None else (choice.left_m, choice.right_m)
    lines = inputs.require("alignments", "the right of way")
    return corridor.make_corridor(axes, left_m=left_m, right_m=right_m, crs=lines.crs), []


_MAKERS: Mapping[str, Callable[[Inputs, Sequence[Axis]], Drawn]] = MappingProxyType(
    {
        "right_of_way": _of_polygons,
        "stakes": _of_stakes,
        "widths": _of_widths,
        _CONSTANT: _of_constants,
    }
)


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
