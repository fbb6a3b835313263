"""The files that the peers' pages ask a CDN for, from npm packages kept on this machine.

Each package is fetched once, with ``npm pack``, into a folder that git ignores.
"""

import mimetypes
import re
import shutil
import subprocess
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

_JSDELIVR = re.compile(r"https://cdn\.jsdelivr\.net/npm/(@?[^@]+@[^/]+)/(.+)")
_MARKERS = "https://cdnjs.cloudflare.com/ajax/libs/Leaflet.awesome-markers/2.0.2/"
ELSEWHERE = {
    "https://code.jquery.com/jquery-3.7.1.min.js": ("jquery@3.7.1", "dist/jquery.min.js"),
    "https://code.jquery.com/ui/1.12.1/jquery-ui.js": ("jquery-ui-dist@1.12.1", "jquery-ui.js"),
    **{
        f"{_MARKERS}leaflet.awesome-markers.{suffix}": (
            "leaflet.awesome-markers@2.0.4",
            f"dist/leaflet.awesome-markers.{suffix}",
        )
        for suffix in ("js", "css")
    },
}
"""Package and file for addresses that do not name them."""
EMPTY = {
    "https://netdna.bootstrapcdn.com/bootstrap/3.0.0/css/bootstrap-glyphicons.css",
    "https://cdn.jsdelivr.net/gh/python-visualization/folium/folium/templates/"
    "leaflet.awesome.rotate.min.css",
}
"""Styles of marker icons that no npm package holds; a map without icons does not need them."""
PACKAGES = (
    "leaflet@1.9.3",
    "bootstrap@5.2.2",
    "@fortawesome/fontawesome-free@6.2.0",
    *sorted({package for package, _ in ELSEWHERE.values()}),
)


def named(url: str) -> tuple[str, str] | None:
    """Return the package and the file that an address means."""
    found = _JSDELIVR.fullmatch(url)
    return (found[1], found[2]) if found else ELSEWHERE.get(url)


@dataclass
class Cdn:
    """The packages in a folder."""

    folder: Path
    _read: dict[str, bytes] = field(default_factory=dict)

    def fetch(self) -> None:
        """Fetch the packages that are not there yet.

        Raises
        ------
        SystemExit
            When npm is not installed or fails.
        """
        lacking = [package for package in PACKAGES if not self._archive(package).exists()]
        if not lacking:
            return
        npm = shutil.which("npm")
        if npm is None:
            raise SystemExit(f"npm is needed once, to fetch {', '.join(lacking)}")
        self.folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [npm, "pack", *lacking, "--pack-destination", str(self.folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise SystemExit(f"npm pack ended with {done.returncode}:\n{done.stderr[-2000:]}")

    def body(self, url: str) -> tuple[str, bytes] | None:
        """Return the type and the bytes of an address, None where no package holds it."""
        kind = mimetypes.guess_type(url.partition("?")[0])[0] or "application/octet-stream"
        if url in EMPTY:
            return kind, b""
        place = named(url)
        if place is None or place[0] not in PACKAGES:
            return None
        if url not in self._read:
            with tarfile.open(self._archive(place[0])) as archive:
                file = archive.extractfile(f"package/{place[1]}")
                self._read[url] = file.read() if file else b""
        return kind, self._read[url]

    def _archive(self, package: str) -> Path:
        name, _, version = package.rpartition("@")
        return self.folder / f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"
