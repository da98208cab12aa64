"""What `authbench replicate` measured and found: readings of set-ups, figures, verdicts."""

from typing import Literal

from pydantic import Field

from authbench.contracts.records import Machine, Record
from authbench.contracts.replication.claim import Mistake

REPLICATION_SCHEMA_VERSION = 1

Answer = Literal["confirmed", "refuted", "cannot be told here"]


class SetUpReading(Record):
    """One arm of a set-up in one round, under one load."""

    claim: str
    set_up: str
    round: int
    place: int = Field(description="of the arm in its round, from 0")
    arm: str
    connections: int = Field(description="busy ones of a loop; users of a chain")
    requests: int
    errors: int = Field(description="requests without the expected answer; their times do not count")
    rate_rps: float = Field(description="accepted requests a second")
    mean_ms: float | None = Field(description="of accepted requests, done - sent; null: there are none")
    p50_ms: float | None
    p95_ms: float | None


class FillReading(Record):
    """Memory of the store while credentials are added to it."""

    claim: str
    set_up: str
    arm: str
    counts: list[int] = Field(description="credentials added at each reading")
    bytes: list[int]


class Measured(Record):
    """A figure with its 95% interval, or the reason why there is none."""

    value: float | None = None
    low: float | None = Field(default=None, description="null: no lower end")
    high: float | None = Field(default=None, description="null: no upper end")
    reason: str = Field(default="", description="why there is no value")


class PartFound(Record):
    """One statement of a claim and its verdict."""

    says: str
    unit: str
    answer: Answer
    reason: str = Field(default="", description="why it cannot be told")
    properly: Measured
    as_published: Measured | None
    mistakes: list[Mistake]
    explained: bool | None = Field(
        description="whether the claimed figure came back with the mistakes; null: they were not tried, or "
        "there is nothing to explain"
    )
    why: str = Field(default="", description="how the mistakes make the figure, where they do")
    also: dict[str, Measured] = Field(default={})


class ClaimFound(Record):
    """A claim and its verdict."""

    name: str
    claim: str
    by: str
    source: str
    reported: str
    answer: Answer
    reason: str = Field(default="", description="why it cannot be told")
    parts: list[PartFound]


class ReplicationReport(Record):
    """Everything, and what it was made with."""

    schema_version: int = REPLICATION_SCHEMA_VERSION
    run_id: str
    command: str
    started_at: str = Field(description="UTC, ISO 8601")
    finished_at: str
    seconds: float = Field(description="the whole command")
    authbench_version: str
    git_commit: str | None
    git_dirty: bool | None
    machine: Machine
    runs: dict[str, str] = Field(description="experiment -> run id")
    readings: list[SetUpReading]
    fills: list[FillReading]
    claims: list[ClaimFound]
