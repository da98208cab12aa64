"""What to run: a TOML file becomes a validated model. Unknown keys are errors."""

from enum import StrEnum
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, ValidationError, model_validator

from authbench.contracts.card import CacheState, Operation
from authbench.contracts.environments.pinned import require_consistent
from authbench.contracts.failure import Failure
from authbench.contracts.masking import has_secret
from authbench.contracts.toml_file import Table, explain, hint, read_model


class JudgedBy(StrEnum):
    """By what a run is judged: the policy that rules and reports ask."""

    EVERYTHING = "everything"
    CORRECTNESS = "correctness"

    @property
    def compares(self) -> bool:
        """Whether figures are compared, so that environment and precision count."""
        return self is JudgedBy.EVERYTHING


class Share(Table):
    """A part of a workload."""

    operation: Operation = Field(description="what is asked; see authbench.contracts.card")
    share: float = Field(gt=0, le=1, description="of the users' requests")


class Workload(Table):
    """Who asks for what. Read from `loadtests/workloads/<name>.toml`."""

    name: str = Field(description="the file's stem")
    operations: list[Share] = Field(min_length=1, description="the users' requests; the shares add up to 1")
    housekeeping: list[Share] = Field(
        default=[],
        description="requests on top, for schemes whose clients need them (refresh): per user request",
    )
    credentials: int = Field(gt=0, le=1_000_000, description="distinct credentials of the population")
    draw: Literal["uniform", "zipf"] = Field(
        default="uniform", description="which credential comes next: uniform without repeats, or Zipf"
    )
    zipf_exponent: float = Field(default=1.0, gt=0, le=5, description="of the Zipf draw: 1 is classic")
    loop: Literal["open", "closed"] = Field(
        default="open",
        description="open: arrivals from the seed whatever the server does; closed: each connection waits "
        "for its reply, and no latency is reported",
    )
    connections: int = Field(default=16, gt=0, le=10_000, description="busy connections of a closed loop")
    arrivals: Literal["poisson"] = Field(default="poisson", description="how requests of an open loop arrive")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = sum(part.share for part in self.operations)
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the shares of operations add up to {total:g}, not to 1")
        named = [part.operation for part in (*self.operations, *self.housekeeping)]
        if len(set(named)) != len(named):
            raise ValueError("an operation is named twice")
        return self

    def alone(self, operation: Operation | None) -> Self:
        """The same with this operation and nothing else; None: as it is."""
        if operation is None:
            return self
        alone = [Share(operation=operation, share=1.0)]
        return self.model_copy(update={"operations": alone, "housekeeping": []})


class Condition(Table):
    """What surrounds a server, the same scheme inside: what the harness sets up for one arm."""

    store_rtt_ms: float = Field(
        default=0, ge=0, le=1000, description="milliseconds added to every round trip to Redis, by a proxy"
    )
    store_tls: bool = Field(default=False, description="Redis is reached through TLS, which the proxy ends")
    tls: bool = Field(
        default=False, description="the server speaks HTTPS, with a certificate made for the run"
    )
    workers: int = Field(default=1, ge=1, le=64, description="server processes behind one port")
    live_sessions: int = Field(
        default=0, ge=0, le=1_000_000, description="credentials in the store besides those that are used"
    )
    fresh_connections: bool = Field(
        default=False,
        description="every request comes over a connection of its own, which its time includes; with tls "
        "there is a whole handshake on each, because no client resumes one",
    )
    packages: tuple[str, ...] = Field(
        default=(),
        description="packages of the server in another version than the command's own, as name==version: "
        "its processes run in an environment of their own, which is made once and kept",
    )
    extra_packages: tuple[str, ...] = Field(
        default=(), description="packages that are not installed here, as name==version, for the same"
    )
    without_packages: tuple[str, ...] = Field(
        default=(), description="names of packages that are not there in the server's environment"
    )

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        require_consistent(self.packages, self.extra_packages, self.without_packages)
        return self

    @property
    def own_environment(self) -> bool:
        """Whether the server runs in an environment of its own."""
        return bool(self.packages or self.extra_packages or self.without_packages)


