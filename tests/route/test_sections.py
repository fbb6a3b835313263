import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.errors import SchemaError
from geotool.route.alignment import (
    Axis,
    assign_sections,
    make_sections,
    measure_section_lengths,
    section_of,
)
from tests.route.drawn import axis_of, sections_every
from tests.route.labelled import labelled_axis


def straight(length, start=0.0):
    return axis_of([(0, 0), (length, 0)], start=start)


def table(*rows):
    return pd.DataFrame(rows, columns=["section_id", "from_chainage", "to_chainage"])


def rows(sections):
    return list(
        sections[["section_id", "from_measure_m", "to_measure_m"]].itertuples(
            index=False, name=None
        )
    )


def test_whole_kilometres_with_a_last_part():
    assert rows(make_sections([straight(2410.0, 560_126.0)])) == [
        ("Km560-Km561", 560_126.0, 561_000.0),
        ("Km561-Km562", 561_000.0, 562_000.0),
        ("Km562-Km563", 562_000.0, 562_536.0),
    ]


def test_no_empty_section_when_an_end_is_a_whole_kilometre():
    assert rows(make_sections([straight(2000.0, 1000.0)])) == [
        ("Km1-Km2", 1000.0, 2000.0),
        ("Km2-Km3", 2000.0, 3000.0),
    ]


@pytest.mark.parametrize("nudge", [-1e-9, 1e-9])
def test_rounding_errors_make_no_section(nudge):
    assert len(make_sections([straight(2000.0 + nudge)])) == 2
    assert len(make_sections([straight(2000.0 - nudge, nudge)])) == 2


def test_shorter_steps_and_chainage_below_zero():
    assert list(sections_every([straight(900.0, 300.0)], 500.0)["section_id"]) == [
        "Km0-Km0+500",
        "Km0+500-Km1",
        "Km1-Km1+500",
    ]
    sections = make_sections([straight(1500.0, -1200.0)])
    assert list(sections["section_id"]) == ["-Km2--Km1", "-Km1-Km0", "Km0-Km1"]


def test_several_axes_prefix_their_id():
    other = Axis("B", "", straight(500.0).line, 0.0, 1.0)
    sections = make_sections([other, straight(500.0)])
    assert list(sections["section_id"]) == ["A1 Km0-Km1", "B Km0-Km1"]


@settings(max_examples=60, deadline=None)
@given(st.floats(-5e3, 6e5), st.floats(1.0, 3e4), st.sampled_from([100.0, 250.0, 1000.0, 5000.0]))
def test_cuts_cover_the_axis_once(start, length, step):
    axis = straight(length, start)
    sections = sections_every([axis], step)
    assert sections["from_measure_m"].iloc[0] == axis.start_measure_m
    assert sections["to_measure_m"].iloc[-1] == axis.end_measure_m
    assert list(sections["from_measure_m"][1:]) == list(sections["to_measure_m"][:-1])
    lengths = measure_section_lengths(sections)
    assert (lengths > 0).all() and (lengths <= step + 1e-3).all()
    assert lengths.sum() == pytest.approx(axis.length_m, rel=1e-9)
    assert sections["section_id"].is_unique


def test_a_table_names_sections_in_any_order_and_labels():
    sections = make_sections(
        [straight(2409.6, 1000.0)],
        table=table(("XL2", "Km2+300", "Km3+410"), ("XL1", 1000.0, "Km2+300")),
    )
    assert rows(sections) == [("XL1", 1000.0, 2300.0), ("XL2", 2300.0, 3409.6)]


def test_blank_ends_mean_the_ends_of_the_axis():
    sections = make_sections([straight(900.0)], table=table(("a", None, 400.0), ("b", 400.0, None)))
    assert rows(sections) == [("a", 0.0, 400.0), ("b", 400.0, 900.0)]


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ([("a", 0, 400), ("b", 500, 900)], ["Gap Km0+400.00 - Km0+500.00"]),
        ([("a", 0, 500), ("b", 400, 900)], ["Overlap Km0+400.00 - Km0+500.00"]),
        ([("a", 0, 400), ("b", 400, 800)], ["Gap Km0+800.00 - Km0+900.00", "'A1'"]),
        ([("a", 100, 900)], ["Gap Km0+000.00 - Km0+100.00"]),
        ([("a", 0, 905)], ["leaves alignment 'A1'", "Km0+900.00"]),
        ([("a", 0, 400), ("z", 400, 400), ("b", 400, 900)], ["'z' has no length"]),
        ([("a", 0, 400), ("a", 400, 900)], ["'a' repeats"]),
        ([("a", 0, 300), ("b", 400, 500), ("c", 450, 900)], ["Gap Km0+300", "Overlap Km0+450"]),
    ],
)
def test_faults_of_a_table_are_all_listed(named, words):
    with pytest.raises(SchemaError) as caught:
        make_sections([straight(900.0)], table=table(*named))
    for word in words:
        assert word in str(caught.value)
    assert caught.value.problems


