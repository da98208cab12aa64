"""Credentials by themselves: what is stored and what is signed, behind any carrier."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from servers.contract.claims import Claims, new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.keys.keys import Keys
from servers.schemes.parts.carriers import BearerCarrier, Carrier, CookieCarrier
from servers.schemes.parts.credentials import CredentialPart, Signed, Stored
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret, hs256
from servers.stores.memory import MemorySessions
from servers.stores.sessions import Asks
from tests.servers.make_request import request

SETTINGS = ServerSettings(scheme="some")


def carriers() -> list[Carrier]:
    return [BearerCarrier(), CookieCarrier(SETTINGS)]


def with_part(part: CredentialPart, work: Callable[[], Awaitable[None]]) -> None:
    async def inside() -> None:
        keys = Keys()
        part.carrier.prepare(keys)
        part.prepare(keys)
        async with AsyncExitStack() as ending:
            await part.start(ending)
            await work()

    asyncio.run(inside())


async def read(part: CredentialPart, text: str, claims: Claims) -> Claims | None:
    try:
        return await part.read(request(*part.carrier.sent(text, claims).items()))
    except Unauthenticated:
        return None


@pytest.mark.parametrize("carrier", carriers())
def test_what_is_stored_lasts_until_it_is_ended(carrier: Carrier) -> None:
    stored = Stored(carrier, lambda: MemorySessions(600), Asks(), 600, kind="memory")
    claims = new_claims("alice", "user", 600)

    async def work() -> None:
        text = await stored.issue(claims, await stored.mark("alice"))
        (other,) = await stored.seed([claims])
        assert await read(stored, text, claims) == claims
        for bad in (text[:-1], text + "A", text.swapcase(), "A" * 43):
            assert await read(stored, bad, claims) is None
        await stored.end(request(*carrier.sent(text, claims).items()))
        assert await read(stored, text, claims) is None
        assert await read(stored, other, claims) == claims
        await stored.retire([other, "no id"])
        assert await read(stored, other, claims) is None

    with_part(stored, work)


def test_a_login_that_began_before_all_were_ended_gets_nothing() -> None:
    stored = Stored(BearerCarrier(), lambda: MemorySessions(600), Asks(), 600, kind="memory")

    async def work() -> None:
        mark = await stored.mark("alice")
        await stored.end_all("alice")
        with pytest.raises(Unauthenticated, match="log in again"):
            await stored.issue(new_claims("alice", "user", 600), mark)

    with_part(stored, work)


@pytest.mark.parametrize("carrier", carriers())
def test_what_is_signed_is_good_until_it_expires(carrier: Carrier) -> None:
    signed = Signed(SETTINGS, carrier, SharedSecret(ACCESS_TOKEN, hs256), 600)
    good, expired = new_claims("alice", "user", 600), new_claims("alice", "user", -1)
    bound = new_claims("alice", "user", 600, jkt="x" * 43)

    async def work() -> None:
        texts = await signed.seed([good, expired, bound])
        assert [await read(signed, text, good) for text in texts] == [good, None, None]
        assert await read(signed, texts[0] + "=", good) is None
        replaced = await signed.replace(request(), good)
        assert replaced is not None
        assert await read(signed, *replaced) == good

    with_part(signed, work)


def test_only_who_can_remove_a_credential_ends_a_bad_one() -> None:
    """A browser drops its cookie, good or not; who sends a token must send a good one."""

    async def ends(carrier: Carrier) -> bool:
        signed = Signed(SETTINGS, carrier, SharedSecret(ACCESS_TOKEN, hs256), 600)
        signed.prepare(keys)
        try:
            await signed.end(request(*carrier.sent("bad", new_claims("alice", "user", 600)).items()))
        except Unauthenticated:
            return False
        return True

    keys, (bearer, cookie) = Keys(), carriers()
    cookie.prepare(keys)
    assert [asyncio.run(ends(carrier)) for carrier in (bearer, cookie)] == [False, True]


def test_what_a_store_asks_is_what_its_credential_declares() -> None:
    asks = Asks(read={"get": 1, "set": 1}, read_to_end={"get": 1}, again={"get": 1}, end_all={"del": 1})
    declared = Stored(BearerCarrier(), lambda: MemorySessions(1), asks, 1).declared
    assert declared.commands["read"] == {"get": 1, "set": 1}  # type: ignore[index]
    assert declared.commands["logout-everywhere"] == {"get": 1, "del": 1}  # type: ignore[index]
    assert declared.repeated["read"] == {"get": 1}  # type: ignore[index]
