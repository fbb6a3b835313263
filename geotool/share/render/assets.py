"""The parts of the page that are files: Leaflet, our own scripts, style sheets and the shell.

``maps/assets/manifest.toml`` lists our own files in the order in which they are joined.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from geotool import __version__, resources
from geotool.errors import ReadError

_LEAFLET = "XStatic-Leaflet"
_LEAFLET_DIR = "xstatic/pkg/leaflet/data"
_IMAGE_URL = re.compile(r"url\((images/[\w.-]+\.png)\)")
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
_MAP_MARK = "<!-- map -->"


@dataclass(frozen=True)
class Assets:
    """Text of everything that is the same on every page.

    ``guard`` is the script that stands before the body; ``before_map`` and ``after_map`` are the
    two halves of the static shell; ``words`` are the label keys that the scripts show;
    ``licences`` the name, version, licence and text of what is inside the page.
    """

    guard: str
    leaflet_script: str
    leaflet_style: str
    leaflet_version: str
    scripts: str
    style: str
    before_map: str
    after_map: str
    words: tuple[str, ...]
    licences: tuple[Mapping[str, str], ...]


def load_assets() -> Assets:
    """Return every static part of the page.

    Raises
    ------
    ReadError
        When Leaflet is not installed or a listed file is missing.
    """
    manifest = resources.load_toml("maps", "assets/manifest.toml")
    before_map, _, after_map = _asset(manifest["shell"]).partition(_MAP_MARK)
    script, style, version = _leaflet()
    return Assets(
        guard=_asset(manifest["guard"]),
        leaflet_script=script,
        leaflet_style=style,
        leaflet_version=version,
        scripts="\n".join(_asset(name) for name in manifest["scripts"]),
        style="\n".join(_asset(name) for name in manifest["styles"]),
        before_map=before_map,
        after_map=after_map,
        words=tuple(manifest["words"]),
        licences=_licences(manifest["licences"], {"geotool": __version__, "Leaflet": version}),
    )


def _licences(name: str, versions: Mapping[str, str]) -> tuple[Mapping[str, str], ...]:
    entries = resources.load_toml("maps", f"assets/{name}")["licences"]
    return tuple({**entry, "version": versions[entry["name"]]} for entry in entries)


def _asset(name: str) -> str:
    return resources.read_text("maps", f"assets/{name}")


def _leaflet() -> tuple[str, str, str]:
    try:
        package = distribution(_LEAFLET)
    except PackageNotFoundError as error:
        raise ReadError(
            f"The package {_LEAFLET} is not installed; the map cannot be drawn without it.",
            remedy="Install geotool again, or: pip install xstatic-leaflet.",
        ) from error
    folder = Path(str(package.locate_file(_LEAFLET_DIR)))
    try:
        script = (folder / "leaflet.js").read_text(encoding="utf-8")
        style = (folder / "leaflet.css").read_text(encoding="utf-8")
        style = _IMAGE_URL.sub(lambda match: f"url({_data_uri(folder / match[1])})", style)
    except OSError as error:
        raise ReadError(
            f"Leaflet's files are missing in {folder}.", remedy="Install xstatic-leaflet again."
        ) from error
    return _SOURCE_MAP.sub("", script), style, ".".join(package.version.split(".")[:3])


def _data_uri(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")
