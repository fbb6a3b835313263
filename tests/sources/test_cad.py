"""DXF drawings written by ezdxf, or by hand, become rows whose coordinates are known."""

import io
import math
import random
import shutil
import subprocess
import time
from itertools import pairwise

import ezdxf
import pytest
import shapely
from ezdxf import units
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool import resources, schema
from geotool.errors import GeotoolError, ReadError
from geotool.sources.drawings import cad, dxf_curves
from geotool.sources.files import Source
from geotool.sources.records import ReadOptions

E0, N0 = 573000.0, 1998000.0


def source_of(path, sublayer=None):
    return Source(str(path), "dxf", path, sublayer)


def save(doc, folder, name="a.dxf", fmt="asc"):
    path = folder / name
    doc.saveas(path, fmt=fmt)
    return path


def drawing(version="R2010"):
    doc = ezdxf.new(version, units=units.M)
    return doc, doc.modelspace()


def square(space, x, y, layer="THUA", size=10.0, **attribs):
    corners = [
        (E0 + x, N0 + y),
        (E0 + x + size, N0 + y),
        (E0 + x + size, N0 + y + size),
        (E0 + x, N0 + y + size),
    ]
    return space.add_lwpolyline(corners, close=True, dxfattribs={"layer": layer, **attribs})


def label(space, text, x, y, layer="SO_THUA", **attribs):
    return space.add_text(text, dxfattribs={"layer": layer, "insert": (E0 + x, N0 + y), **attribs})


def read(path, layer="parcels", sublayer=None, **options):
    source = source_of(path, sublayer)
    return cad.read_drawing(source, schema.load_schema(layer), ReadOptions(**options))


def notes_of(raw):
    return {rule: message for rule, message, _ in raw.notes}


@pytest.mark.parametrize("version", ["R12", "R2000", "R2004", "R2007", "R2010", "R2018"])
@pytest.mark.parametrize("fmt", ["asc", "bin"])
def test_parcels_of_every_release_and_form(tmp_path, version, fmt):
    doc, space = drawing(version)
    if version == "R12":
        for x in (0, 20):
            corners = [(E0 + x, N0), (E0 + x + 10, N0), (E0 + x + 10, N0 + 10), (E0 + x, N0 + 10)]
            space.add_polyline2d(corners, close=True, dxfattribs={"layer": "THUA"})
    else:
        square(space, 0, 0)
        square(space, 20, 0)
    label(space, "345", 5, 5)
    label(space, "346", 25, 5)
    label(space, "ONT", 5, 3, "LOAI_DAT")
    raw = read(save(doc, tmp_path, fmt=fmt))
    assert raw.sublayer == "THUA"
    assert raw.crs is None and raw.shapes
    assert raw.frame["SO_THUA"].tolist() == ["345", "346"]
    assert raw.frame["LOAI_DAT"].tolist() == ["ONT", None]
    assert raw.frame["level"].tolist() == ["THUA", "THUA"]
    assert shapely.get_coordinates(raw.frame.geometry[1]).tolist() == [
        [E0 + 20, N0],
        [E0 + 30, N0],
        [E0 + 30, N0 + 10],
        [E0 + 20, N0 + 10],
        [E0 + 20, N0],
    ]
    assert all(handle for handle in raw.frame["handle"])


def test_vietnamese_text_and_layers_in_unicode_and_code_pages(tmp_path):
    doc, space = drawing("R2010")
    square(space, 0, 0, "RANH_THỬA")
    label(space, "Đất ở nông thôn", 5, 5, "LOẠI ĐẤT")
    raw = read(save(doc, tmp_path))
    assert raw.sublayer == "RANH_THỬA"
    assert raw.frame["LOẠI ĐẤT"].tolist() == ["Đất ở nông thôn"]
    old, space = drawing("R2000")
    old.encoding = "cp1258"
    square(space, 0, 0)
    label(space, "Kỳ Anh", 5, 5)
    assert read(save(old, tmp_path, "b.dxf")).frame["SO_THUA"].tolist() == ["Kỳ Anh"]


