"""The village as files and as a project, and a way to call geotool."""

import json
from dataclasses import dataclass

import pytest
from click.testing import CliRunner

from geotool.cli import cli
from tests import village as v
from tests import village_project as vp


@dataclass
class Run:
    """What one call left behind."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def data(self):
        """The JSON object on stdout; fails when anything else is there."""
        return json.loads(self.stdout)


def call(*arguments, stdin=None):
    """Call geotool in this process; a crash is raised, a refusal returned."""
    result = CliRunner().invoke(cli, [str(a) for a in arguments], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Run(result.exit_code, result.stdout, result.stderr)


@pytest.fixture
def geotool():
    return call


@pytest.fixture
def files(tmp_path):
    """The village's single layers as GeoPackages, by name."""
    (tmp_path / "layers").mkdir()
    frames = {
        "parcels": v.parcels(),
        "alignments": v.alignments(),
        "right_of_way": v.right_of_way(),
        "communes": v.communes(),
        "graves": v.graves(),
        "utilities": v.utilities(),
        "events": vp.events(),
    }
    return {name: vp.write_frame(frame, tmp_path, name) for name, frame in frames.items()}


@pytest.fixture(scope="session")
def village_project(tmp_path_factory):
    """The whole village as a project."""
    folder = tmp_path_factory.mktemp("village")
    vp.write_project(
        folder,
        recipes=("overview", "affected_area", "graves", "landmarks", "handover"),
        profile="committee",
    )
    return folder
