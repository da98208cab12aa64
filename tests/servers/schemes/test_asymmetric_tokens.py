"""Where the verifying key is public: no token may choose its key, and no public key may make one."""

import asyncio
import hashlib
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from servers.contract.claims import Identity
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.keys.key_pairs import PrivateKey, public_jwk
from servers.keys.keys import PUBLISHED_FIRST_S
from servers.schemes.parts.composed import ComposedScheme
from servers.schemes.parts.signers import KeyPair
from tests.servers.key_directories import key_directory, key_name
from tests.servers.make_request import request
from tests.servers.schemes.in_process import signed_part
from tests.servers.schemes.signed_tokens import CLAIMS, Door, decode, encode, jws, mac, signature_of

ALICE = Identity("user-000001", ("user", "audit"))


def pair_of(scheme: ComposedScheme) -> KeyPair:
    signer = signed_part(scheme).signer
    assert isinstance(signer, KeyPair)
    return signer


def kid_of(door: Door) -> str:
    kid: str = pair_of(door.scheme).jwks()["keys"][0]["kid"]
    return kid


def kid_in(token: str) -> str:
    return str(json.loads(decode(token.partition(".")[0]))["kid"])


def another_key(door: Door) -> PrivateKey:
    """A thief's own, of the same kind."""
    return pair_of(door.scheme).kind.draw()


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Nothing may ask anybody: whom it tried to reach is here."""
    asked: list[Any] = []

    def refuse(_: socket.socket, address: Any) -> None:
        asked.append(address)
        raise OSError("offline")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *host: refuse(socket.socket(), host))
    yield asked
    assert asked == []


def test_a_token_names_its_key(asymmetric: Door) -> None:
    header = json.loads(decode(asymmetric.issue().partition(".")[0]))
    assert header == {**asymmetric.header, "kid": kid_of(asymmetric)}
    for spelled in (header, dict(reversed(header.items())), {**header, "extra": 1}, asymmetric.header):
        assert asymmetric.present(asymmetric.sign(CLAIMS, spelled)) == ALICE


def test_the_public_key_is_no_secret_to_sign_with(asymmetric: Door) -> None:
    """RFC 8725 section 2.1: whoever has the public key must not be able to make tokens with it."""
    public = asymmetric.key.public_key()
    jwk = pair_of(asymmetric.scheme).jwks()["keys"][0]
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    keys = [
        pem,
        pem.strip(),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(jwk).encode(),
        json.dumps(jwk, separators=(",", ":")).encode(),
        *(decode(jwk[name]) for name in ("n", "x", "y") if name in jwk),
        *(jwk[name].encode() for name in ("n", "x", "y") if name in jwk),
        b"",
    ]
    for key in keys:
        for algorithm in ("HS256", asymmetric.header["alg"]):
            for more in ({}, {"kid": kid_of(asymmetric)}):
                with pytest.raises(Unauthenticated):
                    asymmetric.present(jws({**asymmetric.header, "alg": algorithm, **more}, CLAIMS, mac(key)))


def test_no_token_brings_its_own_key(asymmetric: Door, offline: list[Any]) -> None:
    """RFC 8725 section 3.10: what is written in a token can be anybody's."""
    thief = another_key(asymmetric)
    own = public_jwk(thief, asymmetric.header["alg"])
    where = "http://127.0.0.1:9/keys.json"
    for more in (
        {"jwk": own},
        {"jwk": own, "kid": own["kid"]},
        {"jwk": own, "kid": kid_of(asymmetric)},
        {"jku": where, "kid": own["kid"]},
        {"jku": where, "kid": kid_of(asymmetric)},
        {"x5u": where},
        {"x5c": [encode(b"certificate")]},
        {"x5t": encode(hashlib.sha256(b"certificate").digest())},
        {"iss": where},
    ):
        with pytest.raises(Unauthenticated):
            asymmetric.present(jws({**asymmetric.header, **more}, CLAIMS, signature_of(thief)))


@pytest.mark.parametrize(
    "kid",
    [
        "",
        "0",
        "../../../dev/null",
        "' OR '1'='1",
        "key\x00",
        "http://127.0.0.1:9/",
        "A" * 10_000,
        "\ud800",
    ],
)
def test_a_key_nobody_knows(asymmetric: Door, offline: list[Any], kid: str) -> None:
    """Signed with the right key, even: the name alone is reason enough, and nobody is asked for it."""
    with pytest.raises(Unauthenticated):
        asymmetric.present(asymmetric.sign(CLAIMS, {**asymmetric.header, "kid": kid}))


