"""Project Wycheproof's vectors of JSON Web Signatures, put to the code that verifies our tokens.

The payload of a vector is no set of claims, so a server that is asked over HTTP refuses every vector. What is
asked instead is the server's own code, from the Authorization header on: whether it goes so far as to read
the claims, which it does only behind a signature that it has taken.
"""

import base64
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import jwt
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from starlette.requests import Request

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.judges import Objection
from judges.judge import Heard, Judge, Topic
from loadtests.attacks.run_attacks import Laboratory
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.codec import PyJwtCodec, TokenCodec
from servers.credentials.tokens.strict_jwt import StrictJwt
from servers.keys.key_pairs import BACKEND, key_bits, public_jwk
from servers.schemes.parts.carriers import BearerCarrier
from servers.schemes.parts.credentials import Signed
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret, hs256

VARIABLE = "WYCHEPROOF"
_FILE = Path("testvectors_v1") / "json_web_signature_test.json"
BELIEVER = "a verifier that believes everything"
REFUSER = "a verifier that refuses everything"
_ALGORITHMS = {"jwt-hs256": "HS256", "jwt-rs256": "RS256", "jwt-es256": "ES256"}
_RIGHT = "right signatures"
_COMPACT = re.compile(r"[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*")
"""RFC 7515 section 7.1."""


class Wycheproof(Judge):
    """Vectors of JSON Web Signatures for the algorithms that we offer."""

    name = "wycheproof"
    home = "https://github.com/C2SP/wycheproof"
    subjects = tuple(_ALGORITHMS)
    topics = (
        Topic(_RIGHT, "Is a signature refused that is right?", REFUSER),
        Topic("signature", "Is a signature taken that is not right?", BELIEVER, "G3"),
        Topic("algorithm none", "Is no signature at all taken?", BELIEVER, "G1"),
        Topic("key confusion", "Is a public key taken for a secret?", BELIEVER, "G2"),
        Topic("key of the token", "Is a key taken that the token brings along?", BELIEVER, "G5"),
        Topic("special signatures", "Is a signature of special numbers taken?", BELIEVER, "G8"),
        Topic("spelling", "Is another spelling of base64url taken?", BELIEVER, "G9"),
    )

    def missing(self) -> str | None:
        folder = os.environ.get(VARIABLE)
        if not folder:
            return f"give its folder: make judges {VARIABLE}=FOLDER, with a copy of {self.home}"
        try:
            read_vectors(Path(folder).expanduser() / _FILE)
        except Failure as failure:
            return str(failure)
        return None

    def version(self) -> str | None:
        return None

    def hear(self, laboratory: Laboratory, subject: str, topics: Sequence[Topic]) -> Mapping[str, Heard]:
        del laboratory  # no server is needed
        vectors, flawed = without_flawed(read_vectors(Path(os.environ[VARIABLE]).expanduser() / _FILE))
        algorithm = _ALGORITHMS.get(subject)
        makers: dict[str, Callable[[Vector], Takes]] = {
            BELIEVER: lambda _: _believes,
            REFUSER: lambda _: lambda _: False,
        }
        said = heard(
            [each for each in vectors if algorithm in (each.algorithm, None)],
            makers.get(subject, _ours),
            [topic.name for topic in topics],
        )
        for topic, each in said.items():
            each.note = _left_out(
                {v: why for v, why in flawed.items() if v.topic == topic and algorithm in (v.algorithm, None)}
            )
        return said


Takes = Callable[[str], bool]
"""Whether a verifier takes the signature of a token."""


@dataclass(frozen=True)
class Vector:
    """One token, the key that verifies it, and whether its signature is right."""

    number: int
    topic: str
    algorithm: str
    key: str
    """A private or a shared JWK, as JSON."""
    token: str
    comment: str
    right: bool


