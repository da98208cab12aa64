"""A key is replaced while its tokens live: they stay good, and the key is good for nothing else."""

import json
import math
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest

from servers.contract.claims import Claims, new_claims
from servers.credentials.tokens.codec import PyJwtCodec
from servers.credentials.tokens.key_ring import KeyRing
from servers.keys.key_pairs import BACKEND, EDDSA, PrivateKey, key_bits, public_jwk
from servers.keys.keys import CLOCKS_APART_S, JWKS_MAX_AGE_S, PUBLISHED_FIRST_S, REREAD_S, Timed
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
    """Draws the keys of a ring, keeps them, and has its clock."""

    def __init__(self) -> None:
        self.now = time.time()
        self.keys: list[PrivateKey] = []
        self.made: list[Timed[PyJwtCodec]] = []
        self.draw(0)
        self.ring = KeyRing(self.made, LIFETIME_S, lambda: self.now)

    def draw(self, signs_from: float) -> None:
        self.keys.append(EDDSA.draw())
        self.made.append(Timed(codec_of(self.keys[-1]), signs_from))

    def publish(self) -> None:
        """A fresh key, as a rotation does it."""
        self.draw(self.now + PUBLISHED_FIRST_S)
        self.ring.use(self.made)

    def rotate(self) -> None:
        """The same, and its time has come."""
        self.draw(self.now)
        self.ring.use(self.made)

    def forge(self, which: int, claims: Claims, **header: Any) -> str:
        """By whoever has that key."""
        return jws(
            {"alg": "EdDSA", "typ": "at+jwt", **header}, claims.as_dict(), signature_of(self.keys[which])
        )

    def kids(self) -> list[str]:
        return [key["kid"] for key in self.ring.jwks()["keys"]]


@pytest.fixture
def smith() -> Locksmith:
    return Locksmith()


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


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
    smith.rotate()
    smith.ring.decode(own)
    smith.ring.decode(smith.ring.encode(claims()))
    assert asked == []
    # The same members, spelled otherwise.
    smith.ring.decode(other)
    assert asked == [other]


def test_a_key_verifies_what_it_signed(smith: Locksmith) -> None:
    tokens = [smith.ring.encode(claims())]
    for _ in range(3):
        smith.rotate()
        tokens.append(smith.ring.encode(claims()))
    DECODED.clear()
    for token in tokens:
        assert smith.ring.decode(token).sub == "alice"
    named = [json.loads(decode(token.partition(".")[0]))["kid"] for token in tokens]
    # The one that signs comes first, the others by age.
    current, *older = smith.kids()
    assert named == DECODED == [*older, current]


def test_no_key_verifies_what_another_signed(smith: Locksmith) -> None:
    smith.rotate()
    new, old = smith.kids()
    for which, kid in ((0, new), (1, old)):
        with pytest.raises(ValueError, match="refused"):
            smith.ring.decode(smith.forge(which, claims(), kid=kid))
    assert smith.ring.decode(smith.forge(1, claims(), kid=new)).sub == "alice"


def test_a_new_key_signs_when_nobody_has_an_older_set_of_keys(smith: Locksmith) -> None:
    """Others keep our set for JWKS_MAX_AGE_S, and another server reads the directory REREAD_S later."""
    old = smith.kids()[0]
    smith.publish()
    new = smith.kids()[1]
    start = smith.now
    for later_s in (0, JWKS_MAX_AGE_S, JWKS_MAX_AGE_S + REREAD_S, PUBLISHED_FIRST_S - 1):
        smith.now = start + later_s
        assert kid_of(smith.ring.encode(claims())) == old
        assert smith.kids() == [old, new]
    # A server whose clock is ahead signs with it already.
    assert smith.ring.decode(smith.forge(1, claims(10 * LIFETIME_S), kid=new)).sub == "alice"
    smith.now = start + PUBLISHED_FIRST_S
    assert kid_of(smith.ring.encode(claims())) == new
    assert smith.kids() == [new, old]


def test_the_only_key_left_signs_at_once(smith: Locksmith) -> None:
    """The others have leaked and were taken away: what they signed is refused, and nobody waits."""
    token = smith.ring.encode(claims())
    smith.publish()
    smith.ring.use(smith.made[1:])
    assert kid_of(smith.ring.encode(claims())) == smith.made[1].key.kid
    assert smith.kids() == [smith.made[1].key.kid]
    with pytest.raises(ValueError, match="no key of ours"):
        smith.ring.decode(token)


def test_a_key_is_dead_with_its_last_token(smith: Locksmith) -> None:
    old = smith.kids()[0]
    smith.rotate()
    start, lives_s = smith.now, CLOCKS_APART_S + LIFETIME_S
    # Signed in the last moment, by a server whose clock is late.
    token = smith.forge(0, claims(lives_s - 1), kid=old)
    smith.now = start + lives_s - 1
    assert smith.kids()[1:] == [old]
    assert smith.ring.decode(token).sub == "alice"
    smith.now = start + lives_s
    assert smith.kids()[1:] == []
    with pytest.raises(ValueError, match="no key of ours"):
        smith.ring.decode(token)


def test_what_an_old_key_signs_dies_with_it(smith: Locksmith) -> None:
    """Whoever stole it cannot sign for longer than the tokens that are out already."""
    smith.rotate()
    old = smith.kids()[1]
    assert smith.ring.decode(smith.forge(0, claims(LIFETIME_S - 2), kid=old)).sub == "alice"
    for lifetime_s in (LIFETIME_S + CLOCKS_APART_S + 5, 10 * LIFETIME_S):
        with pytest.raises(ValueError, match="outlive its key"):
            smith.ring.decode(smith.forge(0, claims(lifetime_s), kid=old))


def test_a_token_that_lives_longer_keeps_its_key_alive(smith: Locksmith) -> None:
    """Such as the harness seeds."""
    token = smith.ring.encode(claims(10 * LIFETIME_S))
    smith.rotate()
    assert smith.ring.decode(token).sub == "alice"
    with pytest.raises(ValueError, match="outlive its key"):
        smith.ring.decode(smith.forge(0, claims(20 * LIFETIME_S), kid=smith.kids()[1]))
    # Its own, and not the next one too.
    smith.rotate()
    assert len(smith.kids()) == 3
    smith.now += 5 * LIFETIME_S
    assert len(smith.kids()) == 2


def test_many_rotations_keep_no_more_keys_than_live(smith: Locksmith) -> None:
    """A key every hundred seconds, tokens of six hundred."""
    most = 1 + math.ceil((LIFETIME_S + CLOCKS_APART_S) / 100)
    for _ in range(50):
        smith.rotate()
        assert len(smith.kids()) <= most
        smith.now += 100
    assert len(smith.ring._by_header) == len(smith.ring._by_kid) <= most


def test_others_can_verify_with_what_is_published(smith: Locksmith) -> None:
    """RFC 7517, as a client reads it: the key set finds the key by its name."""
    old = smith.ring.encode(claims())
    smith.rotate()
    published = jwt.PyJWKSet.from_dict(json.loads(json.dumps(smith.ring.jwks())))
    for token in (old, smith.ring.encode(claims())):
        key = published[jwt.get_unverified_header(token)["kid"]]
        found = jwt.decode(token, key, algorithms=["EdDSA"], audience=claims().aud)
        assert found["sub"] == "alice"
