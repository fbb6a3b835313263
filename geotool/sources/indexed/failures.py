"""What a reader stumbles over in a damaged file, told as what is wrong with the file."""

from collections.abc import Iterator
from contextlib import contextmanager

import shapely

from geotool.errors import ReadError

_FAILURES: tuple[type[Exception], ...] = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    shapely.errors.ShapelyError,
)
_REASON_LENGTH = 200


@contextmanager
def translated(name: str, label: str, more: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Turn failures of the work inside into a ReadError that names the file.

    Parameters
    ----------
    name, label
        The file, and what it should be: "a GeoPackage".
    more
        Failures of the library that reads it, beside the usual ones.
    """
    try:
        yield
    except ReadError:
        raise
    except (*_FAILURES, *more) as error:
        reason = " ".join(str(error).split()).rstrip(". ")[:_REASON_LENGTH]
        raise ReadError(
            f"{name}: cannot be read as {label} ({reason or type(error).__name__}).",
            remedy="Open it in the program that wrote it, and export or copy it again.",
        ) from error
