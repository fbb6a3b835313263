"""A page with an axis, parcels by sheet and number, and holders, to try the tools on."""

import dataclasses

import geopandas as gpd
from shapely.geometry import box

from geotool.labels import load_labels
from geotool.share.render.page import LayerColumn, MapLayer, PageContent, Statement, render_page
from tests.share.render import place_vectors
from tests.share.render.sample_content import both

KINDS = {"land_type": "value", "moved_date": "date", "document_area_m2": "area_m2"}
# A square of 200 m a parcel, from 572,000 east and 1,996,000 north, row by row.
SIDE, EAST, NORTH = 200, 572_000, 1_996_000
ROWS = [
    ("P-1", "12", "345", "LUC", "Trần Thị Đào", "2023-05-01"),
    ("P-2", "12", "346", "CLN", "Lê Văn Kỳ Anh", "2023-06-02"),
    ("P-3", "112", "345", "LUC", "Tran Van B", "2022-01-08"),
    ("P-30", "34", "512", "CLN", "<img src=x onerror=hacked=1>", "2023-05-20"),
]


def make_parcels():
    columns = list(zip(*ROWS, strict=True))
    names = ("parcel_id", "sheet_no", "parcel_no", "land_type", "holder", "moved_date")
    shapes = [box(EAST + SIDE * i, NORTH, EAST + SIDE * (i + 1), NORTH + SIDE) for i in range(4)]
    return gpd.GeoDataFrame(
        dict(zip(names, columns, strict=True)), geometry=shapes, crs=place_vectors.SYSTEM
    )


def make_layer(name, frame, *, title_column, visible=True):
    words = load_labels()
    columns = tuple(
        LayerColumn(column, both(column), KINDS.get(column, "text"))
        for column in frame.columns
        if column != "geometry"
    )
    return MapLayer(
        name,
        words.both("layers.parcels") if name == "parcels" else both(name),
        frame,
        columns,
        "parcels",
        title_column=title_column,
        class_column="land_type" if name == "parcels" else None,
        visible=visible,
    )


def make_page(*, axes=1):
    """Return the HTML of the page: parcels, a hidden layer of communes, an axis with equations."""
    halves = (
        box(569_000, 1_991_000, 573_000, 1_999_000),
        box(573_000, 1_991_000, 577_000, 1_999_000),
    )
    communes = gpd.GeoDataFrame(
        {"commune_name": ["Kỳ Anh", "Kỳ Ánh"]}, geometry=list(halves), crs=place_vectors.SYSTEM
    )
    axis = place_vectors.make_page_axis()
    more = dataclasses.replace(axis, alignment_id="T2")
    content = PageContent(
        title=both("Bản đồ", "Map"),
        subtitle=both("Thử", "Try"),
        language="vi",
        layers=(
            make_layer("communes", communes, title_column="commune_name", visible=False),
            make_layer("parcels", make_parcels(), title_column="parcel_id"),
        ),
        tables=(),
        ticks=None,
        statement=Statement("committee"),
        labels=load_labels(),
        axes=(axis, more)[:axes],
    )
    return render_page(content)


def search(page, typed):
    """Type into the search box and return the titles found, once the search has ended."""
    page.fill("#gt-search", "")
    page.fill("#gt-search", typed)
    page.wait_for_function(
        """() => { const note = document.getElementById("gt-results-count").textContent;
        return note && note !== GT.word("map.searching"); }"""
    )
    return page.locator("#gt-results .gt-result-title").all_text_contents()
