"""``geotool card``: one holder's sheet, with the numbers of the tables and a code without names."""

import pytest

from geotool.pipeline import card as cards
from geotool.pipeline.assess import measure
from geotool.pipeline.card_tables import make_holder_tables, measure_holder
from geotool.pipeline.inputs import open_project
from tests import village_project as vp
from tests.share.paper.drawn import filled_boxes, pages, text_of
from tests.village_project import write_project

KEYS = ("household_id", "holder_id")


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    """The village whose households have names."""
    households = vp.all_layers()["households"]
    names = [f"Nguyễn Văn {code}" for code in households["household_id"]]
    return write_project(
        tmp_path_factory.mktemp("named"), layers={"households": households.assign(head_name=names)}
    )


def make(geotool, project, code, path, *more):
    return geotool(
        "card", code, "--project", project, "-o", path, "--recipient", "Ủy ban xã", *more, "--json"
    )


@pytest.mark.parametrize(
    ("code", "parcels", "area_m2"),
    [("H1", 3, 3500.0), ("H2", 4, 8500.0), ("H19", 2, 5500.0), ("O1", 2, 1000.0)],
)
def test_the_numbers_of_the_village(geotool, named, tmp_path, code, parcels, area_m2):
    run = make(geotool, named, code, tmp_path / "c.pdf")
    assert run.exit_code == 0
    assert set(run.data) >= {"path", "holder_id", "parcel_count", "affected_area_m2"}
    assert run.data["holder_id"] == code
    assert run.data["parcel_count"] == parcels
    assert run.data["affected_area_m2"] == pytest.approx(area_m2)
    text = text_of((tmp_path / "c.pdf").read_bytes())
    assert f"{area_m2:,.1f}" in text


def test_the_numbers_equal_those_of_households(geotool, named):
    rows = geotool("households", "--project", named, "--json").data["households"]
    found = measure(open_project(named), on="2024-05-01")
    assert len(rows) == 20
    for row in rows:
        figures = measure_holder(found, "household", row["household_id"]).figures
        for name in ("parcel_count", "structure_count", "affected_area_m2", "severe"):
            assert figures[name] == row[name], (row["household_id"], name)


def test_a_card_says_who_which_parcels_and_at_what_scale(geotool, named, tmp_path):
    path = tmp_path / "c.pdf"
    run = make(geotool, named, "H2", path)
    text = " ".join(text_of(path.read_bytes()).split())
    for part in ("Nguyễn Văn H2", "H2", "Commune 1", "3-1", "1/2", "4-2", "Total", "Dwelling"):
        assert part in text, part
    assert f"scale 1:{run.data['scale']:,}".replace(",", " ") in text
    assert text.count("Ủy ban xã") == 2 * run.data["page_count"] - (run.data["page_count"] - 1)
    (page,) = pages(path.read_bytes())[:1]
    assert [round(side * 25.4 / 72) for side in page.get_size()] == [210, 297]


def test_graves_on_the_holders_parcels_are_listed_without_names(geotool, tmp_path):
    graves = vp.all_layers()["graves"]
    layers = {"graves": graves.assign(deceased_name="PERSONdead", family_contact="PERSONkin")}
    project = write_project(tmp_path / "p", layers=layers)
    assert make(geotool, project, "H3", tmp_path / "c.pdf").exit_code == 0
    text = text_of((tmp_path / "c.pdf").read_bytes())
    assert "G3" in text
    assert "PERSON" not in text


def test_the_square_code_holds_the_code_alone(geotool, named, tmp_path, monkeypatch):
    import segno

    asked = []
    plain = segno.make
    monkeypatch.setattr(segno, "make", lambda text, **kw: asked.append(text) or plain(text, **kw))
    assert make(geotool, named, "H7", tmp_path / "c.pdf").exit_code == 0
    assert asked == ["H7"]


def test_two_cards_are_the_same_bytes(geotool, named, tmp_path):
    for name in ("a.pdf", "b.pdf"):
        assert make(geotool, named, "H5", tmp_path / name).exit_code == 0
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_an_unknown_code_is_refused_with_codes_like_it(geotool, named, tmp_path):
    run = make(geotool, named, "h12", tmp_path / "c.pdf")
    assert run.exit_code == 3
    assert "'h12'" in run.data["error"]["message"]
    assert "H12" in run.data["error"]["remedy"]
    run = make(geotool, named, "zzzzzz", tmp_path / "c.pdf")
    assert run.exit_code == 3
    assert "H1, H2, H3" in run.data["error"]["remedy"]
    assert not (tmp_path / "c.pdf").exists()


def test_a_holder_who_loses_nothing_has_a_card_that_says_so(geotool, named, tmp_path):
    run = make(geotool, named, "U1", tmp_path / "c.pdf")
    assert run.exit_code == 0
    assert (run.data["parcel_count"], run.data["affected_area_m2"]) == (0, 0.0)
    assert "No land or structure of this holder" in text_of((tmp_path / "c.pdf").read_bytes())


def test_a_holder_in_no_register_is_said_to_be_in_none(geotool, tmp_path):
    households = vp.all_layers()["households"]
    layers = {"households": households[households["household_id"] != "H4"]}
    project = write_project(tmp_path / "p", layers=layers)
    run = make(geotool, project, "H4", tmp_path / "c.pdf")
    assert run.exit_code == 0
    assert run.data["affected_area_m2"] == pytest.approx(6000.0)
    assert "Not in the project's register" in text_of((tmp_path / "c.pdf").read_bytes())


