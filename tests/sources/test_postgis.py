"""Tables written by psql into a real PostGIS server, read cell by cell."""

import hashlib
import math
import os
import socket
import sys
import time
import types

import pandas as pd
import pytest
import shapely

from geotool import schema
from geotool.errors import DataError, ReadError, UsageError
from geotool.sources import files
from geotool.sources.databases import catalogue, database, postgis
from geotool.sources.records import ReadOptions

PARCELS = schema.load_schema("parcels")
HOUSEHOLDS = schema.load_schema("households")
SQUARE = "ST_MakeEnvelope({0}, 2000000, {0} + 10, 2000020, 9209)"
WKT = """PROJCS["Ha Tinh by hand",GEOGCS["VN-2000",DATUM["Vietnam_2000",SPHEROID["WGS 84",
6378137,298.257223563],TOWGS84[-191.90441429,-39.30318279,-111.45032835,-0.00928836,0.01975479,
-0.00427372,0.252906278]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],
PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],
PARAMETER["central_meridian",105.5],PARAMETER["scale_factor",0.9999],
PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1]]"""
LOST = object()


def source(postgis_db, table=None):
    return files.open_source(postgis_db.url if table is None else f"{postgis_db.url}#{table}")


def read(postgis_db, table=None, layer=PARCELS, **options):
    return postgis.read_table(source(postgis_db, table), layer, ReadOptions(**options))


def described(postgis_db, table):
    (found,) = postgis.describe(source(postgis_db, table))
    return found


@pytest.fixture(scope="module")
def land(postgis):
    """A small cadastre as an office might keep it."""
    postgis.run(f"""
        CREATE TABLE parcels (parcel_id text PRIMARY KEY, "Tờ bản đồ" int, "thửa" smallint,
            dien_tich numeric(12, 2), geom geometry(Polygon, 9209));
        INSERT INTO parcels VALUES
            ('12-346', 12, 346, NULL, {SQUARE.format(500010)}),
            ('12-345', 12, 345, 200.25, {SQUARE.format(500000)}),
            ('12-347', NULL, NULL, 12345678.91, NULL);
        CREATE TABLE households (household_id text, head_name text, people int);
        INSERT INTO households VALUES ('H2', 'Trần Thị Bình', 4), ('H1', 'Nguyễn Văn An', NULL);
        CREATE VIEW old_parcels AS SELECT * FROM parcels WHERE "thửa" = 345;
        CREATE MATERIALIZED VIEW frozen AS SELECT * FROM parcels;
        CREATE TABLE empty_one (id int PRIMARY KEY, geom geometry(MultiPolygon, 5898));
        CREATE TABLE layer_styles (id int);
        CREATE SCHEMA "Đất đai";
        CREATE TABLE "Đất đai"."Thửa.đất" (id int PRIMARY KEY, geom geometry(Point, 4326));
        INSERT INTO "Đất đai"."Thửa.đất" VALUES (1, ST_Point(106, 18, 4326));
    """)
    return postgis


def table_names(database_source):
    return [layer.name for layer in postgis.describe(database_source)]


def test_tables_views_and_their_order(land):
    found = table_names(source(land))
    assert found == [
        "public.empty_one",
        "public.frozen",
        "public.old_parcels",
        "public.parcels",
        "Đất đai.Thửa.đất",
        "public.households",
    ]


def test_cells_come_by_primary_key(land):
    raw = read(land)
    assert raw.sublayer == "public.parcels"
    assert list(raw.frame.columns) == ["parcel_id", "Tờ bản đồ", "thửa", "dien_tich", "geometry"]
    assert raw.frame["parcel_id"].tolist() == ["12-345", "12-346", "12-347"]
    assert raw.frame["Tờ bản đồ"].tolist() == [12, 12, None]
    assert raw.frame["thửa"].tolist() == [345, 346, None]
    areas = raw.frame["dien_tich"].tolist()
    assert areas[0] == 200.25
    assert math.isnan(areas[1])
    assert areas[2] == 12345678.91
    shapes = raw.frame.geometry.tolist()
    assert shapes[0].equals(shapely.box(500000, 2000000, 500010, 2000020))
    assert shapes[1].equals(shapely.box(500010, 2000000, 500020, 2000020))
    assert shapes[2] is None
    assert raw.shapes
    assert raw.crs == "EPSG:9209"
    assert list(raw.frame.index) == [0, 1, 2]


