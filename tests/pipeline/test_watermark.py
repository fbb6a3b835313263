"""The watermark of the profile internal: recipient and the statement's date, in every output."""

import io

import openpyxl
import pytest

from tests import village_project
from tests.cli.conftest import call
from tests.share.paper.drawn import pages
from tests.share.render.layer_reader import read_page

RECIPIENT = "Ban GPMB {date} <b>"
MARKS = {
    "vi": f"Tài liệu nội bộ. Người nhận: {RECIPIENT}. Ngày: 07/03/2024. Không",
    "en": f"Internal. Recipient: {RECIPIENT}. Date: 2024-03-07. Do",
}
SHEETS = ("print", "overview", "--profile", "internal", "--scale", "5000")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return village_project.write_project(tmp_path_factory.mktemp("village"))


def make(project, path, *arguments):
    """Return the bytes of an output for the recipient on the date."""
    whom = ("--recipient", RECIPIENT, "--overwrite")
    assert call(*arguments, "--project", project, "-o", path, *whom).exit_code == 0
    return path.read_bytes()


@pytest.mark.parametrize("language", MARKS)
@pytest.mark.parametrize("arguments", [SHEETS, ("card", "H1")])
def test_every_page_on_paper(project, tmp_path, arguments, language):
    more = (*arguments, "--lang", language, "--on", "2024-03-07")
    for page in pages(make(project, tmp_path / "a.pdf", *more)):
        text = page.get_textpage().get_text_bounded().replace("\r\n", " ").replace("\n", " ")
        assert MARKS[language] in text


@pytest.mark.parametrize("language", MARKS)
@pytest.mark.parametrize("suffix", ["xlsx", "csv", "json", "md"])
def test_every_report(project, tmp_path, suffix, language):
    arguments = ("report", "--profile", "internal", "--lang", language, "--on", "2024-03-07")
    data = make(project, tmp_path / f"r.{suffix}", *arguments)
    if suffix == "xlsx":
        rows = openpyxl.load_workbook(io.BytesIO(data), read_only=True).worksheets[0].values
        text = "\n".join(str(cell) for row in rows for cell in row)
    else:
        text = data.decode("utf-8-sig").replace("\\", "")
    assert MARKS[language] in text.replace("&lt;", "<").replace("&gt;", ">")


def test_a_page_has_it_in_both_languages_and_without_scripts(project, tmp_path):
    arguments = ("map", "overview", "--profile", "internal", "--on", "2024-03-07")
    text = make(project, tmp_path / "m.html", *arguments).decode()
    found = read_page(text)["watermark"]
    assert {language: said.startswith(MARKS[language]) for language, said in found.items()} == {
        "vi": True,
        "en": True,
    }
    assert "Ngày: 07/03/2024" in text[text.index("<noscript>") :]


def test_the_project_names_the_date_where_nobody_else_does(project, tmp_path):
    text = make(project, tmp_path / "m.html", "map", "overview", "--profile", "internal").decode()
    assert "01/05/2024" in read_page(text)["watermark"]["vi"]


def test_a_statement_without_date_says_so(tmp_path):
    project = village_project.write_project(tmp_path, layers={"events": None})
    own = project / "geotool.toml"
    own.write_text(own.read_text(encoding="utf-8").partition("[report]")[0], encoding="utf-8")
    text = make(project, tmp_path / "m.html", "map", "overview", "--profile", "internal").decode()
    found = read_page(text)["watermark"]
    assert "Ngày: không ghi." in found["vi"]
    assert "Date: not stated." in found["en"]
