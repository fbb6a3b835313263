"""How a layer is drawn: symbols by style and class, read from ``maps/styles.toml``.

A style is a base symbol and, for classified layers, one symbol a class that overrides parts of
it. Every mistake of the file is reported at once.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

from geotool import resources, units
from geotool.errors import SchemaError

HATCHES = ("none", "diagonal", "back", "cross", "horizontal", "vertical", "dots")
SHAPES = ("circle", "square", "diamond", "triangle", "star")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_LISTED = 20
"""Mistakes of a file that one message tells; more do not fit a screen."""
_FLAGS = ("background", "labelled", "sketch", "strip")


@dataclass(frozen=True)
class Symbol:
    """How one class is drawn: area fill and hatching, outline, and the shape of points.

    Colours are ``#rrggbb`` or empty for none; ``weight``, ``radius`` and ``dash`` are screen
    pixels; ``opacity`` is that of the fill, 0..1; ``far_weight`` is the weight when the map is
    zoomed far out (0 for the same), so that a narrow strip stays visible; ``far_radius`` is the
    radius of the point shape that stands for an area which would be smaller (0 for none).
    """

    fill: str = ""
    opacity: float = 1.0
    stroke: str = "#333333"
    weight: float = 1.0
    far_weight: float = 0.0
    dash: tuple[float, ...] = ()
    hatch: str = "none"
    shape: str = "circle"
    radius: float = 4.0
    far_radius: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """Return the symbol as plain data for the page."""
        return {
            "fill": self.fill,
            "opacity": self.opacity,
            "stroke": self.stroke,
            "weight": self.weight,
            "far_weight": self.far_weight,
            "dash": list(self.dash),
            "hatch": self.hatch,
            "shape": self.shape,
            "radius": self.radius,
            "far_radius": self.far_radius,
        }


@dataclass(frozen=True)
class LayerStyle:
    """The base symbol of a layer, its classes in legend order and its part on the page.

    Parameters
    ----------
    name
        Key in ``styles.toml``.
    symbol
        Symbol of an unclassified layer and base of every class.
    classes
        Symbol of each known class value, in legend order.
    background
        True for context (communes, roads): the full extent does not stretch to it and the
        pointer does not highlight it.
    labelled
        True when the features' titles are written on the map.
    sketch
        True when the layer belongs to the small drawing shown without scripts.
    strip
        True when a click means rather what lies on it (right of way, sections, axis).
    """

    name: str
    symbol: Symbol
    classes: Mapping[str, Symbol]
    background: bool = False
    labelled: bool = False
    sketch: bool = False
    strip: bool = False


@dataclass(frozen=True)
class Styles:
    """Every style by name, and the palette for class values that no style names."""

    styles: Mapping[str, LayerStyle]
    palette: tuple[str, ...]

    def style(self, name: str) -> LayerStyle:
        """Return one style.

        Raises
        ------
        SchemaError
            When there is no such style; the message lists those that exist.
        """
        if name not in self.styles:
            raise SchemaError(
                f"There is no style '{name}' in maps/styles.toml.",
                remedy=f"Known: {', '.join(sorted(self.styles))}.",
            )
        return self.styles[name]

    def class_symbols(self, name: str, values: Sequence[str]) -> dict[str, Symbol]:
        """Return the symbol of each class value present, in legend order.

        Values the style names come first, in its order; the others follow in natural order,
        coloured from the palette and hatched in turn so that they differ in black and white;
        the empty value (no data) comes last with the base symbol.
        """
        style = self.style(name)
        present = set(values)
        symbols = {code: style.classes[code] for code in style.classes if code in present}
        others = sorted(present - set(style.classes) - {""}, key=units.natural_key)
        for index, code in enumerate(others):
            symbols[code] = self._other_symbol(style.symbol, index)
        if "" in present and "" not in symbols:
            symbols[""] = style.symbol
        return symbols

    def distinct_count(self, name: str, dimensions: Collection[int]) -> int:
        """Return how many classes without a symbol of their own look different.

        Lines differ in colour, points in colour and shape, filled areas in colour and hatching.

        Parameters
        ----------
        name
            The style.
        dimensions
            Those of the shapes drawn: 0 for points, 1 for lines, 2 for areas.
        """
        base = self.style(name).symbol
        count = math.lcm(len(self.palette), len(SHAPES), len(HATCHES))
        symbols = [self._other_symbol(base, index) for index in range(count)]
        seen: dict[int, set[tuple[str, ...]]] = {
            0: {(one.fill, one.stroke, one.shape) for one in symbols},
            1: {(one.stroke,) for one in symbols},
            2: {(one.fill, one.stroke, one.hatch) for one in symbols},
        }
        return min(len(seen[dimension]) for dimension in dimensions)

    def _other_symbol(self, base: Symbol, index: int) -> Symbol:
        colour = self.palette[index % len(self.palette)]
        hatch = HATCHES[index % len(HATCHES)] if base.fill else "none"
        shape = SHAPES[index % len(SHAPES)]
        if not base.fill:
            return replace(base, stroke=colour, hatch=hatch, shape=shape)
        return replace(base, fill=colour, stroke=_darker(colour), hatch=hatch, shape=shape)


def _darker(colour: str) -> str:
    """Return a colour at half its light, so that hatching shows on it."""
    parts = (int(colour[place : place + 2], 16) // 2 for place in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)


def load_styles(*, project_dir: Path | None = None) -> Styles:
    """Return the built-in styles, with those of a project's ``maps/styles.toml`` over them.

    Raises
    ------
    SchemaError
        When a style cannot be used; its ``problems`` list every mistake of the files.
    DataError
        When a file is not TOML.
    """
    raw = dict(resources.load_toml("maps", "styles.toml"))
    own = project_dir / "maps" / "styles.toml" if project_dir is not None else None
    mistakes: list[str] = []
    tables = dict(_table(raw, "styles", mistakes))
    palette = raw.get("palette", {})
    if own is not None and own.is_file():
        extra = resources.parse_toml_file(own)
        tables.update(_table(extra, "styles", mistakes))
        palette = extra.get("palette", palette)
        _unknown_keys(extra, ("styles", "palette"), own.name, mistakes)
    styles = {name: _layer_style(name, table, mistakes) for name, table in tables.items()}
    colours = _palette(palette, mistakes)
    if mistakes:
        raise SchemaError(
            f"maps/styles.toml: {list_mistakes(mistakes)}.",
            remedy="Correct them; maps/README.md describes every key.",
            problems=mistakes,
        )
    return Styles(styles=styles, palette=colours)


def list_mistakes(mistakes: Sequence[str]) -> str:
    """Return how many mistakes there are, and the first of them, as one sentence part."""
    count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
    rest = len(mistakes) - _LISTED
    more = f"; and {rest} more, which `geotool validate` lists" if rest > 0 else ""
    return f"{count}: {'; '.join(mistakes[:_LISTED])}{more}"


def _table(raw: Mapping[str, Any], key: str, mistakes: list[str]) -> Mapping[str, Any]:
    value = raw.get(key, {})
    if isinstance(value, dict):
        return value
    mistakes.append(f"'{key}' is not a table")
    return {}


def _palette(raw: object, mistakes: list[str]) -> tuple[str, ...]:
    colours = raw.get("others", []) if isinstance(raw, dict) else []
    if not colours or not all(isinstance(c, str) and _COLOUR.fullmatch(c) for c in colours):
        mistakes.append("palette.others must be a list of colours #rrggbb")
        return ("#333333",)
    return tuple(colours)


def _layer_style(name: str, raw: object, mistakes: list[str]) -> LayerStyle:
    if not isinstance(raw, dict):
        mistakes.append(f"styles.{name} is not a table")
        raw = {}
    flags = {flag: raw.get(flag, False) for flag in _FLAGS}
    mistakes.extend(
        f"styles.{name}.{flag} must be true or false"
        for flag, value in flags.items()
        if not isinstance(value, bool)
    )
    own = {key: value for key, value in raw.items() if key not in (*_FLAGS, "classes")}
    base = _symbol(Symbol(), own, f"styles.{name}", mistakes)
    classes = {
        code: _symbol(base, table, f"styles.{name}.classes.{code}", mistakes)
        for code, table in _table(raw, "classes", mistakes).items()
    }
    return LayerStyle(
        name=name,
        symbol=base,
        classes=classes,
        background=bool(flags["background"]),
        labelled=bool(flags["labelled"]),
        sketch=bool(flags["sketch"]),
        strip=bool(flags["strip"]),
    )


def _symbol(base: Symbol, raw: object, where: str, mistakes: list[str]) -> Symbol:
    if not isinstance(raw, dict):
        mistakes.append(f"{where} is not a table")
        return base
    known = tuple(field.name for field in fields(Symbol))
    _unknown_keys(raw, known, where, mistakes)
    changes: dict[str, Any] = {}
    for key in known:
        if key not in raw:
            continue
        value = raw[key]
        if not _CHECKS[key](value):
            mistakes.append(f"{where}.{key} cannot be {value!r}")
        else:
            changes[key] = tuple(value) if key == "dash" else value
    return replace(base, **changes)


def _unknown_keys(
    raw: Mapping[str, object], known: Sequence[str], where: str, mistakes: list[str]
) -> None:
    mistakes.extend(
        f"{where}.{key} is not a key (known: {', '.join(known)})" for key in raw if key not in known
    )


def _is_number(value: object, *, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _is_colour(value: object) -> bool:
    return isinstance(value, str) and (value == "" or _COLOUR.fullmatch(value) is not None)


def _is_dash(value: object) -> bool:
    return isinstance(value, list) and all(_is_number(v, low=0.5, high=99) for v in value)


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "fill": _is_colour,
    "stroke": _is_colour,
    "opacity": partial(_is_number, low=0, high=1),
    "weight": partial(_is_number, low=0, high=20),
    "far_weight": partial(_is_number, low=0, high=20),
    "radius": partial(_is_number, low=1, high=20),
    "far_radius": partial(_is_number, low=0, high=20),
    "dash": _is_dash,
    "hatch": HATCHES.__contains__,
    "shape": SHAPES.__contains__,
}
