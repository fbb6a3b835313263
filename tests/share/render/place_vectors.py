"""What Python says of places, for the page's scripts.

``python -m tests.share.render.place_vectors`` writes ``tests/js/grid_vectors.json`` and
``axis_vectors.json``.
"""

import json
import random
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import LineString, Point

from geotool import crs
from geotool.route import chainage
from geotool.route.axis import Axis
from geotool.route.stationing import Zone
from geotool.share.render.positions import PageAxis, axis_entries, grid_entry

FOLDER = Path(__file__).parents[2] / "js"
ZONES = ("EPSG:9209", "EPSG:9214", "EPSG:9218", "EPSG:5897", "EPSG:3405", "EPSG:3406")
CORNERS = ((102.14, 8.18), (109.47, 23.39), (104.4, 8.6), (106.1461, 18.168), (111.5, 16.5))
SYSTEM = "EPSG:9209"


def grid_vectors():
    """Return planes of the page, each with places in both systems."""
    rng = random.Random(3)
    places = [*CORNERS, *((rng.uniform(102, 110), rng.uniform(8, 23.5)) for _ in range(20))]
    vectors = []
    for name in ZONES:
        system = crs.resolve(name)
        east, north = crs.transformer("EPSG:4326", system)(*np.array(places).T)
        points = [
            {"lat": lat, "lng": lng, "east": float(e), "north": float(n)}
            for (lng, lat), e, n in zip(places, east, north, strict=True)
        ]
        vectors.append({"grid": grid_entry(system), "points": points})
    return vectors


def make_axis():
    """Return a bent axis whose labels jump back at 3 km and ahead at 8 km, straights of 4 km."""
    line = LineString(
        [(570_000, 1_995_000), (572_400, 1_998_200), (573_000, 1_998_300), (573_500, 1_994_900),
         (575_900, 1_993_500), (576_000, 1_992_000)]
    )  # fmt: skip
    start, end = 561_000.0, 561_000.0 + line.length
    zones = (
        Zone(1, (start, 562_500.0, 564_000.0), (561_000.0, 562_520.0, 564_020.0)),
        Zone(2, (564_000.0, 569_000.0), (563_500.0, 568_500.0)),
        Zone(3, (569_000.0, end), (569_200.0, end + 200.0)),
    )
    return Axis("T1", "", line, start, 1.0, zones)


def make_page_axis():
    """Return the same axis as a page has it."""
    axis = make_axis()
    steps = np.diff(shapely.get_coordinates(axis.line), axis=0)
    measures = axis.start_measure_m + np.concatenate([[0], np.cumsum(np.hypot(*steps.T))])
    stations = tuple(
        (m, c, zone.number)
        for zone in axis.zones
        for m, c in zip(zone.measure_m, zone.chainage_m, strict=True)
    )
    return PageAxis("T1", axis.line, measures, stations)


def axis_vectors():
    """Return the axis as the page has it, places of labels and labels of places."""
    axis, page, rng = make_axis(), make_page_axis(), random.Random(5)
    to_degrees = crs.transformer(SYSTEM, "EPSG:4326")
    labels = []
    for zone in axis.zones:
        for share in (0.0, 0.13, 0.5, 0.77, 1.0):
            low, high = zone.chainage_m[0], zone.chainage_m[-1]
            wanted = round(low + share * (high - low), 2)
            measure = axis.measure_at(wanted, zone=zone.number)
            point = chainage.point_at(axis, measure)
            lng, lat = to_degrees(point.x, point.y)
            labels.append(
                {"chainage": wanted, "zone": zone.number, "measure": measure}
                | {"lat": float(lat), "lng": float(lng)}
            )
    west, south, east, north = axis.line.bounds
    xy = [(rng.uniform(west, east), rng.uniform(south, north)) for _ in range(40)]
    xy += [(569_000.0, 1_994_000.0), (576_100.0, 1_991_000.0), (573_200.0, 1_998_900.0)]
    frame = gpd.GeoDataFrame(geometry=[Point(p) for p in xy], crs=SYSTEM)
    found = chainage.locate_points(frame, [axis])
    lng, lat = to_degrees(*np.array(xy).T)
    places = [
        {"lat": float(la), "lng": float(lo), "measure": row.measure_m, "chainage": row.chainage_m}
        | {"offset": row.offset_m, "side": row.side, "beyond": bool(row.beyond_end)}
        for lo, la, row in zip(lng, lat, found.itertuples(), strict=True)
    ]
    system = crs.resolve(SYSTEM)
    entry = axis_entries([page], system)[0]
    return {"grid": grid_entry(system), "axis": entry, "labels": labels, "places": places}


if __name__ == "__main__":
    for name, made in (("grid", grid_vectors()), ("axis", axis_vectors())):
        text = json.dumps(made, indent=1) + "\n"
        (FOLDER / f"{name}_vectors.json").write_text(text, encoding="utf-8")
