"""Ask sentinels which server is the primary (redis.io, "Guidelines for Redis clients with support for Redis
Sentinel").
"""

from collections.abc import Iterable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import Connection, ConnectionPool, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.maint_notifications import MaintNotificationsConfig

from authbench.system.store_server import advice, told
from authbench.system.store_url import StoreUrl


class NoPrimaryError(RedisConnectionError):
    """No sentinel names a primary. `what_to_do` is what `advice` of `store_server` says."""

    def __init__(self, text: str, what_to_do: str) -> None:
        super().__init__(text)
        self.what_to_do = what_to_do


class Sentinels:
    """The sentinels of a URL. The one that answered last is asked first, each for `ask_s` seconds at most."""

    def __init__(self, url: StoreUrl, ask_s: float) -> None:
        self._service = url.service
        self._clients = [(f"{host}:{port}", _client(url, host, port, ask_s)) for host, port in url.sentinels]

    async def primary(self) -> tuple[str, int]:
        """Host and port of the primary. `NoPrimaryError` if none of them names one.

        They name one that is down until another is promoted, and the promoted one at once: before its other
        replicas have been told, which SENTINEL MASTERS waits for.
        """
        found: list[NoPrimaryError] = []
        for each in list(self._clients):
            place, client = each
            try:
                named = await _ask(client, "GET-MASTER-ADDR-BY-NAME", self._service)
                if named is None:
                    watched = await _ask(client, "MASTERS")
                    found.append(_unknown(place, self._service, watched))
                    continue
            except (RedisError, OSError) as error:
                found.append(_no_answer(place, error))
                continue
            # One step, without an await: others may be asking meanwhile.
            self._clients.sort(key=lambda other: other is not each)
            host, port = named
            return host.decode(), int(port)
        raise NoPrimaryError("; ".join(str(error) for error in found), found[0].what_to_do)

    async def close(self) -> None:
        """Close every connection; a later question opens new ones."""
        for _, client in self._clients:
            await client.connection_pool.disconnect()


def _client(url: StoreUrl, host: str, port: int, ask_s: float) -> "Redis":
    kind: type[Connection] = SSLConnection if url.tls else Connection
    pool = ConnectionPool(
        connection_class=kind,
        host=host,
        port=port,
        socket_timeout=ask_s,
        socket_connect_timeout=ask_s,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        driver_info=None,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
        **url.sentinel_options,
    )
    return Redis(connection_pool=pool)


async def _ask(client: "Redis", *question: str) -> Any:
    """One question in the words of a sentinel."""
    name, *arguments = question
    return await client.execute_command(f"SENTINEL {name}", *arguments)  # type: ignore[no-untyped-call]


def _no_answer(place: str, error: Exception) -> NoPrimaryError:
    """One that cannot be reached, or answers with something else."""
    text = told(error)
    if "unknown command" in text.lower():
        what_to_do = "give a sentinel's port (26379 is usual), or redis:// for a server"
        return NoPrimaryError(f"{place} is no sentinel", what_to_do)
    if text.startswith(("NOAUTH", "WRONGPASS")):
        what_to_do = "name the sentinels' own account: ?sentinel_username=USER&sentinel_password=PASSWORD"
    else:
        what_to_do = advice(error) or "start the sentinels, or correct their addresses"
    # The built-in TimeoutError has no text.
    return NoPrimaryError(f"no sentinel answers at {place} ({text or 'no answer'})", what_to_do)


def _unknown(place: str, service: str, watched: Iterable[str]) -> NoPrimaryError:
    names = ", ".join(f"'{name}'" for name in sorted(watched)) or "nothing"
    text = f"the sentinel at {place} does not watch '{service}', but {names}"
    return NoPrimaryError(text, "name one that it watches: redis+sentinel://HOST:PORT/SERVICE/0")
