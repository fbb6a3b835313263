"""Samples: what the generator places, counted without geotool and by geotool itself."""

import json
import re
import sqlite3

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

from geotool import labels, outputs, resources
from geotool.errors import DataError, UsageError
from geotool.pipeline import graves, households, init, landmarks, sample, stats
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.report import ReportOptions, report_bytes, write_report
from geotool.pipeline.run import RunOptions, run_project
from geotool.records import load_schema
from geotool.share import redaction

NAMES = ("ky_anh", "lang_son", "thach_ha")


class Built(dict):
    """Samples by name, each built when it is first asked for."""

    def __missing__(self, name):
        self[name] = sample.build_sample(name)
        return self[name]


@pytest.fixture(scope="session")
def built():
    return Built()


def right_of_way(made, half_width=None):
    width = half_width or made.settings["corridor"]["left_m"]
    lines = made.layers["alignments"].geometry
    return shapely.union_all([line.buffer(width, quad_segs=64, cap_style="flat") for line in lines])


def holders_inside(layers, strip):
    """Household and organisation keys met by the strip, by land or by building."""
    parcels = layers["parcels"]
    inside = shapely.area(shapely.intersection(parcels.geometry.to_numpy(), strip)) > 0
    held = layers["holdings"]
    held = held[held["parcel_id"].isin(parcels.loc[inside, "parcel_id"])]
    by_kind = {kind: set(rows["holder_id"]) for kind, rows in held.groupby("holder_kind")}
    homes = layers["structures"]
    taken = shapely.area(shapely.intersection(homes.geometry.to_numpy(), strip)) > 0
    return by_kind["household"] | set(homes.loc[taken, "holder_id"]), by_kind["organisation"]


# --- every sample ----------------------------------------------------------------------------


def test_the_three_samples_are_known():
    assert set(NAMES) <= set(sample.sample_names())


def test_unknown_sample_names_the_others():
    with pytest.raises(UsageError, match=r"no sample 'atlantis'.*ky_anh"):
        sample.build_sample("atlantis")


@pytest.mark.parametrize("name", NAMES)
def test_settings_agree_with_the_sample(name, built):
    made = built[name]
    assert made.settings["project"]["sample"] is True
    assert made.settings["project"]["crs"] == made.crs
    corridor = made.settings.get("corridor", {"left_m": 0, "right_m": 0})
    assert corridor["left_m"] == corridor["right_m"]  # the generator lays symmetric strips
    assert "giả lập" in made.statement_vi
    assert "synthetic" in made.statement_en


@pytest.mark.parametrize("name", NAMES)
def test_layers_fit_their_schemas(name, built):
    for layer, frame in built[name].layers.items():
        schema = load_schema(layer)
        assert set(frame.columns) - {"geometry"} <= set(schema.column_names), layer
        if schema.key:
            assert frame[schema.key].is_unique, layer
            assert frame[schema.key].notna().all(), layer
        if isinstance(frame, gpd.GeoDataFrame):
            assert frame.is_valid.all(), layer
            assert not frame.is_empty.any(), layer
            assert frame.crs == made_crs(built[name]), layer


def made_crs(made):
    return gpd.GeoSeries([], crs=made.crs).crs


@pytest.mark.parametrize("name", NAMES)
def test_second_build_is_equal(name, built):
    again = sample.build_sample(name)
    assert list(again.layers) == list(built[name].layers)
    for layer, frame in again.layers.items():
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(built[name].layers[layer]))


@pytest.mark.parametrize("name", NAMES)
def test_published_totals_have_wording_and_source(name, built):
    keys = {"total", "value", "name_vi", "name_en", "qualifier_vi", "qualifier_en", "source"}
    for item in built[name].published:
        assert set(item) == keys, item
        assert item["source"]
    plan = resources.load_toml("layers", f"samples/{name}.toml")
    for item in plan["published"]:
        qualifier = item["qualifier_en"]
        assert qualifier in ("", "nearly", "over", "more than")
        if qualifier == "nearly":
            assert 0.95 * item["value"] < item["build"] < item["value"]
        elif qualifier:
            assert item["value"] < item["build"] < 1.05 * item["value"]
        else:
            assert item["build"] == item["value"]


