"""Axes with equations and posts, drawn and random, for the tests of chainage."""

import geopandas as gpd
import numpy as np
import pandas as pd
from hypothesis import strategies as st
from shapely import LineString, Point

from geotool.route.alignment import make_axes
from tests.route.drawn import CRS, alignments


def equation_table(*pairs, **columns):
    rows = [{"back": back, "ahead": ahead} for back, ahead in pairs]
    return pd.DataFrame(rows).assign(**columns)


def post_table(*rows, crs=CRS, **columns):
    """Return posts of (x, chainage) or (x, chainage, zone), 3 m left of the axis y = 0."""
    data = {
        "post_id": [f"C{number + 1}" for number in range(len(rows))],
        "chainage": pd.Series([row[1] for row in rows], dtype=object),
        "zone": [row[2] if len(row) > 2 else np.nan for row in rows],
    }
    return gpd.GeoDataFrame(data, geometry=[Point(row[0], 3.0) for row in rows], crs=crs).assign(
        **columns
    )


def straight(length, *, start=0.0, direction="up", crs=CRS):
    """Return alignments of one line along y = 0 from x = 0, drawn eastwards."""
    line = LineString([(0.0, 0.0), (length, 0.0)])
    return alignments(line, crs=crs, start_chainage=[start], direction=[direction])


def labelled_axis(length, *, start=0.0, direction="up", equations=(), posts=()):
    """Return one straight axis with equations (back, ahead) and posts (x, chainage, zone)."""
    return make_axes(
        straight(length, start=start, direction=direction),
        equations=equation_table(*equations) if equations else None,
        posts=post_table(*posts) if posts else None,
    )[0]


@st.composite
def random_known(draw):
    """Draw a straight axis whose equations and posts can be, or are none."""
    seed = draw(st.integers(0, 100_000))
    direction = draw(st.sampled_from(["up", "down"]))
    random = np.random.default_rng(seed)
    drawn = random.uniform(20.0, 900.0, random.integers(2, 8))
    posted = bool(random.integers(0, 2))
    stretch = random.uniform(0.7, 1.4, len(drawn)) if posted else np.ones(len(drawn))
    along = np.concatenate([[0.0], np.cumsum(drawn)])
    first = float(random.uniform(0.0, 600_000.0))
    unrolled = first + np.concatenate([[0.0], np.cumsum(drawn * stretch)])
    count = int(random.integers(0, 4))
    gaps = random.uniform(0.1, 1.0, count + 1)
    share = np.cumsum(gaps)[:-1] / gaps.sum()
    breaks = unrolled[0] + share * (unrolled[-1] - unrolled[0])
    equations, shifts = [], [0.0]
    for place in breaks:
        back = place - shifts[-1]
        ahead = back + random.uniform(-90, 90) if random.integers(0, 2) else random.uniform(0, 1e5)
        equations.append((float(back), float(ahead)))
        shifts.append(shifts[-1] + back - ahead)
    zones = np.searchsorted(breaks, unrolled, side="right")
    labels = unrolled - np.array(shifts)[zones]
    length = float(along[-1])
    x = along if direction == "up" else length - along
    posts = list(zip(x.tolist(), labels.tolist(), (zones + 1).tolist(), strict=True))
    start = float(labels[0] if direction == "up" else labels[-1])
    return labelled_axis(
        length, start=start, direction=direction, equations=equations, posts=posts if posted else ()
    )
