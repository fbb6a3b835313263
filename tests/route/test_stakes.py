"""The land between stakes: known areas, and what is said of stakes that are in doubt."""

import math
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.errors import CrsError, DataError, GeometryError, SchemaError
from geotool.route.alignment import make_axes
from geotool.route.stakes import make_stake_corridor
from geotool.rules.stakes import load_stake_rules
from tests.route.drawn import CRS, alignments, arc, axis_of

EAST, NORTH = 500_000.0, 2_000_000.0
RULES = load_stake_rules()
XS = range(0, 101, 20)
LEFT, RIGHT = [(x, 20) for x in XS], [(x, -20) for x in XS]


def straight(length=100, **options):
    return axis_of([(EAST, NORTH), (EAST + length, NORTH)], start=10_000.0, **options)


def stakes(left, right, *, crs=CRS, **columns):
    """Return stakes L1.. and R1.., placed in metres from the corner, with side and sequence."""
    places = [*left, *right]
    data = {
        "stake_id": [f"L{n + 1}" for n in range(len(left))]
        + [f"R{n + 1}" for n in range(len(right))],
        "side": ["left"] * len(left) + ["right"] * len(right),
        "sequence": [*range(1, len(left) + 1), *range(1, len(right) + 1)],
        **columns,
    }
    points = [shapely.Point(EAST + x, NORTH + y) for x, y in places]
    return gpd.GeoDataFrame(data, geometry=points, crs=crs)


def bare(frame):
    return frame.drop(columns=["side", "sequence"])


def drawn(frame, *axes, rules=RULES):
    axes = axes or (straight(),)
    return make_stake_corridor(axes, frame, rules=rules, frame_crs=frame.crs)


def area(frame, *axes):
    strip, _ = drawn(frame, *axes)
    assert strip.geometry.is_valid.all()
    return strip.area.sum()


def refused(frame, *axes):
    with pytest.raises(DataError) as error:
        drawn(frame, *axes)
    assert all(p.message in str(error.value) for p in error.value.problems if p.severity == "error")
    return list(error.value.problems)


def said(problems, rule):
    return [problem.message for problem in problems if problem.rule == rule]


def rules_of(problems):
    return {problem.rule for problem in problems}


class TestArea:
    def test_a_straight_strip(self):
        strip, problems = drawn(stakes(LEFT, RIGHT))
        assert strip.area.sum() == pytest.approx(4000.0, rel=1e-12)
        assert problems == []
        row = strip.drop(columns="geometry").to_dict("records")
        expected = {"right_of_way_id": "A1", "alignment_id": "A1", "version": "1"}
        assert row == [{**expected, "basis": "recovered"}]
        assert strip.crs == CRS

    def test_a_zig_zag(self):
        left = [(x, 20 + 10 * (n % 2)) for n, x in enumerate(XS)]
        assert area(stakes(left, RIGHT)) == pytest.approx(2000 + 100 * 25, rel=1e-12)

    def test_two_stakes_a_side_are_enough(self):
        assert area(stakes([LEFT[0], LEFT[-1]], [RIGHT[0], RIGHT[-1]])) == pytest.approx(4000)

    def test_a_strip_along_an_arc(self):
        """Stakes on the circles of radius R - 20 and R + 20: the ring between two polygons."""
        radius, degrees, count = 100.0, 90.0, 46
        axis = axis_of(arc(radius, degrees, 1.0))
        angle = np.radians(np.linspace(0, degrees, count))
        left, right = (
            [(r * math.sin(t), radius - r * math.cos(t)) for t in angle]
            for r in (radius - 20, radius + 20)
        )
        step = math.radians(degrees / (count - 1))
        sector = (count - 1) * 0.5 * math.sin(step)
        expected = sector * ((radius + 20) ** 2 - (radius - 20) ** 2)
        frame = stakes(left, right)
        assert area(frame, axis) == pytest.approx(expected, rel=1e-9)
        assert area(bare(frame).sample(frac=1, random_state=2), axis) == pytest.approx(expected)

    def test_a_foot_is_no_metre(self):
        foot = 0.3048
        frame = stakes(*([(x / foot, y / foot) for x, y in one] for one in (LEFT, RIGHT)))
        frame = frame.set_crs("EPSG:2264", allow_override=True)
        axis = axis_of([(EAST, NORTH), (EAST + 100 / foot, NORTH)], start=10_000, crs="EPSG:2264")
        strip, problems = drawn(frame.drop(index=2), axis)
        assert strip.area.sum() * axis.metres_per_unit**2 == pytest.approx(4000, rel=1e-4)
        assert "40.00 m" in said(problems, "stake_gap")[0]

    def test_a_falling_axis_turns_the_sides(self):
        axis = straight(direction="down")
        frame = stakes(RIGHT, LEFT)
        strip, problems = drawn(frame, axis)
        assert strip.area.sum() == pytest.approx(4000)
        assert rules_of(problems) == {"stake_series_reversed"}

    def test_several_alignments(self):
        north = shapely.affinity.translate(straight().line, 0, 500)
        axes = [replace(straight(), alignment_id="A2", line=north), straight()]
        first = stakes(LEFT, RIGHT, alignment_id="A1")
        second = stakes(*([(x, y + 500) for x, y in one] for one in (LEFT, RIGHT)))
        second = second.assign(alignment_id="A2", stake_id="B" + second["stake_id"])
        strip, problems = drawn(pd.concat([second, first]).sample(frac=1, random_state=1), *axes)
        assert list(strip["alignment_id"]) == ["A1", "A2"]
        assert list(strip.area) == pytest.approx([4000, 4000])
        assert problems == []


