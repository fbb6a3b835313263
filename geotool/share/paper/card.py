"""One holder's sheet: who, which parcels, what is taken, a sketch, and a code to be scanned."""

from dataclasses import dataclass, replace

import shapely

from geotool.errors import DataError
from geotool.share.paper import grounds, inking, library, marks, names, panel, tabular
from geotool.share.paper.inking import Shown
from geotool.share.paper.panel import Imprint
from geotool.share.paper.pen import Look, Pen, box_path
from geotool.share.paper.plates import Plate
from geotool.share.paper.scene import Scene, Words
from geotool.share.paper.sheets import Box, Sheet, make_layout, scale_text
from geotool.share.paper.tiling import fit_scale, view
from geotool.share.paper.typeface import POINT_MM, Typeface
from geotool.share.tables import Table

_EDGE_MM = 12.0
_CODE_MM = 26.0
_QUIET_MM = 2.0
_BAR_MM = 62.0
_LEAST_SKETCH_MM = 75.0
_MOST_SKETCH_MM = 165.0
_ALERT = "#7a0019"
_QUIET = "#555048"


@dataclass(frozen=True)
class Card:
    """What a card says.

    Parameters
    ----------
    code
        The holder's code; the only content of the square code.
    who
        Label and text about the holder.
    tables
        Tables in the order shown; empty ones are left out by the caller.
    remarks
        Sentences below the tables, such as that nothing of the holder is affected.
    imprint
        Title, project, notices, facts and watermark.
    plates
        Layers of the sketch, the lowest first; empty for no sketch.
    bounds
        What the sketch must show, in the project CRS.
    words
        The words in the language of the card.
    """

    code: str
    who: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    remarks: tuple[str, ...]
    imprint: Imprint
    plates: tuple[Plate, ...]
    bounds: Box
    words: Words


@dataclass(frozen=True)
class PrintedCard:
    """A finished card: its bytes, the scale of its sketch (None without one), pages, marks."""

    pdf: bytes
    scale: int | None
    page_count: int
    lacking: tuple[str, ...]


def render_card(card: Card, paper: str) -> PrintedCard:
    """Return the document of a card: one sheet, more where its tables need them.

    Raises
    ------
    UsageError
        When the library that writes PDF or square codes is not installed.
    DataError
        When the holder's code is too long for a square code.
    GeometryError
        When the parcels lie too far apart for any round scale.
    """
    typeface = Typeface()
    pen = Pen(title=card.imprint.title, author=card.imprint.project, typeface=typeface)
    column = _Column(pen, card, paper)
    column.begin()
    _write_head(column)
    for table in card.tables:
        _write_table(column, table)
    if card.tables:
        column.write(card.words.text("paper.rounded_note"), factor=0.8, colour=_QUIET)
    for remark in card.remarks:
        column.write(remark, bold=True)
    scale = _draw_sketch(column)
    for label, text in card.imprint.facts:
        column.write(f"{label}: {text}", factor=0.8, colour=_QUIET)
    column.end()
    return PrintedCard(pen.bytes(), scale, column.page, typeface.lacking)


class _Column:
    """The words of a card flow down its pages."""

    def __init__(self, pen: Pen, card: Card, paper: str) -> None:
        layout = make_layout(paper, landscape=False)
        self.pen, self.card, self.layout = pen, card, layout
        self.size_pt = layout.size_pt * 1.15
        self.left = _EDGE_MM
        self.width = layout.size_mm[0] - 2 * _EDGE_MM
        self.page = 0
        self.top = 0.0

    @property
    def room(self) -> float:
        """Height left on the page, in millimetres."""
        return self.top - _EDGE_MM - self.size_pt * POINT_MM * 2

    def begin(self) -> None:
        self.page += 1
        self.pen.begin(*self.layout.size_mm)
        self.top = self.layout.size_mm[1] - _EDGE_MM

    def end(self) -> None:
        """Finish a page with its number and, across it, the watermark."""
        if self.card.imprint.watermark:
            box = (self.left, _EDGE_MM, self.width, self.layout.size_mm[1] - 2 * _EDGE_MM)
            grounds.draw_watermark(self.pen, box, self.card.imprint.watermark)
        foot = self.card.words.fill("paper.card_page", {"code": self.card.code, "page": self.page})
        place = (self.left + self.width, _EDGE_MM - 3.0)
        self.pen.text(place, foot, self.size_pt * 0.8, Look(anchor="right", colour=_QUIET))
        self.pen.end()

    def need(self, height_mm: float) -> bool:
        """Begin a new page unless a height is left; return whether one was begun."""
        if height_mm <= self.room:
            return False
        self.end()
        self.begin()
        return True

    def write(
        self, text: str, *, factor: float = 1.0, bold: bool = False, colour: str = "#1a1a1a"
    ) -> None:
        """Write a text over as many lines as it needs."""
        size = self.size_pt * factor
        width = self.width - (_CODE_MM + 4.0 if self._beside_code() else 0.0)
        for line in self.pen.typeface.wrap(text, size, width, bold=bold):
            height = size * POINT_MM * 1.35
            self.need(height)
            place = (self.left, self.top - size * POINT_MM)
            self.pen.text(place, line, size, Look(bold=bold, colour=colour))
            self.top -= height

    def _beside_code(self) -> bool:
        return self.page == 1 and self.layout.size_mm[1] - _EDGE_MM - self.top < _CODE_MM


