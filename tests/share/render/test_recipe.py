import pytest

from geotool import labels
from geotool.errors import DataError, SchemaError
from geotool.share.render import recipe
from geotool.share.render.recipe_keys import SCHEMAS

NAMES = [
    "affected_area",
    "alternatives",
    "communes",
    "graves",
    "handover",
    "households",
    "landmarks",
    "overview",
    "severance",
]


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


@pytest.mark.parametrize("source", recipe.COMPUTED_SOURCES)
def test_a_computed_source_has_words_of_its_own(source):
    assert labels.load_labels().has(f"layers.{source}")


@pytest.mark.parametrize("source", ["contributions", "events", "holdings", "widths", "petitions"])
def test_a_table_without_shapes_is_no_layer_of_a_map(tmp_path, source):
    (found,) = mistakes_of(tmp_path, source, 'style = "parcels"\ncolumns = ["note"]')
    assert (found.key, found.meant) == ("layers[1].source", "")
    assert "without shapes" in found.text
    assert "tables" in found.remedy


def test_a_table_without_shapes_is_not_told_to_name_a_style(tmp_path):
    (found,) = mistakes_of(tmp_path, "holdings", 'columns = ["note"]')
    assert found.key == "layers[1].source"


def test_households_may_come_as_a_table_and_be_drawn(tmp_path):
    assert mistakes_of(tmp_path, "households", 'columns = ["household_id", "relocated"]') == []


@pytest.mark.parametrize(
    ("source", "column"),
    [("parcels", "room_count"), ("cells", "take_class"), ("graves", "piece_no")],
)
def test_what_geotool_computes_of_another_layer_is_no_column(tmp_path, source, column):
    (found,) = mistakes_of(tmp_path, source, f'columns = ["{column}"]\nfilters = ["{column}"]')
    assert found.key == "layers[1].columns"
    assert f"'{column}' is no column of {source}" in found.text


def test_figures_of_communes_need_indicators(tmp_path):
    keys = 'columns = ["commune_name", "household_count"]\n'
    (found,) = mistakes_of(tmp_path / "a", "communes", keys)
    assert found.remedy == "Name 'household_count' in indicators too."
    assert mistakes_of(tmp_path / "b", "communes", keys + 'indicators = ["household_count"]') == []


def test_compared_by_a_column_that_each_alternative_has(tmp_path):
    keys = 'columns = ["grave_id", "version"]\nfilters = ["version"]'
    assert mistakes_of(tmp_path / "a", "graves", keys, 'compare_column = "version"\n') == []
    assert mistakes_of(tmp_path / "b", "graves", keys)


def test_an_unknown_column_is_never_suggested(tmp_path):
    keys = 'columns = ["parcel_idd", "land_type"]\ntitle_column = "parcel_id"'
    found = mistakes_of(tmp_path, "parcels", keys)
    assert [mistake.meant for mistake in found] == ["parcel_id", ""]
    assert found[1].remedy == "Add 'parcel_id' to its columns."


def test_a_sum_refused_because_of_parts_suggests_no_other_quantity(tmp_path):
    keys = 'columns = ["document_area_m2"]\nsums = ["document_area_m2"]'
    (found,) = [one for one in mistakes_of(tmp_path, "land_take", keys) if "sums" in one.key]
    assert found.meant == ""
    assert "parts into which land_take is divided by place" in str(found)
    (found,) = mistakes_of(tmp_path / "b", "blockers", 'columns = []\nsums = ["from_chainage_m"]')
    assert "none of its columns" in str(found)


@pytest.mark.parametrize("words", ['"Wells"', '["a", "b"]'])
def test_a_title_in_one_text_is_told_the_shape_wanted(tmp_path, words):
    text = f'title = {words}\n[[layers]]\nsource = "parcels"\n'
    folder = write_recipe(tmp_path, text)
    (found,) = recipe.inspect_recipe("own", folder)[1]
    assert (found.key, "{ vi = " in found.text) == ("title", True)


