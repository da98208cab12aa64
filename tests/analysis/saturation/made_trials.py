"""Trials and reports as a search leaves them, for tests of what is made of them."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from authbench.contracts.records import Machine, Placement
from authbench.contracts.saturation.report import SaturationReport
from authbench.contracts.saturation.trial import DEFAULT_EFFORT, Fault, Objective, Purpose, Trial
from tests.analysis.build_run import sound_slice

OBJECTIVES = [Objective(limit_ms=25, bad_share=0.01), Objective(limit_ms=50, bad_share=0.01)]
EFFORT = DEFAULT_EFFORT.model_copy(
    update={"initial_trial_s": 2.0, "final_trial_s": 5.0, "duration_sum_s": 15.0}
)
PLACEMENT = Placement(app=[1], generator=[0], store=[0], harness=[0], shared=[])
COST_US = 700.0
LATE = Fault(rule="V06", whose="machine", sentence="the generator was late: p99 9.0 ms")
FULL = Fault(rule="V07", whose="generator", sentence="the generator was busy for 95% of the trial")


def trial(
    rate_rps: float,
    bad: Sequence[float] = (0.0, 0.0),
    *,
    scheme: str = "session-redis",
    purpose: Purpose = "search",
    seconds: float = 5.0,
    faults: Sequence[Fault] = (),
    number: int = 0,
    mean_ms: float = 2.0,
    **changes: Any,
) -> Trial:
    """One trial; `bad`: share of its requests that missed each objective. A request costs 700 us of CPU."""
    requests = max(1, round(rate_rps * seconds))
    window_ns = round(seconds * 1e9)
    app_cpu_ns = min(round(requests * COST_US * 1000), window_ns)
    record = sound_slice(
        scheme,
        requests,
        {},
        **{
            "generation": number,
            "offered_rate_rps": rate_rps,
            "duration_s": seconds,
            "window_ns": window_ns,
            "app_cpu_ns": app_cpu_ns,
            "store_cpu_ns": round(requests * 40_000),
            "generator_cpu_ns": window_ns // 4,
            "busy_ns": {0: window_ns // 2, 1: app_cpu_ns},
            **changes,
        },
    )
    return Trial(
        purpose=purpose,
        record=record,
        bad=[round(share * requests) for share in bad],
        mean_ms=mean_ms,
        p50_ms=mean_ms,
        p99_ms=4 * mean_ms,
        faults=list(faults),
    )


def queue_trial(
    rate_rps: float, seconds: float, cost_us: float, source: np.random.Generator, **changes: Any
) -> Trial:
    """A trial of a simulated server: one core, first come first served, gamma service times (cv 1/3)."""
    count = int(source.poisson(rate_rps * seconds))
    due = np.sort(source.random(count)) * seconds
    service = source.gamma(9, cost_us / 9e6, count)
    # Lindley: each ends when all before it have, or its own time after it was due.
    work = np.cumsum(service)
    ends = work + np.maximum.accumulate(due - (work - service)) if count else work
    times_ms = (ends - due) * 1e3
    bad = [float(np.mean(times_ms > one.limit_ms)) if count else 0.0 for one in OBJECTIVES]
    return trial(rate_rps, bad, seconds=seconds, **changes)


def report_of(schemes: Sequence[Any], **changes: Any) -> SaturationReport:
    values: dict[str, Any] = {
        "run_id": "20261126T120000Z-saturate-abc123",
        "command": "authbench saturate",
        "started_at": "2026-11-26T12:00:00+00:00",
        "finished_at": "2026-11-26T12:14:00+00:00",
        "seed": 7,
        "authbench_version": "0.1.0",
        "git_commit": "a" * 40,
        "git_dirty": False,
        "python": "3.11.9",
        "machine": Machine(host="h", cpu_model="CPU", cpus=2, memory_mib=4096, kernel="6", virtualized=True),
        "placement": PLACEMENT,
        "store": "Valkey 9.1.2, allocator libc",
        "generators": 1,
        "workload": "read",
        "objectives": OBJECTIVES,
        "effort": EFFORT,
        "schemes": list(schemes),
        "ratios": [],
        "planted": [],
    }
    return SaturationReport(**{**values, **changes})
