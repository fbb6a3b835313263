"""What a vector layer declares, and the failures of the libraries that read it."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import pyarrow as pa
import pyogrio
import shapely

from geotool.errors import ReadError, UsageError
from geotool.sources.files import Source

_FAILURES = (
    RuntimeError,
    ValueError,
    OSError,
    LookupError,
    NameError,  # what the library below stumbles over when a text is in no encoding
    TypeError,
    AttributeError,
    OverflowError,
    NotImplementedError,
    shapely.errors.ShapelyError,
    pa.ArrowException,
)
_CLOSED = {
    "GML_DOWNLOAD_WFS_SCHEMA": "NO",
    "GDAL_HTTP_PROXY": "127.0.0.1:1",  # nobody answers there
    "GDAL_HTTP_TIMEOUT": "1",
}
_NO_SYSTEM = ("LOCAL_CS[", "ENGCRS[", 'GEOGCS["Undefined', 'GEOGCRS["Undefined')

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Header:
    """What a vector layer declares; ``crs`` is text or None."""

    name: str
    geometry: str | None
    crs: str | None
    count: int
    bounds: tuple[float, float, float, float] | None
    columns: tuple[str, ...]


def guarded(source: Source, work: Callable[[], ResultT]) -> ResultT:
    """Do some work of a library; its failures and warnings end here.

    Raises
    ------
    ReadError
        Naming the file and, in a few words, why the library gave up.
    """
    try:
        with warnings.catch_warnings(), _offline():
            warnings.simplefilter("ignore")
            return work()
    except (ReadError, UsageError):
        raise
    except _FAILURES as error:
        raise ReadError(
            f"{source.name}: cannot be read as {source.label} ({_reason(source, error)}).",
            remedy="Open it in the program that wrote it, and export or copy it again.",
        ) from error


@contextmanager
def _offline() -> Iterator[None]:
    """Keep the library below from fetching what a file points at."""
    before = {name: pyogrio.get_gdal_config_option(name) for name in _CLOSED}
    pyogrio.set_gdal_config_options(dict(_CLOSED))
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options(before)


def declared_system(text: str | None) -> str | None:
    """Return a declared CRS, None for the placeholders that mean "not known"."""
    if text is None or not str(text).strip():
        return None
    return None if text.startswith(_NO_SYSTEM) else text


def flat_bounds(box: list[float] | None) -> tuple[float, float, float, float] | None:
    """Return (xmin, ymin, xmax, ymax) of bounds that may hold heights too."""
    if box is None:
        return None
    half = len(box) // 2
    return (float(box[0]), float(box[1]), float(box[half]), float(box[half + 1]))


def _reason(source: Source, error: Exception) -> str:
    """Return in a few words why the library below gave up."""
    if isinstance(error, UnicodeDecodeError):
        return f"its text is not {error.encoding}; --encoding names another"
    text = " ".join(str(error).split())
    if "Unknown WKB type" in text:
        return "it holds shapes of a kind that is not read, as TIN or solids"
    if "sqlite3_" in text or "database disk image" in text:
        return "it is damaged or cut short"
    if source.path is not None:
        text = text.replace(str(source.path), source.path.name)
    return text.split("; It might help")[0].rstrip(". ")[:200] or type(error).__name__