def test_a_system_that_the_server_does_not_describe_is_taken_by_its_number_and_said(land):
    assert [note[0] for note in read(land).notes] == ["srid_as_epsg"]
    assert "SRID 9209" in read(land).notes[0][1]


def test_a_table_without_shapes_comes_in_the_order_of_its_text(land):
    raw = read(land, "households", HOUSEHOLDS)
    assert not raw.shapes
    assert raw.crs is None
    assert raw.frame.values.tolist() == [["H1", "Nguyễn Văn An", None], ["H2", "Trần Thị Bình", 4]]


def test_views_are_read(land):
    assert read(land, "old_parcels").frame["parcel_id"].tolist() == ["12-345"]
    assert len(read(land, "public.frozen").frame) == 3


def test_an_empty_table_has_its_columns_and_its_system(land):
    raw = read(land, "empty_one")
    assert list(raw.frame.columns) == ["id", "geometry"]
    assert len(raw.frame) == 0
    assert raw.crs == "EPSG:5898"


def test_description_counts_every_row(land):
    found = described(land, "parcels")
    assert (found.name, found.geometry, found.crs, found.count) == (
        "public.parcels", "Polygon", "EPSG:9209", 3,
    )  # fmt: skip
    assert found.bounds == (500000.0, 2000000.0, 500020.0, 2000020.0)
    assert found.columns == ("parcel_id", "Tờ bản đồ", "thửa", "dien_tich")
    plain = described(land, "households")
    assert (plain.geometry, plain.crs, plain.count, plain.bounds) == (None, None, 2, None)
    assert len(postgis.describe(source(land))) == 6


@pytest.mark.parametrize(
    "name",
    [
        "Đất đai.Thửa.đất",
        '"Đất đai"."Thửa.đất"',
        "Thửa.đất",
        "đất đai.thửa.đất",
        "\u0110a\u0302\u0301t \u0111ai.Th\u01b0\u0309a.\u0111a\u0302\u0301t",  # decomposed
        "%C4%90%E1%BA%A5t%20%C4%91ai.Th%E1%BB%ADa.%C4%91%E1%BA%A5t",
        "Đất đai.Thửa.đất.geom",
    ],
)
def test_a_table_is_found_by_any_spelling_of_its_name(land, name):
    raw = read(land, name)
    assert raw.sublayer == "Đất đai.Thửa.đất"
    assert raw.frame.geometry.iloc[0].equals(shapely.Point(106, 18))
    assert raw.crs == "EPSG:4326"


def test_a_missing_table_names_near_ones(land):
    with pytest.raises(ReadError, match=r"no table 'public.parcel5'") as caught:
        read(land, "public.parcel5")
    assert "public.parcels" in caught.value.remedy


def test_an_open_choice_lists_the_tables(land):
    with pytest.raises(ReadError, match=r"6 tables and none is named 'graves'") as caught:
        read(land, None, schema.load_schema("graves"))
    assert "public.households" in caught.value.message
    assert "#public.empty_one" in caught.value.remedy


def test_one_name_in_two_schemas_is_the_one_on_the_search_path(land):
    land.run("CREATE SCHEMA twice; CREATE TABLE twice.parcels (a int)")
    assert read(land, "parcels").sublayer == "public.parcels"
    assert read(land, "twice.parcels").frame.columns.tolist() == ["a"]
    with pytest.raises(ReadError, match="2 are named 'parcels'"):
        read(land)
    land.run("CREATE SCHEMA thrice; CREATE TABLE thrice.plots (a int); CREATE TABLE twice.plots ()")
    with pytest.raises(ReadError, match="2 tables are named 'plots'") as caught:
        read(land, "plots")
    assert "thrice.plots, twice.plots" in caught.value.remedy
    land.run("DROP SCHEMA twice CASCADE; DROP SCHEMA thrice CASCADE")


