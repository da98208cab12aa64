"""Draw the three answers a page opens with: cost, latency and throughput of each arm, side by side."""

from collections.abc import Callable, Sequence
from typing import Any

from analysis.charts.figure import (
    POINTER,
    Figure,
    Row,
    axis_names,
    by_row,
    chart,
    only,
    quantity,
    set_apart,
    sorted_arms,
)
from analysis.charts.marks import mark, objections
from analysis.records.summary import ArmSummary, Summary
from analysis.statistics.estimate import Estimate
from analysis.validity.finding import Figures

_ROW = 33
_MANY_ARMS = 12
_LOW_ROW = 26
"""Height of a row where there are more than `_MANY_ARMS`."""
_NAME_DY, _BAR_DY = -7, 8
"""Where in a row its words and its bar are: pixels below the row's middle."""


def answer_figures(summary: Summary) -> list[Figure]:
    """Draw the answers that the run has, each sorted by cost, control and twin apart at the bottom."""
    found = [_cost(summary), _latency(summary), _throughput(summary)]
    return [figure for figure in found if figure]


def with_interval(value: Estimate, digits: int) -> str:
    """Write '144 [138, 149]'; without brackets where no end of the interval is known."""
    if value.value is None:
        return "-"
    if value.low is None and value.high is None:
        return f"{value.value:z,.{digits}f}"
    low, high = ("?" if end is None else f"{end:z,.{digits}f}" for end in (value.low, value.high))
    return f"{value.value:z,.{digits}f} [{low}, {high}]"


def _cost(summary: Summary) -> Figure | None:
    def figure(arm: ArmSummary) -> Row | None:
        estimate = arm.cost_us
        if arm.role == "control" and estimate.value is None:
            return {"value": 0.0, "shown": "0, the control"}
        return None if estimate.value is None else _ends(estimate, 0)

    rows, arms = _rows(summary, "cost", figure)
    if all(row["value"] == 0 for row in rows):
        return None
    return _figure(
        rows,
        arms,
        name="answer-cost",
        title="Cost: CPU per request" if summary.service else "Cost: CPU above the control",
        axis="us per request" if summary.service else "us per request, application and store",
        reading="Bar: mean over paired cycles. Line: 95% interval.",
        layers=_bars,
    )


def _throughput(summary: Summary) -> Figure | None:
    def figure(arm: ArmSummary) -> Row | None:
        found = arm.throughput
        if found is None or found.rps.value is None:
            return None
        if not found.at_least:
            return _ends(found.rps, 0)
        return _ends(found.rps, 0) | {
            "bound": True,
            "shown": f"≥ {found.rps.value:,.0f}",
            "why": found.reason,
        }

    rows, arms = _rows(summary, "throughput", figure)
    if not rows:
        return None
    reading = "Bar: requests/s that one application core serves when it is full. Line: 95% interval."
    if any(row.get("bound") for row in rows):
        reading += " Hollow bar with an arrow: a lower bound, since something else was full."
    return _figure(
        rows,
        arms,
        name="answer-throughput",
        title="Throughput: requests/s per core",
        axis="requests/s, saturated",
        reading=reading,
        layers=_bars,
    )


def _latency(summary: Summary) -> Figure | None:
    if summary.loop == "closed":
        return None

    def figure(arm: ArmSummary) -> Row | None:
        p50, p99 = arm.service_ms.get("p50", Estimate()), arm.service_ms.get("p99", Estimate())
        if p50.value is None:
            return None
        tail = "-" if p99.value is None else f"{p99.value:.2f}"
        return {
            "value": p50.value,
            "low": p50.low,
            "high": p50.high,
            "p99": p99.value,
            "p99_low": p99.low,
            "p99_high": p99.high,
            "shown": f"{p50.value:.2f} / {tail}",
            "p50 [95%]": with_interval(p50, 2),
            "p99 [95%]": with_interval(p99, 2),
        }

    rows, arms = _rows(summary, "latency", figure)
    if not rows:
        return None
    return _figure(
        rows,
        arms,
        name="answer-latency",
        title="Latency: service p50 / p99",
        axis="ms (logarithmic), farther left is faster",
        reading="Filled: p50. Ring: p99. Thick lines: 95% intervals, where no identical arm disproves them.",
        layers=_dots,
    )


def _ends(estimate: Estimate, digits: int) -> Row:
    """Make the fields of a bar with an interval."""
    ends = {"value": estimate.value, "low": estimate.low, "high": estimate.high}
    return ends | {"shown": with_interval(estimate, digits)}


def _rows(
    summary: Summary, kind: Figures, figure: Callable[[ArmSummary], Row | None]
) -> tuple[list[Row], list[ArmSummary]]:
    """Make a row for each arm that `figure` gives one, with its mark; and list those arms, sorted."""
    rows: list[Row] = []
    arms: list[ArmSummary] = []
    for arm in sorted_arms(summary):
        if (own := figure(arm)) is None:
            continue
        reasons = [why for why in (objections(summary, arm, kind), own.pop("why", "")) if why]
        if arm.offered_rps is not None and kind != "throughput":
            own["shown"] += f" at {arm.offered_rps:.0f}/s"
        own["shown"] += mark(arm, kind)
        own |= {"marked by": "; ".join(reasons)} if reasons else {}
        rows.append({"arm": arm.arm, "apart": set_apart(arm)} | own)
        arms.append(arm)
    return rows, arms


