"""What comparing two runs gives, as values: `authbench compare --json` prints a `RunComparison`."""

from typing import Literal

from pydantic import Field

from analysis.records.summary import Metric, Verdict
from analysis.validity.finding import Finding
from authbench.contracts.records import Record

ArmVerdict = Literal["regression", "improvement", "same", "unclear", "no figure"]
"""regression: B is worse (costs more, serves fewer requests/s) by more than the limit, and the interval
excludes 1. improvement: the same the other way. same: a change beyond the limit is ruled out. unclear: none
of these; not 'no change'."""


class RunRatio(Record):
    """Run B's figure of one arm divided by that of run A, the baseline."""

    a: float | None = Field(default=None, description="A's figure, in the metric's unit")
    b: float | None = Field(default=None, description="B's figure, in the metric's unit")
    ratio: float | None = Field(default=None, description="B / A; above 1: more in B")
    low: float | None = Field(default=None, description="lower end of the 95% interval of the ratio")
    high: float | None = Field(default=None, description="upper end; null: unbounded, or no figure")
    generations_a: int = Field(default=0, description="replicates in run A")
    generations_b: int = Field(default=0, description="replicates in run B")
    reason: str | None = Field(default=None, description="why there is no ratio")


class ArmChange(Record):
    """One arm that both runs have."""

    arm: str
    verdict: ArmVerdict = Field(description="on the primary metric")
    throughput_verdict: ArmVerdict = Field(
        default="no figure", description="on requests/s of saturated slices, by the same policy"
    )
    figures: dict[str, RunRatio] = Field(
        description="by metric: CPU in us per request, times in ms, throughput in requests/s"
    )
    to_control: RunRatio | None = Field(
        description="the primary metric divided by that of its own run's control, cycle by cycle: what slows "
        "a whole machine cancels; null: it is the control"
    )
    own_change: bool | None = Field(
        description="true: `to_control` says the same as the verdict. false: it rules that out, so what "
        "changed is the machine or what all arms share. null: no verdict, or not known"
    )


class PairChange(Record):
    """One comparison that both runs made."""

    a: str
    b: str
    metric: Metric
    ratio_a: float = Field(description="arm a / arm b in run A")
    low_a: float
    high_a: float | None
    ratio_b: float = Field(description="arm a / arm b in run B")
    low_b: float
    high_b: float | None
    verdict_a: Verdict
    verdict_b: Verdict
    overlap: bool = Field(description="the two intervals have a value in common")
    flipped: bool = Field(description="one run says slower, the other faster")


class RunComparison(Record):
    """Run B against run A, the baseline."""

    schema_version: Literal[1] = 1
    run_a: str
    run_b: str
    forced: list[str] = Field(description="why these runs may not be compared; empty: they may")
    differences: list[Finding] = Field(description="of the conditions (V39)")
    metric: Metric = Field(description="the primary one: what a regression is judged by")
    offered_rps: tuple[float | None, float | None] = Field(description="of run A and of run B")
    threshold: float = Field(description="smallest ratio - 1 that was asked for")
    noise_floors: tuple[float | None, float | None] = Field(description="of run A and of run B")
    limit: float | None = Field(
        description="ratio - 1 beyond which a change counts: the largest of the three; null: a noise floor "
        "is unknown or has no bound, so no change can be told from noise"
    )
    throughput_limit: float | None = Field(
        default=None, description="the same for throughput, from the noise floors in throughput"
    )
    control: str
    arms: list[ArmChange]
    only_in_a: list[str] = Field(description="arms of one run only: not compared")
    only_in_b: list[str]
    pairs: list[PairChange]
    pairs_overlapping: float | None = Field(description="share of `pairs`; null: there is none")
    overlapping: dict[str, float] = Field(
        default={}, description="share of `pairs` whose intervals overlap, by metric; missing: it has none"
    )
    pairs_flipped: int
    regressions: list[str] = Field(description="arms, in the primary metric")
    throughput_regressions: list[str] = Field(default=[], description="arms")
    sentence: str = Field(description="the outcome in words")
