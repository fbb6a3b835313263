"""``info`` says what a planner types next."""

import ezdxf
import pytest

from geotool.pipeline import info

KML = (
    '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
    "<Document><Folder><name>Thửa đất</name><Placemark><name>a</name><Polygon><outerBoundaryIs>"
    "<LinearRing><coordinates>105.6,18.1 105.7,18.1 105.7,18.2 105.6,18.1</coordinates>"
    "</LinearRing></outerBoundaryIs></Polygon></Placemark></Folder><Folder><name>Mộ</name>"
    "<Placemark><name>b</name><Point><coordinates>105.6,18.1</coordinates></Point></Placemark>"
    "</Folder></Document></kml>"
)


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "to_12.dxf"
    doc = ezdxf.new("R2000")
    space = doc.modelspace()
    corners = [(512300, 2012400), (512320, 2012400), (512320, 2012430), (512300, 2012430)]
    space.add_lwpolyline(corners, close=True, dxfattribs={"layer": "RANH_THUA"})
    space.add_text("101", dxfattribs={"layer": "SO_THUA", "insert": (512305, 2012410)})
    stake = doc.blocks.new("COC")
    stake.add_circle((0, 0), 0.5)
    block = space.add_blockref("COC", (512300, 2012400), dxfattribs={"layer": "COC_GPMB"})
    block.add_attrib("TEN", "C1", (512300, 2012400))
    doc.saveas(path)
    return path


def test_cad_layers_are_layers_by_their_names(sheet):
    found = {one["name"]: one for one in info.describe_file(str(sheet)).data["layers"]}
    assert {name: one["fits_layer"] for name, one in found.items()} == {
        "COC_GPMB": "stakes", "RANH_THUA": "parcels", "SO_THUA": None,
    }  # fmt: skip
    command = f"geotool convert {sheet}#RANH_THUA --as parcels --src-crs auto -o parcels.gpkg"
    assert found["RANH_THUA"]["next"] == command
    assert found["SO_THUA"]["next"] is None


def test_folders_of_places_are_layers_by_their_names(tmp_path):
    path = tmp_path / "a.kml"
    path.write_text(KML, encoding="utf-8")
    found = info.describe_file(str(path)).data["layers"]
    assert [one["fits_layer"] for one in found] == ["parcels", "graves"]
    assert found[0]["next"] == f'geotool convert "{path}#Thửa đất" --as parcels -o parcels.gpkg'


def test_the_only_layer_needs_no_name(tmp_path):
    path = tmp_path / "thua.csv"
    path.write_text("so_to,so_thua,lon,lat\n12,1,105.6,18.1\n", encoding="utf-8")
    found = info.describe_file(str(path)).data["layers"][0]
    assert found["next"].startswith(f"geotool convert {path} --as ")
