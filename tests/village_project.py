"""The rest of the village (border, events) and the whole of it as a project on disk."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString, Point

from tests import village as v
from tests.village import VILLAGE

PROJECT_TOML = """\
[project]
name = "{name}"
crs = "{crs}"
language = "en"

[layers]
{layers}

[corridor]
left_m = {left_m}
right_m = {right_m}

[maps]
recipes = [{recipes}]
profile = "{profile}"

[report]
on = {on}
"""


def roads(village=VILLAGE):
    """Return R1 along y = 300 and R2 north along x = 200."""
    rows = [
        {"road_id": "R1", "name": "Village road", "kind": "rural", "status": "built"},
        {"road_id": "R2", "name": "North road", "kind": "rural", "status": "built"},
    ]
    shapes = [
        LineString([(0.0, 300.0), (village.length_m, 300.0)]),
        LineString([(200.0, 300.0), (200.0, 1000.0)]),
    ]
    return village.frame(rows, shapes)


def border(village=VILLAGE):
    """Return the border along y = 1 200."""
    row = {"border_id": "B1", "name": "Border", "source": "invented", "scale": "1:10000"}
    return village.frame([row], [LineString([(0.0, 1200.0), (village.length_m, 1200.0)])])


def landmarks(village=VILLAGE):
    """Return M1 (at the end of a road), M2, M3 and M4 (without one)."""
    spots = [(200.0, 1000.0), (800.0, 1200.0), (1400.0, 1200.0), (1900.0, 1200.0)]
    rows = [
        {
            "landmark_id": f"M{number}",
            "commune_id": v.commune_at(village, x),
            "access": "road" if number == 1 else "none",
            "terrain": "ordinary",
        }
        for number, (x, _) in enumerate(spots, start=1)
    ]
    return village.frame(rows, [Point(spot) for spot in spots])


def landmark_roads(village=VILLAGE):
    """Return LR1 (built, 700 m) and LR2 (planned, 900 m)."""
    rows = [
        {
            "landmark_road_id": "LR1",
            "name": "Road to M1",
            "commune_id": "C1",
            "status": "built",
            "built_date": "2022-06-01",
            "cost_vnd": 7_000_000,
            "length_m": 700.0,
        },
        {
            "landmark_road_id": "LR2",
            "name": "Road to M2",
            "commune_id": "C1",
            "status": "planned",
            "built_date": None,
            "cost_vnd": 9_000_000,
            "length_m": 900.0,
        },
    ]
    shapes = [
        LineString([(200.0, 300.0), (200.0, 1000.0)]),
        LineString([(800.0, 300.0), (800.0, 1200.0)]),
    ]
    return village.frame(rows, shapes)


def contributions():
    """Return two contributions to LR1, 5 000 000 dong."""
    return pd.DataFrame(
        [
            _contribution("T1", "V1", 3_000_000, "2022-03-01"),
            _contribution("T2", "V2", 2_000_000, "2022-04-01"),
        ]
    )


def _contribution(contribution_id, contributor_id, amount_vnd, date):
    return {
        "contribution_id": contribution_id,
        "landmark_road_id": "LR1",
        "contributor_id": contributor_id,
        "contributor_name": f"Donor {contributor_id}",
        "amount_vnd": amount_vnd,
        "contribution_date": date,
        "kind": "money",
    }


def events():
    """Return the two handovers of the docstring of ``tests.village``."""
    rows = [
        ("E1", "2024-03-01", "Km10+000", "Km10+800", "both"),
        ("E2", "2024-04-01", "Km10+800", "Km11+200", "left"),
    ]
    return pd.DataFrame(
        [
            {
                "event_id": event_id,
                "event_date": date,
                "subject": "alignment",
                "alignment_id": "A1",
                "from_chainage": start,
                "to_chainage": end,
                "side": side,
                "state": "handed_over",
                "document_no": f"No. {event_id}",
            }
            for event_id, date, start, end, side in rows
        ]
    )


def all_layers(village=VILLAGE):
    """Return every layer by its canonical name."""
    return {
        "alignments": v.alignments(village),
        "parcels": v.parcels(village),
        "holdings": v.holdings(village),
        "structures": v.structures(village),
        "households": v.households(village),
        "organisations": v.organisations(village),
        "graves": v.graves(village),
        "cemeteries": v.cemeteries(village),
        "utilities": v.utilities(village),
        "quarries": v.quarries(village),
        "communes": v.communes(village),
        "roads": roads(village),
        "border": border(village),
        "landmarks": landmarks(village),
        "landmark_roads": landmark_roads(village),
        "contributions": contributions(),
        "events": events(),
    }


def write_project(
    folder,
    village=VILLAGE,
    *,
    layers=None,
    recipes=("affected_area",),
    profile="public",
    on="2024-05-01",
    suffix=".gpkg",
):
    """Write ``layers/*`` and ``geotool.toml`` of the village; return the folder.

    ``layers`` replaces or adds frames by name (None as a value leaves the layer out); frames
    with geometry are written as GeoPackage or GeoJSON by ``suffix``, tables as CSV.
    """
    folder = Path(folder)
    (folder / "layers").mkdir(parents=True, exist_ok=True)
    frames = {**all_layers(village), **(layers or {})}
    lines = []
    for name, frame in sorted(frames.items()):
        if frame is not None:
            lines.append(f'{name} = "layers/{write_frame(frame, folder, name, suffix).name}"')
    text = PROJECT_TOML.format(
        name="village",
        crs=v.CRS,
        layers="\n".join(lines),
        left_m=village.left_m,
        right_m=village.right_m,
        recipes=", ".join(f'"{recipe}"' for recipe in recipes),
        profile=profile,
        on=on,
    )
    (folder / "geotool.toml").write_text(text, encoding="utf-8")
    return folder


def write_frame(frame, folder, name, suffix=".gpkg"):
    """Write one frame under ``folder/layers``; return its path."""
    if not isinstance(frame, gpd.GeoDataFrame):
        path = folder / "layers" / f"{name}.csv"
        frame.to_csv(path, index=False, encoding="utf-8")
        return path
    path = folder / "layers" / f"{name}{suffix}"
    frame.to_file(path, layer=name if suffix == ".gpkg" else None, engine="pyogrio")
    return path
