"""The data rooms are complete: every file parses, every word exists in both languages."""

import tomllib
from datetime import date

import pytest

from geotool import labels, resources, rules, schema

LAYERS = schema.layer_names()
ROOMS = [resources.room_dir("layers"), resources.room_dir("maps")]
TOML_FILES = sorted(path for room in ROOMS for path in room.rglob("*.toml"))
README = (resources.room_dir("layers") / "README.md").read_text(encoding="utf-8")
DESIGN_LAYERS = {
    "alignments", "border", "bridges", "cemeteries", "chainage_equations", "chainage_posts",
    "communes", "contributions", "events", "graves", "holdings", "households", "indicators",
    "landmark_roads", "landmarks", "lots", "organisations", "parcels", "petitions", "quarries",
    "resettlement_sites", "right_of_way", "roads", "sections", "stakes", "structures",
    "utilities", "widths",
}  # fmt: skip


@pytest.mark.parametrize("path", TOML_FILES, ids=lambda path: path.name)
def test_every_toml_file_parses(path):
    assert tomllib.loads(path.read_text(encoding="utf-8"))
    assert b"\r" not in path.read_bytes()


def test_every_layer_of_the_design_has_a_schema():
    assert set(LAYERS) == DESIGN_LAYERS


def test_names_of_layers_are_unique():
    names = {}
    for layer in LAYERS:
        for name in (layer, *schema.load_schema(layer).names):
            assert names.setdefault(schema.normalise_name(name), layer) == layer
            assert schema.canonical_layer_name(name) == layer


@pytest.mark.parametrize("layer", LAYERS)
def test_aliases_mean_one_column(layer):
    found = {}
    for column, names in schema.column_aliases(schema.load_schema(layer)).items():
        for name in (column, *names):
            assert found.setdefault(schema.normalise_name(name), column) == column, name


def test_aliases_belong_to_layers_columns_and_codes_that_exist():
    tables = resources.load_toml("layers", "aliases.vi.toml")
    values = tables.pop("values")
    common = tables.pop("common")
    tables.pop("coordinates")  # columns that place a row of a table; no layer
    schemas = {layer: schema.load_schema(layer) for layer in LAYERS}
    every = {column.name: column for found in schemas.values() for column in found.columns}
    assert set(tables) <= set(LAYERS)
    assert set(common) <= set(every)
    for layer, columns in tables.items():
        assert set(columns) <= set(schemas[layer].column_names), layer
    for column, codes in values.items():
        if column == "boolean":
            assert set(codes) == {"true", "false"}
            continue
        allowed = {code for s in schemas.values() for c in s.columns if c.name == column
                   for code in c.values}  # fmt: skip
        if allowed:
            assert set(codes) <= allowed, column
        else:  # a column that is free to hold other text: its codes have words
            assert [code for code in codes if not labels.load_labels().has(f"values.{code}")] == []
        spellings = {}
        for code, texts in codes.items():
            for text in (code, *texts):
                assert spellings.setdefault(schema.normalise_name(text), code) == code, text


@pytest.mark.parametrize("layer", LAYERS)
def test_words_of_every_layer_column_and_code_exist_in_both_languages(layer):
    words = labels.load_labels()
    found = schema.load_schema(layer)
    keys = [f"layers.{layer}"]
    keys += [f"columns.{column.name}" for column in found.columns]
    keys += [f"values.{value}" for column in found.columns for value in column.values]
    assert [key for key in keys if not words.has(key)] == []


def test_no_language_lacks_a_word():
    assert labels.load_labels().missing == ()


def test_every_check_has_a_name_and_a_remedy():
    words = labels.load_labels()
    for check in rules.load_checks().values():
        assert words.has(check.message_key)
        assert words.has(check.remedy_key)


@pytest.mark.parametrize("name", rules.list_rules())
def test_every_rule_has_a_citation_and_a_date(name):
    rule = rules.load_rule(name)
    assert rule.title.strip()
    assert rule.citation.strip()
    assert isinstance(rule.effective_from, date)
    assert f"| {name} |" in README


