"""A published claim: a file of `loadtests/claims` becomes a validated model. Unknown keys are errors.

A claim is measured twice. `properly`: an ordinary run with its rules, balanced order, twin and open loop.
Where a mistake of the published set-up may explain its figure, once more `as_published`: a set-up with that
mistake switched on. A mistake explains a claim only where it brings the claimed figure back.

Which of the collected claims can be told on two cores, where generator and store share one and the
application has the other:

* Ratios of what one server process does, and of what one request takes, can: both sides are measured on the
  same core in turns. `session-28-times`, `es256-78-percent`, `session-4-times`, `hybrid-48-percent`,
  `cached-verification`.
* Distances can: a proxy adds milliseconds to each round trip, and the machine waits meanwhile.
  `denylist-dominates`, `session-at-100k`, `crossover`.
* Bytes on the wire and bytes in the store can: they are counted. `request-bytes`, `million-sessions`.
* The tail of a look-up can, as p95 / p50 of one process at a moderate rate. `introspection-tail`. That of a
  fleet behind a load balancer cannot.
* Absolute rates of a fleet cannot: 100,000 requests/s are beyond two cores. Of `session-at-100k` only the
  distance between the two medians is judged.
* One field of a hash against a whole value cannot: no scheme here reads one field (`one-field`).
"""

from enum import StrEnum
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from authbench.contracts.card import Operation
from authbench.contracts.experiment import Arm, shipped
from authbench.contracts.failure import Failure
from authbench.contracts.toml_file import Table, hint, read_model

ROOM = "claims"
"""The folder of `loadtests` with one file for each claim."""


class Mistake(StrEnum):
    """What a published set-up did that an honest one does not. `words` say it in a sentence."""

    PASSWORD_HASHING = "password-hashing"  # noqa: S105 - no password
    ONE_AFTER_ANOTHER = "one-after-another"
    FIXED_ORDER = "fixed-order"
    NO_WARM_UP = "no-warm-up"
    SHARED_CORE = "shared-core"
    CLOSED_LOOP = "closed-loop"
    ONE_CREDENTIAL = "one-credential"
    UNSTATED_DISTANCE = "unstated-distance"

    @property
    def words(self) -> str:
        return _WORDS[self]


_WORDS = {
    Mistake.PASSWORD_HASHING: "every measured request hashes a password",
    Mistake.ONE_AFTER_ANOTHER: "each user asks one server and then the other",
    Mistake.FIXED_ORDER: "the order is always the same",
    Mistake.NO_WARM_UP: "nothing is warmed up",
    Mistake.SHARED_CORE: "the load generator runs on the server's processor",
    Mistake.CLOSED_LOOP: "the load waits for the server",
    Mistake.ONE_CREDENTIAL: "all requests present the same credential",
    Mistake.UNSTATED_DISTANCE: "the distance of the store is not said",
}


FigureKind = Literal[
    "ratio",
    "difference",
    "tail",
    "bytes-ratio",
    "rate-ratio",
    "time-ratio",
    "loaded-tail",
    "crossover",
    "crossover-growth",
    "million-megabytes",
]
_OF_RUNS = {"ratio", "difference", "tail", "bytes-ratio"}


class Figure(Table):
    """One number that a claim is judged by, with where it is read.

    Of a run: `ratio` and `difference` of a declared comparison a / b and a - b, `tail` p95 / p50 of arm a,
    `bytes-ratio` of a request of a and of b. Of a set-up: `rate-ratio` of requests/s and `time-ratio` of mean
    times, a / b; `loaded-tail` p95 / p50 of a; `crossover`, the connections from which a serves more than b;
    `crossover-growth`, that of a by that of `nearer`; `million-megabytes`, MB of a million credentials of a.
    """

    kind: FigureKind
    run: str = Field(default="", description="an experiment's name, or the path of a file")
    set_up: str = Field(default="", description="name of a set-up of the same claim")
    metric: Literal["cpu_total_us", "service_p50_ms", "throughput_rps"] = "service_p50_ms"
    a: str
    b: str = ""
    nearer: str = Field(default="", description="the arm with the smaller delay, for crossover-growth")
    per: float = Field(default=1.0, gt=0, description="what a difference is divided by, in the metric's unit")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if bool(self.run) == bool(self.set_up):
            raise ValueError("a figure is read in a run or in a set-up: give one of the two")
        if (self.kind in _OF_RUNS) != bool(self.run):
            raise ValueError(f"{self.kind} is a figure of a {'run' if self.kind in _OF_RUNS else 'set-up'}")
        if self.kind not in ("tail", "loaded-tail", "million-megabytes") and not self.b:
            raise ValueError(f"{self.kind} needs two arms: give b")
        if (self.kind == "crossover-growth") != bool(self.nearer):
            raise ValueError("nearer is for crossover-growth, which needs it")
        return self


