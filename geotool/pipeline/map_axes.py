"""The alignments of a project as a map page walks them."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geotool.pipeline.assess import Assessment
from geotool.route.axis import Axis

if TYPE_CHECKING:
    from geotool.share.render.page import PageAxis


def make_page_axes(found: Assessment) -> "tuple[PageAxis, ...]":
    """Return the axes of an assessment: lines in the project's CRS, stationing, sections.

    Measures are metres from the chainage of the first vertex, on the projected plane, as in
    every table.
    """
    from geotool.share.render.page import PageAxis

    axes = found.axes
    if not axes:
        return ()
    return tuple(
        PageAxis(
            alignment_id=axis.alignment_id,
            line=axis.line,
            measures_m=_measures(axis),
            stations=tuple(
                (measure_m, chainage_m, zone.number)
                for zone in axis.zones
                for measure_m, chainage_m in zip(zone.measure_m, zone.chainage_m, strict=True)
            ),
            sections=_sections(axis, found.sections),
        )
        for axis in axes
    )


def _sections(axis: Axis, sections: pd.DataFrame) -> tuple[tuple[str, float, float], ...]:
    own = sections[sections["alignment_id"] == axis.alignment_id]
    columns = (own[name].tolist() for name in ("section_id", "from_measure_m", "to_measure_m"))
    return tuple(zip(*columns, strict=True))


def _measures(axis: Axis) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Return the measure of each vertex; the last is the end of the axis to the last digit."""
    steps = np.diff(np.asarray(axis.line.coords)[:, :2], axis=0)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])
    along *= axis.length_m / along[-1]
    return axis.start_measure_m + along
