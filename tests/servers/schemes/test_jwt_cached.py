"""A remembered token is worth what a verified one is: never more, never longer."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from starlette.requests import Request

from authbench.contracts.card import Operation
from servers.contract.claims import Claims, new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.codec import PyJwtCodec
from servers.keys.key_pairs import RS256
from servers.schemes.jwt_cached import CachedTokens
from servers.schemes.parts import revocation as module
from servers.schemes.parts.composed import Parts
from servers.schemes.parts.credentials import Signed
from servers.schemes.parts.revocation import RememberedVerification
from servers.schemes.parts.signers import KeyPair
from tests.servers.key_directories import key_directory
from tests.servers.make_request import request
from tests.servers.redis_process import RedisProcess
from tests.servers.schemes.in_process import ALICE, signed_part
from tests.servers.schemes.signed_tokens import private_key

KEY = private_key("RS256")


class Counted(PyJwtCodec):
    """RS256 that says how often it was asked."""

    asked = 0

    def decode(self, token: str) -> Claims:
        Counted.asked += 1
        return super().decode(token)


class CountedTokens(CachedTokens):
    def compose(self) -> Parts:
        parts = super().compose()
        assert isinstance(parts.credential, Signed)
        parts.credential.signer = KeyPair(RS256, self.settings.token_lifetime_s, Counted)
        return parts


def known(scheme: CachedTokens) -> dict[bytes, Claims]:
    assert isinstance(scheme.revocation, RememberedVerification)
    return scheme.revocation.known


class Clock:
    """In place of the module `time`."""

    def __init__(self, now: float) -> None:
        self.now = now

    def time(self) -> float:
        return self.now


@pytest.fixture
def scheme(tmp_path_factory: pytest.TempPathFactory) -> CountedTokens:
    keys = key_directory(tmp_path_factory.mktemp("cached"), pairs={"RS256": KEY})
    made = CountedTokens(ServerSettings(scheme="jwt-cached", keys_directory=keys, verified_tokens=3))
    asyncio.run(made.start())
    return made


def issue(scheme: CachedTokens, sub: str = "alice", lifetime_s: int = 600) -> str:
    (credential,) = asyncio.run(scheme.seed([new_claims(sub, "user", lifetime_s)]))
    return credential.headers["Authorization"].removeprefix("Bearer ")


def bearer(token: str) -> Request:
    return request(("Authorization", f"Bearer {token}"))


def present(scheme: CachedTokens, token: str) -> str:
    return signed_part(scheme).verified(bearer(token)).sub


def verifications(scheme: CachedTokens, *tokens: str) -> int:
    """How many signatures presenting them takes."""
    before = Counted.asked
    for token in tokens:
        assert present(scheme, token)
    return Counted.asked - before


def test_a_signature_is_verified_once(scheme: CountedTokens) -> None:
    one, other = issue(scheme, "alice"), issue(scheme, "bob")
    assert verifications(scheme, one, one, one) == 1
    assert verifications(scheme, other, one, other) == 1
    assert (present(scheme, one), present(scheme, other)) == ("alice", "bob")


def test_what_was_refused_is_refused_again(scheme: CountedTokens) -> None:
    """Nothing is remembered of a bad token, and nothing of a good one makes a changed one good."""
    token = issue(scheme)
    present(scheme, token)
    for bad in (token[:-10] + "AAAAAAAAAA", token + "=", token[:-1], issue(scheme, lifetime_s=-1), "a.b.c"):
        for _ in range(2):
            with pytest.raises(Unauthenticated):
                present(scheme, bad)
    assert verifications(scheme, token) == 0
    assert len(known(scheme)) == 1


def test_it_is_not_remembered_past_its_end(scheme: CountedTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock of the cache alone: PyJWT has its own, by which the token stays good here."""
    token = issue(scheme)
    expires = signed_part(scheme).verified(bearer(token)).exp
    clock = Clock(expires - 0.001)
    monkeypatch.setattr(module, "time", clock)
    assert verifications(scheme, token) == 0
    for late in (expires, expires + 0.001, expires + 10_000):
        clock.now = late
        assert verifications(scheme, token) == 1
        clock.now = expires - 0.001
        assert verifications(scheme, token) == 0


