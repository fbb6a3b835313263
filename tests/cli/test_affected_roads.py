"""``geotool affected``: through an index, over the whole layer and by frames it is one answer."""

import csv
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geotool import sources
from geotool.affected.parcels import measure_land_take
from geotool.affected.totals import group_land_take
from geotool.communes.units import split_by_commune
from geotool.route.alignment import make_axes, make_sections
from geotool.route.corridor import split_sections
from geotool.rules import load_tolerances
from geotool.sources.indexed import near
from tests import village as v
from tests import village_project as vp

LAYERS = {
    "parcels": v.parcels,
    "graves": v.graves,
    "utilities": v.utilities,
    "structures": v.structures,
    "quarries": v.quarries,
}
TOLD_APART = ("index", "read_count")


@pytest.fixture
def village(tmp_path):
    """The village's layers as GeoPackages, by name, with a fence of parcels far away."""
    (tmp_path / "layers").mkdir()
    frames = {name: make() for name, make in LAYERS.items()}
    far = v.parcels().assign(
        parcel_id=lambda rows: "far-" + rows["parcel_id"],
        geometry=lambda rows: rows.geometry.translate(50_000.0, 0.0),
    )
    frames["parcels"] = pd.concat([frames["parcels"], far], ignore_index=True)
    frames["right_of_way"] = v.right_of_way().drop(columns="basis")
    frames["alignments"], frames["communes"] = v.alignments(), v.communes()
    return {
        name: tmp_path / vp.write_frame(frame, tmp_path, name) for name, frame in frames.items()
    }


def through_index(monkeypatch):
    monkeypatch.setattr(near, "WHOLE_ROWS", 0)


def whole(monkeypatch):
    monkeypatch.setattr(near, "WHOLE_ROWS", 10**9)


def divided(village, split):
    names = {"alignment": "alignments", "communes": "communes"}
    return [word for name in split for word in (f"--{name}", village[names[name]])]


def ask(geotool, village, layer, *more, out=None):
    """Return the answer as JSON and the bytes of its CSV."""
    written = ["-o", out, "--overwrite"] if out is not None else []
    answer = geotool(
        "affected", village[layer], "--as", layer, "--corridor", village["right_of_way"],
        *more, *written, "--json",
    )  # fmt: skip
    assert answer.exit_code == 0, answer.stderr
    return answer.data, None if out is None else out.read_bytes()


def without(data, names=TOLD_APART):
    return {name: told for name, told in data.items() if name not in names}


@pytest.mark.parametrize("split", [(), ("communes",), ("alignment",), ("alignment", "communes")])
@pytest.mark.parametrize("layer", LAYERS)
def test_an_index_changes_nothing(geotool, village, tmp_path, monkeypatch, layer, split):
    found = []
    for lane in (through_index, whole):
        lane(monkeypatch)
        more = divided(village, split)
        found.append(ask(geotool, village, layer, *more, out=tmp_path / "rows.csv"))
    (one, rows), (other, same_rows) = found
    assert rows == same_rows
    assert without(one) == without(other)
    assert one["index"] is not None
    assert other["index"] is None
    assert one["read_count"] <= other["read_count"]


@pytest.mark.parametrize("suffix", [".geojson", ".shp"])
def test_the_same_csv_from_other_formats(geotool, village, tmp_path, monkeypatch, suffix):
    """Numbers are written with as many digits as the coordinates of these formats hold."""
    through_index(monkeypatch)
    other = tmp_path / f"thua{suffix}"
    geotool("convert", village["parcels"], "--as", "parcels", "-o", other)
    rows = []
    for source in (village["parcels"], other):
        out = tmp_path / "rows.csv"
        told = ask(geotool, {**village, "parcels": source}, "parcels", out=out)[0]
        assert told["affected_count"] == 60
        assert (told["index"] is None) == (source == other)
        with out.open(encoding="utf-8-sig", newline="") as stream:
            rows.append(list(csv.DictReader(stream)))
    for first, second in zip(*rows, strict=True):
        for name, text in first.items():
            if name.endswith(("_m2", "share")) and text:
                assert float(second[name]) == pytest.approx(float(text), rel=1e-9, abs=1e-5)
            else:
                assert second[name] == text


