import hmac

import pytest

from servers.contract.claims import new_claims
from servers.credentials.tokens.lean_codec import LeanHs256Codec
from servers.credentials.tokens.secret_ring import secret_ring

OLD, NEW, OTHER = (LeanHs256Codec(letter * 32) for letter in (b"o", b"n", b"x"))
CLAIMS = new_claims("alice", "user", 86_400)


def test_the_first_signs_and_all_verify() -> None:
    ring = secret_ring([NEW, OLD])
    assert ring.encode(CLAIMS) == NEW.encode(CLAIMS)
    for codec in (OLD, NEW):
        assert ring.decode(codec.encode(CLAIMS)) == CLAIMS
    assert ring.crypto == NEW.crypto


def test_no_other_secret() -> None:
    expired = new_claims("alice", "user", -1)
    for token in (OTHER.encode(CLAIMS), OLD.encode(expired), NEW.encode(expired), "", "x.y.z"):
        with pytest.raises(ValueError, match=r"not|another"):
            secret_ring([NEW, OLD]).decode(token)


def test_one_alone_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read costs what it did: one MAC."""
    assert secret_ring([NEW]) is NEW
    token, asked = NEW.encode(CLAIMS), []
    digest = hmac.digest

    def count(key: bytes, *arguments: object) -> bytes:
        asked.append(key)
        return digest(key, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(hmac, "digest", count)
    secret_ring([NEW, OLD]).decode(token)
    assert len(asked) == 1
