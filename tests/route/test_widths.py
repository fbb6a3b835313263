import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool.errors import LabelError, SchemaError, UsageError
from geotool.route.axis import Axis
from geotool.route.corridor import make_corridor
from geotool.route.stationing import Zone
from geotool.route.widths import WidthProfile, read_widths
from tests.route.drawn import CRS, axis_of


def straight(length=1000.0, *, start=0.0, zones=(), alignment_id="A1"):
    axis = axis_of([(0, 0), (length, 0)], start=start)
    return Axis(alignment_id, "", axis.line, start, 1.0, zones)


def table_of(*rows, **columns):
    frame = pd.DataFrame(list(rows), columns=["chainage", "left_m", "right_m"])
    return frame.assign(**columns)


def read_one(table, axis=None):
    profiles, problems = read_widths([axis or straight()], table)
    (profile,) = profiles.values()
    return profile, [problem.rule for problem in problems]


def as_rows(profile):
    columns = (profile.measures, profile.left_m, profile.right_m)
    return [tuple(row) for row in np.column_stack(columns).tolist()]


RISING = [(0, 20, 30), (400, 20, 30), (400, 50, 10), (1000, 40, 10)]


class TestReadWidths:
    def test_rows_are_stations_and_two_at_one_place_a_step(self):
        profile, rules = read_one(table_of(*RISING))
        assert as_rows(profile) == RISING and rules == []
        assert [float(width) for width in profile.widths_at(200)] == [20, 30]
        assert [float(width) for width in profile.widths_at(400)] == [50, 10]
        assert [float(width) for width in profile.widths_at(400, before=True)] == [20, 30]
        assert [float(width) for width in profile.widths_at(700)] == [45, 10]

    def test_a_table_that_falls_is_read_from_its_end(self):
        profile, rules = read_one(table_of(*RISING[::-1]))
        assert as_rows(profile) == RISING and rules == []

    @given(st.permutations(range(4)))
    def test_rows_in_any_order(self, order):
        places = [(0, 20, 30), (300, 25, 30), (800, 50, 10), (1000, 40, 10)]
        profile, rules = read_one(table_of(*[places[number] for number in order]))
        assert as_rows(profile) == places
        in_order = list(order) in (sorted(order), sorted(order, reverse=True))
        assert rules == ([] if in_order else ["widths_reordered"])

    @pytest.mark.parametrize("order", [(2, 0, 3, 1), (1, 3, 0, 2), (3, 1, 0, 2)])
    def test_a_shuffled_step_goes_on_from_its_neighbours(self, order):
        profile, rules = read_one(table_of(*[RISING[number] for number in order]))
        assert as_rows(profile) == RISING and rules == ["widths_reordered"]

    def test_a_shuffled_step_that_could_be_either_way_is_refused(self):
        rows = [(400, 20, 30), (0, 1, 1), (1000, 2, 2), (400, 50, 10)]
        with pytest.raises(SchemaError, match=r"row 1 \(Km0\+400.00\) or row 4 \(Km0\+400.00\)"):
            read_one(table_of(*rows))

    def test_labels_metres_and_text_read_alike(self):
        rows = [("Km559+900", "20.5", 30), (560_400.0, 50, "10"), ("Km560+900.00", 40, 10)]
        profile, _ = read_one(table_of(*rows), straight(start=559_900.0))
        expected = [(559_900, 20.5, 30), (560_400, 50, 10), (560_900, 40, 10)]
        assert as_rows(profile) == expected

    def test_widths_hold_to_an_end_the_table_does_not_reach(self):
        table = table_of((100, 20, 30), (900, 40, 10))
        profiles, problems = read_widths([straight()], table)
        assert as_rows(profiles["A1"]) == [
            (0, 20, 30),
            (100, 20, 30),
            (900, 40, 10),
            (1000, 40, 10),
        ]
        assert [(problem.rule, problem.severity) for problem in problems] == [
            ("widths_extended", "finding")
        ] * 2
        assert "row 1 (Km0+100.00) lies 100.00 m from the start" in problems[0].message
        assert "row 2 (Km0+900.00) lies 100.00 m from the end" in problems[1].message

    def test_rows_beyond_the_ends_only_say_how_widths_go_on(self):
        profile, rules = read_one(table_of((-1000, 0, 10), (3000, 40, 10)))
        assert as_rows(profile) == [(0, 10, 10), (1000, 20, 10)] and rules == []

    def test_a_label_a_millimetre_past_the_end_is_the_end(self):
        profile, rules = read_one(
            table_of((0, 20, 20), ("Km1+234.57", 30, 20)), straight(1234.5678)
        )
        assert rules == [] and as_rows(profile)[-1] == pytest.approx((1234.5678, 30, 20), abs=1e-4)

    def test_a_table_off_the_axis_is_refused(self):
        with pytest.raises(
            SchemaError, match=r"No row lies on alignment 'A1'.*row 1 \(Km5\+000.00\)"
        ):
            read_one(table_of((5000, 20, 20), (6000, 20, 20)))

    def test_every_alignment_has_its_own_rows(self):
        axes = [straight(alignment_id=key) for key in ("A10", "A2")]
        table = table_of((0, 1, 1), (0, 2, 2), (1000, 3, 3), alignment_id=["A2", "A10", "A2"])
        profiles, problems = read_widths(axes, table)
        assert list(profiles) == ["A2", "A10"]
        assert as_rows(profiles["A2"]) == [(0, 1, 1), (1000, 3, 3)]
        assert as_rows(profiles["A10"]) == [(0, 2, 2), (1000, 2, 2)]
        assert [problem.key for problem in problems] == ["A10"]

    def test_blank_alignments_belong_to_the_only_one(self):
        profile, _ = read_one(table_of(*RISING, alignment_id=["", None, float("nan"), "A1"]))
        assert as_rows(profile) == RISING

    def test_all_faults_are_named_at_once(self):
        rows = [
            (0, -1, 30),
            (100, None, 1),
            ("Km0+200", 1, float("inf")),
            (None, 1, 1),
            (300, "x", 1),
        ]
        with pytest.raises(SchemaError) as error:
            read_one(table_of(*rows, (400, 5, 5), alignment_id=[*["A1"] * 5, "B"]))
        text = str(error.value)
        for said in (
            "row 1 (Km0+000.00): left_m is '-1",
            "row 2 (Km0+100.00): left_m is blank",
            "row 3 (Km0+200): right_m is 'inf'",
            "row 4 (None): it has no chainage",
            "row 5 (Km0+300.00): left_m is 'x'",
            "row 6 (Km0+400.00): no alignment 'B'; there are A1.",
        ):
            assert said.strip() in text
        assert len(error.value.problems) == 6
        assert {problem.rule for problem in error.value.problems} == {"bad_widths"}

    def test_three_rows_at_one_place_are_refused(self):
        with pytest.raises(
            SchemaError, match=r"three or more rows at one place: row 1 \(Km0\+000.00\), row 2"
        ):
            read_one(table_of((0, 1, 1), (0, 2, 2), (0, 3, 3), (1000, 1, 1)))

    def test_an_alignment_without_rows_is_refused(self):
        axes = [straight(alignment_id=key) for key in ("A", "B")]
        with pytest.raises(SchemaError, match="Alignment 'B' has no rows"):
            read_widths(axes, table_of((0, 1, 1), alignment_id=["A"]))
        with pytest.raises(
            LabelError, match=r"row 1 \(Km0\+000.00\): no alignment_id; there are A, B"
        ):
            read_widths(axes, table_of((0, 1, 1)))
        with pytest.raises(SchemaError, match="Alignment 'A1' has no rows"):
            read_one(table_of())

    def test_missing_columns_and_no_axis_are_refused(self):
        with pytest.raises(SchemaError, match="right_m"):
            read_one(table_of(*RISING).drop(columns="right_m"))
        with pytest.raises(SchemaError, match="no alignment"):
            read_widths([], table_of(*RISING))

    def test_the_table_is_not_changed(self):
        table = table_of(*RISING[::-1], alignment_id="A1")
        before = table.copy()
        read_one(table)
        pd.testing.assert_frame_equal(table, before)


