"""``geotool chainage`` with equations, posts, loops: answers, refusals, clean streams."""

import geopandas as gpd
import pytest
from shapely import LineString, Point

from tests import village as v

E, N = v.EAST, v.NORTH


@pytest.fixture
def axis(tmp_path):
    """Km559 to Km562 as drawn, eastwards."""
    return write(tmp_path / "axis.gpkg", [[(0, 0), (3000, 0)]], start_chainage=["Km559+000"])


def write(path, lines, **columns):
    data = {"alignment_id": [f"A{number + 1}" for number in range(len(lines))], **columns}
    shapes = [LineString([(E + x, N + y) for x, y in line]) for line in lines]
    gpd.GeoDataFrame(data, geometry=shapes, crs=v.CRS).to_file(path, engine="pyogrio")
    return path


def equations(tmp_path, *rows):
    path = tmp_path / "equations.csv"
    path.write_text("\n".join(["back,ahead", *(",".join(row) for row in rows)]), encoding="utf-8")
    return path


def posts(tmp_path, *rows, crs=v.CRS):
    path = tmp_path / "posts.gpkg"
    data = {"post_id": [f"C{row[0]:.0f}" for row in rows], "chainage": [row[1] for row in rows]}
    shapes = [Point(E + x, N + 3) for x, _ in rows]
    frame = gpd.GeoDataFrame(data, geometry=shapes, crs=v.CRS).to_crs(crs)
    frame.to_file(path, engine="pyogrio")
    return path


@pytest.mark.parametrize(
    ("equation", "length"),
    [(("Km560+050", "Km560+000"), 1150.0), (("Km560+000", "Km560+050"), 1050.0)],
)
def test_between_measures_the_true_length(geotool, axis, tmp_path, equation, length):
    table = equations(tmp_path, equation)
    ends = ("--between", "Km559+900", "Km561+000")
    run = geotool("chainage", axis, "--equations", table, *ends, "--json")
    assert (run.exit_code, run.stderr) == (0, "")
    assert run.data == {
        "alignment_id": "A1",
        "from": "Km559+900.00",
        "to": "Km561+000.00",
        "length_m": length,
        "stationed_length_m": length,
        "scale_factor": None,
    }
    backwards = geotool(
        "chainage", axis, "--equations", table, "--between", "Km561", "Km559+900", "--json"
    )
    assert backwards.data["length_m"] == length
    assert (backwards.data["from"], backwards.data["to"]) == ("Km561+000.00", "Km559+900.00")


def test_a_repeated_label_is_refused_with_the_options_that_help(geotool, axis, tmp_path):
    call = ("chainage", axis, "--equations", equations(tmp_path, ("Km560+050", "Km560+000")))
    run = geotool(*call, "--at", "Km560+020", "--json")
    assert run.exit_code == 3
    assert "zone 1" in run.stderr + run.stdout
    assert "--zone 1 or --zone 2" in run.stderr + run.stdout
    assert "--near KM" in run.stderr + run.stdout
    x = {
        options: geotool(*call, "--at", "Km560+020", *options, "--json").data["x"] - E
        for options in (("--zone", 1), ("--zone", 2), ("--near", "Km559"), ("--near", "Km561"))
    }
    assert list(x.values()) == [1020.0, 1070.0, 1020.0, 1070.0]


def test_zones_of_both_ends(geotool, axis, tmp_path):
    call = ("chainage", axis, "--equations", equations(tmp_path, ("Km560+050", "Km560+000")))
    ends = ("--between", "Km560+020", "Km560+030")

    def length(*options, ends=ends):
        return geotool(*call, *ends, *options, "--json").data["length_m"]

    assert length("--zone", 1, "--zone", 2) == 60.0
    assert length("--zone", 2) == 10.0
    assert length("--zone", 2, ends=("--between", "Km559+900", "Km560+030")) == 180.0
    assert geotool(*call, *ends).exit_code == 3
    wrong = geotool(*call, "--between", "Km559+100", "Km561", "--zone", 2, "--zone", 2)
    assert wrong.exit_code == 3


