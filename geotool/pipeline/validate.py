"""What is wrong with this file, or with the whole project? Everything at once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool import crs, outputs, rules, schema, sources
from geotool import project as projects
from geotool.affected.findings import Setting
from geotool.affected.order import text_keys
from geotool.affected.parcels import LandTake, measure_land_take
from geotool.aliases import named_layer
from geotool.communes import units as communes
from geotool.errors import DataError, UsageError
from geotool.pipeline import findings
from geotool.pipeline.answer import Answer
from geotool.pipeline.assess import measure
from geotool.pipeline.axes import companion_options
from geotool.pipeline.ground import make_axes
from geotool.pipeline.inputs import Inputs, layer_options, read_communes
from geotool.pipeline.map_findings import (
    find_class_problems,
    find_label_problems,
    find_map_problems,
)
from geotool.pipeline.scale import find_scale_problems
from geotool.progress import events
from geotool.project import LayerRef, Project
from geotool.route import alignment, corridor
from geotool.route.alignment import Axis
from geotool.route.versions import select_version
from geotool.schema import Problem, make_problem
from geotool.sources import LayerRead, ReadOptions

_OF_THE_GROUND = (
    "alignments",
    *findings.ON_ALIGNMENTS,
    "sections",
    "communes",
    "right_of_way",
    "parcels",
)
_STREAM = "-"


@dataclass(frozen=True)
class ValidateOptions:
    """A file and the layer it should be, or a project; what it is judged by; where rows go."""

    source: str | None = None
    layer: str | None = None
    project: Path | None = None
    src_crs: str | None = None
    province: str | None = None
    alignment: str | None = None
    corridor: str | None = None
    communes: str | None = None
    cut_off: str | None = None
    output: str | None = None
    overwrite: bool = False


@dataclass(frozen=True)
class _Found:
    """Everything found, and the CRS its shapes are in and are written in."""

    problems: Sequence[Problem]
    system: Any = None
    target: Any = None


def validate(options: ValidateOptions) -> Answer:
    """List every problem of a file or a project; exit code 3 when there is an error.

    Raises
    ------
    UsageError
        When neither a file with its layer nor a project is given, the file is missing, or an
        option does not fit.
    ProjectError
        When ``geotool.toml`` itself cannot be used.
    DataError
        When a file that only helps (alignment, corridor, communes) is refused.
    OutputExistsError
        When the output exists and may not be replaced.
    """
    if options.output is not None:
        outputs.check_writable(options.output, overwrite=options.overwrite)
    if options.source is not None:
        if options.layer is None:
            raise UsageError("--as LAYER is missing.", remedy="Say what FILE is: --as parcels.")
        return _answer(_check_file(options.source, options.layer, options), options)
    if options.project is None:
        raise UsageError("Neither FILE nor --project was given.", remedy="Name one of them.")
    if options.alignment or options.corridor or options.communes:
        raise UsageError(
            "--alignment, --corridor and --communes go with a FILE.",
            remedy="Name these layers under [layers] in geotool.toml.",
        )
    return _check_project(options.project, options)


def _check_file(source: str, layer: str, options: ValidateOptions) -> _Found:
    name = named_layer(layer, project_dir=options.project)
    if options.corridor is not None and name != "parcels":
        raise UsageError(
            f"--corridor is for parcels, not for {name}.", remedy="Leave it out, or --as parcels."
        )
    units = read_communes(options.communes, None)
    read_options = ReadOptions(
        src_crs=options.src_crs,
        province=options.province,
        project_dir=options.project,
        communes=units,
    )
    read, problems = sources.inspect_layer(source, name, read_options)
    if read is None:
        return _Found(problems)
    errors = {problem.rule for problem in problems if problem.severity == "error"}
    usable = errors <= {"repeated_key"}
    frame = findings.in_metres(read.frame) if usable else read.frame
    own = getattr(read.frame, "crs", None)
    if len(frame) == read.report.read_count:
        problems = findings.with_shapes(problems, frame)
    if usable:
        unique = _with_unique_keys(frame, schema.load_schema(name, project_dir=options.project).key)
        setting = Setting(cut_off_date=_cut_off(options), shown_crs=own)
        problems = [*problems, *_judge_file(name, unique, units, setting, options)]
    return _Found(problems, getattr(frame, "crs", None), own)


def _with_unique_keys(frame: pd.DataFrame, key: str | None) -> pd.DataFrame:
    """Return rows of one key told apart by their number, so that each can be looked at."""
    if key is None or key not in frame.columns:
        return frame
    keys = text_keys(frame[key])
    numbers = pd.Series(range(1, len(frame) + 1), index=frame.index).map(" (row {})".format)
    return frame.assign(**{key: keys.where(~keys.duplicated(keep=False), keys + numbers)})


def _judge_file(
    name: str,
    frame: pd.DataFrame,
    units: gpd.GeoDataFrame | None,
    setting: Setting,
    options: ValidateOptions,
) -> list[Problem]:
    """Run the checks over one layer and the files that help to judge it."""
    frames = {name: frame}
    take: LandTake | None = None
    empty: list[Problem] = []
    if isinstance(frame, gpd.GeoDataFrame) and len(frame) and frame.crs.is_projected:
        if units is not None and name != "communes":
            units = crs.reproject(units, frame.crs)
            frames["communes"] = units
        setting, take, empty = _measure_file(frame, units, setting, options)
    found = findings.find_problems(frames, options.project, take, setting)
    own = [problem for problem in found if name == "communes" or problem.layer != "communes"]
    return [*own, *empty]


def _measure_file(
    frame: gpd.GeoDataFrame,
    units: gpd.GeoDataFrame | None,
    setting: Setting,
    options: ValidateOptions,
) -> tuple[Setting, LandTake | None, list[Problem]]:
    """Return the setting with axes and cells, the land take, and which other files are empty.

    An empty file judges nothing; there is a land take where a corridor is given.
    """
    empty = _said_empty(units, "communes", options)
    if options.alignment is not None:
        lines = _companion(options.alignment, "alignments", frame, options)
        setting = replace(setting, axes=alignment.make_axes(lines))
        empty += _said_empty(lines, "alignments", options)
    if options.corridor is None:
        return setting, None, empty
    strip = _companion(options.corridor, "right_of_way", frame, options)
    empty += _said_empty(strip, "right_of_way", options)
    axes = list(setting.axes)
    sections = alignment.make_sections(axes) if axes else None
    strip, left_out = select_version(strip)
    empty += left_out
    cells = corridor.split_sections(strip, axes, sections)
    if units is not None:
        cells = communes.split_by_commune(cells, units)
    tolerances = rules.load_tolerances(project_dir=options.project)
    take = measure_land_take(frame, cells, tolerances=tolerances)
    return replace(setting, cells=cells), take, empty


def _said_empty(
    frame: gpd.GeoDataFrame | None, layer: str, options: ValidateOptions
) -> list[Problem]:
    """Return a notice where a file that helps to judge has no rows."""
    if frame is None or len(frame):
        return []
    text = "The layer has no rows; nothing was compared with it."
    return [make_problem("empty_layer", layer, text, project_dir=options.project)]


def _companion(
    source: str, layer: str, like: gpd.GeoDataFrame, options: ValidateOptions
) -> gpd.GeoDataFrame:
    """Read another file into the CRS of the one looked at; --src-crs where it declares none."""
    given = companion_options(source, options.src_crs)
    read = sources.read_layer(source, layer, replace(given, project_dir=options.project))
    moved: gpd.GeoDataFrame = crs.reproject(read.frame, like.crs)
    return moved


def _cut_off(options: ValidateOptions) -> str | None:
    """Return the cut-off date asked for, else that of the project named beside a file."""
    folder = options.project
    if options.cut_off is not None or folder is None or not (folder / projects.FILE_NAME).is_file():
        return options.cut_off
    return projects.inspect_project(folder)[0].cut_off_date


def _check_project(folder: Path, options: ValidateOptions) -> Answer:
    project, wrong = projects.inspect_project(folder)
    problems: list[Problem] = [*wrong, *find_map_problems(project)]
    if any(problem.place.endswith(" project.crs") for problem in wrong):
        return _answer(_Found(problems), replace(options, project=None))
    frames, doubtful, found = _read_project(project)
    problems += [*found, *findings.find_unused_layers(project)]
    setting = Setting(cut_off_date=options.cut_off or project.cut_off_date)
    setting, take, found = _measure_project(project, frames, setting)
    problems += [*found, *_doubtful_events(project, frames, setting.axes)]
    problems += findings.find_problems(frames, project.root, take, setting)
    for name, frame in doubtful.items():
        problems += findings.find_problems({name: frame}, project.root, None, setting)
    system = crs.resolve(project.crs)
    drawn = {**doubtful, **frames, findings.LAYER: _placed(problems, system)}
    drawn |= {} if take is None else {"land_take": take.parcels}
    problems += find_class_problems(project, drawn)
    everything = _Found(problems, system, system)
    worded = None if find_label_problems(project.root) else project.root
    return _answer(everything, replace(options, project=worded), project.language)


def _placed(problems: Sequence[Problem], system: object) -> gpd.GeoDataFrame:
    """Return as a layer the problems that have a place on the map."""
    placed = [problem for problem in problems if problem.shape is not None]
    return findings.findings_layer(placed, system)


def _read_project(project: Project) -> tuple[dict[str, Any], dict[str, Any], list[Problem]]:
    """Return the layers without error, those with repeated keys only, and every problem."""
    frames: dict[str, Any] = {}
    doubtful: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, ref in sorted(project.layers.items()):
        read, found = _inspect(project, ref)
        problems += found
        errors = {problem.rule for problem in found if problem.severity == "error"}
        if read is not None and not errors:
            frames[name] = read.frame
        elif read is not None and errors == {"repeated_key"}:
            own = schema.load_schema(name, project_dir=project.root)
            doubtful[name] = _with_unique_keys(read.frame, own.key)
    return frames, doubtful, problems


def _inspect(project: Project, ref: LayerRef) -> tuple[LayerRead | None, list[Problem]]:
    """Return one layer as far as it can be read, and what was found, where rows have a place."""
    try:
        read, found = sources.inspect_layer(ref.path, ref.name, layer_options(project, ref))
    except DataError as error:
        return None, [problem for problem in error.problems if isinstance(problem, Problem)]
    if read is not None and len(read.frame) == read.report.read_count:
        found = findings.with_shapes(found, read.frame)
    return read, found


def _measure_project(
    project: Project, frames: dict[str, Any], setting: Setting
) -> tuple[Setting, LandTake | None, list[Problem]]:
    """Return the setting with axes and cells, the land take, and what measuring found.

    Nothing is measured where a layer it stands on was refused: that is said already.
    """
    inputs = Inputs(project, frames, {}, rules.load_tolerances(project_dir=project.root))
    refused = {name for name in project.layers if name not in frames}
    try:
        if "alignments" not in refused:
            setting = replace(setting, axes=make_axes(inputs))
        doubts = find_scale_problems(inputs)
        if refused & set(_OF_THE_GROUND):
            return setting, None, doubts
        found = measure(inputs, on=None)
        cells = None if found.ground is None else found.ground.cells
        take = None if found.land is None else found.land.take
        return replace(setting, cells=cells), take, [*doubts, *found.problems]
    except DataError as error:
        own = [problem for problem in error.problems if isinstance(problem, Problem)]
        problem = make_problem("bad_project", "", error.message, project_dir=project.root)
        return setting, None, own or [replace(problem, remedy=error.remedy or problem.remedy)]


def _doubtful_events(
    project: Project, frames: dict[str, Any], axes: Sequence[Axis]
) -> list[Problem]:
    """Return what is wrong with the events of any date."""
    if "events" not in frames or not axes:
        return []
    rule = rules.load_handover_rules(project_dir=project.root)
    try:
        log = events.read_events(frames["events"], axes, rule, on=date.max.isoformat())
    except DataError as error:
        return [problem for problem in error.problems if isinstance(problem, Problem)]
    return list(log.problems)


def _answer(found: _Found, options: ValidateOptions, language: str = "vi") -> Answer:
    ordered = findings.sort_problems(found.problems)
    count = Counter(problem.severity for problem in ordered)
    data: dict[str, object] = {
        "ok": count["error"] == 0,
        "error_count": count["error"],
        "finding_count": count["finding"],
        "problem_count": len(ordered),
        "problems": [problem.as_dict() for problem in ordered],
    }
    words = [] if ordered else ["Nothing wrong was found."]
    if options.output is not None:
        left_out = _write(ordered, found, options.output, overwrite=options.overwrite)
        written = len(ordered) - left_out
        data |= {"path": options.output, "written_count": written, "left_out_count": left_out}
        without = f"; {left_out} without a place on the map are not in it" if left_out else ""
        words.append(f"{options.output}: {written} rows{without}.")
    shown = bool(ordered) and options.output != _STREAM
    return Answer(
        data,
        tables=(findings.findings_table(ordered),) if shown else (),
        words=words,
        exit_code=3 if count["error"] else 0,
        language=language,
        project_dir=options.project,
    )


def _write(problems: Sequence[Problem], found: _Found, output: str, *, overwrite: bool) -> int:
    layer = findings.findings_layer(problems, found.system)
    if found.system is not None and not crs.same(found.system, found.target):
        layer = crs.reproject(layer, found.target)
    return findings.write_findings(layer, output, overwrite=overwrite)
