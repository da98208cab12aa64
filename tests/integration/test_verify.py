"""`authbench verify` as a user starts it."""

import json
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode
from servers.discovery import known_libraries, known_schemes, missing_libraries
from tests.integration.front_door import front_door

pytestmark = pytest.mark.integration

_LAX = '''
from servers.contract.claims import Identity
from servers.schemes.jwt_hs256 import Hs256Tokens


class Lax(Hs256Tokens):
    """Believes every token."""

    name = "lax-test-double"

    async def authenticate(self, request):
        return Identity("user-000000", ("user",))
'''


@pytest.mark.parametrize(
    "named",
    [
        pytest.param([], marks=pytest.mark.long, id="every scheme"),
        pytest.param(["session-redis", "session-memory", "jwt-hs256", "jwt-rs256"], id="some"),
    ],
)
def test_the_schemes_of_the_tree_pass(tmp_path: Path, named: list[str]) -> None:
    with front_door(tmp_path, "verify", *named, "--json") as command:
        code, told, err = command.end()
        assert code == ExitCode.DONE, err
        assert not command.family()
    checks = json.loads(told)
    assert checks["passed"] is True
    assert {check["arm"] for check in checks["checks"]} >= {"none", *(named or known_schemes())}


def test_a_broken_one_is_named_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "doubles.py").write_text(_LAX)
    with front_door(tmp_path, "verify", "doubles:Lax") as command:
        code, told, err = command.end()
    assert code == ExitCode.VERIFICATION, err
    assert "ok     none" in told
    assert "FAILED doubles:Lax" in told
    assert "status 200 instead of 401" in told


@pytest.mark.long
def test_libraries_do_what_their_cards_say(tmp_path: Path) -> None:
    if missing := missing_libraries():
        pytest.skip(f"make libraries installs {', '.join(missing)}")
    with front_door(tmp_path, "verify", *known_libraries()) as command:
        code, told, err = command.end()
    assert code == ExitCode.DONE, told + err
    assert all(f"ok     {name}: " in told for name in known_libraries())