def _write_head(column: _Column) -> None:
    card, layout = column.card, column.layout
    spot = (layout.size_mm[0] - _EDGE_MM - _CODE_MM, column.top - _CODE_MM)
    draw_code(column.pen, (*spot, _CODE_MM, _CODE_MM), card.code)
    column.write(card.imprint.title, factor=1.7, bold=True)
    column.write(card.imprint.project, factor=0.9, colour=_QUIET)
    column.top -= 1.0
    for label, text in card.who:
        column.write(f"{label}: {text}", factor=1.1, bold=label == card.who[0][0])
    for notice in (*card.imprint.notices, card.imprint.watermark or ""):
        if notice:
            column.write(notice, factor=0.85, bold=True, colour=_ALERT)
    column.top = min(column.top, layout.size_mm[1] - _EDGE_MM - _CODE_MM) - 2.0


def draw_code(pen: Pen, box: Box, text: str) -> None:
    """Draw a text as a square code (QR, error correction M) filling a box, as vectors.

    Raises
    ------
    DataError
        When no square code holds so long a text.
    """
    segno = library.load("segno")
    try:
        code = segno.make(text, error="m", micro=False)
    except segno.DataOverflowError as error:
        raise DataError(
            f"The code {text[:20]}… has {len(text):,} characters: more than a square code holds.",
            remedy="Give the holder a shorter code in its layer and in the holdings.",
        ) from error
    rows = [list(row) for row in code.matrix]
    left, bottom, side, _ = box
    module = (side - 2 * _QUIET_MM) / len(rows)
    path = ""
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                corner = (left + _QUIET_MM + x * module, bottom + side - _QUIET_MM)
                path += box_path((corner[0], corner[1] - (y + 1) * module, module, module))
    pen.fill(path, "#000000")


def _write_table(column: _Column, table: Table) -> None:
    pen, words = column.pen, column.card.words
    grid = tabular.make_grid(pen, table, words, column.width, column.size_pt)
    column.need(column.size_pt * POINT_MM * 1.6 + grid.head_mm + 2 * grid.row_mm)
    column.write(words.text(table.title_key), factor=1.05, bold=True)
    tabular.draw_heads(pen, grid, column.left, column.top)
    column.top -= grid.head_mm
    for number in range(len(grid.body)):
        if column.need(grid.row_mm):
            tabular.draw_heads(pen, grid, column.left, column.top)
            column.top -= grid.head_mm
        tabular.draw_row(pen, grid, number, column.left, column.top)
        column.top -= grid.row_mm
    for note in table.notes:
        column.write(words.text(note), factor=0.8, colour=_QUIET)
    column.top -= 2.0


def _draw_sketch(column: _Column) -> int | None:
    """Draw the holder's parcels at the largest round scale that holds them."""
    card, pen = column.card, column.pen
    if not card.plates:
        return None
    foot = _foot_mm(column)
    column.need(_LEAST_SKETCH_MM + foot)
    height = min(column.room - foot, _MOST_SKETCH_MM)
    frame = (column.left + 5.0, column.top - height + 4.0, column.width - 10.0, height - 8.0)
    scale = fit_scale(card.bounds, replace(column.layout, frame=frame))
    sheet = view(card.bounds, frame, scale)
    with pen.clipped(box_path(frame)):
        shown = inking.ink_plates(pen, card.plates, sheet)
        dots = inking.find_dots(shown, sheet)
        scene = Scene(pen, sheet, card.words, column.size_pt * 0.95, dots)
        names.draw_names(scene, shown, (), ())
    grounds.draw_grid(scene)
    grounds.draw_frame(scene)
    column.top -= height
    _draw_key(column, shown, sheet)
    return scale


def _draw_key(column: _Column, shown: Shown, sheet: Sheet) -> None:
    """Write the scale of the sketch and what its symbols mean, beside its bar and arrow."""
    card, pen, size = column.card, column.pen, column.size_pt * 0.9
    right = column.left + column.width - _BAR_MM
    below = column.top - panel.SCALE_MM
    scene = Scene(pen, sheet, card.words, column.size_pt)
    panel.draw_scale(scene, right + 4.0, column.top, _BAR_MM - 4.0)
    values = {"scale": scale_text(sheet.scale)}
    column.write(card.words.fill("paper.sketch_scale", values), bold=True)
    height = size * POINT_MM * 1.5
    x = column.left
    for plate, rows in shown:
        kinds = frozenset(int(kind) for kind in shapely.get_dimensions(plate.shapes[rows]))
        for code, symbol in plate.symbols.items():
            if not (plate.codes[rows] == code).any():
                continue
            text = panel.class_text(plate, code, card.words) if plate.class_column else ""
            text = text or plate.layer.title[card.words.language]
            width = pen.typeface.width_mm(pen.typeface.clean(text), size) + 13.0
            edge = right if column.top > below else right + _BAR_MM
            if x + width > edge and x > column.left:
                x, column.top = column.left, column.top - height
            marks.swatch(pen, (x, column.top - height * 0.85, 7.0, height * 0.65), symbol, kinds)
            pen.text((x + 8.5, column.top - size * POINT_MM), text, size)
            x += width
    column.top = min(column.top - height, below)


def _foot_mm(column: _Column) -> float:
    """Return the height that key and facts need below the sketch."""
    size = column.size_pt
    lines = sum(
        len(column.pen.typeface.wrap(f"{label}: {text}", size * 0.8, column.width))
        for label, text in column.card.imprint.facts
    )
    return (5 * 1.5 + lines * 0.8 * 1.35) * size * POINT_MM
