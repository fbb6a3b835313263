"""Rows of ``affected`` by section and commune."""

from contextlib import suppress

import pandas as pd
import pytest

from geotool import sources
from geotool.pipeline.affected import AffectedOptions, measure_affected
from geotool.schema import layer_names, load_schema
from tests import village as v
from tests import village_project as vp


@pytest.mark.parametrize("split", ["alignments", "communes"])
def test_rows_say_section_and_commune_whichever_was_asked(tmp_path, split):
    (tmp_path / "layers").mkdir()
    frames = {
        "parcels": v.parcels(),
        "right_of_way": v.right_of_way(),
        "alignments": v.alignments(),
        "communes": v.communes(),
    }
    paths = {name: str(vp.write_frame(frame, tmp_path, name)) for name, frame in frames.items()}
    output = tmp_path / "rows.csv"
    measure_affected(
        AffectedOptions(
            paths["parcels"],
            [paths["right_of_way"]],
            alignment=paths["alignments"] if split == "alignments" else None,
            communes=paths["communes"] if split == "communes" else None,
            output=str(output),
        )
    )
    rows = pd.read_csv(output, dtype=str)
    assert {"section_id", "commune_id", "take_class"} <= set(rows.columns)
    assert set(rows["commune_id"]) == {"C1", "C2"}


@pytest.mark.parametrize("layer", [name for name in layer_names() if load_schema(name).geometry])
def test_no_person_is_read(layer, tmp_path, monkeypatch):
    """What may not be shown is not even read, whatever layer is measured."""
    read = []
    monkeypatch.setattr(sources, "read_near", lambda *_args, **kw: read.append(kw["columns"]))
    (tmp_path / "layers").mkdir()
    strip = vp.write_frame(v.right_of_way(), tmp_path, "strip")
    with suppress(AttributeError):  # nothing was read
        measure_affected(AffectedOptions("any.gpkg", [str(tmp_path / strip)], layer=layer))
    persons = {column.name for column in load_schema(layer).columns if column.person}
    assert read
    assert not persons & set(read[0])
    assert "note" not in read[0]