SET_BY_HARNESS = {
    "scheme",
    "workers",
    "host",
    "port",
    "redis_url",
    "redis_key_prefix",
    "database_url",
    "tls_certificate_file",
    "tls_key_file",
    "measuring_socket",
    "measured_beyond_loopback",
}
"""Settings of a server that no arm may have: the arm's scheme, its condition and the run decide them."""


class Arm(Table):
    """A scheme under one condition."""

    scheme: str = Field(description="a scheme's name, or module:Class for one from outside the tree")
    name: str = Field(default="", description="the arm's name in tables; the scheme's unless given")
    role: Literal["arm", "control", "twin", "sensitivity"] = Field(
        default="arm",
        description="control: authenticates nothing; twin: a second copy of another arm, for the noise "
        "floor; sensitivity: shown beside the headline, to tell the library from the idea",
    )
    condition: Condition = Field(default=Condition(), description="what surrounds the server")
    settings: dict[str, bool | int | float | str] = Field(
        default={},
        description="settings of the server that differ from their defaults, by name: token_lifetime_s, "
        "payload_bytes, roles, store_connections and others of servers.contract.settings",
    )
    cache: CacheState | None = Field(
        default=None,
        description="hit: every credential is read once before anything is measured, and the settings keep "
        "it cached; miss: under the settings nothing is ever found in the cache. Both are held by V11",
    )
    operation: Operation | None = Field(
        default=None,
        description="the one operation that it is asked, instead of the workload's: what that costs alone. "
        "It is compared with arms of the same operation, and not with the control",
    )
    planted_cpu_us: float | None = Field(
        default=None, gt=0, description="CPU its scheme is known to add to the control's; for calibration"
    )
    planted_delay_ms: float | None = Field(
        default=None, gt=0, description="delay its scheme is known to add to the control; for calibration"
    )

    @model_validator(mode="after")
    def _no_password(self) -> Self:
        for name, value in self.settings.items():
            if isinstance(value, str) and has_secret(value):
                raise ValueError(
                    f"settings.{name} has a password, and settings are recorded with the run: leave it to "
                    "the environment (PGPASSWORD) or a password file"
                )
        return self

    @property
    def label(self) -> str:
        """The arm's name in every file and table."""
        if self.name:
            return self.name
        return f"{self.scheme} (twin)" if self.role == "twin" else self.scheme


def _may_be_copied(arm: Arm, twin: Arm) -> bool:
    """Whether `twin` can be the second copy of `arm`, which may be the control."""

    def of(one: Arm) -> tuple[object, ...]:
        return one.scheme, one.condition, one.settings, one.operation

    return arm.role in ("arm", "control") and of(arm) == of(twin)


class CachedPair(Table):
    """Two arms of one scheme with a cache: its cost at a hit and its cost at a miss, measured apart."""

    hit: str = Field(description="name of the arm with cache = 'hit'")
    miss: str = Field(description="name of the arm with cache = 'miss'")
    window_s: float = Field(
        gt=0, description="seconds the scheme uses what it cached, with its default settings"
    )