def _figure(
    rows: Sequence[Row],
    arms: Sequence[ArmSummary],
    *,
    name: str,
    title: str,
    axis: str,
    reading: str,
    layers: Callable[[Sequence[Row], dict[str, Any], str], list[dict[str, Any]]],
) -> Figure:
    names = axis_names(arms)
    y = by_row(names)
    alt = f"{title}: " + ", ".join(f"{row['arm']} {row['shown']}" for row in rows)
    height = (_LOW_ROW if len(names) > _MANY_ARMS else _ROW) * len(names)
    words = {"type": "text", "yOffset": _NAME_DY, "baseline": "middle"}
    content = [
        *layers(rows, y, axis),
        {
            "mark": words | {"align": "left"},
            "encoding": {"y": y, "x": {"value": 0}, "text": {"field": "arm"}},
        },
        {
            "mark": words | {"align": "right", "fontWeight": 600},
            "encoding": {"y": y, "x": {"value": "width"}, "text": {"field": "shown"}},
        },
        # The whole row answers to the pointer, not only what is drawn in it.
        {
            "name": POINTER,
            "mark": {"type": "bar", "opacity": 0, "height": {"band": 1}},
            "encoding": {"y": y, "x": {"value": 0}, "x2": {"value": "width"}, "tooltip": _tooltip(rows)},
        },
    ]
    return Figure(name, title, reading, alt, chart(rows, alt, height, layer=content), wide=False)


def _tooltip(rows: Sequence[Row]) -> list[dict[str, Any]]:
    fields = dict.fromkeys(field for row in rows for field in row)
    known = [field for field in ("p50 [95%]", "p99 [95%]", "marked by") if field in fields]
    # A name with brackets would be read as a path.
    return [
        {"field": "arm"},
        {"field": "shown", "title": "figure"},
        *({"field": field.replace("[", "\\[").replace("]", "\\]"), "title": field} for field in known),
    ]


def _bars(rows: Sequence[Row], y: dict[str, Any], axis: str) -> list[dict[str, Any]]:
    """Draw bars: those of control and twin lighter, those of lower bounds hollow with an arrow."""
    x = {
        "field": "value",
        "type": "quantitative",
        "axis": {"title": axis, "tickCount": 4},
        "scale": {"zero": True},
        "stack": None,
    }
    bar = {"type": "bar", "height": 9, "yOffset": _BAR_DY}
    arrow = {"type": "point", "shape": "triangle-right", "filled": True, "size": 90, "yOffset": _BAR_DY}
    at = {"y": y, "x": x}
    bounds = [
        only("datum.bound") | {"mark": bar | {"style": "bound"}, "encoding": at},
        only("datum.bound") | {"mark": arrow | {"style": "bound-end"}, "encoding": at},
    ]
    return [
        only("!datum.bound && !datum.apart") | {"mark": bar, "encoding": at},
        only("!datum.bound && datum.apart") | {"mark": bar | {"style": "apart"}, "encoding": at},
        *(bounds if any(row.get("bound") for row in rows) else []),
        only("!datum.bound && isValid(datum.low) && isValid(datum.high)")
        | {
            "mark": {"type": "rule", "strokeWidth": 2, "style": "interval", "yOffset": _BAR_DY},
            "encoding": {"y": y, "x": quantity("low", axis), "x2": {"field": "high"}},
        },
    ]


def _dots(rows: Sequence[Row], y: dict[str, Any], axis: str) -> list[dict[str, Any]]:
    """Draw a filled dot for p50 and a ring for p99, joined by a thin line; those set apart are squares."""
    scale = {"type": "log", "nice": False, "padding": 10}
    shown = {"title": axis, "tickCount": 5, "format": "~g"}
    layers = []
    for field, end in (("value", "p99"), ("low", "high"), ("p99_low", "p99_high")):
        if all(row[field] is None or row[end] is None for row in rows):
            continue
        width = 1.5 if field == "value" else 5
        style = "noise" if field == "value" else "thick-interval"
        layers.append(
            only(f"isValid(datum['{field}']) && isValid(datum['{end}']) && datum['{field}'] > 0")
            | {
                "mark": {"type": "rule", "strokeWidth": width, "style": style, "yOffset": _BAR_DY},
                "encoding": {
                    "y": y,
                    "x": quantity(field, axis) | {"scale": scale, "axis": shown},
                    "x2": {"field": end},
                },
            }
        )
    for field, filled in (("value", True), ("p99", False)):
        for apart in (False, True):
            point = {
                "type": "point",
                "shape": "square" if apart else "circle",
                "filled": filled,
                "size": 70,
                "yOffset": _BAR_DY,
                "style": "apart-point" if apart else "compared-point",
            }
            layers.append(
                only(f"datum.apart === {str(apart).lower()} && isValid(datum['{field}'])")
                | {"mark": point, "encoding": {"y": y, "x": quantity(field, axis) | {"scale": scale}}}
            )
    return layers