def test_the_digest_is_of_the_rows_and_the_same_every_time(land):
    raw = read(land, "households", HOUSEHOLDS)
    pieces = '["household_id"]["H1", "H2"]["head_name"]["Nguyễn Văn An", "Trần Thị Bình"]'
    expected = f'{pieces}["people"][null, 4]'.encode()
    assert raw.digest == (len(expected), hashlib.sha256(expected).hexdigest())
    url = f"{land.url}#households"
    assert postgis.digest_table(url) == raw.digest[1]
    land.run("UPDATE households SET people = 5 WHERE household_id = 'H2'")
    assert postgis.digest_table(url) != raw.digest[1]
    land.run("UPDATE households SET people = 4 WHERE household_id = 'H2'")
    assert postgis.digest_table(url) == raw.digest[1]


def test_the_digest_sees_a_moved_corner(land):
    before = postgis.digest_table(f"{land.url}#parcels")
    move = "UPDATE parcels SET geom = ST_Translate(geom, {}, 0) WHERE parcel_id = '12-345'"
    land.run(move.format(1))
    assert postgis.digest_table(f"{land.url}#parcels") != before
    land.run(move.format(-1))
    assert postgis.digest_table(f"{land.url}#parcels") == before


# --- types ------------------------------------------------------------------------------------

TYPES = {
    "a_bool bool": ("true", True),
    "a_smallint smallint": ("-5", -5),
    "a_bigint bigint": ("9007199254740993", 9007199254740993),
    "a_real real": ("45.1", 45.1),
    "a_double float8": ("0.1", 0.1),
    "a_numeric numeric": ("1234.5678", 1234.5678),
    "a_scaled numeric(10,2)": ("12.30", 12.3),
    "a_whole numeric(10,0)": ("345", 345),
    "a_long_key numeric(20)": ("12345678901234567890", "12345678901234567890"),
    "a_money money": ("1234.5", 1234.5),
    "a_char char(6)": ("'ab'", "ab"),
    "a_varchar varchar": ("'Thửa'", "Thửa"),
    "a_date date": ("'31/12/2023'", "2023-12-31"),
    "a_time time": ("'07:30'", "07:30:00"),
    "a_timestamp timestamp": ("'2023-12-31 00:15'", "2023-12-31T00:15:00"),
    "a_moment timestamptz": ("'2023-12-31 00:15+07'", "2023-12-31T00:15:00+07"),
    "a_uuid uuid": (
        "'6f9619ff-8b86-d011-b42d-00cf4fc964ff'",
        "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
    ),
    "a_json json": ("""'{"a": 1}'""", '{"a": 1}'),
    "a_jsonb jsonb": ("""'{"a":1}'""", '{"a": 1}'),
    "an_array text[]": ("ARRAY['x', 'y z']", '{x,"y z"}'),
    "a_range int4range": ("'[1,5)'", "[1,5)"),
    "an_enum paper": ("'red book'", "red book"),
    "a_domain sheet_no": ("12", 12),
    "a_nested_domain small_sheet": ("7", 7),
    "an_interval interval": ("'1 day'", "P1D"),
    "an_inet inet": ("'10.0.0.1'", "10.0.0.1/32"),
}


def test_every_type_has_its_value_and_its_null(postgis):
    names = [declared.split()[0] for declared in TYPES]
    postgis.run(f"""
        CREATE TYPE paper AS ENUM ('red book', 'none');
        CREATE DOMAIN sheet_no AS numeric(6, 0);
        CREATE DOMAIN small_sheet AS sheet_no CHECK (VALUE < 100);
        SET DateStyle = 'ISO, DMY';
        CREATE TABLE types (id int PRIMARY KEY, {", ".join(TYPES)}, a_blob bytea);
        INSERT INTO types VALUES (1, {", ".join(value for value, _ in TYPES.values())}, '\\x00');
        INSERT INTO types (id) VALUES (2);
    """)
    raw = read(postgis, "types", HOUSEHOLDS)
    assert raw.frame.columns.tolist() == ["id", *names]
    for name, (_, expected) in zip(names, TYPES.values(), strict=True):
        first, second = raw.frame[name].tolist()
        assert first == expected, name
        assert type(first) is type(expected), name
        assert pd.isna(second), name
    assert [note[0] for note in raw.notes] == ["column_not_read"]
    assert "a_blob (bytea)" in raw.notes[0][1]


