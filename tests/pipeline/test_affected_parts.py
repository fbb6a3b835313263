"""Parts of a layer are asked alone and together are the layer."""

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely

from geotool import sources
from geotool.errors import CrsError, DataError, ReadError, SchemaError, UsageError
from geotool.pipeline import affected_parts
from geotool.pipeline.affected_cells import Division, read_corridor
from geotool.pipeline.affected_parts import Question
from geotool.sources.indexed.near_rows import Surroundings
from tests.pipeline import parted


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stored")
    parted.write_parts(parted.fabric(3), folder / "parcels")
    land = parted.corridor((-20, 300), (500, 210), (900, 420))
    return folder, read_corridor(parted.write_corridor(folder, "row", land), Division())


def question_on(source, corridor, **more):
    around = Surroundings(shapely.bounds(corridor.cells.pieces.shapes), corridor.crs)
    return Question(str(source), "parcels", around, (corridor.cells,), **more)


def answer(question):
    layer = affected_parts.open_parts(question)
    packed = affected_parts.part_questions(layer, question)
    return layer, [affected_parts.read_part(one, "this test") for one in packed]


def test_parts_together_are_the_rows_of_the_layer(stored):
    folder, corridor = stored
    question = question_on(folder / "parcels", corridor)
    layer, answers = answer(question)
    read, cuts = affected_parts.join_parts(layer, answers, question)
    whole = sources.read_near(folder / "parcels", question.around)
    assert 1 < len(layer.parts) < 9
    assert read.columns["parcel_id"] == whole.columns["parcel_id"]
    assert np.array_equal(
        read.columns["document_area_m2"], whole.columns["document_area_m2"], equal_nan=True
    )
    assert shapely.equals_identical(read.shapes, whole.shapes).all()
    assert set(read.repaired) <= set(whole.repaired)
    assert read.feature_count == whole.feature_count
    assert len(cuts) == 1


def test_a_part_is_told_only_what_is_near_it(stored):
    folder, corridor = stored
    question = question_on(folder / "parcels", corridor)
    layer = affected_parts.open_parts(question)
    sizes = [len(one) for one in affected_parts.part_questions(layer, question)]
    whole = replace(layer.parts[0], bounds=None)
    everything = affected_parts.part_questions(replace(layer, parts=(whole,)), question)
    assert max(sizes) < len(everything[0])


def test_a_corridor_beside_the_layer_asks_no_part(stored):
    folder, _ = stored
    land = parted.corridor((0, -5_000), (900, -5_000))
    corridor = read_corridor(parted.write_corridor(folder, "beside", land), Division())
    question = question_on(folder / "parcels", corridor)
    layer, answers = answer(question)
    assert (layer.parts, answers) == ((), [])
    read, cuts = affected_parts.join_parts(layer, answers, question)
    assert (len(read.shapes), len(cuts), len(cuts[0].areas)) == (0, 1, 0)


def test_a_part_near_which_nothing_lies_answers_nothing(stored):
    folder, _ = stored
    land = parted.corridor((2_000, 2_000), (2_100, 2_000))
    corridor = read_corridor(parted.write_corridor(folder, "gap", land), Division())
    question = question_on(folder / "parcels", corridor)
    layer, answers = answer(question)
    assert len(layer.parts) == 1  # that with both the last near rows and the first far ones
    assert answers == [None]
    read, cuts = affected_parts.join_parts(layer, answers, question)
    assert (len(read.shapes), len(cuts), len(cuts[0].areas)) == (0, 1, 0)


def test_a_single_file_is_a_layer_of_one_part(stored, tmp_path):
    _, corridor = stored
    frame = parted.fabric(3)
    frame.to_parquet(tmp_path / "p.parquet", write_covering_bbox=True, schema_version="1.1.0")
    question = question_on(tmp_path / "p.parquet", corridor)
    layer, answers = answer(question)
    read, _ = affected_parts.join_parts(layer, answers, question)
    whole = sources.read_near(tmp_path / "p.parquet", question.around)
    assert read.columns["parcel_id"] == whole.columns["parcel_id"]


def test_what_is_not_in_parts_is_refused_with_the_way_to_make_them(stored, tmp_path):
    folder, corridor = stored
    parted.fabric(3).to_parquet(tmp_path / "bare.parquet")
    for source in (folder / "row.gpkg", tmp_path / "bare.parquet"):
        with pytest.raises(UsageError, match=r"--partitions N"):
            affected_parts.open_parts(question_on(source, corridor))


@pytest.mark.parametrize("more", [{"src_crs": "auto"}, {"layer": "households"}])
def test_what_needs_all_rows_at_once_is_refused(stored, more):
    folder, corridor = stored
    question = replace(question_on(folder / "parcels", corridor), **more)
    with pytest.raises(UsageError, match="needs all rows at once"):
        affected_parts.open_parts(question)


def test_another_system_is_refused(stored):
    folder, corridor = stored
    question = question_on(folder / "parcels", corridor, src_crs="EPSG:9210")
    with pytest.raises(CrsError, match="the corridor in"):
        affected_parts.open_parts(question)


def test_coordinates_the_other_way_round_are_refused(stored, tmp_path):
    _, corridor = stored
    frame = parted.fabric(3)
    turned = shapely.transform(frame.geometry.to_numpy(), lambda spots: spots[:, ::-1])
    parted.write_parts(frame.set_geometry(turned, crs=parted.CRS), tmp_path / "turned")
    with pytest.raises(CrsError, match="not easting first"):
        affected_parts.open_parts(question_on(tmp_path / "turned", corridor))


def test_a_layer_whose_key_is_open_is_refused(stored, tmp_path):
    _, corridor = stored
    frame = parted.fabric(3).rename(columns={"parcel_id": "something"})
    parted.write_parts(frame, tmp_path / "keyless")
    with pytest.raises(SchemaError, match="above all parcel_id, is open"):
        answer(question_on(tmp_path / "keyless", corridor))


def test_an_empty_layer_is_refused(stored, tmp_path):
    _, corridor = stored
    parted.write_parts(parted.fabric(3), tmp_path / "empty", 1)
    path = tmp_path / "empty" / parted.LISTING
    listing = json.loads(path.read_text(encoding="utf-8")) | {"rows": 0}
    listing["parts"] = [listing["parts"][0] | {"rows": 0, "bbox": None}]
    path.write_text(json.dumps(listing), encoding="utf-8")
    with pytest.raises(DataError, match="empty"):
        affected_parts.open_parts(question_on(tmp_path / "empty", corridor))


def test_who_cannot_see_a_part_is_named(stored, tmp_path):
    _, corridor = stored
    names = parted.write_parts(parted.fabric(3), tmp_path / "parcels")
    for name in names:
        (tmp_path / "parcels" / name).unlink()
    with pytest.raises(ReadError, match=r"part-\d+\.parquet: this test does not see"):
        answer(question_on(tmp_path / "parcels", corridor))
