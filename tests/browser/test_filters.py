"""The filter and the totals that follow it: nine plots by hand, the village against its tables."""

import re

import pytest

from geotool.pipeline import map as maps
from geotool.pipeline import stats
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.share import redaction
from geotool.share.render import recipe
from tests.browser.figures import (
    do_counted,
    make_axes,
    make_page,
    make_plots,
    open_whole,
    tally,
)
from tests.browser.squares import make_layer
from tests.browser.squares import make_page as make_squares
from tests.village_project import write_project

pytestmark = pytest.mark.browser

SET = "([name, codes]) => GT.setFilter(name, codes)"
CLEAR = "() => GT.clearFilters()"
AREA = "document_area_m2"


@pytest.fixture(scope="module")
def text():
    return make_page()


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    folder = write_project(tmp_path_factory.mktemp("filters") / "p", profile="committee")
    found = assess(open_project(folder), on="2024-05-01")
    wanted = recipe.load_recipe("affected_area", folder)
    return found, maps.render(found, wanted, redaction.load_profile("committee")).html


def check(opened, column, code):
    """Tick or untick one value of a filter list, by hand; return when the totals have followed."""
    facet = opened.page.locator(f"details[data-filter={column}]")
    if facet.get_attribute("open") is None:
        facet.locator("summary").click()
    opened.run("""() => { window.counted = false;
      GT.map.once("gt:totals", () => { window.counted = true; }); }""")
    facet.locator(f"input[value='{code}']").click()
    opened.page.wait_for_function("() => window.counted")


def test_without_a_filter_everything_counts(open_page, text):
    opened = open_whole(open_page, text)
    found = tally(opened)
    assert (found["count"], sorted(found["classes"])) == (9, [4, 5])
    assert found["sums"] == {AREA: 450}
    assert opened.page.locator("#gt-badge").is_hidden()


@pytest.mark.parametrize(
    ("column", "codes", "count", "area"),
    [
        ("commune_id", ["C1"], 4, 75),  # 10 + 20 + 30 + the 15 of P4
        ("commune_id", ["C2"], 6, 375),  # the 25 of P4 + 50 .. 90
        ("commune_id", ["C1", "C2"], 9, 450),
        ("section_id", ["S2"], 3, 150),
        ("land_type", ["LUA"], 5, 250),
        ("status", ["built"], 4, 300),
        ("status", ["no such"], 0, 0),
    ],
)
def test_totals_follow_one_filter(open_page, text, column, codes, count, area):
    opened = open_whole(open_page, text)
    do_counted(opened, SET, [column, codes])
    found = tally(opened)
    assert (found["count"], found["sums"]) == (count, {AREA: area})
    assert tally(opened, "marks")["count"] == 9
    cell = opened.page.locator("[data-tally=plots] dd[data-key=document_area_m2]")
    assert float(cell.get_attribute("data-value")) == area
    do_counted(opened, CLEAR)
    assert tally(opened)["sums"] == {AREA: 450}


def test_filters_hold_together_in_the_same_part(open_page, text):
    opened = open_whole(open_page, text)
    do_counted(opened, SET, ["commune_id", ["C1"]])
    do_counted(opened, SET, ["section_id", ["S2"]])
    assert tally(opened)["sums"] == {AREA: 15}  # P4 only, its part in C1
    assert tally(opened)["count"] == 1
    do_counted(opened, SET, ["land_type", ["LUA"]])
    assert tally(opened)["count"] == 0


def test_lists_are_ticked_by_hand_and_the_badge_undoes_them(open_page, text):
    opened = open_whole(open_page, text)
    check(opened, "land_type", "ONT")
    assert tally(opened)["count"] == 4
    badge = opened.page.locator("#gt-badge")
    assert "ONT" in badge.text_content()
    assert "Marks" in opened.page.locator("#gt-untouched").text_content()
    check(opened, "land_type", "LUA")
    assert tally(opened)["count"] == 9
    opened.page.locator("#gt-badge-clear").click()
    opened.page.wait_for_selector("#gt-badge", state="hidden")
    assert opened.page.locator("details[data-filter=land_type] input:checked").count() == 0
    assert opened.complaints == []


def test_the_keyboard_ticks_a_value(open_page, text):
    opened = open_whole(open_page, text)
    opened.page.locator("details[data-filter=status] summary").focus()
    opened.page.keyboard.press("Enter")
    opened.page.locator("details[data-filter=status] input[value=built]").focus()
    opened.page.keyboard.press("Space")
    opened.page.wait_for_function("() => GT.layers[0].tally.count === 4")


def test_the_map_draws_and_hits_what_is_left(open_page, text):
    opened = open_whole(open_page, text)
    do_counted(opened, SET, ["land_type", ["LUA"]])
    hits = opened.run(
        """() => { const layer = GT.layers[0]; const found = [];
          for (let i = 0; i < 9; i += 1) {
            const box = L.latLngBounds(GT.boundsOf(layer, i));
            const hit = GT.pick(box.getCenter(), 0).filter((one) => one.layer === layer);
            found.push([layer.columns.get("parcel_id").at(i), hit.length]);
          }
          return Object.fromEntries(found); }"""
    )
    assert hits == {f"P{n}": n % 2 for n in range(1, 10)}


