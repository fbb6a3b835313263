import pytest
from hypothesis import given
from hypothesis import strategies as st

from geotool import addresses
from geotool.errors import UsageError

SECRET = "S3cret"


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u@h/d",
        "postgres://u@h/d#t",
        "PostgreSQL://h/d",
        "postgis://u:p@h/d",
        "postgresql+psycopg2://u@h/d",
        "  postgresql://u@h/d ",
        "postgresql:///d",
    ],
)
def test_an_address_is_known_by_its_scheme(text):
    assert addresses.is_url(text)


@pytest.mark.parametrize("text", ["a.gpkg", "http://h/d", "C:/postgresql/a.shp", "-", "", None])
def test_a_path_is_no_address(text):
    assert not addresses.is_url(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"postgresql://u:{SECRET}@h/d", "postgresql://u@h/d"),
        (f"postgres://u:{SECRET}@h:5433/d#s.t", "postgresql://u@h:5433/d#s.t"),
        (f"postgresql+asyncpg://u:{SECRET}@h/d", "postgresql://u@h/d"),
        (f"postgresql://u:x@{SECRET}@h/d", "postgresql://u@h/d"),
        (f"postgresql://u:x#{SECRET}@h/d#t", "postgresql://u@h/d#t"),
        (f"postgresql://u:x?{SECRET}@h/d", "postgresql://u@h/d"),
        (f"postgresql://u:x:{SECRET}@h/d", "postgresql://u@h/d"),
        (f"postgresql://u:%{SECRET}@h/d", "postgresql://u@h/d"),
        (f"postgresql://u@h/d?password={SECRET}&sslmode=require", "postgresql://u@h/d?sslmode=require"),
        (f"postgresql://h/d?PASSWORD={SECRET}", "postgresql://h/d"),
        (f"postgresql://u:{SECRET}@[::1]:5432/d", "postgresql://u@[::1]:5432/d"),
        (f"postgresql://u:{SECRET}@a:1,b:2/d", "postgresql://u@a:1,b:2/d"),
        (f"postgresql://u:1/{SECRET}@h/d", "postgresql://..."),
        (f"postgresql://u:{SECRET}", "postgresql://..."),
        (f"postgresql://u:{SECRET}/x@h/d", "postgresql://..."),
        (f"postgresql://h/d#t@{SECRET}", "postgresql://..."),
    ],
)  # fmt: skip
def test_no_password_is_shown(text, shown):
    assert addresses.redacted(text) == shown


def test_the_parts_of_an_address():
    found = addresses.parse_address(
        "postgres://an%20b:p%40q@db.local:5433/dat?sslmode=disable#s.Thửa%20đất"
    )
    assert found.connection == "postgresql://an%20b:p%40q@db.local:5433/dat?sslmode=disable"
    assert (found.host, found.port, found.database, found.user) == (
        "db.local", "5433", "dat", "an b",
    )  # fmt: skip
    assert found.table == "s.Thửa đất"
    assert found.has_password


def test_signs_in_a_password_reach_the_database():
    found = addresses.parse_address("postgresql://u:a@b#c?d%e%41+f@h/d")
    assert found.connection == "postgresql://u:a%40b%23c%3Fd%25e%41+f@h/d"


def test_what_an_address_leaves_open():
    found = addresses.parse_address("postgresql:///land?host=/var/run&user=an")
    assert (found.host, found.port, found.database, found.user) == (
        "/var/run", "5432", "land", "an",
    )  # fmt: skip
    assert not found.has_password
    assert found.table is None


def test_a_parameter_is_added_once():
    found = addresses.parse_address("postgresql://h/d")
    assert found.with_parameter("connect_timeout", "4") == "postgresql://h/d?connect_timeout=4"
    more = addresses.parse_address("postgresql://h/d?connect_timeout=9&a=b")
    assert more.with_parameter("connect_timeout", "4") == more.connection
    assert more.with_parameter("x", "1").endswith("?connect_timeout=9&a=b&x=1")


@pytest.mark.parametrize(
    "text", [f"postgresql://u:{SECRET}@h:port/d", f"postgresql://u:{SECRET}/x@h/d"]
)
def test_a_broken_address_is_refused_without_repeating_it(text):
    with pytest.raises(UsageError) as caught:
        addresses.parse_address(text)
    assert SECRET not in str(caught.value)
    assert "%40" in caught.value.remedy


@given(st.text(min_size=1).filter(lambda text: "/" not in text))
def test_any_password_without_a_slash_is_hidden_and_kept(noise):
    url = f"postgresql://u:{SECRET}{noise}@h/d#s.t"
    assert addresses.redacted(url) == "postgresql://u@h/d#s.t"


@given(st.text())
def test_whatever_stands_around_it_a_password_is_hidden(noise):
    assert SECRET not in addresses.redacted(f"postgresql://u:{noise}{SECRET}@h/d")
