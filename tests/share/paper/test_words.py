"""Words on a map: whole inside the frame, never on one another, never on a house."""

from dataclasses import replace

import numpy as np
import pypdfium2.raw as pdfium
import pytest
import shapely

from geotool.share.paper import grounds, names, sheet
from geotool.share.paper.pen import Pen
from geotool.share.paper.scene import Scene, Words
from geotool.share.paper.sheets import SCALES, Sheet
from geotool.share.paper.tiling import Wish, plan_sheets
from geotool.share.paper.typeface import Typeface
from tests.share.paper import drawn
from tests.share.paper.test_tiling import axis_of, subject_of

LONG = "Tài liệu nội bộ. Người nhận: " + "Ủy ban nhân dân huyện Kỳ Anh " * 6


def scene_on(view):
    pen = Pen(title="", author="", typeface=Typeface())
    pen.begin(297.0, 210.0)
    return Scene(pen, view, Words(drawn.WORDS, "vi"), 6.6)


def boxes_of(boxes):
    return [shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes]


@pytest.mark.parametrize("turn", np.linspace(0.1, 3.1, 9))
def test_no_label_of_an_axis_or_match_line_stands_on_another_or_leaves_the_frame(turn):
    ends = np.array([(0.0, 0.0), (np.cos(turn), np.sin(turn))]) * 3012.0
    axis = axis_of(ends)
    plan = plan_sheets(subject_of(axis), Wish("A4", True, 2000))
    assert len(plan.sheets) > 2
    for view in plan.sheets:
        scene = scene_on(view)
        ticks = grounds.draw_chainage(scene, [axis])
        seams = grounds.draw_seams(scene, ticks)
        assert len(seams) == len(view.seams)
        x, y, width, height = view.frame
        frame = shapely.box(x, y, x + width, y + height)
        placed = boxes_of(ticks + seams)
        assert all(frame.contains(box) for box in boxes_of(seams))
        for index, box in enumerate(placed):
            assert all(box.intersection(other).area < 1e-6 for other in placed[:index])


def test_the_label_at_the_end_gives_way_to_the_round_one_beside_it():
    axis = axis_of([(0.0, 0.0), (1003.0, 0.0)])
    (view,) = plan_sheets(subject_of(axis), Wish("A3", True)).sheets
    scene = scene_on(view)
    written = []
    scene.pen.text = lambda *said: written.append(said[1])
    grounds.draw_chainage(scene, [axis])
    assert "Km11+000" in written
    assert "Km11+003" not in written


@pytest.mark.parametrize("angle", [-65.0, 20.0, 45.0, 0.0])
def test_crosses_of_the_grid_stay_in_the_frame(angle):
    view = Sheet(1, 2000, (drawn.EAST, drawn.NORTH), (20.0, 30.0, 150.0, 120.0), angle)
    scene = scene_on(view)
    grounds.draw_grid(scene)
    scene.pen.end()
    (page,) = drawn.pages(scene.pen.bytes())
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH]):
        left, bottom, right, top = (side * drawn.MM for side in item.get_bounds())
        assert left >= 19.7
        assert bottom >= 29.7
        assert right <= 170.3
        assert top <= 150.3


def test_the_number_of_a_parcel_keeps_off_its_house():
    plot = drawn.layer([{"parcel_id": "17"}], [shapely.box(0, 0, 60, 40)], title_column="parcel_id")
    house = shapely.box(22, 12, 38, 28)
    homes = drawn.layer(
        [{"structure_id": "", "use": "dwelling"}], [house], name="structures", class_column="use"
    )
    made = drawn.content([plot, homes], scale=500)
    (page,) = drawn.pages(sheet.render_sheets(made).pdf)
    corners = [(drawn.EAST + x, drawn.NORTH + y) for x, y in shapely.get_coordinates(house)]
    placed = made.plan.sheets[0].to_paper(np.array(corners))
    ground = shapely.box(*placed.min(axis=0), *placed.max(axis=0))
    text = page.get_textpage()
    whole = text.get_text_range()
    found = [
        shapely.box(*(side * drawn.MM for side in text.get_charbox(index)))
        for index in range(len(whole) - 1)
        if whole[index : index + 2] == "17"
    ]
    frame = made.plan.sheets[0].frame
    on_map = [box for box in found if shapely.box(0, 0, frame[2], 300).contains(box)]
    assert len(on_map) == 1
    assert on_map[0].disjoint(ground)


