"""A page of nine squares whose sums are computed by hand, as HTML text.

The plots of ``make_plots`` are 100 m squares in a row from west to east, P1 .. P9, of 10, 20, ...
90 m2 (by document). P1-P4 are in commune C1, P5-P9 in C2; odd ones are LUA, even ones ONT. P1-P5
are planned, the rest built. P4 lies in both communes: its part in C1 is 15 m2, in C2 25 m2.
Sections S1 (P1-P3), S2 (P4-P6), S3 (P7-P9).
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geotool import labels
from geotool.share.render.layerdata import make_columns
from geotool.share.render.page import MapLayer, PageAxis, PageContent, Statement, render_page

CRS = "EPSG:9209"


def both(text):
    return {"vi": text, "en": text}


def make_plots(names=None):
    """Return the nine plots; ``names`` replaces their keys."""
    numbers = range(1, 10)
    return gpd.GeoDataFrame(
        {
            "parcel_id": list(names or (f"P{n}" for n in numbers)),
            "land_type": ["LUA" if n % 2 else "ONT" for n in numbers],
            "status": ["planned" if n <= 5 else "built" for n in numbers],
            "document_area_m2": [10.0 * n for n in numbers],
            "moved_date": ["2024-03-0" + str(n) for n in numbers],
        },
        geometry=[
            shapely.box(570_000 + 100 * n, 1_995_000, 570_100 + 100 * n, 1_995_100) for n in numbers
        ],
        crs=CRS,
    )


def make_parts():
    """Return the plots by commune and section; P4 (row 3) in two parts."""
    rows = [(n - 1, "C1" if n <= 4 else "C2", f"S{(n + 2) // 3}", 10.0 * n) for n in range(1, 10)]
    rows[3] = (3, "C1", "S2", 15.0)
    rows.append((3, "C2", "S2", 25.0))
    return pd.DataFrame(rows, columns=["row", "commune_id", "section_id", "document_area_m2"])


def make_axes():
    """Return alignment A of the sections S1 and S2, Km1 to Km1+600, and B of S3, Km5 to Km5+300."""
    return (
        _axis("A", 0, 600, 1_000, (("S1", 0, 300), ("S2", 300, 600))),
        _axis("B", 600, 900, 5_000, (("S3", 0, 300),)),
    )


def _axis(name, start, end, chainage, sections):
    line = shapely.LineString([(570_100 + x, 1_995_050) for x in (start, end)])
    length = float(end - start)
    stations = ((0.0, float(chainage), 1), (length, chainage + length, 1))
    return PageAxis(name, line, np.array([0.0, length]), stations, sections)


def make_page(plots=None, *, language="en", parts=True, axes=()):
    """Return the page of the plots and of one point layer that no filter touches."""
    words = labels.load_labels()
    frame = make_plots() if plots is None else plots
    columns = [name for name in frame.columns if name != "geometry"]
    divided = make_parts() if parts else None
    places = ("commune_id", "section_id") if parts else ()
    layer = MapLayer(
        name="plots",
        title=both("Plots"),
        frame=frame,
        columns=make_columns(frame, columns, words),
        style="land_take",
        group=both("Land"),
        class_column="status",
        title_column="parcel_id",
        filters=(*places, "land_type", "status"),
        sums=("document_area_m2",),
        parts=divided,
    )
    marks = frame[["parcel_id", "geometry"]].set_geometry(frame.geometry.centroid)
    other = MapLayer(
        name="marks",
        title=both("Marks"),
        frame=marks,
        columns=make_columns(marks, ["parcel_id"], words),
        style="graves",
        group=both("Land"),
    )
    content = PageContent(
        title=both("Plots"),
        subtitle=both("Nine"),
        language=language,
        layers=(layer, other),
        tables=(),
        ticks=None,
        statement=Statement("committee"),
        labels=words,
        axes=axes,
    )
    return render_page(content)


WHOLE = "html[data-whole=true]"
TALLY = """(name) => {
  const layer = GT.layers.find((each) => each.entry.name === name);
  return { count: layer.tally.count, classes: layer.tally.classes,
    sums: Object.fromEntries(layer.tally.sums.map((one) => [one.name, one.sum])) };
}"""
OPEN = """() => document.querySelectorAll(".gt-panel details.gt-section")
  .forEach((section) => { section.open = true; })"""


def open_whole(open_page, text, **options):
    """Open a page, wait until all of it is read and counted, unfold the panel."""
    opened = open_page(text, **options)
    opened.page.wait_for_selector(WHOLE, state="attached")
    opened.page.wait_for_selector("#gt-filters [data-filter]", state="attached")
    opened.page.wait_for_selector("[data-tally]", state="attached")
    opened.page.wait_for_function("() => GT.layers.every((layer) => layer.tally)")
    opened.run(OPEN)
    return opened


def do_counted(opened, script, argument=None):
    """Run a script that changes what is shown; return when the totals have followed."""
    opened.run(
        f"""(argument) => new Promise((done, fail) => {{
          setTimeout(() => fail(new Error("nothing was counted anew")), 20000);
          GT.map.once("gt:totals", () => requestAnimationFrame(done));
          ({script})(argument);
        }})""",
        argument,
    )


def tally(opened, layer="plots"):
    """Return count, counts by class and sums of a layer as the page counts them."""
    return opened.run(TALLY, layer)
