"""How true the project's coordinate system is over its layers."""

import math

import numpy as np

from geotool import crs
from geotool.crs import ScaleStatement
from geotool.pipeline.inputs import Inputs
from geotool.schema import Problem, make_problem


def measure_scale(inputs: Inputs) -> ScaleStatement | None:
    """Return the area scale error of the project's CRS over its layers, None without shapes."""
    bounds = [
        frame.total_bounds
        for frame in inputs.frames.values()
        if hasattr(frame, "total_bounds") and len(frame)
    ]
    if not bounds:
        return None
    boxes = np.array(bounds)
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    limit_ppm = inputs.tolerances.scale_error_limit_ppm
    return crs.scale_statement(box, crs.resolve(inputs.project.crs), limit_ppm=limit_ppm)


def find_scale_problems(inputs: Inputs) -> list[Problem]:
    """Return a finding when the scale error is above the limit: probably the wrong zone."""
    scale = measure_scale(inputs)
    if scale is None or not scale.warn:
        return []
    project = inputs.project
    text = (
        f"Areas in {project.crs} are off by {scale.scale_error_ppm_min:+.0f} to "
        f"{scale.scale_error_ppm_max:+.0f} ppm over the layers, lengths by about "
        f"{_metres_a_km(scale.scale_error_ppm_min):+.2f} to "
        f"{_metres_a_km(scale.scale_error_ppm_max):+.2f} m a kilometre; above "
        f"{inputs.tolerances.scale_error_limit_ppm:.0f} ppm the zone is probably wrong."
    )
    return [make_problem("scale_error", "project", text, place="crs", project_dir=project.root)]


def _metres_a_km(area_ppm: float) -> float:
    """Return by how much a kilometre is drawn too long where areas are too large by so much.

    Of a conformal projection, which scales all directions alike.
    """
    return 1000 * (math.sqrt(1 + area_ppm * 1e-6) - 1)
