"""Rows near boxes from a real PostGIS server, against a full scan of the whole table."""

import math
import subprocess
import sys
import uuid

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geotool import schema
from geotool.errors import ReadError
from geotool.sources import files
from geotool.sources.databases import postgis as whole_tables
from geotool.sources.databases import table_index, table_rows
from geotool.sources.indexed import near_postgis
from geotool.sources.records import ReadOptions

PARCELS = schema.load_schema("parcels")
FLOAT32_STEP = 0.5  # PostGIS rounds the boxes of its index outwards to single precision
SURVEYOR = f"surveyor_{uuid.uuid4().hex}"
EVERYWHERE = [[-1e7, -1e7, 1e7, 1e7]]


def source(database, table=None):
    return files.open_source(database.url if table is None else f"{database.url}#{table}")


def opened(database, table):
    return near_postgis.open_indexed(source(database, table), None)


def near(database, table, boxes, columns=None):
    with opened(database, table) as layer:
        wanted = layer.facts.columns if columns is None else columns
        return layer.read_near(np.array(boxes, dtype=float).reshape(-1, 4), wanted)


def has_index(database, table):
    with opened(database, table) as layer:
        return layer is not None


def whole(database, table):
    """Return shapes and rows of the whole table, as the reader of whole tables gives them."""
    raw = whole_tables.read_table(source(database, table), PARCELS, ReadOptions())
    cells = raw.frame.drop(columns="geometry")
    return np.array(raw.frame.geometry, dtype=object), list(
        zip(*map(plain, cells.items()), strict=True)
    )


def plain(item):
    return [None if isinstance(cell, float) and math.isnan(cell) else cell for cell in item[1]]


def rows_of(found):
    return list(zip(*found.columns.values(), strict=True))


def meets(shapes, boxes, grown=0.0):
    """Return which shapes have a box that meets one of the boxes, by comparing all with all."""
    own = shapely.bounds(shapes)[:, None, :]
    asked = np.array(boxes, dtype=float).reshape(1, -1, 4)
    asked = asked + np.array([-grown, -grown, grown, grown])
    with np.errstate(invalid="ignore"):
        low = (own[..., :2] <= asked[..., 2:]).all(axis=2)
        high = (own[..., 2:] >= asked[..., :2]).all(axis=2)
    return (low & high).any(axis=1)


def assert_as_scanned(database, table, boxes):
    """Check rows, cells, shapes and order against a scan; return how many rows were found."""
    shapes, rows = whole(database, table)
    found = near(database, table, boxes)
    assert found.numbers.tolist() == list(range(1, len(found.shapes) + 1))
    identities = list(zip(shapely.to_wkb(shapes), rows, strict=True))
    must = [identities[i] for i in np.flatnonzero(meets(shapes, boxes))]
    may = [identities[i] for i in np.flatnonzero(meets(shapes, boxes, FLOAT32_STEP))]
    got = list(zip(shapely.to_wkb(found.shapes), rows_of(found), strict=True))
    assert is_part(must, got)
    assert is_part(got, may)
    return len(got)


def is_part(some, others):
    """Return whether all of some come among the others, in the same order."""
    rest = iter(others)
    return all(any(one == other for other in rest) for one in some)


@pytest.fixture(scope="module")
def land(postgis):
    """Shapes of every kind, scattered over 10 km, with nulls and empty ones."""
    postgis.run("""
        SELECT setseed(0.25);
        CREATE TABLE mixed (id int PRIMARY KEY, name text, area numeric, geom geometry);
        INSERT INTO mixed
        SELECT i, CASE WHEN i % 7 > 0 THEN 'Thửa ' || i END, i / 8.0, ST_SetSRID(CASE i % 6
            WHEN 0 THEN ST_Point(x, y)
            WHEN 1 THEN ST_MakeLine(ST_Point(x, y), ST_Point(x + w, y - w))
            WHEN 2 THEN ST_Buffer(ST_Point(x, y), w, 2)
            WHEN 3 THEN ST_Collect(ST_Buffer(ST_Point(x, y), 5), ST_Buffer(ST_Point(x + w, y), 5))
            WHEN 4 THEN CASE WHEN i % 4 = 0 THEN 'POLYGON EMPTY' END::geometry
            ELSE ST_Multi(ST_MakeEnvelope(x, y, x + 20, y + 30)) END, 32648)
        FROM (SELECT i, 500000 + random() * 10000 AS x, 2000000 + random() * 10000 AS y,
                     random() * 400 AS w FROM generate_series(1, 900) AS i) AS drawn;
        CREATE INDEX ON mixed USING gist (geom);
        CREATE TABLE squares (id int PRIMARY KEY, geom geometry(Polygon, 32648));
        INSERT INTO squares SELECT i, ST_MakeEnvelope(i * 10, 0, i * 10 + 10, 10, 32648)
        FROM generate_series(0, 24999) AS i;
        CREATE INDEX ON squares USING gist (geom);
        ANALYZE squares;
    """)
    return postgis


