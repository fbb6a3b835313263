"""Rows of ``affected`` by section and commune."""

import pandas as pd
import pytest

from geotool.pipeline.affected import AffectedOptions, measure_affected
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