ZONES = (
    Zone(1, (0.0, 600.0), (559_500.0, 560_100.0)),
    Zone(2, (600.0, 1000.0), (560_050.0, 560_450.0)),
)


class TestEquations:
    axis = straight(zones=ZONES)

    def test_a_label_that_stands_twice_needs_its_zone(self):
        rows = [("Km559+500", 20, 20), ("Km560+075", 30, 30), ("Km560+450", 20, 20)]
        with pytest.raises(LabelError, match=r"row 2 \(Km560\+075\).*exists 2 times.*zone"):
            read_one(table_of(*rows), self.axis)
        profile, _ = read_one(table_of(*rows, zone=[None, 2, None]), self.axis)
        assert as_rows(profile)[1] == (625, 30, 30)

    def test_back_and_ahead_label_of_one_place_are_a_step(self):
        rows = [(559_500, 20, 20), (560_100, 20, 20), (560_050, 40, 40), (560_450, 40, 40)]
        profile, rules = read_one(table_of(*rows, zone=[1, 1, 2, 2]), self.axis)
        assert as_rows(profile) == [(0, 20, 20), (600, 20, 20), (600, 40, 40), (1000, 40, 40)]
        assert rules == []

    @pytest.mark.parametrize("order", [[0, 2, 1, 3], [3, 1, 2, 0], [3, 2, 1, 0], [2, 0, 3, 1]])
    def test_the_back_label_comes_first_whatever_the_order_of_the_rows(self, order):
        rows = [(559_500, 20, 20), (560_100, 25, 20), (560_050, 40, 40), (560_450, 45, 40)]
        table = table_of(*rows, zone=[1, 1, 2, 2]).iloc[order]
        profile, _ = read_one(table, self.axis)
        assert as_rows(profile) == [(0, 20, 20), (600, 25, 20), (600, 40, 40), (1000, 45, 40)]

    def test_a_step_of_ahead_labels_is_in_the_order_of_the_table(self):
        rows = [(559_500, 20, 20), (560_050, 25, 20), (560_050, 40, 40), (560_450, 45, 40)]
        profile, _ = read_one(table_of(*rows, zone=[1, 2, 2, 2]), self.axis)
        assert as_rows(profile)[1:3] == [(600, 25, 20), (600, 40, 40)]

    def test_a_label_in_a_gap_is_refused_with_the_choices(self):
        gap = (ZONES[0], Zone(2, (600.0, 1000.0), (560_300.0, 560_700.0)))
        rows = [("Km559+500", 20, 20), ("Km560+200", 30, 30)]
        with pytest.raises(LabelError, match=r"Km560\+100.*Km560\+300"):
            read_one(table_of(*rows), straight(zones=gap))