def test_classes_hidden_are_not_in_the_totals(open_page, text):
    opened = open_whole(open_page, text)
    opened.page.locator("[data-class=built] .gt-class").click()
    opened.page.wait_for_function("() => GT.layers[0].tally.count === 5")
    assert tally(opened)["sums"] == {AREA: 150}
    note = opened.page.locator("#gt-totals > .gt-note").first.text_content()
    assert "what is shown" in note


def test_the_village_by_commune_and_by_section_adds_up_as_stats_does(open_page, village):
    found, text = village
    opened = open_whole(open_page, text)
    total = tally(opened, "land_take")
    assert total["count"] == 60
    assert total["sums"]["affected_area_m2"] == pytest.approx(120_000, abs=0.01)
    for key, column in (("commune", "commune_id"), ("section", "section_id")):
        rows = {row[column]: row for row in stats.group(found, [key])}
        codes = [code for code in rows if code not in ("shared", "overlap", "uncovered", "outside")]
        assert len(codes) >= 2
        for code in codes:
            do_counted(opened, SET, [column, [code]])
            counted = tally(opened, "land_take")
            area = rows[code]["affected_area_m2"]
            assert counted["sums"]["affected_area_m2"] == pytest.approx(area, abs=0.01)
            assert counted["count"] == rows[code]["parcel_count"]
        do_counted(opened, CLEAR)


def test_the_village_s_households_of_a_commune_are_those_of_the_table(open_page, village):
    found, text = village
    opened = open_whole(open_page, text)
    rows = {row["commune_id"]: row for row in stats.group(found, ["commune"])}
    for code in ("C1", "C2"):
        do_counted(opened, SET, ["commune_id", [code]])
        shown = opened.run(
            """() => { const layer = GT.layers.find((one) => one.entry.name === "households");
              const affected = layer.columns.get("affected"); let n = 0;
              for (let i = 0; i < layer.data.count; i += 1) {
                const lost = !affected || /^(yes|true)$/.test(affected.at(i));
                if (GT.isShown(layer, i, 0) && lost) n += 1;
              } return n; }"""
        )
        assert shown == rows[code]["household_count"]
        do_counted(opened, CLEAR)


def test_chainage_from_and_to_choose_the_sections_between(open_page, village):
    _, text = village
    opened = open_whole(open_page, text)
    box = opened.page.locator("fieldset[data-filter=section_id]")
    selects = box.locator("select:visible")
    assert selects.count() == 2
    assert selects.nth(0).locator("option").all_text_contents() == ["Km10+000", "Km11+000"]
    assert selects.nth(1).locator("option").all_text_contents() == ["Km11+000", "Km12+000"]
    selects.nth(1).select_option("0")
    opened.page.wait_for_function(
        "() => GT.layers.find((one) => one.entry.name === 'land_take').tally.count < 60"
    )
    area = tally(opened, "land_take")["sums"]["affected_area_m2"]
    assert area == pytest.approx(60_000, abs=0.01)
    assert re.search(r"Km10\+000 – Km11\+000", opened.page.locator("#gt-badge").text_content())
    box.locator("button").click()
    opened.page.wait_for_selector("#gt-badge", state="hidden")


def test_of_several_alignments_one_is_chosen_first(open_page):
    opened = open_whole(open_page, make_page(axes=make_axes()))
    axis, start, end = opened.page.locator("fieldset[data-filter=section_id] select").all()
    assert axis.locator("option").all_text_contents() == ["All", "A", "B"]
    assert start.is_disabled()
    axis.select_option("1")
    opened.page.wait_for_function("() => GT.layers[0].tally.count === 6")
    assert end.locator("option").all_text_contents() == ["Km1+300", "Km1+600"]
    start.select_option("1")
    opened.page.wait_for_function("() => GT.layers[0].tally.count === 3")
    assert "A Km1+300 – Km1+600" in opened.page.locator("#gt-badge").text_content()
    axis.select_option("2")
    opened.page.wait_for_function("() => GT.layers[0].tally.sums[0].sum === 240")
    do_counted(opened, SET, ["section_id", ["S1", "S3"]])  # no run of one alignment
    assert "S1, S3" in opened.page.locator("#gt-badge").text_content()
    axis.select_option("0")
    opened.page.wait_for_function("() => GT.layers[0].tally.count === 9")
    assert opened.complaints == []


def test_sections_that_are_not_the_alignment_s_are_chosen_from_a_list(open_page):
    axes = make_axes()[:1]  # S3 lies on none
    opened = open_whole(open_page, make_page(axes=axes))
    assert opened.page.locator("fieldset[data-filter=section_id]").count() == 0
    check(opened, "section_id", "S3")
    assert tally(opened)["sums"] == {AREA: 240}


