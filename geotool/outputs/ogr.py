"""The library that writes most formats: its date, its misreadings, its failures."""

import datetime as dt
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyogrio
import shapely

from geotool.errors import OutputError, UsageError

_EPOCH = "1970-01-01"
_DATE_OPTION = "OGR_CURRENT_DATE"
_MISREAD = frozenset("!;")  # signs in a path to which the library below gives a meaning
_FAILURES = (RuntimeError, ValueError, TypeError, pa.ArrowException, shapely.errors.ShapelyError)


def guarded(target: Path, work: Callable[[], object]) -> None:
    """Write something; what the library below says goes into an ``OutputError``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            work()
    except _FAILURES as error:
        if isinstance(error, OutputError):
            raise
        reason = " ".join(str(error).split())[:200]
        raise OutputError(
            f"{target}: the layer cannot be written in this format ({reason}).",
            remedy="Write a .gpkg file instead.",
        ) from error


@contextmanager
def pinned_date(date: str | None) -> Iterator[str]:
    """Write with a fixed date; the library's own setting comes back afterwards."""
    day = date or _EPOCH
    try:
        dt.date.fromisoformat(day)
    except ValueError as error:
        raise UsageError(f"'{day}' is no date.", remedy="Write YYYY-MM-DD.") from error
    before = pyogrio.get_gdal_config_option(_DATE_OPTION)
    pyogrio.set_gdal_config_options({_DATE_OPTION: f"{day}T00:00:00.000Z"})
    try:
        yield day
    finally:
        pyogrio.set_gdal_config_options({_DATE_OPTION: before})


@contextmanager
def plain_place(temporary: Path) -> Iterator[Path]:
    """Yield a path the library below does not take for an address inside an archive."""
    text = str(temporary)
    if text.isprintable() and _MISREAD.isdisjoint(text):
        yield temporary
        return
    with tempfile.TemporaryDirectory(prefix="geotool-") as folder:
        place = Path(folder) / f"output{temporary.suffix}"
        yield place
        for made in Path(folder).iterdir():
            shutil.copyfile(made, temporary.with_suffix(made.suffix))
