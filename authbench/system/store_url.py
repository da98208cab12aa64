"""Read the URL of a Redis: of one server, or of a service that sentinels watch.

Redis names no URL for sentinels. The form here is that of Redis-Sentinel-Url, LangChain and RedisVL:
`redis+sentinel://USER:PASSWORD@HOST:PORT,HOST:PORT/SERVICE/DB`, with `rediss+sentinel` where the sentinels
and the servers that they watch speak TLS.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit

from redis.asyncio.connection import SSLConnection, parse_url
from redis.exceptions import RedisError

from authbench.contracts.failure import Failure
from authbench.system.store_server import IN_A_CLUSTER

FORMS = (
    "redis://USER:PASSWORD@HOST:PORT/0, rediss:// with TLS, unix:///PATH or "
    "redis+sentinel://HOST:PORT,HOST:PORT/SERVICE/0, with special characters of a password as %XX"
)
_SENTINEL = {"redis+sentinel": "redis", "rediss+sentinel": "rediss"}
_CLUSTER = {"redis+cluster", "rediss+cluster", "redis-cluster", "rediss-cluster", "rediscluster"}
"""Schemes by which other programs are told of a cluster."""
_SENTINEL_PORT = 26379
_OF_SENTINELS = ("username", "password")
"""What may be said of the sentinels themselves, as `sentinel_username` and so on."""
_FILES = {"ssl_ca_certs": "certificates in PEM form", "ssl_certfile": "a certificate in PEM form"}
"""Options of TLS that name a file, and what must be in it."""


@dataclass(frozen=True)
class StoreUrl:
    """What a URL says, in the names of redis-py's connection options."""

    text: str = field(repr=False)
    """The URL itself."""
    shown: str
    """The URL as it may be printed: without user, password and options, which may be secret."""
    options: Mapping[str, Any] = field(repr=False)
    """Of a connection to the server. With sentinels it has no `host` and no `port`: they know them."""
    tls: bool = False
    sentinels: tuple[tuple[str, int], ...] = ()
    """Host and port of each; empty: the URL names the server itself."""
    service: str = ""
    """What the sentinels call the primary and its replicas."""
    sentinel_options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Of a connection to a sentinel."""

    def tls_context(self) -> ssl.SSLContext | None:
        """What a connection is secured with; None without TLS. Failure for a file that cannot be used."""
        return self._tls_context

    @cached_property
    def _tls_context(self) -> ssl.SSLContext | None:
        # Kept: it reads every authority that the system trusts.
        if not self.tls:
            return None
        given = {name: value for name, value in self.options.items() if name.startswith("ssl_")}
        try:
            context: ssl.SSLContext = SSLConnection(**given).ssl_context.get()
        except (OSError, RedisError, ValueError, TypeError) as error:
            raise Failure(_unusable_tls(given, error)) from None
        return context


def read_store_url(url: str) -> StoreUrl:
    """Take a URL apart. ValueError, which repeats nothing of the URL, if that cannot be done."""
    scheme, separator, _ = url.partition("://")
    if not separator:
        raise ValueError(f"give {FORMS}")
    scheme = scheme.lower()
    if scheme in _CLUSTER:
        raise ValueError(IN_A_CLUSTER)
    if scheme in _SENTINEL:
        return _watched(url, _SENTINEL[scheme])
    return StoreUrl(url, shown(url), _options(url), tls=scheme == "rediss")


def shown(url: str) -> str:
    """The URL without user, password and options."""
    scheme, userinfo, place, rest = split(url)
    del userinfo
    return f"{scheme}://{place}{rest.partition('?')[0].partition('#')[0]}"


def split(url: str) -> tuple[str, str, str, str]:
    """Take (scheme, user and password, hosts, everything after them) apart; several hosts are no mistake."""
    scheme, _, after = url.partition("://")
    end = min((found for mark in "/?#" if (found := after.find(mark)) >= 0), default=len(after))
    userinfo, _, place = after[:end].rpartition("@")
    return scheme, userinfo, place, after[end:]


def _watched(url: str, scheme: str) -> StoreUrl:
    """The URL of a service that sentinels watch; `scheme` is that of a URL of one server alike."""
    _, userinfo, hosts, rest = split(url)
    path, _, query = rest.partition("?")
    service, _, database = path.removeprefix("/").partition("/")
    if not service:
        raise ValueError(f"it names no service of the sentinels: give {FORMS}")
    if not (database or "0").isdigit():
        raise ValueError(f"its database is no number: give {FORMS}")
    account = f"{userinfo}@" if userinfo else ""
    options = _options(f"{scheme}://{account}server/{database}?{query}")
    del options["host"]
    own = {name: options.pop(f"sentinel_{name}") for name in _OF_SENTINELS if f"sentinel_{name}" in options}
    if any(name.startswith("sentinel_") for name in options):
        raise ValueError("of sentinel_... it may have sentinel_username and sentinel_password only")
    of_tls = {name: value for name, value in options.items() if name.startswith("ssl_")}
    return StoreUrl(
        url,
        shown(url),
        options,
        tls=scheme == "rediss",
        sentinels=tuple(_address(host) for host in hosts.split(",")),
        service=unquote(service),
        sentinel_options=own | of_tls,
    )


def _options(url: str) -> dict[str, Any]:
    """What redis-py reads in the URL of one server, the kind of connection apart. ValueError if nothing."""
    parse: Any = parse_url
    try:
        options = dict(parse(url))
    except (ValueError, TypeError):
        raise ValueError(f"give {FORMS}") from None
    options.pop("connection_class", None)
    return options


def _address(host: str) -> tuple[str, int]:
    """Host and port of a sentinel. ValueError if it has no host."""
    try:
        parts = urlsplit(f"//{host}")
        name, port = parts.hostname, parts.port or _SENTINEL_PORT
    except ValueError:
        name, port = None, 0
    if not name:
        raise ValueError(f"a sentinel in it has no host, or no port that is a number: give {FORMS}")
    return name, port


def _unusable_tls(given: Mapping[str, Any], error: Exception) -> str:
    """Which file or option of TLS cannot be used, and why."""
    for name, content in _FILES.items():
        path = given.get(name)
        if path is None:
            continue
        try:
            with open(path, "rb") as file:
                readable = b"-----BEGIN CERTIFICATE-----" in file.read()
        except OSError as unreadable:
            return f"{path}: cannot be read: {unreadable.strerror}"
        if not readable:
            return f"{path}: {content} must be in it"
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or "an unknown value"
    return f"the options of TLS in the store's URL (ssl_...) cannot be used: {reason}"
