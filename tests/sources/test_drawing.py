"""Drawn objects become rows: closed lines to polygons, words inside to attributes."""

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool.errors import DataError
from geotool.sources.drawings import inscriptions
from geotool.sources.drawings.drawing import assemble
from geotool.sources.drawings.drawn import Entity, close_line, load_limits, units_per_metre

E0, N0 = 573000.0, 1998000.0


def ring(x, y, size=10.0):
    return shapely.LineString([(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)])


def parcel(x, y, size=10.0, level="THUA", handle="A1"):
    return Entity("line", level, ring(E0 + x, N0 + y, size), handle=handle)


def words(text, x, y, level="SO_THUA", font=""):
    return Entity("text", level, shapely.Point(E0 + x, N0 + y), text=text, font=font)


def rules_of(assembled):
    return {rule for rule, _, _ in assembled.notes}


def test_closed_lines_become_polygons_and_take_the_words_in_them():
    drawn = [
        parcel(0, 0, handle="1A"),
        parcel(20, 0, handle="1B"),
        words("345", 5, 5),
        words("ONT", 5, 3, "LOAI_DAT"),
        words("346", 25, 5),
        words("Ghi chú ngoài", 50, 50),
    ]
    made = assemble(drawn, "THUA", ["polygon"])
    assert made.frame["SO_THUA"].tolist() == ["345", "346"]
    assert made.frame["LOAI_DAT"].tolist() == ["ONT", None]
    assert made.frame["handle"].tolist() == ["1A", "1B"]
    assert made.frame["level"].tolist() == ["THUA", "THUA"]
    assert made.frame.geometry.area.tolist() == [100.0, 100.0]
    assert made.positions == (0, 1)
    assert made.frame.crs is None
    assert rules_of(made) == {"drawing_texts_unplaced"}


def test_words_on_the_own_level_are_the_column_text():
    made = assemble([parcel(0, 0), words("12", 5, 5, "thua")], "thua", ["polygon"])
    assert made.frame["text"].tolist() == ["12"]
    assert rules_of(made) == set()


def test_several_words_are_joined_in_reading_order():
    drawn = [
        parcel(0, 0),
        words("125,3", 5, 2, "NHAN"),
        words("345", 5, 5, "NHAN"),
        words("b", 6, 8, "NHAN"),
        words("ONT", 2, 8, "NHAN"),
    ]
    made = assemble(drawn, "THUA", ["polygon"])
    assert made.frame["NHAN"].tolist() == ["ONT / b / 345 / 125,3"]
    assert rules_of(made) == {"drawing_texts_joined"}


def test_lines_of_one_text_become_columns_when_all_have_the_same_number():
    drawn = [
        parcel(0, 0),
        parcel(20, 0),
        words("ONT\n345\n125,3", 5, 5, "NHAN"),
        words("LUC\n346\n99", 25, 5, "NHAN"),
    ]
    made = assemble(drawn, "THUA", ["polygon"])
    assert made.frame["NHAN"].tolist() == ["ONT\n345\n125,3", "LUC\n346\n99"]
    assert made.frame["NHAN_1"].tolist() == ["ONT", "LUC"]
    assert made.frame["NHAN_2"].tolist() == ["345", "346"]
    assert made.frame["NHAN_3"].tolist() == ["125,3", "99"]
    uneven = assemble([*drawn, parcel(40, 0), words("LUC\n3", 45, 5, "NHAN")], "THUA", ["polygon"])
    assert "NHAN_1" not in uneven.frame.columns


def test_the_innermost_polygon_takes_the_words_and_stays_no_hole():
    made = assemble(
        [parcel(0, 0, 30), parcel(10, 10, 10), words("1", 2, 2), words("2", 15, 15)],
        "THUA",
        ["polygon"],
    )
    assert made.frame["SO_THUA"].tolist() == ["1", "2"]
    assert made.frame.geometry.area.tolist() == [900.0, 100.0]


def test_words_in_polygons_that_overlap_or_on_a_boundary_belong_to_none():
    drawn = [parcel(0, 0), parcel(5, 5), words("1", 7, 7), words("2", 0, 5), words("3", 12, 12)]
    made = assemble(drawn, "THUA", ["polygon"])
    assert made.frame["SO_THUA"].tolist() == [None, "3"]
    text = next(message for rule, message, _ in made.notes if rule == "drawing_texts_unplaced")
    assert text.startswith("2 texts") and "(1)" in text


