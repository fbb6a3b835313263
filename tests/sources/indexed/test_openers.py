"""Every source that has an index is asked through it, and gives what the whole read gives."""

import numpy as np
import pytest
import shapely

from geotool import sources
from geotool.sources.indexed import near
from geotool.sources.indexed.near_rows import Surroundings
from tests.pipeline import parted

BOXES = np.array([[0.0, 100, 60, 130], [300, 40, 330, 300]]) + np.tile(parted.CORNER, 2)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Return one layer as every kind of source with an index."""
    folder = tmp_path_factory.mktemp("stored")
    frame = parted.fabric(5)
    frame = frame.set_geometry(frame.geometry.make_valid())
    frame = frame[frame.geom_type.isin(["Polygon", "MultiPolygon"])]
    frame.to_file(folder / "parcels.gpkg", driver="GPKG", layer="parcels")
    frame.to_file(folder / "parcels.fgb", driver="FlatGeobuf")
    frame.to_parquet(folder / "parcels.parquet", write_covering_bbox=True, schema_version="1.1.0")
    parted.write_parts(frame, folder / "parcels", 5)
    return folder


@pytest.mark.parametrize("name", ["parcels.gpkg", "parcels.fgb", "parcels.parquet", "parcels"])
def test_the_index_gives_the_rows_of_the_whole_read(stored, name, monkeypatch):
    around = Surroundings(BOXES, parted.CRS)
    whole = sources.read_near(stored / name, around)
    monkeypatch.setattr(near, "WHOLE_ROWS", 0)
    found = sources.read_near(stored / name, around)
    assert whole.index is None
    assert found.index
    assert found.feature_count == whole.feature_count
    assert 0 < len(found.shapes) < found.feature_count
    assert list(found.columns["parcel_id"]) == list(whole.columns["parcel_id"])
    assert list(found.columns["land_type"]) == list(whole.columns["land_type"])
    assert shapely.equals_identical(found.shapes, whole.shapes).all()