def test_a_label_in_a_gap_is_refused_with_its_neighbours(geotool, axis, tmp_path):
    table = equations(tmp_path, ("Km560+000", "Km560+050"))
    run = geotool("chainage", axis, "--equations", table, "--at", "Km560+020")
    assert run.exit_code == 3
    assert "Km560+000.00" in run.stderr
    assert "Km560+050.00" in run.stderr
    assert run.stdout == ""


@pytest.mark.parametrize("crs", [v.CRS, "EPSG:4326", "EPSG:9210"])
def test_posts_stretch_the_labels(geotool, axis, tmp_path, crs):
    table = posts(tmp_path, (995.0, "Km560"), (2_000.0, "Km561"), crs=crs)
    call = ("chainage", axis, "--posts", table)
    found = geotool(*call, "--at", "Km560+500", "--json").data
    assert found["x"] - E == pytest.approx(1_497.5, abs=1e-3)
    between = geotool(*call, "--between", "Km560", "Km561", "--json").data
    assert between["length_m"] == pytest.approx(1_005.0, abs=1e-3)
    assert between["stationed_length_m"] == pytest.approx(1_000.0, abs=1e-6)
    assert between["scale_factor"] == pytest.approx(1_000 / 1_005, rel=1e-6)


def test_doubtful_posts_are_told_and_impossible_ones_refused(geotool, axis, tmp_path):
    doubtful = posts(tmp_path, (900.0, "Km560"))
    run = geotool("chainage", axis, "--posts", doubtful, "--at", "Km560", "--json")
    assert run.exit_code == 0
    assert run.data["x"] == E + 900
    assert "+111111 ppm" in run.stderr
    wrong = posts(tmp_path, (900.0, "Km561"), (950.0, "Km560"))
    run = geotool("chainage", axis, "--posts", wrong, "--at", "Km560")
    assert run.exit_code == 3
    assert "C900" in run.stderr
    assert "C950" in run.stderr


def test_every_m_names_whole_labels_in_every_zone(geotool, axis, tmp_path):
    table = equations(tmp_path, ("Km561", "Km0"))
    points = geotool("chainage", axis, "--equations", table, "--every-m", 500, "--json").data[
        "points"
    ]
    assert [(one["zone"], one["chainage_m"], one["x"] - E) for one in points] == [
        (1, 559_000.0, 0.0),
        (1, 559_500.0, 500.0),
        (1, 560_000.0, 1000.0),
        (1, 560_500.0, 1500.0),
        (1, 561_000.0, 2000.0),
        (2, 0.0, 2000.0),
        (2, 500.0, 2500.0),
        (2, 1_000.0, 3000.0),
    ]


def test_a_point_where_a_loop_crosses_itself(geotool, tmp_path):
    loop = write(tmp_path / "loop.gpkg", [[(0, 0), (100, 0), (100, 100), (50, 100), (50, -100)]])
    call = ("chainage", loop, "--point", f"{E + 50},{N}", "--json")
    run = geotool(*call)
    assert (run.data["chainage_m"], run.data["also"]) == (50.0, ["Km0+350.00"])
    assert "--near" in run.stderr
    near = geotool(*call, "--near", "Km0+300")
    assert (near.data["chainage_m"], near.data["also"], near.stderr) == (350.0, [], "")


def test_the_zone_of_a_near_that_repeats(geotool, tmp_path):
    loop = write(tmp_path / "loop.gpkg", [[(0, 0), (100, 0), (100, 100), (50, 100), (50, -100)]])
    table = equations(tmp_path, ("Km0+200", "Km0+000"))
    call = ("chainage", loop, "--equations", table, "--json", "--near", "Km0+140")
    point = (*call, "--point", f"{E + 50},{N}")
    refused = geotool(*point)
    assert refused.exit_code == 3
    assert "--zone 1 or --zone 2" in refused.stderr
    measures = [geotool(*point, "--zone", zone).data["measure_m"] for zone in (1, 2)]
    assert measures == [50.0, 350.0]
    places = [geotool(*call, "--at", "Km0+150", "--zone", zone).data["zone"] for zone in (1, 2)]
    assert places == [1, 2]