@st.composite
def some_boxes(draw):
    number = st.integers(-4000, 40000).map(lambda quarters: quarters / 4)
    size = st.integers(0, 3000).map(lambda quarters: quarters / 4)
    boxes = draw(st.lists(st.tuples(number, number, size, size), min_size=1, max_size=12))
    return [[500000 + x, 2000000 + y, 500000 + x + w, 2000000 + y + h] for x, y, w, h in boxes]


@settings(max_examples=25)
@given(boxes=some_boxes())
def test_the_rows_are_those_of_a_full_scan(land, boxes):
    assert_as_scanned(land, "mixed", boxes)


def test_everywhere_are_all_rows_that_have_a_shape(land):
    assert assert_as_scanned(land, "mixed", EVERYWHERE) == 750


def test_what_the_layer_says_of_itself(land):
    with opened(land, "mixed") as layer:
        facts = layer.facts
    assert (facts.sublayer, facts.columns) == ("public.mixed", ("id", "name", "area"))
    assert (facts.crs, facts.feature_count, facts.numbered) == ("EPSG:32648", 900, False)
    assert facts.index == "the GiST index of the table"


def test_edges_count_and_corners_too(land):
    assert near(land, "squares", [[30, 2, 30, 3]]).columns["id"] == [2, 3]
    assert near(land, "squares", [[31, 10, 39, 20]]).columns["id"] == [3]
    assert near(land, "squares", [[20, 10, 20, 10]]).columns["id"] == [1, 2]
    assert near(land, "squares", [[31, 11, 39, 20]]).columns["id"] == []


def test_no_boxes_are_no_rows(land):
    found = near(land, "mixed", [])
    assert len(found.numbers) == len(found.shapes) == 0
    assert {name: list(cells) for name, cells in found.columns.items()} == {
        "id": [], "name": [], "area": [],
    }  # fmt: skip


def test_thousands_of_overlapping_boxes_bring_each_row_once(land):
    x = np.linspace(0, 100_000, 6000)
    boxes = np.column_stack([x, np.zeros(6000), x + 100, np.full(6000, 5.0)])
    rng = np.random.default_rng(1)
    found = near(land, "squares", rng.permutation(boxes))
    assert found.columns["id"] == list(range(10011))
    assert found.shapes[10010].bounds == (100100, 0, 100110, 10)


def test_an_empty_table(postgis):
    postgis.run("""
        CREATE TABLE nothing (id int PRIMARY KEY, geom geometry(Polygon, 9209));
        CREATE INDEX ON nothing USING gist (geom);
    """)
    with opened(postgis, "nothing") as layer:
        assert (layer.facts.feature_count, layer.facts.crs) == (0, "EPSG:9209")
        assert [rule for rule, _, _ in layer.notes] == ["srid_as_epsg"]
        assert len(layer.read_near(np.array(EVERYWHERE), ["id"]).shapes) == 0


# --- the index is asked ---------------------------------------------------------------------


