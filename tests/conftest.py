"""What all tests share: no network, and nothing skipped where everything is required."""

import os
import socket
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("GEOTOOL_SHARED", ROOT.parent / "shared"))
REQUIRE_ALL = os.environ.get("GEOTOOL_REQUIRE_ALL") == "1"

# a busy machine is no failure; where everything is required, every run draws the same examples
settings.register_profile(
    "house",
    deadline=None,
    derandomize=REQUIRE_ALL,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("house")


@pytest.fixture(autouse=True)
def closed_network(monkeypatch):
    """Refuse every connection to another machine or to this one."""
    real_connect = socket.socket.connect

    def connect(self, address):
        if self.family == getattr(socket, "AF_UNIX", None):
            return real_connect(self, address)
        raise AssertionError(f"a test tried to connect to {address!r}")

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture(scope="session")
def shared_data():
    """Folder of the public test data; skips with a reason where it is absent."""
    folder = SHARED / "data"
    if not folder.is_dir():
        pytest.skip(f"public test data are not at {folder} (set GEOTOOL_SHARED)")
    return folder


@dataclass(frozen=True)
class PostgisDatabase:
    """A database of a real server, filled by psql: nothing of geotool writes into it."""

    url: str

    def run(self, sql):
        command = ["psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", self.url, "-f", "-"]
        done = subprocess.run(command, input=sql.encode(), capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()

    def sibling(self, name):
        """The same server's other database."""
        return PostgisDatabase(f"{self.url.rpartition('/')[0]}/{name}")


@pytest.fixture(scope="module")
def postgis():
    """An empty PostGIS database; skips with a reason where no server is named."""
    url = os.environ.get("GEOTOOL_POSTGIS")
    if not url:
        pytest.skip("GEOTOOL_POSTGIS names no server (start one: .ci/postgis start FOLDER)")
    server = PostgisDatabase(url)
    database = server.sibling(f"test_{uuid.uuid4().hex}")
    name = database.url.rpartition("/")[2]
    server.run(f"CREATE DATABASE {name}")
    database.run("CREATE EXTENSION postgis")
    yield database
    server.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Where everything is required, a skipped test is a failed test."""
    outcome = yield
    report = outcome.get_result()
    if REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = (
            f"{item.nodeid}: skipped although GEOTOOL_REQUIRE_ALL=1: {report.longrepr}"
        )
