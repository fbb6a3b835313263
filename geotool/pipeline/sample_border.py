"""A sample border: line, districts, landmarks, the roads that serve them and who paid.

The line is a hand sketch roughened until it has the published length: a schematic line, good for
trying the tool and for nothing else. District outlines follow it vertex by vertex, so that every
piece of the line lies in one district.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from shapely import LineString, Point, Polygon

from geotool.errors import DataError
from geotool.pipeline.sample_axis import (
    XY,
    distance,
    fit_length,
    path_length,
    project_sketch,
)
from geotool.pipeline.sample_draw import Draws
from geotool.pipeline.sample_land import Row, built_count


def border_layers(plan: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Return the layers of a border sample by name."""
    draws = Draws(int(plan["sample"]["seed"]))
    line, corners = _border_line(plan, draws)
    communes = _commune_rows(plan, line, corners)
    _require_clean(line, communes)
    landmarks = _landmark_rows(plan, line, corners, draws)
    roads = _road_rows(plan, line, (landmarks, communes), draws)
    border = plan["border"]
    return {
        "border": [
            {
                "border_id": border["id"],
                "name": border["name"],
                "source": border["source"],
                "scale": border["scale"],
                "geometry": LineString(line),
            }
        ],
        "communes": communes,
        "landmarks": [{k: v for k, v in row.items() if k != "vertex"} for row in landmarks],
        "landmark_roads": roads,
        "contributions": _contribution_rows(plan, roads, draws),
    }


def _require_clean(line: Sequence[XY], communes: Sequence[Row]) -> None:
    crossed = [row["commune_name"] for row in communes if not row["geometry"].is_valid]
    if crossed or not LineString(line).is_simple:
        raise DataError(
            f"The roughened border crosses itself or a district's inland side: {crossed}.",
            remedy="Choose another seed in the sample's table [sample], or move the sketch.",
        )


def _border_line(plan: Mapping[str, Any], draws: Draws) -> tuple[list[XY], list[int]]:
    """Return the line at its published length and the vertices where districts meet."""
    border, length = plan["border"], float(plan["border"]["length_m"])
    sketch = project_sketch(border["line"], plan["sample"]["crs"])
    rounds = int(border["rounds"])
    low, high = 0, 1000
    while high - low > 1:
        middle = (low + high) // 2
        if path_length(_roughen(sketch, rounds, middle, draws)) < length:
            low = middle
        else:
            high = middle
    line = fit_length(_roughen(sketch, rounds, high, draws), length)
    step = 2**rounds
    corners = [int(item["from_vertex"]) * step for item in plan["communes"]]
    return line, [*corners, len(line) - 1]


def _roughen(sketch: Sequence[XY], rounds: int, thousandths: int, draws: Draws) -> list[XY]:
    """Return a line with the middle of every piece pushed aside, ``rounds`` times over."""
    line = list(sketch)
    for turn in range(rounds):
        rough = [line[0]]
        for number, (a, b) in enumerate(pairwise(line)):
            push = thousandths * draws.between(-100, 100, "rough", turn, number) / 100_000.0
            rough.append(
                (
                    round((a[0] + b[0]) / 2 - push * (b[1] - a[1]), 2),
                    round((a[1] + b[1]) / 2 + push * (b[0] - a[0]), 2),
                )
            )
            rough.append(b)
        line = rough
    return line


def _commune_rows(plan: Mapping[str, Any], line: Sequence[XY], corners: Sequence[int]) -> list[Row]:
    rows = []
    for item, start, end in zip(plan["communes"], corners[:-1], corners[1:], strict=True):
        inland = project_sketch(item["inland"], plan["sample"]["crs"])
        rows.append(
            {
                "commune_id": item["id"],
                "commune_name": item["name"],
                "district_name": item["name"],
                "geometry": Polygon([*line[start : end + 1], *inland]),
            }
        )
    return rows


