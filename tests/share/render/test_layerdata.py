import datetime
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geotool import labels
from geotool.errors import CrsError, GeometryError, SchemaError
from geotool.share.render import layerdata
from geotool.share.render.layerdata import LayerColumn, MapLayer

VECTORS = json.loads(
    (Path(__file__).parents[2] / "js" / "layer_vectors.json").read_text(encoding="utf-8")
)


def make_layer(frame, columns, **options):
    return MapLayer("x", {"vi": "x", "en": "x"}, frame, columns, "parcels", **options)


def encode(layer):
    return json.loads(layerdata.encode_layer(layer, layerdata.to_lonlat(layer.frame, "x")))


def column(name, kind):
    return LayerColumn(name, {"vi": name, "en": name}, kind)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_golden_vectors(vector):
    data = {one["name"]: pd.Series(one["values"], dtype=object) for one in vector["columns"]}
    frame = gpd.GeoDataFrame(data, geometry=shapely.from_wkt(vector["wkt"]), crs="EPSG:4326")
    columns = tuple(column(one["name"], one["kind"]) for one in vector["columns"])
    assert encode(make_layer(frame, columns)) == vector["block"]


def test_only_named_columns_are_embedded():
    frame = gpd.GeoDataFrame(
        {"a": ["seen"], "phone": ["0912"]}, geometry=[shapely.Point(1, 2)], crs="EPSG:4326"
    )
    block = encode(make_layer(frame, (column("a", "text"),), class_column="phone"))
    assert "0912" not in json.dumps(block)
    assert [one["name"] for one in block["columns"]] == ["a"]


def test_a_column_that_is_not_there_is_named():
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(1, 2)], crs="EPSG:4326")
    with pytest.raises(SchemaError, match="lacks the columns a"):
        encode(make_layer(frame, (column("a", "text"),)))


def test_shapes_without_place_are_left_out_or_refused():
    frame = gpd.GeoDataFrame(
        {"a": ["x", "y", "z"]},
        geometry=[shapely.Point(1, 2), None, shapely.Polygon()],
        crs="EPSG:4326",
    )
    assert encode(make_layer(frame, (column("a", "text"),)))["count"] == 1
    nowhere = gpd.GeoDataFrame(geometry=[shapely.Point(500_000, 2)], crs="EPSG:4326")
    with pytest.raises(GeometryError, match="no place on Earth"):
        encode(make_layer(nowhere, ()))
    with pytest.raises(CrsError, match="no coordinate reference system"):
        layerdata.to_lonlat(gpd.GeoDataFrame(geometry=[shapely.Point(1, 2)]), "parcels")


def test_frame_is_not_changed():
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(570_000, 2_000_000)], crs=9209)
    before = frame.copy()
    encode(make_layer(frame, (column("a", "count"),)))
    assert frame.equals(before)
    assert frame.crs == before.crs


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (float("nan"), ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        (True, "true"),
        (np.bool_(False), "false"),
        (110.0, "110"),
        (0.5, "0.5"),
        (datetime.date(2025, 3, 1), "2025-03-01"),
        (pd.Timestamp("2025-03-01"), "2025-03-01"),
        ("Kỳ Anh", "Kỳ Anh"),
    ],
)
def test_cells_as_text(value, text):
    assert layerdata.text_of(value) == text


@given(st.text())
def test_json_text_holds_no_markup_and_loses_nothing(text):
    encoded = layerdata.json_text([text, {text: 1}])
    assert not set("<>&\u2028\u2029") & set(encoded)
    assert json.loads(encoded) == [text, {text: 1}]


@given(st.lists(st.tuples(st.floats(-179, 179), st.floats(-89, 89)), min_size=2, max_size=20))
def test_differences_add_up_to_the_place(points):
    frame = gpd.GeoDataFrame(geometry=[shapely.LineString(points)], crs="EPSG:4326")
    xy = np.array(encode(make_layer(frame, ()))["xy"]).reshape(-1, 2).cumsum(axis=0)
    assert np.abs(xy / layerdata.UNITS_PER_DEGREE - np.array(points)).max() <= 0.51e-7


def test_columns_take_labels_and_kinds_from_their_names():
    frame = pd.DataFrame(
        {
            "affected_area_m2": [1.5],
            "from_chainage_m": [1.0],
            "taken_share": [0.5],
            "take_class": ["full"],
            "zone": ["none"],
            "parcel_id": ["p"],
            "own_column": ["x"],
        }
    )
    wanted = [*frame.columns, "not_there"]
    made = layerdata.make_columns(frame, wanted, labels.load_labels())
    assert [(one.name, one.kind) for one in made] == [
        ("affected_area_m2", "area_m2"),
        ("from_chainage_m", "chainage"),
        ("taken_share", "share"),
        ("take_class", "value"),
        ("zone", "value"),
        ("parcel_id", "text"),
        ("own_column", "text"),
    ]
    assert made[-1].label == {"vi": "own_column", "en": "own_column"}
    assert made[0].label["en"] != "affected_area_m2"
