"""Every code on a map has words in both languages; findings are told by codes."""

import pytest

from geotool import labels
from geotool.pipeline.assess import assess
from geotool.pipeline.findings import findings_layer
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_cards import draw_layers, make_cards
from geotool.pipeline.map_content import gather
from geotool.pipeline.map_words import code_findings, name_codes
from geotool.schema import make_problem
from geotool.share import redaction
from geotool.share.render import recipe
from tests import village as v
from tests import village_project as vp

# Circular 27/2018/TT-BTNMT and 08/2024/TT-BTNMT, codes a cadastral map may carry
LAND_TYPES = (
    "LUC LUK LUN BHK NHK HNK CLN RSX RPH RDD NTS LMU NKH CNT ONT ODT TSC DTS DVH DXH DYT "
    "DGD DTT DKH DMT DKT DNG DSK CQP CAN SKK SKN SCT TMD SKC SKS SKX DGT DTL DCT DPC DDD "
    "DDT DDL DRA DNL DBV DCH DKV DSH DCK TON TIN NTD SON MNC PNK BCS DCS NCS CGT MCS MVB"
)


def found_in(folder, **layers):
    return assess(open_project(vp.write_project(folder, layers=layers)), on="2024-05-01")


def drawn(found, name):
    profile = redaction.load_profile("committee")
    shown = gather(found, recipe.load_recipe(name), profile)
    return {layer.name: layer for layer in draw_layers(shown, profile, make_cards(found))}


@pytest.mark.parametrize("code", LAND_TYPES.split())
def test_a_land_type_has_words_that_begin_with_its_code(code):
    for text in labels.load_labels().both(f"values.{code}").values():
        assert text.startswith(f"{code} - ")


def test_land_recovered_is_called_so():
    assert not labels.load_labels().has("values.basis_recovered")
    assert labels.load_labels().text("values.recovered", "vi") == "Thu hồi"


def test_several_land_types_of_a_parcel_are_told_one_by_one(tmp_path):
    parcels = v.parcels()
    parcels.loc[:2, "land_type"] = ["ODT; DGD", "LUC+???", "{{ 7*7 }}+CLN"]
    words = name_codes(found_in(tmp_path, parcels=parcels))
    both = words.both("values.land_type_ODT; DGD")
    assert both["en"] == "ODT - Urban residential land + DGD - Education and training facilities"
    assert words.text("values.land_type_ONT+CLN", "vi").count(" - ") == 2
    assert not words.has("values.land_type_LUC+???")
    assert not words.has("values.land_type_{{ 7*7 }}+CLN")


def problem(rule="parcel_overlap", remedy=None, place=""):
    made = make_problem(rule, "parcels", "Text.", key="1", place=place)
    return made if remedy is None else type(made)(**{**made.as_dict(), "remedy": remedy})


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("Km557+183 left", ("Km557+183", "left")),
        ("A1 Km10+000-Km10+100 both sides", ("A1 Km10+000-Km10+100", "both")),
        ("Km1+000 left, Km2+000 right", ("Km1+000 left, Km2+000 right", None)),
        ("beyond Km1+000", ("beyond Km1+000", None)),
        ("", ("", None)),
    ],
)
def test_the_side_of_a_place_is_a_code(tmp_path, place, expected):
    frame = code_findings(findings_layer([problem(place=place)], v.CRS), tmp_path)
    assert (frame["place"][0], frame["side"][0]) == expected


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_remedy_is_told_in_both_languages_unless_written_for_its_case(tmp_path, language):
    rows = [problem(), problem(remedy="Write 'x'.")]
    frame = code_findings(findings_layer(rows, v.CRS, language=language), tmp_path)
    assert frame["remedy"].tolist() == ["parcel_overlap", "Write 'x'."]
    words = name_codes(found_in(tmp_path))
    key = "values.remedy_parcel_overlap"
    assert words.both(key) == labels.load_labels().both("remedies.parcel_overlap")


def test_findings_of_a_map_show_words_and_say_what_is_english(tmp_path):
    parcels = v.parcels()
    parcels.loc[:40, "papers"] = "no"
    layer = drawn(found_in(tmp_path, parcels=parcels), "overview")["findings"]
    columns = {column.name: column for column in layer.columns}
    for name in ("rule", "severity", "layer", "side", "remedy"):
        assert columns[name].kind == "value", name
    assert columns["message"].label == {"vi": "Nội dung (tiếng Anh)", "en": "Message"}


def test_a_sum_of_which_some_is_not_known_is_left_out(tmp_path):
    parcels = v.parcels()
    assert drawn(found_in(tmp_path / "all"), "overview")["parcels"].sums == ("document_area_m2",)
    parcels.loc[3, "document_area_m2"] = None
    layers = drawn(found_in(tmp_path / "some", parcels=parcels), "overview")
    assert layers["parcels"].sums == ()
    assert "document_area_m2" in {column.name for column in layers["parcels"].columns}
    assert layers["land_take"].sums == ("affected_area_m2",)


def test_room_in_cemeteries_adds_up_to_the_table(tmp_path):
    cemeteries = v.cemeteries()
    cemeteries.loc[0, "capacity_count"] = None
    found = found_in(tmp_path, cemeteries=cemeteries)
    layer = drawn(found, "graves")["cemeteries"]
    assert layer.sums == ("capacity_count", "assigned_count", "room_count")
    sites = found.graves.plan["sites"]
    for name in layer.sums:
        assert layer.frame[name].sum() == sum(site[name] for site in sites)