def test_a_code_of_two_holders_is_refused(geotool, tmp_path):
    organisations = vp.all_layers()["organisations"].assign(organisation_id="H3")
    project = write_project(tmp_path / "p", layers={"organisations": organisations})
    run = make(geotool, project, "H3", tmp_path / "c.pdf")
    assert run.exit_code == 3
    assert "household and of an organisation" in run.data["error"]["message"]


def test_hostile_text_stays_text(geotool, tmp_path):
    bad = "{{ 7*7 }}</script><img src=x onerror=alert(1)>${a}"
    households = vp.all_layers()["households"].assign(head_name=bad)
    project = write_project(tmp_path / "p", layers={"households": households})
    assert make(geotool, project, "H3", tmp_path / "c.pdf").exit_code == 0
    assert bad in "".join(text_of((tmp_path / "c.pdf").read_bytes()).splitlines())


def test_many_parcels_go_on_over_pages(geotool, tmp_path):
    holdings = vp.all_layers()["holdings"].assign(holder_id="H1", holder_kind="household")
    project = write_project(
        tmp_path / "p", layers={"holdings": holdings.drop_duplicates("parcel_id")}
    )
    run = make(geotool, project, "H1", tmp_path / "c.pdf")
    assert run.exit_code == 0
    assert run.data["parcel_count"] == 60
    assert run.data["page_count"] == len(pages((tmp_path / "c.pdf").read_bytes())) > 1
    assert "3-20" in text_of((tmp_path / "c.pdf").read_bytes())


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("-o", "c.pdf"), 2),
        (("-o", "c.pdf", "--recipient", " "), 2),
        (("-o", "c.html", "--recipient", "A"), 2),
        (("-o", "missing/c.pdf", "--recipient", "A"), 4),
    ],
)
def test_refusals(geotool, named, tmp_path, monkeypatch, arguments, exit_code):
    monkeypatch.chdir(tmp_path)
    assert geotool("card", "H1", "--project", named, *arguments).exit_code == exit_code
    assert not list(tmp_path.iterdir())


def test_tables_without_rows_are_left_out(named):
    found = measure(open_project(named), on="2024-05-01")
    held = measure_holder(found, "organisation", "O1")
    names = [table.name for table in make_holder_tables(found, held)]
    assert "holder_structures" not in names
    assert names[:2] == ["holder_figures", "holder_parcels"]
    assert cards.find_kind(found, "O1") == "organisation"


def test_a_grave_outside_both_zones_is_outside(geotool, tmp_path):
    project = write_project(tmp_path / "p")
    found = measure(open_project(project), on="2024-05-01")
    graves = found.graves.graves
    outside = graves[graves["zone"] == "none"]
    holdings = vp.all_layers()["holdings"]
    parcels = vp.all_layers()["parcels"]
    near = parcels[parcels.intersects(outside.geometry.iloc[0].buffer(1e-6))]["parcel_id"]
    holder = holdings[holdings["parcel_id"].isin(near)]["holder_id"].iloc[0]
    assert make(geotool, project, holder, tmp_path / "c.pdf").exit_code == 0
    text = text_of((tmp_path / "c.pdf").read_bytes())
    assert "Outside" in text


def test_a_card_says_that_figures_are_rounded_and_has_a_scale_bar(geotool, named, tmp_path):
    run = make(geotool, named, "H2", tmp_path / "c.pdf")
    assert "1 pages" not in run.stderr
    text = " ".join(text_of((tmp_path / "c.pdf").read_bytes()).split())
    assert "Figures are rounded for print; sums are of the exact figures." in text
    assert any(word.isdigit() and f"{word} m" in text for word in text.split())
    boxes = [box for page in pages((tmp_path / "c.pdf").read_bytes()) for box in filled_boxes(page)]
    bars = [width for width, height in boxes if abs(height - 1.6) < 0.02]
    assert len(bars) >= 4
    assert f"{bars[0] * 4 * run.data['scale'] / 1000:.0f} m" in text


def test_a_code_too_long_for_a_square_code_is_refused_in_words(geotool, tmp_path):
    code = "H" * 3500
    layers = {
        name: frame.replace({column: {"H1": code} for column in KEYS if column in frame})
        for name, frame in vp.all_layers().items()
        if set(KEYS) & set(frame)
    }
    folder = write_project(tmp_path / "long", layers=layers)
    run = make(geotool, folder, code, tmp_path / "c.pdf")
    assert run.exit_code == 3
    assert "3,500 characters" in run.data["error"]["message"]
    assert not (tmp_path / "c.pdf").exists()


def test_a_blank_recipient_is_asked_for_in_words_of_the_command(geotool, named, tmp_path):
    call = ("card", "H1", "--project", named, "-o", tmp_path / "c.pdf", "--recipient", "  ")
    run = geotool(*call)
    assert run.exit_code == 2
    assert "--recipient" in run.stderr
    assert "--profile" not in run.stderr


def test_the_pieces_on_a_card_have_the_width_that_their_note_explains(named):
    found = measure(open_project(named), on="2024-05-01")
    held = measure_holder(found, "household", "H2")
    (pieces,) = [one for one in make_holder_tables(found, held) if one.name == "holder_pieces"]
    assert "tables.severance_note" in pieces.notes
    assert "width_m" in [column.name for column in pieces.columns]
    assert all(row["width_m"] > 0 for row in pieces.rows)
