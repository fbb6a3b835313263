"""Who sees what: columns and tables by allow-list, for maps and reports alike.

Three profiles: ``public`` (no persons, no holder keys, no parcels one by one), ``committee``
(codes, status, cause, no person data), ``internal`` (every schema column, for a named
recipient). What is not allowed by name is not shown. Layers and rows that a schema calls sensitive
are shown to ``internal`` only, and counts of a few people not to the public.
"""

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geotool import rules
from geotool.affected.order import LAST
from geotool.errors import UsageError
from geotool.rules.small_cells import SmallCells, load_small_cells
from geotool.schema import LayerSchema, normalise_name
from geotool.share.published import OTHER
from geotool.share.tables import Table, is_empty

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

PROFILES = ("public", "committee", "internal")
RECIPIENT_LENGTH = 200
"""Letters that the name of a recipient may have: every sheet bears it."""


@dataclass(frozen=True)
class Profile:
    """One profile with the result columns and tables it may show.

    Parameters
    ----------
    name
        ``public``, ``committee`` or ``internal``.
    results
        Computed columns the profile may show.
    tables
        Tables the profile may show; None for all.
    recipient
        Who receives an internal output; None for the other profiles.
    small
        When a count of people is too small for the profile; None where none is.
    withheld
        Columns that tables by place, class and road leave out, because some cell is too small, or
        counts what is not shown; ``table.column`` where one table does.
    hidden
        Columns that no table shows; ``table.column`` where one table does not.
    merged
        By class column the classes that tables add up as ``other``.
    """

    name: str
    results: frozenset[str]
    tables: frozenset[str] | None
    recipient: str | None = None
    small: SmallCells | None = None
    withheld: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    merged: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def is_public(self) -> bool:
        """Whether anyone may receive the output."""
        return self.name == "public"


def load_profile(
    name: str, *, recipient: str | None = None, project_dir: Path | None = None
) -> Profile:
    """Return a profile from ``layers/rules/profiles.toml``.

    Raises
    ------
    UsageError
        When the name is unknown, or ``internal`` is asked for without a recipient, or
        the recipient's name is too long to be printed.
    """
    if name not in PROFILES:
        raise UsageError(f"There is no profile '{name}'.", remedy=f"Known: {', '.join(PROFILES)}.")
    _check_recipient(name, (recipient or "").strip())
    values: Mapping[str, Any] = rules.load_rule("profiles", project_dir=project_dir).values
    levels = PROFILES[: PROFILES.index(name) + 1]
    results = frozenset(column for level in levels for column in values["results"][level])
    tables = frozenset(values["tables"]["public"]) if name == "public" else None
    small = load_small_cells(project_dir=project_dir) if name == "public" else None
    return Profile(name, results, tables, recipient if name == "internal" else None, small)


def _check_recipient(name: str, recipient: str) -> None:
    if name == "internal" and not recipient:
        raise UsageError(
            "The profile 'internal' shows personal data and needs a named recipient.",
            remedy="Add --recipient TEXT, or use --profile committee.",
        )
    if len(recipient) > RECIPIENT_LENGTH:
        raise UsageError(
            f"The recipient has {len(recipient)} letters; "
            f"at most {RECIPIENT_LENGTH} can be printed on every sheet.",
            remedy="Give a shorter --recipient.",
        )


def withhold(profile: Profile, names: Collection[str]) -> Profile:
    """Return the profile without these columns in tables by place and in result layers."""
    layers = {_COUNTED_IN_LAYERS.get(name, name) for name in names}
    return replace(
        profile, results=profile.results - layers, withheld=profile.withheld | frozenset(names)
    )


def hide(profile: Profile, *, columns: Collection[str], tables: Collection[str]) -> Profile:
    """Return the profile without these columns anywhere, and without these tables."""
    return replace(
        profile,
        results=profile.results - set(columns),
        tables=None if profile.tables is None else profile.tables - set(tables),
        hidden=profile.hidden | frozenset(columns),
    )


def is_hidden(schema: LayerSchema, profile: Profile) -> bool:
    """Return whether the profile may not see a layer of a schema at all, feature by feature."""
    sensitive = schema.sensitive and profile.name != "internal"
    return sensitive or (profile.is_public and schema.public != "features")