def test_a_numeric_column_of_plain_numbers_is_numbers(postgis):
    postgis.run("""
        CREATE TABLE numbers (id int PRIMARY KEY, a numeric, b numeric);
        INSERT INTO numbers VALUES (1, 'NaN', 9007199254740992), (2, 1e-7, 1), (3, 2, 2);
    """)
    frame = read(postgis, "numbers", HOUSEHOLDS).frame
    assert frame["a"].tolist()[1:] == [1e-7, 2.0]
    assert math.isnan(frame["a"][0])
    assert frame["b"].tolist() == ["9007199254740992", "1", "2"]


# --- names ------------------------------------------------------------------------------------


def test_names_that_would_be_commands_are_only_names(postgis):
    table = 'weird"table; drop table victim; --'
    column = "c'; drop table victim; --"
    quoted = table.replace('"', '""')
    postgis.run(f"""
        CREATE TABLE victim (a int);
        CREATE TABLE "{quoted}" (id int PRIMARY KEY, "{column}" text, "Select" int);
        INSERT INTO "{quoted}" VALUES (1, 'x', 2);
    """)
    raw = read(postgis, f"public.{table}", HOUSEHOLDS)
    assert raw.frame.to_dict("records") == [{"id": 1, column: "x", "Select": 2}]
    assert described(postgis, table).columns == ("id", column, "Select")
    for name in ("victim; drop table victim", "victim' OR '1'='1", "public.victim--"):
        with pytest.raises(ReadError, match="no table"):
            read(postgis, name, HOUSEHOLDS)
    assert "public.victim" in table_names(source(postgis))


def test_columns_called_like_the_shape_or_twice_after_composing(postgis):
    postgis.run(r"""
        CREATE TABLE shapes (id int PRIMARY KEY, geometry text, geom geometry(Point, 32648),
            "thửa" text, U&"th\01B0\0309a" text);
        INSERT INTO shapes VALUES (1, 'own', ST_SetSRID(ST_Point(1, 2), 32648), 'a', 'b');
    """)
    raw = read(postgis, "shapes")
    assert raw.frame.geometry.iloc[0].equals(shapely.Point(1, 2))
    assert raw.frame.iloc[0, 1:3].tolist() == ["a", "b"]
    assert "geometry (text)" in raw.notes[0][1]


# --- shapes -----------------------------------------------------------------------------------


def test_a_system_made_by_hand_is_read_from_its_text(postgis):
    text = " ".join(WKT.split("\n"))
    postgis.run(f"""
        INSERT INTO spatial_ref_sys VALUES (900955, 'office', 7, '{text}', '');
        CREATE TABLE by_hand (id int PRIMARY KEY, geom geometry(Point, 900955));
        INSERT INTO by_hand VALUES (1, ST_SetSRID(ST_Point(500000, 2000000), 900955));
    """)
    raw = read(postgis, "by_hand")
    assert raw.crs.startswith('PROJCS["Ha Tinh by hand"')
    assert raw.frame.crs.to_cf()["longitude_of_central_meridian"] == 105.5


def test_no_system_is_stated_for_srid_0_and_for_one_nobody_knows(postgis):
    postgis.run("""
        CREATE TABLE srid_0 (id int PRIMARY KEY, geom geometry);
        INSERT INTO srid_0 VALUES (1, ST_Point(500000, 2000000));
        CREATE TABLE srid_x (id int PRIMARY KEY, geom geometry);
        INSERT INTO srid_x VALUES (1, ST_SetSRID(ST_Point(500000, 2000000), 990001));
    """)
    assert read(postgis, "srid_0").crs is None
    assert read(postgis, "srid_0").notes == ()
    found = described(postgis, "srid_0")
    assert found.crs is None
    assert "EPSG:9209" in found.crs_candidates
    raw = read(postgis, "srid_x")
    assert raw.crs is None
    assert [note[0] for note in raw.notes] == ["srid_unknown"]


