"""``geotool corridor``: constant widths, a table of widths, stakes as surveyors send them."""

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

CRS = "EPSG:9209"
EAST, NORTH = 500_000.0, 2_000_000.0
XS = range(0, 101, 20)


@pytest.fixture
def axis(tmp_path):
    """A straight axis of 100 m, Km10+000 to Km10+100, due east."""
    return write_axis(tmp_path, 100)


def write_axis(folder, length, *, ids=("A1",)):
    lines = [
        shapely.LineString([(EAST, NORTH + 500 * n), (EAST + length, NORTH + 500 * n)])
        for n in range(len(ids))
    ]
    data = {"alignment_id": list(ids), "start_chainage": ["Km10"] * len(ids)}
    path = folder / "tim_tuyen.gpkg"
    gpd.GeoDataFrame(data, geometry=lines, crs=CRS).to_file(path, engine="pyogrio")
    return path


def table(folder, name, head, rows):
    path = folder / name
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in [head, *rows]:
            book.active.append(list(row))
        book.save(path)
    else:
        pd.DataFrame(rows, columns=head).to_csv(path, index=False, encoding="utf-8-sig")
    return path


def stake_rows():
    """Return name, chainage, side, X (north) and Y (east) of stakes: 6 a side, 20 m off."""
    return [
        (f"{letter}{n}", f"Km10+{x:03d}", letter, NORTH + offset, EAST + x)
        for letter, offset in (("T", 20.0), ("P", -20.0))
        for n, x in enumerate(XS, 1)
    ]


HEAD = ("Tên cọc", "Lý trình", "Phía", "X (m)", "Y (m)")


def test_constant_widths(geotool, axis, tmp_path):
    out = tmp_path / "strip.gpkg"
    run = geotool("corridor", axis, "--left-m", 30, "--right-m", 10, "-o", out, "--json")
    assert run.exit_code == 0
    assert run.data["source"] == "constant"
    assert run.data["area_m2"] == pytest.approx(4000, rel=1e-12)
    assert set(run.data) == {"path", "source", "area_m2", "length_m", "part_count", "parts"}


@pytest.mark.parametrize("name", ["coc.csv", "coc.xlsx"])
def test_stakes_with_vietnamese_headings(geotool, axis, tmp_path, name):
    out = tmp_path / "strip.gpkg"
    path = table(tmp_path, name, HEAD, stake_rows()[::-1])
    run = geotool("corridor", axis, "--stakes", path, "-o", out, "--json")
    assert run.exit_code == 0, run.stderr
    assert run.data["area_m2"] == pytest.approx(4000, rel=1e-9)
    assert run.data["source"] == "stakes"
    assert run.data["part_count"] == 1
    assert "state no CRS: that of the alignment was taken, EPSG:9209" in run.stderr
    drawn = gpd.read_file(out)
    assert drawn.crs == CRS
    assert drawn.area.sum() == pytest.approx(4000)


def test_a_left_and_a_right_stake_may_share_their_name(geotool, axis, tmp_path):
    rows = [(f"C{name[1:]}", *rest) for name, *rest in stake_rows()]
    path = table(tmp_path, "coc.csv", HEAD, rows)
    run = geotool("corridor", axis, "--stakes", path, "-o", tmp_path / "a.gpkg", "--json")
    assert run.exit_code == 0, run.stderr
    assert run.data["area_m2"] == pytest.approx(4000, rel=1e-9)


def test_both_sides_in_one_row(geotool, axis, tmp_path):
    head = ("Tên cọc", "X trái", "Y trái", "X phải", "Y phải")
    rows = [(f"C{x}", NORTH + 20, EAST + x, NORTH - 20, EAST + x) for x in XS]
    path = table(tmp_path, "coc.xlsx", head, rows)
    run = geotool("corridor", axis, "--stakes", path, "-o", tmp_path / "a.gpkg", "--json")
    assert run.exit_code == 0, run.stderr
    assert run.data["area_m2"] == pytest.approx(4000, rel=1e-9)
    assert "12 rows with side" in run.stderr


