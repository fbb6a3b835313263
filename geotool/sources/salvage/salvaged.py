"""What a damaged file gives: the sound records, and why each other one was set aside."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geotool import rules
from geotool.errors import ReadError
from geotool.sources.files import Source
from geotool.sources.records import RawLayer, Rejected

CUT_OFF = "cut off: the file ends before it"

_GEOMETRY = "geometry"


@dataclass
class Salvaged:
    """Records met so far, in file order; ``columns`` are those that the file declares."""

    columns: list[str] = field(default_factory=list)
    cells: list[Mapping[str, Any]] = field(default_factory=list)
    shapes: list[Any] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def count(self) -> int:
        """Records kept and rejected."""
        return len(self.numbers) + len(self.rejected)

    def keep(self, number: int, cells: Mapping[str, Any], shape: shapely.Geometry | None) -> None:
        """Take a record, or set it aside when its shape cannot be true."""
        wrong = absurd(shape)
        if wrong:
            self.reject(number, wrong)
            return
        self.numbers.append(number)
        self.cells.append(cells)
        self.shapes.append(shape)

    def reject(self, number: int, reason: str) -> None:
        """Set a record aside."""
        self.rejected.append(Rejected(number, "", reason))

    def reject_rest(self, first: int, last: int, reason: str = CUT_OFF) -> None:
        """Set aside the records that the file states but does not hold, both ends included."""
        for number in range(first, min(last, first + int(limit("listed_max")) - 1) + 1):
            self.reject(number, reason)

    def drop(self, positions: Mapping[int, str]) -> None:
        """Set aside kept records by position, with the reason of each."""
        for position, reason in sorted(positions.items()):
            self.reject(self.numbers[position], reason)
        kept = [i for i in range(len(self.numbers)) if i not in positions]
        self.numbers = [self.numbers[i] for i in kept]
        self.cells = [self.cells[i] for i in kept]
        self.shapes = [self.shapes[i] for i in kept]

    def table(self) -> pd.DataFrame:
        """Return the cells of the kept records, without their shapes."""
        names = list(dict.fromkeys([*self.columns, *(name for row in self.cells for name in row)]))
        columns = {name: [row.get(name) for row in self.cells] for name in names}
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.cells)))

    def layer(self, source: Source, sublayer: str | None, system: str | None) -> RawLayer:
        """Return the kept records as rows, the others as rejected.

        Raises
        ------
        ReadError
            When none was kept.
        """
        if not self.numbers:
            raise unreadable(source)
        system = known_system(system)
        table = self.table().drop(columns=[_GEOMETRY], errors="ignore")
        shapes = np.array(self.shapes, dtype=object)
        return RawLayer(
            frame=gpd.GeoDataFrame(table, geometry=shapes, crs=system),
            sublayer=sublayer,
            shapes=True,
            crs=system,
            rejected=tuple(sorted(self.rejected, key=lambda one: one.record)),
            records=tuple(self.numbers),
        )


def known_system(text: str | None) -> str | None:
    """Return a system's name or text, None when it is none."""
    try:
        return text if text and pyproj.CRS.from_user_input(text) else None
    except pyproj.exceptions.CRSError:
        return None


def limit(name: str) -> float:
    """Return one of the limits of ``layers/rules/salvage.toml``."""
    return float(rules.load_rule("salvage").values["records"][name])


def absurd(shape: shapely.Geometry | None) -> str:
    """Return why coordinates cannot be true, empty when they can."""
    if shape is None:
        return ""
    numbers = shapely.get_coordinates(shape)
    if not np.isfinite(numbers).all():
        return "a coordinate is no number"
    largest = float(np.abs(numbers).max(initial=0.0))
    return f"a coordinate is {largest:g}" if largest > limit("coordinate_max") else ""


def unreadable(source: Source) -> ReadError:
    """Return the error for a file of which nothing is left."""
    return ReadError(
        f"{source.name}: nothing of it could be read, not even record by record.",
        remedy="Copy or export it again; look for a backup.",
    )
