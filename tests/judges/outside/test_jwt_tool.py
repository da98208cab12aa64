"""What jwt_tool prints, read by topic."""

import pytest

from authbench.contracts.failure import Failure
from judges.outside.jwt_tool import JwtTool, Sent, heard, sent

_ID = "jwttool_0123456789abcdef0123456789abcdef"
_FOUND = '[+] FOUND "attack-1234" in response:\n'
_TOPICS = [topic.name for topic in JwtTool.topics]


def _line(what: str, status: int = 401, *, found: bool = False) -> str:
    return f"{_FOUND if found else ''}{_ID} {what} Response Code: {status}, 123 bytes\n"


_GENUINE = _line("Prescan: original token", 200, found=True)
_RECORDED = (
    "Running prescan checks...\n"
    + _GENUINE
    + _line("Prescan: no token")
    + _line("Prescan: Broken signature")
    + _line("Prescan: repeat original token", 200, found=True)
    + "\nLAUNCHING SCAN: JWT Attack Playbook\n"
    + _line("Broken signature")
    + _line("Persistence check 1 (should always be valid)", 200, found=True)
    + _line("Claim processing check in sub claim")
    + "Testing HS256 token against common JWT secrets (jwt-common.txt)\n[-] Key not in dictionary\n"
    + _line("Exploit: Blank password accepted in signature (-X b)")
    + _line("Exploit: Null signature (-X n)")
    + _line('Exploit: "alg":"none" (-X a)')
    + _line('Exploit: "alg":"nOnE" (-X a)')
    + _line("Exploit: RSA Key Confusion Exploit (provided Public Key)")
    + _line("Exploit: Injected JWKS (-X i)")
    + _line("Exploit: Spoof JWKS (-X s)")
    + _line('Injected kid claim - null-signed with kid="/dev/null"')
    + _line("Checking for alternative accepted HMAC signatures, based on common passwords. Testing: secret")
    + _line("Injected None into Header Claim: typ")
)


def test_every_request_is_read_with_its_status() -> None:
    found = list(sent(_GENUINE + _line("Broken signature")))
    assert found == [Sent("Prescan: original token", 200, True), Sent("Broken signature", 401, False)]


def test_each_forged_token_belongs_to_a_topic() -> None:
    said = heard(_RECORDED, _TOPICS, has_public_key=True)
    assert {name: each.tried for name, each in said.items()} == {
        "algorithm none": 2,
        "key confusion": 1,
        "signature": 6,
        "guessable secret": 2,
        "key of the token": 3,
        "server error": 14,
    }
    assert not any(each.objections for each in said.values())


def test_one_that_is_accepted_is_an_objection_and_one_that_fails_the_server_too() -> None:
    out = _GENUINE + _line('Exploit: "alg":"none" (-X a)', 200, found=True) + _line("Prescan: no token", 500)
    said = heard(out, _TOPICS, has_public_key=True)
    assert [each.check for each in said["algorithm none"].objections] == ['Exploit: "alg":"none" (-X a)']
    assert [each.what for each in said["server error"].objections] == ["status 500"]
    assert not said["signature"].objections


def test_a_status_alone_proves_nothing() -> None:
    said = heard(_GENUINE + _line("Broken signature", 200), _TOPICS, has_public_key=True)
    assert not said["signature"].objections


def test_a_secret_that_was_guessed_is_an_objection() -> None:
    said = heard(_RECORDED + "[+] secret is the CORRECT key!\n", _TOPICS, has_public_key=True)
    assert [each.what for each in said["guessable secret"].objections] == ["secret is the CORRECT key!"]


def test_without_a_public_key_there_is_no_key_confusion() -> None:
    said = heard(_RECORDED, _TOPICS, has_public_key=False)
    assert said["key confusion"].not_run == "a shared secret signs: there is no public key"


def test_a_genuine_token_that_is_refused_voids_all() -> None:
    with pytest.raises(Failure, match="the genuine token was refused"):
        heard(_RECORDED + _line("Persistence check 2 (should always be valid)"), _TOPICS, has_public_key=True)


def test_output_without_a_request_is_a_failure() -> None:
    with pytest.raises(Failure, match="sent nothing"):
        heard("No config file yet created.\n", _TOPICS, has_public_key=True)
