"""What a planner says about the columns of a file wins over what would be recognised."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from geotool.errors import SchemaError
from geotool.schema import normalise_name
from geotool.sources.records import ColumnPlan, RawLayer

COORDINATES = frozenset({"lon", "lat", "x", "y", "easting", "northing", "wkt"})
"""Names of a plan that place a row instead of filling a column."""


@dataclass(frozen=True)
class Told:
    """A plan against the columns of one file.

    ``columns`` maps columns of the file to canonical names; ``places`` maps what places a row
    (see ``COORDINATES``) to columns of the file.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)


def resolve_plan(raw: RawLayer, plan: ColumnPlan | None, *, what: str) -> Told:
    """Return which columns of the file a plan means.

    Raises
    ------
    SchemaError
        When the plan names a column that the file has not; lists those it has.
    """
    columns: dict[str, str] = {}
    places: dict[str, str] = {}
    for name, text in (plan.columns if plan is not None else {}).items():
        own = _column(raw, name, text, what)
        if own in columns:
            raise SchemaError(
                f"{what}: --columns gives column '{own}' to both {columns[own]} and {name}.",
                remedy="Name another column for one of them.",
            )
        if name in COORDINATES:
            places[name] = own
        else:
            columns[own] = name
    return Told(columns, places)


def _column(raw: RawLayer, canonical: str, text: str, what: str) -> str:
    """Return the column a plan means: by its name, by a spelling of it, or by its letter."""
    names = [str(name) for name in raw.frame.columns if str(name) != "geometry"]
    if text in names:
        return text
    alike = [name for name in names if normalise_name(name) == normalise_name(text)]
    if len(alike) == 1:
        return alike[0]
    letters = {} if raw.origin is None else raw.origin.letters
    lettered = [name for name, letter in letters.items() if letter == text.strip().upper()]
    if lettered:
        return canonical if canonical in lettered else lettered[0]
    raise SchemaError(
        f"{what}: --columns names a column '{text}', which the file has not.",
        remedy=f"Its columns: {', '.join(names)}.",
    )