def test_a_style_is_not_doubted_while_the_styles_cannot_be_read(tmp_path):
    folder = write_recipe(
        tmp_path, LAYER.format(source="parcels", keys='columns = []\nstyle = "mine"')
    )
    styles = folder / "maps" / "styles.toml"
    styles.write_text('[styles.mine]\nfill = "red"\n', encoding="utf-8")
    assert [one.key for one in recipe.inspect_recipe("own", folder)[1]] == [recipe.STYLES]
    styles.write_text("[styles.mine\n", encoding="utf-8")
    assert [one.key for one in recipe.inspect_recipe("own", folder)[1]] == [recipe.STYLES]


def test_a_mistake_made_a_hundred_times_is_told_once(tmp_path):
    text = LAYER.format(source="parcels", keys="") + '[[layers]]\nsource = "parcels"\n' * 499
    (found,) = recipe.inspect_recipe("own", write_recipe(tmp_path / "a", text))[1]
    assert "500 times" in found.text
    text = LAYER.format(source="parcels", keys="colour = 1")
    with pytest.raises(SchemaError, match="toml: 1 mistake: "):
        recipe.load_recipe("own", write_recipe(tmp_path / "b", text))
    columns = ", ".join(f'"moon_{number}"' for number in range(300))
    text = LAYER.format(source="parcels", keys=f"columns = [{columns}]")
    with pytest.raises(SchemaError, match="and 280 more") as caught:
        recipe.load_recipe("own", write_recipe(tmp_path / "c", text))
    assert len(caught.value.problems) == 300


def test_tables_a_recipe_may_name_have_titles():
    words = labels.load_labels()
    assert all(words.has(f"tables.{name}") for name in recipe.COMPUTED_TABLES)


LAYER = '[title]\nvi = "A"\nen = "A"\n[[layers]]\nsource = "{source}"\n{keys}\n'


def mistakes_of(folder, source, keys, lead=""):
    text = lead + LAYER.format(source=source, keys=keys)
    return recipe.inspect_recipe("own", write_recipe(folder, text))[1]


def test_what_the_page_filters_adds_up_and_colours(tmp_path):
    folder = write_recipe(
        tmp_path,
        'compare_column = "alignment_id"\ndate_slider = true\n'
        + LAYER.format(
            source="land_take",
            keys='columns = ["parcel_id", "land_type", "taken_share"]\n'
            'filters = ["land_type", "section_id", "alignment_id"]\n'
            'sums = ["affected_area_m2"]\nindicators = ["taken_share"]',
        )
        + '[[layers]]\nsource = "handover"\ncolumns = ["state"]\nfilters = ["state"]\n',
    )
    loaded = recipe.load_recipe("own", folder)
    assert (loaded.compare_column, loaded.date_slider) == ("alignment_id", True)
    land = loaded.layers[0]
    assert land.filters == ("land_type", "section_id", "alignment_id")
    assert (land.sums, land.indicators) == (("affected_area_m2",), ("taken_share",))


@pytest.mark.parametrize(
    ("source", "keys", "key", "words", "meant"),
    [
        ("parcels", 'columns = ["land_type"]\nfilters = ["land_typ"]', "filters", "", "land_type"),
        ("parcels", 'columns = ["land_type"]\nfilters = ["section_id"]', "filters", "known", ""),
        ("parcels", 'columns = ["land_type"]\nsums = ["land_type"]', "sums", "added up", ""),
        ("parcels", 'columns = ["land_type"]\nindicators = 3', "indicators", "list", ""),
        ("land_take", 'columns = ["taken_share"]\nsums = ["taken_share"]', "sums", "", ""),
        ("land_take", 'columns = ["drawn_area_m2"]\nsums = ["drawn_area_m2"]', "sums", "", ""),
        (
            "cells",
            'columns = ["section_id"]\nindicators = ["section_id"]',
            "indicators",
            "coloured by",
            "",
        ),
        ("cells", 'columns = ["section_id"]\nfilter = ["section_id"]', "filter", "", "filters"),
        ("cell", 'style = "cells"\ncolumns = []', "source", "", "cells"),
        ("cells", 'columns = []\nstyle = "cels"', "style", "", "cells"),
    ],
)
def test_a_mistake_names_its_key_and_what_was_meant(tmp_path, source, keys, key, words, meant):
    found = mistakes_of(tmp_path, source, keys)
    assert found
    assert {mistake.key for mistake in found} == {f"layers[1].{key}"}
    assert found[0].meant == meant or not meant
    assert words in str(found[0])


