import unicodedata
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon

from geotool import coercion, schema
from geotool.errors import DataError, SchemaError
from geotool.labels import load_labels

PARCELS = schema.load_schema("parcels")
HOUSEHOLDS = schema.load_schema("households")
SQUARE = Polygon([(0, 0), (10, 0), (10, 10), (0, 10)])


def rules_of(problems):
    return [problem.rule for problem in problems]


def parcels(**columns):
    size = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=[SQUARE] * size, crs="EPSG:9209")


# names ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Số thửa", "so_thua"),
        (unicodedata.normalize("NFD", "Số thửa"), "so_thua"),
        ("SO THUA", "so_thua"),
        ("Đất ở / đô thị", "dat_o_do_thi"),
        (" __Lý-trình (m) ", "ly_trinh_m"),
        ("ĐIỆN THOẠI", "dien_thoai"),
    ],
)
def test_names_are_compared_without_accents_case_and_punctuation(text, plain):
    assert schema.normalise_name(text) == plain


@given(st.text(max_size=30))
def test_normalising_a_name_twice_changes_nothing_and_composition_does_not_matter(text):
    once = schema.normalise_name(text)
    assert schema.normalise_name(once) == once
    assert schema.normalise_name(unicodedata.normalize("NFD", text)) == schema.normalise_name(
        unicodedata.normalize("NFC", text)
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("parcel", "parcels"),
        ("Parcels", "parcels"),
        ("utility", "utilities"),
        ("border", "border"),
        ("rights_of_way", "right_of_way"),
        ("cemetery", "cemeteries"),
    ],
)
def test_layers_are_called_in_singular_and_plural(text, name):
    assert schema.canonical_layer_name(text) == name


def test_an_unknown_layer_lists_the_layers():
    with pytest.raises(SchemaError, match=r"'pigs'.*parcels"):
        schema.canonical_layer_name("pigs")


# columns ---------------------------------------------------------------------------------------


def test_vietnamese_columns_are_matched():
    columns = ["Số tờ", "SỐ THỬA", "loại đất", "Diện tích GCN", "mã xã", "Ghi chú", "geometry", "X"]
    match = schema.match_columns(columns, PARCELS)
    assert match.mapping == {
        "Số tờ": "sheet_no",
        "SỐ THỬA": "parcel_no",
        "loại đất": "land_type",
        "Diện tích GCN": "document_area_m2",
        "mã xã": "commune_id",
        "Ghi chú": "note",
    }
    assert match.unmatched == ["X"]
    assert match.notices == []


def test_cut_names_of_a_shapefile_are_matched():
    match = schema.match_columns(
        ["parcel_id", "document_a", "dien_tich_"],
        PARCELS.__class__(**{**PARCELS.__dict__, "columns": PARCELS.columns[:2]}),
    )
    assert match.mapping == {"parcel_id": "parcel_id"}
    match = schema.match_columns(["commune_na", "commune_id"], schema.load_schema("communes"))
    assert match.mapping == {"commune_na": "commune_name", "commune_id": "commune_id"}
    assert schema.match_columns(["document_a"], PARCELS).mapping == {
        "document_a": "document_area_m2"
    }


def test_cut_vietnamese_names_are_matched_whether_cut_by_letters_or_bytes():
    full = "Diện tích pháp lý"
    by_bytes = full.encode()[:10].decode(errors="ignore")
    for cut in (full[:10], by_bytes, "DIEN_TICH_"):
        assert schema.match_columns([cut], PARCELS).mapping == {cut: "document_area_m2"}


def test_a_cut_that_could_mean_two_columns_is_refused_naming_both():
    with pytest.raises(SchemaError) as caught:
        schema.match_columns(["contributo"], schema.load_schema("contributions"))
    assert "contributor_id or contributor_name" in caught.value.message
    assert rules_of(caught.value.problems) == ["ambiguous_column"]


def test_a_short_name_is_no_cut():
    assert schema.match_columns(["document"], PARCELS).mapping == {}


def test_the_exact_name_wins_over_an_alias_with_a_notice():
    match = schema.match_columns(["mã thửa", "parcel_id"], PARCELS)
    assert match.mapping == {"parcel_id": "parcel_id"}
    assert match.unmatched == ["mã thửa"]
    assert rules_of(match.notices) == ["exact_column_wins"]
    assert match.notices[0].severity == "notice"


def test_two_aliases_of_one_column_are_refused_and_all_are_listed():
    with pytest.raises(SchemaError) as caught:
        schema.match_columns(["mã thửa", "mathua", "tờ", "số tờ"], PARCELS)
    assert rules_of(caught.value.problems) == ["ambiguous_column"] * 2
    for name in ("mã thửa", "mathua", "tờ", "số tờ"):
        assert f"'{name}'" in caught.value.message


