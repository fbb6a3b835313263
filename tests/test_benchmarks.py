"""The benchmark measures what it says: its fabrics, its corridors, its peers' answers."""

import json

import clock
import fabric
import land_take
import numpy as np
import peers
import pyogrio
import pytest
import report
import shapely
from answers import compare, read_answer, write_answer
from pyarrow import parquet

LOCAL_PEERS = ("overlay", "sjoin", "chunked")


def parcels_of(made):
    """Shape by parcel."""
    batches = list(fabric.communes(made))
    shapes = [shapely.from_wkb(batch["geometry"].to_numpy(False)) for batch in batches]
    keys = [batch["parcel_id"].to_numpy(False) for batch in batches]
    return dict(zip(np.concatenate(keys), np.concatenate(shapes), strict=True))


@pytest.fixture(scope="module")
def village():
    return np.array(list(parcels_of(fabric.Fabric(1)).values()))


@pytest.fixture(scope="module")
def ragged():
    return np.array(list(parcels_of(fabric.Fabric(1, ragged=True)).values()))


def of_fault(shapes, name):
    """The parcels of a commune that have one fault."""
    spoiled = shapes[:: fabric.FAULT_EVERY]
    return spoiled[list(fabric.FAULTS).index(name) :: len(fabric.FAULTS)]


def test_parcels_share_their_edges(village):
    assert shapely.is_valid(village).all()
    whole = shapely.union_all(village)
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0
    assert whole.area == pytest.approx(shapely.area(village).sum(), rel=1e-12)
    assert whole.area == pytest.approx(fabric.Fabric(1).side_m ** 2, rel=0.01)


def test_parcels_have_four_to_twelve_vertices(village):
    counts = shapely.get_num_coordinates(village) - 1
    assert set(counts) == set(range(4, 13))
    assert counts.mean() == pytest.approx(8, abs=0.1)


@pytest.mark.parametrize("spoiled", [False, True])
def test_a_smaller_fabric_is_a_window_of_a_larger_one(spoiled):
    small, large = (parcels_of(fabric.Fabric(blocks, spoiled)) for blocks in (1, 2))
    assert len(large) == 4 * len(small)
    assert all(shape.equals_exact(large[key], 0) for key, shape in small.items())


def test_a_ragged_fabric_has_every_fault(ragged):
    assert shapely.get_num_interior_rings(shapely.get_geometry(of_fault(ragged, "hole"), 0)).all()
    assert (shapely.get_num_geometries(of_fault(ragged, "two parts")) == 2).all()
    for name in ("crossed ring", "hole across the ring"):
        assert not shapely.is_valid(of_fault(ragged, name)).any()
    slivers = shapely.bounds(of_fault(ragged, "sliver of 2 cm"))
    assert np.ptp(slivers[:, [0, 2]], axis=1) == pytest.approx(0.02)
    assert not shapely.is_empty(ragged).any()


@pytest.mark.parametrize("name", ["overlap all around", "overlap of a half"])
def test_parcels_overlap(ragged, village, name):
    pairs = zip(of_fault(ragged, name), of_fault(village, name), strict=True)
    for spoiled, drawn in pairs:
        assert spoiled.difference(drawn).area > 90


@pytest.mark.parametrize(("size", "extent"), land_take.EXTENTS.items())
def test_pieces_tile_the_corridor(size, extent):
    made, length_km = fabric.fabric_of(extent[0]), extent[1]
    corridor = fabric.corridor_across(made, length_km * 1000)
    low = np.array(fabric.ORIGIN)
    land = shapely.box(*low, *(low + made.side_m)).buffer(-fabric.SIDE_M)
    assert corridor.is_valid
    assert land.contains(corridor)
    for stations in (peers.STATIONS_A_TILE, peers.STATIONS_A_KM):
        pieces = peers.cut_at_stations(corridor, stations)
        assert len(pieces) == pytest.approx(length_km * 1000 / (20 * stations), abs=1)
        assert shapely.coverage_is_valid(pieces)
        assert shapely.area(pieces).sum() == pytest.approx(corridor.area, rel=1e-11)


@pytest.mark.parametrize("spoiled", [False, True])
@pytest.mark.parametrize("suffix", [".gpkg", ".fgb"])
def test_a_file_holds_the_parcels(tmp_path, village, ragged, suffix, spoiled):
    path = tmp_path / f"parcels{suffix}"
    fabric.write_fabric(fabric.Fabric(1, spoiled), path)
    _, _, shapes, _ = pyogrio.raw.read(path)
    expected = ragged if spoiled else village
    areas = [np.sort(shapely.area(given)) for given in (shapely.from_wkb(shapes), expected)]
    assert areas[0] == pytest.approx(areas[1], rel=1e-12)


