"""The corridors of ``affected``, ready to measure with: one file each, cut as was asked."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from geotool import crs, sources
from geotool.affected.clip import Cells
from geotool.errors import DataError
from geotool.records import Problem
from geotool.route.bases import RECOVERED
from geotool.sources.indexed.near_read import NearRead

if TYPE_CHECKING:
    import geopandas as gpd

    from geotool.sources import ReadOptions

_LAYER = "right_of_way"


@dataclass(frozen=True)
class Division:
    """What divides a corridor: the axis by section, communes; and the CRS of silent files."""

    alignment: str | None = None
    equations: str | None = None
    posts: str | None = None
    communes: str | None = None
    src_crs: str | None = None

    @property
    def whole(self) -> bool:
        """Whether nothing divides it."""
        return self.alignment is None and self.communes is None


@dataclass(frozen=True)
class Corridor:
    """A corridor in cells; ``crs`` is the code or text of their system."""

    name: str
    cells: Cells
    crs: str
    problems: tuple[Problem, ...] = ()

    @property
    def area_m2(self) -> float:
        """Its area, weights counted."""
        return float((self.cells.areas_m2(self.cells.shapes) * self.cells.weights).sum())


def read_corridor(source: str, division: Division) -> Corridor:
    """Return the corridor of a file, divided by sections and communes where asked.

    Raises
    ------
    UsageError
        When a file does not exist.
    DataError
        When a file is refused, or the corridor is empty.
    """
    if division.whole and division.src_crs is None:
        plain = sources.read_plain(source, _LAYER)
        if plain is not None and _is_simple(plain):
            return _whole(source, plain)
    return _divided(source, division)


def read_communes(source: str, src_crs: str | None, like: "gpd.GeoDataFrame") -> "gpd.GeoDataFrame":
    """Read communes into the CRS of the layer they divide: they only divide, they are not it."""
    from geotool.pipeline import axes as axes_of

    given = axes_of.companion_options(source, src_crs)
    read = sources.read_layer(source, "communes", replace(given, dst_crs=crs.code_of(like.crs)))
    return read.frame


def require_rows(count: int, source: str, layer: str) -> None:
    """Refuse an empty layer."""
    if count == 0:
        raise DataError(
            f"{source}: the layer {layer} is empty; there is nothing to measure.",
            remedy="Check the file, or run 'geotool info' on it.",
        )


def _is_simple(plain: NearRead) -> bool:
    """Return whether a right of way is one row of land recovered for good."""
    basis = plain.columns.get("basis", [None])
    return len(plain.shapes) == 1 and basis[0] in (None, RECOVERED)


def _whole(source: str, plain: NearRead) -> Corridor:
    """Return a corridor of one row as one cell, as ``route.corridor`` makes it."""
    metres_per_unit = crs.require_projected(plain.crs, source)
    alignment_id = plain.columns.get("alignment_id", [None])[0] or ""
    texts = {"alignment_id": alignment_id, "section_id": "", "commune_id": "", "basis": RECOVERED}
    columns = {name: np.array([text], dtype=object) for name, text in texts.items()}
    given = ("alignment_id", "section_id")
    cells = Cells(columns, np.ones(1), plain.shapes, metres_per_unit, given)
    return Corridor(source, cells, plain.crs)


def _divided(source: str, division: Division) -> Corridor:
    from geotool.affected.guards import make_cells
    from geotool.communes import units as communes
    from geotool.pipeline import axes as axes_of
    from geotool.route import corridor, takings
    from geotool.route.versions import select_version

    read = _read(source, axes_of.companion_options(source, division.src_crs))
    held, left_out = select_version(read.frame)
    problems = [*read.report.problems, *left_out, *takings.find_basis_problems(held)]
    cells = corridor.split_sections(held, [], None)
    if division.alignment is not None:
        cells = _by_section(held, division)
    if division.communes is not None:
        shapes = read_communes(division.communes, division.src_crs, held)
        cells = communes.split_by_commune(cells, shapes)
    return Corridor(source, make_cells(cells), str(read.report.crs), tuple(problems))


def _read(source: str, options: "ReadOptions") -> sources.LayerRead:
    read = sources.read_layer(source, _LAYER, options)
    require_rows(len(read.frame), source, _LAYER)
    crs.require_projected(read.frame, source)
    return read


def _by_section(lands: "gpd.GeoDataFrame", division: Division) -> "gpd.GeoDataFrame":
    from geotool.pipeline import axes as axes_of
    from geotool.route import alignment, corridor

    source = str(division.alignment)
    given = axes_of.companion_options(source, division.src_crs).src_crs
    tables = axes_of.ChainageTables(division.equations, division.posts)
    found = axes_of.read_axes(source, src_crs=given, tables=tables)
    crs.require_same({source: found.read.frame, "corridor": lands})
    return corridor.split_sections(lands, found.axes, alignment.make_sections(found.axes))