@pytest.mark.parametrize("box_count", [1, 4000])
def test_the_server_asks_the_index_and_never_scans(land, box_count):
    boxes = np.array([[i * 20, 0, i * 20 + 15, 5] for i in range(box_count)], dtype=float)
    with opened(land, "squares") as layer:
        layer.read_near(boxes, [])  # what it sets for the planner holds for its transaction
        query = table_index.near_query(layer.found, layer.index, [], degrees=False)
        explained = layer.found.table(f"EXPLAIN {query}", table_index.box_arrays(boxes))
    plan = "\n".join(explained.column(0).to_pylist())
    assert "Index Scan" in plan
    assert "squares_geom_idx" in plan
    assert "Seq Scan" not in plan
    assert "JIT" not in plan


@pytest.mark.parametrize("kind", ["spgist", "brin"])
def test_other_indexes_on_boxes_serve_as_well(land, kind):
    land.run(f"""
        CREATE TABLE by_{kind} AS SELECT * FROM mixed;
        CREATE INDEX ON by_{kind} USING {kind} (geom);
    """)
    assert assert_as_scanned(land, f"by_{kind}", [[502000, 2002000, 504000, 2006000]]) > 20


def test_without_an_index_that_finds_boxes_there_is_none(land):
    land.run("""
        CREATE TABLE plain AS SELECT * FROM mixed;
        CREATE TABLE part AS SELECT * FROM mixed;
        CREATE INDEX ON part USING gist (geom) WHERE id < 100;
        CREATE TABLE in_space AS SELECT * FROM mixed;
        CREATE INDEX ON in_space USING gist (geom gist_geometry_ops_nd);
        CREATE TABLE by_centre AS SELECT * FROM mixed;
        CREATE INDEX ON by_centre USING gist (ST_Centroid(geom));
        CREATE VIEW seen AS SELECT * FROM mixed;
        CREATE TABLE globe (id int PRIMARY KEY, geom geography(Point));
        CREATE INDEX ON globe USING gist (geom);
        CREATE TABLE words (id int PRIMARY KEY, name text);
        CREATE TABLE parent (LIKE mixed INCLUDING ALL);
        CREATE TABLE child () INHERITS (parent);
    """)
    names = ("plain", "part", "in_space", "by_centre", "seen", "globe", "words", "parent")
    assert [name for name in names if has_index(land, name)] == []


def test_the_index_must_be_on_the_column_that_is_read(postgis):
    postgis.run("""
        CREATE TABLE two (id int PRIMARY KEY, a geometry(Point, 32648), b geometry(Point, 32648));
        CREATE INDEX ON two USING gist (b);
        INSERT INTO two VALUES (1, ST_Point(1, 1, 32648), ST_Point(9, 9, 32648));
    """)
    assert not has_index(postgis, "two")
    assert near(postgis, "public.two.b", [[9, 9, 9, 9]]).shapes[0].equals(shapely.Point(9, 9))


def test_materialised_views_and_partitions_have_indexes(land):
    land.run("""
        CREATE MATERIALIZED VIEW frozen AS SELECT * FROM mixed;
        CREATE INDEX ON frozen USING gist (geom);
        CREATE TABLE parted (id int, zone int, geom geometry, PRIMARY KEY (zone, id))
            PARTITION BY LIST (zone);
        CREATE TABLE parted_0 PARTITION OF parted FOR VALUES IN (0);
        CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
        CREATE TABLE loose (zone int, geom geometry) PARTITION BY LIST (zone);
        CREATE TABLE loose_0 PARTITION OF loose FOR VALUES IN (0);
        CREATE TABLE loose_1 PARTITION OF loose FOR VALUES IN (1);
        INSERT INTO parted SELECT id, id % 2, geom FROM mixed;
        INSERT INTO loose SELECT id % 2, geom FROM mixed;
        CREATE INDEX ON parted USING gist (geom);
        CREATE INDEX ON loose USING gist (geom);
    """)
    boxes = [[501000, 2001000, 503000, 2009000], [502000, 2001000, 504000, 2009000]]
    for table in ("frozen", "parted", "loose"):
        assert assert_as_scanned(land, table, boxes) > 100


