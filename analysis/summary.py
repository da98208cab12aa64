"""summary.json: what a machine may read of a run. Versioned; the JSON Schema is docs/summary.schema.json.

`python -m analysis.summary` prints that schema.
"""

import json
from typing import Literal

from pydantic import Field

from analysis.compare import Comparison, Metric
from analysis.validity.finding import Finding
from authbench.records import Machine, Placement, Rate, Record, Store

SUMMARY_VERSION: Literal[1] = 1
# History of the schema.
# 1  2026-11  first version


class Estimate(Record):
    """A figure with its 95% interval, or the reason why there is none."""

    value: float | None = None
    low: float | None = Field(default=None, description="null: unknown, or no figure")
    high: float | None = Field(default=None, description="null: unknown, or no figure")
    reason: str | None = Field(default=None, description="why value is null")


class StoreCommand(Record):
    """One command of the store, counted over an arm's valid slices."""

    commands: int
    requests: int = Field(description="accepted requests of the same slices")
    per_request: float


class ArmSummary(Record):
    """One arm over its valid slices."""

    arm: str
    scheme: str
    role: Literal["arm", "control", "twin"]
    travels: str = Field(description="what a request carries, from the scheme's card")
    slices: int = Field(description="valid ones")
    slices_void: int
    void_share: float = Field(description="of all measured slices")
    late_share: float = Field(description="of the valid slices: those in which the generator was late (V06)")
    longest_silence_s: float = Field(description="longest time with a request waiting and no reply read")
    requests: int = Field(description="scheduled")
    errors: int = Field(description="requests not accepted; each counts as infinitely slow")
    outcomes: dict[str, int] = Field(description="requests by how they ended")
    service_ms: dict[str, Estimate] = Field(description="done - sent, by percentile")
    response_ms: dict[str, Estimate] = Field(description="done - due, by percentile")
    cpu_total_us: Estimate = Field(description="application and store, per completed request")
    cpu_app_us: Estimate
    cpu_store_us: Estimate
    cpu_minus_control_us: Estimate = Field(description="cpu_total_us minus the control's, paired by cycle")
    store_commands: dict[str, StoreCommand] = Field(description="by lower-case name; exact totals")
    store_bytes_in: float | None = Field(description="bytes the store read, per completed request")
    store_bytes_out: float | None = Field(description="bytes the store wrote, per completed request")
    request_bytes: float | None = Field(description="mean of a request on the wire")
    reply_bytes: float | None = Field(description="mean of a reply on the wire, head included")


class NoiseFloorSummary(Record):
    """How different identical arms look in one metric."""

    ratio_minus_one: float | None = Field(description="0.03: 3 % more or less is noise; null: unbounded")
    runs: int = Field(description="1: this run's own twin")
    source: str


class LimitSummary(Record):
    """A threshold of a rule, as used."""

    rule: str
    value: float
    unit: str
    meaning: str
    source: str


class Summary(Record):
    """A run's figures and whether they may be used. INVALID: they may not, and the reasons say why."""

    schema_version: Literal[1] = SUMMARY_VERSION
    run_id: str
    status: Literal["VALID", "INVALID"]
    reasons: list[str] = Field(description="why INVALID, one sentence each")
    experiment: str
    question: str
    judged_by: Literal["everything", "correctness"] = Field(
        description="correctness: the run checks that everything works; its figures are too few to compare"
    )
    workload: str
    operation: str = Field(description="what was requested, in words")
    started_at: str
    finished_at: str | None
    command: str = Field(description="what to type to run it again")
    seed: int
    authbench_version: str
    git_commit: str | None
    git_dirty: bool | None
    machine: Machine
    placement: Placement | None
    store: Store | None = Field(description="round_trip_us is the median PING")
    rate: Rate | None = Field(description="every figure holds at this rate")
    versions: dict[str, str] = Field(description="of what is on the measured path")
    crypto: dict[str, dict[str, str | int]] = Field(description="by arm; only arms that use any")
    stop_reason: str
    generations: int
    cycles_planned: int = Field(description="of the generations measured")
    cycles_whole: int = Field(description="in which every arm has a valid slice; only they are compared")
    primary_metric: Metric
    margin: float = Field(description="smallest ratio - 1 that matters, for 'equivalent'")
    arms: list[ArmSummary]
    comparisons: list[Comparison]
    noise_floor: dict[str, NoiseFloorSummary] = Field(description="by metric")
    findings: list[Finding]
    limits: list[LimitSummary]
    not_measured: list[str] = Field(description="what this run says nothing about")


def schema_text() -> str:
    """The JSON Schema of summary.json as committed under docs/."""
    schema = Summary.model_json_schema(mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=1) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
