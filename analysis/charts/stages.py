"""Where the microseconds go: the stages of a scheme as steps from the control to what it costs in all."""

from typing import Any

from analysis.charts.figure import Figure, Row, amount, by_arm, by_part, chart, known_interval, quantity, tip
from analysis.records.summary import StagesSummary, Summary
from analysis.statistics.estimate import Estimate

_ROW = 34
_KINDS = ("stage", "unexplained", "in all")


def stages_figures(summary: Summary) -> list[Figure]:
    """One for each chain whose stages are shown, numbered as the page counts them."""
    return [_figure(number, chain) for number, chain in enumerate(summary.stages, start=1) if chain.stages]


def _figure(number: int, chain: StagesSummary) -> Figure:
    rows = _steps(chain)
    listed = ", ".join(f"{row['arm']} {row['adds']:.0f}" for row in rows)
    alt = f"CPU microseconds per request that each stage of {chain.scheme} adds: {listed}"
    return Figure(
        name=f"stages-{number}",
        title=f"Where the microseconds go: {chain.scheme}",
        reading=(
            "Each bar begins where the one above ends and is as long as what its stage adds; black line: the "
            "95% interval of that length. The last bar is the scheme itself, measured on its own."
        ),
        alt=alt,
        spec=_steps_chart(rows, alt),
    )


def _steps(chain: StagesSummary) -> list[Row]:
    """Rows from the top: every stage, what none explains, and the whole."""
    rows: list[Row] = []
    start = 0.0
    pieces = [(stage.arm, "stage", stage.adds, stage.total_us) for stage in chain.stages]
    pieces.append(("unexplained", "unexplained", "the scheme minus its last rung", chain.residual_us))
    for arm, kind, what, gap in pieces:
        rows.append(_row(arm, kind, what, start, gap))
        start += gap.value or 0.0
    what = f"{chain.scheme} minus {chain.control}"
    return [*rows, _row(f"{chain.scheme} in all", "in all", what, 0.0, chain.total_us)]


def _row(arm: str, kind: str, what: str, start: float, gap: Estimate) -> Row:
    length = gap.value or 0.0
    return {
        "arm": arm,
        "part": kind,
        "what": what,
        "adds": length,
        "value": start,
        "end": start + length,
        "low": None if gap.low is None else start + gap.low,
        "high": None if gap.high is None else start + gap.high,
    }


def _steps_chart(rows: list[Row], alt: str) -> dict[str, Any]:
    y = by_arm([row["arm"] for row in rows])
    x = amount("CPU per request above the control, us")
    over = [*tip("arm", "what"), {"field": "adds", "format": ".1f", "title": "adds, us"}]
    bars = {"y": y, "x": x, "x2": {"field": "end"}, "color": by_part(_KINDS), "tooltip": over}
    layers = [
        {"mark": {"type": "bar", "height": {"band": 0.55}}, "encoding": bars},
        {"transform": [{"filter": "datum.low !== null && datum.high !== null"}]}
        | known_interval(y, quantity("low"), 2, tooltip=over),
    ]
    return chart(rows, alt, _ROW * len(rows), layer=layers)
