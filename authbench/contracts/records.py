"""What a run leaves behind: a directory of raw data with a manifest, append-only.

    results/raw/<run-id>/
        manifest.json         `Manifest`: written before the first request, completed after the last
        slices.jsonl          one `SliceRecord` a line, void ones included, in the order they were measured
        samples/gGG-cCCC.parquet   every request of the valid slices of one cycle (`SAMPLE_COLUMNS`)

A run is whole only if its manifest says `complete`. A reader of anything else must say so.
Times are nanoseconds of one host's CLOCK_MONOTONIC unless the name says otherwise.
"""

import enum
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field

from authbench.contracts.card import Card
from authbench.contracts.experiment import Experiment, Workload

SCHEMA_VERSION = 6
# History of the schema. A step that does more than add fields with defaults needs a migration in
# `authbench.contracts.run_directory`.
# 1  2026-11  first version
# 2  2026-11  what independent sources saw of each slice: the probe client, the server's requests in flight,
#             processors' busy time, steps of the wall clock; how many generators there were
# 3  2026-11  the store's name and allocator beside its version
# 4  2026-11  saturated slices, slices at a rate of their own, where the seconds of a start go, the run's plan
# 5  2026-11  load from workers, and the clocks of these
# 6  2026-11  arms with packages of their own, and arms whose requests come over connections of their own;
#              parts of a run on other hosts, whose processors are numbered from 1000, 2000 ... on


Purpose = Literal["main", "ladder", "saturated", "own-rate"]
"""Why a slice was measured. main: at the offered rate; comparisons of cost and latency rest on it. ladder: at
another rate, for the slope. saturated: a closed loop that fills the application's processor, for throughput;
it has no latency. own-rate: the control, and arms that cannot carry the offered rate, at a lower one."""


class Record(BaseModel, frozen=True, extra="forbid", defer_build=True):
    """Frozen, and closed to keys it does not know."""


class Outcome(enum.IntEnum):
    """How one scheduled request ended. The numbers are stored; never reuse one."""

    ACCEPTED = 0
    """The expected status and the expected body."""
    REFUSED = 1
    """401 or 403."""
    UNAVAILABLE = 2
    """503: the scheme could not reach its store."""
    WRONG_STATUS = 3
    """Any other status."""
    WRONG_BODY = 4
    """The expected status with another body: another user's, for instance."""
    CONNECT_FAILED = 5
    """No connection could be made."""
    CLOSED = 6
    """The server closed the connection under the request. It is never sent again."""
    MALFORMED = 7
    """What came back is not an HTTP/1.1 reply with a Content-Length."""
    TIMED_OUT = 8
    """No reply when the drain ended; its true time is longer than the one recorded."""
    UNSENT = 9
    """The cap of requests in flight was reached: never sent, and counted against the server."""


SAMPLE_COLUMNS: dict[str, str] = {
    "arm": "string",  # the arm's label
    "position": "int16",  # the slice's place in its cycle, from 0
    "due_ns": "int64",  # when the request should have been sent, from the slice's start
    "sent_ns": "int64",  # when it was sent, from the slice's start; -1: never
    "done_ns": "int64",  # when its last byte was read, from the slice's start; -1: never
    "status": "int16",  # HTTP status; 0: none
    "bytes_out": "int32",  # request bytes on the wire
    "bytes_in": "int32",  # reply bytes on the wire, head included
    "outcome": "int8",  # `Outcome`
    "operation": "int8",  # `authbench.contracts.card.Operation.code`
}
"""Columns of a samples file: name -> Arrow type. Response time is done - due, service time done - sent,
lateness sent - due."""


class CanaryResult(Record):
    """One request with a credential that must be refused (or, `good`, accepted), sent between slices."""

    kind: str
    expected_status: int
    status: int = Field(description="0: no reply")

    @property
    def as_expected(self) -> bool:
        return self.status == self.expected_status


class ProbeReading(Record):
    """What a second, independent client saw of a slice: a few requests for /me, one at a time."""

    sent: int
    accepted: int = Field(description="the expected status and body")
    service_ns: list[int] = Field(description="done - sent of each accepted one")
    cpu_ns: int = Field(description="its process's CPU time over the slice")


class RenewalReading(Record):
    """Credentials of a service that is not ours, renewed before a slice: rows of their own, in no figure."""

    by: Literal["refresh", "login"] = Field(description="the request that renews")
    sent: int
    renewed: int = Field(description="replies with a new credential")
    took_ns: list[int] = Field(description="done - sent of each that renewed")