@pytest.mark.parametrize("name", NAMES)
def test_people_are_plainly_made_up(name, built):
    layers = built[name].layers
    people = {
        ("households", "head_name"),
        ("contributions", "contributor_name"),
        ("graves", "deceased_name"),
        ("graves", "family_contact"),
        ("organisations", "name"),
    }
    for layer, column in people:
        if layer in layers:
            assert layers[layer][column].dropna().str.contains(" mẫu ").all()
    if "households" in layers:
        assert layers["households"]["id_number"].str.fullmatch("000000[0-9]{6}").all()
        assert layers["households"]["phone"].str.fullmatch("0000[0-9]{6}").all()


@pytest.mark.parametrize("name", NAMES)
def test_no_layer_carries_a_count_of_the_result(name, built):
    allowed = {"people_count", "capacity_count", "lot_count"}
    for layer, frame in built[name].layers.items():
        counted = {column for column in frame.columns if re.search("count|affected|taken", column)}
        assert counted <= allowed, layer


def test_a_sample_that_does_not_own_up_is_refused(tmp_path):
    folder = tmp_path / "layers" / "samples"
    folder.mkdir(parents=True)
    text = resources.read_text("layers", "samples/lang_son.toml")
    (folder / "real.toml").write_text(text.replace("sample = true", ""), encoding="utf-8")
    with pytest.raises(DataError, match="sample = true"):
        sample.build_sample("real", project_dir=tmp_path)
    (folder / "cut.toml").write_text(text.replace("rounds = 6", ""), encoding="utf-8")
    with pytest.raises(DataError, match="lacks the key 'rounds'"):
        sample.build_sample("cut", project_dir=tmp_path)


# --- Ky Anh ----------------------------------------------------------------------------------


def test_ky_anh_axis(built):
    layers = built["ky_anh"].layers
    axis = layers["alignments"].iloc[0]
    assert axis.geometry.length == pytest.approx(24_410.0, abs=1e-6)
    assert axis["start_chainage"] == "Km543+790"  # Km568+200 less 24.41 km
    communes = layers["communes"]
    order = {
        name: axis.geometry.project(axis.geometry.intersection(shape).centroid)
        for name, shape in zip(communes["commune_name"], communes.geometry, strict=True)
    }
    assert sorted(order, key=order.get) == ["Kỳ Phong", "Kỳ Trung", "Kỳ Văn", "Kỳ Tân", "Kỳ Lạc"]
    assert axis.geometry.difference(communes.union_all()).length == 0.0
    road = layers["roads"].set_index("road_id").geometry["QL.12C"]
    assert axis.geometry.project(axis.geometry.intersection(road)) == pytest.approx(24_336, abs=5)


def test_ky_anh_counts_without_geotool(built):
    made = built["ky_anh"]
    layers, strip = made.layers, right_of_way(made)
    households, organisations = holders_inside(layers, strip)
    assert (len(households), len(organisations)) == (1026, 5)
    assert len(layers["households"]) > 1300  # not everybody there is affected
    assert len(layers["organisations"]) == 6
    graves = layers["graves"].geometry
    assert int(shapely.covers(strip, graves.to_numpy()).sum()) == 693
    wide = right_of_way(made, 60.0)
    assert 693 < int(shapely.covers(wide, graves.to_numpy()).sum()) < len(graves)
    assert int(layers["quarries"].intersects(strip).sum()) == 3 < len(layers["quarries"])
    lines = layers["utilities"]
    assert set(lines.loc[lines.intersects(strip), "voltage_kv"]) == {500.0, 35.0, 0.4}
    assert not layers["cemeteries"].intersects(wide).any()


@pytest.mark.parametrize("name", ["ky_anh", "thach_ha"])
def test_counts_do_not_hang_on_a_hair(name, built):
    made = built[name]
    width = made.settings["corridor"]["left_m"]
    counts = {
        len(holders_inside(made.layers, right_of_way(made, width + by))[0])
        for by in (-0.02, 0.0, 0.02)
    }
    assert len(counts) == 1