class SetUp(Table):
    """A published set-up, rebuilt: its own arms and load, and the mistakes that are switched on.

    `loop` keeps so many connections busy with reads. `chain` lets each user log in at every arm in turn, the
    users arriving evenly. `fill` puts credentials into the store and reads its memory.
    """

    name: str
    load: Literal["loop", "chain", "fill"]
    arms: list[Arm] = Field(min_length=1, description="in the order in which they are measured")
    mistakes: list[Mistake] = Field(default=[])
    rounds: int = Field(
        default=4, ge=1, le=20, description="sets of fresh processes; the round is the replicate"
    )
    connections: list[int] = Field(default=[], description="of each loop, one after another")
    seconds: float = Field(default=1.0, gt=0, le=60, description="of one loop")
    users: int = Field(default=0, ge=0, le=1000, description="of a chain")
    arrive_s: float = Field(default=1.0, gt=0, le=60, description="time in which a chain's users arrive")
    credentials: int = Field(default=0, ge=0, le=2_000_000, description="that a fill adds")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for load, given, needs in (
            ("loop", bool(self.connections), "connections"),
            ("chain", self.users > 0, "users"),
            ("fill", self.credentials > 0, "credentials"),
        ):
            if (self.load == load) != given:
                raise ValueError(f"set-up {self.name!r}: {needs} belong to a {load}, which needs them")
        labels = [arm.label for arm in self.arms]
        if len(set(labels)) != len(labels):
            raise ValueError(f"set-up {self.name!r}: two arms have the same name: give one of them its own")
        return self

    @property
    def operation(self) -> Operation:
        """What every request of the set-up asks."""
        return Operation.LOGIN if self.load == "chain" else Operation.READ


class Part(Table):
    """One statement of a claim, with its figure and the thresholds that decide."""

    says: str = Field(description="the statement, with the published figure")
    unit: str = Field(default="x", description="of the figure: x for a ratio")
    properly: Figure
    confirmed_from: float | None = Field(
        default=None, description="confirmed: the whole interval is from here"
    )
    confirmed_to: float | None = Field(default=None, description="and up to here")
    refuted_below: float | None = Field(default=None, description="refuted: the whole interval is below")
    refuted_above: float | None = Field(default=None, description="or above")
    as_published: Figure | None = None
    explained_from: float | None = Field(
        default=None,
        description="the mistakes explain the claim where the whole interval of as_published is "
        "from here, instead of confirmed_from",
    )
    explained_to: float | None = None
    mistakes: list[Mistake] = Field(default=[], description="that as_published switches on")
    why: str = Field(
        default="", description="how these mistakes make the published figure; no figures of ours"
    )
    also: dict[str, Figure] = Field(default={}, description="further figures that are shown, by their words")

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if self.confirmed_from is None and self.confirmed_to is None:
            raise ValueError("a part needs confirmed_from or confirmed_to")
        if self.refuted_below is None and self.refuted_above is None:
            raise ValueError("a part needs refuted_below or refuted_above")
        if bool(self.as_published) != bool(self.mistakes):
            raise ValueError("as_published and mistakes belong together")
        return self

    @property
    def figures(self) -> list[Figure]:
        """Every figure that is read for this part."""
        return [self.properly, *([self.as_published] if self.as_published else []), *self.also.values()]


class Claim(Table):
    """What somebody published, and how it is told here. Read from `loadtests/claims/<name>.toml`."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the file's stem")
    claim: str = Field(description="in one sentence")
    by: str = Field(description="who published it, and when or in which version")
    source: str = Field(default="", description="its address; empty where only the text is known")
    reported: str = Field(description="the published set-up and figures")
    parts: list[Part] = Field(default=[])
    set_ups: list[SetUp] = Field(default=[])
    cannot: str = Field(default="", description="why nothing of it can be told on this harness")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if bool(self.parts) == bool(self.cannot):
            raise ValueError("a claim has parts, or says in `cannot` why it cannot be told")
        known = {set_up.name: set_up for set_up in self.set_ups}
        for part in self.parts:
            for figure in part.figures:
                if figure.set_up and figure.set_up not in known:
                    raise ValueError(f"no set-up {figure.set_up!r}; {hint(figure.set_up, known)}")
                arms = [arm.label for arm in known[figure.set_up].arms] if figure.set_up else []
                for label in filter(None, (figure.a, figure.b, figure.nearer) if arms else ()):
                    if label not in arms:
                        raise ValueError(
                            f"set-up {figure.set_up!r} has no arm {label!r}; {hint(label, arms)}"
                        )
            if part.as_published and part.as_published.set_up:
                missing = set(part.mistakes) - set(known[part.as_published.set_up].mistakes)
                if missing:
                    raise ValueError(
                        f"set-up {part.as_published.set_up!r} does not make {', '.join(missing)}"
                    )
        return self

    @property
    def figures(self) -> list[Figure]:
        return [figure for part in self.parts for figure in part.figures]


def known_claims() -> dict[str, Path]:
    """The files of `loadtests/claims` by the claim's name."""
    return shipped(ROOM)


def find_claim(name_or_path: str) -> Claim:
    """Read the claim called so, or the file at that path. Failure if it is neither or is wrong."""
    known = known_claims()
    path = known.get(name_or_path, Path(name_or_path))
    if name_or_path not in known and not path.is_file():
        raise Failure(f"unknown claim {name_or_path!r}: {hint(name_or_path, known)}; or give a file")
    claim = read_model(path, Claim)
    if claim.name != path.stem:
        raise Failure(f"{path}: name is {claim.name!r}: give it the file's stem, {path.stem!r}")
    return claim