class TestOrder:
    def test_by_sequence_whatever_the_rows(self):
        frame = stakes(LEFT, RIGHT).sample(frac=1, random_state=4)
        assert area(frame) == pytest.approx(4000)

    def test_numbers_that_go_round(self):
        frame = stakes(LEFT, RIGHT[::-1], sequence=range(1, 13))
        strip, problems = drawn(frame)
        assert strip.area.sum() == pytest.approx(4000)
        assert rules_of(problems) == {"stake_series_reversed"}
        assert "R1 (Km10+100.00) down to R6 (Km10+000.00)" in problems[0].message

    @pytest.mark.parametrize("label", ["Km10+{:03d}", "{}"])
    def test_by_chainage(self, label):
        labels = [label.format(x if "Km" in label else 10_000 + x) for x in [*XS, *XS]]
        frame = stakes(LEFT, RIGHT, chainage=labels).drop(columns="sequence")
        strip, problems = drawn(frame.sample(frac=1, random_state=5))
        assert (strip.area.sum(), problems) == (pytest.approx(4000), [])

    def test_by_place(self):
        strip, problems = drawn(bare(stakes(LEFT, RIGHT)).sample(frac=1, random_state=6))
        assert strip.area.sum() == pytest.approx(4000)
        assert rules_of(problems) == {"stake_side_found", "stake_order_found"}
        assert "12 stakes" in said(problems, "stake_side_found")[0]

    def test_a_number_missing_makes_the_place_decide(self):
        frame = stakes(LEFT, RIGHT)
        frame["sequence"] = frame["sequence"].astype("Int64").where(frame["stake_id"] != "L3")
        strip, problems = drawn(frame)
        assert strip.area.sum() == pytest.approx(4000)
        assert len(said(problems, "stake_order_found")) == 1

    @pytest.mark.parametrize("jitter", [0.0, 0.1, -0.1])
    def test_a_step_beside_one_place_is_no_zig_zag(self, jitter):
        left = [(0, 20), (20, 20), (40, 20), (40 + jitter, 35), (60, 35), (80, 35), (100, 35)]
        frame = bare(stakes(left, RIGHT))
        assert area(frame.sample(frac=1, random_state=7)) == pytest.approx(4900, abs=2.0)

    def test_outside_a_corner_stakes_of_one_place_go_round(self):
        axis = axis_of([(EAST, NORTH), (EAST + 100, NORTH), (EAST + 100, NORTH - 100)])
        wedge = [(100 + 20 * math.sin(t), 20 * math.cos(t)) for t in np.linspace(0, math.pi / 2, 7)]
        left = [(0, 20), (50, 20), *wedge, (120, -50), (120, -100)]
        right = [(0, -20), (50, -20), (80, -20), (80, -50), (80, -100)]
        frame = bare(stakes(left, right))
        expected = 2 * 2000 + 6 * 200 * math.sin(math.pi / 12) + 2 * 1600 + 400
        assert area(frame.sample(frac=1, random_state=8), axis) == pytest.approx(expected, rel=1e-9)

    def test_a_hairpin_narrower_than_the_strip(self):
        line = [(EAST, NORTH), (EAST + 300, NORTH), (EAST + 300, NORTH + 30), (EAST, NORTH + 30)]
        axis = axis_of(line)
        left = [(x, 5) for x in range(0, 281, 20)] + [(295, 5), (295, 25)]
        left += [(x, 25) for x in range(280, -1, -20)]
        right = [(x, -40) for x in range(0, 341, 20)] + [(340, y) for y in range(-20, 61, 20)]
        right += [(340, 70)] + [(x, 70) for x in range(320, -1, -20)]
        strip, problems = drawn(stakes(left, right), axis)
        assert strip.area.sum() == pytest.approx(340 * 110 - 295 * 20)
        assert problems == []

    @pytest.mark.parametrize(("zone", "said"), [("1.0", False), ("x", True), (2, True)])
    def test_a_zone_is_read_as_everywhere(self, zone, said):
        frame = stakes(LEFT, RIGHT, chainage=[10_000 + x for x in [*XS, *XS]])
        frame["zone"] = pd.Series([zone, *[None] * (len(frame) - 1)], dtype=object)
        _, problems = drawn(frame)
        assert ("stake_chainage_differs" in rules_of(problems)) == said

    def test_a_chainage_says_which_leg_a_stake_stands_beside(self):
        """20 m off a leg and 10 m off the other: without the label it is on the wrong side."""
        line = [(EAST, NORTH), (EAST + 300, NORTH), (EAST + 300, NORTH + 30), (EAST, NORTH + 30)]
        axis = axis_of(line)
        frame = stakes([(0, 5), (100, 20), (290, 5), (290, 25), (0, 25)],
                       [(0, -20), (330, -20), (330, 50), (0, 50)])  # fmt: skip
        chainage = [0, 100, 290, 340, 630, 0, 300, 330, 630]
        _, plain = drawn(frame, axis)
        assert "stake_order" in rules_of(plain)
        _, labelled = drawn(frame.assign(chainage=chainage), axis)
        assert not rules_of(labelled) & {"stake_order", "stake_wrong_side"}


