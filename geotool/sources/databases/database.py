"""A PostgreSQL database: connecting to it, asking it, and which tables it holds.

Every query runs in a transaction that can only read. Names of tables and columns come from the
database's own catalogue and are quoted; nothing a user typed becomes part of a query.
"""

import os
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from geotool import rules
from geotool.addresses import Address, parse_address
from geotool.errors import ReadError, UsageError

if TYPE_CHECKING:
    from adbc_driver_manager import AdbcConnection, AdbcDatabase, AdbcStatement

SHAPE_KINDS = frozenset({"geometry", "geography"})

_RULE = "databases"
_TIMEOUT_VARIABLE = "PGCONNECT_TIMEOUT"
_USE_COPY = "adbc.postgresql.use_copy"
_STYLE_TABLES = frozenset({"layer_styles", "qgis_projects"})
_TABLES = """
SELECT c.oid::int8, n.nspname::text, c.relname::text, pg_catalog.pg_table_is_visible(c.oid),
       pg_catalog.has_schema_privilege(n.oid, 'USAGE')
           AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT'),
       c.relkind IN ('r', 'p') AND pg_catalog.row_security_active(c.oid)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT c.relispartition
  AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid
                  AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'e')
ORDER BY n.nspname::text COLLATE "C", c.relname::text COLLATE "C"
"""
_COLUMNS = """
WITH RECURSIVE bases(domain, base, modifier) AS (
    SELECT oid, typbasetype, typtypmod FROM pg_catalog.pg_type WHERE typtype = 'd'
    UNION ALL
    SELECT b.domain, t.typbasetype, t.typtypmod FROM bases b
    JOIN pg_catalog.pg_type t ON t.oid = b.base AND t.typtype = 'd')
SELECT a.attrelid::int8, a.attname::text, t.typname::text,
       pg_catalog.format_type(t.oid, coalesce(b.modifier, a.atttypmod)),
       pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
       coalesce((SELECT k.place::int4 FROM pg_catalog.pg_index i,
                 unnest(i.indkey::int2[]) WITH ORDINALITY AS k(number, place)
                 WHERE i.indrelid = a.attrelid AND i.indisprimary AND k.number = a.attnum), 0)
FROM pg_catalog.pg_attribute a
LEFT JOIN (SELECT bases.* FROM bases JOIN pg_catalog.pg_type t ON t.oid = bases.base
           WHERE t.typtype <> 'd') b ON b.domain = a.atttypid
JOIN pg_catalog.pg_type t ON t.oid = coalesce(b.base, a.atttypid)
WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attrelid IN ({})
ORDER BY a.attrelid, a.attnum
"""
_POSTGIS = """
SELECT n.nspname::text FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'postgis'
"""
_CAUSES = (
    ("password authentication failed", "the user or the password is wrong", "password"),
    ("no password supplied", "it asks for a password and none was given", "password"),
    ("no pg_hba.conf entry", "the server does not admit this user from this machine", "admit"),
    ("could not translate host name", "there is no host of that name", "host"),
    ("onnection refused", "nothing listens there", "listen"),
    ("timeout expired", "it does not answer", "listen"),
    ("timed out", "it does not answer", "listen"),
    ("SSL", "the encrypted connection failed", "ssl"),
)
_REMEDIES = {
    "password": "Check the user, and put the password into ~/.pgpass or the variable PGPASSWORD.",
    "admit": "Ask the administrator of the database to admit you (pg_hba.conf).",
    "host": "Check the name of the host in the address, and the network.",
    "listen": "Check host and port, that the server runs, and that no firewall stands between.",
    "ssl": "Add ?sslmode=require or ?sslmode=disable to the address, as the server wants it.",
    "": "Check the address, and that the database can be reached from this machine.",
}


@dataclass(frozen=True)
class TableColumn:
    """A column of a table: its name, base type, type as declared, and place in the key.

    ``key_place`` counts from 1 within the primary key, 0 outside it.
    """

    name: str
    kind: str
    declared: str
    readable: bool
    key_place: int


