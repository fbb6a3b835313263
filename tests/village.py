"""A village whose every answer is computable by hand.

The default village (``Village()``), in EPSG:9209 with its south-west corner at E 500000,
N 2000000 (all coordinates below are metres from that corner; ``angle_deg`` turns everything
about it):

* **parcels**: 5 rows x 20 columns of 100 m (east) x 50 m (north) plots, 5 000 m2 each, keys
  ``row-column`` from ``1-1`` (south-west) to ``5-20``: 100 parcels, 50 ha. Sheet = row, parcel
  number = column. Land types: row 1 LUA, row 2 LUA, row 3 ONT (columns 1-14), ONT+CLN (15),
  CLN (16-20), row 4 CLN, row 5 RSX.
* **alignment** A1: straight along y = 125 (the middle) from x = 0 to 2 000, Km10 to Km12.
* **right of way**: 30 m left and 30 m right, y = 95..155: 2 000 x 60 = 120 000 m2.
  Row 3 is taken whole (20 parcels, 100 000 m2); rows 2 and 4 lose 5 m each (40 parcels of
  500 m2, share 0.1, 20 000 m2). Affected 60 = 20 full + 40 partial. No overlap, no gap.
* **sections** by the kilometre: Km10-Km11 and Km11-Km12, 60 000 m2 each.
* **communes**: C1 is x < 1 250, C2 beyond: the boundary cuts the plots of column 13.
  Right of way: C1 75 000 m2, C2 45 000 m2.
* **households**: H1..H20 hold rows 2, 3 and 4 of their column, U1..U20 rows 1 and 5. Two
  exceptions: parcel 3-1 is held half by H1 and half by H2; parcels 4-19 and 4-20 by
  organisation O1. Affected: 20 households (H1..H20) and 1 organisation. Share-weighted area:
  H1 3 500, H2 8 500, H3..H18 6 000, H19 and H20 5 500, O1 1 000; sum 120 000 m2.
  By commune: C1 13, C2 8, shared -1. Organisation O1: C2.
* **structures**: a 10 x 10 m dwelling of H<c> in every column: in the middle of row 3 in even
  columns (taken: 10), in the middle of row 2 in odd columns (not taken: 10); a secondary
  structure (a point at y = 152, taken) of H1..H5. Relocated: the 10 even households,
  C1 6 (H2..H12), C2 4 (H14..H20). Residential land affected: H1..H15 = 15 households,
  C1 13, C2 3, shared -1.
* **graves**: G1..G12 inside at y = 110 in columns 1-12 (G1..G8 owned, clans K1, K2 of four
  each; G9..G12 ownerless); G13, G14 at y = 90, 5 m outside the strip; G15..G17 at y = 20.
* **cemeteries**: N1 (commune C1, 8 places) and N2 (C2, 10 places).
* **utilities**: L1 500 kV crosses at x = 300 (Km10+300); L2 35 kV crosses at x = 900 and back
  at x = 950; L3 0.4 kV runs along y = 20 and does not cross; L4 telecom crosses at x = 1 700.
  Four crossings of 60 m by three utilities.
* **quarry** Q1: 100 x 100 m, 20 m of it inside: 2 000 of 10 000 m2.
* **roads** (this and what follows: ``tests.village_project``) R1 along y = 300 and R2 north
  along x = 200 to y = 1 000, both built.
* **border** B1 along y = 1 200; landmarks M1 at (200, 1 000) at the end of R2, M2 (800, 1 200),
  M3 (1 400, 1 200) and M4 (1 900, 1 200) without a road.
* **landmark roads** LR1 (built, the line of R2, 700 m), LR2 (planned, to M2, 900 m); LR1 has
  two contributions of 3 000 000 and 2 000 000 dong.
* **events**: the alignment is handed over on both sides Km10 to Km10+800 on 2024-03-01 and on
  the left Km10+800 to Km11+200 on 2024-04-01.
"""

from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import affinity
from shapely.geometry import LineString, Point, box

CRS = "EPSG:9209"
EAST, NORTH = 500_000.0, 2_000_000.0
WIDTH_M, HEIGHT_M = 100.0, 50.0
START_M = 10_000.0


@dataclass(frozen=True)
class Village:
    """Size and orientation; the defaults give the numbers of the module's docstring."""

    rows: int = 5
    columns: int = 20
    left_m: float = 30.0
    right_m: float = 30.0
    angle_deg: float = 0.0
    commune_cuts_m: tuple[float, ...] = (1250.0,)
    section_m: float = 1000.0
    axis_y_m: float | None = None  # the middle of the village

    @property
    def length_m(self):
        return self.columns * WIDTH_M

    @property
    def y_m(self):
        return self.rows * HEIGHT_M / 2 if self.axis_y_m is None else self.axis_y_m

    def place(self, shape):
        """Turn a shape drawn from the corner and set it down in the CRS."""
        turned = affinity.rotate(shape, self.angle_deg, origin=(0.0, 0.0))
        return affinity.translate(turned, EAST, NORTH)

    def frame(self, rows, shapes):
        return gpd.GeoDataFrame(rows, geometry=[self.place(s) for s in shapes], crs=CRS)