def test_bytes_that_are_no_unicode_come_as_latin_1_letters(tmp_path):
    doc, space = drawing("R2010")
    doc.styles.new("ABC", dxfattribs={"font": ".VnTime"})
    square(space, 0, 0)
    label(space, "QQ", 5, 5, style="ABC")
    path = save(doc, tmp_path)
    path.write_bytes(path.read_bytes().replace(b"\nQQ\n", b"\n\xa7\xcat\n"))
    raw = read(path)
    assert raw.frame["SO_THUA"].tolist() == ["§Êt"]
    assert raw.encoding == "tcvn3"


def test_capitals_by_the_font_of_the_style_or_in_the_text(tmp_path):
    doc, space = drawing()
    doc.styles.new("HOA", dxfattribs={"font": "VNTIMEH.TTF"})
    square(space, 0, 0)
    label(space, "nguyÔn", 5, 5, "CHU", style="HOA")
    space.add_mtext(
        "{\\f.VnArialH|b0|i0|c0|p34;®Êt}", dxfattribs={"layer": "LOAI", "insert": (E0 + 5, N0 + 2)}
    )
    label(space, "12", 5, 8)
    raw = read(save(doc, tmp_path))
    assert raw.capitals == {"CHU", "LOAI"}
    assert raw.frame["LOAI"].tolist() == ["®Êt"]
    assert raw.encoding == "tcvn3"


def test_lines_of_a_label_become_columns(tmp_path):
    doc, space = drawing()
    square(space, 0, 0)
    space.add_mtext("ONT\\P345\\P125.3", dxfattribs={"layer": "NHAN", "insert": (E0 + 5, N0 + 5)})
    frame = read(save(doc, tmp_path)).frame
    assert frame["NHAN"].tolist() == ["ONT\n345\n125.3"]
    assert [frame[f"NHAN_{n}"][0] for n in (1, 2, 3)] == ["ONT", "345", "125.3"]


def test_blocks_with_attributes_label_parcels_and_are_graves(tmp_path):
    doc, space = drawing()
    block = doc.blocks.new("NHAN_THUA")
    block.add_circle((0, 0), 1)
    block.add_attdef("SOTHUA", (0, 0))
    square(space, 0, 0)
    insert = space.add_blockref("NHAN_THUA", (E0 + 5, N0 + 5), dxfattribs={"layer": "NHAN"})
    insert.add_auto_attribs({"SOTHUA": "345"})
    path = save(doc, tmp_path)
    assert read(path).frame["SOTHUA"].tolist() == ["345"]
    points = read(path, "graves", "nhan")
    assert points.frame["block"].tolist() == ["NHAN_THUA"]
    assert points.frame["SOTHUA"].tolist() == ["345"]
    assert (points.frame.geometry[0].x, points.frame.geometry[0].y) == (E0 + 5, N0 + 5)


def test_text_is_where_it_is_aligned(tmp_path):
    doc, space = drawing()
    square(space, 0, 0)
    text = space.add_text("345", height=2, dxfattribs={"layer": "SO"})
    text.set_placement((E0 + 5, N0 + 5), align=ezdxf.enums.TextEntityAlignment.MIDDLE_CENTER)
    text.dxf.insert = (E0 - 500, N0 - 500)
    assert read(save(doc, tmp_path)).frame["SO"].tolist() == ["345"]


def test_an_arc_of_an_outline_is_within_five_millimetres(tmp_path):
    """Half discs on a square of 10 m: area 100 + pi 25, chords at most 5 mm inside."""
    doc, space = drawing()
    outline = [(0, 0, 0), (10, 0, 1), (10, 10, 0), (0, 10, 0)]
    space.add_lwpolyline(
        [(E0 + x, N0 + y, b) for x, y, b in outline],
        format="xyb", close=True, dxfattribs={"layer": "THUA"},
    )  # fmt: skip
    shape = read(save(doc, tmp_path)).frame.geometry[0]
    exact = 100 + math.pi * 25 / 2
    arc = 5 * math.pi
    assert exact - 0.005 * arc < shape.area < exact
    centre = (E0 + 10, N0 + 5)
    on_arc = [p for p in shapely.get_coordinates(shape) if p[0] > E0 + 10]
    assert max(abs(math.dist(p, centre) - 5) for p in on_arc) < 1e-6
    chords = [math.dist(a, b) for a, b in pairwise(on_arc)]
    assert 5 - math.sqrt(25 - (max(chords) / 2) ** 2) <= 0.005


