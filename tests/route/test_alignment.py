from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, MultiLineString, Point

from geotool.errors import CrsError, GeometryError, LabelError, SchemaError, UsageError
from geotool.route.alignment import make_axes, make_axis_lines, select_axis
from geotool.route.axis import axis_of as axis_of_row
from geotool.route.axis import require_axes
from tests.route.drawn import CRS, alignments, axis_of


@pytest.mark.parametrize("blank", [None, "", float("nan")])
def test_a_row_names_its_axis_or_the_only_one(blank):
    one = axis_of([(0, 0), (9, 0)])
    other = replace(one, alignment_id="7")
    assert axis_of_row({"alignment_id": blank}, [one]) is one
    assert axis_of_row({}, [one]) is one
    assert axis_of_row({"alignment_id": 7}, [one, other]) is other
    with pytest.raises(LabelError, match="no alignment_id; there are 7, A1"):
        axis_of_row({"alignment_id": blank}, [one, other])
    with pytest.raises(LabelError, match="no alignment 'B'; there are A1"):
        axis_of_row({"alignment_id": "B"}, [one])
    with pytest.raises(SchemaError, match="there is no alignment"):
        require_axes([])


def test_a_plain_line_starts_at_km_zero():
    axis = make_axes(alignments(LineString([(0, 0), (3, 4)])))[0]
    assert (axis.alignment_id, axis.name) == ("A1", "")
    assert (axis.start_measure_m, axis.end_measure_m, axis.length_m) == (0.0, 5.0, 5.0)


def test_start_measure_may_be_metres_a_label_or_blank():
    lines = [LineString([(0, i), (100, i)]) for i in range(4)]
    frame = alignments(*lines, start_chainage=[560_126.0, "Km568+126", None, np.nan])
    starts = [axis.start_measure_m for axis in make_axes(frame)]
    assert starts == [560_126.0, 568_126.0, 0.0, 0.0]


def test_down_labels_the_first_drawn_vertex_and_runs_backwards():
    axis = axis_of([(0, 0), (1000, 0)], start=5000.0, direction="down")
    assert list(axis.line.coords) == [(1000, 0), (0, 0)]
    assert (axis.start_measure_m, axis.end_measure_m) == (4000.0, 5000.0)


def test_axes_are_in_natural_order_whatever_the_order_of_rows():
    frame = alignments(*[LineString([(0, i), (9, i)]) for i in range(3)])
    frame["alignment_id"] = ["P10", "P2", "P1"]
    shuffled = frame.iloc[[2, 0, 1]]
    assert [axis.alignment_id for axis in make_axes(frame)] == ["P1", "P2", "P10"]
    assert make_axes(frame) == make_axes(shuffled)


def test_parts_are_joined_in_drawn_order_also_through_a_loop():
    loop = [[(0, 0), (10, 0), (10, 10)], [(10, 10), (5, 10), (5, -5)]]
    axis = make_axes(alignments(MultiLineString(loop)))[0]
    assert axis.line.equals_exact(LineString([*loop[0], *loop[1][1:]]), 0)


def test_parts_out_of_order_keep_the_direction_of_the_first():
    parts = [[(10, 0), (20, 0)], [(10, 0), (0, 0)], [(30, 0), (20, 0)]]
    axis = make_axes(alignments(MultiLineString(parts)))[0]
    assert list(axis.line.coords) == [(0, 0), (10, 0), (20, 0), (30, 0)]


def test_a_gap_is_refused_with_its_width_in_metres():
    parts = MultiLineString([[(0, 0), (10, 0)], [(12.5, 0), (20, 0)], [(60, 0), (50, 0)]])
    with pytest.raises(GeometryError, match=r"'A1' has 3 parts.* 30\.000 m, 2\.500 m"):
        make_axes(alignments(parts))


def test_a_fork_is_refused():
    parts = MultiLineString([[(0, 0), (10, 0)], [(10, 0), (20, 5)], [(10, 0), (20, -5)]])
    with pytest.raises(GeometryError, match="fork"):
        make_axes(alignments(parts))


def test_repeated_vertices_and_heights_are_dropped():
    axis = axis_of([(0, 0, 7), (0, 0, 8), (5, 0, 9), (5, 0, 9), (9, 0, 1)])
    assert list(axis.line.coords) == [(0, 0), (5, 0), (9, 0)]


@pytest.mark.parametrize(
    "shape", [Point(0, 0), None, LineString(), LineString([(1, 1), (1, 1)])], ids=repr
)
def test_what_is_not_a_line_is_refused(shape):
    with pytest.raises(GeometryError, match="A1"):
        make_axes(alignments(shape))


def test_feet_become_metres():
    axis = axis_of([(0, 0), (1000, 0)], crs="EPSG:2263")
    assert axis.length_m == pytest.approx(1000 * 1200 / 3937, rel=1e-12)


def test_lon_lat_and_no_crs_are_refused():
    line = LineString([(105, 18), (106, 18)])
    for crs in ("EPSG:4326", None):
        with pytest.raises(CrsError, match="alignments"):
            make_axes(alignments(line, crs=crs))


def test_bad_columns_are_refused():
    line = LineString([(0, 0), (9, 0)])
    with pytest.raises(SchemaError, match="alignment_id"):
        make_axes(gpd.GeoDataFrame(geometry=[line], crs=CRS))
    with pytest.raises(SchemaError, match="repeats: A1"):
        make_axes(alignments(line, line).assign(alignment_id="A1"))
    with pytest.raises(SchemaError, match="sideways"):
        make_axes(alignments(line, direction=["sideways"]))
    with pytest.raises(LabelError):
        make_axes(alignments(line, start_chainage=["Km"]))


def test_the_callers_frame_is_not_changed():
    frame = alignments(LineString([(0, 0), (0, 0), (9, 0)]), direction=["down"])
    before = frame.copy(deep=True)
    make_axes(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_select_axis():
    axes = make_axes(alignments(LineString([(0, 0), (9, 0)]), LineString([(0, 1), (9, 1)])))
    assert select_axis(axes, "A2").alignment_id == "A2"
    assert select_axis(axes[:1], None).alignment_id == "A1"
    with pytest.raises(UsageError, match="A1, A2"):
        select_axis(axes, None)
    with pytest.raises(UsageError, match="Known: A1, A2"):
        select_axis(axes, "A3")
    with pytest.raises(SchemaError):
        select_axis([], None)


def test_axis_lines():
    frame = make_axis_lines([axis_of([(0, 0), (9, 0)])], CRS)
    assert list(frame.columns) == ["alignment_id", "name", "geometry"]
    assert frame.geometry.length.sum() == 9.0