VILLAGE = Village()


def parcels(village=VILLAGE):
    """Return the plots, row by row from the south-west."""
    rows, shapes = [], []
    for row in range(1, village.rows + 1):
        for column in range(1, village.columns + 1):
            x, y = (column - 1) * WIDTH_M, (row - 1) * HEIGHT_M
            shapes.append(box(x, y, x + WIDTH_M, y + HEIGHT_M))
            rows.append(
                {
                    "parcel_id": f"{row}-{column}",
                    "sheet_no": str(row),
                    "parcel_no": str(column),
                    "land_type": land_type(row, column),
                    "document_area_m2": WIDTH_M * HEIGHT_M,
                    "commune_id": commune_at(village, x + WIDTH_M / 2 - 1.0),
                    "papers": "yes",
                }
            )
    return village.frame(rows, shapes)


def land_type(row, column):
    if row == 3:
        return "ONT" if column <= 14 else "ONT+CLN" if column == 15 else "CLN"
    return {1: "LUA", 2: "LUA", 4: "CLN"}.get(row, "RSX")


def commune_at(village, x_m):
    return f"C{1 + int(np.searchsorted(village.commune_cuts_m, x_m, side='right'))}"


def communes(village=VILLAGE):
    """Return C1, C2, ... cut across the village at ``commune_cuts_m``."""
    edges = [-1000.0, *village.commune_cuts_m, village.length_m + 1000.0]
    shapes = [box(a, -1000.0, b, village.rows * HEIGHT_M + 2000.0) for a, b in pairwise(edges)]
    rows = [
        {"commune_id": f"C{i}", "commune_name": f"Commune {i}", "district_name": "District"}
        for i in range(1, len(shapes) + 1)
    ]
    return village.frame(rows, shapes)


def alignments(village=VILLAGE):
    """Return the straight axis A1, Km10 at its first vertex."""
    line = LineString([(0.0, village.y_m), (village.length_m, village.y_m)])
    row = {"alignment_id": "A1", "name": "Axis", "start_chainage": "Km10", "direction": "up"}
    return village.frame([row], [line])


def strip(village, from_m, to_m):
    """Return the strip between two distances from the axis' start (left is north)."""
    return box(from_m, village.y_m - village.right_m, to_m, village.y_m + village.left_m)


def right_of_way(village=VILLAGE):
    """Return the strip as one polygon."""
    row = {"right_of_way_id": "A1", "alignment_id": "A1", "version": "1", "basis": "design"}
    return village.frame([row], [strip(village, 0.0, village.length_m)])


def section_ranges(village=VILLAGE):
    """Return (section_id, from_m, to_m) from the axis' start."""
    starts = np.arange(0.0, village.length_m, village.section_m)
    ranges = []
    for start in starts:
        end = min(start + village.section_m, village.length_m)
        first, last = (START_M + start) / 1000.0, (START_M + end) / 1000.0
        ranges.append((f"Km{first:g}-Km{last:g}", float(start), float(end)))
    return ranges


def cells(village=VILLAGE, *, by_commune=False):
    """Return the strip cut by sections and, if asked, by communes, each with weight 1."""
    rows, shapes = [], []
    for section_id, start, end in section_ranges(village):
        edges = [start, *(c for c in village.commune_cuts_m if start < c < end), end]
        for a, b in pairwise(edges) if by_commune else [(start, end)]:
            row = {"alignment_id": "A1", "section_id": section_id}
            if by_commune:
                row |= {"commune_id": commune_at(village, (a + b) / 2), "weight": 1.0}
            rows.append(row)
            shapes.append(strip(village, a, b))
    return village.frame(rows, shapes)


def holdings(village=VILLAGE):
    """Return who holds what; see the docstring of the module for the exceptions."""
    rows = []
    for row in range(1, village.rows + 1):
        for column in range(1, village.columns + 1):
            holder, kind = f"{'H' if 2 <= row <= 4 else 'U'}{column}", "household"
            if row == 4 and column in (19, 20):
                holder, kind = "O1", "organisation"
            if (row, column) == (3, 1):
                rows.append(_holding("H1", kind, "3-1", 2))
                rows.append(_holding("H2", kind, "3-1", 2))
                continue
            rows.append(_holding(holder, kind, f"{row}-{column}", 1))
    return pd.DataFrame(rows)


