"""``geotool print``: files, sheets, exit codes, and nothing of persons in what is shared."""

import re
import zlib
from itertools import pairwise

import pandas as pd
import pytest

from tests import village_project
from tests.share.paper.drawn import pages, text_of
from tests.village_project import write_project

STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """The village with names of persons in every column that may hold one."""
    layers = village_project.all_layers()
    count = len(layers["households"])
    layers["households"] = layers["households"].assign(
        head_name=[f"PERSON{i}" for i in range(count)],
        phone=[f"09990{i:05d}" for i in range(count)],
    )
    graves = layers["graves"]
    layers["graves"] = graves.assign(deceased_name=[f"PERSONgrave{i}" for i in range(len(graves))])
    layers["parcels"] = layers["parcels"].assign(note="PERSONnote")
    folder = tmp_path_factory.mktemp("planted")
    return write_project(folder, layers=layers, profile="committee")


def everything(pdf):
    """Return the bytes of a document and of every stream in it, and its text."""
    found = [pdf, text_of(pdf).encode()]
    for stream in STREAM.findall(pdf):
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            found.append(stream)
    return b"\n".join(found)


def test_one_sheet_at_the_largest_scale_that_fits(geotool, village_project, tmp_path):
    path = tmp_path / "a.pdf"
    run = geotool(
        "print",
        "affected_area",
        "--project",
        village_project,
        "-o",
        path,
        "--paper",
        "A3",
        "--json",
    )
    assert run.exit_code == 0
    assert run.data["path"] == str(path)
    assert run.data["paths"] == [str(path)]
    assert (run.data["scale"], run.data["scale_fitted"]) == (10_000, True)
    assert len(run.data["sheets"]) == 1
    assert run.data["outside"] == []
    assert "largest round scale" in run.stderr
    (page,) = pages(path.read_bytes())
    text = page.get_textpage().get_text_bounded()
    assert "Scale 1:10 000 (A3)" in text
    assert "Km11+000" in text
    assert "EPSG:9209" in text


def test_several_sheets_follow_the_axis_with_an_index_before_them(
    geotool, village_project, tmp_path
):
    path = tmp_path / "a.pdf"
    run = geotool(
        "print", "affected_area", "--project", village_project, "-o", path,
        "--paper", "A4", "--scale", "1:2.000", "--landscape", "--json",
    )  # fmt: skip
    assert run.exit_code == 0
    sheets = run.data["sheets"]
    assert run.data["scale"] == 2000
    assert run.data["has_index"] is True
    assert len(pages(path.read_bytes())) == len(sheets) + 1 > 3
    assert [sheet["page"] for sheet in sheets] == list(range(2, len(sheets) + 2))
    assert sheets[0]["from_chainage"] == "Km10+000.00"
    assert sheets[-1]["to_chainage"] == "Km12+000.00"
    for before, after in pairwise(sheets):
        assert before["to_chainage"] == after["from_chainage"]
    texts = [page.get_textpage().get_text_bounded() for page in pages(path.read_bytes())]
    assert f"Index of {len(sheets)} sheets" in texts[0]
    assert f"Sheet 2 of {len(sheets)}" in texts[2]
    assert "Joins sheet 1" in texts[2]
    assert "Joins sheet 3" in texts[2]


def test_a_png_a_sheet(geotool, village_project, tmp_path):
    call = (
        "print", "affected_area", "--project", village_project, "-o", tmp_path / "a.png",
        "--paper", "A4", "--scale", "5000", "--dpi", "60", "--json",
    )  # fmt: skip
    run = geotool(*call)
    assert run.exit_code == 0
    names = [f"a-{number:02d}.png" for number in range(len(run.data["sheets"]) + 1)]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert run.data["paths"] == [str(tmp_path / name) for name in names]
    assert run.data["path"] == str(tmp_path / "a-00.png")
    assert run.data["sheets"][0]["path"] == str(tmp_path / "a-01.png")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    again = geotool(*call)
    assert again.exit_code == 4
    assert geotool(*call, "--overwrite").exit_code == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_same_call_writes_the_same_bytes(geotool, village_project, tmp_path):
    for name in ("a.pdf", "b.pdf"):
        path = tmp_path / name
        call = ("print", "overview", "--project", village_project, "-o", path, "--scale", "10000")
        assert geotool(*call).exit_code == 0
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


