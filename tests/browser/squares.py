"""A page of a few 100 m squares in a row, A, B, C ... from west to east, with columns of a test."""

import string

import geopandas as gpd
import shapely

from geotool import labels
from geotool.share.render import layerdata
from geotool.share.render.page import MapLayer, PageContent, Statement, render_page

SHOWN = """([name, pane]) => {
  const layer = GT.layers.find((one) => one.entry.name === name);
  const ids = layer.columns.get("parcel_id");
  return Array.from({ length: layer.data.count }, (_, i) => i)
    .filter((i) => GT.isShown(layer, i, pane)).map((i) => ids.at(i)).sort().join("");
}"""


def both(text):
    return {"vi": text, "en": text}


def make_layer(columns, name="land_take", **settings):
    """Return a layer of squares, one a value of the columns."""
    count = len(next(iter(columns.values())))
    boxes = [
        shapely.box(570_000 + 100 * n, 1_995_000, 570_100 + 100 * n, 1_995_100)
        for n in range(count)
    ]
    ids = list(string.ascii_uppercase[:count])
    frame = gpd.GeoDataFrame({"parcel_id": ids, **columns}, geometry=boxes, crs="EPSG:9209")
    return MapLayer(
        name=name,
        title=both("Squares"),
        frame=frame,
        columns=layerdata.make_columns(frame, ["parcel_id", *columns], labels.load_labels()),
        style=name,
        title_column="parcel_id",
        **settings,
    )


def make_page(*layers, **settings):
    """Return the page of some layers as HTML text, in English."""
    given = {"tables": (), "language": "en", "ticks": None, **settings}
    return render_page(
        PageContent(
            title=both("Squares"),
            subtitle=both("Made up"),
            layers=layers,
            statement=Statement(profile="committee", notices=(both("Not surveyed"),)),
            labels=labels.load_labels(),
            **given,
        )
    )


def shown(opened, layer="land_take", pane=0):
    """Return the names of the squares that a pane shows, as one text."""
    return opened.run(SHOWN, [layer, pane])
