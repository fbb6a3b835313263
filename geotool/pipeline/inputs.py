"""Read a project's layers once: canonical, in the project CRS, every repair reported."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool import project as projects
from geotool import rules, schema, sources
from geotool.affected.order import sort_naturally
from geotool.errors import ProjectError, UsageError
from geotool.project import LayerRef, Project
from geotool.schema import Problem
from geotool.sources import ReadOptions, ReadReport

Step = Callable[[str, int, int], None]


def no_step(_what: str, _done: int, _total: int) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Inputs:
    """A project's layers as read.

    Parameters
    ----------
    project
        The project they belong to.
    frames
        Canonical frames by layer name, geometry in the project CRS.
    reports
        How each layer was read: counts, repairs, digests.
    tolerances
        The project's tolerances.
    """

    project: Project
    frames: Mapping[str, Any]
    reports: Mapping[str, ReadReport]
    tolerances: rules.Tolerances

    @property
    def problems(self) -> list[Problem]:
        """Notices and findings met while reading, in layer order."""
        read = [problem for report in self.reports.values() for problem in report.problems]
        return [*self.project.notices, *read]

    def get(self, layer: str) -> gpd.GeoDataFrame | None:
        """Return a layer's frame, or None when the project has no such layer."""
        return self.frames.get(layer)

    def require(self, layer: str, purpose: str) -> gpd.GeoDataFrame:
        """Return a layer's frame.

        Raises
        ------
        ProjectError
            When the project has no such layer; says what it is needed for.
        """
        if layer not in self.frames:
            raise ProjectError(
                f"{self.project.root / 'geotool.toml'}: no layer '{layer}', needed for {purpose}.",
                remedy=f'Add a line {layer} = "layers/{layer}.gpkg" under [layers].',
            )
        return self.frames[layer]


def open_project(folder: Path, *, language: str | None = None, step: Step = no_step) -> Inputs:
    """Read ``geotool.toml`` and every layer it names.

    A language given stands in for the project's own.

    Raises
    ------
    ProjectError
        When the project file, or a file it names, cannot be used.
    DataError
        When a layer is refused; the message names file, layer and rows.
    """
    project = projects.load_project(folder)
    if language is not None:
        project = replace(project, language=language)
    frames: dict[str, Any] = {}
    reports: dict[str, ReadReport] = {}
    for done, (name, ref) in enumerate(sorted(project.layers.items())):
        step(name, done, len(project.layers))
        read = _read(project, name, ref)
        frames[name] = _canonical(read.frame, name, project.root)
        reports[name] = read.report
    tolerances = rules.load_tolerances(project_dir=project.root)
    return Inputs(project, frames, reports, tolerances)


def layer_options(project: Project, ref: LayerRef) -> ReadOptions:
    """Return how a project's layer is read: into the project CRS, with its own rules."""
    return ReadOptions(
        src_crs=ref.src_crs,
        dst_crs=project.crs,
        sublayer=ref.sublayer,
        project_dir=project.root,
    )


def read_communes(source: str | None, project_dir: Path | None) -> gpd.GeoDataFrame | None:
    """Return the communes that say where a layer should land: a file's, else the project's.

    Raises
    ------
    DataError
        When the file named is refused; a project without communes gives None.
    """
    options = ReadOptions(project_dir=project_dir)
    if source is None:
        if project_dir is None:
            return None
        project = projects.load_project(project_dir)
        ref = project.layers.get("communes")
        if ref is None:
            return None
        source, options = str(ref.path), layer_options(project, ref)
    return sources.read_layer(source, "communes", options).frame


def statement_date(project: Project, on: str | None) -> str:
    """Return the date of the statement: the caller's, else the project's.

    Raises
    ------
    UsageError
        When neither names one; there is no clock inside.
    """
    chosen = on or project.on
    if chosen is None:
        raise UsageError(
            "No date was given.", remedy="Add --on YYYY-MM-DD, or [report] on in geotool.toml."
        )
    return chosen


def date_where_needed(inputs: Inputs, on: str | None) -> str | None:
    """Return the date of the statement; None where none is given and nothing depends on it.

    Raises
    ------
    UsageError
        When the project has a register of events and no date is given.
    """
    if "events" in inputs.frames:
        return statement_date(inputs.project, on)
    return on or inputs.project.on


def _canonical(frame: pd.DataFrame, layer: str, project_dir: Path) -> pd.DataFrame:
    """Return a layer in natural order of its key, whatever the order of its file.

    Columns that its schema does not know are left out: nothing may show them.
    """
    own = schema.load_schema(layer, project_dir=project_dir)
    known = [name for name in frame.columns if name in own.column_names or name == "geometry"]
    if own.key is None or own.key not in known:
        return frame[known]
    return sort_naturally(frame[known], [own.key])


def _read(project: Project, name: str, ref: LayerRef) -> sources.LayerRead:
    try:
        return sources.read_layer(ref.path, name, layer_options(project, ref))
    except UsageError as error:  # a missing file is the project's mistake, not the caller's
        raise ProjectError(
            f"{project.root / 'geotool.toml'}: layer '{name}': {error.message}",
            remedy=error.remedy,
        ) from error