def test_a_name_has_a_second_spot():
    one = drawn.layer(
        [{"commune_name": "Kỳ Phong"}],
        [shapely.box(0, 0, 200, 150)],
        name="communes",
        title_column="commune_name",
    )
    made = drawn.content([one], scale=2000)
    view = made.plan.sheets[0]
    scene = scene_on(view)
    written = []
    scene.pen.text = lambda *said: written.append(said[:2])
    shown = [(plate, plate.in_view(view)) for plate in made.plates]
    names.draw_names(scene, shown, (), ())
    (place, text) = written.pop()
    assert text == "Kỳ Phong"
    names.draw_names(scene, shown, [(place[0] - 5, place[1] - 1, 10.0, 5.0)], ())
    assert len(written) == 1
    assert written[0][0] != place


def test_a_long_watermark_has_lines_that_can_be_read():
    made = drawn.content([drawn.parcel()], scale=1000, watermark=LONG.strip())
    (page,) = drawn.pages(sheet.render_sheets(made).pdf)
    text = " ".join(page.get_textpage().get_text_bounded().split())
    assert text.count("Ủy ban nhân dân") >= 7


def test_a_watermark_is_never_smaller_than_it_can_be_read():
    view = Sheet(1, 2000, (0.0, 0.0), (20.0, 30.0, 150.0, 120.0))
    scene = scene_on(view)
    written = []
    scene.pen.text = lambda *said: written.append(said)
    grounds.draw_watermark(scene.pen, view.frame, LONG)
    assert {size for _, _, size, _ in written} == {20.0}
    assert len(written) > 2
    assert " ".join(text for _, text, _, _ in written) == LONG.strip()


def test_no_typeface_is_named_that_is_not_embedded():
    pdf = sheet.render_sheets(drawn.content([drawn.parcel()], scale=1000)).pdf
    assert b"Helvetica" not in pdf
    assert pdf.count(b"/FontFile2") == 2


def test_a_single_point_is_shown_at_one_to_a_thousand():
    one = drawn.layer([{"grave_id": "G1"}], [shapely.Point(0, 0)], name="graves")
    assert drawn.content([one]).plan.scale == 1000
    assert drawn.content([one], scale=200).plan.scale == 200


def test_the_round_scales_rise():
    assert list(SCALES) == sorted(set(SCALES))
    assert {100_000, 150_000, 200_000, 250_000} <= set(SCALES)


def written_on(scene, draw, *arguments):
    """Return what is written while something is drawn."""
    written = []
    scene.pen.text = lambda *said: written.append(said)
    draw(scene, *arguments)
    return written


@pytest.mark.parametrize("noise", [4e-9, -4e-9])
def test_a_label_has_no_decimals_of_noise(noise):
    axis = axis_of([(0.0, 0.0), (270.0 + noise, 0.0)])
    (view,) = plan_sheets(subject_of(axis), Wish("A3", True)).sheets
    written = written_on(scene_on(view), grounds.draw_chainage, [axis])
    assert "Km10+270" in [said[1] for said in written]


def test_labels_of_several_axes_name_their_axis():
    one = axis_of([(0.0, 0.0), (900.0, 0.0)])
    other = replace(axis_of([(0.0, 300.0), (900.0, 300.0)]), alignment_id="Nhánh " + "B" * 90)
    (view,) = plan_sheets(subject_of(one), Wish("A3", True)).sheets
    assert all(
        said[1].startswith("Km")
        for said in written_on(scene_on(view), grounds.draw_chainage, [one])
    )
    texts = [said[1] for said in written_on(scene_on(view), grounds.draw_chainage, [one, other])]
    assert "A1 Km10+400" in texts
    long = [text for text in texts if text.startswith("Nhánh B")]
    assert len(long) >= 2
    assert all("…" in text and len(text) < 60 for text in long)


@pytest.mark.parametrize("turn", np.linspace(0.0, 3.1, 8))
def test_words_of_a_match_line_stand_on_the_side_of_the_next_sheet(turn):
    axis = axis_of(np.array([(0.0, 0.0), (np.cos(turn), np.sin(turn))]) * 3000.0)
    for view in plan_sheets(subject_of(axis), Wish("A3", None, 2000)).sheets:
        (frame_left, frame_bottom, width, height) = view.frame
        middle = np.array([frame_left + width / 2, frame_bottom + height / 2])
        written = written_on(scene_on(view), grounds.draw_seams, [])
        assert len(written) == len(view.seams)
        for seam, said in zip(view.seams, written, strict=True):
            start, end = view.to_paper(np.array(seam.ends))
            side = np.array([start[1] - end[1], end[0] - start[0]])
            place = np.array(said[0])
            up = np.array(
                [-np.sin(np.radians(said[3].angle_deg)), np.cos(np.radians(said[3].angle_deg))]
            )
            words = place + up * 1.0
            assert (side @ (words - start)) * (side @ (middle - start)) < 0


