"""Sheets at a true scale: measured on the page and in pixels, in letters that are embedded."""

import io
import struct
import unicodedata
from dataclasses import replace

import numpy as np
import pytest
import shapely
from PIL import Image

from geotool import crs
from geotool.errors import UsageError
from geotool.share.paper import library, plates, raster, sheet, tiling
from geotool.share.paper.sheets import PAPERS
from geotool.share.paper.typeface import LACKING, Typeface
from geotool.share.render.style import load_styles
from tests.share.paper import drawn

HOSTILE = "{{ 7*7 }} </script><img src=x onerror=alert(1)> ${x} `\\ (a) %d"


def test_a_parcel_of_100_by_50_m_is_100_by_50_mm_at_1_to_1000():
    made = drawn.content([drawn.parcel()], scale=1000)
    (page,) = drawn.pages(sheet.render_sheets(made).pdf)
    assert any(
        width == pytest.approx(100.0, abs=0.02) and height == pytest.approx(50.0, abs=0.02)
        for width, height in drawn.filled_boxes(page)
    )


def test_its_png_has_1181_by_591_pixels_and_records_300_dpi():
    pdf = sheet.render_sheets(drawn.content([drawn.parcel()], scale=1000)).pdf
    (png,) = raster.page_pngs(pdf, dpi=300)
    image = Image.open(io.BytesIO(png))
    assert image.size == (3508, 2480)
    assert image.info["dpi"] == pytest.approx((300, 300), abs=0.01)
    assert png[12:16] == b"IHDR"
    place = png.index(b"pHYs")
    assert struct.unpack(">IIB", png[place + 4 : place + 13]) == (11811, 11811, 1)
    pixels = np.asarray(image.convert("RGB")).astype(int)
    middle = pixels[: int(2480 * 0.95)]
    stroke = (np.abs(middle - (0xA0, 0x8E, 0x66)).sum(axis=2) < 40).astype(int)
    columns, rows = np.flatnonzero(stroke.sum(0) > 400), np.flatnonzero(stroke.sum(1) > 800)
    half = (columns < columns.mean(), columns >= columns.mean())
    width = columns[half[1]].mean() - columns[half[0]].mean()
    high = rows[rows >= rows.mean()].mean() - rows[rows < rows.mean()].mean()
    assert width == pytest.approx(1181, abs=1)
    assert high == pytest.approx(591, abs=1)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("landscape", [True, False])
def test_the_page_has_the_size_of_the_paper(paper, landscape):
    made = drawn.content([drawn.parcel()], paper=paper, landscape=landscape, scale=5000)
    (page,) = drawn.pages(sheet.render_sheets(made).pdf)
    size = [side * drawn.MM for side in page.get_size()]
    assert size == pytest.approx(sorted(PAPERS[paper], reverse=landscape), abs=0.05)


def test_the_largest_round_scale_that_fits_is_chosen_and_said():
    made = drawn.content([drawn.parcel(900.0, 300.0)], paper="A4")
    assert (made.plan.scale, made.plan.fitted, len(made.plan.sheets)) == (5000, True, 1)
    text = drawn.text_of(sheet.render_sheets(made).pdf)
    assert "1:5 000" in text


def test_vietnamese_is_embedded_and_can_be_read_back():
    title = "Bản đồ giải phóng mặt bằng: Kỳ Phương, Đỗ Thị Ngữ, 1.000 ₫"
    printed = sheet.render_sheets(drawn.content([drawn.parcel()], title=title))
    assert b"/FontFile2" in printed.pdf
    assert printed.lacking == ()
    assert title in " ".join(drawn.text_of(printed.pdf).split())


def test_every_vietnamese_letter_has_a_glyph_and_decomposed_text_is_composed():
    marks = ["", *"\u0300\u0301\u0303\u0309\u0323"]
    letters = [vowel + mark for vowel in "aăâeêioôơuưy" for mark in marks] + ["đ", "₫"]
    text = "".join(letters + [letter.upper() for letter in letters])
    face = Typeface()
    assert face.clean(text) == unicodedata.normalize("NFC", text)
    assert face.clean(unicodedata.normalize("NFD", text)) == unicodedata.normalize("NFC", text)
    assert face.lacking == ()


def test_a_character_without_glyph_is_marked_and_reported():
    printed = sheet.render_sheets(drawn.content([drawn.parcel()], title="Xã 漢 A\u200b\nB"))
    assert printed.lacking == ("漢",)
    assert f"Xã {LACKING} A B" in drawn.text_of(printed.pdf)


def test_hostile_text_stays_text():
    shapes = [shapely.box(0, 0, 2000, 1500)]
    one = drawn.layer(
        [{"parcel_id": HOSTILE, "land_type": HOSTILE}],
        shapes,
        title={"vi": HOSTILE, "en": HOSTILE},
        class_column="land_type",
        title_column="parcel_id",
    )
    made = drawn.content([one], paper="A1", scale=5000, title=HOSTILE, facts=((HOSTILE, HOSTILE),))
    text = " ".join(drawn.text_of(sheet.render_sheets(made).pdf).split())
    assert text.count("{{ 7*7 }}") >= 5
    assert "onerror=alert(1)>" in text


def test_two_renders_are_the_same_bytes():
    first, second = (
        sheet.render_sheets(drawn.content([drawn.parcel()], scale=1000)).pdf for _ in range(2)
    )
    assert first == second
    assert b"19700101" in first or b"20000101" in first


