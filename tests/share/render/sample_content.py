"""A made-up corridor of 24 km with communes, parcels, houses and graves, for the page's tests."""

import itertools
import math
import random

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import LineString, Point, Polygon

from geotool import labels
from geotool.share.render import layerdata
from geotool.share.render.page import MapLayer, PageContent, Statement
from geotool.share.tables import Table, TableColumn

CRS = "EPSG:9209"
EAST, NORTH = 570_000.0, 1_995_000.0
COMMUNES = ("Kỳ Phong", "Kỳ Văn", "Kỳ Tân", "Kỳ Lâm", "Kỳ Hoa", "Kỳ Thịnh")
LAND_TYPES = ("LUC", "CLN", "ONT", "HNK", "RSX")


def both(text, english=None):
    return {"vi": text, "en": english or text}


def _axis():
    x = np.linspace(0, 21_500, 400)
    y = 2_600 * np.sin(x / 4_100) + 700 * np.sin(x / 1_300) - 0.25 * x
    return LineString(np.column_stack([EAST + x, NORTH + y]))


def _frame(geometries, columns):
    return gpd.GeoDataFrame(columns, geometry=list(geometries), crs=CRS)


def _offset(axis, distance, side):
    distance = min(max(distance, 0.0), axis.length)
    point = axis.interpolate(distance)
    ahead = axis.interpolate(min(distance + 1, axis.length))
    back = axis.interpolate(max(distance - 1, 0))
    dx, dy = ahead.x - back.x, ahead.y - back.y
    size = math.hypot(dx, dy)
    return point.x - dy / size * side, point.y + dx / size * side


def make_parcels(count, *, seed=7):
    """Return parcels of five rows along the axis that share their corners."""
    axis, rng = _axis(), random.Random(seed)
    rows, per_row = (-95, -46, -22, 8, 44, 96), max(1, count // 5)
    cuts = np.linspace(0, axis.length, per_row + 1)
    steps = axis.length / per_row
    corner = {
        (i, j): _offset(axis, cut + rng.uniform(-0.3, 0.3) * steps, row + rng.uniform(-9, 9))
        for i, cut in enumerate(cuts)
        for j, row in enumerate(rows)
    }
    shapes = [
        Polygon([corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1]])
        for i in range(per_row)
        for j in range(len(rows) - 1)
    ]
    names = [f"{405 + i // 60}-{i % 60 + 1:03d}" for i in range(len(shapes))]
    return _frame(
        [shape.buffer(0) for shape in shapes],
        {
            "parcel_id": names,
            "land_type": [rng.choice(LAND_TYPES) for _ in shapes],
            "document_area_m2": [round(shape.area, 1) for shape in shapes],
            "secret_phone": ["0912345678"] * len(shapes),
        },
    )


