"""Claims, readings and reports as they are made by hand, for tests of what is concluded from them."""

from collections.abc import Sequence
from typing import Any

from authbench.contracts.records import Machine
from authbench.contracts.replication.claim import Claim, Figure, Part, SetUp
from authbench.contracts.replication.report import ClaimFound, ReplicationReport, SetUpReading

PROPERLY = Figure(kind="ratio", run="published-read", a="session-redis", b="jwt-hs256")
PUBLISHED = Figure(kind="time-ratio", set_up="in turn", a="session-redis", b="jwt-hs256")


def part(**changes: Any) -> Part:
    """A session takes five times as long; refuted below twice; a fixed order may explain it."""
    fields: dict[str, Any] = {
        "says": "a session takes five times as long",
        "properly": PROPERLY,
        "confirmed_from": 5.0,
        "refuted_below": 2.0,
        "as_published": PUBLISHED,
        "mistakes": ["fixed-order"],
        "why": "Whoever is first waits.",
    }
    return Part.model_validate(fields | changes, strict=False)


def claim(*parts: Part, **changes: Any) -> Claim:
    set_up = SetUp.model_validate(
        {
            "name": "in turn",
            "load": "loop",
            "connections": [1],
            "mistakes": ["fixed-order"],
            "arms": [{"scheme": "session-redis"}, {"scheme": "jwt-hs256"}],
        },
        strict=False,
    )
    fields: dict[str, Any] = {
        "name": "five-times",
        "claim": "A session is five times slower.",
        "by": "Somebody, 2025",
        "source": "https://example.org/five",
        "reported": "one laptop",
        "parts": parts or (part(),),
        "set_ups": [set_up],
    }
    return Claim.model_validate(fields | changes, strict=False)


def reading(arm: str, number: int = 0, **changes: Any) -> SetUpReading:
    """1,000 requests that were all accepted, 2 ms each."""
    fields: dict[str, Any] = {
        "claim": "five-times",
        "set_up": "in turn",
        "round": number,
        "place": 0,
        "arm": arm,
        "connections": 1,
        "requests": 1000,
        "errors": 0,
        "rate_rps": 500.0,
        "mean_ms": 2.0,
        "p50_ms": 2.0,
        "p95_ms": 4.0,
    }
    return SetUpReading.model_validate(fields | changes)


def report(claims: Sequence[ClaimFound]) -> ReplicationReport:
    machine = Machine(host="abc", cpu_model="a CPU", cpus=2, memory_mib=8000, kernel="6.1", virtualized=True)
    return ReplicationReport(
        run_id="20261127T080000Z-replicate-abcdef",
        command="authbench replicate",
        started_at="2026-11-27T08:00:00+00:00",
        finished_at="2026-11-27T08:15:00+00:00",
        seconds=900.0,
        authbench_version="1",
        git_commit=None,
        git_dirty=None,
        machine=machine,
        runs={"published-read": "20261127T080001Z-published-read-123456"},
        readings=[],
        fills=[],
        claims=list(claims),
    )