@dataclass(frozen=True)
class DatabaseTable:
    """A table or view; ``visible`` without its schema, ``row_security`` may hide rows."""

    oid: int
    schema: str
    name: str
    visible: bool
    readable: bool
    row_security: bool
    columns: tuple[TableColumn, ...] = field(default=())

    @property
    def label(self) -> str:
        """``schema.table``."""
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        """The name as a query writes it."""
        return f"{quote_name(self.schema)}.{quote_name(self.name)}"


@dataclass(frozen=True)
class Database:
    """An open connection within one transaction that only reads, so all queries agree."""

    address: Address
    connection: "AdbcConnection"
    postgis: str | None = None

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return list(zip(*(column.to_pylist() for column in self.table(query)), strict=True))

    def table(self, query: str, parameters: pa.RecordBatch | None = None) -> pa.Table:
        """Return all rows of a query; ``$1``, ``$2`` in it are the one row of ``parameters``."""
        with self._asked(query) as statement:
            statement.set_options(**{_USE_COPY: "false"})  # so that an error tells its number
            if parameters is not None:
                statement.prepare()
                statement.bind(parameters)
            return _answer(statement).read_all()

    def stream(self, query: str) -> Generator[pa.RecordBatch, None, None]:
        """Yield the rows of a query in batches; to be closed before the connection is."""
        with self._asked(query) as statement:
            yield from _answer(statement)

    def set(self, setting: str) -> None:
        """Change a setting of this transaction."""
        with self._asked(setting) as statement:
            statement.execute_update()

    @contextmanager
    def _asked(self, query: str) -> "Iterator[AdbcStatement]":
        from adbc_driver_manager import AdbcStatement

        with translated(self.address), AdbcStatement(self.connection) as statement:
            statement.set_sql_query(query)
            yield statement

    def tables(self) -> list[DatabaseTable]:
        """Return tables and views, also unreadable ones, without their columns."""
        rows = self.ask(_TABLES)
        return [DatabaseTable(*row) for row in rows if row[2] not in _STYLE_TABLES]

    def columns(self, oids: Sequence[int]) -> dict[int, tuple[TableColumn, ...]]:
        """Return the columns of tables by the number of the table, in their order."""
        found: dict[int, list[TableColumn]] = {oid: [] for oid in oids}
        if oids:
            listed = ", ".join(str(int(oid)) for oid in oids)
            for oid, *rest in self.ask(_COLUMNS.format(listed)):
                found[oid].append(TableColumn(*rest))
        return {oid: tuple(columns) for oid, columns in found.items()}

    def function(self, name: str) -> str:
        """Return the full name of a function of PostGIS."""
        return f"{quote_name(self.postgis or 'public')}.{name}"