def test_real_communes_of_2025_map(shared_data):
    frame = gpd.read_file(shared_data / "vn_admin_2025" / "communes_42_ha_tinh.geojson", rows=5)
    communes = schema.load_schema("communes")
    match = schema.match_columns(list(frame.columns), communes)
    assert match.mapping == {"code": "commune_id", "name": "commune_name"}
    assert {"id", "nameEn", "fullName", "fullNameEn", "areaKm2"} <= set(match.unmatched)
    assert match.notices == []


def test_real_communes_of_2009_map_and_their_keys_become_text(shared_data):
    frame = gpd.read_file(shared_data / "vn_communes_2009" / "communes_2009_ha_tinh.geojson")
    communes = schema.load_schema("communes")
    match = schema.match_columns(list(frame.columns), communes)
    assert match.mapping == {
        "commune_id": "commune_id",
        "commune": "commune_name",
        "district": "district_name",
    }
    assert {"shape_area", "area", "population", "province"} <= set(match.unmatched)
    frame, problems = schema.coerce(frame.rename(columns=match.mapping), communes)
    assert problems == []
    assert frame["commune_id"].iloc[0] == "4050101"
    assert frame["commune_id"].is_unique
    assert schema.problems(frame, communes) == []


def test_a_projects_own_aliases_and_layers_count(tmp_path):
    (tmp_path / "layers" / "schemas").mkdir(parents=True)
    (tmp_path / "layers" / "aliases.vi.toml").write_text(
        '[parcels]\nparcel_id = ["ô đất"]\n[wells]\nwell_id = ["giếng"]\n', encoding="utf-8"
    )
    (tmp_path / "layers" / "schemas" / "wells.toml").write_text(
        '[layer]\ntitle = "Wells"\nnames = ["well"]\ngeometry = ["point"]\nkey = "well_id"\n'
        '[columns.well_id]\ntype = "text"\nvisibility = "public"\ndescription = "Code"\n',
        encoding="utf-8",
    )
    assert schema.canonical_layer_name("well", project_dir=tmp_path) == "wells"
    wells = schema.load_schema("wells", project_dir=tmp_path)
    assert schema.match_columns(["Giếng"], wells, project_dir=tmp_path).mapping == {
        "Giếng": "well_id"
    }
    found = schema.match_columns(["Ô đất", "số tờ"], PARCELS, project_dir=tmp_path)
    assert found.mapping == {"Ô đất": "parcel_id", "số tờ": "sheet_no"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[layer]\nkey = "x"\n', "no title"),
        ('[layer]\ntitle = "T"\nkey = "x"\n', "'x' is no column"),
        ('[layer]\ntitle = "T"\nkind = "x"\n', "unknown key kind"),
        ("[layer]\ntitle = 5\n", "title in .* must be text"),
        ("layer = 5\n", "must be tables"),
        ('[layer]\ntitle = "T"\n[columns]\na = 3\n', "columns.a. must be a table"),
        ('[layer]\ntitle = "T"\ngeometry = "point"\n', "geometry in .* must be a list"),
        ('[layer]\ntitle = "T"\nnames = [1]\n', "names in .* must be a list of text"),
        ('[layer]\ntitle = "T"\n[columns.a]\nvalues = "ab"\n', "values in .* must be a list"),
        ('[layer]\ntitle = "T"\ngeometry = ["blob"]\n', "blob"),
        ('[layer]\ntitle = "T"\n[columns.a]\ntype = "text"\n', "no description"),
        (
            '[layer]\ntitle = "T"\n[columns.a]\ntype = "words"\nvisibility = "public"\n'
            'description = "A"\n',
            "words",
        ),
    ],
)
def test_a_wrong_schema_file_is_refused(tmp_path, text, says):
    (tmp_path / "layers" / "schemas").mkdir(parents=True)
    (tmp_path / "layers" / "schemas" / "wells.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=says):
        schema.load_schema("wells", project_dir=tmp_path)


@pytest.mark.parametrize(
    "text", ["parcels = 5\n", "[parcels]\nnote = 5\n", '[parcels]\nnote = "abc"\n']
)
def test_a_wrong_alias_file_is_refused(tmp_path, text):
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "aliases.vi.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="must be a list of names"):
        schema.match_columns(["a"], PARCELS, project_dir=tmp_path)


def test_require_columns_names_all_that_are_missing():
    frame = pd.DataFrame({"a": [1]})
    schema.require_columns(frame, ["a"], "parcels")
    with pytest.raises(SchemaError, match=r"parcels: missing columns b, c"):
        schema.require_columns(frame, ["a", "b", "c"], "parcels")


# keys --------------------------------------------------------------------------------------------


def test_parcels_take_their_key_from_sheet_and_number():
    frame, problems = schema.ensure_key(
        parcels(sheet_no=[12.0, 12.0], parcel_no=["7", "8a"]), PARCELS
    )
    assert frame["parcel_id"].tolist() == ["12-7", "12-8a"]
    assert problems == []
    assert isinstance(frame, gpd.GeoDataFrame)


def test_a_half_empty_sheet_and_number_is_called_by_its_row():
    frame, found = schema.ensure_key(parcels(sheet_no=["1", None], parcel_no=["7", "8"]), PARCELS)
    assert frame["parcel_id"].tolist() == ["1-7", "row 2"]
    assert [(p.rule, p.severity, p.rows) for p in found] == [("key_numbered", "notice", (1,))]
    frame, _ = schema.coerce(frame, PARCELS)
    assert schema.problems(frame, PARCELS) == []


def test_keys_that_communes_share_are_led_by_the_commune_and_the_others_by_their_row():
    frame, found = schema.ensure_key(
        parcels(
            commune_id=["A", "B", "A", "A", None, "A"],
            sheet_no=[1, 1, 1, 1, 2, 2],
            parcel_no=["1", "1", "2", "2", "1", "1"],
        ),
        PARCELS,
    )
    assert frame["parcel_id"].tolist() == [
        "A-1-1", "B-1-1", "1-2 (row 3)", "1-2 (row 4)", "2-1", "A-2-1",
    ]  # fmt: skip
    assert [(p.rule, p.severity, p.rows) for p in found] == [
        ("key_led", "notice", (0, 1, 5)),
        ("key_told_apart", "notice", (2, 3)),
    ]
    assert schema.problems(schema.coerce(frame, PARCELS)[0], PARCELS) == []


def test_rows_are_numbered_for_want_of_a_key_and_that_is_said():
    frame, problems = schema.ensure_key(parcels(land_type=["ONT", "CLN"]), PARCELS)
    assert frame["parcel_id"].tolist() == ["1", "2"]
    assert rules_of(problems) == ["key_numbered"]
    assert problems[0].severity == "notice"


def test_a_table_that_needs_its_key_is_refused_without():
    frame = pd.DataFrame({"head_name": ["A"]})
    _, problems = schema.ensure_key(frame, HOUSEHOLDS)
    assert [(p.rule, p.severity) for p in problems] == [("missing_key", "error")]


@pytest.mark.parametrize("layer", ["holdings", "widths", "chainage_equations"])
def test_keyless_tables_need_none(layer):
    frame = pd.DataFrame({"x": [1, 2]})
    found, problems = schema.ensure_key(frame, schema.load_schema(layer))
    assert problems == []
    pd.testing.assert_frame_equal(found, frame)


# cells -------------------------------------------------------------------------------------------


def coerced(layer, column, values):
    frame = pd.DataFrame({column: values})
    found, problems = schema.coerce(frame, schema.load_schema(layer))
    return found[column], problems


def test_keys_become_text():
    for values in ([4050101.0, 12.5], [4050101, 12.5], ["4050101", " 12.5 "]):
        series, problems = coerced("communes", "commune_id", values)
        assert series.tolist() == ["4050101", "12.5"]
        assert problems == []
    series, _ = coerced("communes", "commune_id", [1.0, None, 2.0])
    assert series.tolist() == ["1", None, "2"]
    series, _ = coerced("communes", "commune_id", ["", "  ", unicodedata.normalize("NFD", "Kỳ")])
    assert series.tolist() == [None, None, "Kỳ"]
    series, _ = coerced("communes", "commune_id", [7, "0012", 3.0])
    assert series.tolist() == ["7", "0012", "3"]


def test_dates_become_iso_text():
    values = ["2024-05-01", "1/5/2024", "01.05.2024", "2024/05/01", "2024-05-01T10:00:00", None]
    series, problems = coerced("events", "event_date", values)
    assert series.tolist() == ["2024-05-01"] * 5 + [None]
    assert problems == []
    series, problems = coerced("events", "event_date", pd.to_datetime(["2024-05-01", None]))
    assert series.tolist() == ["2024-05-01", None]
    series, problems = coerced("events", "event_date", [pd.Timestamp("2024-05-01 12:00"), "x"])
    assert series.tolist() == ["2024-05-01", None]
    assert rules_of(problems) == ["bad_date"]


@pytest.mark.parametrize("value", ["2024-02-30", "31/02/2024", "2016", "tomorrow", "5/2024"])
def test_a_date_that_is_none_is_said_with_its_row(value):
    frame = pd.DataFrame({"event_id": ["E1", "E2"], "event_date": ["2024-01-01", value]})
    found, problems = schema.coerce(frame, schema.load_schema("events"))
    assert found["event_date"].tolist() == ["2024-01-01", None]
    assert [(p.rule, p.key, p.place) for p in problems] == [("bad_date", "E2", "event_date")]
    assert value in problems[0].message


def test_numbers_in_a_date_column_are_no_dates():
    series, problems = coerced("events", "event_date", [45413, 45414])
    assert series.isna().all()
    assert rules_of(problems) == ["bad_date"] * 2


def test_chainages_become_metres():
    series, problems = coerced("events", "from_chainage", ["Km12+300", "12300", 12300.5, None, "x"])
    assert series.tolist()[:3] == [12300.0, 12300.0, 12300.5]
    assert series.isna().tolist() == [False, False, False, True, True]
    assert rules_of(problems) == ["bad_chainage"]
    series, problems = coerced("events", "from_chainage", [0, 5])
    assert series.tolist() == [0.0, 5.0]


def test_plain_numbers_and_numeric_text():
    series, problems = coerced("parcels", "document_area_m2", ["120.5", " 7 ", 3, None, ""])
    assert series.tolist()[:3] == [120.5, 7.0, 3.0]
    assert series.isna().tolist() == [False, False, False, True, True]
    assert problems == []


def test_vietnamese_numbers_are_read_when_the_column_shows_them_and_that_is_said():
    series, problems = coerced("parcels", "document_area_m2", ["1.234,5", "1.026", "80"])
    assert series.tolist() == [1234.5, 1026.0, 80.0]
    assert rules_of(problems) == ["decimal_comma"]


def test_an_ambiguous_number_is_refused():
    series, problems = coerced("parcels", "document_area_m2", ["1,234", "80"])
    assert series.isna().tolist() == [True, False]
    assert rules_of(problems) == ["bad_number"]
    series, problems = coerced("parcels", "document_area_m2", ["1,234", "80,25"])
    assert series.tolist() == [1.234, 80.25]


def facts(**known):
    return coercion.CellFacts(**known)


def coerced_with(layer, columns, known):
    frame = pd.DataFrame(columns)
    return schema.coerce(frame, schema.load_schema(layer), facts=known)


@pytest.mark.parametrize(
    ("unit", "values", "wanted"),
    [
        ("ha", ["0,1234", "1,5"], [1234.0, 15000.0]),
        ("m2", ["120,5", "80"], [120.5, 80.0]),
        ("Mét vuông", [120.5, 80], [120.5, 80.0]),
        ("km2", [0.5, 1], [500000.0, 1000000.0]),
    ],
)
def test_areas_in_other_units_are_converted_and_that_is_said(unit, values, wanted):
    found, problems = coerced_with("lots", {"area_m2": values}, facts(units={"area_m2": unit}))
    assert found["area_m2"].tolist() == wanted
    converted = [p for p in problems if p.rule == "unit_converted"]
    assert len(converted) == (1 if unit in ("ha", "km2") else 0)
    assert [p.severity for p in converted] == ["finding"] * len(converted)


@pytest.mark.parametrize(
    ("unit", "values", "wanted"),
    [
        ("đồng", ["1.500.000", "2"], [1_500_000, 2]),
        ("nghìn đồng", ["1.500", "2"], [1_500_000, 2_000]),
        ("triệu đồng", ["1,1", "2,25"], [1_100_000, 2_250_000]),
        ("tỷ đồng", [5.4, 0.1], [5_400_000_000, 100_000_000]),
    ],
)
def test_money_is_exact_in_every_unit(unit, values, wanted):
    found, problems = coerced_with(
        "contributions", {"amount_vnd": values}, facts(units={"amount_vnd": unit}, typed=True)
    )
    assert found["amount_vnd"].tolist() == wanted
    assert "bad_number" not in rules_of(problems)


def test_a_unit_that_differs_by_region_leaves_the_values_out():
    known = facts(units={"area_m2": "sào"})
    found, problems = coerced_with("lots", {"area_m2": [1.5, 2]}, known)
    assert found["area_m2"].isna().all()
    assert [(p.rule, p.severity) for p in problems] == [("unit_refused", "finding")]


def test_an_unknown_unit_keeps_the_values():
    found, problems = coerced_with("lots", {"area_m2": [1.5]}, facts(units={"area_m2": "kV"}))
    assert found["area_m2"].tolist() == [1.5]
    assert [(p.rule, p.severity) for p in problems] == [("unknown_unit", "finding")]


def test_chainages_in_kilometres():
    known = facts(units={"from_chainage": "km"})
    found, problems = coerced_with("events", {"from_chainage": [12.3, "Km12+300"]}, known)
    assert found["from_chainage"].tolist() == [12300.0, 12300.0]
    assert rules_of(problems) == ["unit_converted"]


def test_other_columns_show_how_numbers_are_written():
    columns = {"cost_vnd": ["1.500", "2.500"], "length_m": ["1.250", "900,5"]}
    found, _ = coerced_with("landmark_roads", columns, facts())
    assert found["cost_vnd"].tolist() == [1500, 2500]
    assert found["length_m"].tolist() == [1250.0, 900.5]
    columns = {"left_m": ["1.250", "2.500"], "right_m": ["22,5", "30"]}
    found, problems = coerced_with("widths", columns, facts())
    assert found["left_m"].tolist() == [1250.0, 2500.0]
    assert rules_of(problems) == ["decimal_comma"] * 2


@pytest.mark.parametrize(("typed", "value"), [(False, 120.5), (True, 120500.0)])
def test_a_number_with_two_readings_is_a_finding_with_both(typed, value):
    columns = {"area_m2": ["120.500", "99.250"]}
    found, problems = coerced_with("lots", columns, facts(typed=typed))
    assert found["area_m2"].iloc[0] == value
    (finding,) = [p for p in problems if p.rule == "ambiguous_number"]
    assert finding.severity == "finding"
    assert "'120.500'" in finding.message
    assert "120.5" in finding.message
    assert "120500" in finding.message


def test_days_of_excel_are_dates_only_where_numbers_are_typed():
    columns = {"event_date": [45413, "01/05/2024", 2016, None]}
    found, problems = coerced_with("events", columns, facts(typed=True))
    assert found["event_date"].tolist() == ["2024-05-01", "2024-05-01", None, None]
    assert rules_of(problems) == ["bad_date", "date_serial"]
    found, problems = coerced_with("events", {"event_date": [45413.5, 32874.0]}, facts(typed=True))
    assert found["event_date"].tolist() == ["2024-05-01", "1990-01-01"]
    found, problems = coerced_with("events", {"event_date": [45413]}, facts())
    assert rules_of(problems) == ["bad_date"]


@pytest.mark.parametrize(
    "value",
    ["5/3/2023", "05-03-2023", "5.3.2023", "05 / 03 / 2023", "ngày 5 tháng 3 năm 2023",
     "Ngày 05 tháng 03 năm 2023", "2023-3-5"],
)  # fmt: skip
def test_vietnamese_dates(value):
    series, problems = coerced("events", "event_date", [value])
    assert (series.tolist(), problems) == (["2023-03-05"], [])


@pytest.mark.parametrize("value", ["5/3/23", "3/2016", "2016", "tháng 3 năm 2016", "31/2/2023"])
def test_dates_that_are_incomplete_are_refused(value):
    series, problems = coerced("events", "event_date", [value])
    assert series.tolist() == [None]
    assert rules_of(problems) == ["bad_date"]


def test_text_that_is_no_number_is_refused():
    series, problems = coerced("parcels", "document_area_m2", ["about 80", "inf", "80"])
    assert series.isna().tolist() == [True, True, False]
    assert rules_of(problems) == ["bad_number"] * 2


def test_integers():
    series, problems = coerced("households", "people_count", ["3", 4.0])
    assert series.tolist() == [3, 4]
    assert series.dtype == np.int64
    series, problems = coerced("households", "people_count", [3, None])
    assert series.iloc[0] == 3
    assert np.isnan(series.iloc[1])
    series, problems = coerced("households", "people_count", [3.5, 2])
    assert rules_of(problems) == ["bad_number"]
    series, _ = coerced("contributions", "amount_vnd", ["1.500.000"])
    assert series.tolist() == [1_500_000]


@pytest.mark.parametrize(
    ("layer", "column", "values", "codes"),
    [
        ("graves", "ownership", ["Có chủ", "owned", None], ["owned", "owned", None]),
        ("graves", "ownership", ["VÔ CHỦ", "Mộ vô chủ"], ["ownerless", "ownerless"]),
        ("events", "side", ["T", "phải", "Hai bên"], ["left", "right", "both"]),
        ("parcels", "papers", ["Có", "không", "X", "Pending"], ["yes", "no", "yes", "pending"]),
        ("parcels", "papers", [True, False], ["yes", "no"]),
        ("landmarks", "access", ["có đường", "None"], ["road", "none"]),
        ("graves", "ownership", ["tenant"], ["tenant"]),
    ],
)  # fmt: skip
def test_codes_are_read_in_any_case_and_by_alias(layer, column, values, codes):
    series, problems = coerced(layer, column, values)
    assert series.tolist() == codes
    assert problems == []


def test_booleans(tmp_path):
    folder = tmp_path / "layers" / "schemas"
    folder.mkdir(parents=True)
    (folder / "wells.toml").write_text(
        '[layer]\ntitle = "Wells"\n[columns.dry]\ntype = "boolean"\nvisibility = "public"\n'
        'description = "Dry"\n',
        encoding="utf-8",
    )
    wells = schema.load_schema("wells", project_dir=tmp_path)
    frame = pd.DataFrame({"dry": ["có", "No", 1, None, "maybe"]})
    found, problems = schema.coerce(frame, wells, project_dir=tmp_path)
    assert found["dry"].tolist() == [True, False, True, None, None]
    assert rules_of(problems) == ["bad_value"]


def test_many_bad_cells_are_counted_not_all_listed():
    series, problems = coerced("parcels", "document_area_m2", [f"x{i}" for i in range(250)])
    assert series.isna().all()
    assert len(problems) == 101
    assert "150 more rows" in problems[-1].message


def test_the_callers_frame_is_not_changed():
    frame = parcels(parcel_id=[1.0, 2.0], document_area_m2=["1,5", "x"], papers=["Có", "không"])
    before = frame.copy(deep=True)
    schema.ensure_key(frame, PARCELS)
    schema.coerce(frame, PARCELS)
    schema.merge_repeated(frame, PARCELS)
    schema.problems(frame, PARCELS)
    pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(before))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=8), st.booleans()),
        max_size=8,
    )
)
def test_coercing_never_fails_and_twice_gives_the_same(values):
    frame = pd.DataFrame(
        {
            "event_id": pd.Series([str(i) for i in range(len(values))], dtype=object),
            **{
                name: pd.Series(values, dtype=object)
                for name in ("event_date", "from_chainage", "side", "state")
            },
        }
    )
    events = schema.load_schema("events")
    once, _ = schema.coerce(frame, events)
    twice, problems = schema.coerce(once, events)
    assert problems == []
    pd.testing.assert_frame_equal(once, twice)


