"""What the public sees of a project: groups kept in the project, no few people anywhere."""

import dataclasses
import json

import pandas as pd
import pyogrio
import pytest

from geotool import resources, schema
from geotool.errors import OutputError, SchemaError
from geotool.pipeline.assess import assess
from geotool.pipeline.inputs import open_project
from geotool.pipeline.map_layers import make_layers
from geotool.pipeline.published import FILE, disclose
from geotool.pipeline.report import ReportOptions, shown_tables, write_report
from geotool.pipeline.run import RunOptions, check_manifest, run_project
from geotool.pipeline.strip_map import gather
from geotool.pipeline.tables import make_tables
from geotool.share import redaction
from tests import village as v
from tests.village_project import landmark_roads, roads, write_project

ON = "2024-05-01"
PUBLIC = redaction.load_profile("public")
COMMITTEE = redaction.load_profile("committee")
LEAST = PUBLIC.small.least_count
FINE = v.Village(section_m=200.0)
COUNTS = ("household_count", "relocated_count", "residential_count")


def sections(village=FINE):
    """Return the sections of 200 m as a table by name: two households in each."""
    rows = [
        (name, 10_000.0 + first, 10_000.0 + last) for name, first, last in v.section_ranges(village)
    ]
    return pd.DataFrame(rows, columns=["section_id", "from_chainage", "to_chainage"])


def project(folder, village=FINE, *, layers=None, **options):
    own = {"sections": sections(village), **(layers or {})}
    return write_project(folder, village, layers=own, **options)


def assessed(folder, village=FINE, **options):
    return assess(open_project(project(folder, village, **options)), on=ON)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return assessed(tmp_path_factory.mktemp("published") / "p")


@pytest.fixture(scope="module")
def seen(found):
    return disclose(found, PUBLIC)


def public_tables(found):
    return {table.name: table for table in shown_tables(found, PUBLIC)}


def counted(table, key, name="affected_count"):
    return {row[key]: row[name] for row in table.rows if row[key] != "shared"}


def test_sections_of_two_households_are_added_up(seen):
    tables = public_tables(seen.found)
    assert counted(tables["households_by_section"], "section_id") == {
        "Km10-Km10.6": 6,
        "Km10.6-Km12": 14,
    }
    assert counted(tables["households_by_commune"], "commune_id") == {"C1": 13, "C2": 7}
    for name in ("households_by_section", "households_by_commune"):
        assert tables[name].total["affected_count"] == 20
        assert all(
            row["affected_count"] == 0 for row in tables[name].rows if "shared" in row.values()
        )


def test_every_count_of_people_is_none_or_enough_and_all_totals_are_true(found, seen):
    rule, full = PUBLIC.small, make_tables(found)
    for name, table in public_tables(seen.found).items():
        for column in (one.name for one in table.columns if one.name in rule.people):
            for row in (*table.rows, table.total or {}):
                assert not rule.is_small(row.get(column) or 0), (name, column, row)
        if full[name].total:
            for column, value in (table.total or {}).items():
                assert value == pytest.approx(full[name].total[column]), (name, column)


def test_rows_add_up_to_the_totals(seen):
    tables = public_tables(seen.found)
    for name in ("land_take_by_section", "land_take_by_commune", "land_take_by_land_type"):
        table = tables[name]
        for column in (one.name for one in table.columns if one.name in table.total):
            cells = [row[column] or 0 for row in table.rows]
            assert sum(cells) == pytest.approx(table.total[column]), (name, column)


def test_no_difference_of_sections_and_communes_is_a_few_households(seen):
    places = seen.found.land.households.places
    cells = places.groupby(["section_id", "commune_id", "household_id"])["affected"].any()
    sizes = cells.groupby(["section_id", "commune_id"]).sum()
    assert sizes.sum() == 20
    assert not any(PUBLIC.small.is_small(size) for size in sizes)


def test_layers_and_strip_maps_follow_the_same_groups(seen):
    layers = make_layers(seen.found, dissolve=True)
    names = ["Km10-Km10.6", "Km10.6-Km12"]
    assert layers["land_take_by_section"]["section_id"].tolist() == names
    assert layers["land_take_by_section"].geometry.area.sum() == pytest.approx(120_000)
    assert set(layers["cells"]["section_id"]) == set(names)
    assert layers["cells"]["affected_area_m2"].sum() == pytest.approx(120_000)
    (one,) = gather(seen.found, seen.profile)
    assert [section.section_id for section in one.sections] == names
    assert [round(span.length_m) for span in one.bins] == [600, 1400]