def test_stakes_of_a_drawing(geotool, axis, tmp_path):
    ezdxf = pytest.importorskip("ezdxf")
    drawing = ezdxf.new()
    for _, _, _, north, east in stake_rows():
        drawing.modelspace().add_point((east, north))
    path = tmp_path / "coc.dxf"
    drawing.saveas(path)
    run = geotool("corridor", axis, "--stakes", path, "-o", tmp_path / "a.gpkg", "--json")
    assert run.exit_code == 0, run.stderr
    assert run.data["area_m2"] == pytest.approx(4000, rel=1e-6)


def test_stakes_in_another_system_are_moved_to_the_axis(geotool, axis, tmp_path):
    rows = stake_rows()
    points = [shapely.Point(east, north) for *_, north, east in rows]
    data = {"stake_id": [row[0] for row in rows]}
    frame = gpd.GeoDataFrame(data, geometry=points, crs=CRS).to_crs("EPSG:9210")
    path = tmp_path / "coc.gpkg"
    frame.to_file(path, engine="pyogrio")
    run = geotool("corridor", axis, "--stakes", path, "-o", tmp_path / "a.gpkg", "--json")
    assert run.exit_code == 0, run.stderr
    assert run.data["area_m2"] == pytest.approx(4000, rel=1e-4)
    assert gpd.read_file(tmp_path / "a.gpkg").crs == CRS


def test_doubtful_stakes_are_told_on_stderr(geotool, axis, tmp_path):
    rows = stake_rows()
    path = table(tmp_path, "coc.csv", HEAD, rows[:2] + rows[3:])
    run = geotool("corridor", axis, "--stakes", path, "-o", tmp_path / "a.gpkg")
    assert run.exit_code == 0
    assert "T2 (Km10+020.00) and T4 (Km10+060.00)" in run.stderr
    run = geotool("corridor", axis, "--stakes", path, "-o", tmp_path / "b.gpkg", "--json")
    assert run.data["area_m2"] == pytest.approx(4000, rel=1e-9)


def test_a_row_twice_is_one_stake(geotool, axis, tmp_path):
    rows = stake_rows()
    path = table(tmp_path, "coc.csv", HEAD, [rows[3], *rows])
    run = geotool("corridor", axis, "--stakes", path, "-o", tmp_path / "a.gpkg", "--json")
    assert run.exit_code == 0, run.stderr
    assert run.data["area_m2"] == pytest.approx(4000, rel=1e-9)
    assert "merged" in run.stderr


def test_stakes_that_make_no_polygon_are_refused(geotool, axis, tmp_path):
    rows = stake_rows()
    crossed = [
        (name, label, side, north - 50 * (name == "T3"), east)
        for name, label, side, north, east in rows
    ]
    out = tmp_path / "a.gpkg"
    for bad, word in ((crossed, "T3"), (rows[:6], "right")):
        path = table(tmp_path, "coc.csv", HEAD, bad)
        run = geotool("corridor", axis, "--stakes", path, "-o", out, "--json")
        assert run.exit_code == 3
        assert run.data["ok"] is False
        assert word in run.stderr
        assert not out.exists()


def test_a_table_of_widths(geotool, axis, tmp_path):
    rows = [("Km10+100", 50, 45), ("Km10", 20, 30)]
    path = table(tmp_path, "widths.csv", ("chainage", "left_m", "right_m"), rows)
    run = geotool("corridor", axis, "--widths", path, "-o", tmp_path / "a.gpkg", "--json")
    assert run.exit_code == 0, run.stderr
    assert run.data["area_m2"] == pytest.approx(3500 + 3750, rel=1e-9)
    assert run.data["source"] == "widths"


def test_widths_follow_the_labels_of_equations(geotool, tmp_path):
    axis = write_axis(tmp_path, 200)
    equations = table(tmp_path, "dg.csv", ("back", "ahead"), [("Km10+100", "Km10+150")])
    head = ("chainage", "left_m", "right_m")
    rows = [("Km10+000", 10, 10), ("Km10+150", 20, 20), ("Km10+250", 20, 20)]
    path = table(tmp_path, "widths.csv", head, rows)
    call = ("corridor", axis, "--equations", equations, "--json", "--overwrite")
    run = geotool(*call, "--widths", path, "-o", tmp_path / "a.gpkg")
    assert run.exit_code == 0, run.stderr
    assert run.data["area_m2"] == pytest.approx(3000 + 4000, rel=1e-9)
    rows[1] = ("Km10+120", 20, 20)
    path = table(tmp_path, "widths.csv", head, rows)
    run = geotool(*call, "--widths", path, "-o", tmp_path / "a.gpkg")
    assert run.exit_code == 3
    assert "Km10+120" in run.stderr
    assert "Km10+100" in run.stderr
    assert "Km10+150" in run.stderr


