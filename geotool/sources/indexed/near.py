"""The rows of a canonical layer near a corridor; the whole layer where it has no index."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geotool import crs
from geotool.aliases import canonical_layer_name, match_columns
from geotool.errors import CrsError, CrsMismatchError, SchemaError
from geotool.pieces import cut_pieces
from geotool.records import LayerSchema, Problem, load_schema, make_problem
from geotool.sources import files
from geotool.sources.files import Source
from geotool.sources.indexed import plain, raw_rows
from geotool.sources.indexed.near_read import NearRead, read_of_frame
from geotool.sources.indexed.near_rows import (
    IndexedLayer,
    NearRows,
    StaleIndexError,
    Surroundings,
)
from geotool.sources.indexed.openers import open_source_index
from geotool.sources.records import AUTO, LayerRead, ReadOptions

if TYPE_CHECKING:
    import geopandas as gpd

Shapes = NDArray[np.object_]

WHOLE_ROWS = 10_000
"""A layer of no more rows is read whole, and so checked as a whole, whatever index it has."""

_STALE = "a spatial index that is out of date"
_NO_OPTIONS = ReadOptions()
_SMALL = 1000  # rows of a layer that is read whole without a frame
_COLLECTION = 7  # types of shapes above it are curves, which the library below straightens


def read_near(
    source: Path | str,
    corridor: "Surroundings | gpd.GeoDataFrame",
    *,
    layer: str = "parcels",
    columns: Sequence[str] | None = None,
    options: ReadOptions | None = None,
) -> NearRead:
    """Read the rows of a layer whose shapes are near a corridor, through the source's own index.

    A GeoPackage is asked through its R-tree, FlatGeobuf through its packed index, GeoParquet
    through the boxes of its row groups, PostGIS through its index. A source without an index
    is read whole, with a notice; a small one is read whole so that every row of it is checked.
    Of rows far away in a large one nothing is known.

    Parameters
    ----------
    source
        A file, ``file#sublayer`` or ``postgresql://...#schema.table``.
    corridor
        Boxes and their system, or a frame of polygons in the coordinates of the layer.
    layer
        Name of the layer the source is read as, singular or plural.
    columns
        Canonical names of the columns wanted, the key is always among them; None for all that
        the layer's schema knows.
    options
        How it is read, as for ``sources.read_layer``.

    Returns
    -------
    NearRead
        The rows of ``read_layer`` whose box meets one of the boxes, and perhaps some more, in
        the same order with the same cells.

    Raises
    ------
    UsageError
        When there is no such source or layer.
    CrsMismatchError
        When layer and corridor are in two projected systems.
    DataError
        As ``sources.read_layer``, of the rows read.
    """
    options = options or ReadOptions()
    name = canonical_layer_name(layer, project_dir=options.project_dir)
    schema = load_schema(name, project_dir=options.project_dir)
    opened = files.open_source(source, options.sublayer)
    around = corridor if isinstance(corridor, Surroundings) else _around(corridor)
    wish = Wish(source, schema, around, columns, options)
    if not _may_be_asked(schema, options):
        return _whole(wish)
    found, lacks = None, _STALE
    with suppress(StaleIndexError), open_source_index(opened, schema) as indexed:
        found = None if indexed is None else _near(indexed, wish)
        lacks = "no spatial index" if indexed is None else ""
    read = found or _whole(wish)
    return _say_no_index(read, opened, wish, lacks) if lacks else read


def _around(corridor: "gpd.GeoDataFrame") -> Surroundings:
    unit = crs.require_projected(corridor, "corridor")
    shapes = np.asarray(corridor.geometry.to_numpy(), dtype=object)
    pieces = cut_pieces(shapes, metres_per_unit=unit)
    return Surroundings(shapely.bounds(pieces.shapes), crs.code_of(corridor.crs))


def read_plain(path: Path | str, layer: str) -> NearRead | None:
    """Read a small layer of which no rule of reading has anything to say; see ``sources``."""
    schema = load_schema(canonical_layer_name(layer))
    source = files.open_source(path)
    if source.kind != "gpkg":
        return None
    everywhere = np.array([[-np.inf, -np.inf, np.inf, np.inf]])
    with suppress(StaleIndexError), open_source_index(source, schema) as indexed:
        if indexed is None or not 0 < indexed.facts.feature_count <= _SMALL:
            return None
        around = Surroundings(everywhere, str(indexed.facts.crs))
        wish = Wish(path, schema, around, None, _NO_OPTIONS)
        facts = indexed.facts
        names = wish.own_columns(facts.columns)
        if names is None or facts.crs is None or wish.choices(facts.columns):
            return None
        try:
            rows = indexed.read_near(everywhere, list(names))
        except NotImplementedError:  # of curves
            return None
        return _plain(rows, names, indexed, wish) if _is_whole(rows, indexed) else None
    return None


def _is_whole(rows: NearRows, indexed: IndexedLayer) -> bool:
    """Return whether rows are all of a layer: none is without a shape."""
    return len(rows.shapes) == indexed.facts.feature_count


@dataclass(frozen=True)
class Wish:
    """What is asked: rows of which layer, near which boxes, with which columns."""

    path: Path | str
    schema: LayerSchema
    around: Surroundings
    columns: Sequence[str] | None
    options: ReadOptions

    def own_columns(self, names: Sequence[str]) -> dict[str, str] | None:
        """Return column of the file -> canonical column; None when the rules must decide."""
        try:
            match = match_columns(
                names, self.schema, project_dir=self.options.project_dir, maybe_cut=True
            )
        except SchemaError:
            return None
        if self.schema.key not in match.mapping.values():
            return None
        required = (column.name for column in self.schema.columns if column.required)
        told = match.mapping.values() if self.columns is None else self.columns
        wanted = {*required, *told}
        return {own: name for own, name in match.mapping.items() if name in wanted}

    def choices(self, names: Sequence[str]) -> tuple[Problem, ...]:
        """Return what is to be said of columns that could be the same, of names that match."""
        project_dir = self.options.project_dir
        match = match_columns(names, self.schema, project_dir=project_dir, maybe_cut=True)
        return tuple(match.notices)


def _may_be_asked(schema: LayerSchema, options: ReadOptions) -> bool:
    """Return whether some rows of a source mean the same alone as among all others."""
    told = options.plan is not None or options.salvage or options.src_crs == AUTO
    return bool(schema.geometry) and not (told or schema.merge_rows)


def _near(indexed: IndexedLayer, wish: Wish) -> NearRead | None:
    """Return the rows near; None where only the whole layer tells what they are."""
    facts, told = indexed.facts, wish.options.src_crs
    names = wish.own_columns(facts.columns)
    system = facts.crs if told is None else told
    if names is None or system is None or facts.feature_count <= WHOLE_ROWS:
        return None
    rows = _straight_rows(indexed, names, wish) if _is_in(system, wish) else None
    if rows is None:
        return None
    if not len(rows.shapes):
        otherwise = _is_written_otherwise(indexed, system, wish)
        return None if otherwise else _nothing(indexed, names, wish)
    if not _mean_the_same_alone(rows, names, wish.schema):
        return None
    found = make_canonical(rows, names, indexed, wish)
    return replace(found, problems=(*wish.choices(facts.columns), *found.problems))


def _straight_rows(indexed: IndexedLayer, names: Mapping[str, str], wish: Wish) -> NearRows | None:
    """Return the rows near; None where some are curves, which the whole read straightens."""
    try:
        rows = indexed.read_near(wish.around.boxes, list(names))
    except NotImplementedError:
        return None
    return None if (shapely.get_type_id(rows.shapes) > _COLLECTION).any() else rows


def _is_written_otherwise(indexed: IndexedLayer, system: str, wish: Wish) -> bool:
    """Return whether rows lie where the corridor is, with their coordinates in another way.

    The northing may come first, the unit be a millimetre or a zone number stand before the
    easting: the rules of reading put that right.
    """
    kind = crs.writing_kind(crs.code_of(system))
    if kind is None:
        return False
    (x0, y0), (x1, y1) = wish.around.boxes[:, :2].min(axis=0), wish.around.boxes[:, 2:].max(axis=0)
    ways = crs.recognise([x0], [y0], kind).ways
    boxes = [_box_in(way, (x0, y0, x1, y1)) for way in ways if not way.plain]
    return len(indexed.read_near(np.array(boxes, dtype=np.float64), []).shapes) > 0


def _box_in(way: "crs.Writing", box: tuple[float, float, float, float]) -> list[float]:
    """Return a box as coordinates written in some way have it."""
    shift, scale = way.zone * 1e6, 1000.0 if way.unit == "mm" else 1.0
    x0, y0, x1, y1 = (place * scale for place in (box[0] + shift, box[1], box[2] + shift, box[3]))
    return [y0, x0, y1, x1] if way.axes == "yx" else [x0, y0, x1, y1]


def _nothing(indexed: IndexedLayer, names: Mapping[str, str], wish: Wish) -> NearRead:
    """Return a read of no rows."""
    facts = indexed.facts
    return NearRead(
        path=files.shown_name(wish.path),
        layer=wish.schema.name,
        columns={name: [] for name in names.values()},
        shapes=np.empty(0, dtype=object),
        crs=crs.code_of(str(facts.crs or wish.around.crs)),
        feature_count=facts.feature_count,
        index=facts.index,
    )


def _mean_the_same_alone(rows: NearRows, names: Mapping[str, str], schema: LayerSchema) -> bool:
    """Return whether rows mean the same alone as among all others of the layer.

    Texts are read as numbers in the way that others of their column show, and keys are made
    where a layer has none at all.
    """
    for own, name in names.items():
        cells = rows.columns[own]
        if name == schema.key and all(cell is None for cell in cells):
            return False
        is_number = schema.column(name).type in ("number", "integer")
        if is_number and any(isinstance(cell, str) for cell in cells):
            return False
    return True


def make_canonical(
    rows: NearRows, names: Mapping[str, str], indexed: IndexedLayer, wish: Wish
) -> NearRead:
    """Return rows as the layer wants them, by the rules of :func:`read_near`.

    ``names`` maps their columns to canonical ones.
    """
    read = None
    if wish.options == _NO_OPTIONS and not raw_rows.notes_on(indexed):
        read = _plain(rows, names, indexed, wish)
    return read or _ruled(rows, indexed, wish)


def _plain(
    rows: NearRows, names: Mapping[str, str], indexed: IndexedLayer, wish: Wish
) -> NearRead | None:
    facts = indexed.facts
    columns = plain.plain_columns(rows, names, wish.schema)
    if columns is None or not plain.has_plain_shapes(rows.shapes, wish.schema, str(facts.crs)):
        return None
    return NearRead(
        path=files.shown_name(wish.path),
        layer=wish.schema.name,
        columns=columns,
        shapes=rows.shapes,
        crs=crs.code_of(str(facts.crs)),
        feature_count=facts.feature_count,
        index=facts.index,
    )


def _ruled(rows: NearRows, indexed: IndexedLayer, wish: Wish) -> NearRead:
    """Return rows after all rules of reading, as a read of the whole layer gives them."""
    from geotool.sources import reading

    raw = raw_rows.make_raw_layer(rows, indexed)
    read = reading.read_rows(wish.path, wish.schema.name, raw, wish.options)
    found = read_of_frame(read, wish.columns)
    return replace(found, feature_count=indexed.facts.feature_count, index=indexed.facts.index)


def _whole(wish: Wish) -> NearRead:
    """Return the rows near of a layer that is read whole."""
    from geotool.sources import reading

    read = reading.read_layer(wish.path, wish.schema.name, wish.options)
    return replace(read_of_frame(_nearby(read, wish), wish.columns), feature_count=len(read.frame))


def _say_no_index(found: NearRead, source: Source, wish: Wish, lacks: str) -> NearRead:
    """Return a layer with the notice that all of it was read for want of an index."""
    if not found.feature_count:
        return found
    shown = files.shown_name(wish.path)
    text = (
        f"{shown} ({source.label}) has {lacks}: all of its {found.feature_count:,} rows were read."
    )
    notice = make_problem(
        "no_spatial_index", wish.schema.name, text, project_dir=wish.options.project_dir
    )
    return replace(found, problems=(*found.problems, notice))


def _nearby(read: LayerRead, wish: Wish) -> LayerRead:
    """Return the rows of a whole layer whose box meets one of the boxes."""
    frame: Any = read.frame
    if frame.crs is None or not crs.same(frame.crs, wish.around.crs):
        return read
    tree = shapely.STRtree(frame.geometry.to_numpy())
    rows = np.unique(tree.query(shapely.box(*wish.around.boxes.T))[1])
    return replace(read, frame=frame.iloc[rows].reset_index(drop=True))


def _is_in(system: str, wish: Wish) -> bool:
    """Return whether a layer is in the system of the corridor; refuse another projected one."""
    if system == wish.around.crs:
        return True
    try:
        own, other = crs.resolve(system), crs.resolve(wish.around.crs)
        crs.require_projected(own, files.shown_name(wish.path))
    except CrsError:  # said by the rules of reading, or by what measures
        return False
    if not crs.same(own, other) and wish.options.dst_crs is None:
        raise CrsMismatchError(
            f"{files.shown_name(wish.path)} is in {crs.name_of(own)}, the corridor in "
            f"{crs.name_of(other)}.",
            remedy="Convert one of them: geotool convert --dst-crs.",
        )
    return crs.same(own, other)
