"""DXF drawings: which CAD layers they hold, and one of them as rows.

A drawing states no coordinate system, and its unit unreliably: coordinates stay as drawn.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from geotool.errors import ReadError
from geotool.records import LayerSchema
from geotool.sources import systems
from geotool.sources.drawings.cad_levels import (
    Level,
    choose_level,
    find_level,
    name_texts,
    summarise,
)
from geotool.sources.drawings.drawing import Assembled, assemble
from geotool.sources.drawings.drawn import Limits, counted, load_limits, name_handles
from geotool.sources.drawings.dxf_content import (
    Content,
    Unsound,
    clean,
    draw_content,
    level_names,
    references,
)
from geotool.sources.drawings.dxf_file import failures, open_drawing
from geotool.sources.files import Source
from geotool.sources.records import Note, RawLayer, ReadOptions, Rejected, SourceLayer, Step

if TYPE_CHECKING:
    from ezdxf.document import Drawing

_LEFT_OUT = "drawing_left_out"
_METRES = (0, 6)  # $INSUNITS of no unit and of metres
_TEXT_TYPES = frozenset({"TEXT", "MTEXT", "ATTDEF", "ATTRIB"})
_LISTED = 20


def describe(source: Source) -> list[SourceLayer]:
    """Return each CAD layer that holds something in model space.

    ``geometry`` is what it holds in words (``closed lines, texts``), ``bounds`` as drawn,
    ``crs`` always None. Blocks are opened only when nothing else is drawn.

    Raises
    ------
    ReadError
        When the drawing cannot be read, or nothing is drawn.
    """
    limits = load_limits()
    document = open_drawing(source, salvage=False).document
    _, levels = _drawn(source, document, limits)
    return [
        SourceLayer(
            name=level.name,
            geometry=", ".join(sorted(level.counts)),
            crs=None,
            crs_candidates=systems.candidate_codes(level.bounds),
            count=sum(level.counts.values()),
            bounds=level.bounds,
            columns=level.columns,
        )
        for level in levels
    ]


def read_drawing(source: Source, schema: LayerSchema, options: ReadOptions) -> RawLayer:
    """Read one CAD layer of a DXF drawing as rows, in drawing order.

    Parameters
    ----------
    source
        The drawing; its ``sublayer`` is the CAD layer, in any case.
    schema
        The layer it shall become: its kinds of shape say what is read, and its name which
        CAD layer where none is named.
    options
        ``salvage`` sets aside what cannot be read instead of refusing the drawing.

    Returns
    -------
    RawLayer
        See :func:`geotool.sources.drawings.drawing.assemble` for the columns; no system.
        ``encoding`` is ``tcvn3`` or ``vni`` where the fonts say so.

    Raises
    ------
    ReadError
        When it cannot be read, or it is open which CAD layer is meant.
    """
    limits = load_limits(project_dir=options.project_dir)
    opened = open_drawing(source, salvage=options.salvage)
    document = opened.document
    content, levels = _drawn(source, document, limits, schema.geometry, options.step)
    name, notes = _chosen(source, document, levels, schema, options)
    made = assemble(content.entities, name, schema.geometry, project_dir=options.project_dir)
    frame = made.frame
    if options.plan is None:
        frame, named = name_texts(frame, schema, project_dir=options.project_dir)
        notes += named
    found = _rejected(source, content, name, schema, options)
    places = _file_numbers([one.record for one in found], opened.rejected)
    rejected = tuple(replace(one, record=number) for one, number in zip(found, places, strict=True))
    notes += [*_document_notes(document, content), *_with_others(made, content, document, name)]
    numbers = _file_numbers(content.records, opened.rejected)
    rejected = (*opened.rejected, *rejected)
    return RawLayer(
        frame=frame,
        sublayer=name,
        shapes=True,
        encoding=made.encoding,
        notes=(*opened.notes, *notes),
        rejected=rejected,
        records=tuple(numbers[i] for i in made.positions) if rejected else (),
        capitals=made.capitals,
    )


def _drawn(
    source: Source,
    document: "Drawing",
    limits: Limits,
    kinds: Sequence[str] = (),
    step: Step | None = None,
) -> tuple[Content, list[Level]]:
    """Return what is drawn and its CAD layers; blocks opened when nothing else fits."""
    try:
        content = draw_content(document, limits, opened=False, name=source.name, step=step)
        levels = summarise(content.entities, limits)
        if _needs_opening(levels, source.sublayer, kinds or ("line", "polygon")):
            inner = draw_content(document, limits, opened=True, name=source.name, step=step)
            inside = summarise(inner.entities, limits)
            if not _needs_opening(inside, source.sublayer, kinds or ("line", "polygon")):
                content, levels = inner, inside
    except failures() as error:
        raise ReadError(
            f"{source.name}: cannot be read as a drawing ({error or type(error).__name__}).",
            remedy="Run AUDIT in AutoCAD, save as AutoCAD 2018 DXF, and try again.",
        ) from error
    if not levels:
        raise _nothing(source, document, content)
    return content, levels


def _nothing(source: Source, document: "Drawing", content: Content) -> ReadError:
    """Return the error of a drawing without anything that can be read."""
    if content.unsound:
        one = content.unsound[0]
        return ReadError(
            f"{source.name}: none of its {len(content.unsound)} objects can be read: object "
            f"{one.handle} ({one.kind}): {one.reason}.",
            remedy="Run AUDIT in AutoCAD, save as AutoCAD 2018 DXF, and try again.",
        )
    paper = _paper_count(document)
    more = f"; {paper} objects are in paper space" if paper else ""
    return ReadError(
        f"{source.name}: nothing that can be read is drawn in model space{more}.",
        remedy="Draw in model space (CHSPACE moves objects there), and save again.",
    )


def _needs_opening(levels: Sequence[Level], named: str | None, kinds: Sequence[str]) -> bool:
    """Return whether no CAD layer, or not the named one, holds objects of the kinds."""
    if named is None:
        return not any(level.fits(kinds) for level in levels)
    level = find_level(levels, clean(named))
    return level is None or not level.fits(kinds)


def _chosen(
    source: Source,
    document: "Drawing",
    levels: Sequence[Level],
    schema: LayerSchema,
    options: ReadOptions,
) -> tuple[str, list[Note]]:
    """Return the CAD layer to read, and what is to be said of it."""
    known = level_names(document)
    notes: list[Note] = []
    if source.sublayer is not None:
        wanted = clean(source.sublayer)
        found = find_level(levels, wanted)
        if found is None and wanted.casefold() not in known:
            listed = ", ".join(f"'{level.name}' ({level.words})" for level in levels[:_LISTED])
            raise ReadError(
                f"{source.name}: there is no CAD layer '{source.sublayer}'.",
                remedy=f"It has: {listed}.",
            )
        name = known[wanted.casefold()] if found is None else found.name
    else:
        level, why = choose_level(levels, schema, what=source.name, project_dir=options.project_dir)
        name = level.name
        if why:
            text = f"CAD layer '{name}' ({level.words}) was taken {why}."
            notes.append(("drawing_layer_chosen", text, ""))
    if _is_hidden(document, name):
        text = f"CAD layer '{name}' is off or frozen in the drawing; it was read."
        notes.append(("drawing_layer_hidden", text, ""))
    return name, notes


def _is_hidden(document: "Drawing", name: str) -> bool:
    for layer in document.layers:
        if clean(str(layer.dxf.name)).casefold() == name.casefold():
            return bool(layer.is_off() or layer.is_frozen())
    return False


def _rejected(
    source: Source, content: Content, name: str, schema: LayerSchema, options: ReadOptions
) -> tuple[Rejected, ...]:
    """Return the objects of a CAD layer that cannot become shapes, or refuse the drawing."""
    found = [one for one in content.unsound if _is_lost(one, name, schema.geometry)]
    if not found or options.salvage:
        return tuple(
            Rejected(one.record, "", f"object {one.handle} ({one.kind}): {one.reason}")
            for one in found
        )
    kinds = counted(Counter(one.kind for one in found))
    reasons = "; ".join(dict.fromkeys(one.reason for one in found[:3]))
    raise ReadError(
        f"{source.name}, CAD layer {name}: {kinds} cannot be read "
        f"({name_handles([one.handle for one in found])}): {reasons}.",
        remedy="Correct or delete them in the drawing; --salvage reads the others.",
    )


def _file_numbers(numbers: Sequence[int], gone: Sequence[Rejected]) -> list[int]:
    """Return the numbers in the file of objects numbered without those that are gone."""
    found = list(numbers)
    for missing in sorted(one.record for one in gone):
        found = [number + 1 if number >= missing else number for number in found]
    return found


def _is_lost(one: Unsound, name: str, kinds: Sequence[str]) -> bool:
    same = one.level.casefold() == name.casefold()
    return same and (one.kind not in _TEXT_TYPES or "point" in kinds)


def _document_notes(document: "Drawing", content: Content) -> list[Note]:
    notes: list[Note] = []
    if content.opened_count:
        text = f"{content.opened_count} blocks were opened to read what they hold."
        notes.append(("drawing_blocks_opened", text, ""))
    missing = references(document)
    if missing:
        text = f"The drawing refers to others, which were not read: {', '.join(missing)}."
        notes.append(("drawing_reference_missing", text, ""))
    unit = _unit(document)
    if unit:
        text = f"The drawing states its unit as {unit}; coordinates stay as drawn."
        notes.append(("drawing_units", text, ""))
    return notes


def _unit(document: "Drawing") -> str:
    """Return the unit a drawing states, empty for metres and for none."""
    from ezdxf import units

    stated = document.header.get("$INSUNITS", 0)
    if not isinstance(stated, int) or stated in _METRES:
        return ""
    try:
        return str(units.unit_name(stated)).lower()
    except (LookupError, ValueError):
        return f"number {stated}"


def _with_others(made: Assembled, content: Content, document: "Drawing", name: str) -> list[Note]:
    """Return the notes of the rows, all that was left out counted in one of them."""
    others: Counter[str] = Counter()
    for level, counts in content.others.items():
        if level.casefold() == name.casefold():
            others.update(counts)
    texts = sum(1 for one in content.unsound if one.kind in _TEXT_TYPES)
    paper = _paper_count(document)
    others.update({"texts that cannot be read": texts, "objects in paper space": paper})
    others += Counter()
    notes = [note for note in made.notes if note[0] != _LEFT_OUT]
    said = [message for rule, message, _ in made.notes if rule == _LEFT_OUT]
    if others:
        said.append(f"Not read: {counted(others)}.")
    return [*notes, (_LEFT_OUT, " ".join(said), "")] if said else notes


def _paper_count(document: "Drawing") -> int:
    """Return how many objects are in paper space, frames of view left out."""
    return sum(
        sum(1 for entity in layout if entity.dxftype() != "VIEWPORT")
        for layout in document.layouts
        if not layout.is_modelspace
    )
