"""Standard input and output: one thing each way, and nothing mixed in."""

import json

import pytest

from tests import village as v


@pytest.fixture
def inputs(files):
    """The village's layers as GeoJSON without a name of the layer, as a web map exports it."""
    texts = {}
    for name, frame in (("alignments", v.alignments()), ("parcels", v.parcels())):
        texts[name] = frame.to_json(to_wgs84=False)
        assert "name" not in json.loads(texts[name])
    return texts


@pytest.mark.parametrize("command", ["convert", "corridor", "affected"])
def test_data_and_json_do_not_share_standard_output(geotool, files, command):
    calls = {
        "convert": ("convert", files["parcels"], "--as", "parcels"),
        "corridor": ("corridor", files["alignments"], "--left-m", "5", "--right-m", "5"),
        "affected": ("affected", files["parcels"], "--corridor", files["right_of_way"]),
    }
    run = geotool(*calls[command], "-o", "-", "--json")
    assert run.exit_code == 2
    assert "standard output" in run.data["error"]["message"]


def test_standard_input_is_named_once(geotool, inputs):
    run = geotool("affected", "-", "--corridor", "-", stdin=inputs["parcels"])
    assert run.exit_code == 2
    assert "2 times" in run.stderr


def test_geojson_without_a_name_is_read_from_standard_input(geotool, inputs):
    run = geotool("chainage", "-", "--at", "Km10+500", "--json", stdin=inputs["alignments"])
    assert run.data["x"] == pytest.approx(v.EAST + 500)
    first, second = (geotool("info", "-", "--json", stdin=inputs["parcels"]) for _ in range(2))
    assert first.stdout == second.stdout
    assert first.data["layers"][0]["fits_layer"] == "parcels"


def test_a_piped_corridor_takes_the_stated_crs(geotool, files):
    strip = v.right_of_way().set_crs(None, allow_override=True).to_json()
    call = ("affected", files["parcels"], "--corridor", "-", "--src-crs", "EPSG:9209", "--json")
    run = geotool(*call, stdin=strip)
    assert run.exit_code == 0
    assert run.data["affected_count"] == 60


def test_a_long_list_of_problems_is_printed_once(geotool, files):
    run = geotool("convert", files["parcels"], "--as", "graves", "-o", "-")
    assert run.exit_code == 3
    assert run.stdout == ""
    head, *lines = run.stderr.splitlines()
    assert head.endswith("layer graves: 100 problems.")
    assert len(lines) == len(set(lines))
    assert not any("numbered in file order" in line for line in lines)
