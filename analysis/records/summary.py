"""summary.json: what a machine may read of a run. Versioned; the JSON Schema is docs/summary.schema.json.

`python -m analysis.records.summary` prints that schema.
"""

import json
from typing import Literal, get_args

from pydantic import Field

from analysis.records.calibration import CalibrationSummary
from analysis.statistics.estimate import Estimate
from analysis.validity.finding import Figures, Finding
from analysis.validity.limits import Limit
from authbench.contracts.experiment import JudgedBy
from authbench.contracts.records import (
    ForeignService,
    GenerationTimes,
    HostRecord,
    Machine,
    Placement,
    Rate,
    Record,
    RunPlan,
    Store,
)

Metric = Literal[
    "cpu_total_us",
    "cpu_app_us",
    "cpu_store_us",
    "service_p50_ms",
    "service_p95_ms",
    "service_p99_ms",
    "throughput_rps",
]
Verdict = Literal["slower", "faster", "equivalent", "inconclusive", "below-noise-floor"]
METRICS: tuple[Metric, ...] = get_args(Metric)
CPU_METRICS = ("cpu_total_us", "cpu_app_us", "cpu_store_us")
"""CPU microseconds per user request: both processes, the application, the store. Hashing passwords is not in
them: it costs the same behind every scheme, and `cpu_password_us` has it. Housekeeping is."""
THROUGHPUT: Metric = "throughput_rps"
"""Requests/s of saturated slices: the one metric of which more is better."""


Answer = Literal["cost", "latency", "throughput", "store load"]
"""What a reader asks of a run; each has a status of its own."""

AnswerStatus = Literal["VALID", "INDICATIVE", "INVALID", "NOT MEASURED"]
"""VALID: figures stand and their comparisons are judged. INDICATIVE: figures are described and marked, and
comparisons are refused. INVALID: the figures may not be used. NOT MEASURED: there are none."""


class AnswerSummary(Record):
    """Whether one of the answers stands, and if not why."""

    answer: Answer
    status: AnswerStatus
    reason: str = Field(default="", description="in one sentence; empty: VALID without a reservation")


class Reading(Record):
    """A ratio with its interval, from a part of the cycles."""

    ratio: float
    low: float | None
    high: float | None
    cycles: int


class Comparison(Record):
    """Arm A against arm B in one metric.

    'slower' is the worse one: it costs more, takes longer, or serves fewer requests a second.
    """

    a: str
    b: str
    metric: Metric
    primary: bool = Field(description="the one question this experiment was declared to answer")
    ratio: float | None = Field(default=None, description="A / B")
    low: float | None = Field(default=None, description="lower end of the 95% interval of the ratio")
    high: float | None = Field(default=None, description="upper end; null: unbounded")
    difference: float | None = Field(default=None, description="A - B in the metric's unit")
    difference_low: float | None = None
    difference_high: float | None = None
    clean: Reading | None = Field(
        default=None,
        description="the same from the cycles in which neither the machine nor the generator was disturbed; "
        "null: all were quiet, or it was not looked at",
    )
    cycles: int = Field(default=0, description="replicates: cycles for CPU, generations for latency")
    generations: int = 0
    noise_floor: float | None = Field(default=None, description="ratio - 1 up to which identical arms differ")
    visible: float | None = Field(
        default=None,
        description="smallest A - B, in the metric's unit, that the calibration of this machine can see; "
        "null: not calibrated",
    )
    minimal_detectable_effect: float | None = Field(
        default=None, description="smallest true ratio - 1 such a run finds in 4 of 5 cases; decides nothing"
    )
    verdict: Verdict
    refused_because: str | None = Field(
        default=None, description="why there is no figure; null: there is one"
    )


class StoreCommand(Record):
    """One command of the store, counted over an arm's valid slices."""

    commands: int
    requests: int = Field(description="accepted requests of the same slices")
    per_request: float