def landmark_ids(first: int, last: int, last_auxiliary: int, count: int, draws: Draws) -> list[str]:
    """Return ``count`` landmark numbers from ``first`` to ``last``/``last_auxiliary``, in order.

    Main numbers are all there; auxiliary ones (``1105/2``) fill up to the count.
    """
    extra = dict.fromkeys(range(first, last + 1), 0)
    extra[last] = last_auxiliary
    missing = count - len(extra) - last_auxiliary
    by_draw = sorted(
        range(first, last), key=lambda number: (draws.bits("auxiliary", number), number)
    )
    for place in range(missing):
        extra[by_draw[(place * 2 // 3) % len(by_draw)]] += 1
    return [
        key
        for number, more in extra.items()
        for key in [str(number), *(f"{number}/{part}" for part in range(1, more + 1))]
    ]


def _landmark_rows(
    plan: Mapping[str, Any], line: Sequence[XY], corners: Sequence[int], draws: Draws
) -> list[Row]:
    """Return the landmarks, each on a vertex of the line, about evenly spaced along it."""
    options = plan["landmarks"]
    count = built_count(plan, "landmark_count")
    first, last, auxiliary = options["numbers"]
    keys = landmark_ids(first, last, auxiliary, count, draws)
    vertices = _even_vertices(line, count)
    easy = sorted(range(count), key=lambda place: (draws.bits("ordinary", place), place))
    ordinary = set(easy[: count - built_count(plan, "high_dangerous_landmark_count")])
    rows = []
    for place, (key, vertex) in enumerate(zip(keys, vertices, strict=True)):
        district = max(number for number, corner in enumerate(corners[:-1]) if corner <= vertex)
        rows.append(
            {
                "landmark_id": key,
                "commune_id": plan["communes"][district]["id"],
                "access": "none",
                "terrain": "ordinary" if place in ordinary else "high_dangerous",
                "geometry": Point(line[vertex]),
                "vertex": vertex,
            }
        )
    return rows


def _even_vertices(line: Sequence[XY], count: int) -> list[int]:
    """Return ``count`` rising vertex numbers, the nearest before even spacing, ends included."""
    stops = [0.0]
    for a, b in pairwise(line):
        stops.append(stops[-1] + distance(a, b))
    chosen: list[int] = []
    vertex = 0
    for place in range(count):
        target = stops[-1] * place / (count - 1)
        while vertex + 1 < len(stops) and stops[vertex + 1] <= target:
            vertex += 1
        vertex = max(vertex, chosen[-1] + 1 if chosen else 0)
        chosen.append(vertex)
    chosen[-1] = len(line) - 1
    return chosen


def _road_rows(
    plan: Mapping[str, Any],
    line: Sequence[XY],
    places: tuple[Sequence[Row], Sequence[Row]],
    draws: Draws,
) -> list[Row]:
    """Return the landmark roads; each sets the ``access`` of the landmark where it ends."""
    (landmarks, communes), options = places, plan["landmark_roads"]
    outlines = {row["commune_id"]: row["geometry"] for row in communes}
    built = built_count(plan, "built_landmark_road_count")
    wanted = built + int(options["building_count"]) + int(options["planned_count"])
    order = sorted(range(wanted), key=lambda number: (draws.bits("status", number), number))
    finished = set(order[:built])
    rows = []
    for number in range(wanted):
        landmark = landmarks[(2 * number + 1) * len(landmarks) // (2 * wanted)]
        state = _state(number, finished, landmark)
        shape = _road(line, landmark["vertex"], outlines[landmark["commune_id"]], (options, draws))
        day = draws.day(*options["built_dates"], "built", number)
        rows.append(
            {
                "landmark_road_id": f"DM{number + 1:03d}",
                "name": options["name"].format(landmark=landmark["landmark_id"]),
                "commune_id": landmark["commune_id"],
                "status": state,
                "built_date": day if state == "built" else None,
                "cost_vnd": _cost(shape, options, number, draws),
                "length_m": round(shape.length, 1),
                "geometry": shape,
            }
        )
    return rows


def _state(number: int, finished: set[int], landmark: Row) -> str:
    if number in finished:
        landmark["access"] = "road"
        return "built"
    landmark["access"] = "none" if number % 2 else "partial"
    return "planned" if number % 2 else "building"


def _cost(shape: LineString, options: Mapping[str, Any], number: int, draws: Draws) -> int:
    low, high = options["vnd_per_m"]
    rate = 1000 * draws.between(low // 1000, high // 1000, "rate", number)
    return int(shape.length // 10) * 10 * rate


def _road(
    line: Sequence[XY],
    vertex: int,
    outline: Polygon,
    made_by: tuple[Mapping[str, Any], Draws],
) -> LineString:
    """Return a winding line from inland to a landmark that stays inside its district.

    Inland is right of the line's direction; where the line bends too much for a long road, a
    shorter one is made.
    """
    options, draws = made_by
    longest = float(draws.between(*options["length_m"], "road length", vertex))
    roads = [
        _winding(line, vertex, (longest * share, width), draws)
        for share in (1.0, 0.7, 0.5, 0.35, 0.2, 0.1, 0.05)
        for width in (3, 8, 20, 50, 1)
    ]
    return next((road for road in roads if outline.covers(road)), roads[-1])


def _winding(line: Sequence[XY], vertex: int, size: tuple[float, int], draws: Draws) -> LineString:
    """Return a line of about a length, square to the border as seen over some vertices."""
    reach, width = size
    before, after = line[max(vertex - width, 0)], line[min(vertex + width, len(line) - 1)]
    step = distance(before, after)
    along = ((after[0] - before[0]) / step, (after[1] - before[1]) / step)
    points = [line[vertex]]
    for part in (1, 2, 3, 4):
        inland = reach * part / 4
        swing = 0.12 * reach * draws.signed("road swing", vertex, part)
        points.append(
            (
                round(line[vertex][0] + inland * along[1] + swing * along[0], 2),
                round(line[vertex][1] - inland * along[0] + swing * along[1], 2),
            )
        )
    return LineString(list(reversed(points)))


def _contribution_rows(plan: Mapping[str, Any], roads: Sequence[Row], draws: Draws) -> list[Row]:
    """Return the gifts: whole thousands of dong that add up to the sample's total exactly.

    Every contributor gives at least once; some give twice.
    """
    options = plan["contributions"]
    givers = built_count(plan, "contributor_count")
    total = built_count(plan, "contribution_vnd")
    gifts = list(range(1, givers + 1))
    gifts += [giver for giver in gifts if draws.chance(options["twice_percent"], "twice", giver)]
    weights = [draws.between(1, 40, "weight", number) for number in range(len(gifts))]
    unit = 1000
    amounts = [total * weight // sum(weights) // unit * unit for weight in weights]
    amounts[0] += total - sum(amounts)
    built = [road for road in roads if road["status"] == "built"]
    return [
        {
            "contribution_id": f"UH{number:04d}",
            "landmark_road_id": built[draws.below(len(built), "road", number)]["landmark_road_id"],
            "contributor_id": f"DV{giver:03d}",
            "contributor_name": plan["names"]["contributor"].format(number=giver),
            "amount_vnd": amount,
            "contribution_date": draws.day(*options["dates"], "gift", number),
            "kind": draws.choose(options["kinds"], "gift kind", number),
        }
        for number, (giver, amount) in enumerate(zip(gifts, amounts, strict=True), start=1)
    ]