class EngineClock(Record):
    """The monotonic clock of a load generator on another host, beside the harness's, and when it began."""

    offset_ns: int = Field(description="how far it is ahead: its time less the harness's")
    bound_ns: int = Field(
        description="how wrong the offset can be: half of the least round trip in which it was read"
    )
    late_ns: int = Field(
        default=0,
        description="how much later than the common start the generator began, by this clock; a closed loop "
        "begins when it first sends",
    )


class LoadCounts(Record):
    """What the load generator counted of a slice; of several generators, together."""

    scheduled: int
    sent: int
    completed: int = Field(description="a reply was read, whatever it said")
    accepted: int = Field(description="outcome ACCEPTED")
    unavailable: int = Field(
        default=0, description="outcome UNAVAILABLE: 503. 0 also where it was written before it was counted"
    )
    user_completed: int = Field(
        description="completed without housekeeping: what CPU and store load are divided by"
    )
    accepted_by_operation: dict[str, int] = Field(description="accepted, by operation")
    sent_by_operation: dict[str, int] = Field(description="sent, by operation")
    unsent: int
    in_flight_max: int
    in_flight_cap: int
    distinct_credentials: int = Field(description="distinct pairs of operation and credential")
    connections_opened: int = Field(description="inside the window; 0 when the pool was grown enough")
    idle_closed: int = Field(description="idle connections the server closed, each replaced")
    longest_silence_ns: int = Field(
        description="longest time with a request in flight and no reply read: a stall of the server"
    )
    generator_cpu_ns: int = Field(description="of the load generator, from first due to last reply")


class SliceRecord(LoadCounts):
    """One arm, measured once. Counter and CPU figures cover first due to last reply (the drain included).

    A field with `json_schema_extra={"counter": True}` is in the summary, per user request, under its name.
    """

    generation: int = Field(ge=0)
    cycle: int = Field(ge=0, description="within the generation")
    position: int = Field(ge=0, description="place in the cycle's order")
    attempt: int = Field(ge=0, description="0, or how often this slice had to be replaced before")
    arm: str
    offered_rate_rps: float = Field(description="0 in a saturated slice: as many as are served")
    duration_s: float = Field(description="length of the arrival schedule")
    schedule_seed: int = Field(description="the same for every arm of a cycle")
    purpose: Purpose = "main"
    window_ns: int = Field(description="from the slice's start to the end of its drain")

    app_cpu_ns: int | None = Field(
        description="of the server's processes, password hashing included. None: they are not known"
    )
    password_cpu_ns: int = Field(
        default=0, description="of it, spent in hashing passwords: the same behind every scheme"
    )
    app_run_queue_wait_ns: int | None = Field(description="the server's main thread; None: not readable")
    store_cpu_ns: int | None = Field(description="None: the store is not ours to read")
    generator_busiest_ns: int | None = Field(
        default=None, description="CPU time of generators on the one processor that had most of it"
    )
    steal: dict[int, float] = Field(description="share of wall time stolen, by processor of the placement")
    busy_ns: dict[int, int] | None = Field(
        default=None,
        description="time spent on anything at all, by processor of the placement; in steps of 10 ms. "
        "None: written before it was read",
    )
    clocks: dict[str, EngineClock] = Field(
        default={},
        description="of each load generator with a clock of its own, by its name, read just before the start",
    )
    harness_cpu_ns: int | None = Field(
        default=None, description="of the measuring process itself, and of the store's proxies"
    )
    probe: ProbeReading | None = Field(default=None, description="None: written before there was one")
    server_in_flight_ns: int | None = Field(
        default=None,
        description="time integral of the requests inside the application, by its own clock: "
        "request-nanoseconds",
    )
    clock_step_ns: int | None = Field(
        default=None,
        description="how much farther the wall clock went than the monotonic one: not 0 where it was set",
    )

    server_requests: int | None = Field(
        description="requests the server itself counted. None: it does not say"
    )
    store_commands: dict[str, int] = Field(description="sent by the application inside the window, by name")
    store_usec: dict[str, int] | None = Field(
        default=None,
        description="microseconds the store itself spent in them, by name. None: written before it was read, "
        "or a store does not tell",
    )
    harness_commands: dict[str, int] = Field(
        description="the harness's own, connection set-up, and utility commands of SQL, such as BEGIN"
    )
    store_bytes_in: int | None = Field(
        description="None, here and in the next two: no store is asked, or one of them does not tell"
    )
    store_bytes_out: int | None
    store_connections_opened: int | None

    canaries: list[CanaryResult] = Field(description="sent after the window")
    renewal: RenewalReading | None = Field(
        default=None, description="credentials renewed before the window; None: none was due"
    )

    @property
    def served(self) -> int:
        """Requests of users that the server worked for: the load's, and the probe's few."""
        return self.user_completed + (self.probe.accepted if self.probe else 0)


