import pytest

from geotool import resources
from geotool.errors import SchemaError
from geotool.share.render import style


def write_styles(folder, text):
    (folder / "maps").mkdir()
    (folder / "maps" / "styles.toml").write_text(text, encoding="utf-8")
    return folder


def test_classes_override_parts_of_the_base():
    styles = style.load_styles()
    take = styles.style("land_take")
    assert take.classes["partial"].stroke == take.symbol.stroke
    assert take.classes["full"].fill != take.symbol.fill
    assert styles.style("communes").background


def test_area_classes_differ_in_black_and_white():
    take = style.load_styles().style("land_take").classes
    assert take["full"].hatch != take["partial"].hatch
    handover = style.load_styles().style("handover").classes
    assert handover["handed_over"].hatch != handover["not_handed_over"].hatch


def test_values_without_a_style_follow_in_natural_order_and_differ():
    symbols = style.load_styles().class_symbols("land_take", ["Z10", "", "Z2", "full"])
    assert list(symbols) == ["full", "Z2", "Z10", ""]
    assert symbols["Z2"] != symbols["Z10"]
    assert symbols["Z2"].hatch != symbols["Z10"].hatch


def test_unknown_style_lists_the_known():
    with pytest.raises(SchemaError, match=r"There is no style 'nonsense'.*parcels"):
        style.load_styles().style("nonsense")


def test_project_styles_lie_over_the_built_in(tmp_path):
    folder = write_styles(tmp_path, '[styles.parcels]\nfill = "#123456"\n[styles.wells]\n')
    styles = style.load_styles(project_dir=folder)
    assert styles.style("parcels").symbol.fill == "#123456"
    assert "wells" in styles.styles
    assert styles.style("graves") == style.load_styles().style("graves")


def test_every_mistake_of_the_file_is_listed(tmp_path):
    folder = write_styles(
        tmp_path,
        '[palette]\nothers = ["blue"]\n'
        '[styles.parcels]\nfill = "red"\nopacity = 2\nhatch = "wavy"\ncolour = "#000000"\n'
        "background = 1\ndash = [0]\n[styles.parcels.classes]\nfull = 3\n",
    )
    with pytest.raises(SchemaError) as caught:
        style.load_styles(project_dir=folder)
    text = str(caught.value)
    for part in ("fill", "opacity", "hatch", "colour", "background", "dash", "full", "palette"):
        assert part in text
    assert len(caught.value.problems) == 8


def test_every_schema_with_shapes_that_a_recipe_draws_has_a_style():
    styles = style.load_styles()
    assert {"parcels", "graves", "landmarks"} <= set(styles.styles)
    assert len(styles.palette) >= 8
    assert resources.list_names("maps", "recipes", ".toml")
