"""Take from a run what a plan rests on: each arm's costs as inputs of formulas, and how far they were tested.

CPU per request is that of the run's main rate, at which all arms were compared cycle by cycle, and never a
slope: a slope through three rates with one cycle each has ranked arms against the comparison of the same run.
"""

from dataclasses import dataclass, replace

from analysis.capacity.uncertain import Uncertain, exact, measured
from analysis.records.summary import ArmSummary, Comparison, Metric, Summary
from analysis.statistics.estimate import Estimate
from authbench.contracts.card import PROTECTED, Card, Operation
from authbench.contracts.records import Manifest


@dataclass(frozen=True)
class StoreTested:
    """What the run knows of the store, over all its arms."""

    command_us: Uncertain | None
    """CPU of one command: the dearest of any arm. None: no arm's store could be read."""
    commands_per_s: float | None
    """The highest rate of commands that it answered."""
    round_trip_ms: float | None
    described: str | None = None
    """Name, version and allocator."""


@dataclass(frozen=True)
class ArmCosts:
    """What one arm costs, and up to where that was measured."""

    arm: ArmSummary
    card: Card | None
    app_us: Uncertain | None
    """Application CPU per request, without hashing passwords. None: no interval."""
    command_us: Uncertain | None
    """Store CPU per command: the arm's own, else the dearest of the run."""
    password_us: Uncertain | None
    """CPU of hashing one password, where the run had logins."""
    session_bytes: Uncertain | None
    tested_sessions: int | None
    tested_rps: float | None
    """Highest rate that one core was measured at."""
    busy_share: float | None
    """Of one core, when the cost was measured."""
    payload_bytes: int
    one_sided: bool
    """Whether every read of it is a hit of its cache, or every one a miss."""
    run_id: str

    def commands(self, operation: Operation) -> Uncertain:
        """Store commands of one operation: counted where the run measured it alone, else the card's."""
        alone = set(self.arm.operations) <= {str(one) for one in PROTECTED}
        if operation is Operation.READ and alone and self.arm.operations:
            number = sum(command.per_request for command in self.arm.store_commands.values())
            return exact("store commands per request", number, "", f"run {self.run_id}, counted")
        known = self.card.store_commands.get(operation, {}) if self.card else {}
        source = "the scheme's card, verified before the run"
        return exact(f"store commands per {operation}", sum(known.values()), "", source)

    @property
    def alone(self) -> Operation | None:
        """The one operation that the arm was asked; None: a mix, or nothing."""
        asked = list(self.arm.operations)
        return Operation(asked[0]) if len(asked) == 1 else None

    @property
    def plannable(self) -> bool:
        """Whether it is asked what users ask: an arm of logins alone says nothing of a service."""
        return self.alone in (None, Operation.READ)

    @property
    def grows(self) -> bool:
        """Whether more than one process can serve it: false where logins are in a process's own memory."""
        return self.arm.store != "memory"


def arm_costs(summary: Summary, manifest: Manifest) -> list[ArmCosts]:
    """The costs of every scheme of the run; control, twin and sensitivity arms are left out."""
    store = store_tested(summary)
    payloads = {arm.label: int(arm.settings.get("payload_bytes", 0)) for arm in manifest.experiment.arms}
    cards = manifest.cards | manifest.default_cards
    control = next((arm for arm in summary.arms if arm.role == "control"), None)
    return [
        replace(
            _costs(summary, arm, control, store, cards.get(arm.arm)),
            payload_bytes=payloads.get(arm.arm, 0),
            one_sided=arm.arm in manifest.default_cards,
        )
        for arm in summary.arms
        if arm.role == "arm"
    ]


def store_tested(summary: Summary) -> StoreTested:
    """What a command costs the store at most, and how many a second it was seen to answer."""
    own = [
        found
        for arm in summary.arms
        if arm.store == "redis" and (found := _command_us(arm, summary.run_id)) is not None
    ]
    rates = [
        highest * _commands(arm)
        for arm in summary.arms
        if arm.store == "redis" and (highest := _highest_rps(arm)) is not None
    ]
    dearest = max(own, key=lambda one: one.value, default=None)
    used = summary.store
    round_trip_ms = used.round_trip_us / 1e3 if used else None
    described = used.what if used else None
    return StoreTested(dearest, max(rates, default=0.0) or None, round_trip_ms, described)


def comparison_of(summary: Summary, a: str, b: str, metric: Metric) -> Comparison | None:
    """The run's comparison of these two arms, a first; None: they were not compared."""
    for one in summary.comparisons:
        if one.metric == metric and {one.a, one.b} == {a, b}:
            return one if one.a == a else _turned(one)
    return None