@pytest.mark.parametrize("profile", ["public", "committee"])
@pytest.mark.parametrize("recipe", ["overview", "graves"])
def test_no_person_is_on_a_shared_sheet(geotool, planted, tmp_path, profile, recipe):
    path = tmp_path / "a.pdf"
    call = ("print", recipe, "--project", planted, "-o", path, "--paper", "A0", "--scale", "2000")
    assert geotool(*call, "--profile", profile).exit_code == 0
    found = everything(path.read_bytes())
    assert b"PERSON" not in found
    assert b"09990" not in found
    if profile == "public":
        text = text_of(path.read_bytes())
        assert not re.search(r"(?<![\w.+-])H(?:[1-9]|1\d|20)(?![\w.+-])", text)
        assert "3-14" not in text


def test_an_internal_sheet_names_its_recipient(geotool, planted, tmp_path):
    path = tmp_path / "a.pdf"
    call = ("print", "overview", "--project", planted, "-o", path, "--profile", "internal")
    assert geotool(*call).exit_code == 2
    assert geotool(*call, "--recipient", "Ban <b>GPMB</b> ${1}").exit_code == 0
    text = " ".join(text_of(path.read_bytes()).split())
    assert text.count("Ban <b>GPMB</b> ${1}") == 2


@pytest.mark.parametrize(
    ("arguments", "exit_code"),
    [
        (("overview", "-o", "a.docx"), 2),
        (("overview", "-o", "-"), 2),
        (("overview", "-o", "a.pdf", "--scale", "0"), 2),
        (("overview", "-o", "a.pdf", "--scale", "big"), 2),
        (("overview", "-o", "a.pdf", "--paper", "B5"), 2),
        (("overview", "-o", "a.pdf", "--dpi", "300"), 2),
        (("overview", "-o", "a.png", "--dpi", "100000"), 2),
        (("overview", "-o", "a.pdf", "--scale", "20"), 2),
        (("nothing", "-o", "a.pdf"), 2),
        (("overview", "-o", "missing/a.pdf"), 4),
    ],
)
def test_refusals(geotool, village_project, tmp_path, monkeypatch, arguments, exit_code):
    monkeypatch.chdir(tmp_path)
    run = geotool("print", *arguments, "--project", village_project)
    assert run.exit_code == exit_code
    assert "Error" in run.stderr
    assert not list(tmp_path.iterdir())


def test_an_existing_file_is_kept(geotool, village_project, tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"mine")
    run = geotool("print", "overview", "--project", village_project, "-o", path)
    assert run.exit_code == 4
    assert path.read_bytes() == b"mine"


