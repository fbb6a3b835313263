"""Small maps on paper, and what a reader finds on their pages."""

import geopandas as gpd
import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import shapely

from geotool import crs, labels
from geotool.share.paper import plates, sheet, tiling
from geotool.share.paper.panel import Imprint
from geotool.share.paper.scene import Words
from geotool.share.render.layerdata import MapLayer, make_columns
from geotool.share.render.style import load_styles

SYSTEM = "EPSG:9209"
EAST, NORTH = 500_000.0, 2_000_000.0
MM = 25.4 / 72
WORDS = labels.load_labels()


def layer(rows, shapes, *, name="parcels", **options):
    """Return a map layer of shapes drawn from (EAST, NORTH)."""
    placed = [shapely.transform(one, lambda xy: np.add(xy, (EAST, NORTH))) for one in shapes]
    frame = gpd.GeoDataFrame(rows, geometry=placed, crs=SYSTEM)
    columns = make_columns(frame, [column for column in frame if column != "geometry"], WORDS)
    title = options.pop("title", {"vi": "Thửa đất", "en": "Parcels"})
    style = options.pop("style", name)
    return MapLayer(name, title, frame, columns, style, **options)


def content(layers, *, axes=(), paper="A4", landscape=None, scale=None, language="vi", **imprint):
    """Return the content of sheets that show some layers."""
    made = plates.make_plates(layers, load_styles(), crs.resolve(SYSTEM))
    shapes = [shape for plate in made for shape in plate.shapes]
    bounds = plates.subject_bounds(made)
    subject = tiling.Subject(bounds, np.array(shapes, dtype=object), tuple(axes))
    said = {"title": "Bản đồ", "project": "Dự án", "notices": (), "facts": (), **imprint}
    return sheet.Content(
        plates=made,
        axes=tuple(axes),
        plan=tiling.plan_sheets(subject, tiling.Wish(paper, landscape, scale)),
        imprint=Imprint(**said),
        words=Words(WORDS, language),
    )


def parcel(width_m=100.0, height_m=50.0, **row):
    """Return one parcel as a layer."""
    return layer([{"parcel_id": "1-1", **row}], [shapely.box(0, 0, width_m, height_m)])


def pages(pdf):
    """Return the pages of a document."""
    document = pypdfium2.PdfDocument(pdf)
    return [document[index] for index in range(len(document))]


def text_of(pdf):
    """Return every text a reader can select."""
    return "\n".join(page.get_textpage().get_text_bounded() for page in pages(pdf))


def filled_boxes(page):
    """Return width and height in millimetres of every filled path."""
    boxes = []
    for item in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH]):
        left, bottom, right, top = item.get_bounds()
        boxes.append(((right - left) * MM, (top - bottom) * MM))
    return boxes
