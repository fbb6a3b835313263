"""Alternatives beside each other: each alignment, or version of the boundary, on its own.

In the tables ground that two alignments share counts once. Whoever chooses between them asks
what each would take alone, so every alternative is measured for itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from geotool.communes import units as communes
from geotool.pipeline.assess import Assessment
from geotool.pipeline.graves import measure_graves
from geotool.pipeline.ground import Ground
from geotool.pipeline.land import take_land, take_structures
from geotool.pipeline.published_ground import without_traces
from geotool.pipeline.published_view import as_one
from geotool.pipeline.stats import KINDS
from geotool.route import corridor
from geotool.route.axis import Axis
from geotool.route.versions import list_versions, select_version
from geotool.share.tables import Table, TableColumn

ALIGNMENT, VERSION = "alignment_id", "version"
_MEASURED_BY = MappingProxyType(
    {
        "alignments": "ground",
        "right_of_way": "ground",
        "land_take": "land",
        "households": "land",
        "organisations": "land",
        "structures": "structures",
        "graves": "graves",
    }
)
DIVIDED = tuple(_MEASURED_BY)
"""Layers of which each alternative has its own."""

COUNTED_BY = MappingProxyType(
    {
        "land_take": "parcel_id",
        "households": "household_id",
        "organisations": "organisation_id",
        "structures": "structure_id",
        "graves": "grave_id",
    }
)
"""The column that tells whether two alternatives meet the same thing, by layer."""

_FIGURES = (
    "alignment_length_m",
    "corridor_area_m2",
    "affected_area_m2",
    "uncovered_area_m2",
    "parcel_count",
    "full_count",
    "household_count",
    "relocated_count",
    "organisation_count",
    "structure_count",
    "dwelling_count",
    "grave_right_of_way_count",
)


@dataclass(frozen=True)
class Alternatives:
    """What is compared: the column that tells alternatives apart, and each measured alone.

    ``column`` is None, and ``measured`` empty, where there is only one alternative.
    """

    column: str | None
    measured: Mapping[str, Assessment]


def measure_alternatives(found: Assessment, column: str, *, public: bool) -> Alternatives:
    """Return the alternatives of a project.

    Parameters
    ----------
    found
        The assessment.
    column
        ``alignment_id``: the alignments, else (where there is one) the versions of the layer
        right_of_way. ``version``: the versions.
    public
        Measure nothing but the ground: figures of two alternatives can be subtracted. Each is
        drawn as one area, as nobody checked how few donate or lend land in the others.
    """
    grounds: dict[str, Ground] = {}
    if column == ALIGNMENT:
        grounds = dict(_by_alignment(found))
    if len(grounds) < 2:
        column, grounds = VERSION, dict(_by_version(found))
    if len(grounds) < 2:
        return Alternatives(None, {})
    measured = {key: _measured(found, ground, public) for key, ground in grounds.items()}
    return Alternatives(column, measured)


def alternatives_table(alternatives: Alternatives) -> Table:
    """Return the headline figures of each alternative, of which there are two or more."""
    column = str(alternatives.column)
    rows = [{column: key, **one.totals} for key, one in alternatives.measured.items()]
    columns = [TableColumn(name, KINDS.get(name, "count")) for name in _FIGURES if name in rows[0]]
    notes = ("tables.alternatives_note",)
    return Table("alternatives", (TableColumn(column), *columns), rows, notes=notes)


def join_layers(
    alternatives: Alternatives,
    frames: Mapping[str, Mapping[str, gpd.GeoDataFrame]],
    parts: Mapping[str, Mapping[str, pd.DataFrame]],
) -> tuple[dict[str, gpd.GeoDataFrame], dict[str, pd.DataFrame]]:
    """Return the layers of all alternatives below each other, and their parts.

    Parameters
    ----------
    alternatives
        From :func:`measure_alternatives`, two or more.
    frames, parts
        Layers and parts of each alternative, by key and then by name; parts may be left out.

    Returns
    -------
    tuple
        Layers and parts by name, each row with the key of its alternative in
        ``alternatives.column``. Structures and graves that it does not meet are left out.
    """
    column = str(alternatives.column)
    layers: dict[str, gpd.GeoDataFrame] = {}
    divided: dict[str, pd.DataFrame] = {}
    for name, part in _MEASURED_BY.items():
        own = {
            key: _own(frames[key][name], name, column, key)
            for key, one in alternatives.measured.items()
            if name in frames[key] and getattr(one, part) is not None
        }
        own = {key: frame for key, frame in own.items() if len(frame)}
        if not own:
            continue
        layers[name] = gpd.GeoDataFrame(
            pd.concat(list(own.values()), ignore_index=True), crs=next(iter(own.values())).crs
        )
        if all(name in parts.get(key, ()) for key in own):
            divided[name] = _stacked({key: parts[key][name] for key in own}, own, column)
    return layers, divided


def _own(frame: gpd.GeoDataFrame, name: str, column: str, key: str) -> gpd.GeoDataFrame:
    if name == "alignments":
        return frame[frame[ALIGNMENT] == key] if column == ALIGNMENT else frame
    if name == "structures":
        frame = frame[frame["taken"] == "yes"]
    elif name == "graves":
        frame = frame[frame["zone"] != "none"]
    return frame.assign(**{column: key})


def _stacked(
    parts: Mapping[str, pd.DataFrame], frames: Mapping[str, gpd.GeoDataFrame], column: str
) -> pd.DataFrame:
    """Return parts below each other, their rows counted on from frame to frame."""
    rows, start = [], 0
    for key, own in parts.items():
        rows.append(own.assign(row=own["row"] + start, **{column: key}))
        start += len(frames[key])
    return pd.concat(rows, ignore_index=True)


def _measured(found: Assessment, ground: Ground, public: bool) -> Assessment:
    inputs = found.inputs
    bare = replace(
        found,
        ground=ground,
        land=None,
        structures=None,
        crossings=None,
        quarries=None,
        graves=None,
        landmarks=None,
        handover=None,
        changes=None,
        severance=None,
        strips=None,
        lengths=None,
        problems=(),
    )
    if public:
        whole = as_one(ground)
        return replace(bare, ground=replace(whole, right_of_way=without_traces(whole.right_of_way)))
    structures = take_structures(inputs, ground)
    return replace(
        bare,
        structures=structures,
        land=take_land(inputs, ground, structures),
        graves=measure_graves(inputs, ground, margin_m=None, on=found.on),
    )


def _by_alignment(found: Assessment) -> Iterator[tuple[str, Ground]]:
    """Yield the ground of each alignment, rows that name none cut where the next is nearer."""
    whole = found.ground
    if whole is None or len(whole.axes) < 2:
        return
    rows = whole.right_of_way
    named = rows[ALIGNMENT].fillna("") if ALIGNMENT in rows else pd.Series("", index=rows.index)
    loose = rows[named == ""]
    nearest = corridor.split_sections(loose, whole.axes, None) if len(loose) else None
    for axis in whole.axes:
        own = [rows[named == axis.alignment_id]]
        if nearest is not None:
            part = nearest[nearest[ALIGNMENT] == axis.alignment_id]
            own.append(part.assign(right_of_way_id=axis.alignment_id).drop(columns="section_id"))
        strip = gpd.GeoDataFrame(pd.concat(own, ignore_index=True), crs=rows.crs)
        if len(strip):
            yield axis.alignment_id, _ground(found, whole, [axis], strip)


def _by_version(found: Assessment) -> Iterator[tuple[str, Ground]]:
    """Yield the ground of each version of the layer right_of_way, where that is what holds."""
    drawn, whole = found.inputs.get("right_of_way"), found.ground
    choice = found.inputs.project.corridor
    if drawn is None or whole is None or (choice is not None and choice.source != "right_of_way"):
        return
    for version in list_versions(drawn):
        yield version, _ground(found, whole, whole.axes, select_version(drawn, version)[0])


def _ground(
    found: Assessment, whole: Ground, axes: Sequence[Axis], strip: gpd.GeoDataFrame
) -> Ground:
    named = [axis.alignment_id for axis in axes]
    sections = whole.sections[whole.sections[ALIGNMENT].isin(named)].reset_index(drop=True)
    section_cells = corridor.split_sections(strip, axes, sections)
    shapes, cells = found.inputs.get("communes"), section_cells
    if shapes is not None and not shapes.empty:
        cells = communes.split_by_commune(section_cells, shapes)
    return Ground(axes, sections, strip, section_cells, cells)
