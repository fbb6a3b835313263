"""Groups of sections and communes: never a few people, never finer, totals kept."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool.errors import SchemaError
from geotool.rules.small_cells import load_small_cells
from geotool.share import published, redaction
from geotool.share.published import Step
from geotool.share.small_cells import Grid, Groups, Tally, merge_classes, merge_small

RULE = load_small_cells()
LEAST = RULE.least_count


def tally(count, known=None):
    people = {f"p{number}" for number in range(min(known or count, LEAST))}
    return Tally(count, set(people), set(people))


def grid(counts, communes=("C1", "C2"), neighbours=None, alignments=None):
    """Return a grid of one row of counts a section; None is no cell."""
    sections = [f"Km{number}-Km{number + 1}" for number in range(len(counts))]
    of = alignments or ["A1"] * len(counts)
    cells = {}
    for section, row in zip(sections, counts, strict=True):
        for commune, count in zip(communes, row, strict=True):
            if count is not None:
                people = {f"{section} {commune} {n}" for n in range(min(count, LEAST))}
                cells[section, commune] = Tally(count, set(people), set(people))
    near = itertools.pairwise(communes) if neighbours is None else neighbours
    return Grid(list(zip(of, sections, strict=True)), communes, cells, list(near))


def summed(grid_, groups):
    section_of = {code: place for place, group in enumerate(groups.sections) for code in group}
    commune_of = {code: place for place, group in enumerate(groups.communes) for code in group}
    cells = {}
    for (section, commune), one in grid_.cells.items():
        key = section_of[section], commune_of[commune]
        cells[key] = cells.get(key, 0) + one.counted
    return cells


def is_coarser(later, earlier):
    for kind in ("sections", "communes"):
        home = {code: n for n, group in enumerate(getattr(later, kind)) for code in group}
        if any(len({home[code] for code in group}) > 1 for group in getattr(earlier, kind)):
            return False
    return True


def test_large_and_empty_cells_stay_apart():
    found = merge_small(grid([[6, 0], [0, 0], [0, 7]]), RULE)
    assert [len(group) for group in found.sections] == [1, 1, 1]
    assert found.communes == (("C1",), ("C2",))


def test_sections_join_forward_and_the_last_backward():
    found = merge_small(grid([[3], [3], [3], [3], [2]], ("C1",)), RULE)
    assert [len(group) for group in found.sections] == [2, 3]


def test_a_small_cell_joins_the_section_with_people_of_its_commune():
    found = merge_small(grid([[9, None], [9, None], [2, 9], [None, 9]]), RULE)
    assert found.sections == (("Km0-Km1",), ("Km1-Km2", "Km2-Km3"), ("Km3-Km4",))
    assert found.communes == (("C1",), ("C2",))


def test_a_commune_that_is_small_as_a_whole_joins_the_smallest_it_touches():
    counts = [[9, None, None], [None, 2, None], [None, None, 7]]
    found = merge_small(grid(counts, ("C1", "C2", "C3"), [("C1", "C2"), ("C2", "C3")]), RULE)
    assert found.communes == (("C1",), ("C2", "C3"))
    found = merge_small(grid(counts, ("C1", "C2", "C3"), [("C1", "C2")]), RULE)
    assert found.communes == (("C1", "C2"), ("C3",))


def test_too_few_people_in_all_leave_one_cell():
    found = merge_small(grid([[1, 0], [0, 2], [0, 0]]), RULE)
    assert [len(found.sections), len(found.communes)] == [1, 1]


def test_nobody_at_all_is_nothing_to_hide():
    found = merge_small(grid([[0, 0], [0, 0]]), RULE)
    assert [len(found.sections), len(found.communes)] == [2, 2]


def test_zero_is_added_up_where_the_rule_says_so():
    strict = replace(RULE, zero_allowed=False)
    one = grid([[6], [0], [6]], ("C1",))
    assert len(merge_small(one, RULE).sections) == 3
    cells = summed(one, merge_small(one, strict))
    assert min(cells.values()) >= LEAST


def test_people_who_lose_land_but_are_counted_elsewhere_are_no_cell_either():
    base = grid([[9], [0], [9]], ("C1",))
    cells = {**base.cells, ("Km1-Km2", "C1"): tally(0, known=2)}
    found = merge_small(replace(base, cells=cells), RULE)
    assert [len(group) for group in found.sections] == [1, 2]


counts = st.lists(
    st.lists(st.one_of(st.none(), st.integers(0, 12)), min_size=3, max_size=3),
    min_size=1,
    max_size=9,
)


@given(counts, st.integers(0, 9), st.lists(st.integers(0, 6), max_size=27))
def test_no_cell_and_no_difference_of_tables_is_small_and_no_later_run_is_finer(rows, cut, changes):
    alignments = ["A1" if number < cut else "A2" for number in range(len(rows))]
    communes = ("C1", "C2", "C3")
    first = grid(rows, communes, alignments=alignments)
    groups = merge_small(first, RULE)
    check(first, groups)
    later = [list(row) for row in rows]
    for place, change in enumerate(changes[: 3 * len(rows)]):
        later[place // 3][place % 3] = change
    second = grid(later, communes, alignments=alignments)
    again = merge_small(second, RULE, groups)
    check(second, again)
    assert is_coarser(again, groups)
    assert merge_small(first, RULE, groups) == groups


def check(one, groups):
    """Every published sum, and every difference of two, is about nobody or about enough."""
    cells = summed(one, groups)
    total = sum(tally_.counted for tally_ in one.cells.values())
    assert sum(cells.values()) == total
    if 0 < total < LEAST:
        assert [len(groups.sections), len(groups.communes)] == [1, 1]
        return
    assert not any(RULE.is_small(count) for count in cells.values())
    tables = [{key for key in cells if key[axis] == place} for axis in (0, 1) for place in range(9)]
    sums = [sum(cells[key] for key in table) for table in tables]
    assert not any(RULE.is_small(total - one_sum) for one_sum in sums)
    for first, second in itertools.permutations([table for table in tables if table], 2):
        if first <= second:
            left = sum(cells[key] for key in second - first)
            assert not RULE.is_small(left)


def test_small_classes_are_added_up_until_they_are_enough():
    kinds = {"LUA": tally(9), "CLN": tally(6), "ONT": tally(3), "RSX": tally(0)}
    assert merge_classes(kinds, RULE) == {"ONT", "CLN"}
    assert merge_classes({"LUA": tally(9), "RSX": tally(0)}, RULE) == frozenset()
    assert merge_classes({"LUA": tally(9), "ONT": tally(9)}, RULE, {"ONT"}) == {"ONT"}


NAMES = {"C1": "Xã Một", "C2": "Xã Hai", "C3": "Xã Ba"}


def choose(sections, communes, last=None):
    groups = Groups(tuple(map(tuple, sections)), tuple(map(tuple, communes)))
    return published.choose(groups, {}, names=NAMES, chosen_on="2024-05-01", last=last)


def test_titles_say_from_where_to_where():
    step = choose(
        [["Km555-Km556", "Km556-Km557"], ["Km557-Km558"], ["S1", "S2"]], [["C1", "C2"], ["C3"]]
    )
    assert step.of("section")["Km556-Km557"].title == "Km555-Km557"
    assert step.of("section")["Km557-Km558"].published_id == "Km557-Km558"
    assert step.of("section")["S2"].title == "S1 + S2"
    assert (step.of("commune")["C2"].published_id, step.of("commune")["C2"].title) == (
        "C1 + C2",
        "Xã Một + Xã Hai",
    )


def test_a_title_is_never_the_code_of_another_group():
    step = choose([["Km1-Km2", "Km2-Km3"], ["Km1-Km3"]], [["C1"]])
    assert len({choice.published_id for choice in step.of("section").values()}) == 2


def test_ground_of_no_commune_takes_the_name_of_the_commune_it_joins():
    assert choose([["S1"]], [["C1", "outside"]]).of("commune")["outside"].title == "Xã Một"


def test_steps_are_read_as_written():
    first = choose([["=S1"], ["S2"], ["S3"]], [["C1"], ["C2"]])
    second = choose([["=S1"], ["S2", "S3"]], [["C1"], ["C2"]], last=first)
    from geotool import outputs

    text = outputs.csv_text(published.steps_rows([first, second]))
    read = published.read_steps(text, "file")
    for kind in published.KINDS:
        assert [step.of(kind) for step in read] == [step.of(kind) for step in (first, second)]
    assert second.of("section")["=S1"] == first.of("section")["=S1"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a,b\n1,2\n",
        ",".join(published.COLUMNS) + "\n",
        ",".join(published.COLUMNS) + "\n2,,section,S1,S1,S1\n",
        ",".join(published.COLUMNS) + "\n1,,road,S1,S1,S1\n",
        ",".join(published.COLUMNS) + "\n1,,section,S1\n",
        ",".join(published.COLUMNS) + "\n1,,section,S1,S1,S1\n1,,section,S1,S2,S2\n",
        ",".join(published.COLUMNS)
        + "\n1,,section,S1,S,S\n1,,section,S2,S,S\n2,,section,S1,S1,S1\n2,,section,S2,S2,S2\n",
    ],
)
def test_a_file_that_is_no_partition_or_refines_one_is_refused(text):
    with pytest.raises(SchemaError, match="file"):
        published.read_steps(text, "file")


def test_new_sections_join_the_group_before_them_and_gone_ones_are_remembered():
    last = choose([["S1"], ["S2", "S3"]], [["C1"], ["C2"]])
    groups = published.groups_of(last, ["S0", "S1", "S1b", "S2"], ["C1", "C9"])
    assert groups.sections == (("S0", "S1", "S1b"), ("S2",))
    assert groups.communes == (("C1", "C9"),)
    step = published.choose(groups, {}, names=NAMES, chosen_on="", last=last)
    assert step.of("section")["S3"] == step.of("section")["S2"] == last.of("section")["S2"]
    assert step.of("commune")["C2"] == last.of("commune")["C2"]
    assert published.is_coarser(step, last)
    assert not published.is_same(step, last)


def test_a_project_that_was_published_without_sections_gets_none_later():
    last = Step("", {"commune": choose([["S1"]], [["C1"]]).of("commune")})
    assert published.groups_of(last, ["S1", "S2"], ["C1"]).sections == (("S1", "S2"),)


@pytest.mark.parametrize(
    ("row", "left_out"),
    [
        ({"household_count": 20, "severe_count": 10, "severe_unknown_count": 6}, {6}),
        ({"household_count": 20, "severe_count": 10, "severe_unknown_count": 5}, set()),
        ({"household_count": 20, "severe_count": 17, "severe_unknown_count": 0}, {17}),
        (
            {"parcel_count": 60, "full_count": 20, "partial_count": 37, "temporary_count": 3},
            {3, 37},
        ),
        ({"parcel_count": 60, "full_count": 20, "partial_count": 40, "temporary_count": 0}, set()),
        ({"partial_count": 40, "landlocked_count": 30, "landlocked_unknown_count": 8}, {8}),
        ({"partial_count": 40, "residual_count": 38}, {38}),
        ({"partial_count": 40, "severed_count": 36}, {36}),
        ({"household_count": 20, "donor_count": 16}, {16}),
        ({"household_count": 20, "unlisted_count": 2}, {2}),
        ({"contributor_count": 3, "contributed_vnd": 700}, {3, 700}),
        ({"contributor_count": 5, "contributed_vnd": 700}, set()),
    ],
)
def test_what_some_parts_leave_of_a_whole_is_not_small_either(row, left_out):
    assert {row[name] for name in redaction.small_columns(row, [row], RULE)} == left_out


@pytest.mark.parametrize(("count", "shown"), [(0, True), (299, False), (150, False), (301, True)])
def test_counts_that_change_with_the_date_are_nobody_or_everybody(count, shown):
    row = {"household_affected_count": 301, "household_handed_over_count": count}
    hidden = redaction.small_columns(row, [row], RULE)
    assert ("household_handed_over_count" not in hidden) is shown
    assert "household_affected_count" not in hidden


def test_every_part_and_every_whole_is_a_count_of_people():
    for whole, parts in RULE.divisions:
        assert RULE.people >= {whole, *parts}


def test_a_class_with_a_total_of_its_own_is_added_up_last():
    uses = {"business": tally(4), "dwelling": tally(9), "secondary": tally(9)}
    assert merge_classes(uses, RULE) == {"business", "dwelling"}
    assert merge_classes(uses, RULE, (), {"dwelling"}) == {"business", "secondary"}
    few = {"business": tally(4), "dwelling": tally(9)}
    assert merge_classes(few, RULE, (), {"dwelling"}) == {"business", "dwelling"}
    assert RULE.totals_of("use", "dwelling") == ("dwelling_count", "relocated_count")
    assert RULE.totals_of("land_type", "ONT+CLN") == ("residential_count",)
    assert RULE.totals_of("use", "barn") == ()


def test_a_title_names_what_is_there_from_the_first_to_the_last():
    old = [f"Km10.{n}-Km10.{n + 2}" for n in (0, 2, 4, 6)]
    last = choose([old[:2], old[2:]], [["C1"]])
    new = ["Km10-Km10.3", "Km10.3-Km10.8"]
    groups = published.groups_of(last, new, ["C1"])
    step = published.choose(groups, {}, names=NAMES, chosen_on="", last=last)
    assert {step.of("section")[code].title for code in new} == {"Km10-Km10.8"}
    shorter = published.groups_of(last, old[:3], ["C1"])
    step = published.choose(shorter, {}, names=NAMES, chosen_on="", last=last)
    assert step.of("section")[old[2]].title == old[2]
    assert step.of("section")[old[3]] == step.of("section")[old[2]]


@pytest.mark.parametrize(
    "row",
    ["section,S1,uncovered,uncovered", "commune,C1,shared,shared", "land_type,LUA,ONT,ONT"],
)
def test_a_reserved_word_in_the_file_is_named_with_the_file(row):
    text = ",".join(published.COLUMNS) + f"\n1,,{row}\n"
    with pytest.raises(SchemaError, match=r"published_cells\.csv.*cannot be published as"):
        published.read_steps(text, "published_cells.csv")


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_file_that_a_spreadsheet_wrote_is_read(mark):
    row = ("1", "01/05/2024", "section", "S1", "S1", "S1")
    text = mark.join(published.COLUMNS) + "\n" + mark.join(row) + "\n"
    (step,) = published.read_steps(text, "file")
    assert step.names("section") == {"S1": "S1"}


@pytest.mark.parametrize("blank", ["", ",,,,,", "  "])
def test_blank_rows_and_rows_told_twice_change_nothing(blank):
    row = "1,,section,S1,S1,S1"
    text = "\n".join([",".join(published.COLUMNS), blank, row, blank, row, blank, ""])
    (step,) = published.read_steps(text, "file")
    assert step.names("section") == {"S1": "S1"}


def test_steps_have_a_digest_that_later_ones_do_not_change():
    first = choose([["S1"], ["S2"]], [["C1"]])
    second = choose([["S1", "S2"]], [["C1"]], last=first)
    assert published.digest_steps([first]) == published.digest_steps([first, second][:1])
    assert published.digest_steps([first]) != published.digest_steps([second])
