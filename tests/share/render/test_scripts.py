"""The page's own scripts: run under node, and held to the rules they live by."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from geotool import labels, resources, units
from geotool.labels import load_labels
from geotool.share.render.assets import load_assets
from geotool.share.tables import cell_text

ROOT = Path(__file__).parents[3]
ASSETS = ROOT / "maps" / "assets"
SCRIPTS = sorted(ASSETS.glob("*.js"))
VECTORS = json.loads((ROOT / "tests" / "js" / "format_vectors.json").read_text(encoding="utf-8"))


def test_node_agrees_with_the_golden_vectors():
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed; the scripts' own tests did not run")
    tests = sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.mjs"))
    done = subprocess.run(
        [node, "--test", *tests], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_types_of_the_scripts_agree():
    tsc = shutil.which("tsc")
    if tsc is None:
        pytest.skip("tsc is not installed (Debian: node-typescript); types were not checked")
    command = [tsc, "-p", str(ROOT / "tests" / "js" / "tsconfig.json")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_python_agrees_with_the_golden_vectors():
    for one in VECTORS["numbers"]:
        for language in ("vi", "en"):
            shown = units.format_number(one["value"], language=language, decimals=one["decimals"])
            assert shown == one[language]
    for one in VECTORS["chainages"]:
        assert units.format_chainage(one["value"]) == one["text"]
    for one in VECTORS["shares"]:
        assert units.format_share(one["value"], language="vi") == one["vi"]
        assert units.format_share(one["value"], language="en") == one["en"]
    words = labels.load_labels()
    for name, kind in (("dates", "date"), ("plain", "number")):
        for one in VECTORS[name]:
            for language in ("vi", "en"):
                shown = cell_text(one["value"], kind, labels=words, language=language)
                assert shown == one[language]


def test_every_file_is_listed_once():
    manifest = resources.load_toml("maps", "assets/manifest.toml")
    named = [manifest["shell"], manifest["guard"], manifest["licences"]]
    listed = [*manifest["scripts"], *manifest["styles"], *named]
    assert sorted(listed) == sorted(
        path.name for path in ASSETS.iterdir() if path.is_file() and path.name != "manifest.toml"
    )


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_text_reaches_the_page_as_text_only(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", text)
    assert not re.search(r"bindPopup|bindTooltip|new Function|fetch\(|XMLHttpRequest", text)
    assert "</script" not in text
    assert len(text.splitlines()) <= 400


def test_every_word_the_scripts_use_is_listed_and_exists():
    assets, labels = load_assets(), load_labels()
    shell = assets.before_map + assets.after_map
    used = set(re.findall(r'data-(?:word|text)="([\w.]+)"', shell))
    used |= set(re.findall(r'"(map\.\w+)"', assets.scripts))
    assert used <= set(assets.words)
    assert all(labels.has(key) for key in assets.words)
    assert {key for key in assets.words if key.startswith("map.")} == used


def test_leaflet_is_whole_and_asks_for_no_file():
    assets = load_assets()
    assert assets.leaflet_version.startswith("1.9")
    assert "sourceMappingURL" not in assets.leaflet_script
    assert "url(images/" not in assets.leaflet_style
    assert assets.leaflet_style.count("data:image/png;base64,") == 3