def test_a_map_of_nothing_is_refused(geotool, tmp_path):
    layers = dict.fromkeys(village_project.all_layers())
    layers["parcels"] = village_project.all_layers()["parcels"]
    project = write_project(tmp_path / "p", layers={**layers, "events": None})
    text = (project / "geotool.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("[corridor]")
    (project / "geotool.toml").write_text(head + rest[rest.index("[maps]") :], encoding="utf-8")
    run = geotool("print", "landmarks", "--project", project, "-o", tmp_path / "a.pdf")
    assert run.exit_code == 3
    assert "shows nothing" in run.stderr
    assert not (tmp_path / "a.pdf").exists()


def test_features_on_no_sheet_are_counted(geotool, tmp_path):
    layers = village_project.all_layers()
    cemeteries = layers["cemeteries"].copy()
    cemeteries["geometry"] = cemeteries.translate(0, 30_000)
    project = write_project(tmp_path / "p", layers={"cemeteries": cemeteries})
    run = geotool(
        "print", "overview", "--project", project, "-o", tmp_path / "a.pdf", "--scale", "5000",
        "--profile", "committee", "--json",
    )  # fmt: skip
    assert run.exit_code == 0
    assert {"layer": "cemeteries", "feature_count": 2} in run.data["outside"]
    assert "2 features of cemeteries lie on no sheet" in run.stderr
    (index, *others) = pages((tmp_path / "a.pdf").read_bytes())
    text = " ".join(index.get_textpage().get_text_bounded().split())
    assert "2 lie on no sheet" in text
    assert all("on no sheet" not in page.get_textpage().get_text_bounded() for page in others)


def cut_from(project, *names):
    """Return the project without some entries of its layers and without a right of way."""
    path = project / "geotool.toml"
    head, _, rest = path.read_text(encoding="utf-8").partition("[corridor]")
    kept = [line for line in head.splitlines() if line.split(" =")[0] not in names]
    tail = rest[rest.index("[maps]") :]
    path.write_text("\n".join(kept) + "\n" + tail, encoding="utf-8")
    return project


SUBJECT = ("graves", "cemeteries", "alignments", "parcels", "strips", "events")


def test_a_map_of_its_background_alone_is_refused_and_says_what_lacks(geotool, tmp_path):
    project = cut_from(write_project(tmp_path / "p"), *SUBJECT)
    run = geotool("print", "graves", "--project", project, "-o", tmp_path / "a.pdf")
    assert run.exit_code == 3
    assert "nothing of this project" in run.stderr
    for name in ("graves", "cemeteries", "alignments", "right_of_way"):
        assert name in run.stderr
    assert "parcels" not in run.stderr.split("there is none of")[1].splitlines()[0]
    assert not (tmp_path / "a.pdf").exists()
    run = geotool("map", "graves", "--project", project, "-o", tmp_path / "a.html")
    assert run.exit_code == 0
    assert "shows only its background: none of" in run.stderr


def test_of_many_sheets_the_first_and_the_last_are_listed(geotool, village_project, tmp_path):
    call = ("print", "graves", "--project", village_project, "--paper", "A4", "--scale")
    run = geotool(*call, "500", "-o", tmp_path / "a.pdf")
    (told,) = [line for line in run.stderr.splitlines() if "--json lists all" in line]
    count = int(told.split(" sheets")[0].split()[-1])
    assert count > 20
    assert len([line for line in run.stdout.splitlines() if "a.pdf" in line]) == 2
    assert len(geotool(*call, "500", "-o", tmp_path / "b.pdf", "--json").data["sheets"]) == count


def test_a_single_feature_on_no_sheet_is_told_as_one(geotool, tmp_path):
    layers = village_project.all_layers()
    cemeteries = layers["cemeteries"].iloc[:1].copy()
    cemeteries["geometry"] = cemeteries.translate(0, 30_000)
    project = write_project(tmp_path / "p", layers={"cemeteries": cemeteries})
    run = geotool(
        "print", "overview", "--project", project, "-o", tmp_path / "a.pdf", "--scale", "5000",
        "--profile", "committee", "--json",
    )  # fmt: skip
    assert "1 feature of cemeteries lies on no sheet." in run.stderr


def test_a_map_of_its_subject_has_no_notice(geotool, village_project, tmp_path):
    run = geotool("map", "graves", "--project", village_project, "-o", tmp_path / "a.html")
    assert "only its background" not in run.stderr


def test_sheets_of_background_alone_are_left_out_and_counted(geotool, tmp_path):
    graves = village_project.all_layers()["graves"].copy()
    near = graves.geometry.translate(0, 4000)
    graves["geometry"] = near.where(graves.index > graves.index[0], graves.geometry)
    project = cut_from(
        write_project(tmp_path / "p", layers={"graves": graves}), *SUBJECT[1:], "utilities"
    )
    run = geotool(
        "print", "graves", "--project", project, "-o", tmp_path / "a.pdf", "--scale", "1000",
        "--paper", "A4", "--profile", "internal", "--recipient", "A", "--json",
    )  # fmt: skip
    assert run.exit_code == 0
    assert 1 < len(run.data["sheets"]) < 15
    assert run.data["left_out_sheet_count"] > 20
    assert "sheets that would show only background are left out" in run.stderr
    assert run.data["outside"] == []


@pytest.mark.parametrize(("profile", "why"), [("public", "withheld"), ("committee", "has none")])
def test_areas_without_figures_are_said_to_have_none(geotool, tmp_path, profile, why):
    bare = ("structures", "landmarks", "landmark_roads", "households", "organisations")
    more = ("holdings", "utilities", "quarries", "border")
    project = cut_from(
        write_project(tmp_path / "p"), "graves", "cemeteries", *SUBJECT[3:], *bare, *more
    )
    path = tmp_path / "a.pdf"
    run = geotool(
        "print", "communes", "--project", project, "-o", path, "--profile", profile, "--json"
    )
    assert run.exit_code == 0
    assert run.data["uncoloured"] == ["communes"]
    assert "communes are not coloured" in run.stderr
    text = " ".join(text_of(path.read_bytes()).split())
    assert "not coloured by figures" in text
    assert why in text


def test_a_smaller_set_replaces_a_larger_one_whole(geotool, village_project, tmp_path):
    call = (
        "print", "affected_area", "--project", village_project, "-o", tmp_path / "a.png",
        "--paper", "A4", "--dpi", "50", "--overwrite", "--json",
    )  # fmt: skip
    for scale in ("2000", "5000", "50000", "5000"):
        run = geotool(*call, "--scale", scale)
        assert run.exit_code == 0
        assert sorted(str(path) for path in tmp_path.iterdir()) == run.data["paths"]


def test_missing_source_and_date_are_said_to_be_missing(geotool, tmp_path):
    project = write_project(tmp_path / "p", layers={"events": None})
    toml = project / "geotool.toml"
    lines = toml.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith(("on =", "source =", "events ="))]
    toml.write_text("\n".join(kept) + "\n", encoding="utf-8")
    path = tmp_path / "a.pdf"
    assert geotool("print", "overview", "--project", project, "-o", path).exit_code == 0
    text = text_of(path.read_bytes())
    assert "Source: not stated" in text
    assert "Date: not stated" in text


