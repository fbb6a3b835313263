"""Words: both languages complete, a project's own words laid over the built-in ones."""

import string
import unicodedata

import pytest

from geotool import resources
from geotool.errors import DataError, UsageError
from geotool.labels import LANGUAGES, load_labels

PARTS = ("layers", "columns", "values", "tables", "map", "report", "commands", "checks")


@pytest.fixture(scope="module")
def labels():
    return load_labels()


def own_words(project_dir, language, text):
    folder = project_dir / "maps"
    folder.mkdir(exist_ok=True)
    (folder / f"labels.{language}.toml").write_text(text, encoding="utf-8")


def test_both_languages_hold_the_same_keys(labels):
    assert labels.missing == ()
    assert all(labels.words[language][key].strip() for language in LANGUAGES for key in labels.keys)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_is_there(language):
    parts = resources.load_toml("maps", f"labels.{language}.toml")
    assert set(PARTS) <= set(parts)
    assert all(parts[part] for part in PARTS)


def test_places_to_fill_are_the_same_in_both_languages(labels):
    for key in labels.keys:
        places = {
            language: {
                name
                for _, name, _, _ in string.Formatter().parse(labels.text(key, language))
                if name is not None
            }
            for language in LANGUAGES
        }
        assert places["vi"] == places["en"], key


def test_vietnamese_is_composed_unicode(labels):
    for key in labels.keys:
        text = labels.text(key, "vi")
        assert unicodedata.is_normalized("NFC", text), key


def test_text_both_and_format(labels):
    assert labels.text("layers.parcels", "vi") == "Thửa đất"
    assert labels.both("layers.parcels") == {"vi": "Thửa đất", "en": "Parcel"}
    assert labels.has("columns.parcel_id")
    assert not labels.has("columns.no_such_column")
    filled = labels.format("map.on_date", "en", {"date": "31/12/2023"})
    assert filled == "Figures as of 31/12/2023"


def test_missing_words_are_refused(labels):
    with pytest.raises(DataError, match=r"columns\.no_such_column"):
        labels.text("columns.no_such_column", "vi")
    with pytest.raises(UsageError):
        labels.text("layers.parcels", "fr")
    with pytest.raises(DataError, match=r"map\.on_date"):
        labels.format("map.on_date", "vi", {})


def test_a_project_adds_and_overrides_single_words(tmp_path, labels):
    own_words(tmp_path, "vi", '[layers]\nparcels = "Lô"\nmy_layer = "Lớp riêng"\n')
    own_words(tmp_path, "en", '[layers]\nmy_layer = "Own layer"\n')
    own = load_labels(tmp_path)
    assert own.both("layers.parcels") == {"vi": "Lô", "en": "Parcel"}
    assert own.both("layers.my_layer") == {"vi": "Lớp riêng", "en": "Own layer"}
    assert own.text("layers.graves", "vi") == labels.text("layers.graves", "vi")
    assert set(own.keys) == {*labels.keys, "layers.my_layer"}


def test_a_word_in_one_language_is_shown_in_both(tmp_path):
    own_words(tmp_path, "vi", '[layers]\nmy_layer = "Lớp riêng"\n')
    own = load_labels(tmp_path)
    assert own.both("layers.my_layer") == {"vi": "Lớp riêng", "en": "Lớp riêng"}
    assert own.missing == ()


def test_a_project_without_words_has_the_built_in_ones(tmp_path, labels):
    assert load_labels(tmp_path).words == labels.words


@pytest.mark.parametrize(
    "text", ['[layers]\nparcels = ""\n', "[layers]\nparcels = 5\n", 'parcels = "Lô"\n', "[layers"]
)
def test_unusable_words_are_refused(tmp_path, text):
    own_words(tmp_path, "vi", text)
    with pytest.raises(DataError, match="labels"):
        load_labels(tmp_path)


def test_words_cannot_be_changed(labels):
    with pytest.raises(TypeError):
        labels.words["vi"]["layers.parcels"] = "x"


@pytest.mark.parametrize(
    "place",
    ["{recipient.__class__}", "{recipient[0]}", "{recipient!r}", "{recipient:>99}", "{}", "{0}"],
)
def test_a_place_to_fill_is_a_bare_name(tmp_path, place):
    (tmp_path / "maps").mkdir()
    own = tmp_path / "maps" / "labels.vi.toml"
    own.write_text(f'[map]\ninternal_only = "{place} W"\n', encoding="utf-8")
    with pytest.raises(DataError, match="cannot be filled in"):
        load_labels(tmp_path).format("map.internal_only", "vi", {"recipient": "A", "date": "x"})
