"""The libraries that write paper; they are an extra and may be missing."""

from importlib import import_module
from types import ModuleType

from geotool.errors import UsageError


def load(module: str) -> ModuleType:
    """Return a module of the extra ``print`` (reportlab, pypdfium2 or segno).

    Raises
    ------
    UsageError
        When its library is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise UsageError(
            f"Printing needs the library {module.partition('.')[0]}, which is not installed.",
            remedy='Install it: pip install "geotool-vn[print]"',
        ) from error