def test_a_point_as_near_to_another_alignment_is_told(geotool, tmp_path):
    cross = [[(0, 0), (900, 0)], [(300, 500), (300, -400)]]
    pair = write(tmp_path / "pair.gpkg", cross, start_chainage=["Km0", "Km7"])
    call = ("chainage", pair, "--point", f"{E + 300},{N}", "--json")
    run = geotool(*call)
    assert (run.data["chainage"], run.data["also_on"]) == ("Km0+300.00", ["A2 Km7+500.00"])
    assert "--alignment-id" in run.stderr
    chosen = geotool(*call, "--alignment-id", "A2")
    assert (chosen.data["chainage"], chosen.data["also_on"]) == ("Km7+500.00", [])
    assert chosen.stderr == ""


def test_northing_before_easting_is_told(geotool, axis):
    swapped = geotool("chainage", axis, "--point", f"{N + 5},{E + 100}", "--json")
    assert swapped.exit_code == 0
    assert "and 5 m with its numbers in the other order" in swapped.stderr
    right = geotool("chainage", axis, "--point", f"{E + 100},{N + 5}", "--json")
    assert (right.data["offset_m"], right.stderr) == (5.0, "")


def test_an_equation_twice_in_its_table_is_refused(geotool, axis, tmp_path):
    table = equations(tmp_path, ("Km560+050", "Km560+000"), ("560050", "Km560"))
    run = geotool("chainage", axis, "--equations", table, "--between", "Km559+900", "Km561")
    assert run.exit_code == 3
    assert "row 2: the same as row 1 (Km560+050.00 = Km560+000.00)" in run.stderr


def test_a_point_has_measure_and_label(geotool, axis, tmp_path):
    table = equations(tmp_path, ("Km560+050", "Km560+000"))
    run = geotool(
        "chainage", axis, "--equations", table, "--point", f"{E + 1070},{N - 7}", "--json"
    )
    found = {name: run.data[name] for name in ("chainage", "zone", "side", "offset_m")}
    assert found == {"chainage": "Km560+020.00", "zone": 2, "side": "right", "offset_m": 7.0}
    assert run.data["measure_m"] == 560_070.0


def test_the_nearest_of_several_alignments(geotool, tmp_path):
    pair = write(tmp_path / "pair.gpkg", [[(0, 0), (900, 0)], [(0, 500), (900, 500)]])
    point = ("--point", f"{E + 10},{N + 400}", "--json")
    assert geotool("chainage", pair, *point).data["alignment_id"] == "A2"
    chosen = geotool("chainage", pair, *point, "--alignment-id", "A1").data
    assert (chosen["alignment_id"], chosen["offset_m"]) == ("A1", 400.0)
    assert geotool("chainage", pair, "--at", "Km0").exit_code == 2
    table = equations(tmp_path, ("Km0+100", "Km0+200"))
    run = geotool("chainage", pair, "--equations", table, "--at", "Km0", "--alignment-id", "A1")
    assert run.exit_code == 3
    assert "no alignment_id" in run.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--at", "Km560", "--zone", "1", "--zone", "2"),
        ("--at", "Km560", "--zone", "0"),
        ("--every-m", "100", "--zone", "1"),
        ("--between", "Km559", "Km560", "--near", "Km559"),
        ("--at", "Km560", "--near", "here"),
        ("--at", "Km560", "--equations", "absent.csv"),
        ("--at", "Km560", "--posts", "absent.gpkg"),
        ("--point", "nan,1"),
        ("--point", "1,1", "--zone", "1"),
    ],
)
def test_wrong_calls(geotool, axis, options):
    run = geotool("chainage", axis, *options)
    assert run.exit_code == 2
    assert run.stdout == ""