class TestDoubts:
    def test_a_missing_stake_is_a_gap(self):
        strip, problems = drawn(stakes(LEFT[:2] + LEFT[3:], RIGHT))
        assert strip.area.sum() == pytest.approx(4000)
        (gap,) = problems
        assert (gap.rule, gap.severity, gap.key) == ("stake_gap", "finding", "L2")
        assert "L2 (Km10+020.00) and L3 (Km10+060.00)" in gap.message
        assert "40.00 m" in gap.message
        assert gap.shape.length == pytest.approx(40.0)

    def test_swapped_numbers_are_named_and_refused_when_lines_cross(self):
        left = [*LEFT[:2], LEFT[3], LEFT[2], *LEFT[4:]]
        problems = refused(stakes(left, RIGHT))
        (order,) = (problem for problem in problems if problem.rule == "stake_order")
        assert order.severity == "error"
        assert "L4 (Km10+040.00) follows L3 (Km10+060.00)" in order.message
        crossing = said(problems, "stake_crossing")
        assert any("L2 (Km10+020.00) - L3 (Km10+060.00)" in text for text in crossing)

    def test_swapped_numbers_that_draw_a_valid_polygon_are_a_finding(self):
        left = [(x, 20 + 3 * (n % 2)) for n, x in enumerate(XS)]
        left[2], left[3] = left[3], left[2]
        strip, problems = drawn(stakes(left, RIGHT))
        assert strip.geometry.is_valid.all()
        assert "stake_order" in rules_of(problems)

    def test_a_copy_is_dropped(self):
        frame = stakes(LEFT, RIGHT)
        copy = frame.iloc[[2]].assign(stake_id="L3b")
        strip, problems = drawn(pd.concat([copy, frame]))
        assert strip.area.sum() == pytest.approx(4000)
        assert [(p.rule, p.severity) for p in problems] == [("stake_repeated", "notice")]
        assert "L3b" in problems[0].message

    def test_two_stakes_in_one_place_are_a_finding(self):
        left = [*LEFT[:3], (40.02, 20), *LEFT[3:]]
        strip, problems = drawn(stakes(left, RIGHT))
        assert strip.area.sum() == pytest.approx(4000)
        assert "0.020 m apart" in said(problems, "stake_doubled")[0]

    def test_one_number_twice_is_a_finding(self):
        frame = stakes(LEFT, RIGHT)
        frame.loc[frame["stake_id"] == "L4", "sequence"] = 3
        strip, problems = drawn(frame)
        assert strip.area.sum() == pytest.approx(4000)
        (text,) = said(problems, "stake_doubled")
        assert "L3 (Km10+040.00), L4 (Km10+060.00) have one sequence, 3" in text

    @pytest.mark.parametrize(("left", "right", "side"), [(LEFT, [], "right"), ([], RIGHT, "left"),
                                                         (LEFT, RIGHT[:1], "right")])  # fmt: skip
    def test_a_side_without_stakes_is_refused(self, left, right, side):
        (problem,) = refused(stakes(left, right))
        assert problem.rule == "stake_side_missing"
        assert f", {side}" in problem.message

    def test_an_alignment_without_stakes_is_refused(self):
        other = replace(straight(), alignment_id="A2")
        problems = refused(stakes(LEFT, RIGHT, alignment_id="A1"), straight(), other)
        assert [p.rule for p in problems] == ["stake_side_missing"] * 2
        assert all("'A2'" in p.message for p in problems)

    def test_stakes_of_unknown_alignments_are_refused_all_at_once(self):
        frame = stakes(LEFT, RIGHT, alignment_id="A1")
        frame.loc[0, "alignment_id"], frame.loc[1, "alignment_id"] = "Z9", None
        axes = [straight(), replace(straight(), alignment_id="A2")]
        found = said(refused(frame, *axes), "stake_without_alignment")
        assert found == [
            "1 stake(s), L1: no alignment 'Z9'; there are A1, A2.",
            "1 stake(s), L2: no alignment_id; there are A1, A2.",
        ]

    def test_problems_are_numbered_where_there_are_several(self):
        far = stakes([(0, 5_000), *LEFT], RIGHT)
        with pytest.raises(DataError, match=r"^stakes: L1 lies 5,000 m"):
            drawn(far)
        with pytest.raises(DataError, match=r"^stakes: \(1\) L1 lies .* \(2\) R7 lies"):
            drawn(stakes([(0, 5_000), *LEFT], [*RIGHT, (100, -5_000)]))

    def test_a_short_side_is_a_finding(self):
        strip, problems = drawn(stakes(LEFT[:4], RIGHT))
        assert strip.area.sum() == pytest.approx(3200)
        (end,) = problems
        assert end.rule == "stake_end"
        assert "left: the stakes end at L4 (Km10+060.00), 40.00 m short" in end.message

    def test_stakes_that_end_before_the_axis_are_a_finding(self):
        _, problems = drawn(stakes(LEFT[1:], RIGHT[1:]))
        (end,) = said(problems, "stake_end")
        assert "begin 20.00 m short of the axis" in end

    def test_sides_exchanged_are_a_finding(self):
        strip, problems = drawn(stakes(RIGHT, LEFT))
        assert strip.area.sum() == pytest.approx(4000)
        assert len(said(problems, "stake_wrong_side")) == 2

    def test_a_stake_across_the_axis_is_named(self):
        left = [*LEFT[:2], (40, -5), *LEFT[3:]]
        strip, problems = drawn(stakes(left, RIGHT))
        assert strip.area.sum() == pytest.approx(4000 - 25 * 20)
        assert [p.key for p in problems if p.rule == "stake_wrong_side"] == ["L3"]

    def test_a_line_across_the_axis_between_good_stakes_is_a_finding(self):
        axis = axis_of([(EAST, NORTH), (EAST + 50, NORTH + 60), (EAST + 100, NORTH)])
        frame = stakes([(-5, 20), (50, 80), (105, 20)], [(5, -20), (95, -20)])
        _, problems = drawn(frame, axis)
        assert "stake_axis_crossed" not in rules_of(problems)
        frame = stakes([(-5, 10), (105, 10)], [(5, -20), (50, -20), (95, -20)])
        (text,) = said(drawn(frame, axis)[1], "stake_axis_crossed")
        assert "left: the line L1 (" in text

    def test_series_that_cross_each_other_are_refused(self):
        left, right = [*LEFT[:3], (60, -30), *LEFT[4:]], RIGHT
        problems = refused(stakes(left, right))
        crossing = said(problems, "stake_crossing")
        assert any("L3" in text and "R4" in text for text in crossing)

    @pytest.mark.parametrize("places", [[(50, 0)] * 4, [(0, 0), (50, 0), (0, 0), (50, 0)]])
    def test_stakes_that_enclose_nothing_are_refused(self, places):
        problems = refused(stakes(places[:2], places[2:]))
        assert "stake_crossing" in rules_of(problems)

    def test_exchanged_coordinates_are_said_to_be(self):
        frame = stakes(LEFT, RIGHT)
        point = frame.geometry[3]
        frame.loc[3, "geometry"] = shapely.Point(point.y, point.x)
        far = [p for p in refused(frame) if p.severity == "error"]
        assert [p.rule for p in far] == ["stake_far"]
        assert "L4" in far[0].message
        assert "exchanged it would be 20.0 m away" in far[0].message

    def test_a_stake_on_the_axis_without_side_is_refused(self):
        frame = stakes([*LEFT, (50, 0)], RIGHT).drop(columns=["side", "sequence"])
        (problem,) = (p for p in refused(frame) if p.severity == "error")
        assert (problem.rule, problem.key) == ("stake_side_unknown", "L7")

    def test_a_chainage_away_from_its_stake_is_a_finding(self):
        chainage = [10_000 + x for x in [*XS, *XS]]
        chainage[1] = "Km10+090"
        strip, problems = drawn(stakes(LEFT, RIGHT, chainage=chainage))
        assert strip.area.sum() == pytest.approx(4000)
        (problem,) = problems
        assert (problem.rule, problem.key) == ("stake_chainage_differs", "L2")
        assert "Km10+090.00, 70.00 m" in problem.message

    def test_errors_are_listed_at_once(self):
        frame = stakes([*LEFT[:2], LEFT[3], LEFT[2], *LEFT[4:]], RIGHT)
        point = frame.geometry.iloc[-1]
        frame.loc[len(frame) - 1, "geometry"] = shapely.Point(point.y, point.x)
        assert {"stake_far", "stake_crossing"} <= rules_of(refused(frame))

    def test_limits_are_the_rule_file_s(self):
        frame = stakes(LEFT[:2] + LEFT[3:], RIGHT)
        assert drawn(frame, rules=replace(RULES, gap_m=50.0))[1] == []
        with pytest.raises(DataError):
            drawn(frame, rules=replace(RULES, far_m=10.0))

    def test_names_that_both_sides_share_are_told_apart(self):
        frame = stakes(LEFT[:2] + LEFT[3:], RIGHT)
        frame["stake_id"] = "C" + frame["stake_id"].str[1:]
        strip, problems = drawn(frame.iloc[::-1])
        assert strip.area.sum() == pytest.approx(4000)
        assert "C2 left (Km10+020.00) and C3 left (Km10+060.00)" in problems[0].message

    def test_stakes_of_two_alignments_with_one_name_are_told_apart(self):
        north = shapely.affinity.translate(straight().line, 0, 500)
        axes = [straight(), replace(straight(), alignment_id="A2", line=north)]
        first = stakes(LEFT, RIGHT, alignment_id="A1")
        up = [[(x, y + 500) for x, y in side] for side in (LEFT, RIGHT)]
        second = stakes(*up, alignment_id="A2").drop(index=2)
        lands, problems = drawn(pd.concat([first, second]), *axes)
        assert list(lands.area) == pytest.approx([4000, 4000])
        (gap,) = said(problems, "stake_gap")
        assert "L2 left A2 (Km10+020.00) and L4 left A2 (Km10+060.00)" in gap

    def test_stakes_without_names_are_named_by_their_rows(self):
        frame = stakes(LEFT[:2] + LEFT[3:], RIGHT).drop(columns="stake_id")
        _, problems = drawn(frame)
        assert "row 2 (Km10+020.00) and row 3 (Km10+060.00)" in problems[0].message


