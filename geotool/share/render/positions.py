"""Where the page says it is: the axes by measure, and the plane of VN-2000 under the pointer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geotool import crs, resources
from geotool.share.render.layerdata import to_lonlat, to_units

if TYPE_CHECKING:
    import pyproj
    from numpy.typing import NDArray

_TRANSVERSE_MERCATOR = "Transverse Mercator"


@dataclass(frozen=True)
class PageAxis:
    """One alignment as the page walks it: to go to a chainage, to name one under the pointer.

    Parameters
    ----------
    alignment_id
        Key.
    line
        The axis as drawn, with increasing measure, in the project's CRS.
    measures_m
        Measure of each vertex of ``line``, ascending.
    stations
        Measure, chainage in metres and zone of each break of the stationing; chainage is linear
        in between. Where the stationing jumps a measure stands twice, back before ahead.
    sections
        Section_id, first and last measure of each section, in order.
    """

    alignment_id: str
    line: shapely.LineString
    measures_m: "NDArray[np.float64]"
    stations: tuple[tuple[float, float, int], ...]
    sections: tuple[tuple[str, float, float], ...] = ()


def axis_entries(axes: Sequence[PageAxis], system: "pyproj.CRS | None") -> list[dict[str, object]]:
    """Return the axes for the page, vertices as integers of 1e-7 degree, measures to a millimetre.

    Raises
    ------
    CrsError
        When there are axes and no system.
    """
    if not axes:
        return []
    frame = gpd.GeoDataFrame(geometry=[axis.line for axis in axes], crs=system)
    placed = to_lonlat(frame, "alignments")
    return [
        {
            "alignment_id": axis.alignment_id,
            "xy": to_units(shapely.get_coordinates(line)).tolist(),
            "measures": [round(float(value), 3) for value in axis.measures_m],
            "stations": [[round(m, 3), round(c, 3), zone] for m, c, zone in axis.stations],
            "sections": [[name, round(a, 3), round(b, 3)] for name, a, b in axis.sections],
        }
        for axis, line in zip(axes, placed.geometry, strict=True)
    ]


def grid_entry(system: "pyproj.CRS | None") -> dict[str, object] | None:
    """Return the plane of a VN-2000 system for the page, None for any other.

    ``lon0`` is in degrees, ``fe`` and ``fn`` in metres; ``shift`` leads from VN-2000 to WGS 84:
    metres, arc seconds and parts per million, coordinate frame rotation (EPSG method 9607).
    """
    if system is None or not crs.is_vn2000(system) or system.coordinate_operation is None:
        return None
    operation = system.coordinate_operation
    ellipsoid = system.ellipsoid
    if operation.method_name != _TRANSVERSE_MERCATOR or ellipsoid is None:
        return None
    values = {one.name: one.value for one in operation.params}
    shift = resources.load_toml("layers", "crs.toml")["transformation"]
    return {
        "name": crs.name_of(system),
        "lon0": values["Longitude of natural origin"],
        "k0": values["Scale factor at natural origin"],
        "fe": values["False easting"],
        "fn": values["False northing"],
        "a": ellipsoid.semi_major_metre,
        "f": 1 / ellipsoid.inverse_flattening,
        "shift": {
            "x": shift["x_m"],
            "y": shift["y_m"],
            "z": shift["z_m"],
            "rx": shift["rx_arcsec"],
            "ry": shift["ry_arcsec"],
            "rz": shift["rz_arcsec"],
            "ppm": shift["scale_ppm"],
        },
    }
