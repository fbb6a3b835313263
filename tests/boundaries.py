"""Boundaries of the village with versions and bases, and projects that have them.

``OLD`` is the strip of 120 000 m2; ``NEW`` lies 5 m farther north: 10 000 m2 of row 4 are added,
10 000 m2 of row 2 given back. ``DONATED`` takes 1 000 m2 of parcel 5-1 (U1), ``USED`` 1 000 m2
of 1-2 (U2) for a time.
"""

from shapely.geometry import box

from tests import village as v
from tests import village_project as vp


def row(key, basis, version, *bounds, minutes_no=None, value=None):
    """Return one row of a right of way with a box as its shape, metres from the corner."""
    return {
        "right_of_way_id": key,
        "alignment_id": "A1",
        "version": version,
        "basis": basis,
        "minutes_no": minutes_no,
        "stated_value_vnd": value,
        "bounds": bounds,
    }


OLD = row("R1", "recovered", "1", 0, 95, 2000, 155)
NEW = row("R2", "recovered", "2", 0, 100, 2000, 160)
DONATED = row("R3", "hiến đất", "1", 0, 200, 100, 210, minutes_no="12/BB", value=7_000_000)
USED = row("R4", "tạm thời", "1", 100, 0, 200, 10)


def boundary(*rows):
    """Return rows as a layer."""
    data = [{name: value for name, value in one.items() if name != "bounds"} for one in rows]
    return v.VILLAGE.frame(data, [box(*one["bounds"]) for one in rows])


def write_bounded(folder, *rows, corridor=""):
    """Write the village as a project whose right of way are these rows; return the folder."""
    vp.write_project(folder, layers={"right_of_way": boundary(*rows)}, profile="committee")
    path = folder / "geotool.toml"
    text = path.read_text(encoding="utf-8")
    start, end = text.index("[corridor]"), text.index("[maps]")
    path.write_text(text[:start] + corridor + text[end:], encoding="utf-8")
    return folder