def test_a_small_gap_is_closed_and_reported_a_large_one_is_not():
    corners = [(0, 0), (10, 0), (10, 10), (0, 10)]
    near = shapely.LineString([*corners, (0, 0.009)])
    far = shapely.LineString([*corners, (0, 0.02)])
    drawn = [Entity("line", "T", near, handle="N"), Entity("line", "T", far, handle="F")]
    made = assemble(drawn, "T", ["polygon"])
    assert [shape.geom_type for shape in made.frame.geometry] == ["Polygon", "LineString"]
    assert made.frame.geometry[0].area == 100.0
    notes = {rule: message for rule, message, _ in made.notes}
    assert "handles N" in notes["drawing_outline_closed"]
    assert "handles F" in notes["drawing_outline_open"]


def test_in_millimetres_the_gap_is_a_thousand_times_wider():
    x, y = E0 * 1000, N0 * 1000
    near = shapely.LineString(
        [(x, y), (x + 10000, y), (x + 10000, y + 10000), (x, y + 10000), (x, y + 9)]
    )
    made = assemble([Entity("line", "T", near)], "T", ["polygon"])
    assert made.frame.geometry[0].area == 1e8
    assert units_per_metre([near], load_limits()) == 1000.0
    assert units_per_metre([ring(E0, N0)], load_limits()) == 1.0
    assert units_per_metre([], load_limits()) == 1.0


def test_lines_that_enclose_nothing_are_no_polygons():
    assert close_line(shapely.LineString([(0, 0), (5, 0), (0, 0)]), 0.01) is None
    assert close_line(shapely.LineString([(0, 0), (5, 0), (9, 0), (0, 0)]), 0.01) is None
    assert close_line(shapely.LineString([(0, 0), (0, 0)]), 0.01) is None
    assert close_line(shapely.Point(0, 0), 0.01) is None


def test_a_fill_of_an_outline_is_not_a_second_polygon():
    outline = parcel(0, 0)
    turned = shapely.Polygon([*list(outline.shape.coords)[2:], *list(outline.shape.coords)[1:3]])
    fill = Entity("polygon", "THUA", turned, handle="H")
    other = Entity("polygon", "THUA", shapely.Polygon(ring(E0 + 40, N0)), handle="K")
    made = assemble([fill, outline, other], "THUA", ["polygon"])
    assert made.frame["handle"].tolist() == ["A1", "K"]
    assert ("drawing_left_out", "Not read: 1 fills of outlines.", "") in made.notes


def test_points_and_blocks_where_points_are_wanted():
    block = Entity(
        "block", "MO", shapely.Point(1, 2), text="MO_DAT", attributes={"SO": "7", "Level": "x"}
    )
    drawn = [
        block,
        Entity("point", "MO", shapely.Point(3, 4)),
        words("Mộ 7", 0, 0, "MO"),
        Entity("line", "MO", ring(0, 0)),
    ]
    made = assemble(drawn, "MO", ["point"])
    assert made.frame["block"].tolist() == ["MO_DAT", None]
    assert made.frame["SO"].tolist() == ["7", None]
    assert made.frame["Level_2"].tolist() == ["x", None]
    assert [(p.x, p.y) for p in made.frame.geometry] == [(1, 2), (3, 4)]
    assert made.notes == (("drawing_left_out", "Not read: 1 lines, 1 texts.", ""),)


def test_texts_are_points_when_there_are_no_others():
    made = assemble([words("C1", 1, 2, "COC"), words("C2", 3, 4, "COC")], "COC", ["point"])
    assert made.frame["text"].tolist() == ["C1", "C2"]
    assert [(p.x, p.y) for p in made.frame.geometry] == [(E0 + 1, N0 + 2), (E0 + 3, N0 + 4)]
    assert assemble([words("C1", 1, 2)], "SO_THUA", ["line"]).frame.empty


def test_attributes_of_a_block_inside_become_columns():
    label = Entity(
        "block", "NHAN", shapely.Point(E0 + 5, N0 + 5), text="NHAN_THUA",
        attributes={"SOTHUA": "345", "DIENTICH": "125,3"}, font=".VnTimeH",
    )  # fmt: skip
    made = assemble([parcel(0, 0), label], "THUA", ["polygon"])
    assert made.frame["SOTHUA"].tolist() == ["345"]
    assert made.frame["DIENTICH"].tolist() == ["125,3"]
    assert made.capitals == {"SOTHUA", "DIENTICH"}


def test_where_nothing_fits_everything_stays_to_be_refused_by_name():
    made = assemble([Entity("block", "T", shapely.Point(0, 0), text="B")], "T", ["polygon"])
    assert [shape.geom_type for shape in made.frame.geometry] == ["Point"]
    lines = assemble([Entity("line", "T", ring(0, 0))], "T", ["point"])
    assert [shape.geom_type for shape in lines.frame.geometry] == ["LineString"]


