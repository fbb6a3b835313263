"""What is drawn in the model space of a DXF document, object by object."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from geotool.errors import ReadError
from geotool.sources.drawings.drawn import Entity, Limits, units_per_metre
from geotool.sources.drawings.dxf_curves import Chords, NoExtentError
from geotool.sources.drawings.dxf_entities import (
    Style,
    convert,
    fonts_of,
    layer_of,
    plain,
    unpacked,
)
from geotool.sources.drawings.dxf_file import failures
from geotool.sources.records import Step

if TYPE_CHECKING:
    from ezdxf.document import Drawing
    from ezdxf.entities.dxfentity import DXFEntity
    from ezdxf.entities.insert import Insert


_STEP = 2000


@dataclass(frozen=True)
class Unsound:
    """An object that cannot become a shape: its number in model space (from 1), and why."""

    record: int
    level: str
    handle: str
    kind: str
    reason: str


@dataclass
class Content:
    """What model space holds.

    ``records`` are the numbers in model space (from 1) of the entities; ``others`` count by
    type the objects that are never rows, on each level.
    """

    entities: list[Entity] = field(default_factory=list)
    records: list[int] = field(default_factory=list)
    unsound: list[Unsound] = field(default_factory=list)
    others: dict[str, Counter[str]] = field(default_factory=dict)
    opened_count: int = 0


def draw_content(
    document: "Drawing", limits: Limits, *, opened: bool, name: str, step: Step | None = None
) -> Content:
    """Return what is drawn in model space.

    Parameters
    ----------
    document
        The drawing.
    limits
        How finely curves become chords, and how much may be drawn.
    opened
        Whether what blocks hold is drawn too, where they are inserted.
    name
        The file, for messages.
    step
        Told how many objects are done, and how many there are.

    Raises
    ------
    ReadError
        When more is drawn than the limit.
    """
    scale = 1.0
    content = _drawn(document, limits, scale, opened, step)
    _require_few(content, limits, name)
    found = units_per_metre([entity.shape for entity in content.entities], limits)
    return content if found == scale else _drawn(document, limits, found, opened, step)


def _require_few(content: Content, limits: Limits, name: str) -> None:
    if len(content.entities) > limits.entity_limit:
        raise ReadError(
            f"{name}: more than {limits.entity_limit} objects are drawn, blocks opened.",
            remedy="Delete what is not needed (WBLOCK, PURGE), and save again.",
        )


def level_names(document: "Drawing") -> dict[str, str]:
    """Return the CAD layers of a drawing as written, by their names in lower case."""
    names = [clean(str(layer.dxf.name)) for layer in document.layers]
    return {name.casefold(): name for name in names}


def clean(text: str) -> str:
    """Return a name of the drawing in composed Unicode, without blanks around it."""
    return unicodedata.normalize("NFC", plain(text)).strip()


def references(document: "Drawing") -> list[str]:
    """Return the names of the other drawings that blocks of model space refer to."""
    found = {
        clean(str(document.blocks[name].block_record.dxf.name))
        for name in {str(insert.dxf.name) for insert in document.modelspace().query("INSERT")}
        if _is_reference(document, name)
    }
    return sorted(found)


def _is_reference(document: "Drawing", name: str) -> bool:
    block = document.blocks.get(name) if name in document.blocks else None
    return block is not None and block.block is not None and bool(block.block.is_xref)


@dataclass
class _Pen:
    """What drawing one object needs: style, names of levels, limits, the document."""

    document: "Drawing"
    style: Style
    levels: Mapping[str, str]
    limits: Limits
    opened: bool
    known: dict[str, str] = field(default_factory=dict)

    def objects(self, entity: "DXFEntity") -> Iterator[tuple["DXFEntity", Sequence["Insert"]]]:
        """Yield an object, or what is in it where blocks are opened."""
        if not self.opens(entity):
            yield entity, ()
            return
        insert = cast("Insert", entity)
        if insert.attribs:
            yield insert, ()
        yield from unpacked(insert, self.limits.block_depth)

    def opens(self, entity: "DXFEntity") -> bool:
        """Return whether an object is a block that is opened."""
        if not self.opened or entity.dxftype() != "INSERT":
            return False
        return not _is_reference(self.document, str(entity.dxf.get("name", "")))

    def level(self, entity: "DXFEntity", holders: Sequence["Insert"] = ()) -> str:
        """Return the CAD layer of an object as the drawing's table writes it."""
        raw = layer_of(entity, holders)
        if raw not in self.known:
            name = clean(raw)
            self.known[raw] = self.levels.get(name.casefold(), name)
        return self.known[raw]


def _drawn(
    document: "Drawing", limits: Limits, scale: float, opened: bool, step: Step | None
) -> Content:
    """Return what is drawn, up to one object above the limit."""
    chords = Chords(limits.arc_sagitta_m * scale, limits.curve_chords)
    style = Style(chords, fonts_of(document))
    pen = _Pen(document, style, level_names(document), limits, opened)
    content = Content()
    space = document.modelspace()
    for number, entity in enumerate(space, start=1):
        content.opened_count += pen.opens(entity)
        _add(content, pen, number, entity)
        if len(content.entities) > limits.entity_limit:
            break
        if step is not None and number % _STEP == 0:
            step("read", number, len(space))
    return content


def _add(content: Content, pen: _Pen, number: int, entity: "DXFEntity") -> None:
    """Add what one object of model space draws; an object that fails is noted as unsound."""
    handle = str(entity.dxf.get("handle", "") or "")
    level, kind = pen.level(entity), entity.dxftype()
    try:
        for inner, holders in pen.objects(entity):
            level, kind = pen.level(inner, holders), inner.dxftype()
            try:
                drawn = convert(inner, level, handle, pen.style)
            except NoExtentError:
                drawn, kind = None, "objects without extent"
            if drawn is None:
                content.others.setdefault(level, Counter())[kind] += 1
                continue
            content.entities.append(drawn)
            content.records.append(number)
            if len(content.entities) > pen.limits.entity_limit:
                return
    except failures() as error:
        reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        content.unsound.append(Unsound(number, level, handle, kind, reason))
