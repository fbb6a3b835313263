import base64
import dataclasses
import hashlib
import html
import json
import re

import geopandas as gpd
import pytest
import shapely

from geotool.errors import CrsError, SchemaError
from geotool.share.render.page import LayerColumn, MapLayer, Statement, render_page
from geotool.share.tables import Table, TableColumn
from tests.share.render import layer_reader, sample_content
from tests.share.render.hostile import ALL, HOSTILE, make_hostile_content

BLOCK = re.compile(r'<script type="application/json" id="([\w-]+)">(.*?)</script>', re.DOTALL)
NOSCRIPT = re.compile(r"<noscript><h1>.*?</noscript>", re.DOTALL)


@pytest.fixture(scope="module")
def content():
    return sample_content.make_content(60, 40)


@pytest.fixture(scope="module")
def page(content):
    return render_page(content)


def blocks(page):
    return {name: json.loads(text) for name, text in BLOCK.findall(page)}


def test_two_renders_are_equal(page):
    assert render_page(sample_content.make_content(60, 40)) == page


def test_nothing_outside_is_named(page):
    bare = page.replace("http://www.w3.org/2000/svg", "").replace("https://leafletjs.com", "")
    assert not re.search(r'(?:src|href)\s*=\s*["\']?(?:https?:)?//', bare)
    assert not re.search(r"url\((?!data:|#)", bare)
    assert "<link" not in bare
    for host in ("cdn.jsdelivr", "cdnjs", "openstreetmap", "unpkg", "googleapis"):
        assert host not in bare


def test_policy_allows_exactly_its_own_scripts(page):
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'; ")
    assert "base-uri 'none'; form-action 'none'" in policy
    assert "unsafe" not in policy
    found = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    wanted = {
        "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
        for text in found
    }
    assert set(re.search(r"script-src ([^;]+);", policy)[1].split()) == wanted
    assert page.index("Content-Security-Policy") < page.index("<script")
    assert page.index('<meta charset="utf-8">') < 1024


def test_head_and_skeleton(page):
    assert page.startswith("<!DOCTYPE html>")
    assert '<html lang="vi">' in page
    assert page.count('name="viewport"') == 1
    assert "user-scalable" not in page
    assert not re.search(r"map_[0-9a-f]{32}", page)
    assert 'id="map_1"' in page


def test_the_secret_column_stays_in_the_office(page):
    assert "0912345678" not in page
    assert "secret_phone" not in page
    for layer in layer_reader.read_layers(page).values():
        plain = b"".join(layer_reader.plain_streams(layer.entry["data"], layer.data).values())
        assert b"0912345678" not in plain
        assert "secret_phone" not in layer.values


def test_layers_and_legend(content, page):
    entries = blocks(page)["gt-page"]["layers"]
    assert [one["name"] for one in entries] == [layer.name for layer in content.layers]
    decoded = layer_reader.read_layers(page)
    for entry, layer in zip(entries, content.layers, strict=True):
        assert entry["data"]["count"] == len(layer.frame) == entry["count"]
        assert sum(one["count"] for one in entry["classes"]) == len(layer.frame)
        own = decoded[layer.name]
        assert len(own.shapes) == len(layer.frame)
        assert list(own.values) == [column.name for column in layer.columns]
        titles = [str(value) for value in layer.frame[layer.title_column]]
        assert sorted(own.values[layer.title_column]) == sorted(titles)
    communes = entries[0]
    assert [name[2] for name in communes["names"]] == list(sample_content.COMMUNES)
    take = next(one for one in entries if one["name"] == "land_take")
    assert [one["code"] for one in take["classes"]] == ["full", "partial"]


def test_totals_are_unrounded_and_in_both_languages(content, page):
    shown = blocks(page)["gt-page"]["tables"]
    assert [table["name"] for table in shown] == ["totals", "land_take_by_commune"]
    by_commune = content.tables[1]
    last = shown[1]["rows"][-1]
    assert last[3][0] == by_commune.total["affected_area_m2"]
    assert "." in last[3][1]
    assert "," in last[3][2]


