"""The published partition of a project: what the public sees as one.

It is chosen once and kept as a plain table, one row a section, commune or class and step. A later
step may only add groups up. Columns: ``step`` (from 1), ``chosen_on`` (date of the figures, empty
where they have none), ``kind`` (section, commune, land_type or use), ``code``, ``published_id``,
``published_title``.
"""

import csv
import hashlib
import io
import itertools
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from geotool import plain_text
from geotool.affected.order import LAST
from geotool.errors import SchemaError
from geotool.share.small_cells import Groups

COLUMNS = ("step", "chosen_on", "kind", "code", "published_id", "published_title")
SECTION, COMMUNE = "section", "commune"
CLASSES = ("land_type", "use")
"""Classes of land and of structures that tables count people by."""
KINDS = (SECTION, COMMUNE, *CLASSES)
OTHER = "other"
"""Published code of the classes that are added up."""

_AND = " + "
_LISTED = 3  # sections without chainage in their codes, named one by one

_RANGE = re.compile(r"(?P<lead>.*?)(?P<start>Km\S+?)-(?P<end>Km\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class Choice:
    """What one section, commune or class is published as."""

    published_id: str
    title: str


Naming = Callable[[Sequence[str]], Choice]


@dataclass(frozen=True)
class Step:
    """One partition of a project, as it was chosen on a date: by kind the choice of each code."""

    chosen_on: str
    choices: Mapping[str, Mapping[str, Choice]]

    def of(self, kind: str) -> Mapping[str, Choice]:
        """Return the choices of one kind."""
        return self.choices.get(kind, {})

    def names(self, kind: str) -> dict[str, str]:
        """Return the published code of each code of one kind."""
        return {code: choice.published_id for code, choice in self.of(kind).items()}

    def merged(self, kind: str) -> frozenset[str]:
        """Return the classes of one kind that are added up as other."""
        names = self.names(kind)
        return frozenset(code for code, group in names.items() if group == OTHER)


def groups_of(step: Step, sections: Sequence[str], communes: Sequence[str]) -> Groups:
    """Return the groups of a step among the sections and communes there are now.

    A section or commune that the step does not know joins the group of the one before it in the
    order given, the first ones that of the one after: a partition kept is never refined.
    """
    return Groups(_joined(sections, step.of(SECTION)), _joined(communes, step.of(COMMUNE)))


def choose(
    groups: Groups,
    classes: Mapping[str, Mapping[str, bool]],
    *,
    names: Mapping[str, str],
    chosen_on: str,
    last: Step | None = None,
) -> Step:
    """Return the partition of groups with their codes and titles.

    Parameters
    ----------
    groups
        From :func:`geotool.share.small_cells.merge_small`; none splits a group of `last`.
    classes
        By kind every class, and whether it is added up with others.
    names
        Names of communes by code, where known.
    chosen_on
        Date of the figures.
    last
        The partition in force. Its codes that are gone stay in their groups, and a group that
        did not change keeps its code and title.
    """
    before = last or Step("", {})
    sections = _with_gone(groups.sections, before.of(SECTION))
    communes = _with_gone(groups.communes, before.of(COMMUNE))
    choices = {
        SECTION: _choices(sections, _members(groups.sections), before.of(SECTION), _section_choice),
        COMMUNE: _choices(
            communes,
            _members(groups.communes),
            before.of(COMMUNE),
            lambda codes: _commune_choice(codes, names),
        ),
    }
    for kind in CLASSES:
        own = {
            code: Choice(OTHER, OTHER) if merged else Choice(code, code)
            for code, merged in sorted(classes.get(kind, {}).items())
            if code or merged
        }
        choices[kind] = {**before.of(kind), **own}
    return Step(chosen_on, choices)


def is_same(step: Step, other: Step) -> bool:
    """Return whether two steps publish everything alike."""
    return all(step.of(kind) == other.of(kind) for kind in KINDS)


def is_coarser(step: Step, earlier: Step) -> bool:
    """Return whether no group of an earlier step is split by a later one."""
    for kind in KINDS:
        later: dict[str, str] = {}
        codes = step.names(kind)
        for code, group in earlier.names(kind).items():
            if code not in codes or later.setdefault(group, codes[code]) != codes[code]:
                return False
    return True


def steps_rows(steps: Sequence[Step]) -> dict[str, list[str]]:
    """Return the table of all steps, the first one first, column by column."""
    rows = [
        (str(number), step.chosen_on, kind, code, choice.published_id, choice.title)
        for number, step in enumerate(steps, 1)
        for kind in KINDS
        for code, choice in step.of(kind).items()
    ]
    columns = zip(*rows, strict=True) if rows else ((),) * len(COLUMNS)
    return {name: list(cells) for name, cells in zip(COLUMNS, columns, strict=True)}


def digest_steps(steps: Sequence[Step]) -> str:
    """Return the SHA-256 of the groups of steps, however their file and its dates are written."""
    groups = [[list(step.names(kind).items()) for kind in KINDS] for step in steps]
    text = json.dumps(groups, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read_steps(text: str, where: str) -> tuple[Step, ...]:
    """Return the steps of a table as :func:`steps_rows` makes it.

    Parameters
    ----------
    text
        The file as text.
    where
        Its name in messages.

    Raises
    ------
    SchemaError
        When it is not such a table, or a step splits what an earlier one added up.
    """
    steps = _parse(text, where)
    for place, (earlier, later) in enumerate(itertools.pairwise(steps), 2):
        if not is_coarser(later, earlier):
            raise _damaged(where, f"step {place} splits what was published together before")
    return steps


def _read_rows(text: str, where: str) -> list[list[str]]:
    """Return the cells of each row below the heading, without the marks of a spreadsheet."""
    heading = text.partition("\n")[0].strip()
    mark = next((one for one in ",;\t" if heading == one.join(COLUMNS)), ",")
    read = csv.reader(io.StringIO(text), delimiter=mark)
    rows = [row for row in read if any(cell.strip() for cell in row)]
    if not rows or tuple(rows[0]) != COLUMNS or any(len(row) != len(COLUMNS) for row in rows):
        raise _damaged(where, f"its columns are not {', '.join(COLUMNS)}")
    return [[plain_text.unguarded(cell) for cell in row] for row in rows[1:]]


def _parse(text: str, where: str) -> tuple[Step, ...]:
    found: dict[str, tuple[str, dict[str, dict[str, Choice]]]] = {}
    rows = _read_rows(text, where)
    _refuse_two_groups(rows, where)
    for number, chosen_on, kind, code, published_id, title in rows:
        if kind not in KINDS or not published_id:
            raise _damaged(where, f"the row of '{code}' is of no known kind, or has no group")
        if not _may_be(kind, code, published_id):
            raise _damaged(where, f"'{code}' cannot be published as '{published_id}'")
        _, own = found.setdefault(number, (chosen_on, {name: {} for name in KINDS}))
        own[kind].setdefault(code, Choice(published_id, title))
    if list(found) != [str(number) for number in range(1, len(found) + 1)] or not found:
        raise _damaged(where, "its steps are not numbered 1, 2, 3 ...")
    return tuple(Step(day, own) for day, own in found.values())


def _refuse_two_groups(rows: Iterable[Sequence[str]], where: str) -> None:
    """Refuse a code that stands twice in a step, unless both rows say the same."""
    groups: dict[tuple[str, str, str], tuple[str, str]] = {}
    for number, _, kind, code, *choice in rows:
        first_id, first_title = groups.setdefault((number, kind, code), (choice[0], choice[1]))
        if first_id != choice[0]:
            raise _damaged(where, f"'{code}' is in two groups of step {number}")
        if first_title != choice[1]:
            raise _damaged(where, f"'{code}' has two titles in step {number}")


def _may_be(kind: str, code: str, published_id: str) -> bool:
    """Return whether a code may have a published one: no other class, nor a reserved word."""
    if kind in CLASSES:
        return published_id in (code, OTHER)
    return published_id not in LAST or published_id == code


def _damaged(where: str, reason: str) -> SchemaError:
    return SchemaError(
        f"{where}: not the partition geotool published: {reason}.",
        remedy="Restore the file from a copy of the project; what is published is never refined.",
    )


def _members(groups: Iterable[Sequence[str]]) -> frozenset[str]:
    return frozenset(itertools.chain.from_iterable(groups))


def _joined(codes: Sequence[str], choices: Mapping[str, Choice]) -> tuple[tuple[str, ...], ...]:
    known = [choices[code].published_id if code in choices else None for code in codes]
    first = next((group for group in known if group is not None), "")
    members: dict[str, list[str]] = {}
    current = first
    for code, group in zip(codes, known, strict=True):
        current = current if group is None else group
        members.setdefault(current, []).append(code)
    return tuple(tuple(group) for group in members.values())


def _with_gone(
    groups: Iterable[Sequence[str]], last: Mapping[str, Choice]
) -> list[tuple[str, ...]]:
    """Return the groups with the codes that a partition knew and that are gone now."""
    made = [list(group) for group in groups]
    place = {code: number for number, group in enumerate(made) for code in group}
    home = {last[code].published_id: number for code, number in place.items() if code in last}
    for code, choice in last.items():
        if code in place:
            continue
        if choice.published_id not in home:
            home[choice.published_id] = len(made)
            made.append([])
        made[home[choice.published_id]].append(code)
    return [tuple(group) for group in made]


def _choices(
    groups: Sequence[Sequence[str]],
    here: Collection[str],
    last: Mapping[str, Choice],
    name: Naming,
) -> Mapping[str, Choice]:
    """Return the choice of every code; a group that did not change keeps its own.

    Codes that are gone name no group, nor does a range that the codes still there do not cover.
    """
    kept: dict[str, Choice] = {}
    used: set[str] = set()
    home = {code: group for group in groups for code in group}
    sizes = Counter(last.values())
    for group in groups:
        named = [code for code in group if code in here] or list(group)
        choice = _unchanged(group, named, last, sizes) or name(named)
        if choice.published_id in used or home.get(choice.published_id, group) is not group:
            choice = Choice(_AND.join(named), choice.title)
        used.add(choice.published_id)
        kept |= dict.fromkeys(filter(None, group), choice)
    return MappingProxyType(kept)


def _unchanged(
    group: Sequence[str],
    named: Sequence[str],
    last: Mapping[str, Choice],
    sizes: Mapping[Choice, int],
) -> Choice | None:
    """Return the choice of a group that is as it was, None where it has to be named anew."""
    own = {last[code] for code in group if code in last}
    if len(own) != 1:
        return None
    (choice,) = own
    shorter = len(named) < len(group) and _RANGE.fullmatch(choice.title)
    return choice if sizes[choice] == len(group) and not shorter else None


def _section_choice(codes: Sequence[str]) -> Choice:
    """Return ``Km555-Km557`` for the sections from Km555 to Km557, of each alignment."""
    found = [_RANGE.fullmatch(code) for code in codes]
    if any(match is None for match in found):
        title = _AND.join(codes) if len(codes) <= _LISTED else f"{codes[0]} … {codes[-1]}"
        return Choice(title, title)
    ends: dict[str, list[str]] = {}
    for match in found:
        assert match is not None
        ends.setdefault(match["lead"], []).extend((match["start"], match["end"]))
    title = _AND.join(f"{lead}{labels[0]}-{labels[-1]}" for lead, labels in ends.items())
    return Choice(title, title)


def _commune_choice(codes: Sequence[str], names: Mapping[str, str]) -> Choice:
    """Return the codes and the names of communes joined; ground of none joins without a name."""
    real = [code for code in codes if code not in LAST] or list(codes)
    return Choice(_AND.join(real), _AND.join(names.get(code, code) for code in real))