def test_where_row_security_hides_rows_there_is_no_index_to_rely_on(postgis, clerk):
    postgis.run(f"""
        CREATE TABLE hidden (id int PRIMARY KEY, geom geometry(Point, 32648));
        CREATE INDEX ON hidden USING gist (geom);
        ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
        CREATE POLICY few ON hidden USING (id < 10);
        GRANT SELECT ON hidden TO {SURVEYOR};
    """)
    assert has_index(postgis, "hidden")
    assert not has_index(clerk, "hidden")


# --- names, keys, order ---------------------------------------------------------------------


def test_names_that_would_be_commands_are_only_names(land):
    table, column = 'weird"table; drop table squares; --', "c'; drop table squares; --$1 {}"
    geom = 'Hình "thể'.replace('"', '""')
    quoted = table.replace('"', '""')
    land.run(f"""
        CREATE TABLE "{quoted}" ("Mã" text PRIMARY KEY, "{column}" text, x0 int, t int,
            "{geom}" geometry(Point, 32648));
        INSERT INTO "{quoted}" VALUES ('a', 'x', 2, 3, ST_Point(1, 1, 32648));
        CREATE INDEX ON "{quoted}" USING gist ("{geom}");
    """)
    assert rows_of(near(land, f"public.{table}", [[0, 0, 1, 1]])) == [("a", "x", 2, 3)]
    assert len(near(land, "squares", [[0, 0, 1, 1]]).shapes) == 1
    with pytest.raises(ReadError, match="no table"), opened(land, "squares; drop table squares"):
        pass


def test_a_key_of_several_columns_gives_the_order(land):
    land.run("""
        CREATE TABLE keyed (sheet text, geom geometry(Polygon, 32648), "Số" int,
            PRIMARY KEY ("Số", sheet));
        INSERT INTO keyed SELECT chr(65 + i % 5) || CASE i % 2 WHEN 0 THEN 'đ' ELSE 'z' END || i,
            ST_MakeEnvelope(i, 0, i + 1, 1, 32648), i % 3 FROM generate_series(0, 40) AS i;
        CREATE INDEX ON keyed USING gist (geom);
    """)
    assert assert_as_scanned(land, "keyed", [[3, 0, 30.5, 1], [0, 0.5, 9.5, 1]]) == 31


def test_without_a_key_equal_rows_stay_apart(land):
    land.run("""
        CREATE TABLE keyless (name text, geom geometry(Point, 32648));
        INSERT INTO keyless VALUES ('b', ST_Point(1, 1, 32648)), ('a', ST_Point(2, 2, 32648)),
            ('b', ST_Point(1, 1, 32648)), ('c', ST_Point(9, 9, 32648));
        CREATE INDEX ON keyless USING gist (geom);
    """)
    boxes = [[0, 0, 3, 3], [0, 0, 2, 2], [1, 1, 1, 1]]
    assert near(land, "keyless", boxes).columns["name"] == ["a", "b", "b"]
    assert assert_as_scanned(land, "keyless", boxes) == 3


def test_columns_come_as_asked(land):
    found = near(land, "mixed", EVERYWHERE, ["area", "id"])
    assert list(found.columns) == ["area", "id"]
    assert found.columns["area"][:2] == [0.125, 0.25]


def test_a_table_is_chosen_by_its_name_as_for_a_whole_read(land):
    with near_postgis.open_indexed(source(land), "mixed") as layer:
        assert layer.facts.sublayer == "public.mixed"
    land.run("CREATE TABLE parcels (LIKE squares INCLUDING ALL)")
    with near_postgis.open_indexed(source(land), None, PARCELS) as layer:
        assert layer.facts.sublayer == "public.parcels"
    land.run("DROP TABLE parcels")
    for layer in (None, PARCELS):
        with near_postgis.open_indexed(source(land), None, layer) as found:
            assert found is None


# --- cells ----------------------------------------------------------------------------------

CELLS = {
    "a_bool bool": "true", "a_small smallint": "-5", "a_big bigint": "9007199254740993",
    "a_real real": "45.1", "a_double float8": "0.1", "a_nan float8": "'NaN'",
    "a_numeric numeric": "1234.5678", "a_scaled numeric(10,2)": "12.30",
    "a_whole numeric(10,0)": "345", "a_long numeric(20)": "12345678901234567890",
    "a_money money": "1234.5", "a_char char(6)": "'ab'", "a_varchar varchar": "'Thửa'",
    "a_date date": "'2023-12-31'", "a_stamp timestamp": "'2023-12-31 00:15'",
    "a_moment timestamptz": "'2023-12-31 00:15+07'", "a_json jsonb": """'{"a":1}'""",
    "an_array text[]": "ARRAY['x', 'y z']", "an_interval interval": "'1 day'",
}  # fmt: skip


