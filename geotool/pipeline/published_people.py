"""Who is in each cell of section and commune, so that none is published with a few people."""

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd
import shapely

from geotool.affected import holdings
from geotool.affected.order import LAST
from geotool.pipeline.assess import Assessment
from geotool.pipeline.ground import Ground
from geotool.pipeline.land import Land
from geotool.share.small_cells import Grid, Tally

PLACES = ["section_id", "commune_id"]
_COLUMNS = ["person", "known", *PLACES, "land_type", "basis", "use"]


def find_people(found: Assessment) -> pd.DataFrame:
    """Return who holds what the right of way takes: a row a person and part or structure.

    Returns
    -------
    DataFrame
        person, known (a household; else a parcel or a structure that nobody is known to hold),
        section_id, commune_id (``""`` where there are none), land_type and basis of the land,
        use of the structure. Organisations are no persons.
    """
    frames = []
    if found.land is not None:
        frames.append(find_owners(found.land, found.land.take.parts, [*PLACES, "basis"]))
    if found.structures is not None:
        frames.append(_in_structures(found, found.structures))
    if not frames:
        return pd.DataFrame(columns=_COLUMNS)
    rows = [frame.reindex(columns=_COLUMNS).astype(object) for frame in frames]
    people = pd.concat(rows, ignore_index=True)
    return people.fillna({**dict.fromkeys(PLACES, ""), "land_type": ""})


def find_owners(land: Land, parts: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Return a row a person and part of a parcel: person, known, land_type and the keys asked for.

    Parameters
    ----------
    land
        Who holds what.
    parts
        parcel_id and the keys.
    keys
        Columns to carry.
    """
    plain = pd.DataFrame(parts[["parcel_id", *keys]])
    kinds = pd.DataFrame(land.take.parcels[["parcel_id", "land_type"]])
    held = land.holdings[["holder_id", "holder_kind", "parcel_id"]].drop_duplicates()
    rows = plain.merge(kinds, on="parcel_id", how="left").merge(held, on="parcel_id", how="left")
    rows = rows[rows["holder_kind"] != holdings.ORGANISATION]
    known = rows["holder_id"].notna()
    unheld = "parcel " + rows["parcel_id"].astype(str)
    return rows.assign(known=known, person=rows["holder_id"].where(known, unheld))


def find_homes(land: Land | None) -> pd.DataFrame:
    """Return the one place where each affected household counts: where it loses most land.

    The first in natural order where it loses as much in several, or no land.
    """
    if land is None:
        return pd.DataFrame(columns=["person", *PLACES])
    take = land.households
    claimed = take.places[take.places["weight"] > 0].fillna(dict.fromkeys(PLACES, ""))
    keys = [take.key, *PLACES]
    areas = claimed.groupby(keys, sort=False)["affected_area_m2"].sum().reset_index()
    largest = areas.sort_values("affected_area_m2", ascending=False, kind="stable")
    homes = largest.drop_duplicates(take.key).sort_index()
    return homes.rename(columns={take.key: "person"})[["person", *PLACES]]


def make_grid(
    found: Assessment, ground: Ground, people: pd.DataFrame, homes: pd.DataFrame, least: int
) -> Grid:
    """Return the sections, communes and people of a project as what is to be divided."""
    cells = _places(ground.cells)
    every = pd.concat([cells, people[PLACES], homes[PLACES]]).drop_duplicates()
    sections = list(
        zip(ground.sections["alignment_id"], ground.sections["section_id"], strict=True)
    )
    loose = set(every["section_id"]) - {section_id for _, section_id in sections}
    sections += [("", section_id) for section_id in sorted(loose)]
    shapes = found.inputs.get("communes")
    known = [] if shapes is None else [str(code) for code in shapes["commune_id"]]
    communes = list(dict.fromkeys([*known, *every["commune_id"]]))
    tallies: dict[tuple[str, ...], Tally] = {
        (section_id, commune_id): Tally()
        for section_id, commune_id in every.itertuples(index=False)
    }
    tallies |= tally_people(people, PLACES, least)
    for key in homes[PLACES].itertuples(index=False, name=None):
        tallies[key].counted += 1
    return Grid(
        sections=[(str(one), str(two)) for one, two in sections],
        communes=communes,
        cells={(key[0], key[1]): tally for key, tally in tallies.items()},
        neighbours=[*_touching(shapes), *_met(every)],
    )


def tally_people(
    people: pd.DataFrame, keys: Sequence[str], least: int
) -> dict[tuple[str, ...], Tally]:
    """Return who is in each group of people, as many as matter; counted is left 0."""
    columns = list(keys)
    rows = people.sort_values("known", ascending=False, kind="stable")
    rows = rows.drop_duplicates([*columns, "person"])
    first = rows.groupby([*columns, "known"], sort=False).head(least)
    tallies: dict[tuple[str, ...], Tally] = {}
    names = first[columns].itertuples(index=False, name=None)
    for key, person, known in zip(names, first["person"], first["known"], strict=True):
        tally = tallies.setdefault(key, Tally())
        tally.supposed.add(person)
        (tally.known if known else tally.unheld).add(person)
    return tallies


def _in_structures(found: Assessment, taken: pd.DataFrame) -> pd.DataFrame:
    own = found.land.holdings if found.land is not None else _stated_holdings(found)
    held = holdings.join_structure_holders(taken, own, found.inputs.get("organisations"))
    held = held[held["holder_kind"] != holdings.ORGANISATION]
    known = held["holder_id"] != ""
    unheld = "structure " + held["structure_id"].astype(str)
    return held.assign(known=known, person=held["holder_id"].where(known, unheld))


def _stated_holdings(found: Assessment) -> pd.DataFrame:
    none = pd.DataFrame({"parcel_id": []})
    organisations = found.inputs.get("organisations")
    return holdings.make_holdings(found.inputs.get("holdings"), none, organisations)


def _places(cells: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the section and commune of cells, ``""`` where there is none."""
    return pd.DataFrame({name: cells.get(name, "") for name in PLACES}).fillna("")


def _touching(shapes: gpd.GeoDataFrame | None) -> list[tuple[str, str]]:
    """Return the pairs of communes whose areas meet."""
    if shapes is None or shapes.empty:
        return []
    areas = shapes.geometry.to_numpy()
    first, second = shapely.STRtree(areas).query(areas, predicate="intersects")
    codes = shapes["commune_id"].astype(str).to_numpy(dtype=object)
    ahead = first < second
    return list(zip(codes[first[ahead]], codes[second[ahead]], strict=True))


def _met(cells: pd.DataFrame) -> list[tuple[str, str]]:
    """Return ground of no commune, or of several, with the communes of its sections."""
    special = cells["commune_id"].isin(LAST)
    pairs = cells[special].merge(cells[~special], on="section_id", suffixes=("", "_met"))
    both = pairs[["commune_id", "commune_id_met"]].drop_duplicates()
    return list(both.itertuples(index=False, name=None))