@pytest.mark.parametrize("command", ["print", "map", "report", "card"])
def test_a_recipient_of_201_letters_is_refused(geotool, village_project, tmp_path, command):
    first = {"print": ("overview",), "map": ("overview",), "report": (), "card": ("H1",)}[command]
    suffix = {"print": "pdf", "map": "html", "report": "xlsx", "card": "pdf"}[command]
    call = (command, *first, "--project", village_project, "-o", tmp_path / f"a.{suffix}")
    call += () if command == "card" else ("--profile", "internal")
    run = geotool(*call, "--recipient", "x" * 201)
    assert run.exit_code == 2
    assert "200" in run.stderr
    assert not list(tmp_path.iterdir())
    assert geotool(*call, "--recipient", "ộ" * 200).exit_code == 0


@pytest.mark.parametrize(("paper", "dpi", "exit_code"), [("A0", "1200", 2), ("A1", "1000", 2)])
def test_a_picture_too_large_to_open_is_refused(
    geotool, village_project, tmp_path, paper, dpi, exit_code
):
    run = geotool(
        "print", "overview", "--project", village_project, "-o", tmp_path / "a.png",
        "--paper", paper, "--dpi", dpi,
    )  # fmt: skip
    assert run.exit_code == exit_code
    assert "GB" in run.stderr
    assert "--dpi" in run.stderr


@pytest.mark.parametrize("scale", ["５０００", "1:٥٠٠٠"])
def test_a_scale_is_written_in_plain_digits(geotool, village_project, tmp_path, scale):
    call = ("print", "overview", "--project", village_project, "-o", tmp_path / "a.pdf")
    assert geotool(*call, "--scale", scale).exit_code == 2


def test_the_table_of_sheets_names_the_axis_of_each_and_calls_them_sheets_of_paper(
    geotool, tmp_path
):
    axis = village_project.all_layers()["alignments"]
    other = axis.assign(alignment_id="A2", geometry=axis.translate(0, 3000))
    project = write_project(tmp_path / "p", layers={"alignments": pd.concat([axis, other])})
    call = ("print", "overview", "--project", project, "-o", tmp_path / "a.pdf")
    run = geotool(*call, "--scale", "5000", "--lang", "vi")
    assert run.exit_code == 0, run.stderr
    title, heads, _, *rows = run.stdout.splitlines()
    assert title == "Các tờ bản đồ in"
    assert heads.split()[0] == "Tờ"
    assert "Trang tính" not in run.stdout
    assert "Mã tuyến" in heads
    assert {row.split()[1] for row in rows if row.strip()} == {
        str(axis["alignment_id"].iloc[0]),
        "A2",
    }
