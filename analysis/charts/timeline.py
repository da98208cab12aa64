"""Draw the run itself, cycle by cycle: cost, lateness and steal, and what was disturbed or void."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from analysis.charts.figure import Figure, Row, only, quantity
from analysis.charts.lines import ROOM, line_chart
from analysis.curves.timeline import SEPARATOR, CyclePoint
from analysis.records.summary import Summary
from analysis.validity.limits import LATENESS_P99_MS, STEAL_SHARE
from authbench.words.counting import counted

_HEIGHT = 150
_LOW_HEIGHT = 110
_Cycle = list[CyclePoint]


def timeline_figures(summary: Summary, points: Sequence[CyclePoint]) -> list[Figure]:
    """Draw cost, lateness and steal over the run, as far as they are known."""
    cycles: dict[int, _Cycle] = {}
    for point in points:
        cycles.setdefault(point.number, []).append(point)
    if len(cycles) < 2:
        return []
    run = list(cycles.values())
    found = [_cost(summary, run), _lateness(run), _steal(run)]
    return [figure for figure in found if figure]


def _cost(summary: Summary, run: Sequence[_Cycle]) -> Figure | None:
    pairs = {(c.a, c.b): f"{c.a} / {c.b}" for c in summary.comparisons if c.primary}
    if summary.twin:
        pairs[summary.twin] = "twin / original"
    series = {"all arms together": [_together(cycle) for cycle in run]}
    for (a, b), words in pairs.items():
        ratios = [_ratio(cycle, a, b) for cycle in run]
        known = [math.log(ratio) for ratio in ratios if ratio]
        mean = math.exp(float(np.mean(known))) if known else 1.0
        series[words] = [ratio and ratio / mean for ratio in ratios]
    return _figure(
        run,
        series,
        name="run-cost",
        title="Cost by cycle, by its mean over the run",
        axis="by its mean",
        height=_HEIGHT,
        reading=(
            "1: as usual. What all arms share is the machine and cancels between arms; what moves a ratio of "
            "two arms does not. Vertical lines: fresh processes. Triangles: slices of the cycle were "
            "disturbed, which harms latency; the larger, the more. Crosses: slices were void and replaced."
        ),
        limit=1.0,
    )


def _lateness(run: Sequence[_Cycle]) -> Figure | None:
    def of(cycle: _Cycle, choose: Callable[[list[float]], float]) -> float | None:
        known = [p.lateness_p99_ms for p in cycle if p.lateness_p99_ms is not None and p.lateness_p99_ms > 0]
        return choose(known) if known else None

    series = {
        "worst arm": [of(cycle, max) for cycle in run],
        "median arm": [of(cycle, lambda known: float(np.median(known))) for cycle in run],
    }
    return _figure(
        run,
        series,
        name="run-lateness",
        title="How late the generator sent: p99 of each slice",
        axis="ms (log)",
        height=_LOW_HEIGHT,
        reading=f"Dashed: {LATENESS_P99_MS.value:g} ms, beyond which a slice's latency is marked (V06).",
        limit=LATENESS_P99_MS.value,
        logarithmic=True,
    )


def _steal(run: Sequence[_Cycle]) -> Figure | None:
    return _figure(
        run,
        {"worst slice": [max(point.steal for point in cycle) for cycle in run]},
        name="run-steal",
        title="Processor time stolen by other virtual machines",
        axis="share",
        height=_LOW_HEIGHT,
        reading=f"Dashed: {STEAL_SHARE.value:.0%}, beyond which a slice's latency is marked (V10).",
        limit=STEAL_SHARE.value,
        form=".0%",
        zero=True,
    )


def _together(cycle: _Cycle) -> float | None:
    """Geometric mean of the arms' costs by their means: what the machine did to all of them."""
    known = [math.log(point.cost_ratio) for point in cycle if point.cost_ratio]
    return math.exp(float(np.mean(known))) if known else None


def _ratio(cycle: _Cycle, a: str, b: str) -> float | None:
    costs = {point.arm: point.cost_us for point in cycle}
    first, second = costs.get(a), costs.get(b)
    return first / second if first and second else None


