"""Judge claims by what was measured: pure functions of figures and thresholds.

A part is confirmed where the whole interval of its figure lies where the claim has it, refuted where the
whole interval lies beyond the threshold of refutation, and else cannot be told here. A claim is refuted where
a part is, confirmed where all parts are, and else cannot be told here.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial

from analysis.replication.figures import Measurements, read_figure
from authbench.contracts.replication.claim import Claim, Figure, Part
from authbench.contracts.replication.report import Answer, ClaimFound, Measured, PartFound

_BETWEEN = "the interval reaches over the line between what would confirm it and what would refute it"


def judge_claims(claims: Sequence[Claim], measured: Measurements) -> list[ClaimFound]:
    """Give every claim its verdict."""
    return [judge_claim(claim, partial(read_figure, claim=claim.name, measured=measured)) for claim in claims]


def judge_claim(claim: Claim, read: Callable[[Figure], Measured]) -> ClaimFound:
    """Give a claim its verdict; `read` gives its figures."""
    parts = [judge_part(part, read) for part in claim.parts]
    answer = together([part.answer for part in parts])
    reasons = [part.reason for part in parts if part.answer == answer and part.reason]
    return ClaimFound(
        name=claim.name,
        claim=claim.claim,
        by=claim.by,
        source=claim.source,
        reported=claim.reported,
        answer=answer,
        reason=claim.cannot or "; ".join(dict.fromkeys(reasons)),
        parts=parts,
    )


def together(answers: Sequence[Answer]) -> Answer:
    """The verdict of a claim whose parts have these verdicts."""
    if "refuted" in answers:
        return "refuted"
    if answers and all(answer == "confirmed" for answer in answers):
        return "confirmed"
    return "cannot be told here"


def judge_part(part: Part, read: Callable[[Figure], Measured]) -> PartFound:
    """Give one statement its verdict, and say whether its mistakes explain it where it is refuted."""
    properly = read(part.properly)
    answer, reason = _answer(part, properly)
    published = read(part.as_published) if part.as_published else None
    explained = None
    if published is not None and answer == "refuted" and published.value is not None:
        own_range = part.explained_from is not None or part.explained_to is not None
        low, high = (
            (part.explained_from, part.explained_to)
            if own_range
            else (part.confirmed_from, part.confirmed_to)
        )
        explained = within(published, low, high)
    return PartFound(
        says=part.says,
        unit=part.unit,
        answer=answer,
        reason=reason,
        properly=properly,
        as_published=published,
        mistakes=list(part.mistakes),
        explained=explained,
        why=part.why if explained else "",
        also={words: read(figure) for words, figure in part.also.items()},
    )


def _answer(part: Part, measured: Measured) -> tuple[Answer, str]:
    """The verdict of a figure, and the reason where there is none."""
    if measured.value is None:
        return "cannot be told here", measured.reason
    if within(measured, part.confirmed_from, part.confirmed_to):
        return "confirmed", ""
    low, high = _ends(measured)
    below = part.refuted_below is not None and high < part.refuted_below
    above = part.refuted_above is not None and low > part.refuted_above
    return ("refuted", "") if below or above else ("cannot be told here", _BETWEEN)


def within(measured: Measured, low: float | None, high: float | None) -> bool:
    """Whether the whole interval lies between the two, where they are given."""
    own_low, own_high = _ends(measured)
    return (low is None or own_low >= low) and (high is None or own_high <= high)


def _ends(measured: Measured) -> tuple[float, float]:
    return (
        -math.inf if measured.low is None else measured.low,
        math.inf if measured.high is None else measured.high,
    )
