"""The page itself: one HTML file that opens from a disk with the network blocked.

folium builds the skeleton and never sees data: branca renders what it is given as a template.
Layers, words and totals are inserted afterwards, as inert JSON that the page's own scripts read
and show through ``textContent``. A content security policy allows exactly those scripts, by
hash, and no request at all. Two renders of the same content are equal byte by byte.
"""

import html
import re
import zlib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geotool.errors import OutputError
from geotool.labels import Labels
from geotool.share.render import furniture, noscript
from geotool.share.render.assets import Assets, load_assets
from geotool.share.render.attributes import visible_text
from geotool.share.render.furniture import Bounds, Drawn
from geotool.share.render.layerdata import (
    LayerColumn,
    MapLayer,
    Text,
    encode_layer,
    json_text,
    to_lonlat,
)
from geotool.share.render.policy import contents, policy_text
from geotool.share.render.positions import PageAxis, axis_entries, grid_entry
from geotool.share.render.shapes import QUANTUM_M
from geotool.share.render.streams import script_blocks
from geotool.share.render.style import Styles, load_styles
from geotool.share.tables import Table

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

__all__ = [
    "DateSlider",
    "LayerColumn",
    "MapLayer",
    "PageAxis",
    "PageContent",
    "Statement",
    "Text",
    "render_page",
]

_FOLIUM_ID = re.compile(r"[0-9a-f]{32}")
_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')
_MAP_DIV = re.compile(r'<div class="folium-map"[^>]*></div>')
_BROKEN_STYLE = (
    ".gt-broken{visibility:hidden;position:fixed;top:0;left:0;right:0;z-index:9999;"
    "padding:.6rem 1rem;background:#8a1020;color:#fff;font:600 15px/1.4 sans-serif;"
    "animation:gt-alone 1ms 4s forwards}.gt-guarded .gt-broken{animation:none}"
    ".gt-broken.gt-late{visibility:visible}.gt-broken p{margin:.2rem 0}"
    ".gt-shown{visibility:visible;position:static;animation:none}"
    "@media print{.gt-late{position:static}}"
    "@keyframes gt-alone{to{visibility:visible}}"
)
"""The notice of a damaged file shows by itself where not even the first script runs."""
_NO_SCRIPT_STYLE = (
    ".gt-app,.gt-broken{display:none}body{margin:1rem}table{border-collapse:collapse;margin:1rem 0}"
    "caption{text-align:left;font-weight:bold;padding:.3rem 0}svg{max-width:100%;height:auto}"
    "th,td{border:1px solid #b9b5a8;padding:.25rem .5rem;text-align:left}"
)
_MAX_ZOOM = 21


@dataclass(frozen=True)
class Statement:
    """What the page says about itself.

    Parameters
    ----------
    profile
        ``public``, ``committee`` or ``internal``.
    notices
        Warnings shown above the map (synthetic data, not survey grade).
    facts
        Pairs of label and value: source, date, CRS, versions. A value is one text or one by
        language.
    watermark
        Text repeated over the map, by language, or None.
    """

    profile: str
    notices: tuple[Text, ...] = ()
    facts: tuple[tuple[Text, str | Text], ...] = ()
    watermark: Text | None = None


@dataclass(frozen=True)
class DateSlider:
    """The dates a page can show, ascending, and the table whose row ``date`` belongs to each."""

    dates: tuple[str, ...]
    chosen: str
    table: Table


@dataclass(frozen=True)
class PageContent:
    """Everything one page shows.

    Parameters
    ----------
    title, subtitle
        Title block, by language.
    language
        ``vi`` or ``en``: shown first; both ship.
    layers
        In drawing order; the first lies lowest.
    tables
        Totals; a table of one row without a total row is shown as large figures.
    ticks
        Chainage ticks with columns ``label``, ``chainage_m``, a point geometry, any CRS, and
        ``alignment_id`` where a page of two panes must tell them apart.
    statement
        Notices, facts, profile and watermark.
    labels
        The words of both languages.
    styles
        The project's styles; None for the built-in ones.
    strip_maps
        Strip maps as SVG of ``share.strip_map``, by language.
    axes
        The alignments, for going to a chainage and for totals along them.
    slider
        Dates to choose from, for layers with ``valid_from``.
    compare_column
        Filter column by whose values two panes beside each other differ; None for one pane.
    """

    title: Text
    subtitle: Text
    language: str
    layers: tuple[MapLayer, ...]
    tables: tuple[Table, ...]
    ticks: "gpd.GeoDataFrame | None"
    statement: Statement
    labels: Labels
    styles: Styles | None = None
    strip_maps: tuple[Text, ...] = ()
    axes: tuple[PageAxis, ...] = ()
    slider: DateSlider | None = None
    compare_column: str | None = None