def test_a_table_needs_alignment_ids_when_there_are_several():
    axes = [straight(900.0), Axis("B", "", straight(500.0).line, 0.0, 1.0)]
    named = table(("a", 0, 900), ("b", 0, 500))
    with pytest.raises(SchemaError, match="alignment_id"):
        make_sections(axes, table=named)
    sections = make_sections(axes, table=named.assign(alignment_id=["A1", "B"]))
    assert list(sections["section_id"]) == ["a", "b"]
    with pytest.raises(SchemaError, match="no alignment 'C'"):
        make_sections(axes, table=named.assign(alignment_id=["A1", "C"]))


def test_one_alignment_alone_need_not_be_named_in_a_column_that_is_there():
    named = table(("S2", "Km1", "Km5"), ("S1", "Km0", "Km1")).assign(alignment_id=[None, "A1"])
    axis = straight(5000.0)
    named.loc[1, "alignment_id"] = axis.alignment_id
    expected = [("S1", 0.0, 1000.0), ("S2", 1000.0, 5000.0)]
    assert rows(make_sections([axis], table=named)) == expected
    other = Axis("B7", "", axis.line, 0.0, 1.0)
    with pytest.raises(SchemaError, match=r"'S2': no alignment_id; there are .*B7"):
        make_sections([axis, other], table=named)


def test_assign_sections_at_boundaries_ends_and_beyond():
    sections = make_sections([straight(2500.0, 500.0)])
    located = pd.DataFrame(
        {
            "alignment_id": ["A1"] * 6 + ["B"],
            "measure_m": [500.0, 999.9, 1000.0, 3000.0, 9e9, -5.0, 700.0],
        },
        index=list("abcdefg"),
    )
    found = assign_sections(located, sections)
    assert list(found.index) == list("abcdefg")
    assert list(found[:6]) == ["Km0-Km1", "Km0-Km1", "Km1-Km2", "Km2-Km3", "Km2-Km3", "Km0-Km1"]
    assert found["g"] is None
    assert section_of(1000.0, "A1", sections) == "Km1-Km2"
    assert section_of(1000.0, "B", sections) is None


def test_a_kilometre_cut_by_an_overlap_is_one_section():
    axis = labelled_axis(3000.0, start=559_000.0, equations=[(560_050.0, 560_000.0)])
    assert rows(make_sections([axis])) == [
        ("Km559-Km560", 559_000.0, 560_000.0),
        ("Km560-Km561", 560_000.0, 561_050.0),
        ("Km561-Km562", 561_050.0, 562_000.0),
    ]


def test_a_kilometre_that_comes_again_is_numbered():
    axis = labelled_axis(3000.0, start=23_500.0, equations=[(24_410.0, 0.0), (500.0, 23_200.0)])
    assert rows(make_sections([axis])) == [
        ("Km23-Km24", 23_500.0, 24_000.0),
        ("Km24-Km25", 24_000.0, 24_410.0),
        ("Km0-Km1", 24_410.0, 24_910.0),
        ("Km23-Km24 (2)", 24_910.0, 25_710.0),
        ("Km24-Km25 (2)", 25_710.0, 26_500.0),
    ]


def test_a_missing_kilometre_makes_no_section():
    axis = labelled_axis(1500.0, equations=[(500.0, 2_500.0)])
    names = [name for name, _, _ in rows(make_sections([axis]))]
    assert names == ["Km0-Km1", "Km2-Km3", "Km3-Km4"]


def test_every_section_whose_label_has_no_place_is_named():
    axis = labelled_axis(3000.0, equations=[(1_050.0, 1_000.0)])
    table = pd.DataFrame(
        {"section_id": ["S1", "S2"], "from_chainage": [0, 1_020], "to_chainage": [1_020, 2_950]}
    )
    with pytest.raises(SchemaError, match=r"'S1': Km1\+020\.00 exists 2 times.*'S2'") as caught:
        make_sections([axis], table=table)
    assert [problem.key for problem in caught.value.problems] == ["S1", "S2"]
    found = make_sections([axis], table=table.assign(to_zone=[2, None], from_zone=[None, 2]))
    assert rows(found) == [("S1", 0.0, 1_070.0), ("S2", 1_070.0, 3_000.0)]
