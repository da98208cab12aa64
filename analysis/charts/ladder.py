"""Draw CPU per request against the rate: why no figure holds at another rate."""

from analysis.charts.figure import Figure, arm_color, arm_names, chart, quantity, tip
from analysis.records.summary import Summary


def ladder_figure(summary: Summary) -> Figure | None:
    """Draw a line for each arm that was measured at more than one rate."""
    rows = [
        {
            "arm": arm.arm,
            "rate": rung.achieved_rps,
            "value": rung.cpu_total_us.value,
            "low": rung.cpu_total_us.low,
            "high": rung.cpu_total_us.high,
        }
        for arm in summary.arms
        if len(arm.ladder.rungs) > 1
        for rung in arm.ladder.rungs
        if rung.cpu_total_us.value is not None
    ]
    if not rows:
        return None
    listed = ", ".join(f"{r['arm']} {r['value']:.0f} at {r['rate']:.0f}/s" for r in rows)
    alt = f"CPU microseconds per request by rate: {listed}"
    x, y = (
        quantity(field) | {"axis": {"title": title}, "scale": {"zero": True}}
        for field, title in (("rate", "user requests per second"), ("value", "CPU per request, us"))
    )
    over = tip("arm", rate=".0f", value=".1f", low=".1f", high=".1f")
    layers = [
        {"mark": {"type": "line", "strokeWidth": 2, "point": True}, "encoding": {"y": y, "tooltip": over}},
        {
            "transform": [{"filter": "datum.low !== null && datum.high !== null"}],
            "mark": {"type": "rule", "strokeWidth": 1.5},
            "encoding": {"y": quantity("low", "CPU per request, us"), "y2": {"field": "high"}},
        },
    ]
    return Figure(
        name="ladder",
        title="CPU per request against the rate",
        reading=(
            "An idle server wakes up for every request, so each one costs less the more there are. "
            "Vertical lines: 95% intervals over generations."
        ),
        alt=alt,
        spec=chart(rows, alt, 280, encoding={"x": x, "color": arm_color(arm_names(summary))}, layer=layers),
    )