def sensitive_rows(frame: "pd.DataFrame", schema: LayerSchema) -> "NDArray[np.bool_]":
    """Return which rows of a layer are for the profile internal only.

    Those whose text holds a phrase that the schema calls sensitive, whatever the accents, the
    case and the spaces, also within a word; all of them where the whole layer is.
    """
    import numpy as np

    found = np.full(len(frame), schema.sensitive, dtype=np.bool_)
    for column in schema.columns:
        if not column.sensitive or column.name not in frame:
            continue
        texts = frame[column.name].astype(object)
        known = {text: _has_phrase(str(text), column.sensitive) for text in texts.dropna().unique()}
        found |= texts.map(known).eq(True).to_numpy()
    return found


def holds_phrase(text: str, schema: LayerSchema) -> bool:
    """Return whether words about a layer hold a phrase that one of its columns calls sensitive."""
    return any(_has_phrase(text, column.sensitive) for column in schema.columns)


def _has_phrase(text: str, phrases: Collection[str]) -> bool:
    word = _as_one_word(text) if phrases else ""
    return any(_as_one_word(phrase) in word for phrase in phrases)


def _as_one_word(text: str) -> str:
    return normalise_name(text).replace("_", "")


def allowed_columns(schema: LayerSchema, profile: Profile) -> list[str]:
    """Return the schema's columns the profile may show, in schema order."""
    rank = PROFILES.index(profile.name)
    return [
        column.name
        for column in schema.columns
        if profile.name == "internal"
        or (not column.person and PROFILES.index(column.visibility) <= rank)
    ]


def redact_columns(wanted: tuple[str, ...], schema: LayerSchema, profile: Profile) -> list[str]:
    """Return those of the wanted columns the profile may show, in the order wanted.

    A column of the schema follows the schema, any other the profile's list of results.
    """
    shown = set(allowed_columns(schema, profile))
    own = set(schema.column_names)
    return [name for name in wanted if (name in shown if name in own else name in profile.results)]


def redact_tables(tables: tuple[Table, ...], profile: Profile) -> tuple[Table, ...]:
    """Return the tables a profile may show, cut to their columns, the public ones without keys.

    A row may hold more than its table has columns for; what has no column is not shown. Of the
    public ones a column is left out where it counts a few people only, or all but a few.
    """
    shown = [table for table in tables if profile.tables is None or table.name in profile.tables]
    if profile.small is None:
        return tuple(_cut(table, _left_out_of(table, profile)) for table in shown)
    merged = [_with_merged_classes(table, profile.merged) for table in shown]
    cut = [_cut(_without_small(table, profile, profile.small), _HOLDER_KEYS) for table in merged]
    return tuple(table for table in cut if _says_something(table))


