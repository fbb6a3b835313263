"""A project's title and source stand in one language at a time."""

import json

import pytest

from tests import village_project as vp
from tests.cli.conftest import call

TITLE = ("Đường qua làng", "Road through the village")
SOURCE = ("Bản đo năm 2020", "Survey of 2020")
EARLIER = "Measured long ago"


@pytest.fixture
def folder(tmp_path):
    return vp.write_project(tmp_path / "p", profile="committee")


def name(folder, **keys):
    path = folder / "geotool.toml"
    lines = "".join(f'{key} = "{text}"\n' for key, text in keys.items())
    text = path.read_text(encoding="utf-8").replace("[project]\n", f"[project]\n{lines}")
    path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def titled(folder):
    return name(folder, title=TITLE[0], title_en=TITLE[1], source=SOURCE[0], source_en=SOURCE[1])


@pytest.mark.parametrize(("language", "shown", "other"), [("vi", 0, 1), ("en", 1, 0)])
def test_a_report_speaks_the_language_asked_for(titled, tmp_path, language, shown, other):
    output = tmp_path / "a.md"
    run = call("report", "--project", titled, "-o", output, "--lang", language)
    assert run.exit_code == 0, run.stderr
    text = output.read_text(encoding="utf-8")
    assert text.startswith(f"# {TITLE[shown]}\n")
    assert SOURCE[shown] in text
    assert TITLE[other] not in text
    assert SOURCE[other] not in text


def test_a_page_has_both_and_says_each_once(titled, tmp_path):
    output = tmp_path / "a.html"
    assert call("map", "graves", "--project", titled, "-o", output).exit_code == 0
    page = output.read_text(encoding="utf-8")
    assert f'"vi":"{TITLE[0]}"' in page
    assert f'"en":"{TITLE[1]}"' in page
    assert f'"en":"{SOURCE[1]}"' in page
    assert " · ".join(TITLE) not in page


def test_one_text_stands_for_both_languages(folder, tmp_path):
    name(folder, title=TITLE[0], source=EARLIER)
    for language in ("vi", "en"):
        output = tmp_path / f"{language}.md"
        call("report", "--project", folder, "-o", output, "--lang", language)
        text = output.read_text(encoding="utf-8")
        assert text.startswith(f"# {TITLE[0]}\n")
        assert EARLIER in text


def test_a_manifest_keeps_the_first_and_the_english_where_given(titled, folder):
    assert call("run", "--project", titled, "--on", "2024-12-31").exit_code == 0
    kept = json.loads((titled / "out" / "manifest.json").read_text(encoding="utf-8"))["project"]
    assert (kept["title"], kept["title_en"]) == TITLE
    assert (kept["source"], kept["source_en"]) == SOURCE
