"""The village states its answers; its layers fit the schemas and make a project."""

import pytest

from geotool import schema
from tests import village as v
from tests.village_project import all_layers, write_project


def test_areas_by_hand():
    assert v.total_area_m2(v.parcels()) == pytest.approx(500_000.0)
    assert v.total_area_m2(v.right_of_way()) == pytest.approx(120_000.0)
    assert v.total_area_m2(v.cells(by_commune=True)) == pytest.approx(120_000.0)
    assert [name for name, *_ in v.section_ranges()] == ["Km10-Km11", "Km11-Km12"]
    assert len(v.parcels()) == 100
    assert len(v.holdings()) == 101


def test_size_width_and_turn_can_be_chosen():
    village = v.Village(rows=3, columns=4, left_m=10.0, right_m=20.0, angle_deg=30.0)
    assert len(v.parcels(village)) == 12
    assert v.total_area_m2(v.right_of_way(village)) == pytest.approx(400.0 * 30.0)
    assert v.total_area_m2(v.parcels(village)) == pytest.approx(60_000.0)


@pytest.mark.parametrize("name", sorted(all_layers()))
def test_layers_fit_their_schemas(name):
    frame = all_layers()[name]
    record = schema.load_schema(name)
    coerced, problems = schema.coerce(frame, record)
    problems = [*problems, *schema.problems(coerced, record)]
    assert [problem for problem in problems if problem.severity == "error"] == []
    unknown = set(frame.columns) - set(record.column_names) - {"geometry"}
    assert unknown == set()


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_project_can_be_loaded(tmp_path, suffix):
    from geotool import project, sources

    folder = write_project(tmp_path / "p", layers={"graves": None}, suffix=suffix)
    loaded = project.load_project(folder)
    assert "graves" not in loaded.layers
    assert loaded.corridor is not None
    options = sources.ReadOptions(dst_crs=v.CRS)
    read = sources.read_layer(loaded.layers["parcels"].path, "parcels", options)
    assert len(read.frame) == 100
    assert read.frame.crs.to_epsg() == 9209