def _figure(
    run: Sequence[_Cycle],
    series: dict[str, list[float | None]],
    *,
    name: str,
    title: str,
    axis: str,
    height: int,
    reading: str,
    limit: float,
    logarithmic: bool = False,
    zero: bool = False,
    form: str = ".3~g",
) -> Figure | None:
    in_minutes = all(cycle[0].at_s is not None for cycle in run)
    places = [_place(cycle, in_minutes) for cycle in run]
    rows: list[Row] = [
        {
            "arm": words,
            "x": place,
            "y": round(value, 5),
            "cycle": f"{cycle[0].cycle + 1}, generation {cycle[0].generation + 1}",
            "objections": _objections(cycle),
        }
        for words, values in series.items()
        for place, value, cycle in zip(places, values, run, strict=True)
        if value is not None
    ]
    if not rows:
        return None
    names = list(series)
    parts = []
    for words in names:
        known = [row["y"] for row in rows if row["arm"] == words]
        if known:
            parts.append(f"{words} from {min(known):.3g} to {max(known):.3g}")
    disturbed = sum(1 for cycle in run if any(point.tags for point in cycle))
    void = sum(1 for cycle in run if any(point.void for point in cycle))
    alt = (
        f"{title}, {counted(len(run), 'cycle')}: {'; '.join(parts)}. Cycles with a disturbed slice: "
        f"{disturbed}; with a "
        f"void one: {void}"
    )
    x = {
        "axis": {
            "title": "minutes since the run began" if in_minutes else "cycle, in the order measured",
            "tickCount": 8,
        },
        "scale": {"domain": [min(places), max(places)], "nice": False, "padding": 6},
    }
    spec = line_chart(
        rows,
        alt,
        height,
        names=names,
        x=x,
        y={"axis": {"title": axis, "tickCount": 4, "format": form}},
        logarithmic=logarithmic,
        zero=zero,
        within=[limit],
        room=ROOM,
        tooltip=[
            {"field": "arm", "title": "what"},
            {"field": "cycle"},
            {"field": "y", "title": axis, "format": form},
            {"field": "objections", "title": "objections"},
        ],
        below=[*_starts(run, places), _limit(limit)],
        above=_signs(run, places, height) if name == "run-cost" else [],
    )
    return Figure(name=name, title=title, reading=reading, alt=alt, spec=spec)


def _place(cycle: _Cycle, in_minutes: bool) -> float:
    at_s = cycle[0].at_s
    return round(at_s / 60, 3) if in_minutes and at_s is not None else float(cycle[0].number)


def _objections(cycle: _Cycle) -> str:
    """'V06 in 3 of 8 slices, V03 void in 1'; 'none'."""
    words = []
    for kind, listed in (("", [p.tags for p in cycle]), (" void", [p.void for p in cycle])):
        codes = dict.fromkeys(code for one in listed if one for code in one.split(SEPARATOR))
        if codes:
            count = sum(1 for one in listed if one)
            words.append(f"{', '.join(codes)}{kind} in {count} of {counted(len(cycle), 'slice')}")
    return "; ".join(words) or "none"


def _starts(run: Sequence[_Cycle], places: Sequence[float]) -> list[dict[str, Any]]:
    """Draw where fresh processes began."""
    starts = []
    for before, after, left, right in zip(run, run[1:], places, places[1:], strict=False):
        if before[0].generation != after[0].generation:
            starts.append({"x": (left + right) / 2})
    if not starts:
        return []
    mark = {"type": "rule", "strokeWidth": 1, "style": "faint-rule"}
    return [{"data": {"values": starts}, "mark": mark, "encoding": {"x": quantity("x")}}]


def _limit(value: float) -> dict[str, Any]:
    return {
        "data": {"values": [{"y": value}]},
        "mark": {"type": "rule", "strokeDash": [3, 3], "style": "faint-rule", "clip": True},
        "encoding": {"y": quantity("y")},
    }


def _signs(run: Sequence[_Cycle], places: Sequence[float], height: int) -> list[dict[str, Any]]:
    """Draw a triangle for each cycle that was disturbed and a cross for each with a void slice."""
    values = [
        {
            "x": place,
            "kind": kind,
            "share": sum(1 for one in codes if one) / len(codes),
            "objections": _objections(cycle),
        }
        for place, cycle in zip(places, run, strict=True)
        for kind, codes in (("disturbed", [p.tags for p in cycle]), ("void", [p.void for p in cycle]))
        if any(codes)
    ]
    if not values:
        return []
    tooltip = [{"field": "kind", "title": "slice"}, {"field": "objections"}]
    return [
        {
            "data": {"values": values},
            **only(f"datum.kind == '{kind}'"),
            "mark": {"type": "point", "shape": shape, "filled": True, "style": "sign"},
            "encoding": {
                "x": quantity("x"),
                "y": {"value": height - place},
                "size": quantity("share") | {"scale": {"domain": [0, 1], "range": [8, 110]}, "legend": None},
                "tooltip": tooltip,
            },
        }
        for kind, shape, place in (("disturbed", "triangle-up", 6), ("void", "cross", 18))
    ]
