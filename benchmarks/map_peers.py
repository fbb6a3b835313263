"""The ways to make one HTML map: geotool and its peers.

    python benchmarks/map_peers.py WAY KIND COUNT FILE.html

Each is a process of its own, which prints what it took as JSON. The clock runs from the frame in
memory to the file on the disk; libraries are imported and have made a map of nine features
before. Beside the file, what to ask the page is written as ``FILE.json``.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd

Build = Callable[["gpd.GeoDataFrame"], str]

WARM_COUNT = 9
POINT_RADIUS = 3
COLOURED_BY = {"parcels": "land_type", "graves": "ownership"}


@dataclass(frozen=True)
class Way:
    """A way to make a map: how it is called in the report, the function from frame to HTML."""

    says: str
    build: Build


def geotool(frame: "gpd.GeoDataFrame") -> str:
    """Return geotool's page of one layer."""
    from geotool.labels import load_labels
    from geotool.share.render.layerdata import make_columns
    from geotool.share.render.page import MapLayer, PageContent, Statement, render_page

    labels = load_labels()
    kind = _kind(frame)
    names = [name for name in frame.columns if name != "geometry"]
    title = {"vi": "Đo tốc độ", "en": "Benchmark"}
    layer = MapLayer(
        name=kind,
        title=title,
        frame=frame,
        columns=make_columns(frame, names, labels),
        style=kind,
        class_column=COLOURED_BY[kind],
        title_column=names[0],
    )
    content = PageContent(
        title=title,
        subtitle=title,
        language="vi",
        layers=(layer,),
        tables=(),
        ticks=None,
        statement=Statement(profile="committee"),
        labels=labels,
    )
    return render_page(content)


def folium_svg(frame: "gpd.GeoDataFrame") -> str:
    """Return folium's page: GeoJson, tooltip and popup of all attributes, SVG as it comes."""
    return _folium(frame, prefer_canvas=False)


def folium_canvas(frame: "gpd.GeoDataFrame") -> str:
    """Return folium's page, drawn on a canvas."""
    return _folium(frame, prefer_canvas=True)


def explore(frame: "gpd.GeoDataFrame") -> str:
    """Return the page of ``explore``, coloured by a column, tooltip and popup."""
    made = frame.explore(column=COLOURED_BY[_kind(frame)], popup=True, tiles=None)
    return str(made.get_root().render())


def _folium(frame: "gpd.GeoDataFrame", *, prefer_canvas: bool) -> str:
    import folium

    west, south, east, north = frame.to_crs("EPSG:4326").total_bounds
    names = [name for name in frame.columns if name != "geometry"]
    page = folium.Map(tiles=None, prefer_canvas=prefer_canvas)
    folium.GeoJson(
        frame,
        tooltip=folium.GeoJsonTooltip(names),
        popup=folium.GeoJsonPopup(names),
        marker=folium.CircleMarker(radius=POINT_RADIUS),
    ).add_to(page)
    page.fit_bounds([[south, west], [north, east]])
    return str(page.get_root().render())


WAYS = {
    "geotool": Way("**geotool**", geotool),
    "folium": Way("folium GeoJson, tooltip, popup", folium_svg),
    "folium-canvas": Way("the same on a canvas", folium_canvas),
    "explore": Way("explore, a column, popup", explore),
}


def main(way: str, kind: str, count: int, path: Path) -> None:
    """Make the map, write it and print what it took."""
    import map_data

    build = WAYS[way].build
    frame = map_data.make(kind, count)
    build(map_data.make(kind, WARM_COUNT))
    begun, begun_cpu = time.perf_counter(), time.process_time()
    path.write_text(build(frame), encoding="utf-8", newline="\n")
    took = {
        "build_s": time.perf_counter() - begun,
        "build_cpu_s": time.process_time() - begun_cpu,
        "html_bytes": path.stat().st_size,
    }
    asked = json.dumps(map_data.questions(frame), ensure_ascii=False)
    path.with_suffix(".json").write_text(asked, encoding="utf-8")
    sys.stdout.write(json.dumps(took))


def _kind(frame: "gpd.GeoDataFrame") -> str:
    return next(kind for kind, column in COLOURED_BY.items() if column in frame)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
