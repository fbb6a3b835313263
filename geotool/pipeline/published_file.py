"""The file that keeps the published partition of a project, and what a manifest knows of it.

A public run states in ``out/manifest.json`` how many steps the file had and their digest. Steps
may follow these, but they must still be there: a file that was lost, or written anew, could
publish finer groups than before, and two maps could be subtracted.
"""

import codecs
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from geotool import outputs
from geotool.errors import OutputError, SchemaError
from geotool.share import published
from geotool.share.published import Step

FILE = Path("layers") / "published_cells.csv"
MANIFEST = Path("out") / "manifest.json"
KEY = "published"
"""Key of the partition in a manifest: path, step_count, sha256 of these steps."""


def read_kept(root: Path) -> tuple[Step, ...]:
    """Return the steps that a project keeps, none before the first publication.

    Raises
    ------
    SchemaError
        When the file is no partition, or not the one that the last manifest states.
    """
    steps = _read(root)
    difference = find_difference(read_record(root), steps)
    if difference is not None:
        raise SchemaError(
            f"{root / FILE}: {difference}; {MANIFEST.as_posix()} states that the project was "
            "published with it. Nothing is published, as two maps could then be subtracted.",
            remedy="Restore the file from a copy of the project.",
        )
    return steps


def write_steps(root: Path, steps: Sequence[Step]) -> None:
    """Write the steps of a project.

    Raises
    ------
    OutputError
        When the file cannot be written.
    SchemaError
        When it would not be read back as it is written; nothing is written then.
    """
    path = root / FILE
    rows = published.steps_rows(steps)
    text = outputs.csv_text(rows)
    if published.steps_rows(published.read_steps(text, str(path))) != rows:
        raise SchemaError(
            f"{path}: some codes would not be read back as they are, and nothing is published.",
            remedy="Give sections, communes and classes codes of plain letters, digits and signs.",
        )
    try:
        outputs.make_folder(path.parent)
        outputs.write_bytes(path, codecs.BOM_UTF8 + text.encode("utf-8"), overwrite=True)
    except OSError as error:
        raise OutputError(
            f"{path}: cannot be written, and nothing is published without it: it keeps which "
            "sections and communes are added up.",
            remedy="Ask for the right to write in the project's folder, or use "
            "--profile committee.",
        ) from error


def make_record(root: Path) -> dict[str, Any] | None:
    """Return what a manifest states of the partition, None before the first publication."""
    steps = _read(root)
    if not steps:
        return None
    digest = published.digest_steps(steps)
    return {"path": FILE.as_posix(), "step_count": len(steps), "sha256": digest}


def read_record(root: Path) -> Mapping[str, Any] | None:
    """Return what the last manifest of a project states of its partition, None where nothing."""
    try:
        manifest = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    record = manifest.get(KEY) if isinstance(manifest, dict) else None
    return record if isinstance(record, dict) else None


def check_record(root: Path, record: Mapping[str, Any] | None) -> str | None:
    """Return ``missing`` or ``changed`` where the file does not hold what a manifest states."""
    try:
        return find_difference(record, _read(root))
    except SchemaError:
        return "changed"


def find_difference(record: Mapping[str, Any] | None, steps: Sequence[Step]) -> str | None:
    """Return ``missing`` or ``changed`` where steps do not begin with those of a record."""
    if record is None:
        return None
    if not steps:
        return "missing"
    count = record.get("step_count")
    earlier = steps[:count] if isinstance(count, int) else ()
    same = len(earlier) == count and published.digest_steps(earlier) == record.get("sha256")
    return None if same else "changed"


def _read(root: Path) -> tuple[Step, ...]:
    path = root / FILE
    if not path.is_file():
        return ()
    try:
        data = path.read_bytes()
        marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError(
            f"{path}: cannot be read ({error}).", remedy="Restore it from a copy of the project."
        ) from error
    return published.read_steps(text, str(path))