@pytest.mark.parametrize(
    "by",
    [["commune"], ["land_type"], ["parcel"], ["section"], ["commune", "land_type", "section"]],
)
def test_groups_are_those_of_the_frames(geotool, village, monkeypatch, by):
    through_index(monkeypatch)
    asked = [word for noun in by for word in ("--by", noun)]
    split = divided(village, ("alignment", "communes"))
    groups = ask(geotool, village, "parcels", *split, *asked)[0]["groups"]
    axes = make_axes(sources.read_layer(village["alignments"], "alignments").frame)
    land = sources.read_layer(village["right_of_way"], "right_of_way").frame
    cells = split_sections(land, axes, make_sections(axes))
    cells = split_by_commune(cells, sources.read_layer(village["communes"], "communes").frame)
    parcels = sources.read_layer(village["parcels"], "parcels").frame
    take = measure_land_take(parcels, cells, tolerances=load_tolerances())
    expected = group_land_take(take, by).to_dict("records")
    assert len(groups) == len(expected)
    for group, row in zip(groups, expected, strict=True):
        assert list(group) == list(row)
        for name, cell in row.items():
            if isinstance(cell, float):
                known = None if np.isnan(cell) else pytest.approx(cell, rel=1e-12, abs=1e-9)
                assert group[name] == known
            else:
                assert group[name] == (None if cell == "" else cell)


@pytest.mark.parametrize("layer", ["parcels", "graves"])
@pytest.mark.parametrize("split", [(), ("communes",)])
def test_several_corridors_are_as_each_alone(geotool, village, tmp_path, monkeypatch, layer, split):
    through_index(monkeypatch)
    strips = [village["right_of_way"]]
    for place, moved_m in enumerate((37.0, -41.5)):
        strip = v.right_of_way().drop(columns="basis")
        strip = strip.set_geometry(strip.geometry.translate(0.0, moved_m))
        strips.append(tmp_path / vp.write_frame(strip, tmp_path, f"strip{place}"))
    more = [*divided(village, split), "--by", "commune"]
    alone = [
        ask(geotool, {**village, "right_of_way": strip}, layer, *more, out=tmp_path / "one.csv")
        for strip in strips
    ]
    reads = []
    real = near.read_near
    monkeypatch.setattr(
        near, "read_near", lambda *args, **rest: reads.append(args) or real(*args, **rest)
    )
    out = tmp_path / "all.csv"
    named = [word for strip in strips for word in ("--corridor", strip)]
    answer = geotool("affected", village[layer], "--as", layer, *named, *more, "-o", out, "--json")
    assert len(reads) == 1
    together = answer.data["corridors"]
    assert [one.pop("corridor") for one in together] == [str(strip) for strip in strips]
    for one, (single, _) in zip(together, alone, strict=True):
        assert without(one) == without(single)
    rows = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert rows.columns[0] == "corridor"
    for strip, (_, text) in zip(strips, alone, strict=True):
        (tmp_path / "one.csv").write_bytes(text)
        own = pd.read_csv(tmp_path / "one.csv", dtype=str, keep_default_na=False)
        mine = rows[rows["corridor"] == str(strip)].drop(columns="corridor")
        pd.testing.assert_frame_equal(mine.reset_index(drop=True), own)


@pytest.mark.parametrize("layer", LAYERS)
def test_nothing_near_is_an_answer(geotool, village, tmp_path, monkeypatch, layer):
    strip = v.right_of_way().drop(columns="basis")
    away = strip.set_geometry(strip.geometry.translate(0.0, 20_000.0))
    path = tmp_path / vp.write_frame(away, tmp_path, "away")
    found = []
    for lane in (through_index, whole):
        lane(monkeypatch)
        data, rows = ask(
            geotool, {**village, "right_of_way": path}, layer, "--by", "commune",
            out=tmp_path / "rows.csv",
        )  # fmt: skip
        assert data["affected_count"] == 0
        assert data["corridor_area_m2"] == pytest.approx(120_000.0)
        found.append((without(data), rows))
    assert found[0] == found[1]


