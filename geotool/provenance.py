"""Where a result comes from: digests, versions and the manifest of a run.

Nothing here reads a clock or keeps a machine's own path, so the same inputs give the same
manifest anywhere.
"""

import hashlib
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import geotool
from geotool import addresses, rules
from geotool.project import Project

_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class InputRecord:
    """One file or table that was read.

    ``path`` is the address of a database where it is a table, recorded without its password.
    ``rows`` counts the rows read, ``repaired_count`` the shapes repaired and
    ``merged_count`` the rows merged away; ``crs`` is what the file said or was told to be.
    ``size_bytes`` and ``sha256`` are of ``digest_of``: the file, or the rows read.
    """

    layer: str
    path: Path | str
    size_bytes: int
    sha256: str
    rows: int
    sublayer: str | None = None
    crs: str | None = None
    repaired_count: int = 0
    merged_count: int = 0
    digest_of: str = "file"


@dataclass(frozen=True)
class OutputRecord:
    """One file that was written."""

    path: Path
    size_bytes: int
    sha256: str


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def record_output(path: Path) -> OutputRecord:
    """Return size and digest of a file that was written."""
    return OutputRecord(path, path.stat().st_size, digest_file(path))


def versions() -> dict[str, str]:
    """Return the versions that results depend on: geotool, Python, GDAL, GEOS, PROJ, ..."""
    import pyogrio
    import pyproj
    import pyproj.database
    import shapely

    found = {
        "geotool": geotool.__version__,
        "python": platform.python_version(),
        "GDAL": ".".join(str(part) for part in pyogrio.__gdal_version__),
        "GEOS": ".".join(str(part) for part in shapely.geos_version),
        "PROJ": str(pyproj.proj_version_str),
        "EPSG": str(pyproj.database.get_database_metadata("EPSG.VERSION") or ""),
    }
    for package in ("geopandas", "shapely", "pandas", "numpy", "pyogrio", "pyproj", "folium"):
        found[package] = metadata.version(package)
    return found


def describe_rules(project: Project) -> list[dict[str, Any]]:
    """Return the rules in force in a project: name, title, citation, date, confirmed.

    The project's ``rules`` choose which; all rule files when it names none.
    """
    names = project.rules or rules.list_rules(project_dir=project.root)
    files = [rules.load_rule(name, project_dir=project.root) for name in sorted(names)]
    return [
        {
            "name": rule.name,
            "title": rule.title,
            "citation": rule.citation,
            "effective_from": rule.effective_from.isoformat(),
            "confirmed": rule.confirmed,
            "note": rule.note,
        }
        for rule in files
    ]


def make_manifest(
    project: Project,
    *,
    inputs: Sequence[InputRecord],
    outputs: Sequence[OutputRecord],
    on: str | None,
    scale: Mapping[str, object],
    results: Mapping[str, object],
) -> dict[str, Any]:
    """Return the manifest of a run, ready for JSON.

    Parameters
    ----------
    project
        The project; its rules in force are cited.
    inputs, outputs
        Files read and written; listed sorted by layer and path, paths relative to the
        project with forward slashes.
    on
        The user's date of the figures, ISO.
    scale
        Scale error and geodesic difference of the coordinate system over the data.
    results
        The totals that a later check compares.
    """
    english = {"title_en": project.title_en, "source_en": project.source_note_en}
    read = [_plain_input(record, project.root) for record in inputs]
    written = [_plain_output(record, project.root) for record in outputs]
    return {
        "project": {
            "name": project.name,
            "title": project.title,
            "sample": project.sample,
            "source": project.source_note,
            **{key: text for key, text in english.items() if text},
        },
        "versions": versions(),
        "crs": project.crs,
        "scale": _plain(scale),
        "on": on,
        "rules": describe_rules(project),
        "inputs": sorted(read, key=lambda item: (item["layer"], item["path"])),
        "outputs": sorted(written, key=lambda item: item["path"]),
        "results": _plain(results),
    }


def relative_path(path: Path | str, root: Path) -> str:
    """Return a path relative to a folder with forward slashes, never a machine's own path.

    The address of a database comes without its password.
    """
    if isinstance(path, str) and addresses.is_url(path):
        return addresses.redacted(path)
    path = Path(path)
    try:
        return Path(os.path.relpath(path.resolve(), root.resolve())).as_posix()
    except ValueError:  # another drive
        return path.name


def _plain_input(record: InputRecord, root: Path) -> dict[str, Any]:
    plain = asdict(record)
    plain["path"] = relative_path(record.path, root)
    return plain


def _plain_output(record: OutputRecord, root: Path) -> dict[str, Any]:
    return {
        "path": relative_path(record.path, root),
        "bytes": record.size_bytes,
        "sha256": record.sha256,
    }


def _plain(value: object) -> object:
    """Return a value made of JSON's own kinds."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "item") and not isinstance(value, str):
        return value.item()
    return value
