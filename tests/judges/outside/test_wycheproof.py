"""Vectors in the form of Wycheproof's file, made here; what our own verifier says to them."""

import base64
import hmac
import json
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from authbench.contracts.failure import Failure
from judges.outside.wycheproof import (
    BELIEVER,
    REFUSER,
    Wycheproof,
    _believes,
    _ours,
    heard,
    read_vectors,
    without_flawed,
)

_TOPICS = [topic.name for topic in Wycheproof.topics]
_SECRET = b"k" * 32


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


_HEADER, _NONE = _b64(b'{"alg":"HS256"}'), _b64(b'{"alg":"none"}')


def _hs256(payload: bytes = b"foo") -> str:
    text = f"{_HEADER}.{_b64(payload)}"
    return f"{text}.{_b64(hmac.digest(_SECRET, text.encode(), 'sha256'))}"


def _group(key: dict[str, Any], *tests: tuple[str, str, str], comment: str = "g") -> dict[str, Any]:
    cases = [
        {"tcId": number, "comment": said, "result": result, "jws": token, "flags": []}
        for number, (said, result, token) in enumerate(tests, start=1)
    ]
    return {"type": "JsonWebSignature", "comment": comment, "private": key, "tests": cases}


def _write(folder: Path, *groups: dict[str, Any]) -> Path:
    path = folder / "vectors.json"
    path.write_text(json.dumps({"testGroups": groups}))
    return path


_KEY = {"kty": "oct", "alg": "HS256", "use": "sig", "k": _b64(_SECRET)}


def test_vectors_are_sorted_by_topic_and_others_left_out(tmp_path: Path) -> None:
    good = _hs256()
    path = _write(
        tmp_path,
        _group(
            _KEY,
            ("acceptsValid", "valid", good),
            ("rejectsModifiedSignature", "invalid", good[:-2] + "AA"),
            ("rejectsNoneAlgorithmAndMissingSignature", "invalid", "x"),
            ("rejectsAttackerProvidedEmbeddedJwk", "invalid", "x"),
            ("rejectsSymmetryConfusionAttacks_x", "invalid", "x"),
        ),
        _group(_KEY, ("InvalidBase64", "invalid", good + "="), comment="base64"),
        _group({**_KEY, "use": "enc"}, ("rejectWrongUse", "invalid", good)),
        _group({**_KEY, "alg": "HS512"}, ("acceptsValid", "valid", good)),
    )
    assert [each.topic for each in read_vectors(path)] == [
        "right signatures",
        "signature",
        "algorithm none",
        "key of the token",
        "key confusion",
        "spelling",
    ]


def test_our_verifier_takes_what_is_right_and_nothing_else(tmp_path: Path) -> None:
    good = _hs256()
    path = _write(
        tmp_path,
        _group(
            _KEY,
            ("acceptsValid", "valid", good),
            ("emptyPayload", "valid", _hs256(b"")),
            ("rejectsModifiedSignature", "invalid", good[:-2] + "AA"),
            ("rejectsNoneAlgorithm", "invalid", f"{_NONE}.{_b64(b'foo')}."),
            ("rejectsEmptyString", "invalid", ""),
        ),
        _group(_KEY, ("padded", "invalid", good + "="), comment="base64"),
    )
    assert heard(read_vectors(path), lambda _: _believes, _TOPICS)["spelling"].objections
    said = heard(read_vectors(path), _ours, _TOPICS)
    assert {name: each.tried for name, each in said.items() if each.tried} == {
        "right signatures": 2,
        "signature": 2,
        "algorithm none": 1,
        "spelling": 1,
    }
    assert not any(each.objections for each in said.values())
    assert said["special signatures"].not_run == "there is no such vector for this algorithm"


def test_keys_of_the_other_algorithms(tmp_path: Path) -> None:
    pairs: list[tuple[str, Any, Any]] = [
        ("RS256", rsa.generate_private_key(65537, 2048), RSAAlgorithm),
        ("ES256", ec.generate_private_key(ec.SECP256R1()), ECAlgorithm),
    ]
    groups = []
    for algorithm, key, kind in pairs:
        token = jwt.PyJWS().encode(b"foo", key, algorithm)
        wrong = token[:-12] + ("B" if token[-12] == "A" else "A") + token[-11:]
        jwk = {**kind.to_jwk(key, as_dict=True), "alg": algorithm}
        groups.append(_group(jwk, ("right", "valid", token), ("wrong", "invalid", wrong)))
    said = heard(read_vectors(_write(tmp_path, *groups)), _ours, _TOPICS)
    assert (said["right signatures"].tried, said["signature"].tried) == (2, 2)
    assert not any(each.objections for each in said.values())


def test_vectors_that_contradict_themselves_are_left_out_and_named(tmp_path: Path) -> None:
    good, other = _hs256(), _hs256(b"bar")
    vectors = read_vectors(
        _write(
            tmp_path,
            _group(
                _KEY,
                ("ValidMac", "valid", good),
                ("invalidBase64Padding", "invalid", good),
                ("InvalidCharacterInsertedInPayload", "valid", other.replace(".", "?.", 1)),
                ("rejectsModifiedSignature", "invalid", good[:-2] + "AA"),
            ),
        )
    )
    kept, flawed = without_flawed(vectors)
    assert [each.number for each in kept] == [1, 4]
    assert {each.number: reason for each, reason in flawed.items()} == {
        2: "the same token as tcId 1, which is right",
        3: "it is not base64url, and called right",
    }


def test_both_controls_are_objected_to(tmp_path: Path) -> None:
    good = _hs256()
    vectors = read_vectors(
        _write(tmp_path, _group(_KEY, ("a", "valid", good), ("b", "invalid", good[:-2] + "AA")))
    )
    assert heard(vectors, lambda _: _believes, _TOPICS)["signature"].objections
    assert heard(vectors, lambda _: lambda _: False, _TOPICS)["right signatures"].objections
    assert {topic.control for topic in Wycheproof.topics} == {BELIEVER, REFUSER}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"testGroups": [{}]}'])
def test_a_file_that_is_another_is_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "vectors.json"
    path.write_text(content)
    with pytest.raises(Failure, match="no file of vectors"):
        read_vectors(path)