class TestGuards:
    def test_no_axis(self):
        with pytest.raises(SchemaError):
            make_stake_corridor([], stakes(LEFT, RIGHT), rules=RULES, frame_crs=CRS)

    def test_longitudes(self):
        with pytest.raises(CrsError):
            drawn(stakes(LEFT, RIGHT).set_crs("EPSG:4326", allow_override=True), straight())

    def test_shapes_that_are_no_points(self):
        frame = stakes(LEFT, RIGHT)
        frame.loc[4, "geometry"] = frame.geometry[4].buffer(1)
        with pytest.raises(GeometryError, match="L5"):
            drawn(frame)

    def test_heights_and_multipoints_of_one_are_points(self):
        frame = stakes(LEFT, RIGHT)
        frame.geometry = [shapely.MultiPoint([(p.x, p.y, 7.0)]) for p in frame.geometry]
        strip, _ = drawn(frame)
        assert strip.area.sum() == pytest.approx(4000)
        assert not strip.has_z.any()

    def test_an_empty_layer_is_refused_by_side(self):
        assert rules_of(refused(stakes(LEFT, RIGHT).iloc[:0])) == {"stake_side_missing"}


offsets = st.lists(st.floats(5, 60), min_size=2, max_size=12)


@settings(max_examples=40, deadline=None)
@given(offsets, offsets, st.randoms(use_true_random=False), st.sampled_from(["sequence", "place"]))
def test_any_offsets_give_the_trapezoids_between_them(left_m, right_m, random, order):
    left = [(100 * n / (len(left_m) - 1), y) for n, y in enumerate(left_m)]
    right = [(100 * n / (len(right_m) - 1), -y) for n, y in enumerate(right_m)]
    expected = sum(
        np.trapezoid([abs(y) for _, y in one], [x for x, _ in one]) for one in (left, right)
    )
    frame = stakes(left, right)
    frame = frame if order == "sequence" else bare(frame)
    rows = list(range(len(frame)))
    random.shuffle(rows)
    shuffled, before = frame.iloc[rows], frame.iloc[rows].copy()
    assert area(shuffled) == pytest.approx(expected, rel=1e-9)
    pd.testing.assert_frame_equal(shuffled, before)


