"""What every contender writes, a CSV with parcel_id and affected_area_m2, and whether two agree."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

GREATEST_TOTAL_RELATIVE = 1e-9
GREATEST_PARCEL_M2 = 1e-4
ROUNDING_M2 = 1.0
"""The relative error of less than this is the rounding of coordinates of seven digits."""


@dataclass(frozen=True)
class Difference:
    """How far two answers are apart; a parcel that one of them lacks has no area there."""

    parcel_count: int
    only_one_count: int
    total_relative: float
    worst_m2: float
    worst_relative: float

    @property
    def acceptable(self) -> bool:
        """Whether both may be called the same answer."""
        return (
            self.total_relative <= GREATEST_TOTAL_RELATIVE and self.worst_m2 <= GREATEST_PARCEL_M2
        )


def write_answer(areas: Iterable[tuple[str, float]], path: Path) -> None:
    """Write the parcels that lose some area."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("parcel_id", "affected_area_m2"))
        writer.writerows((parcel, repr(float(area))) for parcel, area in areas if area > 0)


def read_answer(path: Path) -> dict[str, float]:
    """Return the affected area by parcel."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        return {row["parcel_id"]: float(row["affected_area_m2"]) for row in csv.DictReader(file)}


def compare(ours: Path, theirs: Path) -> Difference:
    """Return how far two answers are apart; the relative one is of parcels of at least 1 m2."""
    here, there = read_answer(ours), read_answer(theirs)
    parcels = sorted(here.keys() | there.keys())
    pairs = [(here.get(parcel, 0.0), there.get(parcel, 0.0)) for parcel in parcels]
    total = sum(there.values())
    return Difference(
        parcel_count=len(here),
        only_one_count=len(here.keys() ^ there.keys()),
        total_relative=abs(sum(here.values()) - total) / total,
        worst_m2=max(abs(a - b) for a, b in pairs),
        worst_relative=max((abs(a - b) / b for a, b in pairs if b >= ROUNDING_M2), default=0.0),
    )
