"""The rows of a canonical layer near a corridor; the whole layer where it has no index."""

import hashlib
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
from geotool.sources.indexed import plain
from geotool.sources.indexed.near_rows import (
    Cells,
    IndexedLayer,
    NearRows,
    StaleIndexError,
    Surroundings,
)
from geotool.sources.indexed.openers import open_source_index
from geotool.sources.records import AUTO, LayerRead, Note, ReadOptions

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Shapes = NDArray[np.object_]

WHOLE_ROWS = 10_000
"""A layer of no more rows is read whole, and so checked as a whole, whatever index it has."""

_STALE = "a spatial index that is out of date"
_NO_OPTIONS = ReadOptions()
_SMALL = 1000  # rows of a layer that is read whole without a frame
_COLLECTION = 7  # types of shapes above it are curves, which the library below straightens


@dataclass(frozen=True)
class NearRead:
    """Rows of a canonical layer, as arrays.

    Attributes
    ----------
    path, layer
        What was read, as what.
    columns
        Canonical name -> cells: text or None, numbers an array with NaN where empty.
    shapes
        Valid flat shapes, one a row.
    crs
        Code of their system, or its text where it has none.
    feature_count
        Rows in the whole layer, as the source counts them.
    repaired
        Keys of rows whose shape was invalid and was repaired.
    problems
        Everything that was noted while reading, worst first.
    index
        The index that was asked, in words; None where the whole layer was read.
    """

    path: str
    layer: str
    columns: Mapping[str, Cells]
    shapes: Shapes
    crs: str
    feature_count: int
    repaired: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    index: str | None = None

    def frame(self) -> "gpd.GeoDataFrame":
        """Return the rows as a frame."""
        import geopandas as gpd
        import pandas as pd

        columns = {
            name: pd.Series(cells, dtype=_dtype(cells)) for name, cells in self.columns.items()
        }
        return gpd.GeoDataFrame(columns, geometry=self.shapes, crs=self.crs)


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
    try:
        with open_source_index(opened, schema) as indexed:
            found = None if indexed is None else _near(indexed, wish)
    except StaleIndexError:
        return _say_no_index(_whole(wish), opened, wish, lacks=_STALE)
    if indexed is None:
        return _say_no_index(_whole(wish), opened, wish)
    return _whole(wish) if found is None else found


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
        wanted = {*required, *(self.columns or match.mapping.values())}
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
    """Return the rows near; None where only the whole layer tells what they are.

    A layer of which nothing is near may have its coordinates the other way round.
    """
    facts, told = indexed.facts, wish.options.src_crs
    names = wish.own_columns(facts.columns)
    system = facts.crs if told is None else told
    if names is None or system is None or facts.feature_count <= WHOLE_ROWS:
        return None
    if not _is_in(system, wish):
        return None
    try:
        rows = indexed.read_near(wish.around.boxes, list(names))
    except NotImplementedError:  # of curves, which a read of the whole layer straightens
        return None
    if not len(rows.shapes) or (shapely.get_type_id(rows.shapes) > _COLLECTION).any():
        return None
    if not _mean_the_same_alone(rows, names, wish.schema):
        return None
    found = make_canonical(rows, names, indexed, wish)
    return replace(found, problems=(*wish.choices(facts.columns), *found.problems))


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
    if wish.options == _NO_OPTIONS and not _notes_on(indexed):
        read = _plain(rows, names, indexed, wish)
    return read or _ruled(rows, indexed, wish)


def _notes_on(indexed: IndexedLayer) -> tuple[Note, ...]:
    """Return what the index has to say of how it was asked."""
    return tuple(getattr(indexed, "notes", ()))


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
    import geopandas as gpd
    import pandas as pd

    from geotool.sources import reading
    from geotool.sources.records import RawLayer

    cells = {name: pd.Series(list(column), dtype=object) for name, column in rows.columns.items()}
    frame = gpd.GeoDataFrame(
        {name: _typed(column) for name, column in cells.items()},
        geometry=rows.shapes,
        crs=indexed.facts.crs,
    )
    raw = RawLayer(
        frame=frame,
        sublayer=indexed.facts.sublayer,
        shapes=True,
        crs=indexed.facts.crs,
        records=tuple(int(number) for number in rows.numbers),
        digest=_digest(rows),
        notes=_notes_on(indexed),
    )
    read = reading.read_rows(wish.path, wish.schema.name, raw, wish.options)
    found = _of_frame(read, wish.columns)
    return replace(found, feature_count=indexed.facts.feature_count, index=indexed.facts.index)


def _typed(cells: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return a column of numbers as numbers, as a read of the whole layer has it."""
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds and kinds <= {int, float}:
        return cells.astype("float64") if cells.isna().any() else cells.infer_objects()
    return cells


def _digest(rows: NearRows) -> tuple[int, str]:
    """Return the size and the SHA-256 of rows: their shapes, then their cells by column."""
    hasher, size = hashlib.sha256(), 0
    texts = (repr(list(rows.columns[name])).encode() for name in sorted(rows.columns))
    for part in (b"".join(shapely.to_wkb(rows.shapes).tolist()), *texts):
        hasher.update(part)
        size += len(part)
    return size, hasher.hexdigest()


def _whole(wish: Wish) -> NearRead:
    """Return the rows near of a layer that is read whole."""
    from geotool.sources import reading

    read = reading.read_layer(wish.path, wish.schema.name, wish.options)
    return replace(_of_frame(_nearby(read, wish), wish.columns), feature_count=len(read.frame))


def _say_no_index(
    found: NearRead, source: Source, wish: Wish, *, lacks: str = "no spatial index"
) -> NearRead:
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


def _of_frame(read: LayerRead, columns: Sequence[str] | None) -> NearRead:
    """Return a layer read as a frame as arrays, with the columns allowed."""
    frame: Any = read.frame
    report = read.report
    names = [str(name) for name in frame.columns if name != "geometry"]
    if columns is not None:
        names = [name for name in names if name in {*columns, load_schema(report.layer).key}]
    return NearRead(
        path=report.path,
        layer=report.layer,
        columns={name: _cells(frame[name]) for name in names},
        shapes=np.asarray(frame.geometry.to_numpy(), dtype=object),
        crs=str(report.crs),
        feature_count=len(frame),
        repaired=report.repaired,
        problems=report.problems,
    )


def _cells(column: "pd.Series[Any]") -> Cells:
    if column.dtype.kind in "iuf":
        return np.asarray(column.to_numpy())
    cells = column.astype(object)
    return cells.where(cells.notna(), None).tolist()


def _dtype(cells: Cells) -> "np.dtype[Any] | type[object]":
    return cells.dtype if isinstance(cells, np.ndarray) else object


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
