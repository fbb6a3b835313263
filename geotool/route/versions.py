"""Which version of a boundary holds: a right of way may be issued again."""

from collections.abc import Iterable, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geotool.errors import SchemaError
from geotool.schema import Problem, make_problem, text_column
from geotool.units import natural_key


def list_versions(right_of_way: pd.DataFrame) -> list[str]:
    """Return the versions that rows of a right of way name, in natural order (``2`` before ``10``).

    A blank version is older than every named one; it is listed, as ``""``, where rows of the
    same alignment name another. Spellings that differ only in case, accents or leading zeros
    are one version, listed by the first of them.
    """
    versions = np.array(_versions(right_of_way), dtype=object)
    alignments = _alignments(right_of_way)
    own = [set(versions[alignments == key]) for key in set(alignments)]
    superseded = any({""} < names for names in own)
    return sorted(set(versions) - (set() if superseded else {""}), key=natural_key)


def name_versions(versions: Iterable[str]) -> str:
    """Return versions as text for messages."""
    return ", ".join(version or "blank" for version in versions) or "none"


def find_version(known: Sequence[str], version: str) -> str | None:
    """Return the one of :func:`list_versions` that a text names, None where it names none."""
    named = natural_key(version.strip())[0]
    return next((name for name in known if natural_key(name)[0] == named), None)


def select_version(
    right_of_way: gpd.GeoDataFrame, version: str | None = None
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """Return the rows of the version that holds, alignment by alignment.

    For each alignment the latest version holds; where `version` is given, the latest up to it:
    the boundary as it was when that version was issued. Rows that name no alignment belong to
    the only one named, else they have versions of their own.

    Parameters
    ----------
    right_of_way
        Rows with optionally ``version`` and ``alignment_id``.
    version
        The version asked for; None for the latest.

    Returns
    -------
    tuple
        The rows that hold, index and columns kept, and a finding ``older_version`` for each
        alignment that lost rows.

    Raises
    ------
    SchemaError
        No row is of the version asked for.
    """
    known = list_versions(right_of_way)
    limit = None if version is None else find_version(known, version)
    if version is not None and limit is None:
        raise SchemaError(
            f"right_of_way: no row is of version {version}.",
            remedy=f"Versions there are: {name_versions(known)}.",
        )
    versions = np.array(_versions(right_of_way), dtype=object)
    alignments = _alignments(right_of_way)
    held = np.ones(len(versions), dtype=np.bool_)
    problems = []
    for alignment_id in sorted(set(alignments), key=natural_key):
        own = alignments == alignment_id
        holds = _latest(list(versions[own]), limit)
        out = own & (versions != holds)
        held &= ~out
        if out.any():
            problems.append(_left_out(list(versions[out]), holds, alignment_id))
    return right_of_way[held], problems


def _alignments(right_of_way: pd.DataFrame) -> NDArray[np.object_]:
    """Return the alignment of each row, ``""`` in all of them where only one is named."""
    keys = text_column(right_of_way, "alignment_id").to_numpy(dtype=object, copy=True)
    if len(set(keys) - {""}) < 2:
        keys[:] = ""
    return keys


def _latest(versions: Sequence[str], limit: str | None) -> str | None:
    """Return the latest version up to a limit, None where all are later."""
    until = [v for v in versions if limit is None or natural_key(v) <= natural_key(limit)]
    return max(until, key=natural_key, default=None)


def _left_out(left_out: Sequence[str], holds: str | None, alignment_id: str) -> Problem:
    of = f" of alignment {alignment_id}" if alignment_id else ""
    named = sorted(set(left_out), key=natural_key)
    end = "no earlier version is there"
    if holds is not None:
        end = f"version {name_versions([holds])} holds"
    message = f"{len(left_out)} row(s){of} of version {name_versions(named)} are left out; {end}."
    return make_problem("older_version", "right_of_way", message, place=alignment_id)


def _versions(frame: pd.DataFrame) -> list[str]:
    """Return the version of each row in the spelling it is listed by."""
    texts = text_column(frame, "version")
    listed: dict[object, str] = {}
    for text in sorted(set(texts), key=natural_key):
        listed.setdefault(natural_key(text)[0], text)
    return [listed[natural_key(text)[0]] for text in texts]