@pytest.mark.parametrize("layer", LAYERS)
def test_the_readme_names_every_column(layer):
    line = next(line for line in README.splitlines() if line.startswith(f"| {layer} |"))
    cell = line.split("|")[4]
    names = [name.strip().strip("*") for name in cell.split(",")]
    assert names == list(schema.load_schema(layer).column_names)
    required = [name.strip().strip("*") for name in cell.split(",") if "**" in name]
    assert required == [c.name for c in schema.load_schema(layer).columns if c.required]


@pytest.mark.parametrize("layer", LAYERS)
def test_schemas_are_sound(layer):
    found = schema.load_schema(layer)
    assert found.key is None or found.column(found.key).required
    for column in found.columns:
        assert column.description
        if column.person:
            assert column.visibility == "internal", column.name
        if column.name.endswith("_m2"):
            assert column.unit == "m2"
        if column.values:
            assert column.type == "text"


def test_person_data_are_marked():
    marked = {
        (layer, column.name)
        for layer in LAYERS
        for column in schema.load_schema(layer).columns
        if column.person
    }
    assert {
        ("households", "head_name"),
        ("households", "phone"),
        ("households", "id_number"),
        ("graves", "deceased_name"),
        ("graves", "family_contact"),
        ("contributions", "contributor_name"),
    } <= marked


def test_the_public_sees_no_parcels_households_or_holders_one_by_one():
    forms = {layer: schema.load_schema(layer).public for layer in LAYERS}
    assert forms["parcels"] == "dissolved"
    for layer in ("households", "holdings", "structures", "organisations", "petitions"):
        assert forms[layer] == "none"


def test_the_examples_of_the_readme_work(tmp_path):
    blocks = [block.partition("```")[0] for block in README.split("```toml\n")[1:]]
    layer, aliases, rule = blocks
    for folder in ("schemas", "rules"):
        (tmp_path / "layers" / folder).mkdir(parents=True)
    (tmp_path / "layers" / "schemas" / "wells.toml").write_text(layer, encoding="utf-8")
    (tmp_path / "layers" / "aliases.vi.toml").write_text(aliases, encoding="utf-8")
    (tmp_path / "layers" / "rules" / "own.toml").write_text(rule, encoding="utf-8")
    wells = schema.load_schema("wells", project_dir=tmp_path)
    match = schema.match_columns(["Giếng", "depth_m"], wells, project_dir=tmp_path)
    assert match.mapping == {"Giếng": "well_id", "depth_m": "depth_m"}
    parcels = schema.load_schema("parcels", project_dir=tmp_path)
    match = schema.match_columns(["Mã xã mới", "mã thửa"], parcels, project_dir=tmp_path)
    assert match.mapping == {"Mã xã mới": "commune_id", "mã thửa": "parcel_id"}
    assert rules.load_rule("own", project_dir=tmp_path).citation == "QCVN 07-10:2016/BXD, 2.2.2"
    states = schema.value_aliases("state", project_dir=tmp_path)
    assert states["in_use"] == ["đang dùng"]
    assert "đã bàn giao" in states["handed_over"]


def test_no_label_of_a_column_is_another_name_of_its_neighbour():
    aliases = tomllib.loads(
        (resources.room_dir("layers") / "aliases.vi.toml").read_text(encoding="utf-8")
    )
    words = labels.load_labels()
    clashes = []
    for layer in LAYERS:
        own = {**aliases["common"], **aliases.get(layer, {})}
        columns = schema.load_schema(layer).column_names
        named = {
            schema.normalise_name(name): column
            for column in columns
            for name in own.get(column, ())
        }
        for column in columns:
            label = schema.normalise_name(words.text(f"columns.{column}", "vi"))
            if named.get(label, column) != column:
                clashes.append((layer, column, named[label]))
    assert clashes == []
