"""The words of a map's cards: names for codes, and findings told in both languages."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import geopandas as gpd
import pandas as pd

from geotool import labels
from geotool.labels import Labels
from geotool.pipeline.assess import Assessment
from geotool.pipeline.tables import commune_names

_ROOMS = {"checks": "rule", "remedies": "remedy", "layers": "layer"}
_SEVERAL = re.compile(r"\s*[+,;/]\s*")
_SIDES = {"left": "left", "right": "right", "both sides": "both"}
_ONE_SIDE = re.compile(rf"([^,]+) ({'|'.join(_SIDES)})")


def name_codes(found: Assessment) -> Labels:
    """Return the words of a project, with words for the codes of its cards.

    They are the names of communes (``values.commune_id_<code>``), of checks, layers and remedies,
    and the land types of a parcel that has several (``ONT+CLN``). English messages are titled as
    such in Vietnamese.
    """
    words = labels.load_labels(found.inputs.project.root)
    communes = {f"values.commune_id_{code}": name for code, name in commune_names(found).items()}
    several = _several_types(found)
    named = {}
    for language, known in words.words.items():
        split = {key: key.partition(".") for key in known}
        rooms = {
            f"values.{_ROOMS[room]}_{name}": known[key]
            for key, (room, _, name) in split.items()
            if room in _ROOMS
        }
        message = {"columns.message": words.text("map.message", language)}
        named[language] = {**known, **rooms, **communes, **_joined(several, known), **message}
    return Labels(named)


def code_findings(findings: gpd.GeoDataFrame, root: Path) -> gpd.GeoDataFrame:
    """Return findings whose words are codes as far as they can be, to be told in any language.

    Parameters
    ----------
    findings
        From :func:`geotool.pipeline.findings.findings_layer`.
    root
        Folder of the project.

    Returns
    -------
    GeoDataFrame
        A remedy that is the rule's own is the rule's code; a place on one side of an alignment
        is told apart from ``side`` (left, right, both), which is None elsewhere.
    """
    words = labels.load_labels(root)
    remedies = [
        rule if remedy in _all_words(f"remedies.{rule}", words) else remedy
        for rule, remedy in zip(findings["rule"], findings["remedy"], strict=True)
    ]
    sided = [_ONE_SIDE.fullmatch(place) for place in findings["place"]]
    places = [
        match[1] if match else place for match, place in zip(sided, findings["place"], strict=True)
    ]
    sides = pd.Series([_SIDES[match[2]] if match else None for match in sided], dtype=object)
    return findings.assign(remedy=remedies, place=places, side=sides.to_numpy())


def _all_words(key: str, words: Labels) -> set[str]:
    return set(words.both(key).values()) if words.has(key) else set()


def _several_types(found: Assessment) -> list[str]:
    parcels = found.inputs.frames.get("parcels")
    if parcels is None or "land_type" not in parcels:
        return []
    codes = parcels["land_type"].dropna().astype(str).unique()
    return sorted(code for code in codes if _SEVERAL.search(code))


def _joined(codes: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the words of codes made of several, where each part has words."""
    joined = {}
    for code in codes:
        parts = [_type_words(part, known) for part in _SEVERAL.split(code.strip())]
        if all(parts) and not _type_words(code, known):
            joined[f"values.land_type_{code}"] = " + ".join(parts)
    return joined


def _type_words(code: str, known: Mapping[str, str]) -> str:
    return known.get(f"values.land_type_{code}") or known.get(f"values.{code}", "")