def test_ky_anh_land_is_of_every_kind(built):
    layers, strip = built["ky_anh"].layers, right_of_way(built["ky_anh"])
    parcels = layers["parcels"]
    taken = shapely.area(shapely.intersection(parcels.geometry.to_numpy(), strip))
    share = taken / parcels.area
    assert 2500 <= len(parcels) <= 3500
    assert ((share > 0) & (share < 0.999)).sum() > 500
    assert (share > 0.999).sum() > 300
    assert (share == 0).sum() > 800
    assert {"ONT+CLN", "LUC", "HNK", "CLN", "RSX", "NTD", "SKS"} <= set(parcels["land_type"])
    assert set(parcels["papers"]) == {"yes", "no", "pending"}
    differs = (parcels["document_area_m2"] - parcels.area).abs() > 0.2
    assert 0.2 < differs[parcels["document_area_m2"].notna()].mean() < 0.6


def test_ky_anh_parcels_tile_but_for_the_planted_troubles(built):
    layers, strip = built["ky_anh"].layers, right_of_way(built["ky_anh"])
    parcels, held = layers["parcels"], layers["holdings"]
    public = held.loc[held["holder_kind"] == "organisation", "parcel_id"]
    plain = parcels[~parcels["parcel_id"].isin(public)]
    assert plain.area.sum() == pytest.approx(plain.union_all().area, rel=1e-12)
    assert parcels.area.sum() - parcels.union_all().area > 10_000  # organisations overlap
    uncovered = strip.difference(parcels.union_all())
    pieces = shapely.get_parts(uncovered)
    assert max(piece.area for piece in pieces) == pytest.approx(400 * 70, rel=0.1)  # no map


def test_holders_hold_in_every_way(built):
    for name in ("ky_anh", "thach_ha"):
        held = built[name].layers["holdings"]
        parcels = built[name].layers["parcels"].set_index("parcel_id")
        shares = held["share_numerator"] / held["share_denominator"]
        np.testing.assert_allclose(shares.groupby(held["parcel_id"]).sum(), 1.0)
        assert not held.duplicated(["holder_id", "parcel_id"]).any()
        assert (held.groupby("parcel_id").size() > 1).sum() > 20
        assert (held.groupby("holder_id").size() > 1).sum() > 300
        communes = held["parcel_id"].map(parcels["commune_id"]).groupby(held["holder_id"])
        assert (communes.nunique() > 1).sum() > 20
        known = set(built[name].layers["households"]["household_id"])
        known |= set(built[name].layers["organisations"]["organisation_id"])
        assert set(held["holder_id"]) | set(built[name].layers["structures"]["holder_id"]) <= known


def test_ky_anh_buildings(built):
    layers, strip = built["ky_anh"].layers, right_of_way(built["ky_anh"])
    homes = layers["structures"]
    inside = shapely.area(shapely.intersection(homes.geometry.to_numpy(), strip))
    dwellings = homes["use"] == "dwelling"
    assert set(homes["use"]) == {"dwelling", "secondary", "business"}
    assert homes.loc[dwellings, "holder_id"].is_unique
    assert (dwellings & (inside > 0)).sum() > 80
    assert (dwellings & (inside > 0) & (inside < 0.999 * homes.area)).sum() > 5
    landless = set(homes["holder_id"]) - set(layers["holdings"]["holder_id"])
    assert len(landless) == 6  # on the stretch without a cadastral map


def test_ky_anh_is_handed_over_in_time_and_by_agreement(built):
    events = built["ky_anh"].layers["events"]
    assert events["event_date"].max() <= "2023-12-31"
    assert set(events["state"]) == {"markers_handed_over", "handed_over", "blocked"}
    assert not events["document_no"].str.contains("cưỡng chế").any()
    assert list(events["event_date"]) == sorted(events["event_date"])


# --- Thach Ha --------------------------------------------------------------------------------


