"""Draw latency distributions: the share of requests answered within a number of milliseconds."""

from collections.abc import Sequence

from analysis.charts.figure import Figure, arm_color, arm_names, chart, quantity, tip
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


def latency_figures(summary: Summary, curves: Sequence[CurvePoint]) -> list[Figure]:
    """Draw one figure for each kind of time that some arm has."""
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
        color = arm_color(names)
        scale, share = {"type": "log", "nice": False}, {"title": "share of requests", "format": ".0%"}
        encoding = {
            "x": quantity("ms")
            | {"scale": scale, "axis": {"title": "milliseconds (logarithmic)", "tickCount": 8}},
            "y": quantity("share") | {"scale": {"domain": [0, 1]}, "axis": share | {"tickCount": 5}},
            "order": {"field": "share"},
            # An arm keeps its colour where others have no curve; the legend names those that have one.
            "color": color | {"legend": color["legend"] | {"values": shown}},
            "tooltip": tip("arm", share=".1%", ms=".3f"),
        }
        mark = {"type": "line", "strokeWidth": 2, "interpolate": "linear"}
        figures.append(
            Figure(
                name=f"{kind}-time",
                title=title,
                reading=f"{reading} Farther left is faster; a curve ends where too few requests lie beyond.",
                alt=alt,
                spec=chart(rows, alt, 260, mark=mark, encoding=encoding),
            )
        )
    return figures
