"""What is made with a key verifies with that key, by the servers' own codecs."""

import json
import secrets
from pathlib import Path

import pytest

from loadtests.attacks.compromise.forge import Material, forged_snapshot, forgeries, verifying_material
from servers.contract.claims import new_claims
from servers.keys.keys import Keys, derived_key
from servers.keys.signed_values import SignedValues
from servers.schemes.parts.signers import SignedJson, hs256

KEY = secrets.token_bytes(32)
CLAIMS = new_claims("attacker", "user", 86_400)


def test_a_token_of_anybody_is_made_with_the_secret_that_verifies() -> None:
    codec = hs256((KEY,))
    own = codec.encode(CLAIMS)
    (made,) = forgeries(own, "victim", Material("", KEY, secret=True))
    assert codec.decode(made).sub == "victim"
    (wrong,) = forgeries(own, "victim", Material("", bytes(32), secret=True))
    with pytest.raises(ValueError, match="PyJWT refused"):
        codec.decode(wrong)


def test_a_signed_cookie_of_anybody_is_made() -> None:
    codec = SignedJson((KEY,))
    (first,) = forgeries(codec.encode(CLAIMS), "victim", Material("", KEY, secret=True))
    assert codec.decode(first).sub == "victim"


def test_no_key_makes_an_id() -> None:
    assert list(forgeries("a" * 43, "victim", Material("", KEY, secret=True))) == []


def test_a_snapshot_of_anybody_is_made_for_ones_own_session() -> None:
    values = SignedValues(KEY)
    own = values.sign(f"99999999999:{CLAIMS.as_json()}".encode(), b"session")
    made = forged_snapshot(own, "victim", "session", KEY)
    _, _, content = values.content(made.encode(), b"session").partition(b":")
    assert json.loads(content)["sub"] == "victim"


def test_material_is_what_the_servers_derive_and_the_public_half_of_pairs(tmp_path: Path) -> None:
    keys = Keys(str(tmp_path / "keys"))
    found = verifying_material(tmp_path / "keys")
    secrets_found = {material.name: material.key for material in found if material.secret}
    assert secrets_found["access token"] == keys.derived("access token")[0]
    public = [material for material in found if not material.secret]
    assert len(public) == 6  # three algorithms in two encodings
    assert not any(b"PRIVATE" in material.key for material in public)


def test_every_purpose_for_which_servers_sign_is_known(tmp_path: Path) -> None:
    """A new scheme with a purpose of its own would else look as if its secret made nothing."""
    Keys(str(tmp_path / "keys"))
    known = {material.name for material in verifying_material(tmp_path / "keys")}
    source = Path(__file__).parents[4] / "servers" / "schemes"
    named = [text for path in source.rglob("*.py") for text in _purposes(path.read_text("utf-8"))]
    assert set(named) - {"refresh token tag", "refresh successor"} <= known
    assert derived_key(KEY, named[0]) != KEY


def _purposes(source: str) -> list[str]:
    import re

    return re.findall(r'(?:derived\(|SharedSecret\(\s*|ACCESS_TOKEN = )"([^"]+)"', source)