def test_geoparquet_covers_each_parcel_with_its_box(tmp_path, village):
    path = tmp_path / "parcels.parquet"
    fabric.write_fabric(fabric.Fabric(1), path)
    table = parquet.read_table(path)
    geo = json.loads(table.schema.metadata[b"geo"])["columns"]["geometry"]
    boxes = [[row[name] for name in geo["covering"]["bbox"]] for row in table["bbox"].to_pylist()]
    assert np.array_equal(boxes, shapely.bounds(village))


@pytest.fixture(scope="module", params=[False, True], ids=["clean", "ragged"])
def question(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bench")
    made = fabric.Fabric(1, ragged=request.param)
    layer, corridor = folder / "parcels.gpkg", folder / "corridor.gpkg"
    fabric.write_fabric(made, layer)
    fabric.write_corridor(fabric.corridor_across(made, 4000), corridor)
    return peers.Question(str(layer), corridor, request.param)


@pytest.mark.parametrize("name", LOCAL_PEERS)
def test_a_peer_answers_as_plain_shapely(question, tmp_path, name):
    corridor = fabric.corridor_across(fabric.Fabric(1), 4000)
    parcels = parcels_of(fabric.Fabric(1, ragged=question.ragged))
    valid = shapely.make_valid(list(parcels.values()), method="structure", keep_collapsed=False)
    write_answer(
        zip(parcels, shapely.area(shapely.intersection(valid, corridor)), strict=True),
        tmp_path / "plain.csv",
    )
    write_answer(peers.PEERS[name].answer(question), tmp_path / "peer.csv")
    found = compare(tmp_path / "plain.csv", tmp_path / "peer.csv")
    assert found.acceptable
    assert found.parcel_count > 300
    assert found.total_relative < 1e-12
    assert found.worst_relative < 1e-9
    valid = [shapely.is_valid(parcels[key]) for key in read_answer(tmp_path / "peer.csv")]
    assert all(valid) != question.ragged


@pytest.mark.parametrize(
    ("theirs", "same"),
    [
        ({"a": 400.0, "b": 600.00005}, True),
        ({"a": 400.0, "b": 600.0002}, False),
        ({"a": 400.0002, "b": 599.9998}, False),
        ({"a": 400.0, "b": 600.0, "c": 0.00005}, True),
        ({"a": 400.0}, False),
    ],
)
def test_answers_are_the_same_to_a_square_centimetre(tmp_path, theirs, same):
    # so much more land that the total is no stricter than a parcel
    rest = {"rest": 2e8}
    write_answer({"a": 400.0, "b": 600.0, **rest}.items(), tmp_path / "ours.csv")
    write_answer({**theirs, **rest}.items(), tmp_path / "theirs.csv")
    assert compare(tmp_path / "ours.csv", tmp_path / "theirs.csv").acceptable == same


def test_a_child_is_charged_what_it_uses():
    idle = clock.run("-c", "import time; time.sleep(0.3)")
    busy = clock.run(
        "-c", "import time\nwhile time.process_time() < 0.5: pass\nprint('{\"a\": 1}')"
    )
    assert idle.wall_s > 0.3 > idle.cpu_s
    assert busy.cpu_s > 0.5
    assert busy.said == {"a": 1}
    with pytest.raises(SystemExit, match="ended with 3"):
        clock.run("-c", "raise SystemExit(3)")


def test_turns_alternate_and_ratios_are_of_one_turn():
    asked = []

    def contender(name, cpu_s):
        def run():
            asked.append(name)
            return clock.Run(cpu_s * len(asked), 0, 0)

        return run

    runs = clock.take_turns({"a": contender("a", 1), "b": contender("b", 2)}, 2, once=["b"])
    assert asked == ["a", "b", "a"]
    assert clock.ratio(runs["b"], runs["a"], lambda run: run.cpu_s) == 4


@pytest.mark.parametrize(("cpu_s", "peak_mb", "kept"), [(1.0, 100, True), (1.1, 110, False)])
def test_limits_are_kept_or_not(cpu_s, peak_mb, kept):
    runs = {
        "geotool": [clock.Run(cpu_s, 1, peak_mb)],
        "overlay": [clock.Run(26, 30, 1250)],
        "postgis": [clock.Run(1.05, 2, 130, {"elsewhere_s": 0.5, "server": "PostGIS"})],
        "inner": [clock.Run(1, 1, 1, {"inner_ms": 580 * cpu_s})],
        "geos": [clock.Run(1, 1, 1, {"geos_ms": 300})],
    }
    size = report.Size("5M", 3, runs, {}, {})
    growth = {"100k": [clock.Run(0.95, 1, 1)], "5M": [clock.Run(cpu_s, 1, 1)]}
    cold = {"cold": [clock.Run(1, 1.9 * cpu_s, 1)], "warm": [clock.Run(1, 1, 1)]}
    limits = list(report.Report("", [size], growth, cold).limits())
    assert len(limits) == 7
    assert [one.holds for one in limits] == [kept] * 7