def test_words_of_the_filter_follow_the_language(open_page, village):
    _, text = village
    opened = open_whole(open_page, text)
    do_counted(opened, SET, ["commune_id", ["C1"]])
    badge = opened.page.locator("#gt-badge-text")
    assert "Commune 1" in badge.text_content()
    assert badge.text_content().startswith("Filtered")
    opened.page.click("[data-language=vi]")
    assert badge.text_content().startswith("Đang lọc")
    assert opened.page.locator(".gt-whole").first.is_visible()


def test_the_filter_stands_in_the_address(open_page, text):
    opened = open_whole(open_page, text)
    do_counted(opened, SET, ["land_type", ["ONT"]])
    opened.run("() => GT.writeState()")
    address = opened.run("() => location.hash")
    assert "land_type" in address
    do_counted(opened, CLEAR)
    opened.run("() => GT.writeState()")
    do_counted(opened, "(hash) => { location.hash = hash; }", address)
    opened.page.wait_for_function("() => GT.layers[0].tally.count === 4")


@pytest.mark.parametrize("address", ["#f=%%%", "#f=nope:1", "#f=land_type", "#f=status:<img>,%E0"])
def test_a_broken_address_does_no_harm(open_page, text, address):
    opened = open_whole(open_page, text)
    opened.run("(hash) => { location.hash = hash; }", address)
    opened.page.wait_for_function("() => GT.isPainted()")
    assert not opened.run("() => document.querySelector('#gt-badge img')")
    assert [one for one in opened.complaints if "f" not in one] == []


def test_hostile_values_stay_text(open_page):
    hostile = "<img src=x onerror=alert(1)>"
    plots = make_plots()
    plots["land_type"] = [hostile if n % 2 else "{{ 7*7 }}${1}</script>" for n in range(9)]
    opened = open_whole(open_page, make_page(plots))
    check(opened, "land_type", hostile)
    assert hostile in opened.page.locator("#gt-badge").text_content()
    assert hostile in opened.page.locator("[data-filter=land_type]").text_content()
    assert not opened.run("() => document.querySelector('.gt-panel img')")
    assert opened.complaints == []


def test_a_layer_without_parts_filters_by_its_own_columns(open_page):
    opened = open_whole(open_page, make_page(parts=False))
    do_counted(opened, SET, ["land_type", ["ONT"]])
    assert tally(opened)["sums"] == {AREA: 200}


def test_codes_that_no_layer_has_are_dropped_from_the_address(open_page, text):
    opened = open_whole(open_page, text)
    for asked, left in (("C1,nowhere", ["C1"]), ("nowhere,C1%2500C2", [])):
        opened.run(
            """(text) => new Promise((done) => { GT.map.once("gt:layers", () => done());
              location.hash = "#f=commune_id:" + text; })""",
            asked,
        )
        assert opened.run("() => [...(GT.filters.get('commune_id') || [])]") == left
    assert opened.page.locator("#gt-badge").is_hidden()
    assert opened.complaints == []


def test_lists_of_layers_switched_off_fold_away(open_page, text):
    opened = open_whole(open_page, text)
    facet = opened.page.locator("#gt-filters > details[data-filter=status]")
    assert "Plots" in facet.locator(".gt-note").text_content()
    assert opened.page.locator("#gt-filters-more").is_hidden()
    opened.run("() => GT.setVisible(GT.layers[0], false)")
    opened.page.wait_for_selector("#gt-filters-off details[data-filter=status]", state="attached")
    assert facet.count() == 0
    opened.run("() => GT.setVisible(GT.layers[0], true)")
    opened.page.wait_for_selector("#gt-filters > details[data-filter=status]", state="attached")


def test_values_only_on_hidden_layers_are_not_listed(open_page):
    shown = make_layer({"kind": ["a", "a", "b"]}, "land_take", filters=("kind",))
    other = make_layer({"kind": ["b", "c"]}, "parcels", filters=("kind",), visible=False)
    opened = open_page(make_squares(other, shown))
    opened.page.wait_for_selector("#gt-filters [data-filter=kind]", state="attached")
    listed = """() => Object.fromEntries([...document.querySelectorAll(".gt-option")].map(
      (row) => [row.querySelector("input").value, row.querySelector(".gt-count").textContent]))"""
    assert opened.run(listed) == {"a": "2", "b": "1"}
    opened.run("() => GT.setVisible(GT.layers[0], true)")
    assert opened.run(listed) == {"a": "2", "b": "2", "c": "1"}


def test_the_card_of_what_the_filter_hides_says_so(open_page, text):
    opened = open_whole(open_page, text)
    opened.run("""() => { const layer = GT.layers[0]; const ids = layer.columns.get("parcel_id");
      let i = 0; while (ids.at(i) !== "P9") i += 1; return GT.select(layer, i); }""")
    note = opened.page.locator(".gt-card-hidden")
    assert note.is_hidden()
    do_counted(opened, SET, ["commune_id", ["C1"]])
    assert note.is_visible()
    do_counted(opened, CLEAR)
    assert note.is_hidden()