def changed(village, name, frame, folder, label):
    return {**village, name: folder / vp.write_frame(frame, folder, label)}


def refusal(geotool, village, *more):
    answer = geotool(
        "affected", village["parcels"], "--corridor", village["right_of_way"], *more, "--json"
    )
    assert answer.exit_code in (2, 3, 4)
    assert answer.stdout.strip() == "" or json.loads(answer.stdout)
    return answer.exit_code, answer.stderr + answer.stdout


def test_refusals_through_an_index(geotool, village, tmp_path, monkeypatch):
    through_index(monkeypatch)
    parcels = v.parcels()
    twice = parcels.copy()
    twice.loc[50, "parcel_id"] = twice.loc[51, "parcel_id"]  # 3-11 and 3-12, both in the way
    code, text = refusal(geotool, changed(village, "parcels", twice, tmp_path, "twice"))
    assert code == 3
    assert "3-12 occurs 2 times (rows 51, 52)" in text
    moved = parcels.to_crs("EPSG:4326")
    code, text = refusal(geotool, changed(village, "parcels", moved, tmp_path, "lonlat"))
    assert code == 3
    assert "WGS 84 is not projected" in text
    code, text = refusal(geotool, changed(village, "parcels", parcels.iloc[:0], tmp_path, "none"))
    assert code == 3
    assert "empty" in text
    cut = tmp_path / "cut.gpkg"
    cut.write_bytes(village["parcels"].read_bytes()[:70_000])
    assert refusal(geotool, {**village, "parcels": cut})[0] == 3
    assert refusal(geotool, village, "--by", "section")[0] == 2
    assert refusal(geotool, {**village, "parcels": tmp_path / "missing.gpkg"})[0] == 2
    assert geotool("affected", village["parcels"]).exit_code == 2
    out = tmp_path / "rows.csv"
    out.write_text("kept")
    assert refusal(geotool, village, "-o", out)[0] == 4
    assert out.read_text() == "kept"


def test_a_ring_that_crosses_itself_is_repaired_and_named(geotool, village, tmp_path, monkeypatch):
    parcels = v.parcels()
    x, y = parcels.geometry[50].centroid.coords[0]
    bow = shapely.Polygon([(x, y), (x + 20, y + 20), (x + 20, y), (x, y + 20)])
    parcels.loc[50, "geometry"] = bow
    changed_village = changed(village, "parcels", parcels, tmp_path, "bow")
    found = []
    for lane in (through_index, whole):
        lane(monkeypatch)
        found.append(ask(geotool, changed_village, "parcels", out=tmp_path / "rows.csv"))
    assert found[0][1] == found[1][1]
    assert without(found[0][0]) == without(found[1][0])
    assert found[0][0]["repaired"] == ["3-11"]
    rows = pd.read_csv(tmp_path / "rows.csv").set_index("parcel_id")
    assert rows.loc["3-11", "affected_area_m2"] == pytest.approx(200.0)


def test_shapes_of_parts_by_section_and_commune(geotool, village, tmp_path, monkeypatch):
    through_index(monkeypatch)
    out = tmp_path / "parts.gpkg"
    ask(geotool, village, "parcels", *divided(village, ("alignment", "communes")), out=out)
    parts = gpd.read_file(out)
    assert parts.geometry.area.to_numpy() == pytest.approx(parts["affected_area_m2"], abs=1e-6)
    assert parts["affected_area_m2"].sum() == pytest.approx(120_000.0)
    assert set(zip(parts["section_id"], parts["commune_id"], strict=True)) == {
        ("Km10-Km11", "C1"), ("Km11-Km12", "C1"), ("Km11-Km12", "C2")
    }  # fmt: skip
