"""Axes reach the page with the measures, labels and sections of every table."""

import numpy as np
import pandas as pd

from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_axes import make_page_axes
from tests import village as v
from tests import village_project as vp


def axes_of(folder, **layers):
    folder = vp.write_project(folder, layers=layers)
    return make_page_axes(assess(open_project(folder), on="2024-05-01"))


def test_a_plain_axis(tmp_path):
    (axis,) = axes_of(tmp_path)
    assert axis.alignment_id == "A1"
    assert axis.measures_m.tolist() == [10_000.0, 12_000.0]
    assert axis.stations == ((10_000.0, 10_000.0, 1), (12_000.0, 12_000.0, 1))
    assert axis.sections == (
        ("Km10-Km11", 10_000.0, 11_000.0),
        ("Km11-Km12", 11_000.0, 12_000.0),
    )


def test_a_jump_of_the_stationing_stands_twice_back_before_ahead(tmp_path):
    row = {"alignment_id": "A1", "back": "Km10+500", "ahead": "Km10+800"}
    (axis,) = axes_of(tmp_path, chainage_equations=pd.DataFrame([row]))
    assert axis.stations == (
        (10_000.0, 10_000.0, 1),
        (10_500.0, 10_500.0, 1),
        (10_500.0, 10_800.0, 2),
        (12_000.0, 12_300.0, 2),
    )


def test_measures_follow_the_vertices_of_a_turned_axis(tmp_path):
    turned = v.Village(angle_deg=31.0)
    line = v.alignments(turned)
    line["geometry"] = line.geometry.segmentize(300.0)
    (axis,) = axes_of(tmp_path, alignments=line, parcels=None, communes=None)
    steps = np.diff(axis.measures_m)
    assert len(axis.measures_m) == len(axis.line.coords)
    assert (steps > 0).all()
    assert abs(axis.measures_m[-1] - 12_000.0) < 1e-6


def test_without_alignments_there_are_none(tmp_path):
    assert axes_of(tmp_path, alignments=None, events=None) == ()
