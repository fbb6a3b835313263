"""Names met in files -> canonical names: columns, coded values and layers.

The names live in ``layers/aliases.vi.toml``; a project's own file of that name adds to it.
Use this module through :mod:`geotool.schema`.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from geotool import resources, unit_names
from geotool.errors import DataError, SchemaError, UsageError
from geotool.records import (
    LayerSchema,
    Problem,
    check_layer_name,
    layer_names,
    load_schema,
    make_problem,
)

_FILE = "aliases.vi.toml"
_CUT_LENGTH = 10  # a column name in a DBF file holds ten bytes
_GEOMETRY = "geometry"
_LETTERS = str.maketrans({"đ": "d", "²": "2", "³": "3"})


@dataclass(frozen=True)
class Match:
    """Which source column becomes which canonical column.

    ``mapping`` is source -> canonical in source order, identities included; ``unmatched``
    columns keep their names; ``notices`` tell where a choice was made.
    """

    mapping: dict[str, str]
    unmatched: list[str]
    notices: list[Problem] = field(default_factory=list)


@lru_cache(maxsize=4096)
def normalise_name(text: str) -> str:
    """Return a name without accents, case, punctuation and composition differences.

    ``"Số thửa"``, ``"SO_THUA"`` and the decomposed spelling all give ``"so_thua"``.
    """
    digits = text.casefold().translate(_LETTERS)
    decomposed = unicodedata.normalize("NFD", digits)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"[^0-9a-z]+", "_", plain).strip("_")


def canonical_layer_name(text: str, *, project_dir: Path | None = None) -> str:
    """Return the canonical name of a layer given in singular, plural or another known name.

    Raises
    ------
    SchemaError
        When no layer is called so; the message lists the layers.
    DataError
        When the schema of the project's own layer is wrong, or may not be called so.
    """
    wanted = normalise_name(text)
    known = layer_names(project_dir=project_dir)
    if wanted in known:
        check_layer_name(wanted)
        return wanted
    for name in known:
        schema = load_schema(name, project_dir=project_dir)
        if any(normalise_name(other) == wanted for other in schema.names):
            return name
    raise SchemaError(f"There is no layer '{text}'.", remedy=f"Layers: {', '.join(known)}.")


def named_layer(text: str, *, project_dir: Path | None = None) -> str:
    """Return the canonical name of a layer the caller named, singular or plural.

    Raises
    ------
    UsageError
        When there is no such layer; lists those there are.
    """
    try:
        return canonical_layer_name(text, project_dir=project_dir)
    except SchemaError as error:
        raise UsageError(error.message, remedy=error.remedy) from error


def column_aliases(schema: LayerSchema, *, project_dir: Path | None = None) -> dict[str, list[str]]:
    """Return the other names of every column of a layer, as written in the alias files."""
    tables = _load_aliases(project_dir)
    common, own = tables.get("common", {}), tables.get(schema.name, {})
    return {name: [*own.get(name, []), *common.get(name, [])] for name in schema.column_names}


def value_aliases(column: str, *, project_dir: Path | None = None) -> dict[str, list[str]]:
    """Return the other spellings of the codes of one column: code -> spellings."""
    values: Mapping[str, Any] = _load_aliases(project_dir).get("values", {})
    return {code: list(texts) for code, texts in values.get(column, {}).items()}


def code_names(
    column: str, values: Iterable[str], *, project_dir: Path | None = None
) -> dict[str, str]:
    """Return normalised spelling -> code, of the codes of a schema and of the alias files."""
    aliases = value_aliases(column, project_dir=project_dir)
    names = {normalise_name(text): code for code, texts in aliases.items() for text in texts}
    return {**names, **{normalise_name(value): value for value in [*aliases, *values]}}


def match_columns(
    columns: Sequence[str],
    schema: LayerSchema,
    *,
    project_dir: Path | None = None,
    maybe_cut: bool = True,
) -> Match:
    """Return which column of a file is which canonical column.

    A column matches by its canonical name, by an alias, or as the ten-character cut of
    either that a shapefile makes, whatever its case, accents and punctuation; a name that is
    none matches without its unit (``Diện tích (ha)``), else without what is in brackets. The
    column that bears the canonical name wins over aliases of it, and a whole name over one
    that was shortened so, with a notice.

    Parameters
    ----------
    columns
        Column names as found in the file; ``geometry`` is passed over.
    schema
        The layer the file shall become.
    project_dir
        The project whose own aliases apply.
    maybe_cut
        The format cuts names: one that could be the cut of two names is refused. Elsewhere it
        is a name of its own.

    Raises
    ------
    SchemaError
        Listing every cut that could mean two columns and every two columns that could be
        one; carries them as problems.
    """
    sources = [str(column) for column in columns if str(column) != _GEOMETRY]
    exact, cuts = _known_names(schema, project_dir)
    means = {source: _meaning(source, exact, project_dir) for source in sources}
    claims, unclear = _claim(means, cuts)
    mapping, notices, problems = _settle(claims, schema, project_dir)
    for source, meant in unclear.items() if maybe_cut else ():
        problems.append(_ambiguous_cut(source, meant, schema, project_dir))
    if problems:
        raise SchemaError(
            f"Layer {schema.name}: {' '.join(problem.message for problem in problems)}",
            remedy=problems[0].remedy,
            problems=problems,
        )
    ordered = {source: mapping[source] for source in sources if source in mapping}
    return Match(ordered, [source for source in sources if source not in mapping], notices)


def name_forms(name: str, *, project_dir: Path | None = None) -> list[str]:
    """Return the normalised forms under which a column may be known, the surest first.

    The whole name, the name without its unit, the name without what is in brackets.
    """
    plain, _ = unit_names.split_unit(name, project_dir=project_dir)
    forms = [normalise_name(text) for text in (name, plain, unit_names.without_brackets(name))]
    return list(dict.fromkeys(forms))


def known_names(schema: LayerSchema, *, project_dir: Path | None = None) -> dict[str, str]:
    """Return normalised name -> canonical column, of all columns of a layer and their aliases."""
    return _known_names(schema, project_dir)[0]


def coordinate_names(*, project_dir: Path | None = None) -> dict[str, str]:
    """Return normalised name -> what it says of a place: lon, lat, x, y, easting, wkt, ..."""
    tables = _load_aliases(project_dir).get("coordinates", {})
    return {
        normalise_name(text): meaning
        for meaning, texts in tables.items()
        for text in (meaning, *texts)
    }


_Meaning = tuple[int, str]  # how far the name was shortened, and the canonical column


def _meaning(source: str, exact: Mapping[str, str], project_dir: Path | None) -> _Meaning | None:
    if normalise_name(source) in exact:
        return 0, exact[normalise_name(source)]
    forms = name_forms(source, project_dir=project_dir)
    return next(((i, exact[form]) for i, form in enumerate(forms) if form in exact), None)


def _claim(
    means: Mapping[str, _Meaning | None], cuts: Mapping[str, set[str]]
) -> tuple[dict[str, dict[str, int]], dict[str, list[str]]]:
    """Return canonical -> source columns, and cut names -> the columns each could mean.

    A cut that could mean several columns means the one that no other column names.
    """
    claims: dict[str, dict[str, int]] = defaultdict(dict)
    for source, meaning in means.items():
        if meaning is not None:
            claims[meaning[1]][source] = meaning[0]
    named = set(claims)
    unclear: dict[str, list[str]] = {}
    for source, meaning in means.items():
        if meaning is not None or not _may_be_cut(source):
            continue
        meant = cuts.get(_cut_key(source), set())
        meant = meant if len(meant) == 1 else meant - named
        if len(meant) == 1:
            claims[next(iter(meant))][source] = 0
        elif meant:
            unclear[source] = sorted(meant)
    return claims, unclear


def _settle(
    claims: Mapping[str, Mapping[str, int]], schema: LayerSchema, project_dir: Path | None
) -> tuple[dict[str, str], list[Problem], list[Problem]]:
    mapping: dict[str, str] = {}
    notices: list[Problem] = []
    problems: list[Problem] = []
    for canonical in schema.column_names:
        sources = claims.get(canonical, {})
        winner = _exact_winner(canonical, sources)
        if winner is not None:
            mapping[winner] = canonical
        if len(sources) < 2:
            continue
        listed = ", ".join(f"'{source}'" for source in sources)
        if winner is not None:
            text = f"Columns {listed} could all be {canonical}; '{winner}' was taken."
            rule, found = "exact_column_wins", notices
        else:
            text = f"Columns {listed} could all be {canonical}."
            rule, found = "ambiguous_column", problems
        found.append(
            make_problem(rule, schema.name, text, place=canonical, project_dir=project_dir)
        )
    return mapping, notices, problems


def _exact_winner(canonical: str, sources: Mapping[str, int]) -> str | None:
    surest = [name for name, level in sources.items() if level == min(sources.values())]
    if len(surest) == 1 and (len(sources) == 1 or sources[surest[0]] == 0):
        return surest[0]
    if canonical in sources:
        return canonical
    near = [source for source in sources if normalise_name(source) == normalise_name(canonical)]
    return near[0] if len(near) == 1 else None


def _ambiguous_cut(
    source: str, meant: Iterable[str], schema: LayerSchema, project_dir: Path | None
) -> Problem:
    text = f"The cut column name '{source}' could mean {' or '.join(meant)}."
    return make_problem(
        "ambiguous_column", schema.name, text, place=source, project_dir=project_dir
    )


def _may_be_cut(source: str) -> bool:
    whole_characters_only = 2 if not source.isascii() else 0
    least = _CUT_LENGTH - whole_characters_only
    sizes = [len(unicodedata.normalize(form, source).encode("utf-8")) for form in ("NFC", "NFD")]
    return len(source) == _CUT_LENGTH or any(least <= size <= _CUT_LENGTH for size in sizes)


def _known_names(
    schema: LayerSchema, project_dir: Path | None
) -> tuple[dict[str, str], dict[str, set[str]]]:
    """Return normalised name -> column, and normalised cut -> columns it could be."""
    aliases = column_aliases(schema, project_dir=project_dir)
    exact = {normalise_name(alias): column for column, texts in aliases.items() for alias in texts}
    exact.update({normalise_name(column): column for column in schema.column_names})
    cuts: dict[str, set[str]] = defaultdict(set)
    for column, texts in aliases.items():
        for text in (column, *texts):
            for cut in _cuts_of(text):
                cuts[normalise_name(cut)].add(column)
                cuts[_cut_key(cut)].add(column)
    return exact, cuts


def _cut_key(cut: str) -> str:
    """Return by what a cut is known: ``Số hộ`` with its accents is no cut of ``Số hồ sơ hộ``."""
    if cut.isascii():
        return normalise_name(cut)
    return unicodedata.normalize("NFC", cut).casefold().strip()


def _cuts_of(text: str) -> Iterable[str]:
    for spelling in (text, text.replace(" ", "_"), normalise_name(text)):
        if len(spelling) > _CUT_LENGTH:
            yield spelling[:_CUT_LENGTH]
        yield from _byte_cuts_of(spelling)


def _byte_cuts_of(spelling: str) -> Iterable[str]:
    """Yield what ten bytes hold of a name, composed and decomposed."""
    for form in ("NFC", "NFD"):
        coded = unicodedata.normalize(form, spelling).encode("utf-8")
        if len(coded) > _CUT_LENGTH:
            yield coded[:_CUT_LENGTH].decode("utf-8", errors="ignore")


def _load_aliases(project_dir: Path | None) -> Mapping[str, Mapping[str, Any]]:
    if project_dir is None:
        return _builtin_aliases()
    path = resources.find("layers", _FILE, project_dir=project_dir)
    if path == resources.find("layers", _FILE):
        return _builtin_aliases()
    own = resources.parse_toml_file(path)
    _require_lists(own, path)
    return _joined(_builtin_aliases(), own)


def _require_lists(table: Mapping[str, Any], path: Path, place: str = "") -> None:
    """Refuse an alias file that holds anything but tables of lists of text."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            _require_lists(value, path, f"{place}{key}.")
        elif not place or not _is_list_of_text(value):
            raise DataError(
                f"{path}: {place}{key} must be a list of names in a [table] of its layer.",
                remedy='Write it like [parcels] and below parcel_no = ["thửa số"].',
            )


def _is_list_of_text(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


@cache
def _builtin_aliases() -> Mapping[str, Mapping[str, Any]]:
    return resources.load_toml("layers", _FILE)


def _joined(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    joined = dict(first)
    for key, value in second.items():
        if isinstance(value, Mapping):
            joined[key] = _joined(first.get(key, {}), value)
        else:
            joined[key] = [*first.get(key, []), *value]
    return joined