class OperationSummary(Record):
    """One operation of one arm, over its valid slices."""

    request: str = Field(description="method and path")
    housekeeping: bool = Field(description="on top of the users' requests, because the scheme needs it")
    requests: int = Field(description="scheduled")
    errors: int
    service_ms: dict[str, Estimate] = Field(description="done - sent, by percentile")
    request_bytes: float | None = Field(description="mean of a request on the wire")
    reply_bytes: float | None = Field(description="mean of a reply on the wire, head included")
    store_commands: dict[str, int] = Field(description="for each accepted one, as the card says")


class ArrivalsSummary(Record):
    """How requests arrived, in the generation farthest from a Poisson process."""

    dispersion: float = Field(description="variance of counts by their mean: 1 is Poisson")
    anderson_darling: float = Field(description="of the gaps against an exponential; decides nothing")


class RungSummary(Record):
    """One arm at one offered rate."""

    offered_rps: float
    achieved_rps: float = Field(description="user requests completed a second")
    app_utilisation: float = Field(description="share of its processor the application used")
    cpu_total_us: Estimate = Field(description="per user request, password hashing apart")
    cpu_app_us: Estimate
    cpu_store_us: Estimate


class LadderSummary(Record):
    """Cost against rate. The slope is what one more request costs; the generation is the replicate."""

    rungs: list[RungSummary] = Field(description="by offered rate, rising; the main rate is one of them")
    demand_total_us: Estimate = Field(description="slope: CPU microseconds one more user request costs")
    demand_app_us: Estimate
    demand_store_us: Estimate
    idle_cores: Estimate = Field(description="intercept: CPU-seconds a second that no request causes")
    linearity: float | None = Field(description="mean R^2 of the generations' lines")
    straight: bool | None = Field(description="whether that is at least the limit; false: no one slope holds")


class ThroughputSummary(Record):
    """Requests a second that one arm served in its saturated slices; the generation is the replicate."""

    rps: Estimate = Field(description="user requests/s")
    at_least: bool = Field(description="true: a lower bound, something else was full")
    reason: str = Field(
        default="",
        description="why it is a lower bound, or (requests failed) not to be used, and what to do; empty: it "
        "stands",
    )
    cores: int = Field(default=1, description="processors that the server could fill: rps is of all of them")
    app_busy: float | None = Field(description="of its processors, wall time minus steal")
    generator_busy: float | None = Field(
        description="share of its processor that the busiest generator used, wall time minus steal"
    )
    store_busy: float | None = Field(description="of one core; null: not readable, or no store")
    cpu_app_us: Estimate = Field(description="per user request, at saturation")
    cpu_total_us: Estimate


class RenewalSummary(Record):
    """Credentials of an arm that were renewed between slices: in no other figure."""

    by: Literal["refresh", "login"]
    sent: int
    p50_ms: float = Field(description="done - sent, the median")
    slowest_ms: float


