"""Made-up parcels and graves near Kỳ Anh for measuring maps: the same whenever they are made.

Parcels are cells of a jittered lattice that share their corners: rings of 7 coordinates, of which
the last is the first, about 900 m2, six attributes. EPSG:9209, metres, to the millimetre.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    import geopandas as gpd

CRS = "EPSG:9209"
ORIGIN = (570_000.0, 1_985_000.0)
SIDE_M = 30.0
CORNER_JITTER, MIDDLE_JITTER = 0.25, 0.1
"""How far a corner, and the bend in the middle of a border, are moved at most, in sides."""
SHEET = (20, 25)
"""Rows and columns of parcels on one map sheet."""
LAND_TYPES = ("LUC", "CLN", "ONT", "HNK", "RSX", "NTS", "BHK", "SKC")
STATUSES = ("inventoried", "approved", "paid", "handed_over")
OWNERSHIPS = ("owned", "ownerless", "unknown")
FIRST_DAY, DAYS = "2019-01-01", 2500
PLACE_COUNT = 200

Numbers = NDArray[np.float64]


def make_parcels(count: int) -> "gpd.GeoDataFrame":
    """Return parcels in rows from the south-west, with six attributes.

    Columns: ``parcel_id`` (unique), ``owner_code``, ``land_type`` (8), ``status`` (4), ``area_m2``
    (one decimal) and ``survey_date`` (ISO text).
    """
    import geopandas as gpd

    random = np.random.default_rng(9209)
    rows, columns = lattice(count)
    shapes = shapely.polygons(_rings(rows, columns, random))
    owners = random.integers(1, count * 6 // 10 + 2, count)
    return gpd.GeoDataFrame(
        {
            "parcel_id": _parcel_ids(rows, columns),
            "owner_code": [f"HO-{owner:06d}" for owner in owners],
            "land_type": random.choice(np.array(LAND_TYPES, dtype=object), count),
            "status": random.choice(np.array(STATUSES, dtype=object), count),
            "area_m2": shapely.area(shapes).round(1),
            "survey_date": _dates(count, random),
        },
        geometry=shapes,
        crs=CRS,
    )


def make_graves(count: int) -> "gpd.GeoDataFrame":
    """Return points anywhere on the land of so many parcels, with three attributes.

    Columns: ``grave_id`` (unique), ``ownership`` (3) and ``survey_date`` (ISO text).
    """
    import geopandas as gpd

    random = np.random.default_rng(9209)
    rows, columns = lattice(count)
    offsets = random.uniform(0.0, SIDE_M, (count, 2)) * (columns, rows)
    return gpd.GeoDataFrame(
        {
            "grave_id": [f"M{number:06d}" for number in range(1, count + 1)],
            "ownership": random.choice(np.array(OWNERSHIPS, dtype=object), count),
            "survey_date": _dates(count, random),
        },
        geometry=shapely.points((ORIGIN + offsets).round(3)),
        crs=CRS,
    )


MAKERS = {"parcels": make_parcels, "graves": make_graves}


def make(kind: str, count: int) -> "gpd.GeoDataFrame":
    """Return so many features of a kind."""
    return MAKERS[kind](count)


def questions(frame: "gpd.GeoDataFrame") -> dict[str, Any]:
    """Return what to ask a map of these features, with the answers.

    ``finds`` are pairs of words to search and the identifiers they stand for; ``picks`` are
    longitude and latitude of a place and the identifier of the feature there.
    """
    key = frame.columns[0]
    some = np.linspace(0, len(frame) - 1, min(PLACE_COUNT, len(frame))).astype(int)
    inside = frame.geometry.iloc[some].representative_point().to_crs("EPSG:4326")
    last = frame[key].iloc[-1]
    finds = [(last, [last])]
    if "owner_code" in frame:
        owner = frame["owner_code"].iloc[len(frame) // 2]
        finds.append((owner, sorted(frame.loc[frame["owner_code"] == owner, key])))
    named = zip(inside.x, inside.y, frame[key].iloc[some], strict=True)
    return {"finds": finds, "picks": [[float(x), float(y), name] for x, y, name in named]}


def lattice(count: int) -> tuple[int, int]:
    """Return rows and columns of the squarest lattice of so many cells."""
    rows = next(n for n in range(int(np.sqrt(count)), 0, -1) if count % n == 0)
    return rows, count // rows


def _rings(rows: int, columns: int, random: np.random.Generator) -> Numbers:
    """Return the rings of all cells, counter-clockwise from the south-west corner."""
    corners = np.stack(np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0)), axis=2)
    corners += random.uniform(-CORNER_JITTER, CORNER_JITTER, corners.shape)
    middles = (corners[:, :-1] + corners[:, 1:]) / 2
    middles += random.uniform(-MIDDLE_JITTER, MIDDLE_JITTER, middles.shape)
    south = (corners[:-1, :-1], middles[:-1], corners[:-1, 1:])
    north = (corners[1:, 1:], middles[1:], corners[1:, :-1])
    rings = np.stack([*south, *north, south[0]], axis=2).reshape(-1, 7, 2)
    return (ORIGIN + SIDE_M * rings).round(3)


def _parcel_ids(rows: int, columns: int) -> list[str]:
    """Return sheet and number of each cell: sheets row by row, numbers within the sheet."""
    row, column = np.divmod(np.arange(rows * columns), columns)
    sheets_a_row = -(-columns // SHEET[1])
    sheets = row // SHEET[0] * sheets_a_row + column // SHEET[1] + 1
    numbers = row % SHEET[0] * SHEET[1] + column % SHEET[1] + 1
    return [f"{sheet}-{number}" for sheet, number in zip(sheets, numbers, strict=True)]


def _dates(count: int, random: np.random.Generator) -> list[str]:
    days = np.datetime64(FIRST_DAY) + random.integers(0, DAYS, count)
    return [str(day) for day in days]
