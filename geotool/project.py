"""A planner's project: the frozen content of its ``geotool.toml``, checked as a whole.

Keys of the file (:func:`project_keys` lists them for ``init`` and the documentation):

``project.name``
    Short name of the project, used in file names and titles. Required.
``project.title``
    Title shown on maps and reports; the name when absent.
``project.title_en``
    The title in English; the title stands for both languages when absent.
``project.crs``
    Coordinate system of all results: ``EPSG:9209`` or ``VN-2000 105-30``. Required; a
    projected metric system.
``project.language``
    Language shown first: vi (default) or en.
``project.rules``
    Names of the rule files the project relies on and the manifest cites; all when absent.
``project.sample``
    true for synthetic data; every output then says so.
``project.cut_off_date``
    Date after which nothing may be built, as 2021-06-30; what is dated later is a finding.
``project.source``
    Where the data come from, printed on maps and reports.
``project.source_en``
    The same in English; the source stands for both languages when absent.
``layers.<layer>``
    One line a layer: ``parcels = "layers/parcels.gpkg"`` or ``"layers/all.gpkg#parcels"``,
    relative to the project folder, or a table of a database,
    ``"postgresql://user@host/database#public.parcels"`` (its password belongs into
    ``~/.pgpass`` or PGPASSWORD). Layer names in singular or plural.
``src_crs.<layer>``
    Coordinate system of a layer that declares none, such as stakes = "EPSG:9209" for a table
    with the columns X and Y; it overrides what a file declares.
``corridor.left_m``
    Width of the right of way to the left of the alignment, in metres; only without a
    right_of_way layer.
``corridor.right_m``
    Width to the right of the alignment, in metres.
``corridor.widths``
    Table of widths by chainage instead, a path such as "layers/widths.csv".
``corridor.stakes``
    Clearance stakes that bound the right of way instead, a path such as "layers/stakes.xlsx".
``corridor.version``
    Which version of the right_of_way layer holds; the latest when absent.
``strips.road_class``
    Class of the road for its protection strip and safety corridor, such as expressway; the
    column road_class of the alignments goes before it.
``strips.protection_included``
    Whether the right of way already holds the protection strip: true (default) or false.
``graves.margin_m``
    Also count graves within this distance of the right of way, in metres.
``maps.recipes``
    Names of the maps that ``run`` draws.
``maps.profile``
    Who may see the outputs: public (default), committee or internal.
``maps.recipient``
    Who receives the outputs of the profile internal; `--recipient` overrides it.
``report.on``
    Date of the figures, as 2024-12-31; ``--on`` overrides it.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from geotool import resources
from geotool.errors import DataError, ProjectError
from geotool.project_reader import (
    FILE_NAME,
    KEYS,
    CorridorChoice,
    LayerRef,
    Project,
    ProjectReader,
    StripChoice,
)
from geotool.records import Problem

__all__ = [
    "FILE_NAME",
    "KEYS",
    "CorridorChoice",
    "LayerRef",
    "Project",
    "StripChoice",
    "inspect_project",
    "load_project",
    "project_keys",
]


def project_keys() -> tuple[tuple[str, str], ...]:
    """Return every key of ``geotool.toml`` with its meaning, in the order of the file."""
    text = (__doc__ or "").partition("\n\n")[2]
    entries = re.findall(r"^``([\w.<>]+)``\n((?:    .+\n?)+)", text, flags=re.MULTILINE)
    return tuple((key, " ".join(meaning.split()).replace("``", "`")) for key, meaning in entries)


def load_project(folder: Path) -> Project:
    """Return the project in a folder.

    Parameters
    ----------
    folder
        The folder with ``geotool.toml``.

    Raises
    ------
    ProjectError
        Listing everything wrong at once: unknown tables, keys, layers, rules and recipes,
        missing files, values that do not fit, a system that is not projected.
    """
    project, found = inspect_project(folder)
    problems = [problem for problem in found if problem.severity == "error"]
    if problems:
        numbered = len(problems) > 1
        listed = " ".join(
            f"({number}) {problem.message}" if numbered else problem.message
            for number, problem in enumerate(problems, 1)
        )
        path = folder / FILE_NAME
        raise ProjectError(
            f"{path}: {listed}",
            remedy=f"Correct {FILE_NAME} and run again.",
            problems=problems,
            headline=f"{path}: {len(problems)} problems." if numbered else "",
        )
    return project


def inspect_project(folder: Path) -> tuple[Project, tuple[Problem, ...]]:
    """Return the project in a folder as far as it can be read, and everything wrong with it.

    Layers that cannot be found are left out; ``crs`` is empty when it is missing. Notices are
    among the problems.

    Raises
    ------
    ProjectError
        When there is no ``geotool.toml``, or it is no TOML.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        raise ProjectError(
            f"There is no {FILE_NAME} in {folder}.",
            remedy="Name the project's folder with --project, or make one with `geotool init`.",
        )
    reader = ProjectReader(folder, _parse(path))
    project = reader.project()
    notices = tuple(problem for problem in reader.problems if problem.severity != "error")
    return replace(project, notices=notices), tuple(reader.problems)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return resources.parse_toml_file(path)
    except DataError as error:
        slashes = " Write folders with / in paths." if "\\" in error.message else ""
        raise ProjectError(error.message, remedy=f"{error.remedy}{slashes}") from error
