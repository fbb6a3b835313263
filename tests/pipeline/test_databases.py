"""A project on a PostGIS database: the same figures as from files, and no password anywhere."""

import json

import pytest
from click.testing import CliRunner

from geotool.cli import cli

PROJECT = """
[project]
name = "ky_anh"
crs = "EPSG:9209"
language = "en"

[layers]
parcels = "{url}#parcels"
alignments = "{url}#public.truc"

[corridor]
left_m = 20
right_m = 20

[maps]
recipes = []
"""


@pytest.fixture(scope="module")
def land(postgis):
    postgis.run("""
        CREATE TABLE parcels (parcel_id text PRIMARY KEY, land_type text,
            geom geometry(Polygon, 9209));
        INSERT INTO parcels VALUES
            ('12-1', 'ODT', ST_MakeEnvelope(500000, 2000000, 500010, 2000100, 9209)),
            ('12-2', 'LUC', ST_MakeEnvelope(500010, 2000000, 500100, 2000100, 9209));
        CREATE TABLE truc (alignment_id text PRIMARY KEY, start_chainage text,
            geom geometry(LineString, 9209));
        INSERT INTO truc VALUES
            ('CT', 'Km0+000', 'SRID=9209;LINESTRING(499900 2000050, 500200 2000050)');
    """)
    return postgis


@pytest.fixture
def folder(land, tmp_path):
    (tmp_path / "geotool.toml").write_text(PROJECT.format(url=land.url), encoding="utf-8")
    return tmp_path


def password_of(database):
    return database.url.partition("://")[2].partition("@")[0].partition(":")[2]


def call(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def test_a_project_on_a_database_runs_and_its_manifest_can_be_checked(land, folder):
    done = call("run", "--project", folder, "--on", "2024-12-31", "--json")
    assert done.exit_code == 0, done.output
    # the corridor is 40 m wide: 10 m and 90 m of it lie in the parcels
    assert json.loads(done.stdout)["totals"]["affected_area_m2"] == pytest.approx(4000, abs=1e-6)
    manifest = json.loads((folder / "out" / "manifest.json").read_text(encoding="utf-8"))
    shown = land.url.replace(f":{password_of(land)}", "")
    rows = [(item["layer"], item["path"], item["sublayer"], item["digest_of"], item["rows"])
            for item in manifest["inputs"]]  # fmt: skip
    assert rows == [
        ("alignments", shown, "public.truc", "rows_read", 1),
        ("parcels", shown, "public.parcels", "rows_read", None),  # public: not even their number
    ]
    secret = password_of(land).encode()
    written = [path for path in (folder / "out").rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if secret in path.read_bytes()]
    assert secret.decode() not in done.output
    path = folder / "out" / "manifest.json"
    assert call("run", "--check", path).exit_code == 0
    land.run("UPDATE parcels SET land_type = 'CLN' WHERE parcel_id = '12-2'")
    checked = call("run", "--check", path, "--json")
    land.run("UPDATE parcels SET land_type = 'LUC' WHERE parcel_id = '12-2'")
    assert checked.exit_code == 5
    assert json.loads(checked.stdout)["differences"] == [
        {"path": f"{shown}#public.parcels", "difference": "changed"}
    ]
    assert secret.decode() not in checked.output


def test_validate_mentions_the_password_in_the_project_but_not_which(land, folder):
    done = call("validate", "--project", folder, "--json")
    found = json.loads(done.stdout)
    assert "password_in_project" in {problem["rule"] for problem in found["problems"]}
    assert found["error_count"] == 0
    assert password_of(land) not in done.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("info", "{url}"),
        ("info", "{url}#public.parcels"),
        ("crs", "{url}#parcels"),
        ("validate", "{url}#parcels", "--as", "parcels"),
        ("validate", "{url}", "--as", "parcels"),
        ("affected", "{url}#parcels", "--corridor", "{folder}/c.geojson"),
        ("convert", "{url}#parcels", "--as", "parcels", "-o", "{folder}/p.gpkg"),
    ],
)
def test_every_command_takes_an_address(land, tmp_path, arguments):
    corridor = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::9209"}},
        "features": [{"type": "Feature", "properties": {"right_of_way_id": "1"}, "geometry": {
            "type": "Polygon", "coordinates": [[[500000, 2000000], [500020, 2000000],
                [500020, 2000010], [500000, 2000010], [500000, 2000000]]]}}],
    }  # fmt: skip
    (tmp_path / "c.geojson").write_text(json.dumps(corridor), encoding="utf-8")
    named = [argument.format(url=land.url, folder=tmp_path) for argument in arguments]
    done = call(*named, "--json")
    assert done.exit_code == 0, done.output
    assert password_of(land) not in done.output


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://an:Bi-Mat-9@127.0.0.1:1/dat#parcels", 3),
        ("postgresql://an:Bi-Mat-9@127.0.0.1:port/dat#parcels", 2),
        ("postgresql://an:Bi-Mat/9@127.0.0.1/dat#parcels", 2),
    ],
)
@pytest.mark.parametrize(
    "command",
    [("info",), ("validate", "--as", "parcels"), ("convert", "--as", "parcels", "-o", "-")],
)
@pytest.mark.parametrize("verbosity", [(), ("-vv",)])
def test_no_refusal_repeats_the_password(command, url, code, verbosity):
    name, *options = command
    done = call(*verbosity, name, url, *options)
    assert done.exit_code == code, done.output
    assert "Bi-Mat" not in done.output