def make_graves(count, *, seed=11):
    axis, rng = _axis(), random.Random(seed)
    spots = [rng.uniform(0, axis.length) for _ in range(max(1, count // 12))]
    points = [
        _offset(
            axis, min(axis.length, max(0, rng.choice(spots) + rng.gauss(0, 60))), rng.gauss(0, 45)
        )
        for _ in range(count)
    ]
    return _frame(
        [Point(p) for p in points],
        {
            "grave_id": [f"M{i:04d}" for i in range(1, count + 1)],
            "ownership": [rng.choice(("owned", "owned", "ownerless")) for _ in points],
            "zone": ["right_of_way" if i % 3 else "margin" for i in range(count)],
        },
    )


def make_communes():
    axis = _axis()
    west, south, east, north = axis.bounds
    cuts = np.linspace(west - 1_200, east + 1_200, len(COMMUNES) + 1)
    shapes = [
        Polygon(
            [
                (a, south - 3_500),
                (b, south - 3_900),
                (b + 500, north + 3_000),
                (a + 500, north + 3_300),
            ]
        )
        for a, b in itertools.pairwise(cuts)
    ]
    codes = [f"18{700 + i}" for i in range(len(shapes))]
    return _frame(shapes, {"commune_id": codes, "commune_name": list(COMMUNES)})


def _land_take(parcels, corridor):
    parts = parcels.geometry.intersection(corridor.geometry.iloc[0])
    keep = parts.area > 0
    taken = parcels[keep].copy()
    taken["affected_area_m2"] = parts[keep].area
    taken["taken_share"] = parts[keep].area / parcels.geometry[keep].area
    taken["take_class"] = np.where(taken["taken_share"] > 0.999999, "full", "partial")
    return taken.set_geometry(parts[keep])


def _structures(parcels):
    some = parcels.iloc[::9]
    boxes = [shapely.box(p.x - 7, p.y - 5, p.x + 7, p.y + 5) for p in some.representative_point()]
    uses = ["dwelling", "secondary", "business"]
    return _frame(
        boxes,
        {
            "structure_id": [f"N{i + 1}" for i in range(len(boxes))],
            "use": [uses[i % 3] for i in range(len(boxes))],
        },
    )


def _tables(take, communes):
    joined = gpd.sjoin(take.set_geometry(take.representative_point()), communes, predicate="within")
    rows = [
        {
            "commune_name": name,
            "affected_count": len(part),
            "full_count": int((part["take_class"] == "full").sum()),
            "affected_area_m2": float(part["affected_area_m2"].sum()),
        }
        for name, part in joined.groupby("commune_name", sort=True)
    ]
    total = {"commune_name": "Tổng", "affected_count": len(take)}
    total["full_count"] = int((take["take_class"] == "full").sum())
    total["affected_area_m2"] = float(take["affected_area_m2"].sum())
    columns = (
        TableColumn("commune_name"),
        TableColumn("affected_count", "count"),
        TableColumn("full_count", "count"),
        TableColumn("affected_area_m2", "area_m2"),
    )
    head = {
        "affected_area_ha": total["affected_area_m2"] / 10_000,
        "affected_count": len(take),
        "full_count": total["full_count"],
        "length_km": _axis().length / 1_000,
    }
    headline = Table(
        "totals",
        (
            TableColumn("affected_area_ha", "area_ha"),
            TableColumn("affected_count", "count"),
            TableColumn("full_count", "count"),
            TableColumn("length_km", "length_km"),
        ),
        [head],
    )
    by_commune = Table("land_take_by_commune", columns, rows, total, ("report.identity",))
    return headline, by_commune


def _ticks(axis):
    places = np.arange(500, axis.length, 1_000)
    return _frame(
        [axis.interpolate(d) for d in places],
        {
            "label": [f"Km {568 + i}" for i in range(len(places))],
            "chainage_m": [568_000.0 + 1_000 * i for i in range(len(places))],
        },
    )


def _power_lines(axis):
    lines = []
    for share in (0.2, 0.46, 0.8):
        point = axis.interpolate(share, normalized=True)
        lines.append(
            LineString(
                [
                    (point.x - 900, point.y - 2_500),
                    (point.x, point.y),
                    (point.x + 700, point.y + 2_400),
                ]
            )
        )
    return _frame(
        lines,
        {
            "utility_id": ["D1", "D2", "D3"],
            "kind": ["power_line", "power_line", "telecom"],
            "voltage_kv": [500.0, 110.0, None],
        },
    )


def make_layers(parcel_count=360, grave_count=150):
    """Return the layers of the sample in drawing order."""
    axis, words = _axis(), labels.load_labels()
    corridor = _frame(
        [axis.buffer(32, cap_style="flat")], {"right_of_way_id": ["GPMB 1"], "alignment_id": ["T1"]}
    )
    parcels, communes = make_parcels(parcel_count), make_communes()
    sites = _frame(
        [
            Point(_offset(axis, 7_000, 420)).buffer(130, 1).envelope,
            Point(_offset(axis, 16_500, -450)).buffer(120, 1),
        ],
        {
            "cemetery_id": ["C1", "C2"],
            "name": ["Nghĩa trang Kỳ Văn", "Nghĩa trang Kỳ Hoa"],
            "capacity_count": [800, 620],
        },
    )
    line = _frame([axis], {"alignment_id": ["T1"], "name": ["Tuyến chính"]})
    named = [
        ("communes", "Xã", "Communes", communes, "commune_name", None),
        ("parcels", "Thửa đất", "Parcels", parcels, "parcel_id", None),
        (
            "land_take",
            "Đất thu hồi theo thửa",
            "Land take by parcel",
            _land_take(parcels, corridor),
            "parcel_id",
            "take_class",
        ),
        (
            "right_of_way",
            "Phạm vi giải phóng mặt bằng",
            "Right of way",
            corridor,
            "right_of_way_id",
            None,
        ),
        ("cemeteries", "Nghĩa trang tiếp nhận", "Receiving cemeteries", sites, "name", None),
        (
            "structures",
            "Nhà và công trình",
            "Houses and structures",
            _structures(parcels),
            "structure_id",
            "use",
        ),
        ("utilities", "Hạ tầng kỹ thuật", "Utilities", _power_lines(axis), "utility_id", "kind"),
        ("alignments", "Tim tuyến", "Alignment", line, "alignment_id", None),
        ("graves", "Mộ", "Graves", make_graves(grave_count), "grave_id", "ownership"),
    ]
    groups = {
        "communes": both("Nền", "Context"),
        "parcels": both("Đất", "Land"),
        "land_take": both("Đất", "Land"),
        "right_of_way": both("Tuyến đường", "Route"),
        "alignments": both("Tuyến đường", "Route"),
    }
    return tuple(
        MapLayer(
            name=name,
            title=both(vietnamese, english),
            frame=frame,
            columns=layerdata.make_columns(
                frame, [c for c in frame.columns if c not in ("geometry", "secret_phone")], words
            ),
            style=name,
            group=groups.get(name, both("Công trình, mồ mả", "Structures and graves")),
            class_column=classed,
            title_column=title,
        )
        for name, vietnamese, english, frame, title, classed in named
    )


def make_content(parcel_count=360, grave_count=150, *, language="vi"):
    """Return a whole page of the sample."""
    words = labels.load_labels()
    layers = make_layers(parcel_count, grave_count)
    frames = {layer.name: layer.frame for layer in layers}
    return PageContent(
        title=both("Cao tốc Bắc – Nam, đoạn qua Kỳ Anh", "North–South Expressway through Kỳ Anh"),
        subtitle=both("Bản đồ phạm vi ảnh hưởng", "Affected area"),
        language=language,
        layers=layers,
        tables=_tables(frames["land_take"], frames["communes"]),
        ticks=_ticks(_axis()),
        statement=Statement(
            profile="committee",
            notices=(words.both("map.synthetic"),),
            facts=(
                (words.both("map.date"), "2025-10-31"),
                (words.both("map.crs"), "EPSG:9209 VN-2000 / TM-3 105-30"),
                (words.both("map.source"), both("Dữ liệu mẫu", "Sample data")),
            ),
        ),
        labels=words,
    )
