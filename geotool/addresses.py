"""Addresses of databases, ``postgresql://user@host:port/database#schema.table``.

A password in one is for the connection only: what is shown, written or compared is the
address without it.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urlencode

from geotool.errors import UsageError

EXAMPLE = "postgresql://user@host:5432/database#schema.table"

_SCHEME = re.compile(r"(?:postgresql|postgres|postgis)(?:\+\w+)?:/{1,2}", re.IGNORECASE)
_HOST = re.compile(r"(?:\[[0-9a-fA-F:.%]+\]|[^\[\]:@]*)(?::\d*)?")
_BARE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_SECRETS = frozenset({"password", "sslpassword", "oauth_client_secret"})
_HIDDEN = "postgresql://..."
_SAFE = "%!$&'()*+,;=~-._"
_DEFAULT_PORT = "5432"


@dataclass(frozen=True)
class Address:
    """A database and perhaps a table of it.

    ``connection`` is for the database library and may hold a password, ``shown`` is the same
    without it; ``table`` is what stands after ``#``, None without one. ``host``, ``port``,
    ``database`` and ``user`` are for messages and empty where the address leaves them open.
    """

    connection: str
    shown: str
    table: str | None
    host: str
    port: str
    database: str
    user: str
    has_password: bool

    def with_parameter(self, name: str, value: str) -> str:
        """Return the connection with one more parameter, as it is where it has that one."""
        base, mark, query = self.connection.partition("?")
        if name in dict(_pairs(query)):
            return self.connection
        return f"{base}?{query}{'&' if mark and query else ''}{name}={quote(value)}"


def is_url(text: object) -> bool:
    """Return whether an input is named by the address of a database, not by a path."""
    return isinstance(text, str) and _SCHEME.match(text.strip()) is not None


def redacted(text: str) -> str:
    """Return an address without its password; all of it is hidden where that is in doubt."""
    try:
        address = parse_address(text)
    except UsageError:
        return _HIDDEN
    return address.shown if address.table is None else f"{address.shown}#{address.table}"


def split_table(text: str) -> tuple[str, str | None]:
    """Split the table off an address; the first part keeps its password, which may hold ``#``."""
    whole = text.strip()
    scheme = _SCHEME.match(whole)
    start = scheme.end() if scheme is not None else 0
    mark = whole.find("#", start + _login_length(whole[start:]))
    if mark < 0:
        return whole, None
    return whole[:mark], unquote(whole[mark + 1 :]).strip() or None


def parse_address(text: str) -> Address:
    """Return the parts of an address.

    Raises
    ------
    UsageError
        When it is none; the message does not repeat it, for it may hold a password.
    """
    base, table = split_table(text)
    scheme = _SCHEME.match(base)
    login, hosts, path, query = _parts(base[scheme.end() :] if scheme is not None else "@")
    if scheme is None or not _is_sound(hosts, path + text.strip()[len(base) :]):
        raise UsageError(
            f"{_HIDDEN}: not the address of a database.",
            remedy=f"Write it as {EXAMPLE}; within a password write @ : / ? % as "
            "%40 %3A %2F %3F %25.",
        )
    user, colon, password = login.partition(":")
    parameters = _pairs(query)
    open_ones = [(name, value) for name, value in parameters if name.lower() not in _SECRETS]
    given = dict(parameters)
    host, port = _host_and_port(hosts)
    return Address(
        connection=_url(_escaped(user) + colon + _escaped(password), hosts + path, parameters),
        shown=_url(_escaped(user), hosts + path, open_ones),
        table=table,
        host=_first(host, given.get("host"), given.get("hostaddr")),
        port=_first(port, given.get("port"), _DEFAULT_PORT),
        database=_first(unquote(path.lstrip("/")), given.get("dbname")),
        user=_first(unquote(user), given.get("user")),
        has_password=bool(password) or len(open_ones) < len(parameters),
    )


def _first(*texts: str | None) -> str:
    """Return the first text that is not empty."""
    return next((text for text in texts if text), "")


def _is_sound(hosts: str, rest: str) -> bool:
    """Return whether no piece of a password can have strayed behind the user's name."""
    return "@" not in rest and all(_HOST.fullmatch(host) for host in hosts.split(","))


def _login_length(rest: str) -> int:
    """Return the length of ``user:password@``, 0 without; it ends before the first slash."""
    return rest.partition("/")[0].rfind("@") + 1


def _parts(rest: str) -> tuple[str, str, str, str]:
    """Split what follows the scheme into user:password, hosts, /database and parameters."""
    length = _login_length(rest)
    body, _, query = rest[length:].partition("?")
    hosts, slash, path = body.partition("/")
    return rest[: max(length - 1, 0)], hosts, f"{slash}{path}", query


def _host_and_port(hosts: str) -> tuple[str, str]:
    first = hosts.split(",", maxsplit=1)[0]
    host, colon, port = first.rpartition(":")
    if not colon or first.endswith("]"):
        return unquote(first.strip("[]")), ""
    return unquote(host.strip("[]")), port


def _escaped(text: str) -> str:
    """Return a user or password as the database library wants it, escapes kept as they are."""
    return quote(_BARE_PERCENT.sub("%25", text), safe=_SAFE)


def _pairs(query: str) -> list[tuple[str, str]]:
    """Return the parameters, in which a plus sign is a plus sign."""
    return parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)


def _url(login: str, place: str, pairs: list[tuple[str, str]]) -> str:
    query = f"?{urlencode(pairs, quote_via=quote)}" if pairs else ""
    return f"postgresql://{login}{'@' if login else ''}{place}{query}"