def areas_named(shapes, texts, *, name="communes", scale=2000, window=(900, 600)):
    """Return a view of the ground about the middle of a window, and the plates of named areas."""
    rows = [{"commune_name": text} for text in texts]
    named = drawn.layer(rows, shapes, name=name, title_column="commune_name")
    made = drawn.content([named], scale=scale)
    centre = (drawn.EAST + window[0] / 2, drawn.NORTH + window[1] / 2)
    view = Sheet(1, scale, centre, (20.0, 60.0, 150.0, 120.0))
    return view, [(plate, plate.in_view(view)) for plate in made.plates]


@pytest.mark.parametrize(
    "text", ["Kỳ Phong", "Thị trấn Kỳ Đồng", "Xã " + "Nguyễn Thị Minh Khai " * 9, "X" * 300]
)
@pytest.mark.parametrize("x", [0.0, 288.0, 300.0, 590.0])
def test_a_name_at_the_edge_is_whole_inside_the_frame(text, x):
    view, shown = areas_named([shapely.box(x, 0, x + 18, 600)], [text], window=(300 + x, 600))
    scene = scene_on(view)
    written = written_on(scene, names.draw_names, shown, (), ())
    assert written
    left, bottom, width, height = view.frame
    for (x_mm, y_mm), line, size, look in written:
        half = scene.pen.typeface.width_mm(line, size, bold=look.bold) / 2
        assert left < x_mm - half < x_mm + half < left + width
        assert bottom < y_mm < bottom + height
    said = " ".join(one[1] for one in written)
    assert said == text.strip() or said.endswith("…")
    assert len(written) <= 3
    assert "…" not in said or len(text) > 100


@pytest.mark.parametrize("name", ["communes", "parcels"])
def test_no_name_stands_on_the_axis(name):
    line = shapely.LineString([(drawn.EAST - 400, drawn.NORTH), (drawn.EAST + 900, drawn.NORTH)])
    axis = replace(axis_of([(0, 0), (1, 0)]), line=line)
    view, shown = areas_named([shapely.box(0, -30, 120, 30)], ["12"], name=name, window=(120, 0))
    written = written_on(scene_on(view), names.draw_names, shown, (), [axis])
    assert len(written) == 1
    for (x, y), _, size, _ in written:
        ground = view.to_ground(np.array([(x, y), (x, y + size * drawn.MM * 0.8)]))
        assert (ground[:, 1] > drawn.NORTH).all() or (ground[:, 1] < drawn.NORTH).all()


def test_the_name_of_a_point_keeps_off_the_axis():
    shapes = [shapely.Point(0, 0)]
    dots = drawn.layer(
        [{"organisation_id": "Trường học"}],
        shapes,
        name="organisations",
        title_column="organisation_id",
    )
    made = drawn.content([dots], scale=1000)
    view = made.plan.sheets[0]
    shown = [(plate, plate.in_view(view)) for plate in made.plates]
    line = shapely.LineString(
        [(drawn.EAST + 5, drawn.NORTH - 90), (drawn.EAST + 5, drawn.NORTH + 90)]
    )
    axis = replace(axis_of([(0, 0), (1, 0)]), line=line)
    (plain,) = written_on(scene_on(view), names.draw_names, shown, (), ())
    (moved,) = written_on(scene_on(view), names.draw_names, shown, (), [axis])
    spot = view.to_paper(np.array([(drawn.EAST, drawn.NORTH)]))[0, 0]
    assert moved[0][0] < spot < plain[0][0]


LONG_NAME = "Xã Thạch Ngọc (sáp nhập từ các xã Thạch Liên, Việt Xuyên)"


@pytest.mark.parametrize(("wide", "high"), [(36, 40), (44, 40), (56, 40), (50, 60)])
def test_long_names_of_neighbours_are_all_written(wide, high):
    spots = [(x * wide, y * high) for x in range(3) for y in range(3)]
    shapes = [shapely.box(x, y, x + wide, y + high) for x, y in spots]
    texts = [f"{LONG_NAME} {number}" for number in range(9)]
    view, shown = areas_named(shapes, texts, scale=2000, window=(3 * wide, 3 * high))
    written = written_on(scene_on(view), names.draw_names, shown, (), ())
    said = " ".join(one[1] for one in written)
    assert all(text in said for text in texts)


def test_a_name_starts_in_its_own_area():
    shapes = [shapely.box(0, 0, 40, 600), shapely.box(40, 0, 900, 600)]
    view, shown = areas_named(shapes, ["Việt Tiến (sáp nhập)", "Nam Điền"], window=(80, 600))
    scene = scene_on(view)
    written = written_on(scene, names.draw_names, shown, (), ())
    narrow = [said for said in written if said[1] != "Nam Điền"]
    assert " ".join(said[1] for said in narrow) == "Việt Tiến (sáp nhập)"
    for (x, y), line, size, _ in narrow:
        left = x - scene.pen.typeface.width_mm(line, size, bold=True) / 2
        assert drawn.EAST < view.to_ground(np.array([(left, y)]))[0, 0] < drawn.EAST + 40