def difference(summary: Summary, a: str, b: str, metric: Metric, unit: str) -> Uncertain | None:
    """A - B, paired by cycle, as the run compared them; None: it did not, or a rule refused it."""
    found = comparison_of(summary, a, b, metric)
    if found is None or found.refused_because is not None:
        return None
    estimate = Estimate(value=found.difference, low=found.difference_low, high=found.difference_high)
    source = f"run {summary.run_id}, paired"
    return measured(f"{a} - {b}, {metric}", estimate, unit, source, key=f"{a} - {b} {metric}")


def _turned(one: Comparison) -> Comparison:
    def minus(value: float | None) -> float | None:
        return None if value is None else -value

    opposite = {"slower": "faster", "faster": "slower"}
    changes = {
        "a": one.b,
        "b": one.a,
        "ratio": 1 / one.ratio if one.ratio else None,
        "difference": minus(one.difference),
        "difference_low": minus(one.difference_high),
        "difference_high": minus(one.difference_low),
        "verdict": opposite.get(one.verdict, one.verdict),
    }
    return one.model_copy(update=changes)


def _costs(
    summary: Summary,
    arm: ArmSummary,
    control: ArmSummary | None,
    store: StoreTested,
    card: Card | None,
) -> ArmCosts:
    run = f"run {summary.run_id}"
    counts = arm.store_memory_counts
    return ArmCosts(
        arm=arm,
        card=card,
        app_us=_app_us(arm, control, run),
        command_us=_command_us(arm, summary.run_id) or store.command_us,
        password_us=_password_us(arm, run),
        session_bytes=measured(
            "store memory of one login", arm.store_memory_bytes, "bytes", run, key=f"{arm.arm} memory"
        ),
        tested_sessions=max(counts) if counts else None,
        tested_rps=_highest_rps(arm),
        busy_share=None if arm.app_utilisation is None else arm.app_utilisation / _cores(arm),
        payload_bytes=0,
        one_sided=False,
        run_id=summary.run_id,
    )


def _app_us(arm: ArmSummary, control: ArmSummary | None, run: str) -> Uncertain | None:
    """The control's cost, which all arms share, plus the arm's own paired difference.

    An arm at a rate of its own has another control, and is taken by itself.
    """
    name = "application CPU per request"
    if control is not None and arm.offered_rps is None:
        base = measured(name, control.cpu_app_us, "us", f"{run}: the control's", key="control app")
        more = measured(
            name, arm.cpu_app_minus_control_us, "us", "paired difference", key=f"{arm.arm} - control app"
        )
        if base is not None and more is not None:
            return base + more
    rate = "" if arm.offered_rps is None else f", at {arm.offered_rps:g} requests/s"
    return measured(name, arm.cpu_app_us, "us", f"{run}: its own{rate}, not paired", key=f"{arm.arm} app")


def _commands(arm: ArmSummary) -> float:
    return sum(command.per_request for command in arm.store_commands.values())


def _command_us(arm: ArmSummary, run_id: str) -> Uncertain | None:
    """The store's CPU per request by the commands of a request; None without commands or readings."""
    commands, cost = _commands(arm), arm.cpu_store_us
    if not commands or cost.value is None:
        return None
    each = Estimate(
        **{end: None if (value := getattr(cost, end)) is None else value / commands for end in _ENDS}
    )
    source = f"run {run_id}: {arm.arm}"
    return measured("store CPU per command", each, "us", source, key=f"{arm.arm} command")


_ENDS = ("value", "low", "high")


def _password_us(arm: ArmSummary, run: str) -> Uncertain | None:
    """CPU of one login's hashing: that per user request, by logins per user request."""
    logins = arm.operations.get(str(Operation.LOGIN))
    cost = arm.cpu_password_us
    if logins is None or not logins.requests or not cost.value:
        return None
    share = logins.requests / arm.user_requests
    each = Estimate(
        **{end: None if (value := getattr(cost, end)) is None else value / share for end in _ENDS}
    )
    return measured("CPU of hashing one password", each, "us", run, key=f"{arm.arm} password")


def _highest_rps(arm: ArmSummary) -> float | None:
    """The highest rate of one core: on the ladder, or saturated."""
    rates = [rung.achieved_rps for rung in arm.ladder.rungs]
    if arm.throughput and arm.throughput.rps.value:
        rates.append(arm.throughput.rps.value)
    return max(rates) / _cores(arm) if rates else None


def _cores(arm: ArmSummary) -> int:
    return arm.throughput.cores if arm.throughput else 1
