"""Land take by a scheduler and two worker processes over loopback TCP: the numbers of one."""

import ipaddress
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from geotool import rules
from geotool.errors import ReadError, SchemaError, UsageError
from geotool.pipeline.affected import AffectedOptions, measure_affected
from tests.cli.conftest import call
from tests.pipeline import parted

START_S = 60
RUNS = ("distributed.cli.dask_scheduler", "distributed.cli.dask_worker")


@pytest.fixture(autouse=True)
def closed_network(monkeypatch):
    """Refuse every connection to another machine."""
    real_connect = socket.socket.connect

    def connect(self, address):
        if self.family != getattr(socket, "AF_UNIX", None):
            assert ipaddress.ip_address(address[0]).is_loopback, address
        return real_connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@contextmanager
def running(module, *arguments):
    """Run a program of dask until the end of the block."""
    command = [sys.executable, "-m", module, "--host", "127.0.0.1", "--no-dashboard", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@contextmanager
def cluster(folder, *, workers):
    """Run a scheduler and workers, each a process; give the address of the scheduler."""
    told = folder / "scheduler.json"
    with ExitStack() as stack:
        stack.enter_context(running(RUNS[0], "--port", "0", "--scheduler-file", str(told)))
        for _ in range(workers):
            options = ("--nthreads", "2", "--no-nanny", "--local-directory", str(folder))
            stack.enter_context(running(RUNS[1], "--scheduler-file", str(told), *options))
        deadline = time.monotonic() + START_S
        while not told.exists():
            assert time.monotonic() < deadline, "the scheduler did not start"
            time.sleep(0.05)
        yield json.loads(told.read_text(encoding="utf-8"))["address"]


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    from distributed import Client

    with cluster(tmp_path_factory.mktemp("cluster"), workers=2) as address:
        with Client(address, timeout=START_S, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=START_S)
        yield address


@dataclass(frozen=True)
class Stored:
    folder: Path
    parcels: str
    corridor: str
    other: str


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored")
    parted.write_parts(parted.fabric(7), folder / "parcels")
    lands = {
        "row": parted.corridor((-20, 300), (500, 210), (900, 420)),
        "other": parted.corridor((100, -50), (160, 600)),
    }
    paths = [parted.write_corridor(folder, name, land) for name, land in lands.items()]
    return Stored(folder, str(folder / "parcels"), *paths)


def measured(source, corridors, output=None, **more):
    """Return the figures of a run, without how it was read, and the bytes of its table."""
    options = AffectedOptions(
        str(source), corridors, output=None if output is None else str(output), **more
    )
    found = measure_affected(options).data
    figures = {name: value for name, value in found.items() if name not in ("index",)}
    return figures, None if output is None else output.read_bytes()


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize("by", [(), ("land_type",)])
def test_the_numbers_are_those_of_one_process(scheduler, stored, tmp_path, seed, by):
    parted.write_parts(parted.fabric(seed), tmp_path / "parcels")
    told = []
    local = measured(tmp_path / "parcels", [stored.corridor], tmp_path / "local.csv", by=by)
    dask = measured(
        tmp_path / "parcels",
        [stored.corridor],
        tmp_path / "dask.csv",
        by=by,
        engine="dask",
        scheduler=scheduler,
        step=lambda *step: told.append(step),
    )
    assert local[0]["overlap_area_m2"] > 100
    assert local[0]["repaired_count"] > 0
    near = set(dask[0].pop("repaired"))
    assert near <= set(local[0].pop("repaired"))  # the whole of a small layer is checked
    assert dask[0].pop("repaired_count") == len(near)
    del local[0]["repaired_count"]
    assert dask == local
    (_, _, parts) = told[-1]
    assert 1 < parts < 9
    assert [(what, of) for what, _, of in told] == [("parts", parts)] * len(told)
    done = [count for _, count, _ in told]
    assert done == sorted(done)
    assert done[-1] == parts


def test_parts_away_from_the_corridor_are_never_opened(scheduler, stored, tmp_path):
    whole = measured(stored.parcels, [stored.corridor], tmp_path / "whole.csv")
    shutil.copytree(stored.parcels, tmp_path / "parcels")
    land = parted.corridor((-20, 300), (500, 210), (900, 420))
    away = parted.parts_away(tmp_path / "parcels", land)
    assert len(away) > 1
    for path in away:
        path.write_bytes(b"no parquet")
    again = measured(
        tmp_path / "parcels",
        [stored.corridor],
        tmp_path / "again.csv",
        engine="dask",
        scheduler=scheduler,
    )
    assert again[1] == whole[1]
    assert again[0]["uncovered_area_m2"] == whole[0]["uncovered_area_m2"]


def test_several_corridors_are_measured_as_each_alone(scheduler, stored, tmp_path):
    corridors = [stored.corridor, stored.other]
    both = measured(
        stored.parcels, corridors, tmp_path / "both.csv", engine="dask", scheduler=scheduler
    )
    local = measured(stored.parcels, corridors, tmp_path / "local.csv")
    assert both[1] == local[1]
    assert both[0]["corridors"][1]["affected_area_m2"] == pytest.approx(
        measured(stored.parcels, [stored.other])[0]["affected_area_m2"], rel=1e-12
    )


@pytest.mark.parametrize("layer", ["graves", "utilities"])
def test_points_and_lines_are_those_of_one_process(scheduler, stored, tmp_path, layer):
    frame = parted.graves(1) if layer == "graves" else parted.power_lines(1)
    parted.write_parts(frame, tmp_path / layer, 4)
    more = {"layer": layer}
    local = measured(tmp_path / layer, [stored.corridor], tmp_path / "local.csv", **more)
    more |= {"engine": "dask", "scheduler": scheduler}
    dask = measured(tmp_path / layer, [stored.corridor], tmp_path / "dask.csv", **more)
    assert local[0]["affected_count"] > 5
    assert dask == local


def test_a_key_of_two_parts_is_refused(scheduler, stored, tmp_path):
    frame = parted.fabric(7)
    near = frame.sindex.query(parted.corridor((-20, 300), (500, 210)).geometry[0], "intersects")
    first, last = near[frame.geometry.centroid.x.iloc[near].argsort().iloc[[0, -1]]]
    frame.loc[last, "parcel_id"] = frame.loc[first, "parcel_id"]
    parted.write_parts(frame, tmp_path / "parcels")
    with pytest.raises(SchemaError, match=rf"{frame.loc[first, 'parcel_id']} occurs 2 times"):
        measured(tmp_path / "parcels", [stored.corridor], engine="dask", scheduler=scheduler)


def test_a_damaged_or_missing_part_is_named(scheduler, stored, tmp_path):
    shutil.copytree(stored.parcels, tmp_path / "parcels")
    land = parted.corridor((-20, 300), (500, 210), (900, 420))
    away = parted.parts_away(tmp_path / "parcels", land)
    near = sorted({*(tmp_path / "parcels").glob("*.parquet")} - {*away})[0]
    run = {"corridors": [stored.corridor], "engine": "dask", "scheduler": scheduler}
    near.write_bytes(b"no parquet")
    with pytest.raises(ReadError, match=f"{near.name}: cannot be read as GeoParquet"):
        measured(tmp_path / "parcels", **run)
    near.unlink()
    with pytest.raises(ReadError, match=rf"{near.name}: the worker tcp://\S+ .* does not see"):
        measured(tmp_path / "parcels", **run)


def test_the_command_says_all_as_json(scheduler, stored):
    run = call(
        "affected", stored.parcels, "--corridor", stored.corridor,
        "--engine", "dask", "--scheduler", scheduler, "--by", "land_type", "--json",
    )  # fmt: skip
    local = call(
        "affected", stored.parcels, "--corridor", stored.corridor, "--by", "land_type", "--json"
    )
    assert run.exit_code == 0
    assert run.data["groups"] == local.data["groups"]
    assert run.data["affected_area_m2"] == local.data["affected_area_m2"]


def test_without_a_scheduler_this_machine_measures(stored, tmp_path):
    local = measured(stored.parcels, [stored.corridor], tmp_path / "local.csv")
    dask = measured(stored.parcels, [stored.corridor], tmp_path / "dask.csv", engine="dask")
    assert dask[1] == local[1]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def mute_server():
    """Listen and never say a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def web_server():
    """Answer everything as a web server does."""
    kept = []

    def serve(server):
        try:
            while True:
                kept.append(server.accept()[0])
                kept[-1].sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" + b"x" * 100)
        except OSError:
            return

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def impatient(monkeypatch):
    """Wait a second where it would be longer."""
    real = rules.read_number

    def read_number(rule, table, key):
        return min(real(rule, table, key), 1.0) if table == "dask" else real(rule, table, key)

    monkeypatch.setattr(rules, "read_number", read_number)


@pytest.mark.parametrize("server", [None, mute_server, web_server])
def test_no_scheduler_is_an_error_and_no_hang(impatient, stored, server):
    with ExitStack() as stack:
        port = free_port() if server is None else stack.enter_context(server())
        run = call(
            "affected", stored.parcels, "--corridor", stored.corridor,
            "--engine", "dask", "--scheduler", f"tcp://127.0.0.1:{port}", "--json",
        )  # fmt: skip
    assert run.exit_code == 3
    assert "there is no scheduler of dask" in run.stderr
    assert "dask scheduler" in run.data["error"]["remedy"]
    assert "Traceback" not in run.stderr


def test_a_scheduler_without_workers_is_an_error_and_no_hang(impatient, stored, tmp_path):
    with cluster(tmp_path, workers=0) as address, pytest.raises(ReadError, match="no workers"):
        measured(stored.parcels, [stored.corridor], engine="dask", scheduler=address)


def test_a_worker_in_place_of_the_scheduler_is_told_apart(scheduler, stored):
    from distributed import Client

    with Client(scheduler, timeout=START_S, set_as_default=False) as client:
        worker = next(iter(client.nthreads()))
    with pytest.raises(ReadError, match="this is a worker of dask"):
        measured(stored.parcels, [stored.corridor], engine="dask", scheduler=worker)


def test_workers_of_another_version_are_refused(scheduler, stored, monkeypatch):
    from distributed import Client

    real = Client.get_versions

    def get_versions(self, **options):
        found = real(self, **options)
        for told in found["workers"].values():
            told["packages"]["shapely"] = "1.0"
        return found

    monkeypatch.setattr(Client, "get_versions", get_versions)
    with pytest.raises(UsageError, match=r"has shapely 1\.0, this machine \d"):
        measured(stored.parcels, [stored.corridor], engine="dask", scheduler=scheduler)


@pytest.mark.parametrize(
    "address", ["office", "tcp://office", "http://office:80", "tcp://a:9999999"]
)
def test_what_is_no_address_is_refused(stored, address):
    with pytest.raises(UsageError, match="is not the address of a scheduler"):
        measured(stored.parcels, [stored.corridor], engine="dask", scheduler=address)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"scheduler": "tcp://127.0.0.1:1"}, "--scheduler is for --engine dask"),
        ({"engine": "dask", "corridors": (), "layer": "alignments", "communes": "c"}, "corridor"),
    ],
)
def test_options_that_do_not_go_together_are_refused(stored, more, said):
    options = replace(AffectedOptions(stored.parcels, [stored.corridor]), **more)
    with pytest.raises(UsageError, match=said):
        measure_affected(options)


def test_without_dask_it_is_said_what_to_install(stored, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    run = call("affected", stored.parcels, "--corridor", stored.corridor, "--engine", "dask")
    assert run.exit_code == 2
    assert 'pip install "geotool-vn[dask]"' in run.stderr


def test_dask_is_not_loaded_before_it_is_asked_for(stored):
    code = (
        "import sys\n"
        "from geotool.pipeline.affected import AffectedOptions, measure_affected\n"
        f"measure_affected(AffectedOptions({stored.parcels!r}, [{stored.corridor!r}]))\n"
        "print([name for name in ('dask', 'distributed', 'tornado') if name in sys.modules])\n"
    )
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "[]"


def test_dask_geopandas_opens_the_same_folder(stored):
    import dask_geopandas

    opened = dask_geopandas.read_parquet(stored.parcels)
    listing = json.loads((Path(stored.parcels) / parted.LISTING).read_text(encoding="utf-8"))
    boxes = opened.spatial_partitions.bounds.to_numpy().tolist()
    assert boxes == [part["bbox"] for part in listing["parts"]]
    assert len(opened) == listing["rows"]
