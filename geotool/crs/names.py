"""From the words planners use to one system: codes, central meridians, provinces."""

import difflib
import re
import unicodedata

import pyproj
from pyproj import CRS

from geotool.crs.identity import canonical
from geotool.crs.table import CrsChoice, fold, load_table
from geotool.errors import CrsError

_EPSG = re.compile(r"(?:\+?init=)?(?:epsg\s*:{0,2}\s*)?([0-9]{4,6})", re.IGNORECASE)
_MERIDIAN = re.compile(
    r"(?<![0-9.,])(?P<deg>1[01][0-9])(?:[.,](?P<decimals>[0-9]+)|[-–°º:\s]\s*(?P<min>[0-9]{1,2}))?"
    r"\s*['’′]?\s*(?:00?\s*(?:\"|″|''))?\s*[°º]?\s*E?$"
)
_DEGREES_WORD = re.compile(r"(?<=1[01][0-9])\s*(?:độ|do|deg|d|o)\s*(?=[0-9]|$)", re.IGNORECASE)
_MINUTES_WORD = re.compile(r"(?<=[0-9])\s*(?:phút|phut|min|m)\s*$", re.IGNORECASE)
_WGS84_UTM = re.compile(r"wgs84(?:utm)(?:zone)?(4[89])n?")
_DEFINITION = re.compile(r"\+|\{|[A-Z0-9_]+\[|urn:|https?:|[A-Z]+:[A-Z0-9]+$", re.IGNORECASE)


def choices(province: str | None = None) -> list[CrsChoice]:
    """Return the VN-2000 systems, all of them or those a province's files may be in.

    A province is found by its old or new name, with or without accents. For one that grew on
    1 July 2025 the systems of every former province in it are listed too.

    Raises
    ------
    CrsError
        When no province has this name.
    """
    table = load_table()
    if province is None:
        return list(table.choices)
    wanted, former = _province_names(province)
    return [
        choice
        for choice in table.choices
        if former.intersection(map(fold, choice.provinces))
        or wanted in map(fold, choice.provinces_2025)
    ]


def _province_names(province: str) -> tuple[str, frozenset[str]]:
    """Return the folded name of a province and those of the former provinces it can mean."""
    wanted = _province_key(province)
    if wanted is None:
        raise CrsError(f"There is no province {province!r}.", remedy=_like_provinces(province))
    return wanted, frozenset({wanted}) | load_table().merged.get(wanted, frozenset())


def _like_provinces(text: str) -> str:
    """Return what to write instead of a name that no province has."""
    table = load_table()
    named = {
        fold(name): name for row in table.choices for name in (*row.provinces, *row.provinces_2025)
    }
    near = difflib.get_close_matches(fold(text), named)
    if near:
        return f"Is it {' or '.join(named[name] for name in near)}?"
    since = sorted(named[name] for name in table.merged if name in named)
    return f"Give the old or new name of a province, such as {', '.join(since)}; or an EPSG code."


def _province_key(text: str) -> str | None:
    table = load_table()
    known = set(table.merged).union(*table.merged.values())
    folded = fold(text)
    ignored = table.words["ignored_beside_province"]
    shorter = [folded.removeprefix(word) for word in ignored]
    shorter += [folded.removesuffix(word) for word in ignored]
    for name in (folded, *shorter):
        meant = table.aliases.get(name, name)
        if meant in known:
            return meant
    return None


def resolve(text: str, *, province: str | None = None) -> CRS:
    """Return the system a text names.

    Parameters
    ----------
    text
        An EPSG code (``EPSG:9209``, ``9209``), a VN-2000 central meridian (``VN-2000 105-30``,
        ``105°30'``, ``105.5``), a name, a province with exactly one system, WKT or PROJ text.
        An explicit system wins over ``province``.
    province
        Used when ``text`` is empty or only says ``VN-2000``.

    Raises
    ------
    CrsError
        When the text names nothing, or several systems; the choices are listed.
    """
    folded = fold(text)
    if folded in ("", "vn2000"):
        return _resolve_province(province, text)
    code = _EPSG.fullmatch(text.strip())
    if code is not None:
        return _from_proj(f"EPSG:{code[1]}", text)
    utm = _WGS84_UTM.fullmatch(folded)
    if utm is not None:
        return _from_proj(f"EPSG:326{utm[1]}", text)
    known = load_table().codes_by_name.get(folded) or _code_at_meridian(text.strip())
    if known is not None:
        return _from_proj(known, text)
    if _province_key(text) is not None:
        return _resolve_province(text, text)
    crs = _from_proj(text.strip(), text)
    if _DEFINITION.match(text.strip()) is None and fold(crs.name) != folded:
        raise _unknown(text)
    return canonical(crs)


def _resolve_province(province: str | None, text: str) -> CRS:
    if province is None:
        raise _unknown(text)
    found = choices(province)
    if len(found) != 1:
        listed = "; ".join(_with_reason(choice, province) for choice in found)
        raise CrsError(
            f"Files of province {province!r} can be in {len(found)} systems: {listed}.",
            remedy=f"Name the one of this file, for example {found[0].code}.",
        )
    return _from_proj(found[0].code, text)


def _with_reason(choice: CrsChoice, province: str) -> str:
    """Return a choice with the units of this province that used it before and use it now."""
    wanted, former = _province_names(province)
    before = [name for name in choice.provinces if fold(name) in former]
    since = [name for name in choice.provinces_2025 if fold(name) == wanted]
    reasons = [f"before 2025: {', '.join(before)}"] if before else []
    reasons += [f"since 2025: {', '.join(since)}"] if since else []
    return f"{choice.code} {choice.name} ({'; '.join(reasons)})"


def _unknown(text: str) -> CrsError:
    named = ", ".join(f"{choice.code} {choice.name}" for choice in load_table().choices)
    return CrsError(
        f"{text!r} does not name one coordinate reference system.",
        remedy=f"Give a code, such as: {named}.",
    )


def _code_at_meridian(text: str) -> str | None:
    text = _DEGREES_WORD.sub("°", unicodedata.normalize("NFC", text))
    text = _MINUTES_WORD.sub("'", text)
    match = _MERIDIAN.search(text)
    table = load_table()
    if match is None:
        return None
    beside = fold(text[: match.start()])
    for word in table.words["ignored_beside_meridian"]:
        beside = beside.replace(word, "")
    if beside:
        return None
    if match["decimals"]:
        degrees = float(f"{match['deg']}.{match['decimals']}")
    else:
        degrees = int(match["deg"]) + int(match["min"] or 0) / 60
    for choice in table.choices:
        if table.kinds[choice.code].startswith("tm3") and choice.central_meridian_deg == degrees:
            return choice.code
    return None


def _from_proj(definition: str, text: str) -> CRS:
    try:
        crs = CRS.from_user_input(definition)
    except pyproj.exceptions.CRSError as error:
        raise _unknown(text) from error
    if not (crs.is_projected or crs.is_geographic):
        raise CrsError(f"{text!r} is not a horizontal coordinate reference system.")
    return crs
