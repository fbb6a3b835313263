"""Who sees what: columns and tables by allow-list, for maps and reports alike.

Three profiles: ``public`` (no persons, no holder keys, no parcels one by one), ``committee``
(codes, status, cause, no person data), ``internal`` (every schema column, for a named
recipient). What is not allowed by name is not shown.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from geotool import rules
from geotool.errors import UsageError
from geotool.schema import LayerSchema
from geotool.share.tables import Table

PROFILES = ("public", "committee", "internal")


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
    """

    name: str
    results: frozenset[str]
    tables: frozenset[str] | None
    recipient: str | None = None

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
        When the name is unknown, or ``internal`` is asked for without a recipient.
    """
    if name not in PROFILES:
        raise UsageError(f"There is no profile '{name}'.", remedy=f"Known: {', '.join(PROFILES)}.")
    if name == "internal" and not (recipient or "").strip():
        raise UsageError(
            "The profile 'internal' shows personal data and needs a named recipient.",
            remedy="Add --recipient TEXT, or use --profile committee.",
        )
    values: Mapping[str, Any] = rules.load_rule("profiles", project_dir=project_dir).values
    levels = PROFILES[: PROFILES.index(name) + 1]
    results = frozenset(column for level in levels for column in values["results"][level])
    tables = frozenset(values["tables"]["public"]) if name == "public" else None
    return Profile(name, results, tables, recipient if name == "internal" else None)


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

    A row may hold more than its table has columns for; what has no column is not shown.
    """
    shown = [table for table in tables if profile.tables is None or table.name in profile.tables]
    return tuple(_cut(table, _HOLDER_KEYS if profile.is_public else ()) for table in shown)


_HOLDER_KEYS = ("household_id", "organisation_id", "holder_id", "parcel_id")


def _cut(table: Table, hidden: Collection[str]) -> Table:
    columns = tuple(column for column in table.columns if column.name not in hidden)
    names = [column.name for column in columns]
    rows = [{name: row[name] for name in names if name in row} for row in table.rows]
    total = table.total and {name: table.total[name] for name in names if name in table.total}
    return replace(table, columns=columns, rows=rows, total=total)