def test_thach_ha_counts_without_geotool(built):
    made = built["thach_ha"]
    layers, strip = made.layers, right_of_way(made)
    np.testing.assert_allclose(
        layers["alignments"].length, [18_270.0, 3_900.0, 5_053.0], rtol=0, atol=1e-6
    )
    households, organisations = holders_inside(layers, strip)
    assert len(households) == 1612  # more than 1,600
    assert len(organisations) == 3
    touched = layers["communes"][layers["communes"].intersects(strip)]
    assert set(touched["commune_name"]) == {
        "Việt Tiến",
        "Thạch Ngọc",
        "Lưu Vĩnh Sơn",
        "Thạch Đài",
        "Thạch Xuân",
        "Tân Lâm Hương",
        "Nam Điền",
    }
    sites = layers["resettlement_sites"]
    assert list(sites["commune_id"]) == ["thach_xuan", "thach_xuan"]
    xuan = layers["communes"].set_index("commune_id").geometry["thach_xuan"]
    assert sites.within(xuan).all()
    assert not sites.intersects(strip).any()
    lots = layers["lots"].groupby("resettlement_site_id").size()
    assert list(lots) == list(sites["lot_count"])


def test_thach_ha_roads_do_not_share_land(built):
    parcels = built["thach_ha"].layers["parcels"]
    strips = [
        line.buffer(27.0, cap_style="flat")
        for line in built["thach_ha"].layers["alignments"].geometry
    ]
    met = sum(
        shapely.intersects(strip, parcels.geometry.to_numpy()).astype(int) for strip in strips
    )
    assert met.max() == 1


# --- Lang Son --------------------------------------------------------------------------------


def test_lang_son_border(built):
    layers = built["lang_son"].layers
    border = layers["border"].iloc[0]
    assert border.geometry.length == pytest.approx(231_740.0, abs=1e-6)
    assert border.geometry.is_simple
    assert "sketch" in border["source"]
    assert "schematic" in border["scale"]
    districts = layers["communes"].set_index("district_name").geometry
    assert list(districts.index) == ["Tràng Định", "Văn Lãng", "Cao Lộc", "Lộc Bình", "Đình Lập"]
    lengths = districts.intersection(border.geometry).length
    assert lengths.sum() == pytest.approx(231_740.0, abs=1e-6)
    assert lengths.min() > 30_000
    assert districts.union_all().area == pytest.approx(districts.area.sum(), rel=1e-12)


def test_lang_son_landmarks(built):
    layers = built["lang_son"].layers
    landmarks, line = layers["landmarks"], layers["border"].geometry.iloc[0]
    assert len(landmarks) == 474
    assert (landmarks["terrain"] == "high_dangerous").sum() == 459
    assert landmarks["landmark_id"].str.fullmatch(r"\d{3,4}(/\d)?").all()
    assert landmarks["landmark_id"].iloc[0] == "962"
    assert landmarks["landmark_id"].iloc[-1] == "1300/4"
    mains = landmarks["landmark_id"].str.split("/").str[0].astype(int)
    assert mains.is_monotonic_increasing
    assert set(mains) == set(range(962, 1301))
    assert landmarks.distance(line).max() == 0.0
    gaps = np.diff([line.project(place) for place in landmarks.geometry])
    assert gaps.min() > 250
    assert gaps.max() < 750
    districts = layers["communes"].set_index("commune_id").geometry
    assert shapely.covers(
        districts[landmarks["commune_id"]].to_numpy(), landmarks.geometry.to_numpy()
    ).all()


def test_lang_son_roads_and_gifts(built):
    layers = built["lang_son"].layers
    roads, gifts = layers["landmark_roads"], layers["contributions"]
    made = roads[roads["status"] == "built"]
    assert len(made) == 123  # over 120
    assert made["built_date"].max() <= "2023-04-18"
    assert roads.loc[roads["status"] != "built", "built_date"].isna().all()
    districts = layers["communes"].set_index("commune_id").geometry
    assert shapely.covers(
        districts[roads["commune_id"]].to_numpy(), roads.geometry.to_numpy()
    ).all()  # no road leaves its district, let alone the country
    ends = shapely.get_point(roads.geometry.to_numpy(), -1)
    by_road = layers["landmarks"][layers["landmarks"]["access"] == "road"].geometry
    assert by_road.isin(ends).all()
    assert len(by_road) == 123
    assert gifts["contributor_id"].nunique() == 175
    assert gifts["amount_vnd"].dtype == "int64"
    assert gifts["amount_vnd"].min() > 0
    assert int(gifts["amount_vnd"].sum()) == 5_412_000_000
    assert set(gifts["landmark_road_id"]) <= set(made["landmark_road_id"])


