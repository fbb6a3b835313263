"""What else lies along a sample's axes: communes, roads, lines, quarries, graves, cemeteries."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from shapely import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from geotool.pipeline.sample_axis import SketchAxis, fit_length, make_axis, project_sketch, smooth
from geotool.pipeline.sample_draw import Draws
from geotool.pipeline.sample_land import Row, zone_ranges

Axes = Mapping[str, SketchAxis]
CommuneOf = Callable[[Sequence[BaseGeometry]], list[str]]

_GRAVEYARD = "graveyard"
_CLUSTER_SPREAD = 14.0


def make_axes(sample: Mapping[str, Any]) -> dict[str, SketchAxis]:
    """Return the axes of a sample: sketches smoothed and brought to their published lengths."""
    axes = {}
    for item in sample["alignments"]:
        sketch = project_sketch(item["axis"], sample["sample"]["crs"])
        points = fit_length(smooth(sketch, 3), float(item["length_m"]))
        axes[str(item["id"])] = make_axis(str(item["id"]), points)
    return axes


def alignment_rows(sample: Mapping[str, Any], axes: Axes) -> list[Row]:
    """Return the rows of ``alignments``."""
    return [
        {
            "alignment_id": item["id"],
            "name": item["name"],
            "start_chainage": item["start_chainage"],
            "direction": item["direction"],
            "road_class": item.get("road_class"),
            "geometry": axes[str(item["id"])].line,
        }
        for item in sample["alignments"]
    ]


def commune_rows(sample: Mapping[str, Any]) -> list[Row]:
    """Return the rows of ``communes``: the sketched outlines in the project CRS."""
    return [
        {
            "commune_id": item["id"],
            "commune_name": item["name"],
            "district_name": item.get("district", sample["sample"].get("district")),
            "geometry": Polygon(project_sketch(item["outline"], sample["sample"]["crs"])),
        }
        for item in sample["communes"]
    ]


def commune_finder(communes: Sequence[Row]) -> CommuneOf:
    """Return a function that names the commune nearest to the centre of each shape."""
    outlines = np.array([row["geometry"] for row in communes], dtype=object)
    keys = [str(row["commune_id"]) for row in communes]

    def commune_of(shapes: Sequence[BaseGeometry]) -> list[str]:
        centres = shapely.centroid(np.array(shapes, dtype=object))
        return [keys[int(np.argmin(shapely.distance(outlines, centre)))] for centre in centres]

    return commune_of


def road_rows(sample: Mapping[str, Any], axes: Axes) -> list[Row]:
    """Return the rows of ``roads``: crossings of an axis, or lines of their own."""
    rows = []
    for item in sample.get("roads", []):
        shape: LineString
        if "crossing" in item:
            name, along, lean = item["crossing"]
            shape = axes[name].crossing(along, lean, float(item["reach_m"]))
        else:
            shape = LineString(smooth(project_sketch(item["line"], sample["sample"]["crs"]), 2))
        rows.append(
            {
                "road_id": item["id"],
                "name": item["name"],
                "kind": item["kind"],
                "status": item["status"],
                "geometry": shape,
            }
        )
    return rows


def utility_rows(sample: Mapping[str, Any], axes: Axes) -> list[Row]:
    """Return the rows of ``utilities``: lines over the axes."""
    return [
        {
            "utility_id": f"{item['prefix']}-{number:02d}",
            "kind": item["kind"],
            "voltage_kv": float(item["voltage_kv"]),
            "name": f"{item['prefix']}-{number:02d}",
            "conductor_spread_m": item.get("conductor_spread_m"),
            "covered": item.get("covered"),
            "geometry": axes[name].crossing(along, lean, float(item["reach_m"])),
        }
        for item in sample.get("utilities", [])
        for number, (name, along, lean) in enumerate(item["crossings"], start=1)
    ]


def quarry_rows(sample: Mapping[str, Any], axes: Axes, commune_of: CommuneOf) -> list[Row]:
    """Return the rows of ``quarries``."""
    rows = []
    for item in sample.get("quarries", []):
        name, start, end, low, high = item["block"]
        shape = axes[name].block(start, end, low, high)
        rows.append(
            {
                "quarry_id": item["id"],
                "name": item["name"],
                "commune_id": commune_of([shape])[0],
                "status": item["status"],
                "geometry": shape,
            }
        )
    return rows


def _site(item: Mapping[str, Any], axes: Axes) -> Polygon:
    name, along, offset = item["at"]
    length, depth = item["size_m"]
    return axes[name].block(
        along - length / 2, along + length / 2, offset - depth / 2, offset + depth / 2
    )


def cemetery_rows(sample: Mapping[str, Any], axes: Axes, commune_of: CommuneOf) -> list[Row]:
    """Return the rows of ``cemeteries``: receiving sites."""
    return [
        {
            "cemetery_id": item["id"],
            "name": item["name"],
            "commune_id": commune_of([shape])[0],
            "capacity_count": item.get("capacity_count"),
            "area_m2": round(shape.area, 1),
            "geometry": shape,
        }
        for item in sample.get("cemeteries", [])
        for shape in [_site(item, axes)]
    ]


def resettlement_rows(
    sample: Mapping[str, Any], axes: Axes, commune_of: CommuneOf
) -> tuple[list[Row], list[Row]]:
    """Return the rows of ``resettlement_sites`` and of ``lots``: each site cut into equal lots."""
    sites: list[Row] = []
    lots: list[Row] = []
    for item in sample.get("resettlement_sites", []):
        shape, cut = _site(item, axes), _lots(item, axes)
        sites.append(
            {
                "resettlement_site_id": item["id"],
                "name": item["name"],
                "commune_id": commune_of([shape])[0],
                "lot_count": len(cut),
                "area_m2": round(shape.area, 1),
                "status": item["status"],
                "geometry": shape,
            }
        )
        lots += [
            {
                "lot_id": f"{item['id']}-{number:03d}",
                "resettlement_site_id": item["id"],
                "household_id": None,
                "area_m2": round(lot.area, 1),
                "geometry": lot,
            }
            for number, lot in enumerate(cut, start=1)
        ]
    return sites, lots


def _lots(item: Mapping[str, Any], axes: Axes) -> list[Polygon]:
    """Return lots in double rows, with a street between the rows of each pair."""
    name, along, offset = item["at"]
    length, depth = item["size_m"]
    front, back, street = item["lot_m"]
    lots = []
    across = offset - depth / 2
    while across + 2 * back + street <= offset + depth / 2:
        for low in (across, across + back):
            for number in range(int(length // front)):
                start = along - length / 2 + number * front
                lots.append(axes[name].block(start, start + front, low, low + back))
        across += 2 * back + street
    return lots


def grave_rows(sample: Mapping[str, Any], inside_count: int, axes: Axes, draws: Draws) -> list[Row]:
    """Return the rows of ``graves``: ``inside_count`` near the axis, others in bands beside it.

    Graves inside have a date of moving; the others stay.
    """
    options, places = sample["graves"], []
    margin, outside = options["margin_m"], options["outside_m"]
    for band, count in (
        ((0.0, float(options["inside_m"])), inside_count),
        ((float(margin[0]), float(margin[1])), int(options["margin_count"])),
        ((float(outside[0]), float(outside[1])), int(options["outside_count"])),
    ):
        places += [(*place, band[0] == 0.0) for place in _bands(sample, axes, band, count, draws)]
    order = {name: place for place, name in enumerate(axes)}
    places.sort(key=lambda place: (order[place[0]], place[1], place[2]))
    return [
        _grave(number, place, (sample, axes, draws)) for number, place in enumerate(places, start=1)
    ]


def _grave(
    number: int,
    place: tuple[str, float, float, bool],
    made_of: tuple[Mapping[str, Any], Axes, Draws],
) -> Row:
    (name, along, offset, moved), (sample, axes, draws) = place, made_of
    options, names = sample["graves"], sample["names"]
    owned = draws.chance(options["owned_percent"], "owned", number)
    clan = draws.between(1, int(options["clan_count"]), "clan", number)
    days = (options["first_moved_date"], options["last_moved_date"])
    return {
        "grave_id": f"M{number:04d}",
        "ownership": "owned" if owned else "ownerless",
        "clan_id": f"DH{clan:02d}" if owned else None,
        "commune_id": None,
        "moved_date": draws.day(*days, "moved", number) if moved else None,
        "deceased_name": names["deceased"].format(number=number) if owned else None,
        "family_contact": names["family"].format(number=number) if owned else None,
        "geometry": Point(axes[name].locate(along, offset)),
    }


def _bands(
    sample: Mapping[str, Any],
    axes: Axes,
    band: tuple[float, float],
    count: int,
    draws: Draws,
) -> list[tuple[str, float, float]]:
    """Return ``count`` places between two offsets on either side, shared over the graveyards."""
    yards = [
        (str(item["id"]), start, end)
        for item in sample["alignments"]
        for start, end in zone_ranges(item["zones"], _GRAVEYARD, axes[str(item["id"])].length)
    ]
    places = []
    for number, yard in enumerate(yards):
        wanted = count * (number + 1) // len(yards) - count * number // len(yards)
        grid = _grid(yard, band, sample["graves"]["spacing_m"], draws)
        centre = draws.between(
            int(yard[1]) + 60, int(yard[2]) - 60, "grave cluster", *yard[:1], number
        )
        ranked = sorted((_rank(place, centre, draws), place) for place in grid)
        places += [place for _, place in ranked[:wanted]]
    return places


def _rank(place: tuple[str, float, float], centre: float, draws: Draws) -> float:
    """Return how far a place is from its cluster, shuffled so that the edge frays."""
    away = abs(place[1] - centre) + 0.5 * abs(place[2])
    return away + _CLUSTER_SPREAD * draws.signed("rank", int(place[1] * 10), int(place[2] * 10))


def _grid(
    yard: tuple[str, float, float],
    band: tuple[float, float],
    spacing: Sequence[int],
    draws: Draws,
) -> list[tuple[str, float, float]]:
    """Return places about ``spacing`` apart (across, along) in a graveyard and a band."""
    name, start, end = yard
    across, along = spacing
    grid = []
    for i in range(math.floor((end - start - 20) / along)):
        for j in range(1, math.floor((band[1] - band[0]) / across)):
            for side in (-1, 1):
                shake = draws.signed("grave", name, int(start), i, j, side)
                stop = start + 10 + along * i + 0.9 * shake
                offset = side * (band[0] + across * j + 0.4 * shake)
                grid.append((name, round(stop, 2), round(offset, 2)))
    return grid
