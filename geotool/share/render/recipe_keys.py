"""What a recipe holds, and the words it may use: sources, tables, parts of features."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

COMPUTED_SOURCES = (
    "blockers",
    "boundary_changes",
    "cells",
    "crossings",
    "findings",
    "handover",
    "land_take",
    "land_take_by_section",
    "remainders",
    "strips",
)
COMPUTED_TABLES = (
    "totals",
    "alternatives",
    "land_take_by_commune",
    "land_take_by_section",
    "land_take_by_land_type",
    "land_take_by_basis",
    "boundary_changes",
    "donations",
    "donors",
    "severance_totals",
    "severance",
    "holder_shares",
    "strips",
    "strip_rules",
    "lengths",
    "calibration_intervals",
    "axis_corners",
    "households_by_commune",
    "households_by_section",
    "organisations",
    "parcels",
    "households",
    "structures",
    "crossings_by_voltage",
    "quarries",
    "graves_by_commune",
    "graves_by_section",
    "cemeteries",
    "landmarks_by_commune",
    "landmark_roads",
    "handover",
    "handover_by_section",
    "blockers",
    "findings",
)
SCHEMAS = MappingProxyType({"land_take": "parcels", "crossings": "utilities"})
"""The layer whose schema the columns of a computed source are of."""

_PLACES = ("commune_id", "section_id", "alignment_id")
_AREAS = ("affected_area_m2", "recovered_area_m2", "donated_area_m2", "temporary_area_m2")
PART_FILTERS = MappingProxyType(
    {
        "land_take": (*_PLACES, "basis"),
        "households": _PLACES,
        "organisations": _PLACES,
        "blockers": ("section_id", "alignment_id"),
    }
)
"""Columns of the parts into which the features of a source are divided by place."""

PART_SUMS = MappingProxyType(
    {"land_take": _AREAS, "households": _AREAS, "organisations": _AREAS, "blockers": ()}
)
"""The number columns of these parts; features divided by place add up in no other."""

_CELL_AREAS = ("corridor_area_m2", *_AREAS, "overlap_area_m2", "uncovered_area_m2")
_CLASS_COUNTS = ("full_count", "partial_count")
_RANGE = ("from_chainage_m", "from_zone", "to_chainage_m", "to_zone", "side", "state")
_HOLDERS = (
    *_PLACES,
    *_AREAS,
    *("affected", "relocated", "residential", "placed_at"),
    *("parcel_count", "full_count", "structure_count", "dwelling_count"),
)
_STRIPS = (
    *("strip", "alignment_id", "bridge_id", "utility_id", "road_class", "voltage_kv"),
    *("width_m", "area_m2", "structure_count", "dwelling_count", "citation", "confirmed"),
)
_COMMUNES = (
    *_CELL_AREAS,
    *_CLASS_COUNTS,
    *("length_m", "parcel_count", "household_count", "relocated_count", "residential_count"),
    *("organisation_count", "structure_count", "grave_count", "grave_right_of_way_count"),
    *("moved_count", "landmark_count", "served_count", "road_km", "border_km"),
    *("affected_share", "relocated_share", "moved_share", "served_share"),
)
_REMAINDERS = (
    *("parcel_id", "piece_no", "piece_count", "land_type", *_PLACES, "area_m2", "width_m"),
    *("access", "landlocked", "residual", "residual_reason", "confirmed", "remainder_m2"),
)
COMPUTED_COLUMNS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "alignments": ("length_m",),
        "blockers": (*_RANGE, "alignment_id", "cause", "subject", "subject_id", "document_no"),
        "boundary_changes": ("parcel_id", "land_type", "commune_id", "change", "basis", "area_m2"),
        "cells": (*_PLACES, *_CELL_AREAS),
        "cemeteries": (*_PLACES, "capacity_count", "assigned_count", "room_count"),
        "communes": _COMMUNES,
        "crossings": (*_PLACES, "chainage_m", "measure_m", "length_m"),
        "findings": (*("rule", "severity", "layer", "key", "place", "side", "message", "remedy"),),
        "graves": (
            *("alignment_id", "section_id", "chainage_m", "side", "offset_m", "zone"),
            *("distance_m", "moved", "cemetery_id", "reason"),
        ),
        "handover": (*_RANGE, "alignment_id", "section_id", "length_m", "area_m2"),
        "households": _HOLDERS,
        "land_take": (*_AREAS, "drawn_area_m2", "remainder_m2", "take_class", "taken_share"),
        "land_take_by_section": ("section_id", "affected_count", *_CLASS_COUNTS, *_CELL_AREAS),
        "landmark_roads": ("length_m",),
        "landmarks": ("served", "computed_access", "distance_m"),
        "organisations": _HOLDERS,
        "quarries": _PLACES,
        "remainders": _REMAINDERS,
        "resettlement_sites": _PLACES,
        "strips": _STRIPS,
        "structures": (*_PLACES, "taken", "affected_area_m2"),
    }
)
"""The columns geotool adds to each source, beyond those of its schema."""

ALIGNMENT, VERSION = "alignment_id", "version"
"""Compare columns for which every alternative is measured for itself."""


@dataclass(frozen=True)
class Mistake:
    """One mistake of a recipe: where in the file, what is wrong, what was perhaps meant.

    ``remedy`` says what to do where that is neither to write what was meant nor in the text.
    """

    key: str
    text: str
    meant: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        """Return the mistake as a sentence part."""
        return f"{self.text} (did you mean '{self.meant}'?)" if self.meant else self.text


def unknown(key: str, text: str, word: str, known: Collection[str]) -> Mistake:
    """Return the mistake that a word is none of those known, with the nearest of them."""
    near = get_close_matches(word, sorted(known), n=1)
    if near:
        return Mistake(key, text, near[0])
    return Mistake(key, f"{text} (known: {', '.join(sorted(known)) or 'none'})")


@dataclass(frozen=True)
class RecipeLayer:
    """One layer of a recipe.

    Parameters
    ----------
    source
        Name of a project layer or of a computed one (``COMPUTED_SOURCES``).
    style
        Key of ``styles.toml``.
    columns
        The only columns that reach the page, in the order of the card.
    class_column
        Column whose values choose the symbol; None for one symbol.
    title_column
        Column that heads the card and is searched.
    group
        Heading in the list of layers, by language, or None.
    title
        Name in the list of layers, by language; None for the words ``layers.<source>``.
    visible
        Whether the layer is shown when the page opens.
    filters
        Columns by which the page filters: of ``columns`` or ``PART_FILTERS``.
    sums
        Number columns the page adds up: of ``PART_SUMS`` where the source has parts, else of
        ``columns``.
    indicators
        Number columns of ``columns`` that areas may be coloured by, the first at the beginning.
    main
        Whether it is the layer the map is about: charts and tables begin with it.
    """

    source: str
    style: str
    columns: tuple[str, ...]
    class_column: str | None = None
    title_column: str | None = None
    group: Mapping[str, str] | None = None
    title: Mapping[str, str] | None = None
    visible: bool = True
    filters: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    indicators: tuple[str, ...] = ()
    main: bool = False


@dataclass(frozen=True)
class Recipe:
    """A map: its title, its layers in drawing order (the first lies lowest) and its tables.

    Parameters
    ----------
    compare_column
        Filter column by which two panes beside each other differ; None for one pane.
    date_slider
        Whether the handover is shown for the date chosen in the page.
    subject
        Sources the map is about, of which it must show one; empty for any but background.
    """

    name: str
    title: Mapping[str, str]
    layers: tuple[RecipeLayer, ...]
    tables: tuple[str, ...] = field(default=())
    compare_column: str | None = None
    date_slider: bool = False
    subject: tuple[str, ...] = ()