def test_communes_of_a_few_households_become_one(tmp_path):
    village = v.Village(commune_cuts_m=(1250.0, 1800.0))
    seen = disclose(assessed(tmp_path / "p", village), PUBLIC)
    rows = public_tables(seen.found)["households_by_commune"].rows
    assert [(r["commune_id"], r["commune_name"], r["affected_count"]) for r in rows[:2]] == [
        ("C1", "Commune 1", 13),
        ("C2 + C3", "Commune 2 + Commune 3", 7),
    ]
    assert len(seen.found.inputs.frames["communes"]) == 2


def test_the_partition_is_kept_and_the_second_answer_is_the_first(tmp_path):
    found = assessed(tmp_path / "p")
    root = found.inputs.project.root
    first = disclose(found, PUBLIC)
    text = (root / FILE).read_bytes()
    assert first.record["written"] is True
    assert next(problem.rule for problem in first.problems) == "partition_chosen"
    second = disclose(found, PUBLIC)
    assert (second.record["written"], (root / FILE).read_bytes()) == (False, text)
    assert shown_tables(found, PUBLIC) == shown_tables(first.found, PUBLIC)
    table = pd.read_csv(root / FILE)
    assert list(table) == [
        "step", "chosen_on", "kind", "code", "published_id", "published_title",
    ]  # fmt: skip
    assert set(table["chosen_on"]) == {ON}
    assert table["published_title"].tolist()[:3] == ["Km10-Km10.6"] * 3


def test_fewer_households_coarsen_and_more_never_refine(tmp_path):
    root = tmp_path / "p"
    disclose(assessed(root), PUBLIC)
    held = v.holdings(FINE)
    gone = held["holder_id"].isin(["H2", "H3"])
    fewer = held[~gone]
    land = v.parcels(FINE)
    land = land[~land["parcel_id"].isin(held.loc[gone, "parcel_id"])]
    homes = v.structures(FINE)
    homes = homes[~homes["holder_id"].isin(["H2", "H3"])]
    layers = {"holdings": fewer, "parcels": land, "structures": homes}
    less = disclose(assessed(root, layers=layers), PUBLIC)
    assert next(problem.rule for problem in less.problems) == "partition_coarsened"
    table = public_tables(less.found)["households_by_section"]
    assert counted(table, "section_id") == {"Km10-Km12": 18}
    again = disclose(assessed(root), PUBLIC)
    assert again.record["written"] is False
    table = public_tables(again.found)["households_by_section"]
    assert counted(table, "section_id") == {"Km10-Km12": 20}
    assert set(pd.read_csv(root / FILE)["step"]) == {1, 2}


def test_nothing_is_published_where_the_partition_cannot_be_kept(tmp_path):
    root = project(tmp_path / "p", FINE)
    (root / FILE).mkdir(parents=True)
    path = root / "report.json"
    with pytest.raises(OutputError, match="nothing is published") as caught:
        write_report(ReportOptions(root, str(path), profile="public"))
    assert caught.value.exit_code == 4
    assert "committee" in caught.value.remedy
    assert not path.exists()
    write_report(ReportOptions(root, str(path), profile="committee"))


def test_a_file_that_was_split_by_hand_is_refused(tmp_path):
    found = assessed(tmp_path / "p")
    path = found.inputs.project.root / FILE
    disclose(found, PUBLIC)
    rows = path.read_text(encoding="utf-8-sig").splitlines()
    split = [f"2,,section,{row.split(',')[3]},{n},{n}" for n, row in enumerate(rows[1:11])]
    path.write_text("\n".join([*rows, *split]), encoding="utf-8")
    with pytest.raises(SchemaError, match="splits"):
        disclose(found, PUBLIC)


def test_the_committee_sees_every_section_and_no_file_is_written(tmp_path):
    found = assessed(tmp_path / "p")
    seen = disclose(found, COMMITTEE)
    assert (seen.record, seen.problems) == (None, ())
    table = next(t for t in shown_tables(found, COMMITTEE) if t.name == "households_by_section")
    assert len(counted(table, "section_id")) == 10
    assert not (found.inputs.project.root / FILE).exists()