def test_the_token_used_least_recently_goes_first(scheme: CountedTokens) -> None:
    """Room for three."""
    first, second, third, fourth = (issue(scheme, f"user-{number}") for number in range(4))
    assert verifications(scheme, first, second, third, first) == 3
    assert verifications(scheme, fourth) == 1
    assert verifications(scheme, first, third, fourth) == 0
    assert verifications(scheme, second) == 1
    assert verifications(scheme, *(issue(scheme) for _ in range(20))) == 20
    assert len(known(scheme)) == 3


def test_no_token_is_kept(scheme: CountedTokens) -> None:
    """Who reads this memory can present nothing."""
    token = issue(scheme)
    present(scheme, token)
    assert [len(digest) for digest in known(scheme)] == [32]
    kept = repr(known(scheme))
    assert token not in kept
    assert token.rpartition(".")[2] not in kept


End = Callable[[CachedTokens, str], Coroutine[Any, Any, object]]

ENDS: dict[str, tuple[End, set[str]]] = {
    "logout": (lambda scheme, token: scheme.revoke(bearer(token)), {"alice 1"}),
    "password": (lambda scheme, token: scheme.password_changed(bearer(token), ALICE), {"alice 1", "alice 2"}),
    "role": (lambda scheme, _: scheme.role_changed("alice", "user admin"), {"alice 1", "alice 2"}),
    "disabled": (lambda scheme, _: scheme.end_all("alice"), {"alice 1", "alice 2"}),
}


@pytest.mark.parametrize("what", ENDS)
def test_what_ends_is_forgotten(scheme: CountedTokens, what: str) -> None:
    end, gone = ENDS[what]
    tokens = {name: issue(scheme, name.partition(" ")[0]) for name in ("alice 1", "alice 2", "bob")}
    assert verifications(scheme, *tokens.values()) == 3
    asyncio.run(end(scheme, tokens["alice 1"]))
    assert {name for name, token in tokens.items() if verifications(scheme, token)} == gone


def test_logout_everywhere_forgets_them_all(redis_server: RedisProcess) -> None:
    async def check() -> None:
        settings = ServerSettings(
            scheme="jwt-cached",
            redis_url=redis_server.url,
            redis_key_prefix="cached:",
            store_deadline_ms=5000,
        )
        scheme = CachedTokens(settings)
        await scheme.start()
        try:
            found = await scheme.seed([new_claims(name, "user", 600) for name in ("alice", "alice", "bob")])
            for credential in found:
                await scheme.authenticate(request(*credential.headers.items()))
            await scheme.revoke_everywhere(request(*found[0].headers.items()))
            assert [claims.sub for claims in known(scheme).values()] == ["bob"]
        finally:
            await scheme.delete_keys()
            await scheme.stop()

    asyncio.run(check())


def test_a_new_key_forgets_everything(scheme: CountedTokens) -> None:
    token = issue(scheme)
    present(scheme, token)
    scheme.rotate_keys()
    assert verifications(scheme, token, token, issue(scheme)) == 2


def test_every_process_remembers_for_itself(scheme: CountedTokens) -> None:
    other = CountedTokens(scheme.settings)
    asyncio.run(other.start())
    token = issue(scheme)
    assert verifications(scheme, token) == verifications(other, token) == 1


def test_the_card(scheme: CountedTokens) -> None:
    crypto = scheme.card.crypto_operations
    assert crypto[Operation.READ] == {"RS256 verify": 1, "SHA-256": 1}
    assert crypto[Operation.LOGOUT] == {"RS256 verify": 1, "SHA-256": 2}
    assert crypto[Operation.LOGIN] == {"RS256 sign": 1}
    assert scheme.card.revocation_window_s == 900
