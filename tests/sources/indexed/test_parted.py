"""Rows of several parts become one layer, in which no key occurs twice."""

from dataclasses import replace

import numpy as np
import pytest
import shapely

from geotool.errors import SchemaError
from geotool.records import make_problem
from geotool.sources.indexed.near_read import NearRead
from geotool.sources.indexed.parted import join_reads

BLANK = NearRead(
    path="folder",
    layer="parcels",
    columns={"parcel_id": []},
    shapes=np.zeros(0, dtype=object),
    crs="EPSG:9209",
    feature_count=1000,
    index="the boxes",
)


def part(*keys, **columns):
    shapes = np.array([shapely.box(0, 0, 1, 1)] * len(keys), dtype=object)
    return replace(BLANK, columns={"parcel_id": list(keys), **columns}, shapes=shapes)


def test_rows_follow_each_other_part_by_part():
    joined = join_reads(BLANK, {"a": part("P1", "P2"), "b": part("P9"), "c": part("P5")})
    assert joined.columns == {"parcel_id": ["P1", "P2", "P9", "P5"]}
    assert len(joined.shapes) == 4
    assert (joined.feature_count, joined.index, joined.path) == (1000, "the boxes", "folder")


def test_numbers_stay_numbers_and_a_missing_column_is_empty():
    areas = np.array([1.5, np.nan])
    joined = join_reads(
        BLANK,
        {
            "a": part("P1", "P2", document_area_m2=areas, land_type=["LUC", None]),
            "b": part("P3", document_area_m2=np.array([7.0])),
        },
    )
    assert isinstance(joined.columns["document_area_m2"], np.ndarray)
    assert np.array_equal(joined.columns["document_area_m2"], [1.5, np.nan, 7.0], equal_nan=True)
    assert joined.columns["land_type"] == ["LUC", None, None]


def test_a_key_of_two_parts_is_refused_with_both_named():
    with pytest.raises(SchemaError, match=r"parcel_id P2 occurs 2 times \(in a, c\)") as refused:
        join_reads(BLANK, {"a": part("P1", "P2"), "b": part("P3"), "c": part("P2")})
    assert [problem.rule for problem in refused.value.problems] == ["repeated_key"]


def test_what_all_parts_say_is_said_once_and_repairs_are_all_named():
    notice = make_problem("heights_dropped", "parcels", "Heights were dropped.")
    first = replace(part("P1"), problems=(notice,), repaired=("P1",))
    second = replace(part("P2"), problems=(notice,), repaired=("P2",))
    joined = join_reads(BLANK, {"a": first, "b": second})
    assert joined.problems == (notice,)
    assert joined.repaired == ("P1", "P2")


def test_no_parts_are_a_layer_without_rows():
    joined = join_reads(BLANK, {})
    assert joined.columns == {"parcel_id": []}
    assert len(joined.shapes) == 0
