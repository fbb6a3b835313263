import pytest

from geotool import schema
from geotool.errors import UsageError
from geotool.sources.records import ColumnPlan
from geotool.sources.sheets.columns_map import load_plan

PARCELS = schema.load_schema("parcels")


def plan(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "map.toml"
    path.write_text(text, encoding=encoding)
    return load_plan(path, PARCELS)


@pytest.mark.parametrize(
    "text",
    [
        '[columns]\nparcel_no = "Thửa số"\nsheet_no = "C"\n',
        '[columns]\n"Thửa số" = "parcel_no"\nC = "sheet_no"\n',
        'parcel_no = "Thửa số"\n[columns]\nsheet_no = "C"\n',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_columns_either_way_round(tmp_path, text, encoding):
    assert plan(tmp_path, text, encoding).columns == {"parcel_no": "Thửa số", "sheet_no": "C"}


def test_what_places_a_row_may_be_named(tmp_path):
    assert plan(tmp_path, 'x = "Bắc"\ny = "Đông"\n').columns == {"x": "Bắc", "y": "Đông"}


def test_the_table(tmp_path):
    text = '[table]\nsheet = "Kỳ Phong"\nheader_rows = [4, 5]\nfirst_row = 7\n'
    assert plan(tmp_path, text) == ColumnPlan({}, "Kỳ Phong", (4, 5), 7)
    assert plan(tmp_path, "[table]\nheader_row = 4\n").header_rows == (4,)
    assert plan(tmp_path, "") == ColumnPlan()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('colour = "red"\n', "neither 'colour' nor 'red' is a column of layer parcels"),
        ("parcel_no = 3\n", "parcel_no must be the name of a column"),
        ('parcel_no = ""\n', "parcel_no must be"),
        ('"Số thửa" = "parcel_no"\nparcel_no = "x"\n', "parcel_no is given twice"),
        ("columns = 3\n", r"\[columns\] must be a table"),
        ("[table]\nsheet = 3\n", "sheet in .* must be text"),
        ("[table]\ncolour = 3\n", "unknown key colour"),
        ("[table]\nheader_rows = [5, 4]\n", "must rise"),
        ("[table]\nheader_rows = [0]\n", "count rows from 1"),
        ("[table]\nfirst_row = true\n", "first_row"),
        ("[table]\nheader_row = 1\nheader_rows = [2]\n", "not both"),
        ("parcel_no = \n", "not valid TOML"),
    ],
)
def test_a_wrong_plan_is_refused_naming_file_and_key(tmp_path, text, says):
    with pytest.raises(UsageError, match=rf"(?s)map\.toml.*{says}"):
        plan(tmp_path, text)


def test_a_missing_plan(tmp_path):
    with pytest.raises(UsageError, match=r"none\.toml"):
        load_plan(tmp_path / "none.toml", PARCELS)