def test_without_scripts_there_are_totals_and_a_sketch(content, page):
    static = NOSCRIPT.search(page)[0]
    assert html.escape(content.title["vi"]) in static
    total = content.tables[1].total["affected_area_m2"]
    assert f'data-key="affected_area_m2" data-value="{total}"' in static
    assert '<table data-table="land_take_by_commune">' in static
    assert "<svg" in static
    assert static.count("<path") >= 2
    assert len(static) < 40_000


def test_language_shown_first():
    page = render_page(sample_content.make_content(5, 2, language="en"))
    assert '<html lang="en">' in page
    assert "<title>North–South Expressway through Kỳ Anh</title>" in page
    assert blocks(page)["gt-page"]["language"] == "en"


def test_hostile_text_is_data_everywhere():
    page = render_page(make_hostile_content())
    (layer,) = layer_reader.read_layers(page).values()
    assert sorted(text for cells in layer.values.values() for text in cells) == sorted(
        [*HOSTILE, ALL, "constructor"]
    )
    values = json.dumps(blocks(page), ensure_ascii=False)
    for text in HOSTILE:
        assert json.dumps(text, ensure_ascii=False)[1:-1] in values
    without_data = BLOCK.sub("", page)
    assert "<img" not in without_data
    assert "onerror=alert" not in re.sub(r"&lt;img[^&]*&gt;", "", without_data)
    assert "{{ 7*7 }}" in without_data
    assert page.count("<script") == page.count("</script>")
    assert "__globals__" in values


def test_hostile_page_has_no_scripts_but_its_own(page):
    ours = re.findall(r"<script>.*?</script>", page, re.DOTALL)
    hostile = re.findall(r"<script>.*?</script>", render_page(make_hostile_content()), re.DOTALL)
    assert len(ours) == len(hostile) == 5
    assert hostile[-1] == ours[-1]


def test_layer_without_crs_is_refused(content):
    frame = gpd.GeoDataFrame(geometry=[shapely.Point(1, 2)])
    layer = MapLayer("graves", {"vi": "m", "en": "g"}, frame, (), "graves")
    with pytest.raises(CrsError, match="'graves'"):
        render_page(dataclasses.replace(content, layers=(layer,)))


def test_unknown_style_is_refused(content):
    layer = dataclasses.replace(content.layers[0], style="pink")
    with pytest.raises(SchemaError, match="no style 'pink'"):
        render_page(dataclasses.replace(content, layers=(layer,)))


def test_class_column_outside_the_allow_list_is_not_used(content):
    take = next(layer for layer in content.layers if layer.name == "land_take")
    kept = tuple(column for column in take.columns if column.name == "parcel_id")
    page = render_page(
        dataclasses.replace(content, layers=(dataclasses.replace(take, columns=kept),))
    )
    entry = blocks(page)["gt-page"]["layers"][0]
    assert entry["class_column"] is None
    assert len(entry["classes"]) == 1
    assert '"take_class"' not in page


def test_an_empty_page_still_renders(content):
    empty = gpd.GeoDataFrame({"grave_id": []}, geometry=[], crs=sample_content.CRS)
    columns = (LayerColumn("grave_id", {"vi": "Mã", "en": "Id"}),)
    layer = MapLayer("graves", {"vi": "Mộ", "en": "Graves"}, empty, columns, "graves")
    bare = dataclasses.replace(
        content,
        layers=(layer,),
        tables=(Table("totals", (TableColumn("grave_count", "count"),), []),),
        ticks=None,
        statement=Statement(profile="public"),
    )
    entry = blocks(render_page(bare))["gt-page"]["layers"][0]
    assert entry["count"] == 0


def test_a_map_of_committee_size_is_small():
    page = render_page(sample_content.make_content(2_500, 1_500))
    assert len(page.encode()) < 900_000
