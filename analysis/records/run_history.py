"""What runs answered, in order of time, as values: `authbench history --json` prints a `RunHistory`."""

from pydantic import Field

from analysis.records.summary import Answer, AnswerStatus, Comparison
from authbench.contracts.records import Record


class PastAnswer(Record):
    """What one run answered about the pair of its experiment, in one metric."""

    answer: Answer
    status: AnswerStatus | None = Field(description="null: the summary is older than the status of answers")
    comparison: Comparison | None = Field(
        description="null: it was not measured, or may not be compared; `reason` says why"
    )
    reason: str = Field(default="", description="why there is no comparison; empty: there is one")


class PastRun(Record):
    """One run, and what differs from the run before it."""

    run_id: str
    path: str = Field(description="its raw directory")
    committed: bool = Field(description="a reference run of this project")
    started_at: str = Field(description="UTC, ISO 8601")
    margin: float = Field(description="smallest ratio - 1 that matters, for 'equivalent'")
    answers: list[PastAnswer] = Field(description="cost, latency, throughput; empty: `missing` says why")
    missing: str = Field(default="", description="why there are no answers, and what to do about it")
    comparable: bool | None = Field(
        default=None,
        description="whether it and the run before it were measured under the same conditions (V39); null: "
        "there is none before it",
    )
    changed: list[str] = Field(
        default=[],
        description="authbench's own commit, and the conditions by which V39 tells runs apart, as 'kernel: "
        "6.1 -> 6.6', since the run before it",
    )


class ExperimentHistory(Record):
    """Runs of one experiment that compare the same two arms, the oldest first."""

    experiment: str
    a: str | None = Field(description="every figure is A / B, or A - B; null: it declares no pair")
    b: str | None
    runs: list[PastRun]


class RunHistory(Record):
    """Every run, by experiment; the experiment that was run last is the last one."""

    experiments: list[ExperimentHistory]
