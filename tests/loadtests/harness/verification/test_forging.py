"""Bad credentials made from a good one's headers."""

import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from loadtests.harness.verification.forging import forge

_TOKEN_TEXT = st.text("ABCDEFGHabcdefgh0123456789-_", min_size=20, max_size=60)


def _jwt(claims: dict[str, str], signature: str) -> str:
    def part(value: dict[str, str]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'HS256', 'typ': 'at+jwt'})}.{part(claims)}.{signature}"


@given(_TOKEN_TEXT)
def test_every_bad_cookie_differs_from_the_good_one_and_keeps_its_shape(secret: str) -> None:
    good = {"Cookie": f"dev-sid={secret}"}
    found = forge(good)
    assert set(found) == {"missing", "tampered", "invented"}
    assert found["missing"] == {}
    for kind in ("tampered", "invented"):
        value = found[kind]["Cookie"]
        assert value.startswith("dev-sid=")
        assert len(value) == len(good["Cookie"])
        assert value != good["Cookie"]


@given(_TOKEN_TEXT, st.text(min_size=1, max_size=20))
def test_a_token_is_also_unsigned_and_given_another_subject(signature: str, subject: str) -> None:
    token = _jwt({"sub": subject}, signature)
    found = forge({"Authorization": f"Bearer {token}"})
    header, claims, rest = found["unsigned"]["Authorization"].removeprefix("Bearer ").split(".")
    assert json.loads(base64.urlsafe_b64decode(header + "=="))["alg"] == "none"
    assert claims == token.split(".")[1]
    assert rest == ""
    forged = found["another-subject"]["Authorization"].split(".")
    assert forged[2] == signature
    assert json.loads(base64.urlsafe_b64decode(forged[1] + "=="))["sub"] == "root"


def test_a_signed_cookie_in_three_parts_is_no_token() -> None:
    """A session, its time and its signature, as itsdangerous writes them."""
    session = base64.b64encode(b'{"user": "alice"}').decode()
    found = forge({"Cookie": f"session={session}.aSi6Qw.k1bFA2UaGXyVxgKjcnvUh8Y4o2E"})
    assert set(found) == {"missing", "tampered", "invented"}
