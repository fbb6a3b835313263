"""Hostile text through every command that writes: nothing runs, nothing is obeyed, codes stay."""

import csv
import io
import json
import re
import sqlite3
from xml.etree import ElementTree as ET

import pytest

from geotool.pipeline import published_file
from geotool.share import published
from tests.cli.conftest import call
from tests.share.paper.drawn import text_of
from tests.share.render.hostile import PAYLOADS
from tests.village_project import all_layers, write_project

TERMINAL = ("\x1b[31mred\x1b]0;owned\x07", "\x9b2J")
FORMULAS = (' =HYPERLINK("http://x","a")', "\uff1d1+1", "\u200b=1+1", "'=1", "-1+1|cmd", "@SUM(A1)")
OTHERS = ("a\n# Heading\n| x | y |", "total", "'-", "map.no_data", "[% @x %]")
CODES = (*PAYLOADS, *TERMINAL, *FORMULAS, *OTHERS)
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
SOURCE = "=1+1 <img src=x onerror=alert(1)>\n# Heading\n| a | b |\n" + PAYLOADS[2]
OTHER_LAYERS = all_layers().keys() - {"parcels", "quarries"}
HOLDER = "{{ 7*7 }} <b>'=H1"


def held_by(frame):
    columns = {"household_id", "holder_id"} & set(frame.columns)
    return frame.replace({column: {"H1": HOLDER} for column in columns})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    layers = {name: held_by(frame) for name, frame in all_layers().items()}
    parcels = layers["parcels"]
    codes = [CODES[number % len(CODES)] for number in range(len(parcels))]
    layers["parcels"] = parcels.assign(land_type=codes, note=codes)
    layers["communes"] = layers["communes"].assign(commune_name=[FORMULAS[0], TERMINAL[0]])
    layers["utilities"] = layers["utilities"].assign(name=PAYLOADS[3])
    layers["quarries"] = layers["quarries"].assign(name=OTHERS[-1])
    made = write_project(
        tmp_path_factory.mktemp("attacked") / "{{ 7*7 }}", layers=layers, profile="committee"
    )
    settings = made / "geotool.toml"
    stated = settings.read_text(encoding="utf-8").replace('"village"', json.dumps(PAYLOADS[4]))
    stated = stated.replace("[layers]", f"source = {json.dumps(SOURCE)}\n\n[layers]", 1)
    settings.write_text(stated, encoding="utf-8")
    return made


def report(folder, name, *more):
    path = folder / name
    run = call("report", "--project", folder, "-o", path, "--overwrite", *more)
    assert run.exit_code == 0
    return path.read_text(encoding="utf-8-sig")


def test_the_report_in_markdown(folder):
    text = report(folder, "r.md", "--profile", "internal", "--recipient", SOURCE)
    text = re.sub(r"\(data:image/svg\+xml,[^)]*\)", "", text)
    assert not CONTROLS.search(text)
    assert not re.search(r"(?<!\\)[<>]|(?<!\\)\[(?!\w[^]]*\]$)", re.sub(r"!\[", "", text), re.M)
    assert not re.search(r"^\s*\|? ?# ?Heading", text, re.M)
    titles = [line for line in text.splitlines() if line.startswith("#")]
    assert len(titles) == len(set(titles))
    assert not [line for line in titles if "Heading" in line and not line.startswith("# ")]


def test_the_report_as_csv(folder):
    text = report(folder, "r.csv", "--profile", "internal", "--recipient", FORMULAS[0])
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if CONTROLS.search(cell)]
    running = re.compile(r"[\s\u200b]*[=+\-@\uff1d]")
    number = re.compile(r"-[\d.]+")
    assert not [one for one in cells if running.match(one) and not number.fullmatch(one)]
    assert {f"'{formula.strip()}" for formula in FORMULAS} <= set(cells)


@pytest.mark.parametrize("command", ["stats", "validate", "info"])
def test_the_terminal_obeys_nothing(folder, command):
    parcels = folder / "layers" / "parcels.gpkg"
    named = (parcels,) if command == "info" else ("--project", folder)
    run = call("-v", command, *named)
    assert run.stdout
    assert not CONTROLS.search(run.stdout)
    assert not CONTROLS.search(run.stderr)


def test_a_refusal_names_a_text_without_obeying_it(folder, tmp_path):
    run = call("card", TERMINAL[0], "--project", folder, "-o", tmp_path / "c.pdf",
               "--recipient", "A")  # fmt: skip
    assert run.exit_code == 3
    assert "\ufffd[31mred" in run.stderr
    assert not CONTROLS.search(run.stderr)


def test_the_card(folder, tmp_path):
    path = tmp_path / "c.pdf"
    run = call("card", HOLDER, "--project", folder, "-o", path, "--recipient", PAYLOADS[3])
    assert run.exit_code == 0
    check_pdf(path, HOLDER, PAYLOADS[3])


def test_the_sheets(folder, tmp_path):
    path = tmp_path / "p.pdf"
    assert call("print", "affected_area", "--project", folder, "-o", path).exit_code == 0
    check_pdf(path, PAYLOADS[4])


def check_pdf(path, *texts):
    """Assert that a document shows texts as they are, and neither acts nor leads anywhere."""
    data = path.read_bytes()
    assert not re.search(rb"/(JS|JavaScript|URI|OpenAction|AA|Launch|Annots)\b", data)
    shown = re.sub(r"\s", "", text_of(data))
    assert [one for one in texts if re.sub(r"\s", "", one) not in shown] == []


def test_the_styles_of_qgis(folder):
    run = call("run", "--project", folder, "--overwrite")
    assert run.exit_code == 0
    assert not CONTROLS.search(run.stderr)
    with sqlite3.connect(folder / "out" / "layers.gpkg") as database:
        styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles"))
    assert "parcels" in styles
    for text in styles.values():
        values = [value for one in ET.fromstring(text).iter() for value in one.attrib.values()]
        assert not [value for value in values if "[%" in value]
        assert all(re.fullmatch(r'(?:represent_value\()?"\w+"\)?|', one) for one in fields(text))


def fields(text):
    return [one.get("fieldName") for one in ET.fromstring(text).iter("text-style")]


def test_the_published_cells_keep_every_code_and_stay_as_they_are(folder):
    kept = folder / "layers" / "published_cells.csv"
    report(folder, "r.json", "--profile", "public")
    before = kept.read_bytes()
    (step,) = published.read_steps(before.decode("utf-8-sig"), "file")
    written = {" ".join(code.split()) for code in step.of("land_type")}
    assert written >= {" ".join(code.split()) for code in FORMULAS[3:]}
    published_file.write_steps(folder, published_file.read_kept(folder))
    assert kept.read_bytes() == before


@pytest.mark.parametrize("name", ["Wells", 'a"b', "{{ 7*7 }}", "layer_styles", "gpkg_contents"])
def test_a_schema_with_a_hostile_name_is_refused_in_words(tmp_path, name):
    folder = write_project(tmp_path / "p", layers=dict.fromkeys(OTHER_LAYERS))
    path = folder / "layers" / "schemas" / f"{name}.toml"
    path.parent.mkdir()
    path.write_text('[layer]\ntitle = "W"\n[columns]\n', encoding="utf-8")
    settings = folder / "geotool.toml"
    line = f'[layers]\n{json.dumps(name)} = "layers/quarries.gpkg"'
    stated = settings.read_text(encoding="utf-8").replace("[layers]", line, 1)
    settings.write_text(stated, encoding="utf-8")
    run = call("validate", "--project", folder)
    assert run.exit_code == 3
    assert f"layers/schemas/{name}.toml" in run.stdout