class ArmSummary(Record):
    """One arm over its valid slices at the main rate."""

    arm: str
    scheme: str
    role: Literal["arm", "control", "twin", "sensitivity"]
    summary: str = Field(description="what it is, from the scheme's card")
    travels: str = Field(description="what a request carries, from the scheme's card")
    authenticates: bool
    store: str = Field(description="where authentication state lives")
    logout_ends_credential: bool
    revocation_window_s: float = Field(description="longest time a revoked credential is still accepted")
    role_change_window_s: float = Field(description="longest time until a changed role is in force")
    slices: int = Field(description="valid ones")
    slices_void: int
    void_share: float = Field(description="of all measured slices")
    tag_shares: dict[str, float] = Field(
        description="of the valid slices, by tag: V06 late, V07 generator busy, V10 machine not quiet"
    )
    longest_silence_s: float = Field(description="longest time with a request waiting and no reply read")
    app_utilisation: float | None = Field(description="share of its processor the application used")
    offered_rps: float | None = Field(
        default=None, description="its own rate, where it cannot carry the run's; null: the run's"
    )
    marks: dict[Figures, list[str]] = Field(
        default={},
        description="codes of the rules that object, by kind of figure; the figures stand, and the findings "
        "have the reasons",
    )
    requests: int = Field(description="scheduled, housekeeping included")
    user_requests: int = Field(description="completed without housekeeping: what costs are divided by")
    errors: int = Field(description="requests not accepted; each counts as infinitely slow")
    outcomes: dict[str, int] = Field(description="requests by how they ended")
    arrivals: ArrivalsSummary | None = Field(description="null: a closed loop, or too few requests")
    service_ms: dict[str, Estimate] = Field(description="done - sent of users' requests, by percentile")
    response_ms: dict[str, Estimate] = Field(description="done - due of users' requests, by percentile")
    clean_cycles: int | None = Field(default=None, description="cycles in the next two; null: all were quiet")
    clean_service_ms: dict[str, Estimate] = Field(
        default={}, description="service_ms of the undisturbed cycles alone; empty: all were quiet"
    )
    clean_response_ms: dict[str, Estimate] = Field(default={})
    throughput: ThroughputSummary | None = Field(default=None, description="null: nothing was saturated")
    store_busy: float | None = Field(
        default=None, description="share of one core that the store used at the offered rate"
    )
    cpu_total_us: Estimate = Field(
        description="application and store, per user request, password hashing apart, housekeeping included"
    )
    cpu_app_us: Estimate
    cpu_store_us: Estimate
    cpu_password_us: Estimate = Field(description="hashing passwords, per user request: in no other figure")
    cpu_minus_control_us: Estimate = Field(description="cpu_total_us minus the control's, paired by cycle")
    cpu_app_minus_control_us: Estimate
    cpu_store_minus_control_us: Estimate
    operations: dict[str, OperationSummary]
    store_commands: dict[str, StoreCommand] = Field(description="by lower-case name; exact totals")
    store_bytes_in: float | None = Field(description="bytes the store read, per user request")
    store_bytes_out: float | None = Field(description="bytes the store wrote, per user request")
    store_memory_bytes: Estimate = Field(
        description="of one live session, from the slope over several counts"
    )
    store_memory_counts: list[int] = Field(description="credentials alive at each reading")
    request_bytes: float | None = Field(description="sent per user request, housekeeping included")
    reply_bytes: float | None = Field(description="received per user request, heads included")
    counters: dict[str, float] = Field(
        default={},
        exclude_if=lambda counters: not counters,
        description="per user request, by name: every field of a slice that is marked as a counter",
    )
    declared: bool = Field(
        default=True,
        description="false: the service is not part of authbench, so no card says anything of it "
        "(windows and what logout does are not known), and there is no control to subtract",
    )
    store_counted: bool = Field(default=True, description="false: no store was asked what it counted")
    renewals: RenewalSummary | None = Field(default=None, description="null: none was renewed")
    ladder: LadderSummary

    @property
    def cost_us(self) -> Estimate:
        """CPU per user request above the control; where there is none, all of it, as far as it was read."""
        if self.declared:
            return self.cpu_minus_control_us
        return self.cpu_app_us if self.cpu_total_us.value is None else self.cpu_total_us


class SensitivitySummary(Record):
    """How much of a scheme's tax is its library: the scheme against the same idea done with less."""

    full: str
    lean: str
    metric: Metric
    ratio: Comparison = Field(description="full against lean")
    tax_us: Estimate = Field(description="full minus control")
    library_us: Estimate = Field(description="full minus lean")
    share_of_tax: float | None = Field(description="library_us by tax_us; null: no tax to speak of")


class StageSummary(Record):
    """One rung of a chain: what it costs above the rung before it."""

    arm: str
    adds: str = Field(description="what it does more than the one before, from its card")
    total_us: Estimate = Field(description="in the run's primary metric, paired by cycle")
    app_us: Estimate
    store_us: Estimate
    store_own_us: float | None = Field(
        description="what the store says its commands of this rung took, per request; null: it has none, or "
        "was not asked"
    )


