"""Chainage answers about axes drawn at odd angles."""

import geopandas as gpd
import pytest
from shapely.geometry import LineString

from geotool.pipeline.chainage import ChainageOptions, locate
from tests import village as v


@pytest.fixture
def bent_axis(tmp_path):
    """An axis of two odd segments, drawn against its chainage."""
    corners = [(0.0, 0.0), (700.123, 313.77), (1500.3, -88.8)]
    line = LineString([(v.EAST + x, v.NORTH + y) for x, y in corners])
    row = {"alignment_id": "A1", "start_chainage": "Km568+126,00", "direction": "down"}
    path = tmp_path / "axis.gpkg"
    gpd.GeoDataFrame([row], geometry=[line], crs=v.CRS).to_file(path, engine="pyogrio")
    return str(path)


def test_points_of_the_axis_lie_on_it(bent_axis):
    points = locate(ChainageOptions(bent_axis, every_m=50.0)).data["points"]
    assert len(points) > 30
    for point in points:
        text = f"{point['x']!r},{point['y']!r}"
        back = locate(ChainageOptions(bent_axis, point=text)).data
        assert back["side"] == "on", point["chainage"]
        assert back["chainage_m"] == pytest.approx(point["chainage_m"], abs=1e-6)
        assert back["beyond_end"] is False
