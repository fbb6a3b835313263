"""The golden vectors of a layer's format; run as a module it writes what they expect anew."""

import base64
import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import shapely

from geotool.share.render import layerdata
from geotool.share.render.layerdata import LayerColumn, MapLayer
from tests.share.render import layer_reader

PATH = Path(__file__).parents[2] / "js" / "layer_vectors.json"
GIVEN = ("name", "wkt", "columns", "parts", "filters", "sums")


def load():
    return json.loads(PATH.read_text(encoding="utf-8"))


def encode(vector):
    """Return a vector's layer as the module writes it."""
    data = {one["name"]: pd.Series(one["values"], dtype=object) for one in vector["columns"]}
    shapes = shapely.from_wkt(vector["wkt"])
    layer = MapLayer(
        "x",
        {"vi": "x", "en": "x"},
        gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:4326"),
        tuple(LayerColumn(one["name"], {}, one["kind"]) for one in vector["columns"]),
        "parcels",
        filters=tuple(vector["filters"]),
        sums=tuple(vector["sums"]),
        parts=None if vector["parts"] is None else pd.DataFrame(vector["parts"]),
    )
    return layerdata.encode_layer(layer, layerdata.to_lonlat(layer.frame, "x"))


def expected(vector):
    """Return a vector with the layer written, and what the independent reader finds in it."""
    made = encode(vector)
    entry = dict(made.entry)
    return {
        **{key: vector[key] for key in GIVEN},
        "entry": entry,
        "data": base64.b64encode(made.data).decode("ascii"),
        "shapes": layer_reader.read_shapes(entry, made.data),
        "values": layer_reader.read_columns(entry, made.data),
        "part_values": layer_reader.read_parts(entry, made.data),
    }


def text_of(vectors):
    """Return vectors as JSON of one line a key."""
    texts = [
        ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in vector.items())
        for vector in vectors
    ]
    return "[" + ",\n".join(f"{{\n{text}\n}}" for text in texts) + "]\n"


if __name__ == "__main__":
    PATH.write_text(text_of([expected(vector) for vector in load()]), encoding="utf-8")