def render_page(content: PageContent) -> str:
    """Return the page as HTML text; the same content gives the same text.

    Raises
    ------
    CrsError
        When a layer has no CRS.
    SchemaError
        When a layer lacks a column named, or names a style that does not exist.
    DataError
        When a word of the page is missing in a language.
    OutputError
        When folium's skeleton is not as expected.
    """
    styles = content.styles if content.styles is not None else load_styles()
    assets = load_assets()
    drawn = [
        Drawn(layer, to_lonlat(layer.frame, layer.name), styles.style(layer.style))
        for layer in content.layers
    ]
    bounds = furniture.extent(drawn)
    tables = [furniture.table_entry(table, content.labels) for table in content.tables]
    encoded = [encode_layer(one.layer, one.lonlat) for one in drawn]
    blocks = [
        block
        for index, one in enumerate(encoded)
        for block in script_blocks(f"gt-data-{index}", one.data)
    ]
    entries = [
        {
            **furniture.layer_entry(one, styles),
            "part_columns": furniture.part_columns(one.layer, content.labels),
            "block": f"gt-data-{index}",
            "data": data.entry,
        }
        for index, (one, data) in enumerate(zip(drawn, encoded, strict=True))
    ]
    data = json_text(_page_data(content, assets, drawn, {"layers": entries, "tables": tables}))
    text = _skeleton(bounds)
    known = {
        "script": {*contents(text, "script"), *_scripts(assets)},
        "style": {
            *contents(text, "style"),
            *(assets.leaflet_style, assets.style, _BROKEN_STYLE, _NO_SCRIPT_STYLE),
        },
    }
    text = _insert_head(text, content, assets)
    text = _insert_shell(text, content, assets, _noscript(content, drawn, tables))
    tail = [*_own_blocks(data), f"<script>{assets.scripts}</script>", *blocks]
    text = _insert_before(text, "</html>", "\n".join(tail) + "\n")
    return _with_policy(text, known)


def _page_data(
    content: PageContent,
    assets: Assets,
    drawn: list[Drawn],
    entries: dict[str, list[dict[str, object]]],
) -> dict[str, object]:
    bounds = furniture.extent(drawn)
    ticks = content.ticks
    names = furniture.place_names(drawn, bounds)
    return {
        "language": content.language,
        "title": dict(content.title),
        "subtitle": dict(content.subtitle),
        "profile": content.statement.profile,
        "notices": [dict(notice) for notice in content.statement.notices],
        "facts": [
            [dict(label), {"vi": value, "en": value} if isinstance(value, str) else dict(value)]
            for label, value in content.statement.facts
        ],
        "watermark": content.statement.watermark,
        "credit": f"Leaflet {assets.leaflet_version}",
        "bounds": list(bounds),
        "max_zoom": _MAX_ZOOM,
        "words": {key: content.labels.both(key) for key in assets.words},
        "values": {
            code: dict(words) for code, words in furniture.used_words(drawn, content.labels).items()
        },
        "layers": [
            {**entry, "names": names.get(str(entry["name"]), [])} for entry in entries["layers"]
        ],
        "tables": entries["tables"],
        "strip_maps": [dict(one) for one in content.strip_maps],
        "axes": axis_entries(content.axes, _system(content)),
        "grid": grid_entry(_system(content)),
        "quantum_m": QUANTUM_M,
        "slider": _slider_entry(content),
        "compare_column": content.compare_column,
        "licences": [dict(one) for one in assets.licences],
        "ticks": furniture.tick_entries(None if ticks is None else to_lonlat(ticks, "ticks")),
    }


def _system(content: PageContent) -> "pyproj.CRS | None":
    """Return the system of the project: that of its layers and ticks, which all have the same."""
    frames = [layer.frame for layer in content.layers]
    systems = (one.crs for one in (*frames, content.ticks) if one is not None)
    return next((one for one in systems if one is not None and one.is_projected), None)


def _slider_entry(content: PageContent) -> dict[str, object] | None:
    slider = content.slider
    if slider is None:
        return None
    table = furniture.table_entry(slider.table, content.labels)
    return {"dates": list(slider.dates), "chosen": slider.chosen, "table": table}