def test_shapes_of_two_systems_are_refused(postgis):
    postgis.run("""
        CREATE TABLE mixed (id int PRIMARY KEY, geom geometry);
        INSERT INTO mixed VALUES (1, ST_Point(500000, 2000000, 32648));
        INSERT INTO mixed VALUES (2, ST_Point(106, 18, 4326));
    """)
    with pytest.raises(ReadError, match=r"2 coordinate systems \(SRID 4326, 32648\)"):
        read(postgis, "mixed")
    assert described(postgis, "mixed").crs is None


def test_geography_and_a_second_geometry_column(postgis):
    postgis.run("""
        CREATE TABLE two
            (id int PRIMARY KEY, place geography(Point), centre geometry(Point, 32648));
        INSERT INTO two VALUES (1, 'POINT(106 18)', ST_Point(500000, 2000000, 32648));
    """)
    first = read(postgis, "two")
    assert first.crs == "EPSG:4326"
    assert first.frame.geometry.iloc[0].equals(shapely.Point(106, 18))
    assert "centre (geometry)" in first.notes[0][1]
    assert first.sublayer == "public.two"
    second = read(postgis, "public.two.centre")
    assert second.crs == "EPSG:32648"
    assert second.frame.geometry.iloc[0].equals(shapely.Point(500000, 2000000))
    assert second.sublayer == "public.two.centre"
    assert read(postgis, "two.centre").digest == second.digest
    assert postgis_digest(postgis, "public.two.centre") == second.digest[1]


def postgis_digest(database_, table):
    return postgis.digest_table(f"{database_.url}#{table}")


def test_curves_are_straightened_within_a_millimetre(postgis):
    postgis.run("""
        CREATE TABLE curves (id int PRIMARY KEY, geom geometry(CurvePolygon, 32648));
        INSERT INTO curves VALUES (1, ST_GeomFromText('CURVEPOLYGON(CIRCULARSTRING(500100 2000000,
            500000 2000100, 499900 2000000, 500000 1999900, 500100 2000000))', 32648));
    """)
    shape = read(postgis, "curves").frame.geometry.iloc[0]
    assert shape.geom_type == "Polygon"
    assert shape.area == pytest.approx(math.pi * 100**2, abs=1.0)
    assert described(postgis, "curves").geometry == "CurvePolygon"
    boundary = shapely.get_coordinates(shape.exterior.segmentize(0.05)) - (500000, 2000000)
    radii = (boundary**2).sum(axis=1) ** 0.5
    assert abs(radii - 100).max() <= 0.0011


def test_heights_and_measures_and_empty_shapes(postgis):
    postgis.run("""
        CREATE TABLE heights (id int PRIMARY KEY, geom geometry);
        INSERT INTO heights VALUES (1, 'SRID=32648;POINT Z (1 2 3)'),
            (2, 'SRID=32648;POINT ZM (1 2 3 4)'), (3, 'SRID=32648;POLYGON EMPTY');
    """)
    shapes = read(postgis, "heights").frame.geometry
    assert [shape.has_z for shape in shapes[:2]] == [True, True]
    assert shapes.iloc[2].is_empty


def test_solids_are_refused_or_set_aside(postgis):
    postgis.run("""
        CREATE TABLE solids (id int PRIMARY KEY, geom geometry);
        INSERT INTO solids VALUES (10, 'SRID=32648;POINT(1 2)'),
            (20, 'SRID=32648;TIN(((0 0,0 1,1 1,0 0)))'), (30, 'SRID=32648;POINT(3 4)');
    """)
    with pytest.raises(ReadError, match=r"shapes of 1 rows cannot be read \(rows 2\)"):
        read(postgis, "solids")
    raw = read(postgis, "solids", salvage=True)
    assert raw.frame["id"].tolist() == [10, 30]
    assert raw.records == (1, 3)
    assert [(one.record, one.reason) for one in raw.rejected] == [(2, "its shape cannot be read")]


