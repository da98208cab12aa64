"""The self-test's broken schemes start and let a good client in: nothing else is broken than they say."""

from pathlib import Path

import pytest

from authbench.contracts.experiment import find_experiment
from selftest.laboratory import EXPERIMENTS
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

SCHEMES = sorted(
    {
        arm.scheme
        for file in EXPERIMENTS.glob("*.toml")
        for arm in find_experiment(str(file)).arms
        if arm.scheme.startswith("selftest.")
    }
)


def start(folder: Path, scheme: str, redis: RedisProcess, arm: int) -> ServerProcess:
    """The server of an arm with this number."""
    return ServerProcess(
        folder, scheme=scheme, redis_url=redis.url, redis_key_prefix=f"broken:{scheme}:{arm}:"
    )


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_broken_scheme_serves(scheme: str, tmp_path: Path, redis_server: RedisProcess) -> None:
    server = start(tmp_path, scheme, redis_server, 1)
    try:
        assert server.request("GET", "/me", server.seed()[0]).status == 200
    finally:
        server.stop()


def test_one_arm_signs_in_another_way_than_the_next(tmp_path: Path, redis_server: RedisProcess) -> None:
    algorithms = []
    for arm in (1, 2):
        server = start(tmp_path, "selftest.schemes.tokens:MixedAlgorithms", redis_server, arm)
        algorithms.append(server.ask("config")["crypto"]["algorithm"])
        server.stop()
    assert algorithms == ["HS256", "RS256"]
