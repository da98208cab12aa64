"""Latency as whole distributions: what share of the requests was answered within how many milliseconds."""

from collections.abc import Sequence
from typing import Any

from analysis.charts.figure import Figure, arm_color, arm_names, chart
from analysis.records.summary import Summary
from analysis.summary.latency_curves import CurvePoint

_KINDS = {
    "service": (
        "Service time: from sending a request to its last byte",
        "What arms are compared by: it begins with the sending, without the generator's own lateness.",
    ),
    "response": (
        "Response time: from when a request was due to its last byte",
        "What a user waits: a server that stalls cannot hide it, since requests keep falling due.",
    ),
}


def _color(names: Sequence[str], shown: Sequence[str]) -> dict[str, Any]:
    """An arm keeps its colour where others have no curve; the legend names those that have one."""
    color = arm_color(names)
    return color | {"legend": color["legend"] | {"values": list(shown)}}


def latency_figures(summary: Summary, curves: Sequence[CurvePoint]) -> list[Figure]:
    """One figure for each kind of time that some arm has."""
    figures = []
    names = arm_names(summary)
    for kind, (title, reading) in _KINDS.items():
        points = [point for point in curves if point.kind == kind and point.arm in names]
        if not points:
            continue
        shown = [name for name in names if any(point.arm == name for point in points)]
        medians = {p.arm: p.milliseconds for p in points if p.share == 0.5}
        listed = ", ".join(f"{arm} {value:.2f}" for arm, value in medians.items())
        alt = f"{kind} time distributions; median in milliseconds: {listed}"
        rows = [{"arm": p.arm, "share": p.share, "ms": p.milliseconds} for p in points]
        figures.append(
            Figure(
                name=f"{kind}-time",
                title=title,
                reading=f"{reading} Farther left is faster; a curve ends where too few requests lie beyond.",
                alt=alt,
                spec=chart(
                    rows,
                    alt,
                    260,
                    mark={"type": "line", "strokeWidth": 2, "interpolate": "linear"},
                    encoding={
                        "x": {
                            "field": "ms",
                            "type": "quantitative",
                            "scale": {"type": "log", "nice": False},
                            "axis": {"title": "milliseconds (logarithmic)", "tickCount": 8},
                        },
                        "y": {
                            "field": "share",
                            "type": "quantitative",
                            "scale": {"domain": [0, 1]},
                            "axis": {"title": "share of requests", "format": ".0%", "tickCount": 5},
                        },
                        "order": {"field": "share"},
                        "color": _color(names, shown),
                        "tooltip": [
                            {"field": "arm"},
                            {"field": "share", "format": ".1%"},
                            {"field": "ms", "format": ".3f"},
                        ],
                    },
                ),
            )
        )
    return figures
