"""Text that would run, break out or be rendered as a template if it were ever markup."""

import geopandas as gpd
import shapely

from geotool.labels import load_labels
from geotool.share.render.page import LayerColumn, MapLayer, PageContent, Statement
from geotool.share.tables import Table, TableColumn

HOSTILE = (
    "{{ 7*7 }}",
    "{% raw %}",
    "{{ cycler.__init__.__globals__.os.getpid() }}",
    "<img src=x onerror=alert(1)>",
    "</script><script>window.hacked=1</script>",
    "<!--<script>",
    "`${window.hacked=1}`",
    "\\u003cb\\u003e \\' \" &lt; &amp;",
    "line\u2028separator",
    "__proto__",
)
ALL = " | ".join(HOSTILE)


def both(text):
    return {"vi": text, "en": f"{text} (en)"}


def make_hostile_content():
    """Return a page in which every text a user can supply is hostile."""
    names = [f"c{index}" for index in range(len(HOSTILE))]
    square = shapely.box(570_000, 1_995_000, 570_400, 1_995_300)
    frame = gpd.GeoDataFrame(
        {
            **{name: [text] for name, text in zip(names, HOSTILE, strict=True)},
            HOSTILE[3]: [ALL],
            "__proto__": ["constructor"],
        },
        geometry=[square],
        crs="EPSG:9209",
    )
    columns = tuple(
        LayerColumn(name, both(text), "value") for name, text in zip(names, HOSTILE, strict=True)
    )
    columns += (LayerColumn(HOSTILE[3], both(ALL)), LayerColumn("__proto__", both("p"), "value"))
    layer = MapLayer(
        name=f'parcels"{ALL}',
        title=both(ALL),
        frame=frame,
        columns=columns,
        style="communes",
        group=both(ALL),
        class_column="c3",
        title_column=HOSTILE[3],
    )
    cells = dict(zip(names, HOSTILE, strict=True))
    table = Table(
        f'totals"{ALL}',
        tuple(TableColumn(name, "text", text) for name, text in zip(names, HOSTILE, strict=True)),
        [cells, cells],
        cells,
        (ALL,),
    )
    ticks = gpd.GeoDataFrame(
        {"label": [HOSTILE[3]], "chainage_m": [0.0]},
        geometry=[shapely.Point(570_100, 1_995_100)],
        crs="EPSG:9209",
    )
    return PageContent(
        title=both(ALL),
        subtitle=both(ALL),
        language="vi",
        layers=(layer,),
        tables=(table,),
        ticks=ticks,
        statement=Statement(ALL, (both(ALL),), ((both(ALL), ALL),), ALL),
        labels=load_labels(),
    )
