"""Checks of place: features in no commune, or in another one than they state."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geotool import crs
from geotool.affected.findings import KEYS, Finding, World, place_by_key, spot_by_key
from geotool.affected.guards import flat_shapes
from geotool.affected.order import column_or, natural_order, sort_naturally, text_keys
from geotool.pieces import Places, Shapes
from geotool.schema import normalise_name

POINT_LAYERS = ("structures", "graves", "cemeteries", "landmarks")
"""The layers of which a feature in no commune at all is a finding of its own."""

Flags = NDArray[np.bool_]


def find_points_outside(world: World) -> list[Finding]:
    """Find structures, graves, cemeteries and landmarks that no commune covers."""
    communes = world.layers["communes"]
    found = []
    for name in POINT_LAYERS:
        key, frame = KEYS[name], world.layers.get(name)
        if isinstance(frame, gpd.GeoDataFrame) and _comparable(frame, communes):
            outside = frame[_outside(frame, communes, world)]
            keys = sort_naturally(pd.DataFrame({key: text_keys(outside[key])}), [key])[key]
            places = place_by_key(outside, key)
            spots = spot_by_key(outside, key, set(keys))
            found += [
                Finding(name, row, places[row], f"{key} {row} lies in no commune.", spots.get(row))
                for row in keys
            ]
    return found


def find_commune_mismatches(world: World) -> list[Finding]:
    """Find features that lie in another commune than the one they state.

    Communes are stated by code or by name; one that the layer does not know is left to the
    check of unknown codes. A point lies in its commune within ``border_m``, a polygon also
    with ``majority_share`` of its area, a line when it comes that near.
    """
    communes = world.layers["communes"]
    found: list[Finding] = []
    for name, key in KEYS.items():
        frame = world.layers.get(name)
        if name == "communes" or frame is None or not {key, "commune_id"} <= set(frame.columns):
            continue
        if isinstance(frame, gpd.GeoDataFrame) and _comparable(frame, communes):
            found += _mismatches(name, frame, _Communes(communes, world))
    return found


def name_communes(frame: pd.DataFrame, world: World) -> pd.Series:
    """Return the commune of each row: its code as stated, else where its inner point lies.

    A name becomes the code where one commune has it; ``""`` where nothing is known.
    """
    stated = text_keys(column_or(frame, "commune_id", ""))
    layer = world.layers.get("communes")
    if not isinstance(frame, gpd.GeoDataFrame) or not isinstance(layer, gpd.GeoDataFrame):
        return stated
    if not _comparable(frame, layer):
        return stated
    communes = _Communes(layer, world)
    meant = {text: communes.stated(text) for text in stated.unique()}
    codes = {text: str(communes.ids[at[0]]) for text, at in meant.items() if len(at) == 1}
    named = stated.map(lambda text: codes.get(text, text)).astype(object)
    blank = np.flatnonzero((named == "").to_numpy())
    inner = np.asarray(shapely.point_on_surface(flat_shapes(frame)[blank]), dtype=np.object_)
    drawn = ~(shapely.is_missing(inner) | shapely.is_empty(inner))
    if drawn.any():
        named.iloc[blank[drawn]] = communes.at(inner[drawn])
    return named


class _Communes:
    """The communes in natural order, by code and by name, with how near counts as inside."""

    def __init__(self, communes: gpd.GeoDataFrame, world: World) -> None:
        named = communes.assign(commune_id=text_keys(communes["commune_id"]))
        ordered = named.iloc[natural_order(named, ["commune_id"])]
        self.ids = ordered["commune_id"].to_numpy(dtype=object)
        self.shapes = flat_shapes(ordered)
        self.border = _border(communes, world)
        self.majority_share = world.cadastre.majority_share
        self.positions: dict[str, list[int]] = {}
        for position, code in enumerate(self.ids):
            self.positions.setdefault(str(code), []).append(position)
        codes = set(self.positions)
        if "commune_name" in ordered.columns:
            for position, text in enumerate(text_keys(ordered["commune_name"])):
                name = normalise_name(text)
                if name and name not in codes:
                    self.positions.setdefault(name, []).append(position)

    def stated(self, text: str) -> list[int]:
        """Return the communes a cell may mean, by code before name."""
        return self.positions.get(text) or self.positions.get(normalise_name(text), [])

    def at(self, points: Shapes) -> list[str]:
        """Return the first commune of each point, ``""`` where it lies in none."""
        point, commune = _near(self.shapes, points, self.border)
        exact = shapely.covers(self.shapes[commune], points[point])
        order = np.lexsort((commune, ~exact, point))
        names = [""] * len(points)
        for index in order[::-1]:
            names[int(point[index])] = str(self.ids[commune[index]])
        return names


def _mismatches(layer: str, frame: gpd.GeoDataFrame, communes: _Communes) -> list[Finding]:
    key = KEYS[layer]
    stated = text_keys(frame["commune_id"])
    meant = {text: communes.stated(text) for text in stated.unique()}
    inner = np.asarray(shapely.point_on_surface(flat_shapes(frame)), dtype=np.object_)
    known = stated.map(lambda text: bool(meant[text])).to_numpy(dtype=bool)
    rows = np.flatnonzero(known & ~shapely.is_missing(inner) & ~shapely.is_empty(inner))
    pairs = [(row, own) for row in rows for own in meant[stated.iloc[row]]]
    if not pairs:
        return []
    row, own = np.array(pairs, dtype=np.intp).T
    inside = _inside(flat_shapes(frame)[row], inner[row], communes, own)
    wrong = np.setdiff1d(rows, row[inside])
    lies_in = communes.at(inner[wrong])
    table = pd.DataFrame(
        {
            "key": text_keys(frame[key]).to_numpy()[wrong],
            "stated": stated.to_numpy()[wrong],
            "lies_in": lies_in,
            "shape": inner[wrong],
        }
    )
    if layer in POINT_LAYERS:  # in no commune at all: said already
        table = table[table["lies_in"] != ""]
    return [
        Finding(
            layer,
            name,
            actual,
            f"{key} {name} states commune {own_name} but lies in {actual or 'no commune'}.",
            shape,
        )
        for name, own_name, actual, shape in sort_naturally(table, ["key"]).itertuples(index=False)
    ]


def _inside(shapes: Shapes, inner: Shapes, communes: _Communes, own: Places) -> Flags:
    """Return which features lie in the commune of the same position."""
    borders = communes.shapes
    shapely.prepare(borders)
    inside = np.asarray(shapely.dwithin(inner, borders[own], communes.border), dtype=np.bool_)
    dimensions = shapely.get_dimensions(shapes)
    lines = np.flatnonzero(~inside & (dimensions == 1))
    inside[lines] = shapely.dwithin(shapes[lines], borders[own[lines]], communes.border)
    areas = np.flatnonzero(~inside & (dimensions == 2))
    shared = shapely.area(shapely.intersection(shapes[areas], borders[own[areas]]))
    inside[areas] = shared >= communes.majority_share * shapely.area(shapes[areas])
    return inside


def _comparable(frame: gpd.GeoDataFrame, other: pd.DataFrame) -> bool:
    """Return whether both have the same coordinate system; another check names those without."""
    if not isinstance(other, gpd.GeoDataFrame) or frame.crs is None or other.crs is None:
        return False
    return crs.same(frame.crs, other.crs)


def _border(frame: gpd.GeoDataFrame, world: World) -> float:
    """Return in CRS units how near counts as inside; nothing where units are degrees."""
    if not frame.crs.is_projected:
        return 0.0
    return world.cadastre.border_m / crs.require_projected(frame, "communes")


def _near(communes: Shapes, points: Shapes, distance: float) -> tuple[Places, Places]:
    """Return the pairs of point and commune no farther apart than a distance."""
    found = shapely.STRtree(communes).query(points, predicate="dwithin", distance=distance)
    return found[0], found[1]


def _outside(frame: gpd.GeoDataFrame, communes: gpd.GeoDataFrame, world: World) -> Flags:
    """Return which features have their own inner point in no commune."""
    points = np.asarray(shapely.point_on_surface(flat_shapes(frame)), dtype=np.object_)
    outside = ~(shapely.is_missing(points) | shapely.is_empty(points))
    outside[_near(flat_shapes(communes), points, _border(communes, world))[0]] = False
    return np.asarray(outside, dtype=np.bool_)