def test_lines_stay_lines_where_lines_are_wanted():
    drawn = [Entity("line", "TIM", ring(0, 0)), Entity("line", "TIM", shapely.box(0, 0, 1, 1))]
    made = assemble([drawn[0]], "TIM", ["line"])
    assert made.frame.geometry[0].equals(drawn[0].shape)
    assert made.notes == ()


def test_all_levels():
    drawn = [parcel(0, 0, level="A"), parcel(20, 0, level="B"), words("x", 5, 5, "A")]
    made = assemble(drawn, None, ["polygon"])
    assert made.frame["level"].tolist() == ["A", "B"]
    assert made.frame["text"].tolist() == ["x", None]


@pytest.mark.parametrize(
    ("fonts", "texts", "capitals", "encoding"),
    [
        ((".VnTimeH", "VNTIMEH.TTF"), ("§Êt", "abc"), True, "tcvn3"),
        ((".VnTimeH", ".VnTime"), ("§Êt", "§Êt"), False, "tcvn3"),
        ((".VnTime", "VNI-Times"), ("§Êt", "ñaát"), False, None),
        (("VNI-Times", "VNI-Times"), ("ñaát", "x"), False, "vni"),
        (("Arial", ""), ("Đất", "x"), False, None),
        ((".VnTime", ".VnTime"), ("Đất ở", "x"), False, None),
        (("VNI-TimesH", "VNI-TimesH"), ("a", "b"), False, None),
    ],
)
def test_fonts_tell_capitals_and_encoding(fonts, texts, capitals, encoding):
    drawn = [parcel(0, 0), parcel(20, 0)]
    drawn += [
        words(t, 5 + 20 * i, 5, font=f) for i, (t, f) in enumerate(zip(texts, fonts, strict=True))
    ]
    made = assemble(drawn, "THUA", ["polygon"])
    assert made.capitals == ({"SO_THUA"} if capitals else set())
    assert made.encoding == encoding


def test_a_project_may_set_its_own_limits(tmp_path):
    folder = tmp_path / "layers" / "rules"
    folder.mkdir(parents=True)
    (folder / "drawing.toml").write_text(
        '[rule]\ntitle = "t"\ncitation = "c"\neffective_from = 2024-01-01\nconfirmed = true\n'
        "[drawing]\nclosing_gap_m = 0\n",
        encoding="utf-8",
    )
    with pytest.raises(DataError, match=r"drawing\.toml"):
        assemble([parcel(0, 0)], "THUA", ["polygon"], project_dir=tmp_path)


def test_many_parcels_are_placed_in_seconds():
    side = 60
    drawn = [parcel(12 * i, 12 * j) for i in range(side) for j in range(side)]
    drawn += [words(f"{i}-{j}", 12 * i + 5, 12 * j + 5) for i in range(side) for j in range(side)]
    made = assemble(drawn, "THUA", ["polygon"])
    assert made.frame["SO_THUA"].tolist() == [f"{i}-{j}" for i in range(side) for j in range(side)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4)), min_size=1, max_size=6
    ),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=8),
)
def test_words_are_placed_as_by_hand(boxes, places):
    """Against a plain search: in one box, or in boxes of which one lies in all the others."""
    shapes = [shapely.box(x, y, x + size, y + size) for x, y, size in boxes]
    points = [shapely.Point(x / 2 + 0.25, y / 2 + 0.25) for x, y in places]
    found, _ = inscriptions.find_innermost(shapes, points, gap=0.01)
    for point, index in zip(points, found, strict=True):
        holders = [i for i, shape in enumerate(shapes) if shape.contains(point)]
        inner = [i for i in holders if all(shapes[j].covers(shapes[i]) for j in holders)]
        assert (index in inner) if inner else index == -1


@given(st.lists(st.sampled_from(["A", "B", "C"]), max_size=8))
def test_every_object_is_a_row_or_counted(levels):
    drawn = [parcel(20 * i, 0, level=level) for i, level in enumerate(levels)]
    made = assemble(drawn, "A", ["polygon"])
    assert len(made.frame) == levels.count("A") == len(made.positions)


def test_names_of_columns_never_collide():
    assert inscriptions.free_name("Level", ["level", "level_2"]) == "Level_3"
    drawn = [parcel(0, 0), words("a", 5, 5, "HANDLE"), words("b", 5, 4, "geometry")]
    made = assemble(drawn, "THUA", ["polygon"])
    assert made.frame["HANDLE_2"].tolist() == ["a"]
    assert made.frame["geometry_2"].tolist() == ["b"]
