"""Text that would run, break out or be rendered as a template if it were ever markup."""

import geopandas as gpd
import numpy as np
import shapely

from geotool.labels import load_labels
from geotool.share.diagram.records import Section, Span, StripMap, Tick
from geotool.share.render.page import (
    DateSlider,
    LayerColumn,
    MapLayer,
    PageAxis,
    PageContent,
    Statement,
)
from geotool.share.strip_map import strip_svg
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
        statement=Statement(ALL, (both(ALL),), ((both(ALL), ALL),), both(ALL)),
        labels=load_labels(),
    )


PAYLOADS = (
    *HOSTILE,
    "{% for c in [].__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
    "{# comment #}{{ lipsum.__globals__ }}",
    "<svg onload=window.hacked=1>",
    "</title></noscript></style></text></svg><script>window.hacked=1</script>",
    '" onmouseover="window.hacked=1" x="',
    "' autofocus onfocus='window.hacked=1",
    "javascript:window.hacked=1",
    "--> ]]> <![CDATA[ <?xml?>",
    "`\\",
    "\\\\'\\\"\\n",
    "&lt;b&gt; &#60; &amp;amp;",
    "\u202edesrever\u202c",
    "$& $1 $` {count} {text} {0.__class__}",
    "%3Cimg%20src=x%3E %zz %",
    "a;b:c,d|e/f#g&h=i",
    "=HYPERLINK(1)",
    "constructor",
    "toString",
    "hasOwnProperty",
    "value\u2029paragraph",
)
"""What is put into every place of a page that takes a text."""

EVERY = " ".join(PAYLOADS)

NAMES = ("__proto__", "constructor", "toString", "<img src=x onerror=alert(1)>", "{{ 7*7 }}")
"""What columns and layers are called."""

_STEP_M = 100


def same(text):
    return {"vi": text, "en": text}


def _squares():
    return [
        shapely.box(x, 1_995_000, x + _STEP_M, 1_995_000 + _STEP_M)
        for x in range(570_000, 570_000 + _STEP_M * len(PAYLOADS), _STEP_M)
    ]


def _attacked_frame():
    turned = [*PAYLOADS[1:], PAYLOADS[0]]
    cells = {name: list(PAYLOADS) for name in NAMES}
    return gpd.GeoDataFrame(
        {
            **cells,
            "commune_id": turned,
            "section_id": list(PAYLOADS),
            "document_area_m2": [1.0] * len(PAYLOADS),
            "valid_date": ["2024-01-01"] * len(PAYLOADS),
        },
        geometry=_squares(),
        crs="EPSG:9209",
    )


def _attacked_layer(**settings):
    names = (*NAMES, "commune_id", "section_id")
    return MapLayer(
        name=ALL,
        title=same(ALL),
        frame=_attacked_frame(),
        columns=(
            *(LayerColumn(name, same(f"{ALL} {name}"), "value") for name in names),
            LayerColumn("document_area_m2", same(f"{ALL} (m²)"), "area_m2"),
        ),
        style="communes",
        group=same(ALL),
        class_column="constructor",
        title_column="__proto__",
        filters=names,
        sums=("document_area_m2",),
        **settings,
    )


def _named_layers():
    """Return a small layer for each payload, which is its name, its title and its group."""
    return tuple(
        MapLayer(
            name=text,
            title=same(text),
            frame=gpd.GeoDataFrame({"toString": [text]}, geometry=[square], crs="EPSG:9209"),
            columns=(LayerColumn("toString", same(text), "value"),),
            style="graves",
            group=same(text),
            class_column="toString",
            title_column="toString",
            filters=("toString",),
        )
        for text, square in zip(PAYLOADS, _squares(), strict=True)
    )


def _attacked_tables():
    columns = tuple(
        TableColumn(name, "value", text) for name, text in zip(NAMES, PAYLOADS, strict=False)
    )
    rows = [dict.fromkeys(NAMES, text) for text in PAYLOADS]
    return (
        Table(ALL, columns, rows, rows[0], PAYLOADS),
        Table("__proto__", columns, rows[:1], None, PAYLOADS),
    )


def _attacked_slider():
    columns = (TableColumn("date"), TableColumn("constructor", "value", ALL))
    dates = ("2024-01-01", ALL)
    rows = [{"date": date, "constructor": ALL} for date in dates]
    return DateSlider(dates, dates[0], Table("dates", columns, rows))


def _attacked_axes():
    """Return an alignment named after each payload, the first of sections named the same."""
    line = shapely.LineString([(570_000, 1_995_050), (571_000, 1_995_050)])
    cuts = np.linspace(0.0, 1_000.0, len(PAYLOADS) + 1).tolist()
    sections = tuple(zip(PAYLOADS, cuts[:-1], cuts[1:], strict=True))
    measures, stations = np.array([0.0, 1_000.0]), ((0.0, 0.0, 1), (1_000.0, 1_000.0, 1))
    return tuple(
        PageAxis(text, line, measures, stations, () if number else sections)
        for number, text in enumerate(PAYLOADS)
    )


def _attacked_strip(labels):
    """Return a strip map whose every word is hostile, by language."""
    line = Span(0.0, 1_000.0, ALL, ALL)
    content = StripMap(
        alignment_id=ALL,
        name=ALL,
        on=ALL,
        span=line,
        bin_m=None,
        bins=(line,),
        ticks=(Tick(0.0, "Km0+000"), Tick(1_000.0, "Km1+000")),
        equations=(),
        sections=tuple(Section(text, line) for text in PAYLOADS),
    )
    return {one: strip_svg(content, labels=labels, language=one) for one in ("vi", "en")}


def _attacked_ticks():
    places = range(570_000, 570_000 + _STEP_M * len(PAYLOADS), _STEP_M)
    return gpd.GeoDataFrame(
        {"label": PAYLOADS, "chainage_m": [0.0] * len(PAYLOADS)},
        geometry=[shapely.Point(x, 1_995_050) for x in places],
        crs="EPSG:9209",
    )


def _make_content(layers, **settings):
    facts = tuple((same(text), text) for text in PAYLOADS)
    return PageContent(
        title=same(ALL),
        subtitle=same(ALL),
        language="vi",
        layers=layers,
        statement=Statement("internal", (same(EVERY),), facts, same(EVERY)),
        labels=load_labels(),
        **{"tables": (), "ticks": None, **settings},
    )


def make_attacked_content():
    """Return a page with every payload in every place that takes a text, dates and axes too."""
    return _make_content(
        (_attacked_layer(valid_from="valid_date"), *_named_layers()),
        tables=_attacked_tables(),
        ticks=_attacked_ticks(),
        strip_maps=(_attacked_strip(load_labels()),),
        axes=_attacked_axes(),
        slider=_attacked_slider(),
    )


def make_attacked_panes():
    """Return a page of two panes, divided by a hostile column and coloured by an indicator."""
    layer = _attacked_layer(indicators=("document_area_m2",))
    return _make_content((layer,), compare_column="__proto__")
