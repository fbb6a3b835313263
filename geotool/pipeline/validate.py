"""What is wrong with this file, or with the whole project? Everything at once."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool import crs, rules, sources
from geotool import project as projects
from geotool.affected import checks
from geotool.affected.parcels import LandTake
from geotool.errors import DataError, UsageError
from geotool.pipeline.answer import Answer
from geotool.pipeline.inputs import layer_options, named_layer
from geotool.project import Project
from geotool.schema import Problem, make_problem
from geotool.share.tables import Table, TableColumn
from geotool.sources import ReadOptions

_NOT_USED = ("chainage_equations", "chainage_posts", "stakes", "widths")
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


@dataclass(frozen=True)
class ValidateOptions:
    """A file and the layer it should be, or a project."""

    source: str | None = None
    layer: str | None = None
    project: Path | None = None
    src_crs: str | None = None
    province: str | None = None


def validate(options: ValidateOptions) -> Answer:
    """List every problem of a file or a project; exit code 3 when there is an error.

    Raises
    ------
    UsageError
        When neither a file with its layer nor a project is given, or the file is missing.
    ProjectError
        When ``geotool.toml`` itself cannot be used.
    """
    if options.source is not None:
        if options.layer is None:
            raise UsageError("--as LAYER is missing.", remedy="Say what FILE is: --as parcels.")
        return _validate_file(options.source, options.layer, options)
    if options.project is None:
        raise UsageError("Neither FILE nor --project was given.", remedy="Name one of them.")
    return _validate_project(options.project)


def sort_problems(problems: Sequence[Problem]) -> list[Problem]:
    """Return problems worst first, otherwise in the order found."""
    return sorted(problems, key=lambda problem: _ORDER[problem.severity])


def findings_table(problems: Sequence[Problem]) -> Table:
    """Return problems as a table, worst first."""
    rows = [problem.as_dict() for problem in sort_problems(problems)]
    return Table("findings", _COLUMNS, rows)


def find_problems(
    frames: Mapping[str, Any],
    project_dir: Path | None,
    land_take: LandTake | None = None,
) -> list[Problem]:
    """Run the registry of checks over the layers of a project."""
    return checks.run_checks(
        frames,
        rules=rules.load_checks(project_dir=project_dir),
        tolerances=rules.load_tolerances(project_dir=project_dir),
        land_take=land_take,
    )


def find_unused_layers(project: Project) -> list[Problem]:
    """Return a finding for each layer that is read but changes no figure yet."""
    text = "The layer is read, but no figure follows it yet: chainage and widths are constant."
    return [
        make_problem("layer_not_used", name, text, project_dir=project.root)
        for name in sorted(project.layers)
        if name in _NOT_USED
    ]


def _validate_file(source: str, layer: str, options: ValidateOptions) -> Answer:
    name = named_layer(layer, project_dir=options.project)
    read_options = ReadOptions(
        src_crs=options.src_crs, province=options.province, project_dir=options.project
    )
    read, problems = sources.inspect_layer(source, name, read_options)
    if read is not None and not any(problem.severity == "error" for problem in problems):
        problems = [*problems, *find_problems({name: _in_metres(read.frame)}, options.project)]
    return _answer(problems, project_dir=options.project)


def _in_metres(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a lon/lat layer in the UTM zone it lies in, so that overlaps have an area."""
    if not isinstance(frame, gpd.GeoDataFrame) or frame.empty or frame.crs.is_projected:
        return frame
    moved: pd.DataFrame = crs.reproject(frame, frame.estimate_utm_crs())
    return moved


def _validate_project(folder: Path) -> Answer:
    project, wrong = projects.inspect_project(folder)
    problems: list[Problem] = list(wrong)
    if any(problem.place.endswith(" project.crs") for problem in wrong):
        return _answer(problems, project_dir=None)
    frames: dict[str, Any] = {}
    for name, ref in sorted(project.layers.items()):
        try:
            read, found = sources.inspect_layer(ref.path, name, layer_options(project, ref))
        except DataError as error:
            found = [problem for problem in error.problems if isinstance(problem, Problem)]
            read = None
        problems += found
        if read is not None and not any(problem.severity == "error" for problem in found):
            frames[name] = read.frame
    problems += find_unused_layers(project)
    problems += find_problems(frames, project.root)
    return _answer(problems, project_dir=project.root, language=project.language)


def _answer(
    problems: Sequence[Problem], *, project_dir: Path | None, language: str = "vi"
) -> Answer:
    ordered = sort_problems(problems)
    count = Counter(problem.severity for problem in ordered)
    records = [problem.as_dict() for problem in ordered]
    data = {
        "ok": count["error"] == 0,
        "error_count": count["error"],
        "finding_count": count["finding"],
        "problem_count": len(ordered),
        "problems": records,
    }
    return Answer(
        data,
        tables=(findings_table(ordered),) if ordered else (),
        words=() if ordered else ("Nothing wrong was found.",),
        exit_code=3 if count["error"] else 0,
        language=language,
        project_dir=project_dir,
    )
