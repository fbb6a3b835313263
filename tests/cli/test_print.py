"""``geotool print``: files, sheets, exit codes, and nothing of persons in what is shared."""

import re
import zlib
from itertools import pairwise

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
