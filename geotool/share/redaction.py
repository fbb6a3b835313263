"""Who sees what: columns and tables by allow-list, for maps and reports alike.

Three profiles: ``public`` (no persons, no holder keys, no parcels one by one), ``committee``
(codes, status, cause, no person data), ``internal`` (every schema column, for a named
recipient). What is not allowed by name is not shown.
"""

from collections.abc import Mapping
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
    hidden_tables
        Tables the profile may not show.
    recipient
        Who receives an internal output; None for the other profiles.
    """

    name: str
    results: frozenset[str]
    hidden_tables: frozenset[str]
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
    hidden = frozenset(values["tables"]["individual"]) if name == "public" else frozenset()
    return Profile(name, results, hidden, recipient if name == "internal" else None)


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
    """Return the tables a profile may show, the public ones without holder keys."""
    kept = [table for table in tables if table.name not in profile.hidden_tables]
    if not profile.is_public:
        return tuple(kept)
    return tuple(_without_keys(table) for table in kept)


_HOLDER_KEYS = frozenset({"household_id", "organisation_id", "holder_id", "parcel_id"})


def _without_keys(table: Table) -> Table:
    columns = tuple(column for column in table.columns if column.name not in _HOLDER_KEYS)
    names = [column.name for column in columns]
    rows = [{name: row.get(name) for name in names} for row in table.rows]
    return replace(table, columns=columns, rows=rows)