@given(
    st.floats(0.1, 1e5), st.floats(0, 360), st.floats(1, 360), st.sampled_from([0.005, 0.05, 5.0])
)
@settings(max_examples=80, deadline=None)
def test_chords_are_never_farther_than_stated(radius, start, span, sagitta):
    chords = dxf_curves.Chords(sagitta, 100_000)
    a, b = math.radians(start), math.radians(start + span)
    points = dxf_curves.flatten_arc((1.0, 2.0), radius, a, b, chords)
    assert math.dist(points[0], (1 + radius * math.cos(a), 2 + radius * math.sin(a))) < 1e-9 * (
        1 + radius
    )
    assert math.dist(points[-1], (1 + radius * math.cos(b), 2 + radius * math.sin(b))) < 1e-6 * (
        1 + radius
    )
    for p, q in pairwise(points):
        half = math.dist(p, q) / 2
        assert radius - math.sqrt(max(radius * radius - half * half, 0)) <= sagitta * 1.01 + 1e-7


@given(st.floats(-3, 3).filter(lambda b: abs(b) > 1e-3), st.floats(1, 1000))
@settings(max_examples=80, deadline=None)
def test_bulges_lie_on_their_circle(bulge, chord):
    chords = dxf_curves.Chords(0.005, 100_000)
    points = dxf_curves.flatten_bulges([(0, 0, bulge), (chord, 0, 0)], False, chords)
    radius = chord * (1 + bulge**2) / (4 * abs(bulge))
    centre = (chord / 2, chord * (1 - bulge**2) / (4 * bulge))
    assert points[0] == (0, 0) and points[-1] == (chord, 0)
    for point in points:
        assert math.isclose(math.dist(point, centre), radius, rel_tol=1e-9)
    inner = points[1:-1]
    if inner:  # a positive bulge lies to the right of the direction of drawing
        assert all((p[1] < 0) == (bulge > 0) for p in inner)


def test_every_kind_of_line(tmp_path):
    doc, space = drawing()
    at = {"layer": "TIM"}
    space.add_line((0, 0), (3, 4), dxfattribs=at)
    space.add_arc((0, 0), 100, 0, 90, dxfattribs=at)
    space.add_circle((0, 0), 100, dxfattribs=at)
    space.add_ellipse((0, 0), (100, 0), 0.5, dxfattribs=at)
    space.add_spline([(0, 0), (10, 10), (20, 0), (30, 10)], dxfattribs=at)
    space.add_polyline3d([(0, 0, 1), (3, 4, 2)], dxfattribs=at)
    space.add_polyline2d([(0, 0, 1), (2, 0, 0)], format="xyb", dxfattribs=at)
    space.add_line((1, 1), (1, 1), dxfattribs=at)
    raw = read(save(doc, tmp_path), "alignments")
    lengths = raw.frame.geometry.length.tolist()
    assert len(lengths) == 7
    assert lengths[0] == 5
    assert lengths[1] == pytest.approx(50 * math.pi, rel=1e-4)
    assert lengths[2] == pytest.approx(200 * math.pi, rel=1e-4)
    assert raw.frame.geometry[3].hausdorff_distance(
        shapely.LineString(
            [(100 * math.cos(t / 500 * math.pi), 50 * math.sin(t / 500 * math.pi))
             for t in range(1001)]
        )
    ) < 0.011  # fmt: skip
    assert raw.frame.geometry[4].distance(shapely.Point(10, 10)) < 1e-6
    assert shapely.get_coordinates(raw.frame.geometry[5], include_z=True).tolist() == [
        [0, 0, 1],
        [3, 4, 2],
    ]
    assert lengths[6] == pytest.approx(math.pi, rel=0.01)
    assert notes_of(raw)["drawing_left_out"] == "Not read: 1 objects without extent."


