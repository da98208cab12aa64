"""Draw latency distributions: the time within which each share of the requests was answered."""

import math
from collections.abc import Sequence

from analysis.charts.figure import Figure, Row, arm_names, tip
from analysis.charts.lines import hidden_at_first, line_chart
from analysis.charts.marks import objections
from analysis.curves.latency import CurvePoint
from analysis.records.summary import Summary
from analysis.validity.finding import Figures

_KINDS: dict[str, tuple[Figures, str, str]] = {
    "service": (
        "latency",
        "Service time: from sending a request to its last byte",
        "What arms are compared by: it begins with the sending, without the generator's own lateness.",
    ),
    "response": (
        "response",
        "Response time: from when a request was due to its last byte",
        "What a user waits: a server that stalls cannot hide it, since requests keep falling due.",
    ),
}
_DOTS = (0.5, 0.9, 0.99, 0.999)
"""Quantiles that get the line's shape."""
_TICKS = {0.0: "0%", 0.5: "p50", 0.9: "p90", 0.99: "p99", 0.999: "p99.9"}


def latency_figures(summary: Summary, curves: Sequence[CurvePoint]) -> list[Figure]:
    """Draw one figure for each kind of time that some arm has, marked arms included."""
    return [figure for kind in _KINDS if (figure := _figure(summary, curves, kind))]


def _figure(summary: Summary, curves: Sequence[CurvePoint], kind: str) -> Figure | None:
    figures, title, reading = _KINDS[kind]
    names = arm_names(summary)
    points = [point for point in curves if point.kind == kind and point.arm in names]
    if not points:
        return None
    reasons = {arm.arm: objections(summary, arm, figures) for arm in summary.arms}
    medians = {p.arm: p.milliseconds for p in points if p.share == 0.5}
    alt = f"{kind} time distributions; median in milliseconds: " + ", ".join(
        f"{arm} {value:.2f}" for arm, value in medians.items()
    )
    rows: list[Row] = [
        {"arm": p.arm, "x": round(nines(p.share), 4), "y": round(p.milliseconds, 4)}
        | ({"dot": 1} if p.share in _DOTS else {})
        for p in points
        if _drawn(p.share)
    ]
    marked = [name for name in names if name in medians and reasons[name]]
    if marked:
        reading += " Some of these curves are marked: the reasons are below."
    ticks = {round(nines(share), 4): words for share, words in _TICKS.items()}
    label = "".join(f"datum.value < {value + 0.01} ? '{words}' : " for value, words in ticks.items()) + "''"
    return Figure(
        name=f"{kind}-time",
        title=title,
        reading=f"{reading} Lower is faster; a curve ends where too few requests lie beyond.",
        alt=alt,
        spec=line_chart(
            rows,
            alt,
            280,
            names=names,
            hidden=hidden_at_first(summary),
            x={"axis": {"title": "share of requests answered", "values": list(ticks), "labelExpr": label}},
            y={"axis": {"title": "milliseconds (logarithmic)", "tickCount": 6, "format": "~g"}},
            logarithmic=True,
            tooltip=[*tip("arm", share=".1%"), {"field": "y", "format": ".3f", "title": "ms"}],
        )
        | {"transform": [{"calculate": "1 - pow(10, -datum.x)", "as": "share"}]},
    )


def _drawn(share: float) -> bool:
    """Whether a quantile is drawn: the lower nine tenths are short on this axis, every fifth will do."""
    return share >= 0.9 or round(100 * share) % 5 == 0 or share == 0.01


def nines(share: float) -> float:
    """Give the place of a quantile on an axis that shows the tail: 0.9 at 1, 0.99 at 2, 0.999 at 3."""
    return -math.log10(1 - share)
