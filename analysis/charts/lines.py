"""Draw lines that can be told apart without colour: dashes, shapes, and a name at each line's end."""

import math
from collections.abc import Sequence
from typing import Any

from analysis.charts.figure import POINTER, Row, chart, quantity, tip
from analysis.records.summary import Summary

MANY_LINES = 8
"""More lines than that are not shown at once: the reader turns them on."""
_DASHES = [[1, 0], [7, 3], [2, 2], [10, 3, 2, 3], [5, 1, 1, 1]]
"""Five beside the theme's eight colours: forty lines without two that are drawn alike."""
_SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right"]
_LINE_HEIGHT = 14
"""Pixels between two names at lines' ends."""
ROOM = 150
"""Pixels right of the plot for these names, at most: longer names are cut."""
_LEFT = 44
"""Pixels left of the plot for the axis, so that figures below each other begin at the same place."""


def hidden_at_first(summary: Summary) -> list[str]:
    """List the arms whose lines wait to be asked for: of many, all but the primary pair and control."""
    if len(summary.arms) <= MANY_LINES:
        return []
    primary = {name for c in summary.comparisons if c.primary for name in (c.a, c.b)}
    return [arm.arm for arm in summary.arms if arm.role != "control" and arm.arm not in primary]


def line_chart(
    rows: Sequence[Row],
    alt: str,
    height: int,
    *,
    names: Sequence[str],
    hidden: Sequence[str] = (),
    x: dict[str, Any],
    y: dict[str, Any],
    logarithmic: bool = False,
    zero: bool = False,
    within: Sequence[float] = (),
    room: int | None = None,
    tooltip: Sequence[dict[str, Any]] = (),
    below: Sequence[dict[str, Any]] = (),
    above: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Make a chart of one line for each name, from rows with `arm`, `x` and `y`.

    `names` decides colours and dashes; `hidden`: lines that are not shown at first. A row with `dot` gets the
    line's shape. `x`, `y`: the axes, as Vega-Lite has them. `within`: further values the axis must reach.
    `room`: pixels for the names; None: as many as they need. `below`, `above`: layers under, over the lines.
    """
    shown = [name for name in names if any(row["arm"] == name for row in rows)]
    low, high = _span([*within, *(row["y"] for row in rows)], logarithmic=logarithmic, zero=zero)
    scale: dict[str, Any] = {"domain": [low, high], "nice": False}
    scale |= {"type": "log"} if logarithmic else {"zero": False}
    ends = _ends(rows, [name for name in shown if name not in hidden], (low, high), height, logarithmic)
    ends += _ends(rows, [name for name in shown if name in hidden], (low, high), height, logarithmic)
    y_axis = quantity("y") | y | {"scale": scale}
    y_axis["axis"] = {"minExtent": _LEFT, **y_axis["axis"]}
    room = room or min(ROOM, 30 + 7 * max(len(name) for name in shown))
    at_end: dict[str, Any] = {"x": {"value": "width"}, "y": y_axis}
    named: dict[str, Any] = {"field": "arm", "type": "nominal", "legend": None}
    color, dash, shape = (
        named | {"scale": {"domain": list(names)} | ({"range": drawn} if drawn else {})}
        for drawn in (None, _DASHES, _SHAPES)
    )
    at: dict[str, Any] = {"x": quantity("x") | x, "y": y_axis, "color": color}
    over = list(tooltip) or tip("arm", y=".4~g")
    visible = {"filter": "indexof(hidden, datum.arm) < 0"}
    layers = [
        *below,
        {
            "transform": [visible],
            "mark": {"type": "line", "strokeWidth": 2},
            "encoding": at | {"order": {"field": "x"}, "strokeDash": dash},
        },
        {
            "transform": [visible, {"filter": "datum.dot"}],
            "mark": {"type": "point", "filled": True, "size": 55},
            "encoding": at | {"shape": shape},
        },
        {
            # Larger than what is drawn, so that a finger finds it.
            "name": POINTER,
            "transform": [visible],
            "mark": {"type": "point", "filled": True, "size": 160, "opacity": 0},
            "encoding": at | {"tooltip": over},
        },
        {
            "data": {"values": ends},
            "transform": [visible],
            "mark": {"type": "point", "filled": True, "size": 45, "xOffset": 10},
            "encoding": at_end | {"color": color, "shape": shape},
        },
        {
            "data": {"values": ends},
            "transform": [visible],
            "mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 17, "limit": room - 20},
            "encoding": at_end | {"text": {"field": "arm"}},
        },
        {
            # Holds the room for the names open, however long they are.
            "data": {"values": [{"y": low}]},
            "mark": {"type": "point", "size": 1, "opacity": 0, "xOffset": room},
            "encoding": at_end,
        },
        *above,
    ]
    spec = chart(rows, alt, height, layer=layers)
    return spec | {
        "params": [{"name": "hidden", "value": [name for name in shown if name in hidden]}],
        "usermeta": {
            "lines": [
                {"name": name, "color": place % 8, "dash": _DASHES[place % len(_DASHES)]}
                for place, name in enumerate(names)
                if name in shown
            ]
        },
    }


def _span(values: Sequence[float], *, logarithmic: bool, zero: bool) -> tuple[float, float]:
    """Give the ends of an axis that holds all values with a little room."""
    low, high = min(values), max(values)
    if logarithmic:
        return low / 1.1, high * 1.1
    room = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return (0.0 if zero else low - room), high + room


def _ends(
    rows: Sequence[Row], names: Sequence[str], span: tuple[float, float], height: int, logarithmic: bool
) -> list[Row]:
    """Place a name at each line's end, moved up or down until none covers another."""
    scaled = math.log if logarithmic else float
    low, high = (scaled(end) for end in span)
    last = {row["arm"]: row["y"] for row in sorted(rows, key=lambda row: float(row["x"]))}
    wanted = sorted(((scaled(last[name]) - low) / (high - low) * height, name) for name in names)
    places = spread([pixel for pixel, _ in wanted], _LINE_HEIGHT, height)
    values = [low + place / height * (high - low) for place in places]
    back = math.exp if logarithmic else float
    return [{"arm": name, "y": back(value)} for (_, name), value in zip(wanted, values, strict=True)]


def spread(places: Sequence[float], gap: float, length: float) -> list[float]:
    """Move rising places apart until neighbours have a gap, inside 0 to length as far as there is room."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap) if moved else place)
    limit = max(length, gap * (len(places) - 1))
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = min(moved[index], limit)
        limit = moved[index] - gap
    return moved
