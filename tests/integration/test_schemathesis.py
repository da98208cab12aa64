"""A foreign tool holds each scheme to its OpenAPI document: whatever it sends, nothing undeclared comes back.

No status 500, no status or content type that is not declared, nothing let in without the declared credential.
`make test` tries a cookie and a bearer token; `make test-all` every scheme.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from authbench.contracts.card import Card
from loadtests.clients.client import Client
from servers.discovery import known_schemes
from tests.servers.conftest import Serve, folder, serve
from tests.servers.redis_process import RedisProcess

__all__ = ["folder", "serve"]  # fixtures

pytestmark = pytest.mark.integration

COMMAND = Path(sys.executable).with_name("schemathesis")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,ignored_auth,unsupported_method"
EXAMPLES = 4
"""Of each operation, besides what its coverage phase makes of every bound and type in the document."""
_ALWAYS = ("session-redis", "jwt-hs256")


def attack(name: str, serve: Serve, redis: RedisProcess, folder: Path) -> "subprocess.CompletedProcess[str]":
    server = serve(scheme=name, redis_url=redis.url, redis_key_prefix=f"schemathesis-{name}:")
    client = Client(Card.model_validate(server.ask("card")), server.origin)
    bound = {"jkt": client.key_thumbprint} if client.key_thumbprint else {}
    (seeded,) = server.ask("seed", first=0, count=1, lifetime_s=3600, **bound)["credentials"]
    headers = {**client.headers("POST", "/orders", seeded["headers"]), "Origin": server.origin}
    return subprocess.run(
        [
            str(COMMAND), "run", f"{server.origin}/openapi.json", "--seed", "1", "--no-color",
            "--max-examples", str(EXAMPLES), "--phases", "coverage,fuzzing",
            "--generation-database", "none", "--checks", CHECKS,
            *(part for pair in headers.items() for part in ("--header", ": ".join(pair))),
        ],
        cwd=folder,  # it writes files
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name in _ALWAYS else [pytest.mark.long]) for name in known_schemes()],
)
def test_nothing_undeclared_comes_back(
    name: str, serve: Serve, redis_server: RedisProcess, tmp_path: Path
) -> None:
    done = attack(name, serve, redis_server, tmp_path)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-500:]
    assert " passed" in done.stdout


def test_a_scheme_that_lets_everybody_in_is_noticed(
    serve: Serve, redis_server: RedisProcess, tmp_path: Path
) -> None:
    broken = "selftest.schemes.broken_copies:SkippedVerification_of_jwt_hs256"
    done = attack(broken, serve, redis_server, tmp_path)
    assert done.returncode == 1
    assert "without authentication" in done.stdout
