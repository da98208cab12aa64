"""What `authbench saturate` found: saturation.json, written when everything is measured and never before.

    results/saturation/<run-id>/
        trials.jsonl            one `Trial` a line, invalid ones included, in the order they were measured
        saturation.json         `SaturationReport`; without it the run is not whole
        saturation.html         the same for people
        latency-throughput.svg  its figure

Rates are user requests a second on `workers` server processes; shares are of a processor's time that its
host gave.
"""

from typing import Literal

from pydantic import Field

from authbench.contracts.records import Machine, Placement, Record
from authbench.contracts.saturation.trial import Effort, Objective

SATURATION_SCHEMA_VERSION = 1

Status = Literal["bracket", "lower-bound", "missed", "undetermined"]
"""bracket: the highest rate lies between the two bounds. lower-bound: no upper bound is the server's own.
missed: the objective is missed at the lowest rate tried. undetermined: too many trials were invalid, or the
time was over; a bound that is given holds nevertheless."""


class Bracket(Record):
    """Where the highest rate lies that keeps an objective."""

    status: Status
    lower_rps: float | None = Field(description="the objective was kept here")
    upper_rps: float | None = Field(description="it was missed here")
    why: str = Field(default="", description="of every status but `bracket`")

    @property
    def relative_width(self) -> float | None:
        """(upper - lower) / upper."""
        if self.lower_rps is None or self.upper_rps is None:
            return None
        return 1 - self.lower_rps / self.upper_rps


class Busy(Record):
    """How busy each part was in some trials, as a share. None: not readable."""

    application: float = Field(description="its processor, by the server's own clock")
    store: float | None = Field(description="of one processor")
    generator: float = Field(description="the busiest load generator's processor, by its own clock")
    generator_processor: float | None = Field(description="the same processor with all that ran there")


class Soak(Record):
    """The bound confirmed, or not: a long trial at 0.9 of it, and a second one where that missed."""

    rate_rps: float
    duration_s: float
    bad_share: float
    p99_ms: float | None
    kept: bool | None = Field(
        description="by at least half of them; None: every attempt was invalid, so it shows nothing"
    )
    missed: int = Field(
        default=0, description="how many of them missed it; the other figures are those of the last"
    )


class Found(Record):
    """One scheme under one objective."""

    objective: Objective
    bracket: Bracket = Field(description="median bounds of the rounds")
    rounds: list[Bracket]
    busy: Busy | None = Field(description="in the trials at the lower bounds")
    cpu_us: float | None = Field(
        description="CPU microseconds of the application per request there: what planning needs"
    )
    soak: Soak | None


class CurvePoint(Record):
    """One point of the latency-throughput curve: a valid trial."""

    rate_rps: float = Field(description="requests answered a second")
    share: float = Field(description="offered rate, of the scheme's highest lower bound")
    mean_ms: float | None
    p50_ms: float | None
    p99_ms: float | None
    application_busy: float


class Knee(Record):
    """Where throughput / mean response time is greatest (Kleinrock 1979)."""

    rate_rps: float
    mean_ms: float
    at_end: bool = Field(description="it is the first or last rate measured, so the knee may lie beyond")


What = Literal[
    "application core", "store", "generator", "generator's processor", "other processes", "not identified"
]


class Bottleneck(Record):
    """What was full in the trials above the upper bounds."""

    what: What
    sentence: str
    next_action: str
    busy: Busy | None

    @property
    def is_the_bench(self) -> bool:
        """The bench is what was full, so upper bounds are not the server's."""
        return self.what in ("generator", "generator's processor", "other processes")


class SchemeFound(Record):
    """One scheme."""

    scheme: str
    found: list[Found] = Field(description="one for each objective")
    curve: list[CurvePoint]
    knee: Knee | None
    bottleneck: Bottleneck
    trials: int
    invalid_trials: int


class RateRatio(Record):
    """Highest rates of two schemes under one objective, a / b."""

    a: str
    b: str
    objective: Objective
    low: float = Field(description="lower bound of a by upper bound of b")
    high: float = Field(description="upper bound of a by lower bound of b")
    paired: float | None = Field(description="geometric mean over rounds of the lower bounds' ratio")
    paired_low: float | None = Field(description="95 % interval of it; None: fewer than two rounds")
    paired_high: float | None


class PlantedCheck(Record):
    """A cost of known size under one objective: the bracket that arithmetic gives, and the one found."""

    objective: Objective
    planted_us: float
    cpu_us: float = Field(description="of the control's application per request, as measured at its bound")
    expected_low_rps: float
    expected_high_rps: float
    found: Bracket
    agrees: bool | None = Field(description="the brackets overlap; None: a bound is missing")


class SaturationReport(Record):
    """Everything, and what it was made with."""

    schema_version: int = SATURATION_SCHEMA_VERSION
    run_id: str
    command: str
    started_at: str = Field(description="UTC, ISO 8601")
    finished_at: str
    seed: int
    authbench_version: str
    git_commit: str | None
    git_dirty: bool | None
    python: str
    machine: Machine
    placement: Placement
    store: str = Field(description="'Valkey 9.1.2, allocator libc'")
    generators: int
    workers: int = Field(default=1, description="server processes of each scheme")
    workload: str = Field(description="a file of loadtests/workloads")
    objectives: list[Objective]
    effort: Effort
    schemes: list[SchemeFound]
    ratios: list[RateRatio] = Field(description="of the first scheme and each other")
    planted: list[PlantedCheck] = Field(description="empty unless asked for")

    @property
    def servers(self) -> str:
        """'one server process'."""
        return "one server process" if self.workers == 1 else f"{self.workers} server processes"

    @property
    def undetermined(self) -> list[str]:
        """What is not known, in words: a bracket that was not found, or a bound that its soak contradicts."""
        words = []
        for scheme in self.schemes:
            for one in scheme.found:
                if one.bracket.status == "undetermined":
                    words.append(f"{scheme.scheme}, {one.objective.words}: {one.bracket.why}")
                if one.soak and one.soak.kept is False:
                    words.append(
                        f"{scheme.scheme}, {one.objective.words}: the soak at {one.soak.rate_rps:.0f} "
                        f"requests/s missed it ({one.soak.bad_share:.1%} bad)"
                    )
        return words
