"""The handover of a project: households wait for their last square metre."""

import pytest
from shapely.geometry import Point, box

from geotool.errors import UsageError
from geotool.pipeline.handover import HandoverOptions, measure_handover
from tests import village as v
from tests import village_project as vp


@pytest.mark.parametrize(
    ("shape", "handed_over"),
    [
        (box(780.0, 120.0, 790.0, 130.0), 1),
        (box(795.0, 120.0, 805.0, 130.0), 0),  # Km10+800 is where the clear range ends
        (box(795.0, 150.0, 800.0, 160.0), 1),
        (Point(790.0, 120.0), 1),
        (Point(810.0, 120.0), 0),
    ],
)
def test_a_house_is_handed_over_with_all_of_its_ground(tmp_path, shape, handed_over):
    row = {"structure_id": "S1", "holder_id": "H9", "use": "dwelling"}
    layers = {"structures": v.VILLAGE.frame([row], [shape]), "holdings": None}
    folder = vp.write_project(tmp_path, layers=layers)
    answer = measure_handover(HandoverOptions(project=folder, on="2024-03-31")).data
    assert answer["households"] == {
        "affected": 1,
        "handed_over": handed_over,
        "remaining": 1 - handed_over,
    }


@pytest.mark.parametrize("name", ["alignment", "equations", "posts", "src_crs"])
def test_files_beside_a_project_are_refused_not_ignored(tmp_path, name):
    options = HandoverOptions(project=vp.write_project(tmp_path), on="2024-03-31", **{name: "x"})
    with pytest.raises(UsageError, match=f"--{name.replace('_', '-')} has no effect"):
        measure_handover(options)