def test_a_project_without_land_needs_no_partition(tmp_path):
    bare = dict.fromkeys(("parcels", "holdings", "structures", "households"))
    found = assessed(tmp_path / "p", layers=bare)
    assert disclose(found, PUBLIC).record is None
    assert not (found.inputs.project.root / FILE).exists()


def test_parcels_that_nobody_is_known_to_hold_are_added_up_too(tmp_path):
    bare = dict.fromkeys(("holdings", "structures", "households", "organisations"))
    seen = disclose(assessed(tmp_path / "p", v.Village(section_m=100.0), layers=bare), PUBLIC)
    rows = public_tables(seen.found)["land_take_by_section"].rows
    assert 1 < len(rows) < 20
    assert all(not PUBLIC.small.is_small(row.get("parcel_count", 0)) for row in rows)


def test_counts_of_a_few_in_the_whole_project_are_left_out(tmp_path):
    village = v.Village(columns=3, commune_cuts_m=())
    root = project(tmp_path / "p", village, recipes=(), layers={
        "events": None, "utilities": None, "quarries": None, "landmarks": None,
        "landmark_roads": None, "contributions": None, "border": None, "roads": None,
    })  # fmt: skip
    answer = run_project(RunOptions(root, profile="public"))
    assert not set(COUNTS) & set(answer.data["totals"])
    assert answer.data["totals"]["affected_area_m2"] == pytest.approx(18_000)
    manifest = json.loads((root / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert not set(COUNTS) & set(manifest["results"]["totals"])
    assert answer.data["published"]["path"] == "layers/published_cells.csv"


def donated(folder):
    """Return a project in which one household alone donates land."""
    strip = v.right_of_way(FINE)
    whole = strip.geometry.iloc[0]
    east = FINE.frame([{}], [v.strip(FINE, 1900.0, 2000.0)]).geometry.iloc[0]
    rows = pd.concat([strip.assign(basis="recovered"), strip.assign(basis="donated")])
    rows["right_of_way_id"] = ["A", "B"]
    rows = rows.set_geometry([whole.difference(east), east], crs=strip.crs)
    root = project(folder, FINE, layers={"right_of_way": rows})
    toml = root / "geotool.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(
        text.replace("[corridor]\nleft_m = 30.0\nright_m = 30.0\n", ""), encoding="utf-8"
    )
    return root


def test_few_donors_are_not_shown_apart(tmp_path):
    found = assess(open_project(donated(tmp_path / "p")), on=ON)
    assert "land_take_by_basis" in make_tables(found)
    tables = public_tables(found)
    assert "land_take_by_basis" not in tables
    for table in tables.values():
        assert "donated_area_m2" not in [column.name for column in table.columns], table.name


def test_the_land_of_one_donor_is_not_drawn(tmp_path):
    found = assess(open_project(donated(tmp_path / "p")), on=ON)
    shown = make_layers(disclose(found, PUBLIC).found, dissolve=True)["right_of_way"]
    assert not {"basis", "version", "minutes_no"} & set(shown.columns)
    assert shown.geometry.area.tolist() == [pytest.approx(120_000)]
    open_to_committee = make_layers(disclose(found, COMMITTEE).found, dissolve=False)
    assert set(open_to_committee["right_of_way"]["basis"]) == {"recovered", "donated"}


def with_uses(folder, few, *, others="secondary"):
    layer = v.structures(FINE)
    homes = layer.index[(layer["use"] == "dwelling")]
    taken = [row for row in homes if int(layer.loc[row, "holder_id"][1:]) % 2 == 0]
    layer["use"] = layer["use"].where(layer["use"] == "dwelling", others)
    layer.loc[taken[:few], "use"] = "business"
    return assessed(folder, layers={"structures": layer})


def test_a_use_of_a_few_is_not_what_the_total_of_dwellings_leaves(tmp_path):
    found = with_uses(tmp_path / "p", 3)
    tables = public_tables(found)
    assert counted(tables["structures"], "use", "structure_count") == {"dwelling": 7, "other": 8}
    assert tables["totals"].rows[0]["dwelling_count"] == 7


def test_dwellings_that_must_be_added_up_have_no_total(tmp_path):
    found = with_uses(tmp_path / "p", 3, others="dwelling")
    tables = public_tables(found)
    assert counted(tables["structures"], "use", "structure_count") == {"other": 15}
    assert not {"dwelling_count", "relocated_count"} & set(tables["totals"].rows[0])


def test_money_of_a_few_givers_goes_with_their_count(tmp_path):
    found = assessed(tmp_path / "p")
    assert found.totals["contributed_vnd"] > 0
    for name in ("totals", "landmark_roads"):
        table = public_tables(found)[name]
        assert "contributed_vnd" not in {column.name for column in table.columns}
    seen = {table.name: table for table in shown_tables(found, COMMITTEE)}
    assert "contributed_vnd" in seen["totals"].rows[0]


def test_the_public_is_not_told_how_many_households_handed_over_in_between(found):
    row = public_tables(found)["handover"].rows[0]
    assert "household_handed_over_count" not in row
    assert row["handed_over_km"] == pytest.approx(0.8)


def test_the_handover_is_drawn_by_published_sections(seen):
    pieces = make_layers(seen.found, dissolve=True)["handover"]
    keys = ["section_id", "side", "state"]
    assert not pieces[keys].duplicated().any()
    assert set(pieces["section_id"]) == {"Km10-Km10.6", "Km10.6-Km12"}
    assert pieces.geometry.area.sum() == pytest.approx(120_000)


def test_the_land_of_one_parcel_without_holder_is_not_what_households_leave(tmp_path):
    held = v.holdings(FINE)
    found = assessed(tmp_path / "p", layers={"holdings": held[held["parcel_id"] != "3-3"]})
    for name in ("households_by_section", "households_by_commune"):
        table = public_tables(found)[name]
        names = {column.name for column in table.columns}
        assert "affected_area_m2" not in names
        assert "affected_count" in names
    land = public_tables(found)["land_take_by_section"]
    assert land.total["affected_area_m2"] == pytest.approx(120_000)


def publish(root, profile="public"):
    return run_project(RunOptions(root, on=ON, profile=profile, overwrite=True))


@pytest.fixture(scope="module")
def published_project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    bare = dict.fromkeys(("graves", "utilities", "quarries", "landmarks", "roads", "border"))
    root = project(folder / "p", layers=bare, recipes=())
    outside = folder / "ho_so_Nguyen_Van_A.csv"
    (root / "layers" / "households.csv").rename(outside)
    toml = root / "geotool.toml"
    text = toml.read_text(encoding="utf-8")
    path = f"../{outside.name}"
    toml.write_text(text.replace("layers/households.csv", path), encoding="utf-8")
    publish(root)
    return root


def checked(root):
    data = check_manifest(root / "out" / "manifest.json").data
    return {row["path"]: row["difference"] for row in data["differences"]}


def test_a_manifest_names_no_file_outside_the_project(published_project):
    root = published_project
    for profile in ("committee", "public"):
        publish(root, profile)
        text = (root / "out" / "manifest.json").read_text(encoding="utf-8")
        assert "Nguyen" not in text
        assert '"external:households"' in text
        assert checked(root) == {}
    of = {item["layer"]: item for item in json.loads(text)["inputs"]}
    assert of["households"]["rows"] is of["parcels"]["size_bytes"] is None
    assert of["alignments"]["rows"] == 1
    outside = root.parent / "ho_so_Nguyen_Van_A.csv"
    kept = outside.read_bytes()
    outside.write_bytes(kept + b"\n")
    assert checked(root) == {"external:households": "changed"}
    outside.unlink()
    assert checked(root) == {"external:households": "missing"}
    outside.write_bytes(kept)


def test_a_partition_that_was_lost_or_refined_since_the_last_run_is_refused(published_project):
    root = published_project
    publish(root, "committee")
    path, name = root / FILE, FILE.as_posix()
    kept = path.read_bytes()
    rows = kept.decode("utf-8-sig").splitlines()
    fine = [
        rows[0],
        *(f"1,,{r.split(',')[2]},{(r.split(',')[3] + ',') * 3}"[:-1] for r in rows[1:]),
    ]
    found = assess(open_project(root), on=ON)
    for text, difference in ((None, "missing"), ("\n".join(fine), "changed")):
        path.unlink() if text is None else path.write_text(text, encoding="utf-8")
        with pytest.raises(SchemaError, match=difference) as caught:
            disclose(found, PUBLIC)
        assert caught.value.exit_code == 3
        assert "Restore" in caught.value.remedy
        assert path.exists() is (text is not None)
        assert checked(root) == {name: difference}
    for encoding in ("utf-16", "utf-8"):
        path.write_text("\r\n".join(rows).replace(",", ";"), encoding=encoding, newline="")
        assert disclose(found, PUBLIC).record["written"] is False
    path.write_bytes(kept)
    assert checked(root) == {}


PATROL = ("Đường tuần tra biên giới", "DUONG TUAN TRA", "Patrol road 7", "đường_tuần_tra",
          "Tuyến tuầntra", "Đường Tuần-Tra", "Đường tuần  tra")  # fmt: skip
ORDINARY = ("Đường ra mốc", "Tuần lễ tra cứu", None, "Petrol station")


def test_patrol_roads_are_known_by_their_words():
    own = schema.load_schema("landmark_roads")
    frame = pd.DataFrame({"name": [*PATROL, *ORDINARY]})
    found = redaction.sensitive_rows(frame, own).tolist()
    assert found == [True] * len(PATROL) + [False] * len(ORDINARY)
    kinds = pd.DataFrame({"name": "x", "kind": ["tuần tra", "rural"]})
    assert redaction.sensitive_rows(kinds, own).tolist() == [True, False]


def test_patrol_roads_are_for_the_internal_profile_only(tmp_path):
    name = PATROL[0]
    by_name = landmark_roads(FINE)
    by_name.loc[1, "name"] = name
    by_kind = roads(FINE)
    by_kind.loc[0, "kind"] = name
    root = write_project(
        tmp_path / "p",
        FINE,
        layers={"landmark_roads": by_name, "roads": by_kind},
        recipes=(),
    )
    for profile, shown in (("public", False), ("committee", False), ("internal", True)):
        recipient = "Đồn" if profile == "internal" else None
        run_project(RunOptions(root, profile=profile, recipient=recipient, overwrite=True))
        gpkg = root / "out" / "layers.gpkg"
        kept = pyogrio.read_dataframe(gpkg, layer="landmark_roads", read_geometry=False)
        assert ("LR2" in kept["landmark_road_id"].tolist()) is shown
        kept = pyogrio.read_dataframe(gpkg, layer="roads", read_geometry=False)
        assert ("R1" in kept["road_id"].tolist()) is shown
        path = root / "report.md"
        write_report(
            ReportOptions(root, str(path), profile=profile, recipient=recipient, overwrite=True)
        )
        assert ("LR2" in path.read_text(encoding="utf-8")) is shown


def test_a_sensitive_layer_is_left_out_whole(tmp_path):
    root = project(tmp_path / "p", FINE)
    folder = (root / "layers" / "schemas").resolve()
    folder.mkdir(parents=True)
    text = resources.find("layers", "schemas/utilities.toml").read_text(encoding="utf-8")
    (folder / "utilities.toml").write_text(
        text.replace('public = "features"', 'public = "features"\nsensitive = true'),
        encoding="utf-8",
    )
    found = assess(open_project(root), on=ON)
    for profile, shown in ((PUBLIC, False), (COMMITTEE, False)):
        seen = disclose(found, profile)
        assert ("crossings" in make_layers(seen.found, dissolve=False)) is shown
        names = [table.name for table in shown_tables(found, profile)]
        assert "crossings_by_voltage" not in names
    internal = redaction.load_profile("internal", recipient="A")
    assert disclose(found, internal).found is found


def test_graves_and_houses_are_not_drawn_one_by_one_for_the_public(tmp_path):
    root = project(tmp_path / "p", recipes=("graves", "affected_area"))
    run_project(RunOptions(root, profile="public"))
    layers = {name for name, _ in pyogrio.list_layers(root / "out" / "layers.gpkg")}
    assert not layers & {"graves", "structures", "households", "parcels", "land_take"}
    assert b"G17" not in (root / "out" / "graves.html").read_bytes()


def test_an_assessment_is_disclosed_once(seen):
    again = disclose(seen.found, PUBLIC)
    assert again.found is seen.found
    assert again.profile == seen.profile
    assert dataclasses.replace(seen.found).shown_to == seen.profile