def read_vectors(path: Path) -> list[Vector]:
    """The vectors of algorithms that we offer, for keys that may verify signatures. Failure in one line.

    Left out are vectors whose only fault is what their JWK says of its use: our keys are no JWKs.
    """
    try:
        groups = json.loads(path.read_text("utf-8"))["testGroups"]
        return list(_vectors(groups))
    except OSError as error:
        raise Failure(f"{VARIABLE}: {path}: cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        home = Wycheproof.home
        raise Failure(f"{VARIABLE}: {path}: no file of vectors: is it the folder of {home}?") from None


def _vectors(groups: Sequence[Mapping[str, Any]]) -> Iterator[Vector]:
    for group in groups:
        key = group.get("private") or group["public"]
        if key.get("alg") not in _ALGORITHMS.values() or key.get("use", "sig") != "sig":
            continue
        for test in group["tests"]:
            if test["result"] in ("valid", "invalid"):
                right = test["result"] == "valid"
                yield Vector(
                    number=test["tcId"],
                    topic=_RIGHT if right else _topic(group.get("comment", ""), test["comment"]),
                    algorithm=key["alg"],
                    key=json.dumps(key),
                    token=test["jws"],
                    comment=test["comment"],
                    right=right,
                )


def without_flawed(vectors: Sequence[Vector]) -> tuple[list[Vector], dict[Vector, str]]:
    """The vectors that can be right, and those that cannot, with the reason.

    Some have lost what made them wrong: the same token, under the same key, is right in another vector
    (https://github.com/C2SP/wycheproof/issues/236). Others are called right although they are not base64url
    (RFC 7515 sections 2 and 7.1).
    """
    right = {(each.key, each.token): each.number for each in vectors if each.right}
    flawed: dict[Vector, str] = {}
    for each in vectors:
        twin = right.get((each.key, each.token))
        if not each.right and twin is not None:
            flawed[each] = f"the same token as tcId {twin}, which is right"
        elif each.right and not _COMPACT.fullmatch(each.token):
            flawed[each] = "it is not base64url, and called right"
    return [each for each in vectors if each not in flawed], flawed


def _left_out(flawed: Mapping[Vector, str]) -> str:
    """In words which vectors were left out, and why; empty if none was."""
    told = []
    for reason in dict.fromkeys(flawed.values()):
        numbers = ", ".join(str(vector.number) for vector, why in flawed.items() if why == reason)
        told.append(f"left out: {numbers} ({reason})")
    return "; ".join(told)


def _topic(group: str, comment: str) -> str:
    for part, topic in (
        ("NoneAlgorithm", "algorithm none"),
        ("ConfusionAttack", "key confusion"),
        ("EmbeddedJwk", "key of the token"),
    ):
        if part in comment:
            return topic
    return {"SpecialCaseEs256": "special signatures", "base64": "spelling"}.get(group, "signature")


def heard(
    vectors: Sequence[Vector], verifier: Callable[[Vector], Takes], topics: Sequence[str]
) -> dict[str, Heard]:
    """What the vectors say of a verifier: `verifier` gives the one for the key of a vector."""
    found = {topic: Heard() for topic in topics}
    for vector in vectors:
        if vector.topic not in found:
            continue
        topic = found[vector.topic]
        topic.tried += 1
        if verifier(vector)(vector.token) is not vector.right:
            what = "refused, and it is right" if vector.right else "taken, and it is not right"
            objection = Objection(check=f"tcId {vector.number}, {vector.comment}", what=what)
            topic.objections.append(objection)
    for topic in found.values():
        if not topic.tried:
            topic.not_run = "there is no such vector for this algorithm"
    return found


def _believes(token: str) -> bool:
    """Take whatever can be read at all, as a decoder does that passes over characters it does not know."""
    try:
        header, _, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
        return isinstance(json.loads(header), dict)
    except ValueError:
        return False


class _ReadsClaims(Exception):
    """The verifier reads the claims: it has taken the signature."""


def _ours(vector: Vector) -> Takes:
    credential = _credential(vector.algorithm, vector.key)

    def takes(token: str) -> bool:
        header = (b"authorization", b"Bearer " + token.encode("utf-8"))
        request = Request({"type": "http", "method": "GET", "path": "/me", "headers": [header]})
        with mock.patch.object(StrictJwt, "_decode_payload", side_effect=_ReadsClaims):
            try:
                credential.verified(request)
            except _ReadsClaims:
                return True
            except Unauthenticated:
                return False
        raise Failure("a token was accepted without a look at its claims", ExitCode.INTERNAL)

    return takes


@cache
def _credential(algorithm: str, key: str) -> Signed:
    """What checks the tokens of the scheme of that algorithm, with the vector's key."""
    settings = ServerSettings(scheme="of the vectors")
    signer = SharedSecret(ACCESS_TOKEN, hs256)
    credential = Signed(settings, BearerCarrier("JWT"), signer, settings.token_lifetime_s)
    credential.codec = _codec(algorithm, key)
    return credential


def _codec(algorithm: str, key: str) -> TokenCodec:
    if algorithm == "HS256":
        return hs256((jwt.utils.base64url_decode(json.loads(key)["k"]),))
    private: Any = (RSAAlgorithm if algorithm == "RS256" else ECAlgorithm).from_jwk(key)
    public = public_jwk(private, algorithm)
    return PyJwtCodec(algorithm, private, private.public_key(), key_bits(private), BACKEND, public)
