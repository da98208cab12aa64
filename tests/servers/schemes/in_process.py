"""Schemes in this process, on a real Redis: several of one kind may share what is stored."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, TypeVar

from servers.contract.errors import Unauthenticated
from servers.contract.scheme import Account, Scheme
from servers.contract.settings import ServerSettings
from servers.schemes.parts.composed import ComposedScheme
from servers.schemes.parts.credentials import Signed
from tests.servers.make_request import request
from tests.servers.redis_process import RedisProcess
from tests.servers.stores.session_stores import GUARD_S

ALICE = Account("alice", "", "user admin")
_PREFIXES = count()
_Kind = TypeVar("_Kind", bound=Scheme)


def fresh_prefix() -> str:
    """For keys that no other test sees."""
    return f"in-process-{next(_PREFIXES)}:"


@asynccontextmanager
async def started(
    kind: type[_Kind], redis: RedisProcess, prefix: str | None = None, **settings: Any
) -> AsyncIterator[_Kind]:
    """A scheme that is ready; those with one prefix share a store."""
    # A deadline for a machine that does other work too: what is tested is not how fast it is.
    usual = {"store_connections_warm": 1, "store_deadline_ms": 5000}
    chosen = {"redis_key_prefix": prefix or fresh_prefix(), **usual, **settings}
    scheme = kind(ServerSettings(scheme=kind.name, redis_url=redis.url, **chosen))
    scheme.prepare()
    await scheme.start()
    try:
        yield scheme
    finally:
        await scheme.stop()


def share_keys(*schemes: ComposedScheme) -> None:
    """Let all of them sign with the first one's key, as the processes of one server do."""
    for scheme in schemes[1:]:
        signed_part(scheme).codec = signed_part(schemes[0]).codec


def signed_part(scheme: ComposedScheme) -> Signed:
    """The credential of a scheme whose claims travel signed."""
    assert isinstance(scheme.credential, Signed)
    return scheme.credential


def token_of(scheme: ComposedScheme, family: str, version: int = 0) -> str:
    """A token that is made now, for alice's login of this name."""
    claims = scheme.revocation.marked(scheme.claims_of("alice", "user"), family, version)
    return signed_part(scheme).codec.encode(claims)


async def log_in(scheme: Scheme, account: Account = ALICE) -> str:
    """An access token of a new login."""
    mark = await scheme.before_login(account.username)
    return str((await scheme.issue(account, request(), mark)).body["access_token"])


async def accepted(scheme: Scheme, token: str) -> bool:
    """Whether the token is let in."""
    try:
        await scheme.authenticate(bearing(token))
    except Unauthenticated:
        return False
    return True


async def refused_soon(scheme: Scheme, token: str) -> None:
    """Wait until the token is refused: ten seconds at most."""
    async with asyncio.timeout(GUARD_S):
        while await accepted(scheme, token):
            await asyncio.sleep(0.01)


def bearing(token: str) -> Any:
    """A request with that token."""
    return request(("Authorization", f"Bearer {token}"))
