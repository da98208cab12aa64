"""What `authbench saturate` asks for, and one trial of it: a rate offered to one scheme for some seconds."""

from typing import Literal

from pydantic import Field

from authbench.contracts.records import Record, SliceRecord


class Objective(Record):
    """What users are promised: so many requests in a hundred are answered in time, from when they are due.

    With a bad share of 1 % it is p99 <= `limit_ms`, and with 0.1 % it is p99.9 <= `limit_ms`.
    """

    limit_ms: float = Field(gt=0, le=60_000, description="longest response time of a good request")
    bad_share: float = Field(
        gt=0, le=0.5, description="largest share of requests that are later, failed or unsent"
    )

    @property
    def words(self) -> str:
        """'p99 <= 25 ms'."""
        return f"p{100 * (1 - self.bad_share):g} <= {self.limit_ms:g} ms"


class Effort(Record):
    """How long a search goes on, and how narrow its bracket is. The names are those of MLRsearch's goals."""

    rounds: int = Field(ge=1, description="searches of each scheme, each on fresh processes")
    relative_width: float = Field(
        gt=0, lt=1, description="(upper - lower) / upper at which a bracket is done"
    )
    initial_trial_s: float = Field(gt=0, description="the shortest trial")
    final_trial_s: float = Field(gt=0, description="a trial that counts in full")
    duration_sum_s: float = Field(gt=0, description="seconds of trials at one rate that decide about it")
    exceed_share: float = Field(
        default=0.5, ge=0, lt=1, description="of these seconds that may miss the objective at a lower bound"
    )
    repeats: int = Field(
        default=3, ge=0, description="of a trial that is invalid, before its search gives up"
    )
    search_limit_s: float = Field(gt=0, description="of a round's searches; then they end undetermined")
    curve_trial_s: float = Field(ge=0, description="of each point of the curve; 0: no curve")
    soak_s: float = Field(ge=0, description="at 0.9 of each bound; 0: no soak")


DEFAULT_EFFORT = Effort(
    rounds=1,
    relative_width=0.10,
    initial_trial_s=2,
    final_trial_s=5,
    duration_sum_s=15,
    search_limit_s=510,
    curve_trial_s=2.5,
    soak_s=12,
)
"""Three schemes and three objectives in less than 15 minutes."""
THOROUGH_EFFORT = Effort(
    rounds=5,
    relative_width=0.03,
    initial_trial_s=5,
    final_trial_s=15,
    duration_sum_s=75,
    search_limit_s=7200,
    curve_trial_s=10,
    soak_s=300,
)


SOAK_SHARE = 0.9
"""Of a lower bound, for the soak that confirms it."""


class Fault(Record):
    """Why a trial says nothing of the server, by a rule that does not look at how fast the server was."""

    rule: str = Field(description="code of the validity rule, such as V10")
    whose: Literal["generator", "machine"] = Field(
        description="generator: it was full, and at this rate it will be again; machine: it may pass"
    )
    sentence: str


Purpose = Literal["search", "curve", "soak"]


class Trial(Record):
    """One trial, as measured and as judged at once. Response times count from when a request was due."""

    purpose: Purpose
    record: SliceRecord = Field(description="its generation is the round, its cycle the number of the trial")
    bad: list[int] = Field(
        description="requests later than each objective's limit, failed or unsent, in the objectives' order"
    )
    mean_ms: float | None = Field(description="of accepted requests; None: there was none")
    p50_ms: float | None = Field(description="of all scheduled requests; None: it was not answered well")
    p99_ms: float | None = Field(description="as p50_ms")
    faults: list[Fault] = Field(description="empty: the trial is valid")

    @property
    def scheme(self) -> str:
        return self.record.arm

    @property
    def rate_rps(self) -> float:
        return self.record.offered_rate_rps

    def bad_share(self, objective: int) -> float:
        """Share of the scheduled requests that missed the objective at that place; 0 without requests."""
        return self.bad[objective] / self.record.scheduled if self.record.scheduled else 0.0

    def misses(self, place: int, objective: Objective) -> bool:
        """Whether more requests missed the objective at that place than it allows."""
        return self.bad_share(place) > objective.bad_share
