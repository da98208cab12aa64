"""What a decision record states of its options, each statement one that a later run may contradict."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from analysis.adr.options import compared_options, judged_metrics
from analysis.advice.advice import Advice
from analysis.capacity.document import distance_words, with_interval
from analysis.capacity.plan_record import BreakEven, Plan, SchemePlan
from analysis.records.summary import ArmSummary, Summary
from analysis.report.sentences import comparison_sentence, store_commands
from analysis.validity.decimals import decimals
from authbench.contracts.records import Record

Kind = Literal["compared", "counted", "planned", "break-even", "declared", "remains"]
"""compared: a verdict between two arms. counted: an exact number of this run. planned: a figure of the plan
for the demand. break-even: where two arms are equal, and on which side of it the demand is. declared: from
a scheme's card. remains: whether the context leaves a scheme."""
MEASURED: tuple[Kind, ...] = ("compared", "counted", "planned", "break-even")
"""What means nothing under other conditions."""

PLANNED = ("cores", "nodes", "store_nodes", "store_memory")
"""Figures of a plan that a record has, as the plan names them."""
SIDE_UNKNOWN = "not shown on which side of yours"
NOT_SHOWN = ("inconclusive", "below-noise-floor", SIDE_UNKNOWN)
"""What a statement says where its run could not tell."""


class Statement(Record):
    """One thing that a record says, and that a later run may contradict."""

    kind: Kind
    about: str = Field(description="an arm, a scheme, or 'a / b'")
    what: str = Field(description="metric of a comparison, or what was counted, planned, declared or asked")
    says: str = Field(description="verdict, number or answer: what must be the same")
    words: str
    ratio: float | None = Field(default=None, description="a / b of a comparison")
    value: float | None = Field(default=None, description="of a planned figure or a break-even")
    low: float | None = None
    high: float | None = Field(default=None, description="null: unbounded, or there is no interval")
    noise_floor: float | None = None


def statements(summary: Summary, advice: Advice, plan: Plan | None = None) -> Iterator[Statement]:
    """List what a run, its plan and the advice state of the options.

    A comparison without a figure states nothing, nor does a planned figure that is refused.
    """
    arms, metrics = compared_options(summary), judged_metrics(summary)
    for c in summary.comparisons:
        told = {c.a, c.b} <= arms and c.metric in metrics
        if told and c.ratio is not None and c.refused_because is None:
            yield Statement(
                kind="compared",
                about=f"{c.a} / {c.b}",
                what=c.metric,
                says=c.verdict,
                words=comparison_sentence(c, summary.margin),
                ratio=_rounded(c.ratio),
                low=_rounded(c.low),
                high=_rounded(c.high),
                noise_floor=_rounded(c.noise_floor),
            )
    for arm in summary.arms:
        if arm.role == "arm":
            yield from _of_arm(arm)
    if plan is not None:
        now = plan.scenarios[0]
        for scheme in now.schemes:
            yield from _planned(scheme, now.planned_rps)
        for found in plan.break_evens:
            yield from _break_even(found)
    for one in advice.schemes if advice.said else []:
        by = ", ".join(f"{reason.asked} ({reason.source})" for reason in one.of("excludes"))
        words = f"{one.scheme} {'remains' if one.remains else f'is excluded by {by}'}"
        says = "remains" if one.remains else "excluded"
        yield Statement(kind="remains", about=one.scheme, what="context", says=says, words=words)


def _rounded(value: float | None) -> float | None:
    """Four digits after the point: a record is read by people."""
    return None if value is None else round(value, 4)


def _of_arm(arm: ArmSummary) -> Iterator[Statement]:
    commands = store_commands(arm)
    yield Statement(
        kind="counted",
        about=arm.arm,
        what="store commands per request",
        says=commands,
        words=f"{arm.arm} asks the store {commands} per request",
    )
    for what, seconds in (
        ("revocation window", arm.revocation_window_s),
        ("role change window", arm.role_change_window_s),
    ):
        words = f"the {what} of {arm.arm} is {seconds:.9g} s"
        yield Statement(kind="declared", about=arm.arm, what=what, says=f"{seconds:.9g} s", words=words)


def _planned(scheme: SchemePlan, planned_rps: float) -> Iterator[Statement]:
    rate = decimals(planned_rps)
    for name in PLANNED:
        found = scheme.of(name)
        if found is None or found.refused or found.value is None:
            continue
        yield Statement(
            kind="planned",
            about=scheme.arm,
            what=name,
            says=with_interval(found),
            words=f"{found.label} of {scheme.arm} at {rate} requests/s: {with_interval(found)}",
            value=_rounded(found.value),
            low=_rounded(found.low),
            high=_rounded(found.high),
        )


def _break_even(found: BreakEven) -> Iterator[Statement]:
    if found.at is None:
        return
    yield Statement(
        kind="break-even",
        about=found.between,
        what=found.name,
        says=_side(found),
        words=f"{found.sentence}{distance_words(found)}",
        value=_rounded(found.at.value),
        low=_rounded(found.at.low),
        high=_rounded(found.at.high),
    )


def _side(found: BreakEven) -> str:
    """On which side of the demand's own value the whole interval of the break-even lies."""
    at = found.at
    if at is None or (at.value is None and at.low is None):
        return "never"
    if at.high is not None and at.high <= 0:
        return "at every value"
    if found.own is None:
        return "beside no value of yours"
    if at.low is not None and at.low > found.own.value:
        return "above yours"
    return "below yours" if at.high is not None and at.high < found.own.value else SIDE_UNKNOWN
