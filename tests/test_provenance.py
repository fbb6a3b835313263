import hashlib
import json
from datetime import date

import numpy as np
import pytest

from geotool import provenance
from geotool.project import Project


@pytest.fixture
def project(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    return Project(root=root, name="a", title="A", crs="EPSG:9209", language="vi")


def manifest(project, names=("b.gpkg", "a.gpkg")):
    inputs = []
    for name in names:
        path = project.root / "layers" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(name.encode())
        inputs.append(
            provenance.InputRecord(
                "parcels", path, 6, provenance.digest_file(path), 3, repaired_count=1
            )
        )
    out = project.root / "out" / "report.csv"
    out.parent.mkdir(exist_ok=True)
    out.write_bytes(b"12345")
    return provenance.make_manifest(
        project,
        inputs=inputs,
        outputs=[provenance.record_output(out)],
        on="2024-12-31",
        scale={"ppm": np.float64(12.5)},
        results={"areas": (1.0, np.int64(2)), "day": date(2024, 1, 2)},
    )


def test_a_digest_is_sha256_of_the_bytes(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"abc" * 1_000_000)
    assert provenance.digest_file(path) == hashlib.sha256(b"abc" * 1_000_000).hexdigest()


def test_versions_name_what_results_depend_on():
    found = provenance.versions()
    assert {"geotool", "python", "GDAL", "GEOS", "PROJ", "geopandas", "shapely"} <= set(found)
    assert all(found.values())


def test_a_manifest_says_inputs_outputs_and_rules(project):
    found = manifest(project)
    assert [item["path"] for item in found["inputs"]] == ["layers/a.gpkg", "layers/b.gpkg"]
    first = found["inputs"][0]
    assert first["sha256"] == hashlib.sha256(b"a.gpkg").hexdigest()
    assert (first["rows"], first["repaired_count"], first["size_bytes"]) == (3, 1, 6)
    assert found["outputs"] == [
        {"path": "out/report.csv", "bytes": 5, "sha256": hashlib.sha256(b"12345").hexdigest()}
    ]
    assert (found["crs"], found["on"]) == ("EPSG:9209", "2024-12-31")
    graves = next(rule for rule in found["rules"] if rule["name"] == "graves")
    assert "QCVN" in graves["citation"]
    assert graves["confirmed"] is False


def test_a_manifest_is_json_and_the_same_in_another_place(project, tmp_path):
    other_root = tmp_path / "elsewhere" / "deep"
    other_root.mkdir(parents=True)
    other = Project(root=other_root, name="a", title="A", crs="EPSG:9209", language="vi")
    one = json.dumps(manifest(project))
    two = json.dumps(manifest(other, names=("a.gpkg", "b.gpkg")))
    assert one == two
    assert str(tmp_path) not in one


def test_a_project_chooses_the_rules_it_cites(project):
    chosen = Project(**{**project.__dict__, "rules": ("graves",)})
    assert [rule["name"] for rule in provenance.describe_rules(chosen)] == ["graves"]


def test_paths_outside_the_project_stay_relative(tmp_path):
    (tmp_path / "p").mkdir()
    assert provenance.relative_path(tmp_path / "x.gpkg", tmp_path / "p") == "../x.gpkg"


def test_a_table_of_a_database_is_recorded_without_its_password(project):
    url = "postgresql://an:Bi-Mat-9@db.local/dat"
    record = provenance.InputRecord(
        "parcels", url, 6, "ab", 3, sublayer="public.parcels", digest_of="rows_read"
    )
    found = provenance.make_manifest(
        project, inputs=[record], outputs=[], on=None, scale={}, results={}
    )
    (item,) = found["inputs"]
    assert item["path"] == "postgresql://an@db.local/dat"
    assert (item["sublayer"], item["digest_of"]) == ("public.parcels", "rows_read")
    assert "Bi-Mat-9" not in json.dumps(found)