@pytest.mark.parametrize(
    ("lead", "key"),
    [
        ('compare_column = "alignment_id"\n', "compare_column"),
        ("compare_column = 3\n", "compare_column"),
        ("date_slider = true\n", "date_slider"),
        ('date_slider = "yes"\n', "date_slider"),
    ],
)
def test_panes_that_would_not_differ_and_a_slider_of_nothing(tmp_path, lead, key):
    found = mistakes_of(tmp_path, "parcels", 'columns = ["parcel_id"]', lead)
    assert [mistake.key for mistake in found] == [key]


def test_a_title_in_an_unknown_language_is_told(tmp_path):
    text = LAYER.format(source="parcels", keys="columns = []").replace('vi = "A"', 'vn = "A"')
    found = recipe.inspect_recipe("own", write_recipe(tmp_path, text))[1]
    assert [mistake.key for mistake in found] == ["title.vn", "title.vi"]


def test_hostile_words_of_a_recipe_are_quoted_as_they_are(tmp_path):
    hostile = "</script>{{ 7*7 }}${x}<img onerror=alert(1)>"
    found = mistakes_of(tmp_path, "parcels", f'columns = ["{hostile}"]')
    assert len(found) == 1
    assert hostile in str(found[0])


def test_every_built_in_layer_is_filtered_and_added_up_by_what_it_has():
    for name in NAMES:
        loaded = recipe.load_recipe(name)
        assert loaded.date_slider == (name == "handover")
        assert loaded.compare_column == ("alignment_id" if name == "alternatives" else None)
    (communes,) = [one for one in recipe.load_recipe("communes").layers if one.indicators]
    assert communes.source == "communes"
    assert set(communes.indicators) <= set(communes.columns)


MAIN = {
    "affected_area": "land_take",
    "alternatives": "land_take",
    "communes": "communes",
    "graves": "graves",
    "handover": "handover",
    "households": "households",
    "landmarks": "landmarks",
    "overview": "land_take",
    "severance": "remainders",
}


@pytest.mark.parametrize("name", NAMES)
def test_a_built_in_map_is_about_one_visible_layer(name):
    (main,) = [layer for layer in recipe.load_recipe(name).layers if layer.main]
    assert (main.source, main.visible) == (MAIN[name], True)


def test_a_second_main_layer_is_told(tmp_path):
    text = LAYER.format(source="parcels", keys="main = true")
    for source in ("graves", "landmarks"):
        text += f'[[layers]]\nsource = "{source}"\nmain = true\n'
    found = recipe.inspect_recipe("own", write_recipe(tmp_path, text))[1]
    assert [mistake.key for mistake in found] == ["layers[2].main", "layers[3].main"]
    assert "layers[1]" in str(found[0])


def test_main_is_a_flag(tmp_path):
    found = mistakes_of(tmp_path, "parcels", 'main = "yes"')
    assert [mistake.key for mistake in found] == ["layers[1].main"]


@pytest.mark.parametrize("name", NAMES)
def test_layers_share_a_filter_only_where_it_means_the_same(name):
    shared = {"commune_id", "section_id", "alignment_id", "land_type", "basis"}
    owners = {}
    for layer in recipe.load_recipe(name).layers:
        for column in layer.filters:
            owners.setdefault(column, set()).add(SCHEMAS.get(layer.source, layer.source))
    assert [column for column, of in owners.items() if len(of) > 1 and column not in shared] == []


@pytest.mark.parametrize("name", NAMES)
def test_no_land_type_to_filter_where_nothing_shown_has_it(name):
    layers = recipe.load_recipe(name).layers
    having = [layer for layer in layers if "land_type" in layer.filters]
    assert not having or any(layer.visible for layer in having)


@pytest.mark.parametrize("name", NAMES)
def test_every_map_but_the_overview_says_what_it_is_about(name):
    read = recipe.load_recipe(name)
    assert bool(read.subject) == (name != "overview")


def test_a_subject_is_the_source_of_a_layer(tmp_path):
    text = 'subject = ["parcels", "gravez"]\n' + LAYER.format(source="parcels", keys="")
    text += '[[layers]]\nsource = "graves"\n'
    (mistake,) = recipe.inspect_recipe("own", write_recipe(tmp_path, text))[1]
    assert mistake.key == "subject"
    assert "gravez" in str(mistake)
    assert "graves" in str(mistake)
