"""Send a few hundred generated requests to one scheme of each kind; by hand many more (see the module).

`make test` tries a cookie, a bearer token and a token bound to a key; `make test-all` every kind.
"""

from pathlib import Path

import pytest

from tests.servers.generated_requests import KINDS, Tally, run
from tests.servers.redis_process import RedisProcess

_COUNT = 300
_ALWAYS = ("session-redis", "jwt-hs256", "jwt-dpop")


@pytest.mark.parametrize(
    "scheme", [pytest.param(kind, marks=[] if kind in _ALWAYS else [pytest.mark.long]) for kind in KINDS]
)
def test_none_costs_an_error_or_time_or_memory_or_state(
    scheme: str, redis_server: RedisProcess, folder: Path
) -> None:
    tally: Tally = run(scheme, _COUNT, 2, redis_server.url, folder)
    assert not tally.faults, "\n".join(tally.faults)
    # Not because nothing got as far as an endpoint.
    assert tally.statuses["201"]
    assert scheme == "none" or tally.statuses["401"]


def test_a_fault_is_found(redis_server: RedisProcess, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the memory that it allows taken away, even an honest server is at fault."""
    monkeypatch.setattr("tests.servers.generated_requests.MEMORY_MAX_BYTES", -(1 << 40))
    assert run("none", 5, 2, redis_server.url, folder).faults
