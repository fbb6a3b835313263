"""What recipes may name of a source is what its layer has."""

import pytest

from geotool import resources, rules, schema
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_content import gather
from geotool.share import redaction
from geotool.share.render import recipe
from geotool.share.render.recipe_keys import COMPUTED_COLUMNS, SCHEMAS
from tests import village_project as vp


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    folder = vp.write_project(tmp_path_factory.mktemp("p"))
    found = assess(open_project(folder), on="2024-12-31")
    profile = redaction.load_profile("committee")
    gathered = {}
    for name in ("overview", "severance", "communes", "handover"):
        shown = gather(found, recipe.load_recipe(name), profile)
        gathered.update(shown.frames)
    return gathered


def test_no_computed_column_that_a_profile_shows_is_unknown_to_recipes(frames):
    results = rules.load_rule("profiles").values["results"].values()
    allowed = {column for level in results for column in level}
    own = set(resources.list_names("layers", "schemas", ".toml"))
    lacking = {}
    for source, frame in frames.items():
        name = SCHEMAS.get(source, source)
        known = {*COMPUTED_COLUMNS.get(source, ())}
        known |= set(schema.load_schema(name).column_names) if name in own else set()
        lacking[source] = (set(frame.columns) & allowed) - known
    assert {source: names for source, names in lacking.items() if names} == {}


def test_columns_are_listed_of_sources_that_exist():
    names = {*recipe.COMPUTED_SOURCES, *resources.list_names("layers", "schemas", ".toml")}
    assert set(COMPUTED_COLUMNS) <= names
