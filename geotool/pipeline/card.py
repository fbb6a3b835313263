"""One holder's card: who it is, which parcels are touched, and a sketch; for a named recipient."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geotool import labels, outputs
from geotool.affected.holdings import HOUSEHOLD, ORGANISATION
from geotool.affected.order import text_keys
from geotool.errors import DataError, UsageError
from geotool.labels import Labels
from geotool.pipeline.answer import Answer
from geotool.pipeline.assess import Assessment, measure
from geotool.pipeline.card_sketch import make_sketch
from geotool.pipeline.card_tables import HolderLand, make_holder_tables, measure_holder
from geotool.pipeline.ground import require_ground
from geotool.pipeline.inputs import date_where_needed, open_project
from geotool.pipeline.map import choose_profile, make_cards
from geotool.pipeline.print_map import make_imprint
from geotool.share.redaction import Profile
from geotool.share.tables import Table, TableColumn, value_key
from geotool.units import natural_key

if TYPE_CHECKING:
    from geotool.share.paper.card import Card, PrintedCard

SUFFIX = ".pdf"
_EXAMPLES = 3
_NAMES = {HOUSEHOLD: "head_name", ORGANISATION: "name"}
_WHO = {
    HOUSEHOLD: ("commune_id", "category", "people_count"),
    ORGANISATION: ("kind", "commune_id"),
}
_REGISTERS = {HOUSEHOLD: "households", ORGANISATION: "organisations"}


@dataclass(frozen=True)
class CardOptions:
    """Whose card of which project, for whom, and where it goes."""

    holder_id: str
    project: Path
    output: str
    recipient: str
    paper: str = "A4"
    on: str | None = None
    overwrite: bool = False
    language: str | None = None


def write_card(options: CardOptions) -> Answer:
    """Write the card of one household or organisation.

    Raises
    ------
    UsageError
        When the suffix is not .pdf, the recipient is blank, or a library of the extra ``print``
        is missing.
    DataError
        When nobody has the code, both a household and an organisation have it, or a layer is
        refused.
    OutputExistsError
        When the output exists and may not be replaced.
    """
    from geotool.share.paper import card

    path = Path(options.output)
    if path.suffix.lower() != SUFFIX:
        raise UsageError(f"'{options.output}' is no PDF.", remedy=f"Name a file with {SUFFIX}.")
    if not options.recipient.strip():
        raise UsageError(
            "A card shows personal data and needs a named recipient.",
            remedy="Name who receives it: --recipient TEXT.",
        )
    outputs.check_writable(path, overwrite=options.overwrite)
    inputs = open_project(options.project, language=options.language)
    profile = choose_profile(inputs.project, "internal", options.recipient)
    inputs.require("parcels", "the card of a holder")
    found = measure(inputs, on=date_where_needed(inputs, options.on))
    if found.ground is None:
        require_ground(inputs)
    kind = find_kind(found, options.holder_id)
    held = measure_holder(found, kind, options.holder_id)
    printed = card.render_card(make_card(found, held, profile), options.paper)
    outputs.write_bytes(path, printed.pdf, overwrite=options.overwrite)
    return _answer(options, held, printed, found)


def find_kind(found: Assessment, holder_id: str) -> str:
    """Return whether a code is a household's or an organisation's.

    Raises
    ------
    DataError
        When nobody has it (the remedy lists codes like it), or both kinds have it.
    """
    known = _known_holders(found)
    kinds = [kind for kind, codes in known.items() if holder_id in codes]
    if len(kinds) == 1:
        return kinds[0]
    if kinds:
        raise DataError(
            f"'{holder_id}' is the code of a household and of an organisation.",
            remedy="Give one of them another code in its layer and in the holdings.",
        )
    every = sorted({code for codes in known.values() for code in codes}, key=natural_key)
    raise DataError(
        f"There is no household or organisation '{holder_id}' among {len(every)}.",
        remedy=_alike(holder_id, every),
    )


def _known_holders(found: Assessment) -> dict[str, set[str]]:
    land = found.land
    known: dict[str, set[str]] = {kind: set() for kind in _REGISTERS}
    for kind, layer in _REGISTERS.items():
        frame = found.inputs.get(layer)
        if frame is not None:
            known[kind] |= set(text_keys(frame[f"{kind}_id"]))
        if land is not None:
            own = land.holdings
            known[kind] |= set(own.loc[own["holder_kind"] == kind, "holder_id"])
    if found.structures is not None:
        known[HOUSEHOLD] |= set(found.structures["holder_id"]) - known[ORGANISATION]
    return {kind: codes - {""} for kind, codes in known.items()}


def _alike(holder_id: str, every: list[str]) -> str:
    by_fold = {code.casefold(): code for code in reversed(every)}
    folded = holder_id.strip().casefold()
    alike = [by_fold[one] for one in difflib.get_close_matches(folded, by_fold, n=5, cutoff=0.5)]
    if alike:
        return f"Did you mean {', '.join(alike)}?"
    if not every:
        return "Add holdings, households or organisations to the project."
    return f"A code is written like {', '.join(every[:_EXAMPLES])}; the layers of holders list all."


def make_card(found: Assessment, held: HolderLand, profile: Profile) -> "Card":
    """Return what the card of a holder says."""
    from geotool.share.paper.card import Card
    from geotool.share.paper.scene import Words

    project = found.inputs.project
    cards = make_cards(found)
    words = Words(cards.words, project.language)
    title = labels.load_labels(project.root).both(f"paper.card_{held.kind}")
    plates, bounds = make_sketch(found, held, words)
    return Card(
        code=held.holder_id,
        who=_who(found, held, words.labels, project.language),
        tables=make_holder_tables(found, held),
        remarks=tuple(words.text(key) for key in held.remarks),
        imprint=make_imprint(found, profile, words.labels, title),
        plates=plates,
        bounds=bounds,
        words=words,
    )


def _who(
    found: Assessment, held: HolderLand, words: Labels, language: str
) -> tuple[tuple[str, str], ...]:
    """Return the holder's code, name and what its register says of it, with labels."""
    row = _register_row(found, held)
    lines = [(f"columns.{held.kind}_id", held.holder_id)]
    name = row.get(_NAMES[held.kind])
    lines += [(f"columns.{_NAMES[held.kind]}", str(name))] if name else []
    for column in _WHO[held.kind]:
        value = row.get(column)
        if value not in (None, ""):
            key = f"columns.{'commune_name' if column == 'commune_id' else column}"
            lines.append((key, _said(column, value, words, language)))
    return tuple((words.text(key, language), text) for key, text in lines)


