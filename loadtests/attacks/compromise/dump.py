"""What a store has of a login, as somebody reads it who copied the store."""

import contextlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis

from loadtests.attacks.laboratory.jws import encoded
from loadtests.attacks.laboratory.target import Target

_TEXT = re.compile(r"[A-Za-z0-9_\-.~+/=]{16,}")
"""Whatever could be a credential: nothing shorter than 16 characters has 96 bits."""

_PATIENCE_S = 60.0
"""For one answer of a store that several servers under attack share."""


def dump(target: Target) -> frozenset[str]:
    """Every text in the server's store: keys, and values of any type. Bytes in hexadecimal and base64url.

    Redis is read key by key below the server's prefix, an SQL store column by column. Empty where the server
    keeps nothing in a store, or in the memory of its process, which nobody copies on the way.
    """
    content = _redis(target) if target.card.store == "redis" or target.card.refreshes else _sql(target)
    return frozenset(text for each in content for text in _texts(each))


def candidates(before: frozenset[str], after: frozenset[str]) -> list[str]:
    """What came into the store between two dumps, and what could be a credential of it: the texts themselves,
    their parts between colons, and pairs of them as a refresh token is spelled, `family.secret`.
    """
    new = {part for text in after - before for part in (text, *text.split(":"), *_TEXT.findall(text))}
    found = {part for part in new if _TEXT.fullmatch(part)}
    short = sorted(part for part in found if len(part) <= 86 and "." not in part)
    pairs = {f"{one}.{other}" for one in short if len(one) == 22 for other in short if other != one}
    return sorted(found | pairs)


def _redis(target: Target) -> Iterator[bytes]:
    with contextlib.closing(redis.Redis.from_url(target.redis_url, socket_timeout=_PATIENCE_S)) as connected:
        client: Any = connected  # typed as if a command might be awaited
        for key in client.scan_iter(match=f"{target.key_prefix}*", count=1000):
            yield key[len(target.key_prefix) :]
            match client.type(key):
                case b"string":
                    yield client.get(key) or b""
                case b"hash":
                    for field in client.hgetall(key).items():
                        yield from field
                case b"zset":
                    yield from client.zrange(key, 0, -1)
                case b"set":
                    yield from client.smembers(key)
                case b"list":
                    yield from client.lrange(key, 0, -1)


def _sql(target: Target) -> Iterator[bytes]:
    path = Path("/" + urlsplit(target.settings["session_database_url"]).path.lstrip("/"))
    if target.card.store != "sql" or not path.exists():
        return
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in database.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - a name from the file itself
                yield from (value if isinstance(value, bytes) else str(value).encode() for value in row)


def _texts(content: bytes) -> Iterator[str]:
    try:
        yield content.decode("ascii")
    except UnicodeDecodeError:
        yield content.hex()
        yield encoded(content)
