"""Two versions of a boundary: which ground is added, which given back, and whose it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geotool import crs, outputs, rules, sources
from geotool.affected import holdings, versions
from geotool.affected.versions import Changes
from geotool.errors import ProjectError, UsageError
from geotool.pipeline.affected_rows import records
from geotool.pipeline.answer import Answer
from geotool.pipeline.axes import companion_options
from geotool.pipeline.inputs import Inputs, open_project
from geotool.route.versions import find_version, list_versions, name_versions, select_version
from geotool.schema import Problem
from geotool.share.tables import Kind, Table, TableColumn
from geotool.sources import LayerRead, ReadOptions
from geotool.sources.indexed.near_read import NearRead

_PARCEL_COLUMNS = ("land_type", "commune_id", "household_id", "organisation_id")

CHANGE_TOTALS = ("additional_area_m2", "given_back_area_m2")
"""Keys of the headline figures."""

_AREAS = (
    "old_area_m2",
    "new_area_m2",
    *versions.CHANGE_AREAS,
    "net_area_m2",
    "overlap_area_m2",
    "uncovered_area_m2",
)


@dataclass(frozen=True)
class CompareOptions:
    """Two files and the parcels, else a project and two of its versions; and how to group."""

    old: str | None = None
    new: str | None = None
    parcels: str | None = None
    holdings: str | None = None
    project: Path | None = None
    versions: tuple[str, ...] = ()
    by: str = "parcel"
    src_crs: str | None = None
    output: str | None = None
    overwrite: bool = False


def compare_boundaries(options: CompareOptions) -> Answer:
    """Compare the land that two versions of a boundary take for good.

    Raises
    ------
    UsageError
        When neither two files and the parcels nor a project are named, or a version is not
        there.
    OutputExistsError
        When the output exists and may not be replaced.
    DataError
        When a layer is refused, or a project has no two versions.
    CheckError
        When the areas do not add up.
    """
    files = _name_files(options)
    if options.output is not None:
        outputs.check_writable(options.output, overwrite=options.overwrite)
    if files is not None:
        return _of_files(*files, options)
    if options.project is not None:
        return _of_project(options.project, options)
    raise UsageError(
        "Two boundaries and the parcels are needed.",
        remedy="Name OLD NEW --parcels FILE, or --project DIR.",
    )


def measure_changes(inputs: Inputs) -> Changes | None:
    """Return what the version that holds changed since the one before it.

    None where the project has no parcels, its right of way is not the layer of that name, or
    no earlier version of it is there.
    """
    drawn, choice = inputs.get("right_of_way"), inputs.project.corridor
    if drawn is None or inputs.get("parcels") is None:
        return None
    if choice is not None and choice.source != "right_of_way":
        return None
    known = list_versions(drawn)
    named = choice.version if choice is not None and choice.version else None
    holds = None if named is None else find_version(known, named)
    until = known if holds is None else known[: known.index(holds) + 1]
    return _between(inputs, until[-2], until[-1])[0] if len(until) > 1 else None


def changes_tables(found: Changes) -> tuple[Table, ...]:
    """Return the parcels that gain or lose ground, one row each."""
    return (_table(found, "parcel", "boundary_changes"),)


def changes_layers(found: Changes) -> dict[str, gpd.GeoDataFrame]:
    """Return the changed ground, parcel by parcel."""
    return {"boundary_changes": found.pieces}


def changes_totals(found: Changes) -> dict[str, float]:
    """Return the headline figures: land taken for good besides, and no longer.

    Additional land is stated apart from what is taken in all.
    """
    areas = (found.added_area_m2, found.given_back_area_m2)
    return dict(zip(CHANGE_TOTALS, areas, strict=True))


def _name_files(options: CompareOptions) -> tuple[str, str, str] | None:
    """Return the two boundaries and the parcels, None where a project's versions are meant."""
    old, new, parcels = options.old, options.new, options.parcels
    given = [name for name in (old, new, parcels, options.holdings) if name is not None]
    if given and options.versions:
        raise UsageError("--version is for a project.", remedy="Leave out the files, or --version.")
    if len(options.versions) not in (0, 2):
        raise UsageError(
            f"--version was given {len(options.versions)} time(s).",
            remedy="Give it twice: --version OLD --version NEW.",
        )
    if old is not None and new is not None and parcels is not None:
        return old, new, parcels
    if given:
        raise UsageError(
            "Two boundaries and the parcels are needed.",
            remedy="Name OLD NEW --parcels FILE, or --project DIR alone.",
        )
    return None


def _of_project(project_dir: Path, options: CompareOptions) -> Answer:
    inputs = open_project(project_dir)
    inputs.require("parcels", "whose land changes")
    known = list_versions(inputs.require("right_of_way", "its versions"))
    unknown = [name for name in options.versions if find_version(known, name) is None]
    if unknown:
        raise UsageError(
            f"The right of way has no version {', '.join(unknown)}.",
            remedy=f"Versions there are: {name_versions(known)}.",
        )
    if len(known) < 2:
        raise ProjectError(
            f"{project_dir}: right_of_way has {len(known)} version(s); two are needed.",
            remedy="Give its rows a column version, or compare two files.",
        )
    old, new = options.versions or known[-2:]
    found, held = _between(inputs, old, new)
    _check_holders(held, options)
    answer = _answer(found, options, {"old": old, "new": new}, inputs.problems)
    words = f"Versions {name_versions([old])} and {name_versions([new])} compared."
    project = inputs.project
    return replace(
        answer,
        words=[words, *answer.words],
        language=project.language,
        project_dir=project.root,
    )


