"""What is known of the harness on one machine: `results/calibration/<host>.json`, also part of a summary."""

from typing import Literal

from pydantic import Field

from analysis.statistics.estimate import Estimate
from authbench.contracts.records import Record

Kind = Literal["cpu", "delay"]
UNITS: dict[Kind, str] = {"cpu": "us", "delay": "ms"}


class PlantedEffect(Record):
    """An effect of known size, and what the harness made of it."""

    arm: str
    kind: Kind = Field(description="cpu: microseconds of CPU per request; delay: milliseconds at p50")
    planted: float = Field(description="in the kind's unit: us of CPU, ms of delay")
    recovered: Estimate = Field(
        description="arm - control in that unit, 95 %: the intervals of CPU together, those of delays each"
    )
    found: bool = Field(description="recovered as exactly as the limits ask")
    seen: bool = Field(description="the interval excludes 0 and agrees with what was planted")


class PlantedThroughput(Record):
    """What a planted CPU cost takes from the throughput of the control, and what arithmetic says it takes."""

    arm: str
    planted_us: float
    control_us: Estimate = Field(description="CPU of the control per request at saturation: D")
    predicted: float | None = Field(
        description="throughput of the arm by that of the control: D / (D + planted), mean of the cycles; "
        "null: not measured"
    )
    recovered: Estimate = Field(description="the same as measured, 95 %: the intervals of all arms together")
    found: bool | None = Field(
        description="the interval contains what arithmetic says and is narrow enough; null: not judged"
    )
    not_judged: str = Field(default="", description="why it was not judged; empty if it was")


class IdenticalArms(Record):
    """The twin against the control in one metric: the true difference is 0."""

    metric: str
    difference: Estimate = Field(
        description="in the metric's unit; the intervals of all metrics together hold at 95 %"
    )
    verdict: bool = Field(description="a difference was found, where there is none")


class Detectable(Record):
    """The smallest true difference that a run of this length finds in 4 of 5 cases."""

    minutes: float
    cpu_us: float | None = Field(description="CPU per request; null: not known")
    latency_ms: float | None = Field(description="service time p50; null: not known")


class CalibrationSummary(Record):
    """The harness measured by itself on one machine. `passed`: it found what was there and nothing else."""

    schema_version: Literal[1] = 1
    host: str = Field(description="hash of the machine, as in manifests")
    run_id: str
    measured_at: str = Field(description="UTC, ISO 8601")
    authbench_version: str
    seconds: float = Field(description="how long its run took")
    rate_rps: float = Field(description="at which everything but the ceiling was measured")
    passed: bool
    reasons: list[str] = Field(description="why it did not pass, one sentence each")
    planted: list[PlantedEffect]
    throughput: list[PlantedThroughput] = Field(
        default=[], description="empty: nothing was saturated, or no CPU planted"
    )
    identical: list[IdenticalArms]
    floor_ms: dict[str, Estimate] = Field(
        description="service times of a server that does nothing, by percentile"
    )
    ceiling_rps: Estimate = Field(
        description="requests a second that one processor of the generator can make"
    )
    lateness_ms: dict[str, Estimate] = Field(
        description="sent - due of every request of the run, by percentile"
    )
    detectable: list[Detectable] = Field(description="by length of a run with as many arms")
    visible: dict[str, float | None] = Field(
        description="by metric, in its unit: no smaller difference is called one; null: none at all, "
        "because no planted effect of that kind was seen"
    )
