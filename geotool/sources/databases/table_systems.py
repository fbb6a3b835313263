"""The coordinate reference system of a table: what its column declares, and what that means.

The library of systems is loaded where a system is looked up, not before.
"""

import re
from collections.abc import Sequence

from geotool.errors import ReadError
from geotool.sources.databases.catalogue import Chosen
from geotool.sources.databases.database import Database, quote_name
from geotool.sources.records import Note

_GEOGRAPHY_SRID = 4326


def declared_srids(chosen: Chosen) -> tuple[int, ...]:
    """Return the SRID that the type of the column of shapes states; empty when it states none."""
    declared = chosen.shape.declared if chosen.shape is not None else ""
    number = re.search(r",\s*(\d+)\)", declared)
    if number is not None:
        return (int(number[1]),)
    return (_GEOGRAPHY_SRID,) if "geography" in declared else ()


def first_srids(found: Database, chosen: Chosen) -> tuple[int, ...]:
    """Return the declared SRID, else that of the first shape; empty when there is no shape.

    Unlike a declared SRID, that of one shape says nothing about the others.
    """
    declared = declared_srids(chosen)
    if declared or chosen.shape is None:
        return declared
    shape = f"t.{quote_name(chosen.shape.name)}"
    rows = found.ask(
        f"SELECT {found.function('ST_SRID')}({shape}) FROM {chosen.table.quoted} AS t "
        f"WHERE {shape} IS NOT NULL LIMIT 1"
    )
    return tuple(int(row[0]) for row in rows)


def require_one(srids: Sequence[int], what: str) -> None:
    """Refuse shapes in several systems.

    Raises
    ------
    ReadError
        When there are several.
    """
    if len(srids) > 1:
        listed = ", ".join(str(number) for number in srids)
        raise ReadError(
            f"{what}: its shapes are in {len(srids)} coordinate systems (SRID {listed}).",
            remedy="Make a view of the rows of one system, or ST_Transform all of them to one.",
        )


def system_of(
    found: Database, srids: Sequence[int], what: str
) -> tuple[str | None, tuple[Note, ...]]:
    """Return the system of shapes by their SRIDs, None when the database does not know it.

    Raises
    ------
    ReadError
        When there are several.
    """
    require_one(srids, what)
    if not any(srids) or found.postgis is None:
        return None, ()
    number = srids[0]
    stated = _stated_system(found, number)
    if stated is not None:
        return stated, ()
    told = f"{what}: spatial_ref_sys does not describe its system (SRID {number})"
    if _is_system(f"EPSG:{number}"):
        text = f"{told}; taken as EPSG:{number}, as SRIDs usually follow EPSG."
        return f"EPSG:{number}", (("srid_as_epsg", text, ""),)
    return None, (("srid_unknown", f"{told}.", ""),)


def is_degrees(system: str | None) -> bool:
    """Return whether coordinates are longitude and latitude."""
    import pyproj

    return system is not None and pyproj.CRS.from_user_input(system).is_geographic


def _stated_system(found: Database, number: int) -> str | None:
    """Return what ``spatial_ref_sys`` says of a system: its code, else its text."""
    rows = found.ask(
        f"SELECT auth_name::text, auth_srid::pg_catalog.int8, srtext::text "
        f"FROM {found.function('spatial_ref_sys')} WHERE srid = {number:d}"
    )
    for authority, code, text in rows:
        for candidate in (f"{authority}:{code}", str(text)):
            if _is_system(candidate):
                return candidate
    return None


def _is_system(text: str) -> bool:
    import pyproj

    try:
        pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError:
        return False
    return True