class Experiment(Table):
    """Arms, load, replicates and the stopping rule."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the file's stem")
    question: str = Field(description="what the run answers, in one sentence")
    workload: str = Field(description="a file of loadtests/workloads, without .toml")
    credentials: int | None = Field(
        default=None, gt=0, le=1_000_000, description="distinct credentials, instead of the workload's number"
    )
    judged_by: JudgedBy = Field(description="correctness: environment and precision decide nothing (smoke)")
    arms: list[Arm] = Field(min_length=2, description="what is compared, control and twin included")
    compare: list[tuple[str, str]] = Field(
        description="pairs of arm names [A, B]: the figure is A / B; the first pair is the primary question"
    )
    stages: list[list[str]] = Field(
        default=[],
        description="chains of arm names, from the control over rungs that each do one stage more to the "
        "real scheme: neighbours differ by what a stage costs",
    )
    cached: list[CachedPair] = Field(
        default=[], description="schemes with a cache, each measured at a hit and at a miss"
    )
    slice_s: float = Field(gt=0, le=60, description="seconds one arm is measured at a time")
    cycles: int = Field(
        ge=1,
        le=1000,
        description="cycles in a generation; each has one slice of every arm. With time_budget_s: in the "
        "first generations, after which the run chooses",
    )
    generations_min: int = Field(ge=1, le=100, description="sets of fresh processes before the run may stop")
    generations_max: int = Field(ge=1, le=100, description="sets of fresh processes at which it stops anyway")
    half_width: float = Field(
        gt=0, lt=1, description="stop when the primary 95 % interval is this narrow (0.05: +-5 %)"
    )
    margin: float = Field(gt=0, lt=1, description="smallest ratio that matters (0.05: 5 %), for 'equivalent'")
    time_budget_s: float | None = Field(
        default=None,
        gt=0,
        le=86_400,
        description="seconds after which no further generation is begun; with it the run chooses its cycles",
    )
    saturated_cycles: int = Field(
        default=0, ge=0, le=100, description="cycles of saturated slices that end every generation"
    )
    saturated_s: float = Field(default=0.4, gt=0, le=60, description="seconds of a saturated slice")
    rate_share: float = Field(
        gt=0, lt=1, description="offered rate as a share of what fills the median arm's processor"
    )
    slowest_share: float = Field(
        default=0.7,
        gt=0,
        lt=1,
        description="an arm for which the offered rate is more than this share of what it can do "
        "is measured at a rate of its own",
    )
    rate_rps: float | None = Field(
        default=None, gt=0, description="a fixed offered rate in requests/s instead of rate_share"
    )
    ladder_shares: list[float] = Field(
        default=[],
        description="further rates as shares of the same ceiling, for the slope, by which a plan is checked",
    )
    ladder_cycles: int = Field(
        default=2, ge=1, le=100, description="cycles at each further rate, per generation"
    )
    closed_loop_s: float = Field(
        gt=0, le=60, description="seconds each arm is tried, half of them in closed loop, for the rate"
    )
    seed: int | None = Field(default=None, description="seed of every random choice; drawn if absent")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        labels = [arm.label for arm in self.arms]
        if len(set(labels)) != len(labels):
            raise ValueError("two arms have the same name: give one of them a name of its own")
        if sum(arm.role == "control" for arm in self.arms) != 1:
            raise ValueError("exactly one arm must have role = 'control'")
        twins = [arm for arm in self.arms if arm.role == "twin"]
        if len(twins) != 1 or not any(_may_be_copied(arm, twins[0]) for arm in self.arms):
            raise ValueError("exactly one arm must have role = 'twin', a copy of another arm's scheme")
        for key, groups in (("compare", self.compare), ("stages", self.stages)):
            for label in chain.from_iterable(groups):
                if label not in labels:
                    raise ValueError(f"{key} names {label!r}, which is no arm; arms: {', '.join(labels)}")
        self._check_operations()
        for pair in self.cached:
            _check_cached(pair, {arm.label: arm for arm in self.arms})
        if self.generations_max < self.generations_min:
            raise ValueError("generations_max is below generations_min")
        for stages in self.stages:
            _check_stages(stages, self.control)
        return self

    def _check_operations(self) -> None:
        """ValueError if a pair is asked different operations, or the control one of its own."""
        alone = {arm.label: arm.operation for arm in self.arms}
        if alone[self.control] is not None:
            raise ValueError("the control must be asked the workload: it has no operation of its own")
        for a, b in self.compare:
            if alone[a] != alone[b]:
                raise ValueError(f"compare: {a!r} and {b!r} are asked different operations")

    @property
    def control(self) -> str:
        return next(arm.label for arm in self.arms if arm.role == "control")

    @property
    def twin(self) -> tuple[str, str]:
        """(twin, original): the labels of the A/A pair."""
        twin = next(arm for arm in self.arms if arm.role == "twin")
        original = next(arm for arm in self.arms if _may_be_copied(arm, twin))
        return twin.label, original.label

    @property
    def sensitivity_pairs(self) -> list[tuple[str, str]]:
        """(full, lean) for each sensitivity arm: as `compare` pairs it, or the arm its name begins with.

        'jwt-hs256-lean' goes with 'jwt-hs256', the longest name of another arm that it begins with.
        """
        roles = {arm.label: arm.role for arm in self.arms}
        pairs = []
        for lean in [label for label, role in roles.items() if role == "sensitivity"]:
            declared = [b if a == lean else a for a, b in self.compare if lean in (a, b)]
            full = [label for label in declared if roles[label] == "arm"]
            stems = [label for label, role in roles.items() if role == "arm" and lean.startswith(f"{label}-")]
            full = full[:1] or sorted(stems, key=len)[-1:]
            if full:
                pairs.append((full[0], lean))
        return pairs


def _check_cached(pair: CachedPair, arms: dict[str, Arm]) -> None:
    """ValueError unless a pair names two arms of one scheme and condition, in one process, hit and miss."""
    for state, label in (("hit", pair.hit), ("miss", pair.miss)):
        if label not in arms:
            raise ValueError(f"cached names {label!r}, which is no arm; arms: {', '.join(arms)}")
        if arms[label].cache != state:
            raise ValueError(f"cached: the arm {label!r} must have cache = {state!r}")
        if arms[label].condition.workers > 1:
            raise ValueError(f"cached: the arm {label!r} has several processes, each with a cache of its own")
    hit, miss = arms[pair.hit], arms[pair.miss]
    if (hit.scheme, hit.condition) != (miss.scheme, miss.condition):
        raise ValueError(f"cached: {pair.hit!r} and {pair.miss!r} differ in more than their cache")


def _check_stages(stages: list[str], control: str) -> None:
    """ValueError unless a chain of stages leads from the control over at least one rung to another arm."""
    if len(set(stages)) != len(stages):
        raise ValueError(f"a chain of stages names an arm twice: {', '.join(stages)}")
    if len(stages) < 3 or stages[0] != control:
        raise ValueError(
            f"a chain of stages begins with the control {control!r}, has one rung or more, and ends with "
            f"the scheme they add up to, not: {', '.join(stages) or 'nothing'}"
        )


def shipped(room: str) -> dict[str, Path]:
    """The TOML files of `loadtests/<room>` by stem: what a name without a path may mean."""
    folder = Path(str(files("loadtests"))) / room
    return {path.stem: path for path in sorted(folder.glob("[!.]*.toml"))}


def find_experiment(name_or_path: str, settings: type[BaseModel] | None = None) -> Experiment:
    """Read the experiment called so, or the file at that path. Failure if it is neither or is wrong.

    `settings` is the model of a server's settings, which no contract knows: what arms set is checked with it.
    """
    known = shipped("experiments")
    path = known.get(name_or_path, Path(name_or_path))
    if name_or_path not in known and not path.is_file():
        raise Failure(f"unknown experiment {name_or_path!r}: {hint(name_or_path, known)}; or give a file")
    experiment = read_model(path, Experiment)
    if settings is not None:
        for arm in experiment.arms:
            _check_settings(arm, settings, f"{path.name}: settings of arm {arm.label!r}")
    return experiment


def _check_settings(arm: Arm, model: type[BaseModel], where: str) -> None:
    """Failure unless a server can be started with what the arm sets, as far as its model tells."""
    for name in SET_BY_HARNESS & arm.settings.keys():
        raise Failure(f"{where}: {name!r} is set by the harness, for every arm: leave it out")
    try:
        model.model_validate({"scheme": arm.scheme, **arm.settings}, strict=True)
    except ValidationError as error:
        raise Failure(explain(error, model, where)) from None


def find_workload(name: str) -> Workload:
    """Read `loadtests/workloads/<name>.toml`. Failure if there is none or it is wrong."""
    known = shipped("workloads")
    if name not in known:
        raise Failure(f"unknown workload {name!r}: {hint(name, known)}")
    return read_model(known[name], Workload)
