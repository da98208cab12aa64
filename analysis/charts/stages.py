"""Draw the stages of a scheme as steps from the control's cost to the scheme's."""

from analysis.charts.figure import Figure, Row, amount, by_arm, by_part, chart, known_interval, quantity, tip
from analysis.records.summary import StagesSummary, Summary

_ROW = 34
_KINDS = ("stage", "unexplained", "in all")


def stages_figures(summary: Summary) -> list[Figure]:
    """Draw one figure for each chain whose stages are shown, numbered as on the page."""
    return [_figure(number, chain) for number, chain in enumerate(summary.stages, start=1) if chain.stages]


def _figure(number: int, chain: StagesSummary) -> Figure:
    rows = _steps(chain)
    listed = ", ".join(f"{row['arm']} {row['adds']:.0f}" for row in rows)
    alt = f"CPU microseconds per request that each stage of {chain.scheme} adds: {listed}"
    y = by_arm([row["arm"] for row in rows])
    x = amount("CPU per request above the control, us")
    over = [*tip("arm", "what"), {"field": "adds", "format": ".1f", "title": "adds, us"}]
    bars = {"y": y, "x": x, "x2": {"field": "end"}, "color": by_part(_KINDS), "tooltip": over}
    layers = [
        {"mark": {"type": "bar", "height": {"band": 0.55}}, "encoding": bars},
        {"transform": [{"filter": "datum.low !== null && datum.high !== null"}]}
        | known_interval(y, quantity("low"), tooltip=over),
    ]
    return Figure(
        name=f"stages-{number}",
        title=f"Where the microseconds go: {chain.scheme}",
        reading=(
            "Each bar begins where the one above ends and is as long as what its stage adds; black line: the "
            "95% interval of that length. The last bar is the scheme itself, measured on its own."
        ),
        alt=alt,
        spec=chart(rows, alt, _ROW * len(rows), layer=layers),
    )


def _steps(chain: StagesSummary) -> list[Row]:
    """List the rows from the top: every stage, what no stage explains, and the whole."""
    rows: list[Row] = []
    start = 0.0
    whole = f"{chain.scheme} minus {chain.control}"
    for arm, kind, what, gap in (
        *((stage.arm, "stage", stage.adds, stage.total_us) for stage in chain.stages),
        ("unexplained", "unexplained", "the scheme minus its last rung", chain.residual_us),
        (f"{chain.scheme} in all", "in all", whole, chain.total_us),
    ):
        start = 0.0 if kind == "in all" else start
        length = gap.value or 0.0
        ends = {"low": gap.low, "high": gap.high}
        interval = {end: None if value is None else start + value for end, value in ends.items()}
        row = {"arm": arm, "part": kind, "what": what, "adds": length, "value": start, "end": start + length}
        rows.append(row | interval)
        start += length
    return rows