def _holding(holder_id, kind, parcel_id, denominator):
    return {
        "holder_id": holder_id,
        "holder_kind": kind,
        "parcel_id": parcel_id,
        "share_numerator": 1,
        "share_denominator": denominator,
        "right_type": "use",
        "papers": "yes",
    }


def households(village=VILLAGE):
    """Return H1.. and U1..; names, phones and numbers are invented person data."""
    rows = []
    for column in range(1, village.columns + 1):
        for letter in "HU":
            rows.append(
                {
                    "household_id": f"{letter}{column}",
                    "head_name": f"Head {letter}{column}",
                    "commune_id": commune_at(village, (column - 0.5) * WIDTH_M - 1.0),
                    "people_count": 4,
                    "category": "ordinary" if column % 5 else "poor",
                    "phone": f"0900000{column:03d}",
                    "id_number": f"042000000{column:03d}",
                }
            )
    return pd.DataFrame(rows)


def organisations(village=VILLAGE):
    """Return O1."""
    commune_id = commune_at(village, village.length_m - 1.0)
    row = {"organisation_id": "O1", "name": "Forest board", "commune_id": commune_id}
    return pd.DataFrame([row | {"kind": "state"}])


def structures(village=VILLAGE):
    """Return a dwelling a column and five secondary structures (points)."""
    rows, shapes = [], []
    for column in range(1, village.columns + 1):
        x, y = (column - 0.5) * WIDTH_M, 125.0 if column % 2 == 0 else 75.0
        rows.append(_structure(f"D{column}", f"H{column}", "dwelling"))
        shapes.append(box(x - 5.0, y - 5.0, x + 5.0, y + 5.0))
    for column in range(1, min(5, village.columns) + 1):
        rows.append(_structure(f"S{column}", f"H{column}", "secondary"))
        shapes.append(Point((column - 0.5) * WIDTH_M, 152.0))
    return village.frame(rows, shapes)


def _structure(structure_id, holder_id, use):
    row = {"structure_id": structure_id, "holder_id": holder_id, "use": use}
    return row | {"built_date": "2010-01-01", "floor_area_m2": 100.0}


def graves(village=VILLAGE):
    """Return 12 graves inside, 2 within 5 m of the strip, 3 far off."""
    spots = [(column * 100.0 - 90.0, 110.0) for column in range(1, 13)]
    spots += [(110.0, 90.0), (210.0, 90.0), (100.0, 20.0), (200.0, 20.0), (300.0, 20.0)]
    rows = []
    for number, (x, _) in enumerate(spots, start=1):
        rows.append(
            {
                "grave_id": f"G{number}",
                "ownership": "ownerless" if 9 <= number <= 12 else "owned",
                "clan_id": f"K{1 + (number - 1) // 4}" if number <= 8 else None,
                "commune_id": commune_at(village, x),
                "moved_date": None,
                "deceased_name": f"Name {number}",
                "family_contact": f"0911000{number:03d}",
            }
        )
    return village.frame(rows, [Point(spot) for spot in spots])


def cemeteries(village=VILLAGE):
    """Return N1 and N2."""
    rows = [
        {"cemetery_id": "N1", "name": "North 1", "commune_id": "C1", "capacity_count": 8},
        {"cemetery_id": "N2", "name": "North 2", "commune_id": "C2", "capacity_count": 10},
    ]
    shapes = [box(500.0, 400.0, 540.0, 440.0), box(1500.0, 400.0, 1540.0, 440.0)]
    return village.frame([row | {"area_m2": 1600.0} for row in rows], shapes)


def utilities(village=VILLAGE):
    """Return four lines; see the docstring of the module."""
    rows = [
        {"utility_id": "L1", "kind": "power", "voltage_kv": 500.0, "name": "High"},
        {"utility_id": "L2", "kind": "power", "voltage_kv": 35.0, "name": "Middle"},
        {"utility_id": "L3", "kind": "power", "voltage_kv": 0.4, "name": "Low"},
        {"utility_id": "L4", "kind": "telecom", "voltage_kv": np.nan, "name": "Cable"},
    ]
    shapes = [
        LineString([(300.0, -100.0), (300.0, 350.0)]),
        LineString([(900.0, -100.0), (900.0, 350.0), (950.0, 350.0), (950.0, -100.0)]),
        LineString([(0.0, 20.0), (village.length_m, 20.0)]),
        LineString([(1700.0, -100.0), (1700.0, 350.0)]),
    ]
    return village.frame(rows, shapes)


def quarries(village=VILLAGE):
    """Return Q1, 20 m of it inside the strip."""
    row = {"quarry_id": "Q1", "name": "Quarry", "commune_id": "C1", "status": "active"}
    top = village.y_m + village.left_m
    return village.frame([row], [box(600.0, top - 20.0, 700.0, top + 80.0)])


def total_area_m2(frame):
    """Return the sum of planar areas."""
    return float(shapely.area(frame.geometry.to_numpy()).sum())