def _said(column: str, value: object, words: Labels, language: str) -> str:
    from geotool.share.render.attributes import text_of

    text = text_of(value)
    key = value_key(column, text, words)
    return text if key is None else words.text(key, language)


def _register_row(found: Assessment, held: HolderLand) -> Mapping[str, Any]:
    from geotool.share.render.attributes import is_missing

    frame = found.inputs.get(_REGISTERS[held.kind])
    if frame is None:
        return {}
    own = frame[text_keys(frame[f"{held.kind}_id"]).to_numpy() == held.holder_id]
    rows = own.drop(columns="geometry", errors="ignore").to_dict("records")[:1]
    return {str(name): cell for row in rows for name, cell in row.items() if not is_missing(cell)}


def _answer(
    options: CardOptions, held: HolderLand, printed: "PrintedCard", found: Assessment
) -> Answer:
    data = {
        "path": options.output,
        "holder_id": held.holder_id,
        "holder_kind": held.kind,
        "parcel_count": held.figures["parcel_count"],
        "affected_area_m2": held.figures["affected_area_m2"],
        "structure_count": held.figures["structure_count"],
        "scale": printed.scale,
        "page_count": printed.page_count,
        "replaced_characters": list(printed.lacking),
    }
    columns = (
        TableColumn("holder_id"),
        TableColumn("parcel_count", "count"),
        TableColumn("affected_area_m2", "area_m2"),
    )
    pages = "1 page" if printed.page_count == 1 else f"{printed.page_count} pages"
    return Answer(
        data,
        tables=(Table("holder_figures", columns, [data]),),
        problems=found.inputs.problems,
        words=(f"{options.output}: {pages}, for {options.recipient} only.",),
        language=found.inputs.project.language,
        project_dir=found.inputs.project.root,
    )