def _between(inputs: Inputs, old: str, new: str) -> tuple[Changes, pd.DataFrame]:
    """Return what changed between two versions of a project's layer, and its holdings."""
    drawn = inputs.require("right_of_way", "its versions")
    parcels = inputs.require("parcels", "whose land changes")
    held = holdings.make_holdings(inputs.get("holdings"), parcels, inputs.get("organisations"))
    before, after = (select_version(drawn, version)[0] for version in (old, new))
    found = versions.compare_versions(before, after, parcels, held, tolerances=inputs.tolerances)
    return found, held


def _of_files(old: str, new: str, parcels: str, options: CompareOptions) -> Answer:
    reads = {source: _read(source, options) for source in (old, new)}
    problems = [problem for read in reads.values() for problem in read.report.problems]
    (before, older), (after, others) = (select_version(reads[name].frame) for name in (old, new))
    problems += [*older, *others]
    crs.require_same({source: read.frame for source, read in reads.items()})
    near = _read_parcels(parcels, [before, after], options)
    crs.require_same({parcels: near, old: before})
    problems += near.problems
    land = near.frame()
    table = None
    if options.holdings is not None:
        read = sources.read_layer(options.holdings, "holdings", ReadOptions())
        problems += read.report.problems
        table = read.frame
    own = holdings.make_holdings(table, land)
    _check_holders(own, options)
    found = versions.compare_versions(before, after, land, own, tolerances=rules.load_tolerances())
    answer = _answer(found, options, {"old": old, "new": new}, problems)
    return replace(answer, words=[f"{old} and {new} compared.", *answer.words])


def _read(source: str, options: CompareOptions) -> LayerRead:
    read = sources.read_layer(source, "right_of_way", companion_options(source, options.src_crs))
    crs.require_projected(read.frame, source)
    return read


def _read_parcels(
    source: str, boundaries: Sequence[gpd.GeoDataFrame], options: CompareOptions
) -> NearRead:
    """Read the parcels near either boundary, once."""
    both = gpd.GeoDataFrame(
        geometry=pd.concat([frame.geometry for frame in boundaries], ignore_index=True)
    )
    told = companion_options(source, options.src_crs)
    near = sources.read_near(source, both, columns=_PARCEL_COLUMNS, options=told)
    crs.require_projected(near.crs, source)
    return near


def _check_holders(held: pd.DataFrame, options: CompareOptions) -> None:
    if options.by == "holder" and held.empty:
        raise UsageError(
            "--by holder: no holder of any parcel is known.",
            remedy="Add --holdings FILE, or a column household_id to the parcels.",
        )


def _answer(
    found: Changes, options: CompareOptions, named: dict[str, str], problems: Sequence[Problem]
) -> Answer:
    rows = versions.group_changes(found, options.by)
    totals: dict[str, Any] = {name: getattr(found, name) for name in _AREAS}
    data = {**named, "parcel_count": len(found.parcels), **totals, "groups": records(rows)}
    words: list[str] = []
    if options.output is not None:
        words = _write(rows, found.pieces, options.output, overwrite=options.overwrite)
    summary = Table("changes", tuple(TableColumn(name, "area_m2") for name in _AREAS), [totals])
    groups = (_table(found, options.by, "boundary_changes"),) if len(rows) else ()
    return Answer(
        data,
        tables=() if options.output == outputs.STDOUT else (summary, *groups),
        problems=problems,
        words=words,
    )


def _table(found: Changes, by: str, name: str) -> Table:
    rows = versions.group_changes(found, by)
    kinds: dict[str, Kind] = {"parcel_count": "count"}
    kinds |= dict.fromkeys(versions.CHANGE_AREAS, "area_m2")
    columns = tuple(TableColumn(str(column), kinds.get(str(column), "value")) for column in rows)
    total = {
        "added_area_m2": found.added_area_m2,
        "given_back_area_m2": found.given_back_area_m2,
    }
    notes = ("tables.boundary_changes_note",)
    return Table(name, columns, records(rows), total=total, notes=notes)


def _write(
    rows: pd.DataFrame, pieces: gpd.GeoDataFrame, output: str, *, overwrite: bool
) -> list[str]:
    """Write the rows as CSV, or the changed pieces as a layer."""
    if output == outputs.STDOUT or output.lower().endswith(".csv"):
        outputs.write_table_csv(rows, output, overwrite=overwrite)
        return [] if output == outputs.STDOUT else [f"{output}: {len(rows)} rows."]
    outputs.write_layer(pieces, output, layer="boundary_changes", overwrite=overwrite)
    return [f"{output}: {len(pieces)} pieces."]