def _skeleton(bounds: Bounds) -> str:
    """Return folium's page for an empty map, its random ids renamed by order of appearance."""
    import folium

    west, south, east, north = bounds
    page = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=12,
        tiles=None,
        zoom_control=False,
        prefer_canvas=True,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=0.5,
        bounce_at_zoom_limits=False,
        fade_animation=False,
    )
    page.default_js = []
    page.default_css = []
    text = page.get_root().render()
    names: dict[str, str] = {}
    return _FOLIUM_ID.sub(lambda m: names.setdefault(m[0], f"{len(names) + 1}"), text)


def _insert_head(text: str, content: PageContent, assets: Assets) -> str:
    if _VIEWPORT.search(text) is None:
        raise _unexpected('<meta name="viewport">')
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    text = _VIEWPORT.sub(viewport, text, count=1)
    text = text.replace("<html>", f'<html lang="{html.escape(content.language)}">', 1)
    title = html.escape(visible_text(content.title[content.language]))
    head = [
        f"<title>{title}</title>",
        f"<style>{_BROKEN_STYLE}</style>",
        f"<script>{assets.guard}</script>",
    ]
    return _insert_before(text, "</head>", "\n".join(head) + "\n")


def _insert_shell(text: str, content: PageContent, assets: Assets, static: str) -> str:
    """Return the page with its shell; before anything long stands what a file cut there says."""
    found = _MAP_DIV.search(text)
    if found is None:
        raise _unexpected('<div class="folium-map">')
    words = content.labels.both("map.broken_file")
    order = sorted(words, key=lambda language: language != content.language)
    broken = "".join(f'<p lang="{one}">{html.escape(words[one])}</p>' for one in order)
    shell = [
        f'<div class="gt-broken" id="gt-broken" role="alert">{broken}</div>',
        f"<style>{assets.leaflet_style}</style>",
        f"<style>{assets.style}</style>",
        f"<noscript><style>{_NO_SCRIPT_STYLE}</style></noscript>",
        f"<script>{assets.leaflet_script}</script>",
        f"<noscript>{visible_text(static)}</noscript>",
        f"{assets.before_map}{found[0]}{assets.after_map}",
    ]
    return text[: found.start()] + "\n".join(shell) + text[found.end() :]


def _noscript(content: PageContent, drawn: list[Drawn], tables: list[dict[str, object]]) -> str:
    language, statement = content.language, content.statement
    facts = [
        f"{label[language]}: {value if isinstance(value, str) else value[language]}"
        for label, value in statement.facts
    ]
    title = content.title[language]
    notices = [notice[language] for notice in statement.notices]
    left_out = content.labels.text("map.rows_left_out", language)
    return noscript.noscript_html(
        {
            "title": [title],
            "subtitle": [content.subtitle[language]],
            "notices": [
                *notices,
                *([statement.watermark[language]] if statement.watermark else []),
                content.labels.text("map.no_scripts", language),
            ],
            "facts": facts,
        },
        [
            *(one[language] for one in content.strip_maps),
            *(noscript.table_html(entry, language, left_out=left_out) for entry in tables),
        ],
        noscript.sketch_svg(drawn, furniture.extent(drawn), title),
    )


def _with_policy(text: str, known: Mapping[str, AbstractSet[str]]) -> str:
    meta = (
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy_text(text, known)}">\n'
        '<meta name="referrer" content="no-referrer">\n'
    )
    head, found, rest = text.partition("<head>")
    if not found:
        raise _unexpected("<head>")
    return f"{head}<head>\n{meta}{rest}"


def _scripts(assets: Assets) -> tuple[str, str, str]:
    return assets.guard, assets.leaflet_script, assets.scripts


def _own_blocks(data: str) -> tuple[str, str]:
    """Return the page's own data and the checksum that tells whether they came through whole."""
    return _block("gt-page", data), _block("gt-sum", str(zlib.adler32(data.encode("utf-8"))))


def _block(identifier: str, text: str) -> str:
    return f'<script type="application/json" id="{identifier}">{text}</script>'


def _insert_before(text: str, mark: str, inserted: str) -> str:
    head, found, tail = text.rpartition(mark)
    if not found:
        raise _unexpected(mark)
    return f"{head}{inserted}{found}{tail}"


def _unexpected(mark: str) -> OutputError:
    return OutputError(
        f"The page that folium builds has no {mark}.",
        remedy="Install a version of folium that geotool supports (0.18 or newer).",
    )