def test_the_legend_names_the_classes_in_view_with_their_counts():
    rows = [{"parcel_id": str(i), "take_class": c} for i, c in enumerate(["full", "partial", ""])]
    shapes = [shapely.box(x, 0, x + 10, 10) for x in (0, 20, 5000)]
    one = drawn.layer(rows, shapes, name="land_take", class_column="take_class")
    made = drawn.content([one], paper="A4", scale=1000, language="en")
    texts = [
        page.get_textpage().get_text_bounded()
        for page in drawn.pages(sheet.render_sheets(made).pdf)
    ]
    assert len(texts) == 3  # the index and the two sheets of the grid that hold something
    assert "Taken in full (1)" in texts[1]
    assert "No data" not in texts[1]
    assert "No data (1)" in texts[2]
    assert "Taken in full" not in texts[2]


def test_what_is_smaller_than_a_dot_is_drawn_once_a_dot():
    shapes = [shapely.box(x, y, x + 1, y + 1) for x in range(40) for y in range(40)]
    rows = [{"parcel_id": str(i)} for i in range(len(shapes))]
    far = drawn.layer(
        [*rows, {"parcel_id": "far"}], [*shapes, shapely.box(9e4, 9e4, 9e4 + 1, 9e4 + 1)]
    )
    small = sheet.render_sheets(drawn.content([far], paper="A4", language="en"))
    assert len(small.pdf) < 60_000
    assert "Parcels (1,601)" in drawn.text_of(small.pdf)


def test_overlapping_parcels_and_holes_are_filled_as_on_the_ground():
    hole = shapely.box(0, 0, 80, 80).difference(shapely.box(30, 30, 50, 50))
    both = drawn.layer(
        [{"parcel_id": "a"}, {"parcel_id": "b"}], [hole, shapely.box(60, 0, 140, 80)]
    )
    pdf = sheet.render_sheets(drawn.content([both], scale=1000)).pdf
    (png,) = raster.page_pngs(pdf, dpi=100)
    image = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    made = drawn.content([both], scale=1000).plan.sheets[0]
    spots = np.add([(70, 40), (40, 40), (10, 40)], (drawn.EAST, drawn.NORTH))
    found = []
    for x, y in made.to_paper(spots):
        found.append(image[round((210 - y) / 25.4 * 100), round(x / 25.4 * 100)].tolist())
    overlap, hollow, plain = found
    assert hollow == [255, 255, 255]
    assert overlap == plain != hollow


def test_without_the_library_it_says_what_to_install(monkeypatch):
    with pytest.raises(UsageError, match="nosuchlibrary") as caught:
        library.load("nosuchlibrary.part")
    assert "geotool-vn[print]" in caught.value.remedy


def test_an_unknown_paper_is_refused():
    with pytest.raises(UsageError, match="B5"):
        drawn.content([drawn.parcel()], paper="B5")


def test_too_many_sheets_are_refused():
    big = drawn.layer([{"parcel_id": "1"}], [shapely.box(0, 0, 50_000, 50_000)])
    with pytest.raises(UsageError, match="sheets"):
        drawn.content([big], scale=100)
    assert tiling.Wish("A4").scale is None


def test_what_lies_on_no_sheet_is_on_the_index_and_said():
    shapes = [shapely.box(0, 0, 20, 20), shapely.box(420, 0, 440, 20)]
    both = drawn.layer([{"parcel_id": "a"}, {"parcel_id": "b"}], shapes)
    made = drawn.content([both], scale=1000, language="en")
    first = replace(made.plan.sheets[0], seams=())
    made = replace(made, plan=replace(made.plan, sheets=(first,)))
    assert [(plate.layer.name, rows.tolist()) for plate, rows in sheet.outside(made)] == [
        ("parcels", [1])
    ]
    printed = sheet.render_sheets(made)
    assert printed.has_index
    index, alone = (page.get_textpage().get_text_bounded() for page in drawn.pages(printed.pdf))
    assert "Parcels: 1 lie on no sheet" in " ".join(index.split())
    assert "Parcels (2)" in index
    assert "Index of the sheet" in index
    assert "lie on no sheet" not in alone


@pytest.mark.parametrize("far", [(-5e5, -2e6), (9e7, 9e7), (4e4, 0.0)])
def test_the_index_fits_the_sheets_and_counts_what_lies_far_off(far):
    spots = [(0, 0), (20, 0), (200, 150), far]
    shapes = [shapely.box(x, y, x + 9, y + 9) for x, y in spots]
    rows = [{"parcel_id": name} for name in "abcd"]
    alone = drawn.content([drawn.layer(rows[:2], shapes[:2])], scale=500).plan
    (plate,) = plates.make_plates(
        [drawn.layer(rows, shapes)], load_styles(), crs.resolve(drawn.SYSTEM)
    )
    made = drawn.content([drawn.parcel()], language="en", title="Map")
    printed = sheet.render_sheets(replace(made, plates=(plate,), plan=alone))
    index = " ".join(drawn.pages(printed.pdf)[0].get_textpage().get_text_bounded().split())
    assert "Scale 1:2 000" in index
    assert "Parcels: 1 lie on no sheet and are shown on this index alone" in index
    assert "Parcels: 1 lie on no sheet and outside this sketch too" in index
    assert "Parcels (3)" in index
