from decimal import Decimal

import pytest

from geotool import schema, unit_names
from geotool.errors import DataError


@pytest.mark.parametrize(
    ("name", "plain", "unit"),
    [
        ("Diện tích (ha)", "Diện tích", "ha"),
        ("Diện tích(m²)", "Diện tích", "m²"),
        ("Diện tích [m2]", "Diện tích", "m2"),
        ("Diện tích, m2", "Diện tích", "m2"),
        ("Diện tích (ha) thu hồi", "Diện tích thu hồi", "ha"),
        ("Số tiền (triệu đồng)", "Số tiền", "triệu đồng"),
        ("Kinh phí (ĐVT: 1.000đ)", "Kinh phí", "1.000đ"),
        ("DT_ha", "DT", "ha"),
        ("dien_tich_ha", "dien_tich", "ha"),
        ("length_km", "length", "km"),
        ("Diện tích HA", "Diện tích", "HA"),
        ("Tờ, thửa", "Tờ, thửa", None),
        ("Diện tích (theo GCN)", "Diện tích (theo GCN)", None),
        ("Tên Hà", "Tên Hà", None),
        ("ha", "ha", None),
        ("", "", None),
    ],
)
def test_a_unit_in_a_name(name, plain, unit):
    assert unit_names.split_unit(name) == (plain, unit)


@pytest.mark.parametrize(
    ("text", "measure", "factor"),
    [
        ("m2", "area", "1"), ("m²", "area", "1"), ("mét vuông", "area", "1"),
        ("(Héc-ta)", "area", None), ("hecta", "area", "10000"), ("KM", "length", "1000"),
        ("Nghìn đồng", "money", "1000"), ("tr.đ", "money", "1000000"),
        ("tỉ đồng", "money", "1000000000"), ("kv", "voltage", "1"), ("V", "voltage", "0.001"),
    ],
)  # fmt: skip
def test_spellings(text, measure, factor):
    unit = unit_names.find_unit(text)
    if factor is None:
        assert unit is None or unit.factor == 10000
        return
    assert (unit.measure, unit.factor) == (measure, Decimal(factor))


def test_units_that_differ_from_place_to_place_have_no_factor():
    assert unit_names.find_unit("sào").factor is None
    assert unit_names.find_unit("mẫu Bắc Bộ").factor is None
    assert unit_names.find_unit("feet") is None


def test_columns_are_matched_without_their_unit_and_brackets():
    lots = schema.load_schema("lots")
    for name in ("Diện tích (ha)", "Diện tích (m²)", "dien_tich_ha", "Diện tích (theo QĐ)"):
        assert schema.match_columns([name], lots).mapping == {name: "area_m2"}
    found = schema.match_columns(["Diện tích (cũ)", "Diện tích"], lots)
    assert found.mapping == {"Diện tích": "area_m2"}
    assert found.unmatched == ["Diện tích (cũ)"]
    assert [notice.rule for notice in found.notices] == ["exact_column_wins"]


def test_a_projects_own_units(tmp_path):
    (tmp_path / "layers").mkdir()
    path = tmp_path / "layers" / "units.toml"
    path.write_text('[sao]\nmeasure = "area"\nfactor = "360"\nnames = ["sào"]\n', encoding="utf-8")
    assert unit_names.find_unit("sào", project_dir=tmp_path).factor == 360
    path.write_text('[sao]\nfactor = "x"\n', encoding="utf-8")
    other = tmp_path / "b" / "layers"
    other.mkdir(parents=True)
    path.rename(other / "units.toml")
    with pytest.raises(DataError, match=r"units\.toml.*sao"):
        unit_names.find_unit("sào", project_dir=tmp_path / "b")