def test_areas_with_holes_solids_and_faces(tmp_path):
    doc, space = drawing()
    at = {"layer": "THUA"}
    hatch = space.add_hatch(dxfattribs=at)
    hatch.paths.add_polyline_path([(0, 0), (10, 0), (10, 10), (0, 10)], is_closed=True)
    hatch.paths.add_polyline_path([(4, 4), (6, 4), (6, 6), (4, 6)], is_closed=True, flags=16)
    edges = space.add_hatch(dxfattribs=at).paths.add_edge_path()
    edges.add_line((20, 0), (30, 0))
    edges.add_line((30, 10), (30, 0))
    edges.add_line((30, 10), (20, 10))
    edges.add_arc((20, 5), 5, 90, 270)
    space.add_solid([(40, 0), (50, 0), (40, 10), (50, 10)], dxfattribs=at)
    space.add_3dface([(60, 0, 1), (70, 0, 1), (70, 10, 1), (60, 10, 1)], dxfattribs=at)
    polygon = space.add_mpolygon(dxfattribs=at)
    polygon.paths.add_polyline_path([(80, 0), (90, 0), (90, 10), (80, 10)], is_closed=True)
    polygon.paths.add_polyline_path([(84, 4), (86, 4), (86, 6), (84, 6)], is_closed=True)
    areas = read(save(doc, tmp_path)).frame.geometry.area.tolist()
    assert areas[0] == 96
    assert areas[1] == pytest.approx(100 + math.pi * 12.5, abs=0.1)
    assert areas[2:] == [100, 100, 96]


@pytest.mark.parametrize(("style", "area"), [(0, 100 - 36 + 4), (1, 100 - 36), (2, 100)])
def test_islands_of_a_hatch_follow_its_style(style, area):
    rings = [[(a, a), (10 - a, a), (10 - a, 10 - a), (a, 10 - a)] for a in (4, 0, 2)]
    shape = dxf_curves.nest_rings(rings, style)
    assert shape.area == area


def test_an_object_seen_from_below_is_turned_over(tmp_path):
    """Extrusion (0, 0, -1) mirrors x: the point (a, b) of the object is (-a, b) on the sheet."""
    doc, space = drawing()
    down = {"layer": "THUA", "extrusion": (0, 0, -1)}
    space.add_lwpolyline([(-10, 0), (0, 0), (0, 10), (-10, 10)], close=True, dxfattribs=down)
    space.add_circle((-100, 50), 10, dxfattribs=down)
    label_at = {"layer": "SO", "insert": (-5, 5), "extrusion": (0, 0, -1)}
    space.add_text("7", dxfattribs=label_at)
    frame = read(save(doc, tmp_path), sublayer="THUA").frame
    assert frame.geometry[0].bounds == (0, 0, 10, 10)
    assert frame["SO"].tolist() == ["7", None]
    middle = frame.geometry[1].centroid
    assert (middle.x, middle.y) == (pytest.approx(100), pytest.approx(50))


def test_blocks_are_opened_when_only_they_hold_what_is_wanted(tmp_path):
    doc, space = drawing()
    inner = doc.blocks.new("TRONG")
    inner.add_lwpolyline([(0, 0), (10, 0), (10, 10), (0, 10)], close=True)
    outer = doc.blocks.new("NGOAI")
    outer.add_blockref("TRONG", (100, 0), dxfattribs={"xscale": 2, "yscale": 2})
    outer.add_text("345", dxfattribs={"layer": "SO", "insert": (105, 5)})
    space.add_blockref("NGOAI", (E0, N0), dxfattribs={"layer": "THUA", "rotation": 90})
    raw = read(save(doc, tmp_path))
    assert raw.sublayer == "THUA"
    assert raw.frame.geometry[0].equals_exact(
        shapely.Polygon([(E0, N0 + 100), (E0, N0 + 120), (E0 - 20, N0 + 120), (E0 - 20, N0 + 100)]),
        1e-6,
    )
    assert raw.frame["SO"].tolist() == ["345"]
    assert "drawing_blocks_opened" in notes_of(raw)
    assert [layer.name for layer in cad.describe(source_of(tmp_path / "a.dxf"))] == ["SO", "THUA"]