def with_equation(back, ahead):
    line = shapely.LineString([(EAST, NORTH), (EAST + 200, NORTH)])
    equations = pd.DataFrame({"alignment_id": ["A1"], "back": [back], "ahead": [ahead]})
    return make_axes(alignments(line), equations=equations)[0]


def test_labels_that_repeat_are_read_near_their_stake():
    """Over an overlap of 50 m a label stands twice; the stake says which one is meant."""
    axis = with_equation("Km0+100", "Km0+050")
    xs = range(0, 201, 20)
    labels = [x if x < 100 else x - 50 for x in xs]
    frame = stakes([(x, 20) for x in xs], [(x, -20) for x in xs], chainage=labels * 2)
    strip, problems = drawn(frame.drop(columns="sequence").sample(frac=1, random_state=9), axis)
    assert strip.area.sum() == pytest.approx(8000)
    assert problems == []


def test_a_label_that_does_not_exist_is_a_finding_and_the_place_decides():
    axis = with_equation("Km0+100", "Km0+150")
    xs = range(0, 201, 20)
    labels = [x if x < 100 else x + 50 for x in xs]
    frame = stakes([(x, 20) for x in xs], [(x, -20) for x in xs], chainage=labels * 2)
    frame = frame.drop(columns="sequence")
    assert drawn(frame, axis)[1] == []
    frame.loc[3, "chainage"] = 120
    strip, problems = drawn(frame, axis)
    assert strip.area.sum() == pytest.approx(8000)
    assert rules_of(problems) == {"stake_chainage_differs", "stake_order_found"}
    (text,) = said(problems, "stake_chainage_differs")
    assert "Km0+120" in text
    assert "Km0+150" in text