@pytest.mark.slow
def test_a_large_layer_takes_seconds():
    import time

    size = 100_000
    frame = pd.DataFrame(
        {
            "parcel_id": [f"{i // 500}-{i % 500}" for i in range(size)],
            "land_type": ["ONT", "CLN"] * (size // 2),
            "document_area_m2": np.arange(size) * 1.5,
            "papers": ["yes", "no"] * (size // 2),
        }
    )
    start = time.perf_counter()
    frame, _ = schema.coerce(frame, PARCELS)
    schema.problems(frame, PARCELS)
    assert time.perf_counter() - start < 5


# rows --------------------------------------------------------------------------------------------


def test_rows_of_one_household_that_agree_are_merged():
    frame = pd.DataFrame(
        {
            "household_id": ["H1", "H2", "H1", "H1"],
            "head_name": ["An", "Bình", None, "An"],
            "people_count": [np.nan, 3, 4, 4],
            "thua": ["7", "8", "9", "10"],
        },
        index=[10, 11, 12, 13],
    )
    merged, count, problems = schema.merge_repeated(frame, HOUSEHOLDS)
    assert count == 2
    assert merged.index.tolist() == [10, 11]
    assert merged["head_name"].tolist() == ["An", "Bình"]
    assert merged["people_count"].tolist() == [4, 3]
    assert merged.dtypes.equals(frame.dtypes)
    assert merged["thua"].tolist() == ["7", "8"]
    assert [(p.rule, p.severity) for p in problems] == [("repeated_rows_merged", "notice")]
    assert "H1" in problems[0].message
    assert schema.problems(merged, HOUSEHOLDS) == []


def test_rows_of_one_household_that_disagree_are_refused():
    frame = pd.DataFrame({"household_id": ["H1", "H2", "H1"], "head_name": ["An", "Bình", "Anh"]})
    merged, count, problems = schema.merge_repeated(frame, HOUSEHOLDS)
    assert (count, problems, len(merged)) == (0, [], 3)
    found = schema.problems(merged, HOUSEHOLDS)
    assert [(p.rule, p.severity, p.key) for p in found] == [("repeated_key", "error", "H1")]
    assert "rows 1, 3" in found[0].message


def test_merging_keeps_points_and_the_coordinate_system():
    frame = gpd.GeoDataFrame(
        {"household_id": ["H1", "H1", "H2", "H2"]},
        geometry=[None, Point(1, 2), Point(3, 4), Point(5, 6)],
        crs="EPSG:9209",
    )
    merged, count, _ = schema.merge_repeated(frame, HOUSEHOLDS)
    assert count == 1
    assert isinstance(merged, gpd.GeoDataFrame)
    assert merged.crs == frame.crs
    assert merged.geometry.iloc[0] == Point(1, 2)
    assert merged["household_id"].tolist() == ["H1", "H2", "H2"]


def test_repeated_parcels_are_refused_even_when_they_agree():
    frame = parcels(parcel_id=["1", "1"])
    merged, count, _ = schema.merge_repeated(frame, PARCELS)
    assert (len(merged), count) == (2, 0)
    assert rules_of(schema.problems(merged, PARCELS)) == ["repeated_key"]


def test_everything_wrong_is_said_at_once():
    frame = gpd.GeoDataFrame(
        {
            "parcel_id": ["1", None, "3", "3", "5"],
            "papers": ["yes", "maybe", None, "no", "perhaps"],
        },
        geometry=[SQUARE, SQUARE, None, Polygon(), Point(0, 0)],
        crs="EPSG:9209",
    )
    found = schema.problems(frame, PARCELS)
    assert sorted(rules_of(found)) == [
        "empty_geometry",
        "empty_geometry",
        "missing_key",
        "repeated_key",
        "unknown_value",
        "unknown_value",
        "wrong_geometry_kind",
    ]
    by_rule = {p.rule: p for p in found}
    assert by_rule["missing_key"].message.startswith("row 2")
    assert by_rule["wrong_geometry_kind"].key == "5"
    assert "Point" in by_rule["wrong_geometry_kind"].message
    assert all(p.layer == "parcels" and p.remedy for p in found)
    assert set(found[0].as_dict()) == {
        "severity", "layer", "rule", "key", "place", "message", "remedy",
    }  # fmt: skip


def test_only_a_closed_list_refuses_another_value():
    frame = pd.DataFrame({"holder_id": ["H1"], "parcel_id": ["1"], "holder_kind": ["clan"]})
    found = schema.problems(frame, schema.load_schema("holdings"))
    assert [(p.severity, p.rule) for p in found] == [("error", "bad_value")]
    frame = frame.assign(holder_kind="household", papers="red book")
    found = schema.problems(frame, schema.load_schema("holdings"))
    assert [(p.severity, p.rule) for p in found] == [("finding", "unknown_value")]


def test_missing_required_columns_are_all_named():
    found = schema.problems(pd.DataFrame({"event_id": ["1"]}), schema.load_schema("events"))
    assert [(p.rule, p.place) for p in found] == [
        ("missing_column", "event_date"),
        ("missing_column", "state"),
    ]


def test_empty_cells_of_required_columns_are_errors():
    frame = pd.DataFrame({"chainage": [0.0, 5.0], "left_m": [20.0, np.nan], "right_m": [1.0, 2.0]})
    found = schema.problems(frame, schema.load_schema("widths"))
    assert [(p.rule, p.severity, p.key) for p in found] == [("missing_value", "error", "")]
    assert found[0].message.startswith("row 2")


def test_an_empty_layer_is_a_notice():
    frame = gpd.GeoDataFrame({"parcel_id": []}, geometry=[], crs="EPSG:9209")
    found = schema.problems(frame, PARCELS)
    assert [(p.rule, p.severity) for p in found] == [("empty_layer", "notice")]


def test_a_layer_that_needs_geometry_is_refused_without():
    found = schema.problems(pd.DataFrame({"parcel_id": ["1"]}), PARCELS)
    assert rules_of(found) == ["missing_column"]
    assert schema.problems(pd.DataFrame({"household_id": ["1"]}), HOUSEHOLDS) == []


@pytest.mark.parametrize(
    ("shape", "good"),
    [
        (LineString([(0, 0), (1, 1)]), False),
        (Point(0, 0), True),
        (SQUARE, True),
    ],
)
def test_structures_are_polygons_or_points(shape, good):
    frame = gpd.GeoDataFrame({"structure_id": ["1"]}, geometry=[shape], crs="EPSG:9209")
    found = rules_of(schema.problems(frame, schema.load_schema("structures")))
    assert found == ([] if good else ["wrong_geometry_kind"])


def test_severities_follow_the_projects_own_checks(tmp_path):
    (tmp_path / "layers" / "rules").mkdir(parents=True)
    (tmp_path / "layers" / "rules" / "checks.toml").write_text(
        '[rule]\ntitle = "T"\ncitation = "C"\neffective_from = 2024-01-01\nconfirmed = true\n'
        '[severity]\nrepeated_key = "finding"\n',
        encoding="utf-8",
    )
    found = schema.problems(parcels(parcel_id=["1", "1"]), PARCELS, project_dir=tmp_path)
    assert [p.severity for p in found] == ["finding"]
    made = schema.make_problem("repeated_key", "parcels", "text", key="1")
    assert [p.severity for p in schema.judge([made], tmp_path)] == ["finding"]
    assert schema.judge([made], None) == [made]


def test_a_remedy_is_said_in_a_language_unless_it_was_written_for_its_case():
    made = schema.make_problem("repeated_key", "parcels", "text")
    assert schema.remedy_in(made, "en") == made.remedy
    assert schema.remedy_in(made, "vi") == load_labels().text("remedies.repeated_key", "vi")
    assert schema.remedy_in(replace(made, remedy="Ask H1."), "vi") == "Ask H1."


def test_keys_are_listed_up_to_ten():
    assert schema.name_keys(["a", "b"]) == "a, b"
    assert schema.name_keys(range(12)) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"


def test_a_problem_of_an_unknown_rule_is_refused():
    with pytest.raises(DataError, match="no_such_rule"):
        schema.make_problem("no_such_rule", "parcels", "text")


def test_a_cut_beside_an_alias_of_the_same_column_is_refused():
    with pytest.raises(SchemaError, match=r"'diện tích pháp lý', 'document_a'"):
        schema.match_columns(["diện tích pháp lý", "document_a"], PARCELS)


def test_a_cut_means_the_column_that_no_other_names():
    contributions = schema.load_schema("contributions")
    match = schema.match_columns(["contributo", "donor_id"], contributions)
    assert match.mapping == {"contributo": "contributor_name", "donor_id": "contributor_id"}


def test_a_key_column_without_any_value_counts_as_absent():
    frame, problems = schema.ensure_key(parcels(parcel_id=[None, None]), PARCELS)
    assert frame["parcel_id"].tolist() == ["1", "2"]
    assert rules_of(problems) == ["key_numbered"]


def test_two_exact_names_in_different_case_are_refused():
    with pytest.raises(SchemaError, match="PARCEL_ID"):
        schema.match_columns(["PARCEL_ID", "Parcel_Id"], PARCELS)
    match = schema.match_columns(["PARCEL_ID", "mã thửa"], PARCELS)
    assert match.mapping == {"PARCEL_ID": "parcel_id"}


def test_personal_data_is_not_repeated_in_messages():
    people = schema.LayerSchema(
        name="people",
        title="People",
        geometry=(),
        key=None,
        columns=(
            schema.Column("born", "date", False, "", (), "internal", True, ""),
            schema.Column("group", "text", False, "", ("a", "b"), "internal", True, ""),
        ),
        derive_key=(),
        public="none",
    )
    frame = pd.DataFrame({"born": ["Nguyễn Văn An"], "group": ["Trần Thị Bình"]})
    found, problems = schema.coerce(frame, people)
    problems += schema.problems(found, people)
    assert [problem.rule for problem in problems] == ["bad_date", "unknown_value"]
    assert not any("Nguyễn" in p.message or "Trần" in p.message for p in problems)


# names of a project's own layers --------------------------------------------------------------


@pytest.mark.parametrize("name", ["Wells", "giếng", "my wells", "wells'", "wells (1)", "2wells"])
def test_a_layer_whose_file_name_is_no_plain_name_is_refused_with_the_reason(tmp_path, name):
    write_own_schema(tmp_path, name)
    with pytest.raises(DataError, match=r"small letters a to z, digits and _"):
        schema.load_schema(
            schema.canonical_layer_name(name, project_dir=tmp_path), project_dir=tmp_path
        )


@pytest.mark.parametrize("name", ["layer_styles", "gpkg_contents", "rtree_wells", "sqlite_x"])
def test_a_layer_called_as_a_table_of_geopackages_own_is_refused(tmp_path, name):
    write_own_schema(tmp_path, name)
    with pytest.raises(DataError, match=f"{name}.*GeoPackage keeps this name"):
        schema.load_schema(name, project_dir=tmp_path)


@pytest.mark.parametrize("name", ["wells", "well_2", "gpkg", "layer_styles_2"])
def test_a_plain_name_is_a_layer(tmp_path, name):
    write_own_schema(tmp_path, name)
    found = schema.canonical_layer_name(name.upper(), project_dir=tmp_path)
    assert schema.load_schema(found, project_dir=tmp_path).name == name


def write_own_schema(folder, name):
    path = folder / "layers" / "schemas" / f"{name}.toml"
    path.parent.mkdir(parents=True)
    path.write_text('[layer]\ntitle = "W"\n[columns]\n', encoding="utf-8")
