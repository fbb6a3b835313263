"""Labels of the columns by which the parts of a layer are filtered and added up."""

import dataclasses

import pandas as pd

from geotool.labels import load_labels
from geotool.share.render.furniture import part_columns
from tests.share.render import sample_content


def make_layer():
    layers = sample_content.make_layers(20, 5)
    layer = next(one for one in layers if one.name == "land_take")
    parts = pd.DataFrame(
        {"row": [0], "section_id": ["Km1-Km2"], "affected_area_m2": [1.0], "x": [1]}
    )
    return dataclasses.replace(
        layer,
        parts=parts,
        filters=("section_id", "take_class"),
        sums=("affected_area_m2",),
    )


def test_columns_of_the_parts_have_words_and_kinds():
    found = part_columns(make_layer(), load_labels())
    assert [one["name"] for one in found] == ["section_id", "affected_area_m2"]
    assert found[0]["label"]["vi"] == "Đoạn tuyến"
    assert found[1]["kind"] == "area_m2"


def test_a_layer_without_parts_has_none():
    assert part_columns(dataclasses.replace(make_layer(), parts=None), load_labels()) == []
