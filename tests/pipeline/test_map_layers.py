"""Layers for maps hold each figure once."""

from shapely.geometry import box

from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_layers import make_layers
from tests import village as v
from tests import village_project as vp


def test_cells_add_up_where_three_communes_overlap(tmp_path):
    boxes = {"C1": (0, 900), "C2": (700, 2000), "C3": (800, 1900)}
    communes = v.VILLAGE.frame(
        [{"commune_id": key, "commune_name": key} for key in boxes],
        [box(west, 0, east, 250) for west, east in boxes.values()],
    )
    folder = vp.write_project(tmp_path, layers={"communes": communes})
    found = assess(open_project(folder), on=None)
    cells = make_layers(found, dissolve=True)["cells"]
    assert not cells.duplicated(["alignment_id", "section_id", "commune_id"]).any()
    for name in ("corridor_area_m2", "affected_area_m2"):
        assert abs(cells[name].sum() - 120_000) < 1e-6, name