def quote_name(name: str) -> str:
    """Return a name as a query writes it, whatever letters it holds."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def limit(name: str) -> float:
    """Return one of the limits of ``layers/rules/databases.toml``."""
    return float(rules.load_rule(_RULE).values["postgis"][name])


@contextmanager
def connect(url: str) -> Iterator[Database]:
    """Open a database for reading, and close it.

    Raises
    ------
    UsageError
        When the address is none, or the database library is not installed.
    ReadError
        When the database cannot be reached or refuses; never with a password in it.
    """
    address = parse_address(url)
    open_database = _driver()
    target = address.connection
    if _TIMEOUT_VARIABLE not in os.environ:
        target = address.with_parameter("connect_timeout", f"{limit('connect_timeout_s'):.0f}")
    with ExitStack() as opened:
        with _reached(address):
            connection = _connection(opened, open_database, target)
        database = Database(address, connection)
        _prepare(database)
        found = database.ask(_POSTGIS)
        yield Database(address, connection, str(found[0][0]) if found else None)


def _connection(
    opened: ExitStack, open_database: "Callable[[str], AdbcDatabase]", target: str
) -> "AdbcConnection":
    """Return a connection that has begun a transaction; ``opened`` closes it."""
    from adbc_driver_manager import AdbcConnection

    handle = opened.enter_context(open_database(target))
    connection: AdbcConnection = opened.enter_context(AdbcConnection(handle))
    connection.set_autocommit(False)
    return connection


@contextmanager
def translated(address: Address) -> Iterator[None]:
    """Turn what the database says about a query into an error with a remedy."""
    from adbc_driver_manager import Error

    try:
        yield
    except (Error, OSError, pa.ArrowException, UnicodeDecodeError) as error:
        what, remedy = _query_cause(error)
        raise ReadError(f"{address.shown}: {what}.", remedy=remedy) from None


def _driver() -> "Callable[[str], AdbcDatabase]":
    """Return what opens a database; not the DB-API of the driver, which loads pandas."""
    try:
        from adbc_driver_postgresql import connect as open_database
    except ImportError as error:
        raise UsageError(
            "Reading from a database needs the PostgreSQL driver, which is not installed.",
            remedy='Install it: pip install "geotool-vn[postgis]"',
        ) from error
    opener: Callable[[str], AdbcDatabase] = open_database
    return opener


def _answer(statement: "AdbcStatement") -> pa.RecordBatchReader:
    """Return the rows of a statement; whoever stops waiting for them ends it on the server."""
    with ThreadPoolExecutor(max_workers=1) as waiting:
        asked = waiting.submit(statement.execute_query)
        try:
            stream, _ = asked.result()
        except KeyboardInterrupt:
            statement.cancel()
            raise
    return pa.RecordBatchReader.from_stream(stream)


@contextmanager
def _reached(address: Address) -> Iterator[None]:
    """Turn a failed connection into an error; nothing of the cause is kept but its kind."""
    from adbc_driver_manager import Error

    try:
        yield
    except (Error, ValueError, OSError) as error:
        text = " ".join(str(error).split())
        cause, remedy = _connect_cause(text, address)
        raise ReadError(
            f"{address.shown}: the database cannot be opened: {cause} (host "
            f"{address.host or 'localhost'}, port {address.port}, database "
            f"{address.database or 'by default'}, user {address.user or 'by default'}).",
            remedy=_REMEDIES.get(remedy, remedy),
        ) from None


def _connect_cause(text: str, address: Address) -> tuple[str, str]:
    missing = re.search(r'(database|role) "[^"]*" does not exist', text)
    if missing is not None:
        noun = "database" if missing[1] == "database" else "user"
        return f"there is no such {noun}", f"Check the {noun} in the address."
    for mark, cause, remedy in _CAUSES:
        if mark in text:
            return cause, remedy
    if "URI" in text or "connection option" in text:
        return "the address is not understood", "Check its parameters after the question mark."
    said = text.rpartition("FATAL: ")[2] if "FATAL: " in text else ""
    return (_without(said.strip(), address) or "the reason is not known"), ""


def _query_cause(error: Exception) -> tuple[str, str]:
    state = str(getattr(error, "sqlstate", None) or "")
    said = re.search(r"ERROR:\s+(.*)", str(error))
    words = said[1].strip().rstrip(".") if said is not None else "the query failed"
    if state == "42501":
        return words, "Ask the administrator of the database: GRANT SELECT on it to this user."
    if state == "57014" or "statement timeout" in words:
        return (
            "the query took too long and was given up",
            "Read a smaller table or a view of it, or raise statement_timeout_s in "
            "layers/rules/databases.toml of the project.",
        )
    unread = isinstance(error, pa.ArrowException | UnicodeDecodeError)
    if unread and "[libpq]" not in str(error):  # which marks what the server said
        return (
            f"its answer cannot be read ({type(error).__name__})",
            "Its text must be UTF-8; export the table to a file if it is not.",
        )
    if not state and said is None:
        return "the connection was lost", "Try again; ask the administrator if it happens again."
    return f"the database says: {words}", "Ask the administrator of the database."


def _without(text: str, address: Address) -> str:
    """Return what a server said without the password, should it repeat it."""
    password = address.connection.partition("://")[2].rpartition("@")[0].partition(":")[2]
    return text.replace(password, "***") if password else text


def _prepare(database: Database) -> None:
    milliseconds = int(limit("statement_timeout_s") * 1000)
    zone = str(rules.load_rule(_RULE).values["postgis"]["time_zone"])
    settings = (
        "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        f"SET LOCAL statement_timeout = {milliseconds}",
        "SET LOCAL DateStyle = 'ISO, YMD'",
        "SET LOCAL IntervalStyle = 'iso_8601'",
        "SET LOCAL extra_float_digits = 1",
        "SET LOCAL TimeZone = '" + zone.replace("'", "''") + "'",
    )
    for setting in settings:
        database.set(setting)
