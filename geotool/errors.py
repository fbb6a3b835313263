"""Errors a planner can act on: what is wrong, where, how many, and what to do.

Every class carries the exit code the command line ends with: 2 usage, 3 data refused,
4 output exists or cannot be written, 5 a stated check failed.
"""

from collections.abc import Sequence


class GeotoolError(Exception):
    """Root of every error geotool raises on purpose.

    Parameters
    ----------
    message
        What is wrong and where: file, layer, row keys, how many.
    remedy
        What the reader can do about it.
    problems
        The single findings behind the message (``schema.Problem`` records).
    headline
        The message without its findings, for a face that lists them below it; the message
        when absent.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        problems: Sequence[object] = (),
        headline: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.problems = tuple(problems)
        self.headline = headline or message

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()


class UsageError(GeotoolError, ValueError):
    """The call itself is wrong: an option or argument does not fit."""

    exit_code = 2


class DataError(GeotoolError, ValueError):
    """Data was refused; nothing was computed and nothing written."""

    exit_code = 3


class SchemaError(DataError):
    """Columns, keys or values do not fit the layer's schema."""


class CrsError(DataError):
    """A coordinate reference system is missing, unknown or not projected."""


class CrsMismatchError(CrsError):
    """Two layers that must share a coordinate reference system do not."""


class GeometryError(DataError):
    """Shapes that cannot be used: wrong kind, empty, or not one line."""


class ReadError(DataError):
    """A file cannot be read, or is not what its name says."""


class LabelError(DataError):
    """A chainage label that cannot be read, does not exist or is ambiguous."""


class AmbiguousLabelError(LabelError):
    """A chainage label that stands at several places."""


class ProjectError(DataError):
    """``geotool.toml`` or a file it names cannot be used."""


class OutputError(GeotoolError, OSError):
    """An output cannot be written."""

    exit_code = 4


class OutputExistsError(OutputError):
    """The output exists and ``--overwrite`` was not given."""


class CheckError(GeotoolError):
    """A stated check failed: totals do not reconcile, or a limit is exceeded."""

    exit_code = 5