# --- counted by geotool ------------------------------------------------------------------------

PAGE = re.compile(r'<script type="application/json" id="gt-page">(.*?)</script>', re.DOTALL)


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "ky_anh"
    init.init_project(folder, sample="ky_anh", overwrite=False)
    path = folder / "geotool.toml"
    text = path.read_text(encoding="utf-8")
    kept = re.sub(r"recipes = \[.*?\]", 'recipes = ["overview"]', text)
    path.write_text(kept, encoding="utf-8")
    return folder


def counted(folder):
    """What each output says: households, graves, parcels and their affected area."""
    run_project(RunOptions(folder, overwrite=True))
    out = folder / "out"
    page = json.loads(PAGE.search((out / "overview.html").read_text(encoding="utf-8"))[1])
    found = {
        "stats": stats.tabulate(folder, by=["commune"], on=None).data["totals"],
        "manifest": json.loads((out / "manifest.json").read_text(encoding="utf-8"))["results"][
            "totals"
        ],
        "map": _page_totals(page),
    }
    write_report(ReportOptions(folder, str(out / "report.json"), overwrite=True))
    for suffix in ("json", "xlsx"):
        found[suffix] = _report_totals(out / f"report.{suffix}")
    names = ("household_count", "grave_right_of_way_count", "parcel_count", "affected_area_m2")
    figures = {face: [round(float(totals[n]), 1) for n in names] for face, totals in found.items()}
    figures["households"] = households.count_households(folder, by="commune").data["affected_count"]
    demand = graves.count_demand(folder, margin_m=None, by="commune", on=None).data
    figures["graves"] = demand["right_of_way_count"]
    figures["map layers"] = [
        layer["count"] for layer in page["layers"] if layer["name"] in ("graves", "land_take")
    ]
    figures["layers.gpkg"] = [
        pyogrio.read_info(out / "layers.gpkg", layer=layer)["features"]
        for layer in ("graves", "land_take")
    ]
    return figures


def _page_totals(page):
    table = next(table for table in page["tables"] if table["name"] == "totals")
    cells = [english.replace(",", "") for _, _, english in table["rows"][0]]
    return dict(zip([column["name"] for column in table["columns"]], cells, strict=True))


def _report_totals(path):
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))["tables"]["totals"]["rows"][0]
    sheet = openpyxl.load_workbook(path, read_only=True)["Tổng hợp"]
    known = labels.load_labels()
    names = {
        known.text(f"columns.{name}", "vi"): name
        for name in (
            "household_count",
            "grave_right_of_way_count",
            "parcel_count",
            "affected_area_m2",
        )
    }
    cells = [row[:2] for row in sheet.iter_rows(min_row=2, max_col=2, values_only=True)]
    return {names[words]: value for words, value in cells if words in names}


def replace_layer(folder, layer, frame):
    suffix = "gpkg" if isinstance(frame, gpd.GeoDataFrame) else "csv"
    path = folder / "layers" / f"{layer}.{suffix}"
    outputs.write_layer(frame, path, layer=layer, overwrite=True)


