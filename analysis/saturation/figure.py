"""Draw the latency-throughput curve of every scheme, with its knee and the objectives."""

from typing import Any

from analysis.charts.figure import Figure, Row, quantity
from analysis.charts.lines import line_chart
from authbench.contracts.saturation.report import SaturationReport

CONTROL = "none"
"""Its colour is the first one, whether it is there or not."""


def curve_figure(report: SaturationReport) -> Figure | None:
    """Draw p99 against requests answered a second. None: no curve was measured."""
    rows: list[Row] = [
        {
            "arm": scheme.scheme,
            "x": point.rate_rps,
            "y": point.p99_ms,
            "mean": point.mean_ms,
            "share": point.share,
            "busy": point.application_busy,
            "dot": True,
        }
        for scheme in report.schemes
        for point in scheme.curve
        if point.p99_ms is not None
    ]
    if not rows:
        return None
    ends = {row["arm"]: row for row in rows}
    alt = "p99 by requests a second: " + "; ".join(
        f"{name} {row['y']:.3g} ms at {row['x']:.0f}/s" for name, row in ends.items()
    )
    spec = line_chart(
        rows,
        alt,
        320,
        names=[CONTROL, *(scheme.scheme for scheme in report.schemes if scheme.scheme != CONTROL)],
        x={"axis": {"title": "requests answered a second"}, "scale": {"zero": True}},
        y={"axis": {"title": "p99 from when a request was due, ms (log)", "format": ".3~g"}},
        logarithmic=True,
        within=[objective.limit_ms for objective in report.objectives],
        tooltip=[
            {"field": "arm"},
            {"field": "x", "format": ".0f", "title": "requests/s"},
            {"field": "share", "format": ".0%", "title": "of the bound"},
            {"field": "y", "format": ".3~g", "title": "p99, ms"},
            {"field": "mean", "format": ".3~g", "title": "mean, ms"},
            {"field": "busy", "format": ".0%", "title": "core busy"},
        ],
        below=_objectives(report),
        above=_knees(report),
    )
    return Figure(
        name="latency-throughput",
        title="Latency against throughput, from 10 to 95 % of the bound",
        reading="Dashed: the objectives. Crosses: the knee of each scheme, where throughput by mean response "
        "time is greatest; beyond it, waiting grows faster than throughput. One trial a point.",
        alt=alt,
        spec=spec,
    )


def _objectives(report: SaturationReport) -> list[dict[str, Any]]:
    return [
        {
            "data": {"values": [{"y": objective.limit_ms} for objective in report.objectives]},
            "mark": {"type": "rule", "strokeDash": [3, 3], "style": "faint-rule", "clip": True},
            "encoding": {"y": quantity("y")},
        }
    ]


def _knees(report: SaturationReport) -> list[dict[str, Any]]:
    values = [
        {"x": point.rate_rps, "y": point.p99_ms, "arm": scheme.scheme}
        for scheme in report.schemes
        for point in scheme.curve
        if scheme.knee and point.rate_rps == scheme.knee.rate_rps and point.p99_ms is not None
    ]
    if not values:
        return []
    return [
        {
            "data": {"values": values},
            "mark": {"type": "point", "shape": "cross", "filled": True, "size": 180, "style": "sign"},
            "encoding": {
                "x": quantity("x"),
                "y": quantity("y"),
                "tooltip": [{"field": "arm", "title": "knee"}],
            },
        }
    ]
