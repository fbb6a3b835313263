"""Ragged cadastres and corridors drawn at random, as real ones are: nothing is tidy in them."""

import geopandas as gpd
import numpy as np
import shapely
from shapely import affinity

from geotool.affected.guards import make_cells
from geotool.sources.repair import repair_shapes

CRS = "EPSG:9209"
ORIGIN, SOUTH, NORTH = (0.0, 0.0), (500_000.0, 1_100_000.0), (600_000.0, 2_300_000.0)
LEAST_M2 = 1e-6  # a part of no more area is none


def cells_of(shapes, *, system=CRS, **columns):
    """Return shapes as the cells of a corridor."""
    return make_cells(gpd.GeoDataFrame(columns, geometry=list(shapes), crs=system))


def shapes_of(*shapes):
    found = np.empty(len(shapes), dtype=object)
    found[:] = shapes
    return found


def settled(shapes, at, angle_deg=0.0):
    turned = (affinity.rotate(shape, angle_deg, origin=(0, 0)) for shape in shapes)
    return [affinity.translate(shape, *at) for shape in turned]


def grid(rng, *, rows=5, columns=6, jitter=12.0):
    """Return plots that share their corners, and so their edges."""
    x, y = np.meshgrid(np.arange(columns + 1) * 60.0, np.arange(rows + 1) * 45.0)
    x, y = x + rng.uniform(-jitter, jitter, x.shape), y + rng.uniform(-jitter, jitter, y.shape)
    corners = np.stack([x, y], axis=-1)
    rings = [corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]]
    plots = shapely.polygons(np.stack(rings, axis=2).reshape(-1, 4, 2))
    return [plot for plot in plots if plot.is_valid]


def with_junctions(rng, plots, share):
    """Return plots some of which have a vertex on an edge that their neighbour has not."""
    found = []
    for plot in plots:
        ring = shapely.get_coordinates(plot)
        if rng.random() < share:
            place = int(rng.integers(1, len(ring)))
            between = ring[place - 1] + rng.uniform(0.1, 0.9) * (ring[place] - ring[place - 1])
            ring = np.insert(ring, place, between, axis=0)
        found.append(shapely.Polygon(ring))
    return found


def ragged(rng):
    """Return a fabric with gaps, junctions, twins, overlaps, holes, parts, slivers and repairs."""
    plots = with_junctions(rng, grid(rng, jitter=rng.choice([0.0, 12.0])), rng.choice([0.0, 0.4]))
    plots = [plot for plot in plots if rng.random() > rng.choice([0.0, 0.15])]
    chosen = iter(rng.permutation(len(plots)))
    for work in (_courtyard, _courtyard, _street, _joined, _twin, _moved, _repaired, _sliver):
        if rng.random() < 0.6:
            plots = work(rng, plots, int(next(chosen)) % len(plots))
    return [plot.reverse() if rng.random() < 0.5 else plot for plot in plots]


def _courtyard(rng, plots, at):
    """Cut a hole into a plot; sometimes another plot fills it exactly."""
    court = affinity.scale(plots[at], 0.4, 0.4, origin=plots[at].representative_point())
    open_plot = plots[at].difference(court)
    if open_plot.geom_type != "Polygon":
        return plots
    filled = [court] if rng.random() < 0.5 else []
    return [*plots[:at], open_plot, *plots[at + 1 :], *filled]


def _street(rng, plots, at):
    """Draw plots back from their neighbours."""
    narrow = plots[at].buffer(-rng.uniform(0.5, 6.0), join_style="mitre")
    return [*plots[:at], narrow, *plots[at + 1 :]] if narrow.geom_type == "Polygon" else plots


def _joined(rng, plots, at):
    other = int(rng.integers(len(plots)))
    both = shapely.MultiPolygon([plots[at], plots[other]]) if at != other else None
    if both is None or not both.is_valid:
        return plots
    return [plot for i, plot in enumerate(plots) if i not in (at, other)] + [both]


def _twin(rng, plots, at):
    return [*plots, *[plots[at]] * int(rng.integers(1, 3))]


def _moved(rng, plots, at):
    return [*plots, affinity.translate(plots[at], *rng.uniform(-30, 30, 2))]


def _repaired(rng, plots, at):
    x, y = plots[at].centroid.coords[0]
    width, height = rng.uniform(10, 50, 2)
    bow = [(x, y), (x + width, y + height), (x + width, y), (x, y + height)]
    shape = repair_shapes([shapely.Polygon(bow)], ("polygon",)).shapes[0]
    return [*plots, shape]


def _sliver(rng, plots, at):
    ring = shapely.get_coordinates(plots[at])
    first, second = ring[0], ring[1]
    off = np.array([0.0, 10.0 ** rng.uniform(-4, -1)])
    return [*plots, shapely.Polygon([first, second, second + off, first + off])]


def strip(rng, *, cells=4):
    """Return the sections of a strip along a random line, now with a hole, now in two parts."""
    line = shapely.LineString(rng.uniform(-60, 400, (int(rng.integers(2, 5)), 2)))
    land = line.buffer(rng.uniform(2, 60), cap_style=rng.choice(["flat", "round"]))
    if rng.random() < 0.4:
        land = land.difference(shapely.Point(*rng.uniform(0, 300, 2)).buffer(20))
    if rng.random() < 0.3:
        land = land.union(shapely.box(*rng.uniform(0, 150, 2), *rng.uniform(160, 300, 2)))
    x0, y0, x1, y1 = land.bounds
    edges = np.linspace(x0 - 1, x1 + 1, int(rng.integers(2, cells + 1)))
    bands = shapely.intersection(land, shapely.box(edges[:-1], y0 - 1, edges[1:], y1 + 1))
    return [band for band in bands if band.area > 1.0]