def test_cells_are_those_of_the_whole_read(postgis):
    names = [declared.split()[0] for declared in CELLS]
    postgis.run(f"""
        CREATE TABLE cells (id int PRIMARY KEY, {", ".join(CELLS)}, a_blob bytea,
            geom geometry(Point, 32648));
        INSERT INTO cells VALUES (1, {", ".join(CELLS.values())}, '', ST_Point(1, 1, 32648));
        INSERT INTO cells (id, geom) VALUES (2, ST_Point(2, 2, 32648));
        CREATE INDEX ON cells USING gist (geom);
    """)
    found = near(postgis, "cells", EVERYWHERE)
    assert list(found.columns) == ["id", *names]
    _, (first, second) = whole(postgis, "cells")
    got = rows_of(found)
    assert got == [first, second]
    assert got[1] == (2, *[None] * len(names))
    assert list(map(type, got[0])) == list(map(type, first))


def test_decimals_stay_text_where_whole_ones_would_lose_digits(postgis):
    postgis.run("""
        CREATE TABLE decimals (id int PRIMARY KEY, a numeric, geom geometry(Point, 32648));
        INSERT INTO decimals VALUES (1, 9007199254740992, ST_Point(1, 1, 32648)),
            (2, 2, ST_Point(2, 2, 32648));
        CREATE INDEX ON decimals USING gist (geom);
    """)
    assert near(postgis, "decimals", EVERYWHERE).columns["a"] == ["9007199254740992", "2"]
    assert near(postgis, "decimals", [[2, 2, 2, 2]]).columns["a"] == [2.0]


# --- systems and shapes ---------------------------------------------------------------------


def test_a_system_that_only_the_shapes_state(postgis):
    postgis.run("""
        CREATE TABLE stated (id int PRIMARY KEY, geom geometry);
        CREATE INDEX ON stated USING gist (geom);
        INSERT INTO stated VALUES (1, NULL), (2, ST_Point(1, 1, 32648));
        CREATE TABLE unstated (id int PRIMARY KEY, geom geometry);
        CREATE INDEX ON unstated USING gist (geom);
        INSERT INTO unstated VALUES (1, ST_Point(1, 1));
    """)
    with opened(postgis, "stated") as layer:
        assert layer.facts.crs == "EPSG:32648"
    with opened(postgis, "unstated") as layer:
        assert (layer.facts.crs, layer.notes) == (None, ())
        assert len(layer.read_near(np.array(EVERYWHERE), []).shapes) == 1


def test_near_shapes_of_another_system_are_refused(postgis):
    postgis.run("""
        CREATE TABLE systems (id int PRIMARY KEY, geom geometry);
        CREATE INDEX ON systems USING gist (geom);
        INSERT INTO systems VALUES (1, ST_Point(500000, 2000000, 32648)),
            (2, ST_Point(106, 18, 4326));
    """)
    with pytest.raises(ReadError, match=r"2 coordinate systems \(SRID 4326, 32648\)") as caught:
        near(postgis, "systems", [[100, 10, 110, 20]])
    assert "ST_Transform" in caught.value.remedy
    assert near(postgis, "systems", [[500000, 2000000, 500001, 2000001]]).columns["id"] == [1]


def test_curves_are_straightened_as_in_a_whole_read(postgis):
    postgis.run("""
        CREATE TABLE curves (id int PRIMARY KEY, geom geometry(CurvePolygon, 32648));
        INSERT INTO curves VALUES (1, ST_GeomFromText('CURVEPOLYGON(CIRCULARSTRING(500100 2000000,
            500000 2000100, 499900 2000000, 500000 1999900, 500100 2000000))', 32648));
        CREATE INDEX ON curves USING gist (geom);
    """)
    assert assert_as_scanned(postgis, "curves", [[499950, 2000050, 499960, 2000060]]) == 1