# --- permissions ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clerk(postgis):
    """A user who may read little; returns the address as that user."""
    postgis.run("""
        CREATE TABLE secret (id int PRIMARY KEY);
        CREATE TABLE partly (id int PRIMARY KEY, name text, phone text);
        INSERT INTO partly VALUES (1, 'An', '0900');
        CREATE TABLE by_row (id int PRIMARY KEY, office text);
        INSERT INTO by_row VALUES (1, 'a'), (2, 'b');
        ALTER TABLE by_row ENABLE ROW LEVEL SECURITY;
        CREATE POLICY mine ON by_row USING (office = 'a');
        DROP ROLE IF EXISTS clerk;
        CREATE ROLE clerk LOGIN PASSWORD 'q@7/x y';
        GRANT SELECT (id, name) ON partly TO clerk;
        GRANT SELECT ON by_row TO clerk;
        REVOKE SELECT ON spatial_ref_sys FROM clerk;
    """)
    yield f"postgresql://clerk:q%407%2Fx%20y@{postgis.url.rpartition('@')[2]}"
    postgis.run("DROP OWNED BY clerk; DROP ROLE clerk")


def as_clerk(clerk, table):
    return postgis.read_table(files.open_source(f"{clerk}#{table}"), HOUSEHOLDS, ReadOptions())


def test_a_table_one_may_not_read_is_refused_and_not_listed(clerk):
    with pytest.raises(
        ReadError, match=r"user clerk may not read the table public.secret"
    ) as caught:
        as_clerk(clerk, "secret")
    assert "GRANT SELECT" in caught.value.remedy
    assert table_names(files.open_source(clerk)) == ["public.by_row", "public.partly"]


def test_columns_one_may_not_read_are_named(clerk):
    raw = as_clerk(clerk, "partly")
    assert raw.frame.to_dict("records") == [{"id": 1, "name": "An"}]
    assert "phone (no permission)" in raw.notes[0][1]


def test_row_security_is_a_finding(clerk):
    raw = as_clerk(clerk, "by_row")
    assert raw.frame["id"].tolist() == [1]
    assert [note[0] for note in raw.notes] == ["rows_may_be_hidden"]


def test_nothing_can_be_written(postgis):
    postgis.run("""
        CREATE TABLE touched (a int);
        CREATE FUNCTION meddle() RETURNS int LANGUAGE plpgsql VOLATILE AS
            'BEGIN INSERT INTO touched VALUES (1); RETURN 1; END';
        CREATE VIEW trap AS SELECT meddle() AS a;
    """)
    with pytest.raises(ReadError, match="read-only transaction"):
        read(postgis, "trap", HOUSEHOLDS)
    assert read(postgis, "touched", HOUSEHOLDS).frame.empty


# --- what can go wrong --------------------------------------------------------------------------


def refusal(url, layer=PARCELS):
    with pytest.raises(ReadError) as caught:
        postgis.read_table(files.open_source(url), layer, ReadOptions())
    return caught.value


def test_wrong_password_database_and_user(postgis):
    place = postgis.url.rpartition("@")[2]
    wrong = refusal(f"postgresql://geotool:Wr0ng@{place}#parcels")
    assert "the user or the password is wrong" in wrong.message
    assert "host 127.0.0.1" in wrong.message
    assert "user geotool" in wrong.message
    assert "Wr0ng" not in str(wrong)
    assert ".pgpass" in wrong.remedy
    none = refusal(f"{postgis.sibling('no_such_db').url}#parcels")
    assert "there is no such database" in none.message
    password = postgis.url.partition("://")[2].partition("@")[0].partition(":")[2]
    assert password not in str(none)
    chain, error = "", none
    while error is not None:
        chain, error = (
            chain + repr(error),
            error.__cause__ or (None if error.__suppress_context__ else error.__context__),
        )
    assert password not in chain


def test_a_host_that_is_not_there_answers_soon():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start = time.monotonic()
    found = refusal(f"postgresql://an:Secret7@127.0.0.1:{port}/land#parcels")
    assert "nothing listens there" in found.message
    assert f"port {port}" in found.message
    assert "Secret7" not in str(found)
    found = refusal("postgresql://an@no-such-host.invalid/land#parcels")
    assert "there is no host of that name" in found.message
    assert time.monotonic() - start < 10


