"""Points that stand for a layer, without asking what the layer means."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geotool import schema
from geotool.errors import GeotoolError
from geotool.sources import coordinates, files, opening
from geotool.sources.files import Source
from geotool.sources.orientation import Points, centres_of
from geotool.sources.records import ReadOptions, SourceLayer

_LOOSE_LAYER = "parcels"
_READ_WHOLE_COUNT = 200_000


def sample_points(path: Path | str, layer: SourceLayer) -> Points | None:
    """Return the centres of the shapes of one layer of a file, as written, (n, 2).

    None when the layer has no coordinates. A layer that is large, comes from standard input
    or cannot be read loosely is represented by nine points over its bounds.
    """
    if layer.bounds is None:
        return None
    if str(path) == files.STDIN or layer.count > _READ_WHOLE_COUNT:
        return _over(layer.bounds)
    try:
        source = files.open_source(path)
        if source.sublayer is None and source.kind != "csv":
            source = replace(source, sublayer=layer.name)
        points = _centres(source)
    except GeotoolError:
        return _over(layer.bounds)
    return points if np.isfinite(points).all(axis=1).any() else _over(layer.bounds)


def _centres(source: Source) -> Points:
    raw = opening.read_raw(source, schema.load_schema(_LOOSE_LAYER), ReadOptions())
    frame = raw.frame
    if isinstance(frame, gpd.GeoDataFrame):
        return centres_of(frame)
    names = [str(name) for name in frame.columns]
    columns = coordinates.find_columns(names)
    if columns is None:
        return np.empty((0, 2))
    shapes, _ = coordinates.shapes_of(frame, columns, vietnamese=True)
    return centres_of(gpd.GeoDataFrame(geometry=shapes))


def _over(bounds: tuple[float, float, float, float]) -> Points:
    x, y = np.meshgrid(np.linspace(bounds[0], bounds[2], 3), np.linspace(bounds[1], bounds[3], 3))
    return np.asarray(shapely.get_coordinates(shapely.points(x.ravel(), y.ravel())))