class TestWidthProfile:
    def test_constant(self):
        axis = straight(start=500.0)
        profile = WidthProfile.constant(axis, 20, 15.5)
        assert as_rows(profile) == [(500, 20, 15.5), (1500, 20, 15.5)]

    def test_ends_hold_beyond(self):
        profile = WidthProfile(np.array([0.0, 10, 10]), np.array([1.0, 2, 3]), np.zeros(3))
        assert profile.widths_at([-5, 0, 5, 10, 99])[0].tolist() == [1, 1, 1.5, 3, 3]
        assert profile.widths_at([-5, 0, 5, 10, 99], before=True)[0].tolist() == [1, 1, 1.5, 2, 3]


class TestCorridorOfATable:
    def test_its_area_is_that_of_the_table(self):
        axis = straight()
        profiles, _ = read_widths([axis], table_of(*RISING))
        strips = make_corridor([axis], profiles=profiles, frame_crs=CRS)
        assert strips.geometry.iloc[0].area == pytest.approx(400 * 50 + 600 * 55, rel=1e-12)
        constant = make_corridor([axis], left_m=20, right_m=30, frame_crs=CRS)
        assert list(strips.columns) == list(constant.columns)
        assert strips.iloc[0, :4].tolist() == ["A1", "A1", "1", "recovered"]

    def test_widths_of_0_from_end_to_end_are_refused(self):
        axis = straight()
        with pytest.raises(SchemaError, match="every width is 0 on alignment A1"):
            make_corridor([axis], profiles={"A1": WidthProfile.constant(axis, 0, 0)}, frame_crs=CRS)

    def test_a_missing_profile_is_refused(self):
        with pytest.raises(SchemaError, match="no widths for alignment A1"):
            make_corridor([straight()], profiles={}, frame_crs=CRS)

    @pytest.mark.parametrize("widths", [{}, {"left_m": 3}, {"profiles": {}, "left_m": 3}])
    def test_one_source_must_be_given_whole(self, widths):
        with pytest.raises(UsageError):
            make_corridor([straight()], frame_crs=CRS, **widths)
