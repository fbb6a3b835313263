"""Layers as a project reads them."""

import pandas as pd

from geotool.pipeline.inputs import open_project
from geotool.pipeline.stats import tabulate
from tests import village_project as vp


def test_the_order_of_rows_in_files_changes_nothing(tmp_path):
    layers = vp.all_layers()
    shuffled = {name: frame.sample(frac=1, random_state=7) for name, frame in layers.items()}
    first = vp.write_project(tmp_path / "first", layers=layers)
    second = vp.write_project(tmp_path / "second", layers=shuffled)
    assert (
        tabulate(first, by=["parcel"], on=None).data
        == tabulate(second, by=["parcel"], on=None).data
    )
    one, two = open_project(first).frames, open_project(second).frames
    for name in set(layers) - {"holdings"}:  # a table without key keeps its order
        pd.testing.assert_frame_equal(one[name], two[name])
    assert one["parcels"]["parcel_id"].tolist()[:3] == ["1-1", "1-2", "1-3"]
