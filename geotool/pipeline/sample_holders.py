"""Holders of a sample's land: households, organisations, their holdings and buildings.

Exactly as many households are seated on land inside the strips as the published total says;
which of them are affected is for geotool to count, no row says so.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import shapely
from shapely import Polygon

from geotool.errors import DataError
from geotool.pipeline.sample_axis import SketchAxis
from geotool.pipeline.sample_draw import Draws
from geotool.pipeline.sample_land import NO_MAP, Plot, Row, zone_ranges

UNMAPPED_OFFSETS = (-19.0, 16.0)


def seat_households(
    plots: Sequence[Plot], plan: Mapping[str, Any], wanted: int, draws: Draws
) -> None:
    """Give every plot that can be held its household seats, ``wanted`` of them inside the strips.

    Seats are whole numbers as text until ``name_seats`` gives them their keys.

    Raises
    ------
    DataError
        When the sample has too few plots in its strips for the published total.
    """
    options, unheld = plan["holders"], plan["parcels"]["unheld_types"]
    free = [plot for plot in plots if not plot.holders and plot.land_type not in unheld]
    faint = plan["parcels"]["faint_m2"]
    inside = [plot for plot in free if plot.taken_m2 >= faint]
    seats = wanted - int(options["unmapped_households"])
    if len(inside) < seats:
        raise DataError(
            f"The sample has {len(inside)} plots inside its strips for {seats} households.",
            remedy="Shorten plot_m in the sample's tables [kinds].",
        )
    order = _exchange([i * seats // len(inside) for i in range(len(inside))], options, draws)
    for place, (plot, seat) in enumerate(zip(inside, order, strict=True)):
        before = order[place - 1] if place else seat
        shared = draws.chance(options["co_held_percent"], "co-held", plot.parcel_id)
        if shared and before != seat:
            whole = draws.between(2, 3, "share", plot.parcel_id)
            plot.holders = [(str(seat), whole - 1, whole), (str(before), 1, whole)]
        else:
            plot.holders = [(str(seat), 1, 1)]
    _seat_outside(free, inside, plan, wanted, draws)


def _exchange(order: list[int], options: Mapping[str, Any], draws: Draws) -> list[int]:
    """Return the seats with some second plots exchanged over a long way along the axes."""
    seconds = [i for i in range(1, len(order)) if order[i] == order[i - 1]]
    moved: set[int] = set()
    for place, here in enumerate(seconds[: -int(options["exchange_reach"])]):
        there = seconds[place + int(options["exchange_reach"])]
        if {here, there} & moved or not draws.chance(options["exchanged_percent"], "move", here):
            continue
        order[here], order[there] = order[there], order[here]
        moved |= {here, there}
    return order


def _seat_outside(
    free: Sequence[Plot],
    inside: Sequence[Plot],
    plan: Mapping[str, Any],
    wanted: int,
    draws: Draws,
) -> None:
    """Seat the plots outside: some go to households met inside, the rest to new households."""
    options, latest = plan["holders"], wanted
    names = [plot.axis.alignment_id for plot in inside]
    starts = {
        name: [plot for plot in inside if plot.axis.alignment_id == name] for name in set(names)
    }
    for plot in free:
        if plot.holders:
            continue
        near = starts[plot.axis.alignment_id]
        neighbour = near[min(bisect_left(near, plot.start, key=_start), len(near) - 1)]
        if plot.taken_m2 > 0 or draws.chance(
            options["neighbour_percent"], "neighbour", plot.parcel_id
        ):
            plot.holders = [(neighbour.holders[0][0], 1, 1)]
            continue
        if latest == wanted or draws.chance(65, "newcomer", plot.parcel_id):
            latest += 1
        plot.holders = [(str(latest), 1, 1)]


def _start(plot: Plot) -> float:
    return plot.start


def unmapped_places(
    alignments: Sequence[Mapping[str, Any]], axes: Mapping[str, SketchAxis], wanted: int
) -> list[tuple[SketchAxis, float, float]]:
    """Return places inside the strip, along stretches without a cadastral map, for houses."""
    places = []
    for item in alignments:
        axis = axes[str(item["id"])]
        for start, end in zone_ranges(item["zones"], NO_MAP, axis.length):
            places.append((axis, start, end))
    found = []
    for number in range(wanted):
        axis, start, end = places[number % len(places)]
        turn, turns = number // len(places) + 1, wanted // len(places) + 2
        along = start + (end - start) * turn / turns
        found.append((axis, along, UNMAPPED_OFFSETS[number % 2]))
    return found


def name_seats(plots: Sequence[Plot], unmapped: int, wanted: int) -> dict[str, str]:
    """Return the household key of every seat, numbered as they are met along the axes."""
    seats: dict[str, str] = {}
    for plot in plots:
        for seat, _, _ in plot.holders:
            if seat.isdigit():
                seats.setdefault(seat, f"H{len(seats) + 1:04d}")
    for number in range(wanted - unmapped, wanted):
        seats.setdefault(str(number), f"H{len(seats) + 1:04d}")
    return seats


def holding_rows(plots: Sequence[Plot], seats: Mapping[str, str]) -> list[Row]:
    """Return the rows of ``holdings``."""
    rows = []
    for plot in plots:
        for holder, numerator, denominator in plot.holders:
            rows.append(
                {
                    "holder_id": seats.get(holder, holder),
                    "holder_kind": "household" if holder in seats else "organisation",
                    "parcel_id": plot.parcel_id,
                    "share_numerator": numerator,
                    "share_denominator": denominator,
                    "right_type": "use",
                    "papers": plot.papers,
                }
            )
    return rows


def household_rows(keys: Mapping[str, str], plan: Mapping[str, Any], draws: Draws) -> list[Row]:
    """Return the rows of ``households`` for household key -> commune key.

    Names, telephone and identity numbers are made up and look it.
    """
    name, categories = plan["names"]["household"], plan["holders"]["categories"]
    rows = []
    for key in sorted(keys):
        number = int(key.removeprefix("H"))
        people = 1 + draws.below(3, "people", key) + draws.below(4, "more people", key)
        rows.append(
            {
                "household_id": key,
                "head_name": name.format(number=number),
                "commune_id": keys[key],
                "people_count": people,
                "category": draws.choose(categories, "category", key),
                "phone": f"0000{number:06d}",
                "id_number": f"{number:012d}",
            }
        )
    return rows


def structure_rows(
    plots: Sequence[Plot],
    unmapped: Sequence[tuple[str, SketchAxis, float, float]],
    plan: Mapping[str, Any],
    seats: Mapping[str, str],
    draws: Draws,
) -> list[Row]:
    """Return the rows of ``structures``: one dwelling a household, out-buildings, a few shops.

    Parameters
    ----------
    unmapped
        Household key and place (axis, distance along it, offset) of houses on unmapped land.
    """
    rows: list[Row] = []
    housed: set[str] = set()
    for plot in plots:
        if plot.cell is None or not plot.land_type.startswith("ONT") or not plot.holders:
            continue
        key = seats[plot.holders[0][0]]
        middle = (plot.cell.start + plot.cell.end) / 2 + 2.0 * draws.signed("house along", key)
        across = (plot.cell.low + plot.cell.high) / 2 + 9.0 * draws.signed("house across", key)
        built = _compound(key, (plot.axis, middle, across), plan, draws)
        rows += [
            row
            for row in built
            if (key not in housed or row["use"] == "secondary")
            and shapely.contains_properly(plot.shape, row["geometry"])
        ]
        housed.add(key)
    for key, axis, along, offset in unmapped:
        rows += _compound(key, (axis, along, offset), plan, draws)[:1]
    for number, row in enumerate(rows, start=1):
        row["structure_id"] = f"CT{number:04d}"
    return rows


def _compound(
    key: str, place: tuple[SketchAxis, float, float], plan: Mapping[str, Any], draws: Draws
) -> list[Row]:
    """Return a household's dwelling and, of some, a kitchen or barn behind it and a shop."""
    options, (axis, along, across) = plan["structures"], place
    width = draws.between(8, 12, "house width", key)
    depth = draws.between(8, 13, "house depth", key)
    start, low = along - width / 2 - 2, across - depth / 2
    uses = [("dwelling", axis.block(start, start + width, low, low + depth))]
    if draws.chance(options["secondary_percent"], "secondary", key):
        size = draws.between(3, 5, "secondary size", key)
        near = start + width + 1
        uses.append(("secondary", axis.block(near, near + size, low, low + size)))
    if draws.chance(options["business_percent"], "business", key):
        uses.append(("business", axis.block(start, start + 4, low - 5, low - 1)))
    return [
        {
            "structure_id": "",
            "holder_id": key,
            "use": use,
            "built_date": _built(key, use, options, draws),
            "floor_area_m2": round(shape.area, 1),
            "geometry": shape,
        }
        for use, shape in uses
    ]


def _built(key: str, use: str, options: Mapping[str, Any], draws: Draws) -> str:
    cutoff = str(options["cutoff_date"])
    if draws.chance(options["after_cutoff_percent"], "late", key, use):
        return draws.day(cutoff, f"{int(cutoff[:4]) + 1}{cutoff[4:]}", "built", key, use)
    return draws.day("1992-01-01", cutoff, "built", key, use)


def commune_of_households(
    plots: Sequence[Plot],
    seats: Mapping[str, str],
    unmapped: Sequence[tuple[str, SketchAxis, float, float]],
    commune_of: Callable[[Sequence[Polygon]], list[str]],
) -> dict[str, str]:
    """Return the commune of every household: that of its first plot, or of its house."""
    found: dict[str, str] = {}
    for plot in plots:
        for holder, _, _ in plot.holders:
            if holder in seats:
                found.setdefault(seats[holder], plot.commune_id)
    houses = [
        axis.block(along, along + 1, offset, offset + 1) for _, axis, along, offset in unmapped
    ]
    for (key, _, _, _), commune in zip(unmapped, commune_of(houses), strict=True):
        found.setdefault(key, commune)
    return found