class JudgedSlice(Record):
    """A slice as the harness wrote it down: what was measured and what the rules said at once."""

    measured: SliceRecord
    void_because: list[str] = Field(description="codes of the rules that void it, e.g. 'V01'; empty: valid")
    tags: list[str] = Field(description="codes of the rules that refuse its latency figures")


MEASURED_DISTRIBUTIONS = (
    "aiosqlite",
    "argon2-cffi",
    "asyncpg",
    "cryptography",
    "fastapi",
    "hiredis",
    "httptools",
    "pydantic",
    "pyjwt",
    "redis",
    "sqlalchemy",
    "starlette",
    "uvicorn",
    "uvloop",
)
"""What a server imports to answer, and whose version can change a figure."""


class ServerConfig(Record):
    """What one server process says of itself through its measuring interface."""

    scheme: str
    workers: int
    reload: bool
    debug: bool
    access_log: bool
    log_level: str
    loop: str
    http: str
    keep_alive_s: int
    middleware: list[str]
    routes: dict[str, str] = Field(description="'GET /me' -> the handler's qualified name")
    python: str
    python_debug_build: bool
    versions: dict[str, str] = Field(description="of every library on the measured path")
    crypto: dict[str, str | int] = Field(description="algorithm, key_bits, library, backend; empty without")


class CheckResult(Record):
    """One thing verified on one arm before measuring."""

    check: str
    arm: str
    passed: bool
    detail: str = ""


class Placement(Record):
    """Which processors each part ran on, read back from the kernel. On other hosts: see `HostRecord`."""

    app: list[int]
    generator: list[int]
    store: list[int] | None = Field(description="None: the store is not ours to place")
    harness: list[int]
    shared: list[str] = Field(description="parts that share a processor, in words; empty on a large machine")


def describe_store(name: str, version: str, allocator: str | None) -> str:
    """Name, version and allocator in words: memory of a session means nothing without the three.

    Without an allocator if that is empty: then the memory of a session is not measured there.
    """
    served_by = f"{name} {version or 'of unknown version'}"
    return served_by if allocator == "" else f"{served_by}, allocator {allocator or 'unknown'}"


class Store(Record):
    """The store server that was used, as it stated itself."""

    source: Literal["embedded", "path", "url"] = Field(
        description="the binary installed with the project, one from PATH, or what a URL names"
    )
    server: str = Field(
        default="Redis", description="Redis, Valkey, PostgreSQL, ...; schema 2 took each for a Redis"
    )
    version: str = Field(description="its own, not that of the Redis it is compatible with")
    allocator: str | None = Field(
        default=None,
        description="what it allocates memory with; null: it did not say, or schema 2 did not ask; empty: "
        "memory is not measured there",
    )
    transport: Literal["tcp", "unix"]
    round_trip_us: float = Field(
        description="median PING from the application's processor, in microseconds; of a service of others, "
        "PING or SELECT 1 from the harness"
    )

    @property
    def what(self) -> str:
        """'Valkey 9.1.2, allocator libc': what memory and time of the store are of."""
        return describe_store(self.server, self.version, self.allocator)


class Machine(Record):
    """What was measured on."""

    host: str = Field(description="a hash: the same machine gives the same, and its name stays private")
    cpu_model: str
    cpus: int
    memory_mib: int
    kernel: str
    virtualized: bool | None


class HostFacts(Record):
    """What a process on another host says of that host in its first line."""

    authbench_version: str
    boot: str = Field(
        description="of the kernel, drawn at its start: two processes with the same one share processors. "
        "Empty: not known"
    )
    processors: list[int] = Field(description="that the process may use")


Part = Literal["application", "store", "generators"]
"""What of a run can be on another host."""
HOST_STEP = 1000
"""From the first processor of one host to that of the next, as records number them."""