def delete_one_of_each(folder, made):
    """Delete a household, a grave and another household's only parcel; return that land taken."""
    strip, layers = right_of_way(made), made.layers
    holdings, structures, parcels = (layers[name] for name in ("holdings", "structures", "parcels"))
    affected = sorted(holders_inside(layers, strip)[0])
    for layer in ("holdings", "structures"):
        rows = layers[layer]
        replace_layer(folder, layer, rows[rows["holder_id"] != affected[0]])
    homes = layers["households"]
    replace_layer(folder, "households", homes[homes["household_id"] != affected[0]])
    inside = shapely.covers(strip, layers["graves"].geometry.to_numpy())
    replace_layer(folder, "graves", layers["graves"].drop(index=np.nonzero(inside)[0][0]))
    alone = holdings[
        ~holdings["holder_id"].duplicated(keep=False)
        & ~holdings["parcel_id"].duplicated(keep=False)
        & ~holdings["holder_id"].isin(structures["holder_id"])
        & holdings["holder_id"].isin(affected[1:])
    ]
    gone = parcels["parcel_id"] == alone["parcel_id"].iloc[0]
    replace_layer(folder, "parcels", parcels[~gone])
    return float(parcels[gone].intersection(strip).area.sum())


def test_every_output_follows_deletions(project, built):
    first = counted(project)
    taken = delete_one_of_each(project, built["ky_anh"])
    then = counted(project)
    area = first["stats"][3]
    for face in ("stats", "manifest", "map", "json", "xlsx"):
        assert first[face] == pytest.approx([1026, 693, 1596, area], abs=0.1), face
        assert then[face] == pytest.approx([1024, 692, 1595, area - taken], abs=0.2), face
    assert (first["households"], then["households"]) == (1026, 1024)
    assert (first["graves"], then["graves"]) == (693, 692)
    for face in ("map layers", "layers.gpkg"):
        assert sorted(then[face]) == [count - 1 for count in sorted(first[face])], face


def test_geotool_counts_ky_anh(project):
    data = stats.tabulate(project, by=["commune"], on=None).data
    totals = data["totals"]
    assert data["reconciles"] is True
    assert totals["organisation_count"] == 5
    assert totals["quarry_count"] == 3
    assert totals["handed_over_km"] == pytest.approx(24.41, abs=1e-9)


def test_every_output_says_it_is_synthetic(project):
    run_project(RunOptions(project, overwrite=True))
    out = project / "out"
    found = assess(open_project(project), on="2023-12-31")
    shown = redaction.load_profile("public")
    page = json.loads(PAGE.search((out / "overview.html").read_text(encoding="utf-8"))[1])
    assert "Synthetic data" in page["notices"][0]["en"]
    cover = openpyxl.load_workbook(out / "report.xlsx", read_only=True).worksheets[0]
    texts = [str(cell) for row in cover.iter_rows(values_only=True) for cell in row if cell]
    faces = {
        "map": json.dumps(page, ensure_ascii=False),
        "xlsx": "\n".join(texts),
        "manifest": (out / "manifest.json").read_text(encoding="utf-8"),
        **{
            suffix: report_bytes(found, shown, suffix).decode("utf-8-sig")
            for suffix in (".json", ".md", ".csv")
        },
    }
    for path in (out / "layers.gpkg", project / "layers" / "parcels.gpkg"):
        with sqlite3.connect(path) as database:
            notes = [row[0] for row in database.execute("SELECT description FROM gpkg_contents")]
        assert notes
        assert all("giả lập" in note and "ynthetic" in note for note in notes)
    for face, text in faces.items():
        assert "Mẫu giả lập" in text, face
        assert "gần 700 ngôi mộ" in text, face
        assert ("nearly 700 graves" in text) == (face in ("map", "manifest")), face


@pytest.mark.parametrize("name", NAMES)
def test_source_line_gives_the_published_totals_with_their_qualifiers(name, built):
    settings = built[name].settings["project"]
    for item in built[name].published:
        for language, key in (("vi", "source"), ("en", "source_en")):
            assert init.published_text(item, language) in settings[key], item["total"]


def test_geotool_counts_lang_son(tmp_path):
    folder = tmp_path / "lang_son"
    init.init_project(folder, sample="lang_son", overwrite=False)
    data = landmarks.measure_status(folder).data
    assert data["landmark_count"] == 474
    assert data["served_count"] == 123
    assert data["border_km"] == pytest.approx(231.74, abs=1e-9)
    assert data["border_source"].startswith("phác thảo giả lập, không phải đường biên giới")
    assert "own sketch, synthetic; not a boundary" in data["border_source"]