def test_blocks_that_hold_themselves_or_millions_of_copies_are_refused(tmp_path):
    doc, space = drawing()
    block = doc.blocks.new("A")
    block.add_lwpolyline([(0, 0), (10, 0), (10, 10)], close=True)
    block.add_blockref("A", (1, 1))
    space.add_blockref("A", (0, 0), dxfattribs={"layer": "THUA"})
    with pytest.raises(ReadError, match="nested too deeply"):
        read(save(doc, tmp_path), sublayer="THUA")
    doc, space = drawing()
    doc.blocks.new("B").add_line((0, 0), (1, 1))
    names = ["B"]
    for level in range(8):
        names.append(f"B{level}")
        block = doc.blocks.new(names[-1])
        for x in range(10):
            block.add_blockref(names[-2], (x, 0))
    space.add_blockref(names[-1], (0, 0), dxfattribs={"layer": "TIM"})
    path = save(doc, tmp_path)
    folder = tmp_path / "layers" / "rules"
    folder.mkdir(parents=True)
    rule = (resources.room_dir("layers") / "rules" / "drawing.toml").read_text(encoding="utf-8")
    rule = rule.replace("entity_limit = 2000000", "entity_limit = 2000")
    (folder / "drawing.toml").write_text(rule, encoding="utf-8")
    with pytest.raises(ReadError, match="more than 2000 objects"):
        read(path, "alignments", project_dir=tmp_path)


def test_the_layer_is_chosen_by_name_by_being_the_only_one_or_refused(tmp_path):
    doc, space = drawing()
    square(space, 0, 0, "10-RANH_THUA")
    square(space, -50, -50, "KHUNG", 200)
    label(space, "chữ", 0, 0, "GHICHU")
    raw = read(save(doc, tmp_path))
    assert raw.sublayer == "10-RANH_THUA"
    assert "by its name" in notes_of(raw)["drawing_layer_chosen"]
    with pytest.raises(ReadError, match="it is open which one") as refused:
        read(tmp_path / "a.dxf", "communes")
    assert "'KHUNG' (1 closed lines)" in refused.value.message
    assert "'GHICHU'" not in refused.value.message
    assert refused.value.remedy.endswith("a.dxf#10-RANH_THUA")
    assert read(tmp_path / "a.dxf", "communes", "khung").frame.geometry[0].area == 40000
    assert read(tmp_path / "a.dxf", "graves").sublayer == "GHICHU"
    with pytest.raises(ReadError, match="no CAD layer 'X'") as refused:
        read(tmp_path / "a.dxf", sublayer="X")
    assert "'KHUNG' (1 closed lines)" in refused.value.remedy


def test_the_only_fitting_layer_is_not_taken_when_its_name_means_another(tmp_path):
    doc, space = drawing()
    square(space, 0, 0, "RANH_GPMB")
    space.add_line((0, 0), (1, 1), dxfattribs={"layer": "TIM_TUYEN"})
    path = save(doc, tmp_path)
    with pytest.raises(ReadError, match="it is open"):
        read(path, "parcels")
    assert read(path, "right_of_way").sublayer == "RANH_GPMB"
    assert read(path, "alignments").sublayer == "TIM_TUYEN"
    assert read(path, "communes", "RANH_GPMB").frame.geometry[0].area == 100


def test_a_name_without_accents_means_each_layer_it_can_mean(tmp_path):
    doc, space = drawing()
    for x in (0, 5):
        label(space, f"M{x}", x, 0, "MO")
        space.add_circle((E0 + x, N0), 0.5, dxfattribs={"layer": "MO"})
    square(space, 50, 0, "KHUNG")
    label(space, "chữ", 0, 0, "GHICHU")
    path = save(doc, tmp_path)
    graves = read(path, "graves")
    assert graves.sublayer == "MO"
    assert graves.frame["text"].tolist() == ["M0", "M5"]
    assert [(p.x, p.y) for p in graves.frame.geometry] == [(E0, N0), (E0 + 5, N0)]
    assert notes_of(graves)["drawing_left_out"] == "Not read: 2 lines."
    assert read(path, "quarries").sublayer == "MO"


def test_names_of_cad_layers_are_of_layers_that_exist():
    table = resources.load_toml("layers", "drawing_layers.toml")["layers"]
    shaped = {name for name in schema.layer_names() if schema.load_schema(name).geometry}
    assert set(table) <= shaped


@pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason="needs GDAL's command line")
def test_a_drawing_written_by_gdal(tmp_path):
    table = tmp_path / "a.csv"
    table.write_text(
        'Layer,wkt\nTHUA,"POLYGON ((573000 1998000,573010 1998000,573010 1998010,'
        '573000 1998010,573000 1998000))"\nTIM,"LINESTRING (573000 1998000,573100 1998050)"\n',
        encoding="utf-8",
    )
    path = tmp_path / "a.dxf"
    command = ["ogr2ogr", "-f", "DXF", path, table, "-oo", "GEOM_POSSIBLE_NAMES=wkt"]
    subprocess.run(command, check=True, capture_output=True)
    parcels = read(path).frame
    assert parcels.geometry.area.tolist() == [100]
    assert shapely.get_coordinates(parcels.geometry[0]).tolist()[0] == [E0, N0]
    assert shapely.get_coordinates(read(path, "alignments").frame.geometry[0]).tolist() == [
        [E0, N0],
        [E0 + 100, N0 + 50],
    ]


def test_a_project_adds_names_of_cad_layers(tmp_path):
    doc, space = drawing()
    square(space, 0, 0, "LOP_A")
    square(space, 50, 0, "LOP_B")
    path = save(doc, tmp_path)
    (tmp_path / "layers").mkdir()
    own = tmp_path / "layers" / "drawing_layers.toml"
    own.write_text('[layers]\nparcels = ["lớp b"]\n', encoding="utf-8")
    assert read(path, project_dir=tmp_path).sublayer == "LOP_B"
    own.write_text("[layers]\nparcels = 3\n", encoding="utf-8")
    with pytest.raises(GeotoolError, match="lists of names"):
        read(path, project_dir=tmp_path)


def test_hidden_layers_units_references_paper_space_and_dimensions_are_reported(tmp_path):
    doc, space = drawing()
    doc.units = units.MM
    doc.layers.add("THUA").off()
    square(space, 0, 0)
    label(space, "tựa đề", 500, 500)
    space.add_linear_dim((0, 5), (0, 0), (10, 0), dxfattribs={"layer": "THUA"})
    doc.layouts.get("Layout1").add_line((0, 0), (1, 1))
    doc.add_xref_def("nen.dwg", "NEN")
    space.add_blockref("NEN", (0, 0))
    notes = notes_of(read(save(doc, tmp_path)))
    assert "off or frozen" in notes["drawing_layer_hidden"]
    assert "millimeters" in notes["drawing_units"]
    assert "NEN" in notes["drawing_reference_missing"]
    assert notes["drawing_left_out"] == "Not read: 1 DIMENSION, 1 objects in paper space."
    assert notes["drawing_texts_unplaced"].startswith("1 texts")


def test_what_is_in_a_drawing(tmp_path):
    doc, space = drawing()
    square(space, 0, 0)
    square(space, 20, 0)
    space.add_line((E0, N0), (E0 + 5, N0), dxfattribs={"layer": "THUA"})
    label(space, "345", 5, 5)
    listed = cad.describe(source_of(save(doc, tmp_path)))
    assert [layer.name for layer in listed] == ["SO_THUA", "THUA"]
    assert listed[1].geometry == "closed lines, open lines"
    assert (listed[1].count, listed[1].crs) == (3, None)
    assert listed[1].bounds == (E0, N0, E0 + 30, N0 + 10)
    assert listed[1].columns == ("level", "handle")
    assert listed[0].columns == ("level", "handle", "text")
    assert "EPSG:9210" in listed[1].crs_candidates or listed[1].crs_candidates


def test_an_empty_drawing_says_so(tmp_path):
    doc, _ = drawing()
    doc.layouts.get("Layout1").add_line((0, 0), (1, 1))
    with pytest.raises(ReadError, match=r"nothing .* model space; 1 objects are in paper space"):
        read(save(doc, tmp_path))


def text_of(doc):
    stream = io.StringIO()
    doc.write(stream)
    return stream.getvalue()


def three_parcels():
    doc, space = drawing()
    for x in (0, 20, 40):
        square(space, x, 0)
    return text_of(doc)


