"""Areas that others computed or published: QGIS overlays, the boroughs of New York."""

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import box

from geotool.affected.parcels import measure_land_take
from geotool.affected.sums import reconcile
from geotool.rules import load_tolerances

TOLERANCES = load_tolerances()


@pytest.fixture
def folder(shared_data):
    return shared_data / "overlay_qgis"


def polygons(folder, name, key):
    frame = gpd.read_file(folder / "polys" / name, engine="pyogrio")
    frame = frame.set_crs(5897, allow_override=True)
    return frame.assign(**{key: frame.iloc[:, 0].astype(str)})


def test_intersections_equal_those_of_qgis(folder):
    parcels = polygons(folder, "df1.geojson", "parcel_id")
    cells = polygons(folder, "df2.geojson", "section_id")
    take = measure_land_take(parcels, cells, tolerances=TOLERANCES)
    qgis = polygons(folder, "df1_df2-intersection.geojson", "key")
    expected = {
        (str(row.col1), str(row.col2)): row.geometry.area for row in qgis.itertuples(index=False)
    }
    found = take.parts.set_index(["parcel_id", "section_id"])["affected_area_m2"].to_dict()
    assert found == pytest.approx(expected)
    outside = polygons(folder, "df1_df2-difference.geojson", "key").area
    assert take.parcels["remainder_m2"].to_list() == pytest.approx(outside.to_list())
    uncovered = polygons(folder, "df1_df2-difference-inverse.geojson", "key").area
    assert take.cells["uncovered_area_m2"].to_list() == pytest.approx(uncovered.to_list())
    assert reconcile(take, TOLERANCES).reconciles


def test_boroughs_in_survey_feet_come_out_in_square_metres(folder):
    path = f"zip://{(folder / 'nybb_16a.zip').as_posix()}"
    boroughs = gpd.read_file(path, engine="pyogrio")
    parcels = boroughs.assign(parcel_id=boroughs["BoroCode"].astype(str))
    cells = gpd.GeoDataFrame(geometry=[box(*boroughs.total_bounds).buffer(1000)], crs=boroughs.crs)
    take = measure_land_take(parcels, cells, tolerances=TOLERANCES)
    published = boroughs.set_index(boroughs["BoroCode"].astype(str))["Shape_Area"]
    expected = published.sort_index().to_numpy() * (1200.0 / 3937.0) ** 2
    assert take.parcels["parcel_id"].to_list() == sorted(published.index)
    # the published areas are those of the shapes to 1.4 ppm; the international foot is 4 ppm off
    assert take.parcels["affected_area_m2"].to_numpy() == pytest.approx(expected, rel=1.5e-6)
    drawn = boroughs.set_index("BoroCode").area.sort_index().to_numpy() * (1200.0 / 3937.0) ** 2
    assert take.parcels["affected_area_m2"].to_numpy() == pytest.approx(drawn, rel=1e-12)
    assert set(take.parcels["take_class"]) == {"full"}
    assert np.isclose(take.cells["corridor_area_m2"].sum(), cells.area[0] * (1200 / 3937) ** 2)
