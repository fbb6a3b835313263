"""Axes and corridors drawn for the tests of the route."""

import math

import geopandas as gpd
import numpy as np
from shapely import LineString

from geotool.route.alignment import make_axes
from geotool.route.sections import cut_at_steps, section_frame

CRS = "EPSG:9209"


def alignments(*lines, crs=CRS, **columns):
    data = {"alignment_id": [f"A{number + 1}" for number in range(len(lines))], **columns}
    return gpd.GeoDataFrame(data, geometry=list(lines), crs=crs)


def axis_of(coords, *, start=0.0, direction="up", crs=CRS):
    frame = alignments(LineString(coords), crs=crs, start_chainage=[start], direction=[direction])
    return make_axes(frame)[0]


def sections_every(axes, step_m):
    """Return the sections of axes cut where their labels are whole multiples of a step."""
    return section_frame([row for axis in axes for row in cut_at_steps(axis, step_m)])


def arc(radius, degrees, spacing, *, at=(500_000.0, 2_000_000.0)):
    """Return points on a counter-clockwise arc: its inside is on the left."""
    length = radius * math.radians(degrees)
    angle = np.linspace(0.0, math.radians(degrees), math.ceil(length / spacing) + 1)
    return np.column_stack([at[0] + radius * np.sin(angle), at[1] + radius * (1 - np.cos(angle))])


def winding(seed, *, count=40, step=50.0, turn=0.3, at=(500_000.0, 2_000_000.0)):
    """Return the points of a random winding line."""
    random = np.random.default_rng(seed)
    heading = np.cumsum(random.uniform(-turn, turn, count))
    lengths = random.uniform(0.2, 1.8, count) * step
    moves = np.column_stack([np.cos(heading) * lengths, np.sin(heading) * lengths])
    return np.array(at) + np.vstack([[0.0, 0.0], np.cumsum(moves, axis=0)])