class StagesSummary(Record):
    """Where a scheme's microseconds go: the control, rungs that each do one stage more, and the scheme."""

    scheme: str = Field(description="the real scheme's arm, which the rungs add up to")
    control: str
    metric: Metric
    total_us: Estimate = Field(description="the scheme minus the control")
    stages: list[StageSummary] = Field(description="empty where the decomposition is refused")
    residual_us: Estimate = Field(description="the scheme minus its last rung: what no stage explains")
    residual_share: float | None = Field(description="residual_us by total_us; null: no total to speak of")
    refused_because: str | None = Field(description="why no stage is shown; null: they are")


class ThroughputRank(Record):
    """An arm's place by throughput, among all whose throughput is no lower bound."""

    place: int = Field(description="one more than the number of arms shown to serve more; places are shared")
    arm: str
    serves_less_than: list[str] = Field(description="arms shown to serve more")


class RankSummary(Record):
    """An arm's place by cost, among all that are compared."""

    place: int = Field(description="one more than the number of arms shown to cost less; places are shared")
    arm: str
    dearer_than: list[str] = Field(description="arms shown to cost less")


class OrderSummary(Record):
    """Whether a slice's place in its cycle changed what a request cost (V22)."""

    p_value: float
    span: float = Field(description="ratio - 1 between the dearest and the cheapest place")
    drift: float = Field(description="ratio - 1 from the first place to the last")


class ReplicationSummary(Record):
    """Where the noise of the primary comparison is (components of variance, Kalibera & Jones 2013)."""

    within_log: float = Field(description="standard deviation of ln(A / B) of cycles in one generation")
    between_log: float = Field(description="of what a restart changes, the cycles' own part taken out")
    between_share: float = Field(
        description="of a generation's variance that more cycles would not take away"
    )
    advice: str = Field(description="what more of would narrow the interval; decides nothing")


class NoiseFloorSummary(Record):
    """How different identical arms look in one metric."""

    ratio_minus_one: float | None = Field(description="0.03: 3 % more or less is noise; null: unbounded")
    runs: int = Field(description="1: this run's own twin")
    source: str


class SoWhat(Record):
    """The measured difference of the primary pair at a reader's own rate."""

    a: str = Field(description="the dearer of the two, by the measured difference")
    b: str
    rate_rps: float
    rate_source: str = Field(description="where that rate comes from, in words")
    cores: float = Field(description="A - B: application and store, cores busy; not negative")
    cores_low: float | None
    cores_high: float | None
    node_cores: int = Field(description="cores of a node, and the share of them that may be busy")
    node_busy: float
    nodes_a: int = Field(description="of the application alone, as in a plan; and so the rates below")
    nodes_b: int
    node_more_from_rps: float | None = Field(
        description="lowest rate above which A needs a node more; null: never"
    )
    node_more_always_rps: float | None = Field(
        default=None, description="above it A always needs a node more; between the two, at some rates"
    )
    sentence: str


class CachedSummary(Record):
    """A scheme with a cache: what a hit and a miss cost, each measured apart."""

    scheme: str
    hit: str = Field(description="the arm in which every read is a hit")
    miss: str = Field(description="the arm in which every read is a miss")
    window_s: float = Field(description="how long the scheme's card lets a cached answer live")
    hit_us: Estimate = Field(description="CPU per request above the control")
    miss_us: Estimate


