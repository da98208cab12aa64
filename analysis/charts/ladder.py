"""Draw CPU per request against the rate: why no figure holds at another rate."""

from analysis.charts.figure import Figure, arm_names, only, quantity
from analysis.charts.lines import hidden_at_first, line_chart
from analysis.records.summary import Summary


def ladder_figure(summary: Summary) -> Figure | None:
    """Draw a line for each arm that was measured at more than one rate."""
    rows = [
        {
            "arm": arm.arm,
            "x": rung.achieved_rps,
            "y": rung.cpu_total_us.value,
            "low": rung.cpu_total_us.low,
            "high": rung.cpu_total_us.high,
            "dot": True,
        }
        for arm in summary.arms
        if len(arm.ladder.rungs) > 1
        for rung in arm.ladder.rungs
        if rung.cpu_total_us.value is not None
    ]
    if not rows:
        return None
    listed = ", ".join(f"{r['arm']} {r['y']:.0f} at {r['x']:.0f}/s" for r in rows)
    alt = f"CPU microseconds per request by rate: {listed}"
    names = arm_names(summary)
    color = {"field": "arm", "type": "nominal", "scale": {"domain": names}, "legend": None}
    intervals = only(
        "indexof(hidden, datum.arm) < 0 && datum.low !== null && datum.high !== null && datum.low > 0"
    ) | {
        "mark": {"type": "rule", "strokeWidth": 1.5, "clip": True},
        "encoding": {
            "x": quantity("x"),
            "y": quantity("low", "CPU per request, us"),
            "y2": {"field": "high"},
            "color": color,
        },
    }
    return Figure(
        name="ladder",
        title="CPU per request against the rate",
        reading=(
            "An idle server wakes up for every request, so each one costs less the more there are. "
            "Vertical lines: 95% intervals over generations."
        ),
        alt=alt,
        spec=line_chart(
            rows,
            alt,
            280,
            names=names,
            hidden=hidden_at_first(summary),
            x={"axis": {"title": "user requests per second"}, "scale": {"zero": True}},
            y={"axis": {"title": "CPU per request, us"}},
            zero=True,
            tooltip=[
                {"field": "arm"},
                {"field": "x", "format": ".0f", "title": "requests/s"},
                {"field": "y", "format": ".1f", "title": "us"},
                {"field": "low", "format": ".1f", "title": "from"},
                {"field": "high", "format": ".1f", "title": "to (95%)"},
            ],
            below=[intervals],
        ),
    )