def test_a_host_that_says_nothing_is_given_up(monkeypatch):
    monkeypatch.delenv("PGCONNECT_TIMEOUT", raising=False)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(1)
        start = time.monotonic()
        found = refusal(f"postgresql://an@127.0.0.1:{silent.getsockname()[1]}/land#parcels")
        assert "does not answer" in found.message
        assert time.monotonic() - start < 10


def test_a_strange_parameter_is_named_without_the_address():
    found = refusal("postgresql://an:Secret7@127.0.0.1:1/land?conect_timeout=3#parcels")
    assert "parameters" in found.remedy
    assert "Secret7" not in str(found)


def test_a_database_without_postgis(postgis):
    name = f"plain_{os.getpid()}"
    postgis.run(f"CREATE DATABASE {name}")
    plain = postgis.sibling(name)
    try:
        plain.run("""
            CREATE TABLE parcels (parcel_id text PRIMARY KEY, dt float8);
            CREATE TABLE stakes (stake_id text PRIMARY KEY, lon float8, lat float8);
            INSERT INTO stakes VALUES ('C1', 106, 18);
        """)
        with pytest.raises(ReadError, match="no PostGIS extension") as caught:
            read(plain, "parcels")
        assert "CREATE EXTENSION postgis" in caught.value.remedy
        raw = read(plain, "stakes", schema.load_schema("stakes"))
        assert raw.frame.to_dict("records") == [{"stake_id": "C1", "lon": 106.0, "lat": 18.0}]
    finally:
        postgis.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_empty_database_says_so(postgis):
    name = f"empty_{os.getpid()}"
    postgis.run(f"CREATE DATABASE {name}")
    try:
        with pytest.raises(ReadError, match="no table that user geotool may read"):
            read(postgis.sibling(name))
    finally:
        postgis.run(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_query_that_takes_too_long_is_given_up(postgis, monkeypatch):
    real = database.limit
    monkeypatch.setattr(
        database, "limit", lambda name: 0.2 if name == "statement_timeout_s" else real(name)
    )
    postgis.run("CREATE VIEW slow AS SELECT pg_sleep(5)::text AS a")
    start = time.monotonic()
    with pytest.raises(ReadError, match="took too long"):
        read(postgis, "slow", HOUSEHOLDS)
    assert time.monotonic() - start < 4


def test_without_the_driver_the_remedy_is_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "adbc_driver_postgresql", types.ModuleType("nothing"))
    with pytest.raises(UsageError, match="driver") as caught:
        postgis.describe(files.open_source("postgresql://an@127.0.0.1/land"))
    assert 'pip install "geotool-vn[postgis]"' in caught.value.remedy


def test_another_sublayer_than_the_address_names_is_refused():
    with pytest.raises(UsageError, match="two layers are named") as caught:
        files.open_source("postgresql://an:Secret7@h/d#a", "b")
    assert "Secret7" not in str(caught.value)


# --- size -------------------------------------------------------------------------------------


def test_a_hundred_thousand_rows(postgis):
    postgis.run("""
        CREATE TABLE many AS SELECT i AS id, 'Thửa ' || i AS name, i * 1.5 AS area,
            ST_MakeEnvelope(i, 0, i + 1, 1, 32648) AS geom FROM generate_series(1, 100000) AS i;
        ALTER TABLE many ADD PRIMARY KEY (id);
    """)
    steps = []
    start = time.monotonic()
    raw = read(postgis, "many", step=lambda *step: steps.append(step))
    assert time.monotonic() - start < 20
    assert len(raw.frame) == 100000
    assert raw.frame["id"].tolist()[::50000] == [1, 50001]
    assert raw.frame["name"].iloc[-1] == "Thửa 100000"
    assert raw.frame["area"].sum() == 1.5 * 100000 * 100001 / 2
    assert steps[-1] == ("public.many", 100000, 100000)


def test_the_name_of_a_source_holds_no_password():
    found = files.open_source("postgresql://an:Secret7@h/d#s.t")
    assert "Secret7" not in repr(found)
    assert catalogue.named_table(found) == "s.t"
    assert issubclass(ReadError, DataError)


def test_a_database_without_a_table_for_this_user_is_said(postgis):
    with pytest.raises(ReadError, match="no table that this user may read"):
        described(postgis.sibling("postgres"), None)
