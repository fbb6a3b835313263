import pytest

from geotool import labels
from geotool.errors import DataError, SchemaError
from geotool.share.render import recipe

NAMES = ["affected_area", "graves", "handover", "landmarks", "overview"]


def write_recipe(folder, text, name="own"):
    room = folder / "maps" / "recipes"
    room.mkdir(parents=True)
    (room / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def test_built_in_recipes():
    assert recipe.recipe_names() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_built_in_recipes_are_sound_and_have_words(name):
    words = labels.load_labels()
    loaded = recipe.load_recipe(name)
    assert loaded.title["vi"]
    assert all(words.has(f"tables.{table}") for table in loaded.tables)
    for layer in loaded.layers:
        assert all(words.has(f"columns.{column}") for column in layer.columns), layer.source


def test_built_in_recipes_name_no_person():
    persons = {"head_name", "phone", "id_number", "deceased_name", "family_contact"}
    for name in NAMES:
        for layer in recipe.load_recipe(name).layers:
            assert not persons & set(layer.columns)


def test_a_projects_own_recipe(tmp_path):
    folder = write_recipe(
        tmp_path,
        'tables = ["totals"]\n[title]\nvi = "Của tôi"\nen = "Mine"\n'
        '[[layers]]\nsource = "parcels"\ncolumns = ["parcel_id"]\ntitle_column = "parcel_id"\n',
    )
    assert "own" in recipe.recipe_names(project_dir=folder)
    loaded = recipe.load_recipe("own", folder)
    assert loaded.title == {"vi": "Của tôi", "en": "Mine"}
    assert loaded.layers[0] == recipe.RecipeLayer(
        "parcels", "parcels", ("parcel_id",), title_column="parcel_id"
    )
    assert loaded.tables == ("totals",)


def test_every_mistake_is_listed_at_once(tmp_path):
    folder = write_recipe(
        tmp_path,
        'tabels = []\n[title]\nvi = "Chỉ một"\n'
        '[[layers]]\nsource = "parcel"\nstyle = "pink"\nvisible = "yes"\ncolumns = "all"\n'
        'group = "land"\nclass_column = "kind"\n'
        '[[layers]]\nsource = "graves"\n[[layers]]\nsource = "graves"\ncolour = "red"\n',
    )
    with pytest.raises(SchemaError) as caught:
        recipe.load_recipe("own", folder)
    text = str(caught.value)
    for part in (
        "'tabels'",
        "title.en is missing",
        "source 'parcel' is unknown",
        "style 'pink' is unknown",
        "layers[1].visible",
        "layers[1].columns",
        "group 'land'",
        "'kind' is not among its columns",
        "'graves' is named twice",
        "'colour' in layers[3]",
    ):
        assert part in text, part
    assert len(caught.value.problems) == 10


def test_a_recipe_without_layers_is_refused(tmp_path):
    folder = write_recipe(tmp_path, '[title]\nvi = "a"\nen = "b"\n')
    with pytest.raises(SchemaError, match="no \\[\\[layers\\]\\] entry"):
        recipe.load_recipe("own", folder)


def test_an_unknown_recipe_lists_those_that_exist():
    with pytest.raises(DataError, match="affected_area"):
        recipe.load_recipe("nonsense")


def test_unknown_tables_columns_and_styles_are_told_together(tmp_path):
    folder = write_recipe(
        tmp_path,
        'tables = ["totals", "by_moon"]\n[title]\nvi = "A"\nen = "A"\n'
        '[[layers]]\nsource = "parcels"\ncolumns = ["parcel_id", "owner_name"]\n'
        '[[layers]]\nsource = "cells"\ncolumns = ["section_id", "moon"]\n',
    )
    (folder / "maps" / "styles.toml").write_text(
        '[styles.parcels]\nfill = "javascript:alert(1)"\n', encoding="utf-8"
    )
    with pytest.raises(SchemaError) as caught:
        recipe.load_recipe("own", folder)
    told = "\n".join(caught.value.problems)
    for word in ("by_moon", "owner_name", "moon", "styles.toml", "styles.parcels.fill"):
        assert word in told
    assert str(len(caught.value.problems)) in caught.value.message


def test_tables_a_recipe_may_name_have_titles():
    words = labels.load_labels()
    assert all(words.has(f"tables.{name}") for name in recipe.COMPUTED_TABLES)
