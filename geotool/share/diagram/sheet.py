"""The sheet a strip map is drawn on: its scale along the axis, its words and its looks."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from geotool import units
from geotool.labels import Labels
from geotool.share.diagram.drawing import Area, Box, Lines, Part, Word, text_width
from geotool.share.diagram.records import Crossing, Span, StripMap
from geotool.share.render.style import LayerStyle, Symbol, load_styles

WIDTH = 1160.0
MARGIN = 14.0
PLOT_START, PLOT_END = 206.0, WIDTH - MARGIN
SMALL = 11.5
SOFT, AXIS_INK = "#4a5a63", "#17262f"
_ON_AXIS = "on_axis"
_KIND_LENGTH = 24
_UNNAMED = ("section_odd", "section_even")


@dataclass(frozen=True)
class Lane:
    """The room of a track on one side: y of the edge near the axis and of the far one."""

    side: str
    near: float
    far: float

    @property
    def height(self) -> float:
        """Height in pixels."""
        return abs(self.far - self.near)

    @property
    def top(self) -> float:
        """The upper edge."""
        return min(self.near, self.far)

    def rise(self, low: float, high: float) -> tuple[float, float]:
        """Return top and height of a bar between two distances from the near edge."""
        top = self.near - high if self.side == "left" else self.near + low
        return top, high - low


@dataclass
class Sheet:
    """What is drawn so far; boxes of one look are gathered, so that a picture stays small."""

    content: StripMap
    labels: Labels
    language: str
    style: LayerStyle = field(default_factory=lambda: load_styles().style("strip_map"))
    lines: list[Lines] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)
    _boxes: dict[str, list[Box]] = field(default_factory=dict)
    _swatches: list[Area] = field(default_factory=list)
    _seams: list[tuple[float, float, float, float]] = field(default_factory=list)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Everything drawn: areas in the order of the styles, lines, words."""
        areas = [Area(tuple(self._boxes[code]), self.look(code)) for code in self.looks_used()]
        back = [Area(tuple(self._boxes[c]), self.look(c)) for c in _UNNAMED if c in self._boxes]
        seams = Lines(tuple(self._seams), "#ffffff")
        return (*back, *self.lines, *areas, seams, *self._swatches, *self.words)

    def x(self, measure_m: float) -> float:
        """Return where a measure stands."""
        span = self.content.span
        share = (measure_m - span.from_measure_m) / span.length_m
        return PLOT_START + min(max(share, 0.0), 1.0) * (PLOT_END - PLOT_START)

    def box(self, span: Span, top: float, height: float) -> Box:
        """Return the box of a stretch."""
        start, end = self.x(span.from_measure_m), self.x(span.to_measure_m)
        return Box(start, top, end - start, height)

    def fill(self, box: Box, code: str) -> None:
        """Fill a box with a look of ``styles.strip_map``."""
        self._boxes.setdefault(code, []).append(box)

    def swatch(self, box: Box, code: str) -> None:
        """Draw a small outlined box of a look, for the legend."""
        self._swatches.append(Area((box,), self.look(code), outlined=True))

    def rule(
        self, line: tuple[float, float, float, float], *, colour: str, width: float = 1.0
    ) -> None:
        """Draw one straight line."""
        self.lines.append(Lines((line,), colour, width))

    def seam(self, line: tuple[float, float, float, float]) -> None:
        """Draw a thin line over the areas, between two stretches."""
        self._seams.append(line)

    def write(self, lane: Lane, title: str, facts: tuple[str, ...]) -> None:
        """Write the name of a track and its figures at the beginning of its lane."""
        y = lane.top + 11.0
        self.words.append(Word(MARGIN, y, title, bold=True))
        for number, fact in enumerate(facts, start=1):
            self.words.append(Word(MARGIN, y + 14.5 * number, fact, SMALL, colour=SOFT))

    def say(self, key: str, values: Mapping[str, object] | None = None) -> str:
        """Return words in the language of the sheet."""
        if values is None:
            return self.labels.text(key, self.language)
        return self.labels.format(key, self.language, values)

    def number(self, value: float, decimals: int = 0) -> str:
        """Return a number as the language writes it."""
        return units.format_number(value, language=self.language, decimals=decimals)

    def look(self, code: str) -> Symbol:
        """Return a look by its code; with ``_on_axis`` behind it, that of what is on the axis."""
        base = code.removesuffix(f"_{_ON_AXIS}")
        symbol = self.style.classes[base]
        return symbol if base == code else replace(symbol, hatch="horizontal")

    def looks_used(self) -> list[str]:
        """Return the codes drawn that the legend names, in the order of the styles."""
        known = [code for code in self.style.classes if code not in _UNNAMED]
        codes = [one for code in known for one in (code, f"{code}_{_ON_AXIS}")]
        return [code for code in codes if code in self._boxes]

    def look_words(self, code: str) -> str:
        """Return what a look means."""
        base = code.removesuffix(f"_{_ON_AXIS}")
        words = self.say(f"strip.{base}")
        return words if base == code else f"{words} ({self.say('strip.on_axis')})"

    def crossing_text(self, crossing: Crossing) -> str:
        """Return the voltage of a crossing, else its kind, else nothing."""
        if crossing.voltage_kv is not None:
            text = f"{crossing.voltage_kv:.3f}".rstrip("0").rstrip(".")
            return f"{text.replace('.', ',') if self.language == 'vi' else text} kV"
        if crossing.kind is None:
            return ""
        key = f"values.{crossing.kind}"
        return shorten(self.say(key) if self.labels.has(key) else crossing.kind, _KIND_LENGTH)


def shorten(text: str, length: int) -> str:
    """Return a text cut to a number of characters, in one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def fits(text: str, width: float) -> bool:
    """Return whether a small text fits into a width in pixels."""
    return text_width(text, SMALL) + 6.0 <= width