def test_a_drawing_cut_short_is_refused_and_salvaged_up_to_the_last_whole_object(tmp_path):
    text = three_parcels()
    path = tmp_path / "cut.dxf"
    path.write_text(text[: text.rindex("LWPOLYLINE") + 180], encoding="utf-8")
    with pytest.raises(ReadError, match="cut short") as refused:
        read(path)
    assert "--salvage" in refused.value.remedy
    raw = read(path, salvage=True)
    assert raw.frame.geometry.area.tolist() == [100, 100]
    assert [r.record for r in raw.rejected] == [3]
    assert raw.records == (1, 2)
    assert "drawing_recovered" in notes_of(raw)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("\n13.0\n", "\n1,5\n", "is no number (1,5)"),
        ("\n13.0\n", "\n1e\n", "is no number (1e)"),
        ("\n13.0\n", "\n\n", "is no number (empty)"),
        ("\n 10\n41.0\n 20\n13.0\n", "\n 10\n41.0\n", "one coordinate only"),
        ("\n 20\n13.0\n", "\n x\n13.0\n", "is no group code (x)"),
        ("\n 20\n13.0\n", "\n 20\n", "a line of it is missing"),
        ("\n 70\n1\n", "\n 70\n?\n", "is no whole number (?)"),
    ],
)
def test_a_damaged_object_is_never_guessed(tmp_path, before, after, reason):
    doc, space = drawing()
    for x in (0, 20, 40):
        corners = [(x + 1, 1), (x + 11, 1), (x + 11, 13), (x + 1, 13)]
        space.add_lwpolyline(corners, close=True, dxfattribs={"layer": "THUA"})
    handle = list(space)[2].dxf.handle
    text = text_of(doc)
    at = text.rindex(before, 0, text.rindex("OBJECTS"))
    path = tmp_path / "bad.dxf"
    path.write_text(text[:at] + after + text[at + len(before) :], encoding="utf-8")
    with pytest.raises(ReadError, match="1 of 3 objects cannot be read") as refused:
        read(path)
    assert reason in refused.value.message
    raw = read(path, salvage=True)
    assert raw.frame.geometry.area.tolist() == [120, 120]
    assert [rejected.record for rejected in raw.rejected] == [3]
    assert raw.rejected[0].reason.startswith(f"object {handle} (LWPOLYLINE): ")


def test_records_keep_their_numbers_in_the_file(tmp_path):
    text = three_parcels()
    path = tmp_path / "bad.dxf"
    path.write_text(text.replace(f"\n{E0 + 20}\n", "\n?\n", 1), encoding="utf-8")
    raw = read(path, salvage=True)
    assert [rejected.record for rejected in raw.rejected] == [2]
    assert raw.records == (1, 3)
    assert raw.frame.geometry.bounds["minx"].tolist() == [E0, E0 + 40]


def test_a_line_without_its_end_does_not_end_at_zero(tmp_path):
    doc, space = drawing()
    space.add_line((5, 5), (7, 8.5), dxfattribs={"layer": "TIM"})
    end = "\n 11\n7.0\n 21\n8.5\n 31\n0.0\n"
    path = tmp_path / "a.dxf"
    path.write_text(text_of(doc).replace(end, "\n"), encoding="utf-8")
    with pytest.raises(ReadError, match="it has no end"):
        read(path, "alignments", "TIM")


def test_damage_that_loses_nothing_is_mended_and_reported(tmp_path):
    text = three_parcels()
    path = tmp_path / "broken.dxf"
    path.write_text(text.replace("\nENDSEC\n", "\nENDSEC\n", 1).rstrip()[:-3].rstrip()[:-1].rstrip()
                    + "\n", encoding="utf-8")  # fmt: skip
    assert path.read_text(encoding="utf-8").rstrip().endswith("ENDSEC")
    raw = read(path)
    assert len(raw.frame) == 3
    assert raw.rejected == ()


def test_coordinates_that_are_no_numbers_refuse_the_object_by_handle(tmp_path):
    doc, space = drawing()
    square(space, 0, 0)
    space.add_line((1, 1), (2, 2), dxfattribs={"layer": "THUA"})
    text = text_of(doc)
    at = text.rindex("AcDbLine\n")
    damaged = text[:at] + text[at:].replace("\n1.0\n", "\nnan\n", 1)
    path = tmp_path / "nan.dxf"
    path.write_text(damaged, encoding="utf-8")
    with pytest.raises(ReadError, match=r"1 LINE cannot be read \(handles \w+\): its coordinates"):
        read(path)
    raw = read(path, salvage=True)
    assert len(raw.frame) == 1
    assert [(r.record, r.key) for r in raw.rejected] == [(2, "")]