def test_another_key(asymmetric: Door) -> None:
    thief = signature_of(another_key(asymmetric))
    for more in ({}, {"kid": kid_of(asymmetric)}):
        with pytest.raises(Unauthenticated):
            asymmetric.present(jws({**asymmetric.header, **more}, CLAIMS, thief))


def test_signatures_of_any_length(asymmetric: Door) -> None:
    header = {**asymmetric.header, "kid": kid_of(asymmetric)}
    signed = f"{encode(header)}.{encode(CLAIMS)}"
    good = asymmetric.signature(signed.encode())
    wrong = [
        b"", b"\0", good[:-1], good[1:], good + b"\0", b"\0" + good, good + good, bytes(len(good)),
        b"\xff" * len(good), good[::-1], bytes(8192),
    ]  # fmt: skip
    assert asymmetric.present(f"{signed}.{encode(good)}") == ALICE
    for signature in wrong:
        with pytest.raises(Unauthenticated):
            asymmetric.present(f"{signed}.{encode(signature)}")


def test_tokens_of_the_old_key_live_on(asymmetric: Door, tmp_path: Path) -> None:
    """A rotation logs nobody out, and new tokens are of the new key when its time has come."""
    kind, algorithm = type(asymmetric.scheme), asymmetric.header["alg"]
    keys = key_directory(tmp_path, pairs={algorithm: asymmetric.key})
    rotating = kind(ServerSettings(scheme=kind.name, keys_directory=keys))
    asyncio.run(rotating.start())
    door = Door(rotating, asymmetric.signature)
    tokens = [door.issue()]
    rotating.rotate_keys()
    tokens.append(door.issue())
    old, new = (key["kid"] for key in pair_of(rotating).jwks()["keys"])
    assert [kid_in(token) for token in tokens] == [old, old]
    # An older server's: made so long ago that it signs.
    (published,) = set(Path(keys).glob(f"{algorithm}-*")) - {Path(keys) / key_name(algorithm)}
    published.rename(Path(keys) / key_name(algorithm, time.time() - PUBLISHED_FIRST_S))
    assert rotating.keys.reread()
    rotating.prepare()
    tokens.append(door.issue())
    assert kid_in(tokens[-1]) == new
    assert [key["kid"] for key in pair_of(rotating).jwks()["keys"]] == [new, old]
    for token in tokens:
        assert door.present(token) == ALICE
    # A leaked key, replaced: what a thief makes with it from now on may not outlive it.
    soon = {**CLAIMS, "exp": int(time.time()) + 600}
    late = {**CLAIMS, "exp": int(time.time()) + 86400}
    named = {**door.header, "kid": kid_of(asymmetric)}
    assert door.present(jws(named, soon, door.signature)) == ALICE
    with pytest.raises(Unauthenticated):
        door.present(jws(named, late, door.signature))
    with pytest.raises(Unauthenticated):
        # Without a name it is the new key's.
        door.present(jws(door.header, soon, door.signature))


def test_the_set_of_keys_holds_nothing_private(asymmetric: Door) -> None:
    """RFC 7517 sections 4 and 9.3."""
    algorithm = asymmetric.header["alg"]
    members = {"RS256": {"n", "e"}, "ES256": {"crv", "x", "y"}, "EdDSA": {"crv", "x"}}[algorithm]
    (key,) = pair_of(asymmetric.scheme).jwks()["keys"]
    assert set(key) == {"kty", "kid", "alg", "use"} | members
    assert (key["alg"], key["use"]) == (algorithm, "sig")
    assert json.loads(json.dumps(key)) == key


def test_what_signs_is_named(asymmetric: Door) -> None:
    crypto = asymmetric.scheme.crypto
    assert crypto["algorithm"] == asymmetric.header["alg"]
    assert crypto["key_bits"] == (2048 if crypto["algorithm"] == "RS256" else 256)
    assert str(crypto["backend"]).startswith("cryptography ")


def test_cookies_are_not_looked_at(asymmetric: Door) -> None:
    with pytest.raises(Unauthenticated):
        asyncio.run(asymmetric.scheme.authenticate(request(("Cookie", f"token={asymmetric.issue()}"))))
