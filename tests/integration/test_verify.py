"""`authbench verify` as a user starts it."""

import json
import shutil
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode
from servers.discovery import known_libraries, known_schemes, missing_libraries
from tests.integration.front_door import front_door
from tests.loadtests.drills.watched import watched_store
from tests.servers.redis_process import RedisProcess

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


def verified(folder: Path, url: str, *schemes: str) -> None:
    """Have the command verify these schemes with the store at this URL, in a folder without that store."""
    own = folder / "door"
    own.mkdir()
    with front_door(own, "verify", *schemes, "--redis-url", url, "--json") as command:
        code, told, err = command.end()
    assert code == ExitCode.DONE, err
    checks = json.loads(told)["checks"]
    assert all(check["passed"] for check in checks)
    assert {*schemes, "none"} == {check["arm"] for check in checks}


def test_commands_are_counted_for_a_user_of_a_store_that_sentinels_watch(tmp_path: Path) -> None:
    """Sentinels publish there, and so does a scheme whose logout is told to other processes."""
    rights = ("~authbench:*", "&*", "+@read", "+@write", "+@scripting", "+@pubsub", "+@connection", "+info")
    with watched_store(tmp_path) as watched:
        client = watched.store.client
        client.execute_command("ACL", "SETUSER", "bench", "on", ">s3cret", *rights)  # type: ignore[no-untyped-call]
        url = watched.url.replace(f":{watched.store.password}@", "bench:s3cret@")
        verified(tmp_path, url, "session-redis", "jwt-denylist-local")
        assert not client.keys("authbench:*")


@pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="no redis-server on PATH: the package of that name has one"
)
def test_a_redis_is_as_good_as_a_valkey(tmp_path: Path) -> None:
    redis = RedisProcess(tmp_path, binary="redis-server")
    try:
        verified(tmp_path, redis.url, "session-redis", "jwt-hs256")
    finally:
        redis.kill()


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
