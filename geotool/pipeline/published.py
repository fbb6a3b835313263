"""What a profile may see of a project, and the partition that everything public is added up by."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from geotool.affected import totals
from geotool.affected.structures import DWELLING
from geotool.affected.take import BASIS_AREAS
from geotool.pipeline.assess import BASIS_TOTALS, Assessment
from geotool.pipeline.published_file import FILE, read_kept, write_steps
from geotool.pipeline.published_ground import ROW, hides_bases
from geotool.pipeline.published_people import (
    PLACES,
    find_homes,
    find_people,
    make_grid,
    tally_people,
)
from geotool.pipeline.published_sensitive import leave_out_sensitive, told_by_roads
from geotool.pipeline.published_statistics import leave_out_few
from geotool.pipeline.published_view import by_published_cells, published_places, without_rows
from geotool.pipeline.tables import commune_names
from geotool.project import Project
from geotool.route.bases import DONATED, RECOVERED, TEMPORARY
from geotool.rules.small_cells import SmallCells
from geotool.schema import Problem, make_problem
from geotool.share import published, redaction
from geotool.share.published import Step
from geotool.share.redaction import Profile
from geotool.share.small_cells import Grid, merge_classes, merge_small

_HOUSEHOLDS = ("households_by_section", "households_by_commune")
_HOUSEHOLD_AREAS = {f"{table}.affected_area_m2" for table in _HOUSEHOLDS}
_GIVERS = "contributor_count"
_LOST_COUNTS = ("full_count", "partial_count")
"""Parcels of which land is taken for good: all others are lent for a time."""

Classes = dict[str, dict[str, bool]]


@dataclass(frozen=True)
class Disclosed:
    """An assessment as the readers of a profile may see it.

    Parameters
    ----------
    found, profile
        The assessment and the profile, both without what would tell too much.
    problems
        Notices for the office: a partition chosen or added up further, figures left out.
    record
        What the answer says of the partition: path, written, section_count, commune_count,
        withheld; None where nothing is added up.
    """

    found: Assessment
    profile: Profile
    problems: tuple[Problem, ...] = ()
    record: Mapping[str, Any] | None = None


def disclose(found: Assessment, profile: Profile) -> Disclosed:
    """Return what the readers of a profile may see of an assessment.

    For the public everything is added up by the partition that the project keeps in
    ``layers/published_cells.csv``. It is chosen and written here when there is none, and written
    again when groups had to be added up further; it is never refined. What was disclosed before
    is returned as it is.

    Raises
    ------
    OutputError
        When the partition cannot be written: nothing is published without it.
    SchemaError
        When the file is not a partition that geotool chose, or not the one last published.
    """
    if found.shown_to is not None:
        return Disclosed(found, found.shown_to)
    if profile.name == "internal":
        return Disclosed(found, profile)
    seen = leave_out_sensitive(found)
    told = told_by_roads(found)
    profile = redaction.hide(profile, columns=told, tables=())
    notices = _left_out(found, "road_figures_withheld", "Counts a road that is not shown", told)
    rule = profile.small
    if rule is None:
        return Disclosed(replace(seen, shown_to=profile), profile, notices)
    profile = _hide_few(found, profile, rule)
    seen, few = leave_out_few(seen, rule)
    notices += _left_out(found, "figures_withheld", "Some value counts a few only", few)
    if seen.ground is None or (seen.land is None and seen.structures is None):
        profile = _hide_bases(seen, find_people(seen), profile, rule)
        return Disclosed(*_drawn(seen, profile), notices)
    made = _published(seen, profile, rule)
    return replace(made, problems=(*notices, *made.problems))


def _left_out(
    found: Assessment, rule: str, reason: str, names: Collection[str]
) -> tuple[Problem, ...]:
    """Return a notice of what is left out for a reason, none where nothing is."""
    if not names:
        return ()
    text = f"{reason}: {', '.join(sorted(names))} left out."
    return (make_problem(rule, "", text, project_dir=found.inputs.project.root),)


def _published(found: Assessment, profile: Profile, rule: SmallCells) -> Disclosed:
    assert found.ground is not None
    project = found.inputs.project
    people, homes = find_people(found), find_homes(found.land)
    grid = make_grid(found, found.ground, people, homes, rule.least_count)
    kept = read_kept(project.root)
    last = kept[-1] if kept else None
    classes = _merged(people, rule, last)
    step = _choose(found, (grid, classes), rule, last)
    changed = not kept or not published.is_same(step, kept[-1])
    if changed:
        write_steps(project.root, [*kept, step])
    shown = by_published_cells(found, step, homes)
    merged = {kind: step.merged(kind) for kind in published.CLASSES}
    small_types = people["land_type"].isin(merged["land_type"])
    people = people.assign(land_type=people["land_type"].mask(small_types, published.OTHER))
    withheld = _withheld(shown, published_places(people, step), rule)
    profile = redaction.withhold(_hide_bases(found, people, profile, rule), withheld)
    profile = redaction.hide(profile, columns=_told_by_classes(merged, rule), tables=())
    shown, profile = _drawn(shown, replace(profile, merged=merged))
    problems = _partition_notices(project, kept, step, withheld)
    record = {
        "path": FILE.as_posix(),
        "written": changed,
        "section_count": len(set(step.names("section").values())),
        "commune_count": len(set(step.names("commune").values())),
        "withheld": sorted(withheld),
    }
    return Disclosed(shown, profile, tuple(problems), record)


def _drawn(found: Assessment, profile: Profile) -> tuple[Assessment, Profile]:
    """Return what a profile is shown, its right of way as a whole or by basis, and the profile."""
    whole = without_rows(found, by_basis=not hides_bases(profile))
    return replace(whole, shown_to=profile), profile


def _choose(
    found: Assessment, parts: tuple[Grid, Classes], rule: SmallCells, last: Step | None
) -> Step:
    """Return the partition of today: the one kept, added up further where it has to be."""
    grid, classes = parts
    sections = [section_id for _, section_id in grid.sections]
    start = None if last is None else published.groups_of(last, sections, grid.communes)
    groups = merge_small(grid, rule, start)
    names = commune_names(found)
    return published.choose(groups, classes, names=names, chosen_on=found.on or "", last=last)


def _hide_few(found: Assessment, profile: Profile, rule: SmallCells) -> Profile:
    """Return the profile without what is about a few people in the whole project."""
    names = redaction.small_columns(found.totals, [found.totals], rule)
    contributions = found.inputs.get("contributions")
    if contributions is not None:
        givers = _givers(contributions)
        money = [name for name, counts in rule.amounts.items() if _GIVERS in counts]
        if rule.is_small(givers["giver"].nunique()):
            names |= {_GIVERS, *money}
        if any(rule.is_small(count) for count in givers.groupby("road").size()):
            profile = redaction.withhold(profile, money)
    return redaction.hide(profile, columns=names, tables=())


def _givers(contributions: pd.DataFrame) -> pd.DataFrame:
    """Return who gave for which road, once each; whoever is not named is someone else."""
    plain = contributions.reindex(columns=["contributor_id", "landmark_road_id"]).astype(object)
    unnamed = pd.Series([f"row {row}" for row in range(len(plain))], index=plain.index)
    givers = plain["contributor_id"].where(plain["contributor_id"].notna(), unnamed)
    rows = pd.DataFrame({"giver": givers, "road": plain["landmark_road_id"].fillna("")})
    return rows.drop_duplicates()


def _told_by_classes(merged: Mapping[str, Collection[str]], rule: SmallCells) -> set[str]:
    """Return the totals that count some, but not all, of the classes added up as other."""
    found: set[str] = set()
    for kind, names in merged.items():
        counted = Counter(total for name in names for total in {*rule.totals_of(kind, name)})
        found |= {total for total, count in counted.items() if count < len(names)}
    return found


def _withheld(found: Assessment, people: pd.DataFrame, rule: SmallCells) -> set[str]:
    """Return the columns that would count a few people in some published cell."""
    names: set[str] = set()
    for table in _counts_by_cell(found):
        rows = table.drop(columns=PLACES).to_dict("records")
        names |= redaction.small_columns(
            list(table.columns), [{str(k): v for k, v in row.items()} for row in rows], rule
        )
    return names | _telling_areas(people[people["basis"].notna()], rule)


def _telling_areas(owned: pd.DataFrame, rule: SmallCells) -> set[str]:
    """Return the areas that would be the land of a few people in some published cell."""
    names: set[str] = set()
    for keys in (PLACES, ["land_type"]):
        divided = tally_people(owned, [*keys, "basis"], rule.least_count).values()
        if any(tally.is_small(rule) for tally in divided):
            names |= {*BASIS_AREAS, *_left_by_bases(owned)}
    cells = tally_people(owned, PLACES, rule.least_count).values()
    if any(rule.is_small(len(tally.unheld)) for tally in cells):
        names |= {f"{table}.{area}" for table in _HOUSEHOLDS for area in BASIS_AREAS}
        names |= _HOUSEHOLD_AREAS
    return names


def _left_by_bases(owned: pd.DataFrame) -> set[str]:
    """Return what would tell, as the rest of other figures, of donated and of temporary land.

    Parcels are lost in full or in part, or lent; the area of households counts no donors.
    """
    bases = set(owned["basis"])
    counts = set(_LOST_COUNTS) if TEMPORARY in bases else set()
    return counts | (_HOUSEHOLD_AREAS if DONATED in bases else set())


def _counts_by_cell(found: Assessment) -> list[pd.DataFrame]:
    """Return what is counted in each cell, under the names of the tables."""
    tables = []
    if found.land is not None:
        flags = {name: f"{name}_count" for name in ("affected", "relocated", "residential")}
        take = found.land.households
        each = take.places.groupby([*PLACES, take.key])[list(flags)].any()
        people = each.groupby(PLACES).sum().reset_index().rename(columns=flags)
        tables.append(people.rename(columns={"affected_count": "household_count"}))
        parcels = totals.group_land_take(found.land.take, ["section", "commune"])
        counts = {"affected_count": "parcel_count"}
        kept = [*PLACES, "affected_count", "full_count", "partial_count"]
        tables.append(parcels[kept].rename(columns=counts))
    if found.structures is not None:
        kinds = found.structures.assign(dwelling_count=found.structures["use"] == DWELLING)
        sizes = kinds.groupby(PLACES)["dwelling_count"].agg(["size", "sum"]).reset_index()
        tables.append(sizes.rename(columns={"size": "structure_count", "sum": "dwelling_count"}))
    return tables


def _hide_bases(
    found: Assessment, people: pd.DataFrame, profile: Profile, rule: SmallCells
) -> Profile:
    """Return the profile without rows that may be of one donor, who gives or lends land.

    And without figures by basis where these are a few, or nobody knows who.
    """
    owned = people[people["basis"].notna()]
    tallies = tally_people(owned, ["basis"], rule.least_count)
    given = set() if found.ground is None else set(found.ground.section_cells["basis"])
    held = set() if found.land is None else set(found.land.take.parts["basis"])
    if given - {RECOVERED}:
        profile = redaction.hide(profile, columns={ROW}, tables=())
    if given <= {RECOVERED, *held} and not any(tally.is_small(rule) for tally in tallies.values()):
        return profile
    hidden = {*BASIS_TOTALS, *_left_by_bases(owned).intersection(_LOST_COUNTS)}
    return redaction.hide(profile, columns=hidden, tables=("land_take_by_basis",))


def _merged(people: pd.DataFrame, rule: SmallCells, last: Step | None) -> Classes:
    """Return land types and uses of structures, and which of them are added up as other."""
    classes: Classes = {}
    for kind, of_class in (("land_type", "basis"), ("use", "use")):
        rows = people[people[of_class].notna()]
        found = tally_people(rows, [kind], rule.least_count)
        tallies = {key[0]: tally for key, tally in found.items()}
        counted = {name for name in tallies if rule.totals_of(kind, name)}
        start = last.merged(kind) if last else ()
        merged = merge_classes(tallies, rule, start, counted)
        classes[kind] = {name: name in merged for name in (*tallies, *merged)}
    return classes


def _partition_notices(
    project: Project, kept: Sequence[Step], step: Step, withheld: Collection[str]
) -> list[Problem]:
    """Return what the office must know: what was chosen, or added up further, or left out."""
    found = []
    if not kept:
        text = f"{FILE.as_posix()} was written: {_sizes(step)}."
        found.append(("partition_chosen", text))
    elif not published.is_same(step, kept[-1]):
        text = f"{FILE.as_posix()} was added to: {_sizes(kept[-1])} before, {_sizes(step)} now."
        found.append(("partition_coarsened", text))
    if withheld:
        text = f"Some published cell has a few only: {', '.join(sorted(withheld))} left out there."
        found.append(("figures_withheld", text))
    return [
        make_problem(rule, "", text, place=FILE.as_posix(), project_dir=project.root)
        for rule, text in found
    ]


def _sizes(step: Step) -> str:
    """Return how many groups a partition has of how many sections and communes."""
    return " and ".join(
        f"{len(set(codes.values()))} groups of {len(codes)} {kind}s"
        for kind in (published.SECTION, published.COMMUNE)
        for codes in (step.names(kind),)
    )