def test_a_drawing_written_by_hand(tmp_path):
    """The least a DXF needs: R12 entities without header, in Mac and Windows line ends."""
    words = ["0", "SECTION", "2", "ENTITIES"]
    for start, end in [((0, 0), (3, 4)), ((3, 4), (3, 10))]:
        words += ["0", "LINE", "8", "TIM", "10", str(start[0]), "20", str(start[1])]
        words += ["11", str(end[0]), "21", str(end[1])]
    words += ["0", "ENDSEC", "0", "EOF"]
    for number, end in enumerate(["\n", "\r\n"]):
        path = tmp_path / f"{number}.dxf"
        path.write_bytes(end.join(words).encode() + end.encode())
        raw = read(path, "alignments")
        assert raw.frame.geometry.length.tolist() == [5, 6]
        assert raw.sublayer == "TIM"


def test_no_piece_and_no_change_of_a_drawing_is_a_crash(tmp_path):
    """Cut anywhere, or with bytes changed, it is read or refused, in seconds."""
    chance = random.Random(7)
    whole = three_parcels().encode()
    path = tmp_path / "x.dxf"
    for number in range(40):
        data = bytearray(whole[: chance.randrange(1, len(whole))] if number % 2 else whole)
        if number % 2 == 0:
            for _ in range(chance.randrange(1, 20)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(bytes(data))
        for salvage in (False, True):
            began = time.monotonic()
            try:
                raw = read(path, salvage=salvage)
                assert len(raw.frame) + len(raw.rejected) >= 1
            except GeotoolError as error:
                assert error.message
            assert time.monotonic() - began < 10


def test_nothing_is_written_to_the_streams(tmp_path, capfd):
    path = tmp_path / "x.dxf"
    path.write_bytes(three_parcels().encode()[:5000])
    with pytest.raises(ReadError):
        read(path, salvage=True)
    assert capfd.readouterr() == ("", "")


def test_progress_is_told(tmp_path):
    doc, space = drawing()
    for number in range(2500):
        space.add_point((number, 0), dxfattribs={"layer": "MO"})
    told = []
    raw = read(save(doc, tmp_path), "graves", step=lambda *what: told.append(what))
    assert len(raw.frame) == 2500
    assert told == [("read", 2000, 2500)]


AREAS = ("600,0", "1.026,5", "75")


def sheet_with_areas(folder, areas, layer="DIEN_TICH"):
    doc, space = drawing()
    for number, area in enumerate(areas):
        square(space, 20 * number, 0, layer="RANH_THUA")
        label(space, f"{101 + number}", 20 * number + 2, 7)
        label(space, area, 20 * number + 2, 3, layer=layer)
    return save(doc, folder)


def test_texts_called_area_are_the_area_of_the_papers(tmp_path):
    raw = read(sheet_with_areas(tmp_path, AREAS))
    assert list(raw.frame["document_area_m2"]) == list(AREAS)
    assert ("drawing_text_named", "The texts of CAD layer 'DIEN_TICH' were taken as "
            "document_area_m2.", "") in raw.notes  # fmt: skip


@pytest.mark.parametrize(
    ("areas", "layer"), [(("600", "S=75m2"), "DIEN_TICH"), (AREAS, "DT_PL"), (AREAS, "CAO_DO")]
)
def test_other_texts_keep_the_name_of_their_layer(tmp_path, areas, layer):
    raw = read(sheet_with_areas(tmp_path, areas, layer))
    assert list(raw.frame[layer]) == list(areas)


def test_accents_tell_graves_from_quarries(tmp_path):
    doc, space = drawing()
    for layer in ("MỘ", "MỎ"):
        space.add_point((E0, N0), dxfattribs={"layer": layer})
    path = save(doc, tmp_path)
    assert read(path, "graves").sublayer == "MỘ"
    assert read(path, "quarries").sublayer == "MỎ"