def test_solids_near_the_corridor_are_refused(postgis):
    postgis.run("""
        CREATE TABLE solids (id int PRIMARY KEY, geom geometry);
        CREATE INDEX ON solids USING gist (geom);
        INSERT INTO solids VALUES (10, 'SRID=32648;POINT(5 5)'), (15, 'SRID=32648;POINT(1 1)'),
            (20, 'SRID=32648;TIN(((0 0,0 1,1 1,0 0)))');
    """)
    with pytest.raises(ReadError, match=r"1 rows cannot be read \(rows 2 of those near"):
        near(postgis, "solids", [[0, 0, 2, 2]])
    assert near(postgis, "solids", [[4, 4, 6, 6]]).columns["id"] == [10]


# --- permissions, refusals ------------------------------------------------------------------


@pytest.fixture(scope="module")
def clerk(postgis):
    """The same database as a user who may read little."""
    postgis.run(f"""
        CREATE TABLE partly (id int PRIMARY KEY, name text, phone text,
            geom geometry(Point, 32648));
        INSERT INTO partly VALUES (1, 'An', '0900', ST_Point(1, 1, 32648));
        CREATE INDEX ON partly USING gist (geom);
        CREATE TABLE partly_keyless AS SELECT * FROM partly;
        CREATE INDEX ON partly_keyless USING gist (geom);
        CREATE ROLE {SURVEYOR} LOGIN PASSWORD 'q7xSecret';
        GRANT SELECT (id, name, geom) ON partly, partly_keyless TO {SURVEYOR};
    """)
    place = postgis.url.rpartition("@")[2]
    yield type(postgis)(f"postgresql://{SURVEYOR}:q7xSecret@{place}")
    postgis.run(f"DROP OWNED BY {SURVEYOR}; DROP ROLE {SURVEYOR}")


def test_a_column_one_may_not_read_does_not_matter(clerk):
    found = near(clerk, "partly", EVERYWHERE)
    assert rows_of(found) == [(1, "An")]
    assert not has_index(clerk, "partly_keyless")


def test_a_query_names_no_other_column_than_wanted(postgis, clerk):
    with opened(postgis, "partly") as layer:
        chosen = layer.index.chosen
        cells = [column for column in table_rows.cells_of(chosen) if column.name == "name"]
        query = table_index.near_query(layer.found, layer.index, cells, degrees=False)
    assert '"name"' in query
    assert '"phone"' not in query
    assert "*" not in query


def test_a_permission_that_is_taken_away_is_said_with_the_remedy(postgis, clerk):
    with opened(clerk, "partly") as layer:
        postgis.run(f"REVOKE SELECT (name) ON partly FROM {SURVEYOR}")
        with pytest.raises(ReadError, match="permission denied") as caught:
            layer.read_near(np.array(EVERYWHERE), ["name"])
    postgis.run(f"GRANT SELECT (name) ON partly TO {SURVEYOR}")
    assert "GRANT SELECT" in caught.value.remedy


def test_a_lost_connection_is_said_without_the_password(postgis, clerk):
    with opened(clerk, "partly") as layer:
        postgis.run(f"""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{SURVEYOR}'
        """)
        with pytest.raises(ReadError, match="the connection was lost") as caught:
            layer.read_near(np.array(EVERYWHERE), ["name"])
    assert "Try again" in caught.value.remedy
    assert "q7xSecret" not in str(caught.value)


def test_neither_pandas_nor_geopandas_is_loaded(land):
    done = subprocess.run(
        [sys.executable, "-c", LOADED, f"{land.url}#mixed"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["750"]


LOADED = """
import sys
import numpy as np
from geotool.sources import files
from geotool.sources.indexed import near_postgis
with near_postgis.open_indexed(files.open_source(sys.argv[1]), None) as layer:
    found = layer.read_near(np.array([[-1e7, -1e7, 1e7, 1e7]]), layer.facts.columns)
print(len(found.shapes), *{"pandas", "geopandas"} & set(sys.modules))
"""