def processors_in_words(cpus: Sequence[int]) -> str:
    """Say '0,1' for this machine's, '0,1 of host 2' for another host's."""
    by_host: dict[int, list[int]] = {}
    for cpu in cpus:
        by_host.setdefault(cpu // HOST_STEP, []).append(cpu % HOST_STEP)
    return "; ".join(
        ",".join(map(str, own)) + (f" of host {host}" if host else "") for host, own in by_host.items()
    )


class HostRecord(Record):
    """A host of a run beside the machine that it was started on."""

    name: str = Field(description="of its parts, such as 'application' or 'generator 2'")
    parts: list[Part]
    processors: list[int] = Field(
        description="that its parts may use. Those of the n-th kernel beside this machine's are numbered "
        "from 1000 n on; a host with this machine's kernel has this machine's numbers"
    )
    machine: Machine | None = Field(description="None: a load generator's host, which is not described")
    round_trip_us: float = Field(description="the least time of an order and its answer, in microseconds")


class StoreMemory(Record):
    """Memory of live sessions or other server-side credentials, from the slope over several counts."""

    bytes_per_credential: float
    low: float = Field(description="lower end of the 95 % interval of the slope")
    high: float
    counts: list[int] = Field(description="credentials alive at each reading")
    bytes: list[int] = Field(description="store memory at each reading")


class Rate(Record):
    """The offered rate and where it came from."""

    offered_rps: float
    closed_loop_rps: dict[str, float] = Field(description="by arm; empty when the rate was given")
    full_at_rps: dict[str, float] = Field(
        default={},
        description="by arm: rate at which its processor would be full, from a request's cost at a trial; "
        "less than in closed loop, because an idle server wakes up for every request. Empty: not tried",
    )
    share: float | None = Field(
        description="of the median arm's (before schema 4: the slowest arm's); None when the rate was given"
    )
    own_rps: float | None = Field(
        default=None,
        description="rate of the arms that cannot carry the offered one; None: all can",
    )
    own_arms: list[str] = Field(
        default=[],
        description="those arms; compared with the control at that rate, and with no other",
    )
    kept_from: str | None = Field(
        default=None, description="the earlier run whose rate this is, near enough to the share"
    )

    @property
    def ceilings_rps(self) -> dict[str, float]:
        """What each arm can do, as far as it is known: what the offered rate is a share of."""
        return self.full_at_rps or self.closed_loop_rps


class GenerationTimes(Record):
    """Where the time of one generation went, in seconds of wall time."""

    generation: int
    arms: int
    start_s: dict[str, float] = Field(
        description="by step; the steps follow one another in this order and add up to the start"
    )
    cycles_s: float = Field(
        description="measuring the cycles of the offered rate, and those of the arms that have their own"
    )
    elapsed_s: float = Field(
        description="from the run's beginning to this generation's end; waiting for other runs, and what an "
        "interruption made void, are not in it"
    )


class RunPlan(Record):
    """The size of a generation as the run chose it, once, from what it measured first."""

    cycles: int = Field(description="in each later generation")
    after_generations: int = Field(description="generations that it rests on")
    within_log: float = Field(description="sd of ln(A / B) of the primary pair's cycles in a generation")
    between_log: float = Field(description="sd of what a restart changes; 0 where it cannot be seen")
    start_s: float = Field(description="measured cost of a generation without its cycles, seconds")
    cycle_s: float = Field(description="measured cost of a cycle, seconds")
    unclamped: float | None = Field(description="cycles that the formula asked for; None: without limit")


def cycles_planned(experiment: Experiment, plan: RunPlan | None, whole_before: int) -> int:
    """Cycles of the generation that has so many whole ones before it: the experiment's, then the plan's."""
    return plan.cycles if plan and whole_before >= plan.after_generations else experiment.cycles


class MeasuredVariant(Record):
    """A variant of a service that is not ours, as it was seen before load was sent."""

    base_url: str
    login: str = Field(description="the request that logs in: 'POST /login'")
    carrier: str = Field(description="header of a request that carries the credential")
    requests: list[str] = Field(description="asked in equal parts: 'GET /me'")
    refused_with: list[int] = Field(description="status without a credential, of each of them")
    bodies: Literal["same", "any"] = Field(
        description="same: every reply of the run is compared with the one before it; any: not all are"
    )
    lifetime_s: float = Field(description="of a fresh credential")
    renewed_by: Literal["refresh", "login"]
    login_ms: float = Field(description="median of the logins that were tried")
    login_cpu_us: float | None = Field(description="CPU of the same; None: processes are not known")
    processes: int | None = Field(description="whose CPU is read; None: not measured")
    cpu_by: str = Field(
        default="",
        description="as what they were named, and who reads them: 'process ids', 'container, by an agent on "
        "their host' (see hosts). Empty: not measured, or written before this was recorded",
    )
    guarded: bool = Field(description="whether a request as dear as a login voids the run (V45)")


class ForeignService(Record):
    """A service that is not ours: what of it is measured. There is no control, so nothing is subtracted."""

    file: str = Field(description="name of the target file")
    users: int = Field(description="who log in, each to every variant; no two load generators share one")
    counts_commands: bool = Field(description="whether a Redis is asked what it counted")
    counts_statements: bool = Field(default=False, description="whether a PostgreSQL is asked the same")
    reads_store_cpu: bool = Field(description="whether the processes of these stores are known")
    store_cpu_by: str = Field(default="", description="as `cpu_by` of a variant, for them")
    variants: dict[str, MeasuredVariant] = Field(description="by name; the first is the baseline")

    @property
    def counts(self) -> bool:
        """Whether any store is asked what it counted."""
        return self.counts_commands or self.counts_statements


class Manifest(Record):
    """The run's own account. Written first with status `running`; only a finished run says `complete`."""

    schema_version: int = SCHEMA_VERSION
    run_id: str
    status: Literal["running", "complete", "interrupted", "aborted"]
    status_reason: str = ""
    started_at: str = Field(description="UTC, ISO 8601")
    finished_at: str | None = None
    authbench_version: str
    git_commit: str | None
    git_dirty: bool | None
    command: str = Field(description="what to type to run it again")
    seed: int
    experiment: Experiment
    workload: Workload
    machine: Machine
    placement: Placement | None = None
    store: Store | None = None
    further_stores: list[Store] = Field(
        default_factory=list, description="asked as well what they counted: the PostgreSQL beside a Redis"
    )
    cards: dict[str, Card] = Field(default_factory=dict, description="by arm")
    default_cards: dict[str, Card] = Field(
        default_factory=dict,
        description="by arm with hits or misses only: its scheme's card under default settings, which says "
        "what the scheme promises; the arm's own card has the windows of a measurement",
    )
    servers: dict[str, ServerConfig] = Field(default_factory=dict, description="by arm")
    verification: list[CheckResult] = Field(default_factory=list)
    service: ForeignService | None = Field(
        default=None, description="None: the schemes of this project were measured"
    )
    generators: int = Field(default=1, ge=1, description="load generator processes, an equal share each")
    load_from_workers: bool = Field(
        default=False, description="the generators joined as workers, over Locust's messages"
    )
    elsewhere: list[Part] = Field(
        default_factory=list, description="parts of which some is on another host; empty: all on this machine"
    )
    hosts: list[HostRecord] = Field(
        default_factory=list, description="those other hosts; empty until the first generation has started"
    )
    generator_versions: dict[str, str] = Field(default_factory=dict)
    rate: Rate | None = None
    store_memory: dict[str, StoreMemory] = Field(
        default_factory=dict, description="by arm; missing where nothing is stored"
    )
    store_added_us: dict[str, float] = Field(
        default_factory=dict,
        description="microseconds that a proxy adds to a round trip to Redis, by arm; missing without one",
    )
    packages: dict[str, dict[str, str | None]] = Field(
        default_factory=dict,
        description="by arm with an environment of its own: the version of every package that it names or "
        "that came along, as found there; null: it is not there. All others are as in the other arms",
    )
    ladder_rps: list[float] = Field(default_factory=list, description="further offered rates, rising")
    resumed_at: list[str] = Field(default_factory=list, description="UTC, ISO 8601; empty: in one piece")
    abandoned_generations: list[int] = Field(
        default_factory=list, description="cut short by an interruption: recorded, and never used"
    )
    times: list[GenerationTimes] = Field(
        default_factory=list, description="of each whole generation; empty: written before it was read"
    )
    plan: RunPlan | None = Field(default=None, description="None: the experiment says how many cycles")
    stop_reason: str = ""
    generations_done: int = 0
    slices_recorded: int = Field(default=0, description="lines of slices.jsonl, void ones included")

    @property
    def whole_generations(self) -> list[int]:
        """Numbers of the generations that were measured to their end."""
        done, abandoned = self.generations_done, set(self.abandoned_generations)
        return [number for number in range(done + len(abandoned)) if number not in abandoned][:done]

    def cycles_of(self, generation: int) -> int:
        """Cycles of the offered rate that a generation has: the experiment's until the run made its plan."""
        whole_before = generation - sum(number < generation for number in self.abandoned_generations)
        return cycles_planned(self.experiment, self.plan, whole_before)

    @property
    def own_arms(self) -> list[str]:
        """Arms that are measured at a rate of their own, beside the control."""
        return self.rate.own_arms if self.rate else []

    @property
    def main_arms(self) -> list[str]:
        """Arms that are measured at the offered rate."""
        return [arm.label for arm in self.experiment.arms if arm.label not in self.own_arms]

    @property
    def own_block(self) -> list[str]:
        """Arms of the cycles at the own rate: the control and those that need it; or none."""
        return [self.experiment.control, *self.own_arms] if self.own_arms else []
