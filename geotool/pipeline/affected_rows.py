"""The rows and tables of ``affected``: one a feature, or one a feature x commune x section."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from geotool import outputs
from geotool.affected.take import BASIS_AREAS, Column, Columns, Take
from geotool.errors import UsageError
from geotool.pieces import Shapes
from geotool.share.tables import Kind, Table, TableColumn, is_empty

if TYPE_CHECKING:
    import pandas as pd

    from geotool.affected.features import FeatureTake

_WHOLE = ("remainder_m2", "taken_share", "take_class")
_CARRIED = ("sheet_no", "parcel_no", "land_type", "drawn_area_m2", *_WHOLE)
_CORRIDOR = "corridor"
_KINDS: dict[str, Kind] = {
    "affected_area_m2": "area_m2",
    "overlap_area_m2": "area_m2",
    "uncovered_area_m2": "area_m2",
    **dict.fromkeys(BASIS_AREAS, "area_m2"),
    "corridor_area_m2": "area_m2",
    "affected_length_m": "length_m",
    "length_m": "length_m",
    "affected_count": "count",
    "full_count": "count",
    "partial_count": "count",
    "feature_count": "count",
}
_TOTALS = (
    "feature_count",
    "affected_count",
    "full_count",
    "partial_count",
    "corridor_area_m2",
    "affected_area_m2",
    *BASIS_AREAS,
    "overlap_area_m2",
    "uncovered_area_m2",
    "affected_length_m",
    "length_m",
)


@dataclass(frozen=True)
class Rows:
    """Rows to be written: columns of cells, and how to make their shapes where they have some."""

    columns: Columns
    shapes: Callable[[], Shapes] | None = None
    crs: str | None = None

    @classmethod
    def of_frame(cls, frame: "pd.DataFrame") -> "Rows":
        """Return the rows of a frame without shapes."""
        return cls({str(name): frame[name].to_numpy() for name in frame.columns})

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))

    def frame(self) -> "pd.DataFrame":
        """Return the rows as a frame, with shapes where they have some."""
        import geopandas as gpd
        import pandas as pd

        plain = pd.DataFrame({n: pd.Series(c, dtype=c.dtype) for n, c in self.columns.items()})
        if self.shapes is None:
            return plain
        drawn: pd.DataFrame = gpd.GeoDataFrame(plain, geometry=self.shapes(), crs=self.crs)
        return drawn


def records(groups: Union[Columns, "pd.DataFrame"]) -> list[dict[str, Any]]:
    """Return rows as mappings; an empty key or a missing number becomes None."""
    columns = {name: np.asarray(groups[name]).tolist() for name in map(str, groups)}
    return [
        dict(zip(columns, (None if is_empty(c) or c == "" else c for c in row), strict=True))
        for row in zip(*columns.values(), strict=True)
    ]


def parcel_rows(take: Take, system: str, *, split: bool) -> Rows:
    """Return one row a touched parcel, or one a parcel x commune x section.

    In the latter ``affected_area_m2`` is the part's, remainder_m2, taken_share and take_class
    are those of the whole parcel, and without communes commune_id is the parcel's own.
    """
    if not split:
        return Rows(take.parcels, take.parcel_shapes, system)
    places = {key: row for row, key in enumerate(take.parcels["parcel_id"].tolist())}
    whole = np.array([places.get(key, -1) for key in take.parts["parcel_id"].tolist()], dtype=int)
    carried = {name: _at(take.parcels[name], whole) for name in _CARRIED}
    ordered = _ordered({**take.parts, **carried}, "parcel_id")
    return Rows(ordered, take.part_shapes, system)


def feature_rows(take: "FeatureTake", key: str, *, split: bool) -> Rows:
    """Return one row a feature inside, or one a feature x commune x section."""
    whole = take.features.assign(
        remainder_m2=lambda rows: (rows["drawn_area_m2"] - rows["affected_area_m2"]).clip(lower=0.0)
    )
    if not split:
        inside = whole[whole["inside"]].drop(columns="inside")
        return Rows.of_frame(inside.sort_values(key, kind="stable"))
    carried = whole[[key, "drawn_area_m2", "drawn_length_m", *_WHOLE]]
    parts = take.parts.drop(columns=["geometry", "affected_count"])
    joined = parts.merge(carried, on=key, how="left")
    return Rows(_ordered(Rows.of_frame(joined).columns, key))


def join_rows(named: Sequence[tuple[str, Rows]]) -> Rows:
    """Return the rows of several corridors one after the other, their corridor first."""
    name_cells = [np.full(len(rows), name, dtype=object) for name, rows in named]
    all_names = dict.fromkeys(column for _, rows in named for column in rows.columns)
    columns = {
        column: np.concatenate([_column_or_blank(rows, column) for _, rows in named])
        for column in all_names
    }
    made = [rows.shapes for _, rows in named]

    def shapes() -> Shapes:
        return np.concatenate([make() for make in made if make is not None])

    drawn = shapes if all(make is not None for make in made) else None
    return Rows({_CORRIDOR: np.concatenate(name_cells), **columns}, drawn, named[0][1].crs)


def write(rows: Rows, output: str, *, overwrite: bool) -> None:
    """Write rows as CSV (also on stdout), or with their shapes as a layer.

    Raises
    ------
    UsageError
        When another format is asked for rows without shapes.
    """
    if output == outputs.STDOUT or output.lower().endswith(".csv"):
        outputs.write_table_csv(rows.columns, output, overwrite=overwrite)
        return
    if rows.shapes is None:
        raise UsageError(f"{output}: these rows have no shapes.", remedy="Write a .csv file.")
    outputs.write_layer(rows.frame(), output, layer="affected", overwrite=overwrite)


def tables(data: Mapping[str, Any]) -> tuple[Table, ...]:
    """Return the totals, and the groups where some were asked for."""
    shown = _shown_totals(data)
    columns = tuple(TableColumn(name, _KINDS[name]) for name in shown)
    total = Table("affected", columns, [{name: data[name] for name in shown}])
    return (total, *_groups_table(data["groups"]))


def comparison(results: Sequence[Mapping[str, Any]]) -> tuple[Table, ...]:
    """Return the totals of several corridors side by side, and their groups."""
    shown = [name for name in _TOTALS if any(name in _shown_totals(data) for data in results)]
    columns = (TableColumn(_CORRIDOR), *(TableColumn(name, _KINDS[name]) for name in shown))
    total = Table("affected", columns, results)
    groups = [{_CORRIDOR: data[_CORRIDOR], **row} for data in results for row in data["groups"]]
    return (total, *_groups_table(groups))


def _groups_table(groups: Sequence[Mapping[str, Any]]) -> tuple[Table, ...]:
    if not groups:
        return ()
    names = [name for name in groups[0] if any(row.get(name) is not None for row in groups)]
    kinds = [
        TableColumn(name, "text" if name == _CORRIDOR else _KINDS.get(name, "value"))
        for name in names
    ]
    return (Table("groups", tuple(kinds), groups),)


def _shown_totals(data: Mapping[str, Any]) -> list[str]:
    """Return the totals to show; those by basis only where not all of the land is recovered."""
    divided = any(data.get(name) for name in BASIS_AREAS[1:])
    return [name for name in _TOTALS if name in data and (divided or name not in BASIS_AREAS)]


def _at(column: Column, places: Column) -> Column:
    """Return the cells at some places, an empty one for -1."""
    blank = np.array([np.nan if column.dtype.kind == "f" else None], dtype=column.dtype)
    return np.append(column, blank)[places]


def _column_or_blank(rows: Rows, name: str) -> Column:
    column = rows.columns.get(name)
    return np.full(len(rows), None, dtype=object) if column is None else column


def _ordered(columns: Columns, key: str) -> Columns:
    """Put the keys first."""
    first = [key, "section_id", "commune_id"]
    return {name: columns[name] for name in dict.fromkeys([*first, *columns])}