def test_labels_of_widths_that_repeat_are_refused_with_the_choices(geotool, tmp_path):
    axis = write_axis(tmp_path, 200)
    equations = table(tmp_path, "dg.csv", ("back", "ahead"), [("Km10+100", "Km10+050")])
    rows = [("Km10+000", 10, 10), ("Km10+080", 20, 20), ("Km10+150", 20, 20)]
    path = table(tmp_path, "widths.csv", ("chainage", "left_m", "right_m"), rows)
    call = ("corridor", axis, "--equations", equations, "--widths", path, "-o")
    run = geotool(*call, tmp_path / "a.gpkg", "--json")
    assert run.exit_code == 3
    assert "zone 1" in run.stderr
    assert "zone 2" in run.stderr


def test_one_alignment_of_several(geotool, tmp_path):
    axis = write_axis(tmp_path, 100, ids=("A1", "A2"))
    head = ("alignment_id", *HEAD)
    rows = [("A1", *row) for row in stake_rows()]
    rows += [("A2", f"B{row[0]}", *row[1:3], row[3] + 500, row[4]) for row in stake_rows()]
    path = table(tmp_path, "coc.csv", head, rows)
    call = ("corridor", axis, "--stakes", path, "--json", "-o")
    assert geotool(*call, tmp_path / "a.gpkg").data["area_m2"] == pytest.approx(8000)
    run = geotool(*call, tmp_path / "b.gpkg", "--alignment-id", "A2")
    assert run.exit_code == 0, run.stderr
    assert run.data["area_m2"] == pytest.approx(4000)
    assert [part["right_of_way_id"] for part in run.data["parts"]] == ["A2"]


def test_alignments_whose_stakes_share_their_names(geotool, tmp_path):
    axis = write_axis(tmp_path, 100, ids=("A1", "A2"))
    named = [(f"C{name[1:]}", *rest) for name, *rest in stake_rows()]
    rows = [("A1", *row) for row in named]
    rows += [("A2", *row[:3], row[3] + 500, row[4]) for row in named]
    path = table(tmp_path, "coc.csv", ("alignment_id", *HEAD), rows)
    call = ("corridor", axis, "--stakes", path, "--json", "-o")
    run = geotool(*call, tmp_path / "a.gpkg")
    assert run.exit_code == 0, run.stderr
    assert [part["area_m2"] for part in run.data["parts"]] == pytest.approx([4000, 4000])
    for key in ("A1", "A2"):
        run = geotool(*call, tmp_path / f"{key}.gpkg", "--alignment-id", key)
        assert run.exit_code == 0, run.stderr
        assert run.data["area_m2"] == pytest.approx(4000)
        assert run.data["parts"][0]["right_of_way_id"] == key


def test_one_problem_of_stakes_has_no_number(geotool, axis, tmp_path):
    path = table(tmp_path, "coc.csv", ("alignment_id", *HEAD), [("A9", *r) for r in stake_rows()])
    run = geotool("corridor", axis, "--stakes", path, "-o", tmp_path / "a.gpkg")
    assert run.exit_code == 3
    assert "no alignment 'A9'; there are A1." in run.stderr


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ((), "Exactly one"),
        (("--left-m", 3, "--right-m", 3, "--stakes", "x.csv"), "Exactly one"),
        (("--widths", "x.csv", "--stakes", "x.csv"), "--widths"),
        (("--left-m", 3), "--right-m is missing"),
        (("--left-m", 0, "--right-m", 0), "Both widths are 0"),
        (("--stakes", "nowhere.csv"), "nowhere.csv"),
        (("--widths", "nowhere.csv"), "nowhere.csv"),
        (("--left-m", 3, "--right-m", 3, "--equations", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_calls_that_do_not_fit(geotool, axis, tmp_path, given, word):
    run = geotool("corridor", axis, *given, "-o", tmp_path / "a.gpkg")
    assert run.exit_code == 2
    assert word in run.stderr
