"""A key is replaced while its tokens live: they stay good, and the key is good for nothing else."""

import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from servers.claims import Claims, new_claims
from servers.oauth.codec import PyJwtCodec
from servers.oauth.key_pairs import BACKEND, EDDSA, PrivateKey, key_bits, public_jwk
from servers.oauth.key_ring import KeyRing
from tests.servers.schemes.signed_tokens import decode, jws, signature_of

LIFETIME_S = 600


class Counting(PyJwtCodec):
    """Says how often a header was looked into."""

    def decode(self, token: str) -> Claims:
        DECODED.append(self.kid)
        return super().decode(token)


DECODED: list[str] = []


def codec_of(key: PrivateKey) -> PyJwtCodec:
    return Counting("EdDSA", key, key.public_key(), key_bits(key), BACKEND, public_jwk(key, "EdDSA"))


class Locksmith:
    """Draws the keys of a ring, and keeps them."""

    def __init__(self) -> None:
        self.keys: list[PrivateKey] = []
        self.ring = KeyRing(self.draw(), self.draw, LIFETIME_S)

    def draw(self) -> PyJwtCodec:
        self.keys.append(EDDSA.draw())
        return codec_of(self.keys[-1])

    def forge(self, which: int, claims: Claims, **header: Any) -> str:
        """By whoever has that key."""
        return jws(
            {"alg": "EdDSA", "typ": "at+jwt", **header}, claims.as_dict(), signature_of(self.keys[which])
        )

    def kids(self, now: float | None = None) -> list[str]:
        return [key["kid"] for key in self.ring.jwks(now)["keys"]]


@pytest.fixture
def smith() -> Locksmith:
    return Locksmith()


def claims(lifetime_s: int = LIFETIME_S) -> Claims:
    return new_claims("alice", "user", lifetime_s)


def test_the_header_we_write_is_not_looked_into(smith: Locksmith, monkeypatch: pytest.MonkeyPatch) -> None:
    own, other = smith.ring.encode(claims()), smith.forge(0, claims(), kid=smith.kids()[0])
    asked: list[str] = []
    look: Callable[[str], dict[str, Any]] = jwt.get_unverified_header

    def count(token: str) -> dict[str, Any]:
        asked.append(token)
        return look(token)

    monkeypatch.setattr(jwt, "get_unverified_header", count)
    smith.ring.decode(own)
    smith.ring.rotate()
    smith.ring.decode(own)
    smith.ring.decode(smith.ring.encode(claims()))
    assert asked == []
    # The same members, spelled otherwise.
    smith.ring.decode(other)
    assert asked == [other]


def test_a_key_verifies_what_it_signed(smith: Locksmith) -> None:
    tokens = [smith.ring.encode(claims())]
    for _ in range(3):
        smith.ring.rotate()
        tokens.append(smith.ring.encode(claims()))
    DECODED.clear()
    for token in tokens:
        assert smith.ring.decode(token).sub == "alice"
    named = [json.loads(decode(token.partition(".")[0]))["kid"] for token in tokens]
    # The one that signs comes first, the others by age.
    current, *older = smith.kids()
    assert named == DECODED == [*older, current]


def test_no_key_verifies_what_another_signed(smith: Locksmith) -> None:
    smith.ring.rotate()
    new, old = smith.kids()
    for which, kid in ((0, new), (1, old)):
        with pytest.raises(ValueError, match="refused"):
            smith.ring.decode(smith.forge(which, claims(), kid=kid))
    assert smith.ring.decode(smith.forge(1, claims(), kid=new)).sub == "alice"


def test_a_key_is_dead_with_its_last_token(smith: Locksmith) -> None:
    now = time.time()
    token = smith.ring.encode(claims())
    smith.ring.rotate(now - LIFETIME_S + 5)
    old = smith.kids(now)[1]
    assert smith.ring.decode(token).sub == "alice"
    assert smith.kids(now + LIFETIME_S - 5) == [smith.kids()[0], old]
    assert smith.kids(now + LIFETIME_S + 5) == [smith.kids()[0]]
    # Another rotation after that forgets it.
    smith.ring.rotate(now + LIFETIME_S + 5)
    with pytest.raises(ValueError, match="no key of ours"):
        smith.ring.decode(token)


def test_what_an_old_key_signs_dies_with_it(smith: Locksmith) -> None:
    """Whoever stole it cannot sign for longer than the tokens that are out already."""
    smith.ring.rotate()
    old = smith.kids()[1]
    assert smith.ring.decode(smith.forge(0, claims(LIFETIME_S - 2), kid=old)).sub == "alice"
    for lifetime_s in (LIFETIME_S + 5, 10 * LIFETIME_S):
        with pytest.raises(ValueError, match="outlive its key"):
            smith.ring.decode(smith.forge(0, claims(lifetime_s), kid=old))


def test_a_dead_key_is_refused_before_it_is_forgotten(smith: Locksmith) -> None:
    smith.ring.rotate(time.time() - 2 * LIFETIME_S)
    for lifetime_s in (1, 5, LIFETIME_S):
        with pytest.raises(ValueError, match="outlive its key"):
            smith.ring.decode(smith.forge(0, claims(lifetime_s), kid=codec_of(smith.keys[0]).kid))


def test_a_token_that_lives_longer_keeps_its_key_alive(smith: Locksmith) -> None:
    """Such as the harness seeds."""
    token = smith.ring.encode(claims(10 * LIFETIME_S))
    smith.ring.rotate()
    assert smith.ring.decode(token).sub == "alice"
    assert len(smith.kids(time.time() + 5 * LIFETIME_S)) == 2
    with pytest.raises(ValueError, match="outlive its key"):
        smith.ring.decode(smith.forge(0, claims(20 * LIFETIME_S), kid=smith.kids()[1]))
    # Its own, and not the next one too.
    smith.ring.rotate()
    assert len(smith.kids()) == 3
    assert len(smith.kids(time.time() + 5 * LIFETIME_S)) == 2


def test_many_rotations_keep_no_more_keys_than_live(smith: Locksmith) -> None:
    """A key every hundred seconds, tokens of six hundred."""
    start = time.time()
    for step in range(50):
        smith.ring.rotate(start + 100 * step)
        assert len(smith.kids(start + 100 * step)) <= 1 + LIFETIME_S // 100
    assert len(smith.ring._by_header) == len(smith.ring._retired) + 1 <= 1 + LIFETIME_S // 100


def test_others_can_verify_with_what_is_published(smith: Locksmith) -> None:
    """RFC 7517, as a client reads it: the key set finds the key by its name."""
    old = smith.ring.encode(claims())
    smith.ring.rotate()
    published = jwt.PyJWKSet.from_dict(json.loads(json.dumps(smith.ring.jwks())))
    for token in (old, smith.ring.encode(claims())):
        key = published[jwt.get_unverified_header(token)["kid"]]
        found = jwt.decode(token, key, algorithms=["EdDSA"], audience=claims().aud)
        assert found["sub"] == "alice"