def public_totals(totals: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """Return headline figures without hidden ones, the public ones without those of a few people.

    Those are left out that count a few people only, or all but a few.
    """
    left_out = _named(totals, _TOTALS, profile.hidden)
    if profile.small is not None:
        left_out |= small_columns(totals, [totals], profile.small)
    return {name: value for name, value in totals.items() if name not in left_out}


_HOLDER_KEYS = ("household_id", "organisation_id", "holder_id", "parcel_id")
_PLACES = ("section_id", "commune_id", "commune_name")
_CLASSES = ("land_type", "basis", "use")
_COUNTED_IN_LAYERS = {"parcel_count": "affected_count"}
_TOTALS = "totals"
_ADDED_UP = "tables.published_note"
_WITHHELD, _MERGED = "tables.withheld_note", "tables.merged_note"


def _with_merged_classes(table: Table, merged: Mapping[str, frozenset[str]]) -> Table:
    """Return a table by one class with the rows of small classes added up as ``other``."""
    key = table.columns[0].name if table.columns else ""
    is_small = [str(row.get(key) or "") in merged.get(key, ()) for row in table.rows]
    if not any(is_small):
        return table
    small = [row for row, found in zip(table.rows, is_small, strict=True) if found]
    kept = [row for row, found in zip(table.rows, is_small, strict=True) if not found]
    other = {key: OTHER, **{column.name: _sum(small, column.name) for column in table.columns[1:]}}
    named = [row for row in kept if row.get(key) not in LAST]
    rows = [*named, other, *(row for row in kept if row.get(key) in LAST)]
    return replace(table, rows=rows, notes=(*table.notes, _MERGED))


def _sum(rows: Collection[Mapping[str, object]], name: str) -> float:
    cells = [row.get(name) for row in rows]
    return sum(cell for cell in cells if isinstance(cell, int | float) and not is_empty(cell))


def _without_small(table: Table, profile: Profile, rule: SmallCells) -> Table:
    """Return a table without the columns in which a few people could be counted."""
    names = {column.name for column in table.columns}
    hidden = small_columns(names, [*table.rows, *_total_and_rest(table, rule)], rule)
    hidden |= _left_out_of(table, profile)
    kept = tuple(column for column in table.columns if column.name not in hidden)
    notes = [_WITHHELD] if hidden else []
    if not names.isdisjoint(_PLACES) and not rule.people.isdisjoint(names - hidden):
        notes = [_ADDED_UP, *notes]
    return replace(table, columns=kept, notes=(*table.notes, *notes))


def _left_out_of(table: Table, profile: Profile) -> set[str]:
    """Return the columns that a table leaves out, one by place, class or road more than others."""
    names = {column.name for column in table.columns}
    is_divided = not names.isdisjoint((*_PLACES, "land_type", "landmark_road_id"))
    withheld = profile.withheld if is_divided else frozenset[str]()
    return _named(names, table.name, profile.hidden | withheld)


def _named(names: Collection[str], table: str, listed: Collection[str]) -> set[str]:
    """Return the columns of a table that a list names, by themselves or as ``table.column``."""
    return {name for name in names if name in listed or f"{table}.{name}" in listed}


def _total_and_rest(table: Table, rule: SmallCells) -> list[Mapping[str, object]]:
    """Return the total of a table, and what its rows leave of it: that many are in several."""
    total = table.total
    if not total:
        return []
    rows = [_counts(row, rule) for row in table.rows]
    whole = _counts(total, rule).items()
    rest = {name: count - sum(row.get(name, 0.0) for row in rows) for name, count in whole}
    return [total, rest]


def small_columns(
    names: Collection[str], rows: Collection[Mapping[str, object]], rule: SmallCells
) -> set[str]:
    """Return the columns that would tell of a few people: by themselves or by what is left.

    Counts of people that are small in a row; of the parts of a whole as many as leave, however
    they are added up, a small rest of it; counts that change with the date; and amounts of money
    and land whose count is left out.
    """
    counted = [_counts(row, rule) for row in rows]
    few = {name for row in counted for name in row if _is_telling(row, name, rule)}
    for row in counted:
        for whole, parts in rule.divisions:
            shown = [name for name in parts if name in names and name not in few]
            few |= _telling_parts(row, whole, shown, rule)
    few |= {name for name, givers in rule.amounts.items() if not few.isdisjoint(givers)}
    return few & set(names)


def _counts(row: Mapping[str, object], rule: SmallCells) -> dict[str, float]:
    known = [name for name in row if name in rule.people and not is_empty(row[name])]
    return {name: float(str(row[name])) for name in known}


def _is_telling(row: Mapping[str, float], name: str, rule: SmallCells) -> bool:
    """Return whether a count is small, or changes with the date and is not nobody or everybody."""
    if rule.is_small(row[name]):
        return True
    everybody = [row.get(whole) for whole in rule.changing.get(name, ())]
    return name in rule.changing and row[name] != 0 and row[name] not in everybody


def _telling_parts(
    row: Mapping[str, float], whole: str, parts: Sequence[str], rule: SmallCells
) -> set[str]:
    """Return the parts to leave out, so that no sum of the others leaves a few of the whole."""
    if whole not in row:
        return set()
    left_out: set[str] = set()
    for size in range(1, len(parts) + 1):
        for some in itertools.combinations([name for name in parts if row.get(name)], size):
            rest = row[whole] - sum(row[name] for name in some)
            if left_out.isdisjoint(some) and rule.is_small(rest):
                left_out.add(some[-1])
    return left_out


def _says_something(table: Table) -> bool:
    """Return whether a table still has a figure beside its keys."""
    return any(column.name not in (*_PLACES, *_CLASSES) for column in table.columns)


def _cut(table: Table, hidden: Collection[str]) -> Table:
    columns = tuple(column for column in table.columns if column.name not in hidden)
    names = [column.name for column in columns]
    rows = [{name: row[name] for name in names if name in row} for row in table.rows]
    total = table.total and {name: table.total[name] for name in names if name in table.total}
    return replace(table, columns=columns, rows=rows, total=total)