class Summary(Record):
    """A run's figures and whether they may be used. INVALID: they may not, and the reasons say why."""

    schema_version: Literal[1] = 1
    run_id: str
    status: Literal["VALID", "INVALID"]
    reasons: list[str] = Field(description="why INVALID, one sentence each")
    answers: list[AnswerSummary] = Field(default=[], description="the status of each answer")
    so_what: SoWhat | None = Field(default=None, description="null: no comparison stands")
    experiment: str
    question: str
    judged_by: JudgedBy = Field(
        description="correctness: the run checks that everything works; its figures are too few to compare"
    )
    workload: str
    operation: str = Field(description="what was requested, in words")
    loop: Literal["open", "closed"]
    load: str = Field(description="how requests arrived and whose credentials they carried, in words")
    started_at: str
    finished_at: str | None
    command: str = Field(description="what to type to run it again")
    seed: int
    authbench_version: str
    git_commit: str | None
    git_dirty: bool | None
    machine: Machine
    placement: Placement | None
    hosts: list[HostRecord] = Field(
        default=[], description="beside the machine that the run was started on; empty: it had no other"
    )
    store: Store | None = Field(description="round_trip_us is the median PING, of an SQL server SELECT 1")
    further_stores: list[Store] = Field(
        default=[], description="asked as well what they counted: the PostgreSQL beside a Redis"
    )
    rate: Rate | None = Field(description="every figure holds at this rate")
    versions: dict[str, str] = Field(description="of what is on the measured path")
    crypto: dict[str, dict[str, str | int]] = Field(description="by arm; only arms that use any")
    stop_reason: str
    resumed: int = Field(description="how often the run was interrupted and went on")
    abandoned_generations: int = Field(description="cut short by that, and not used")
    generations: int
    cycles_planned: int = Field(description="of the generations measured")
    cycles_whole: int = Field(description="in which every arm has a valid slice; only they are compared")
    primary_metric: Metric
    margin: float = Field(description="smallest ratio - 1 that matters, for 'equivalent'")
    ladder_rates: list[float] = Field(description="further offered rates, for the slope")
    conditions: dict[str, str] = Field(
        default={}, description="under what an arm was measured that others were not, in words; by arm"
    )
    service: ForeignService | None = Field(
        default=None, description="what of a service of others was measured; null: schemes of ours"
    )
    arms: list[ArmSummary]
    comparisons: list[Comparison]
    sensitivity: list[SensitivitySummary]
    stages: list[StagesSummary] = Field(default=[], description="one for each declared chain of stages")
    ranking: list[RankSummary] = Field(
        default=[], description="from the cheapest arm on, in the primary metric; empty for few arms"
    )
    throughput_ranking: list[ThroughputRank] = Field(
        default=[], description="from the arm that serves most on; empty for few arms"
    )
    twin: tuple[str, str] | None = Field(
        default=None, description="(twin, original): the identical arms; null: written before it was told"
    )
    cached: list[CachedSummary] = Field(default=[], description="schemes of which hit and miss were measured")
    plan: RunPlan | None = Field(default=None, description="cycles as the run chose them; null: it did not")
    times: list[GenerationTimes] = Field(default=[], description="where the time of each generation went")
    order_effect: OrderSummary | None = Field(description="null: too few whole cycles")
    replication: ReplicationSummary | None = Field(
        default=None, description="null: too few generations or cycles to tell"
    )
    noise_floor: dict[str, NoiseFloorSummary] = Field(description="by metric")
    calibration: CalibrationSummary | None = Field(
        default=None,
        description="the harness measured by itself on this machine, as known when this was written; "
        "null: never",
    )
    findings: list[Finding]
    limits: list[Limit]
    not_measured: list[str] = Field(description="what this run says nothing about")

    @property
    def stores(self) -> list[Store]:
        """Every store of which a figure is."""
        return [*([self.store] if self.store else []), *self.further_stores]

    @property
    def served_by(self) -> Machine:
        """The machine that the application ran on, whose processors the figures are of."""
        its = (host.machine for host in self.hosts if "application" in host.parts and host.machine)
        return next(its, self.machine)


def schema_text() -> str:
    """The JSON Schema of summary.json as committed under docs/."""
    schema = Summary.model_json_schema(mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=1) + "\n"


if __name__ == "__main__":
    print(schema_text(), end="")
