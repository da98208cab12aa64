"""Draw the trade: windows against cost, and owners logged out against a thief's time unnoticed."""

from collections.abc import Sequence
from typing import Any

from analysis.charts.figure import Figure, Row, chart
from analysis.security.kinds import EXAMPLES
from analysis.security.policies import PolicyTrade
from analysis.security.trade import TradePoint
from analysis.security.windows import seconds

_SHORTEST_S = 0.001
"""Where windows are drawn that are as short or shorter: a logarithmic axis has no zero."""
_NOTICED_S = 1
"""The same for a thief who is noticed at once."""
_SHAPES = ["circle", "square", "triangle-up", "diamond"]
_ASKED = ("fewer than 0.1", "1", "more than 1")
_HEIGHT, _ROW = 380, 84
_ROOM = 0.13
"""Share of the width that a name needs."""


def security_figures(points: Sequence[TradePoint], trades: Sequence[PolicyTrade]) -> dict[str, Figure]:
    """Every figure that there are measurements for, by name."""
    found = [_trade_figure(points), *_policy_figures(trades)]
    return {figure.name: figure for figure in found if figure}


def _trade_figure(points: Sequence[TradePoint]) -> Figure | None:
    """Draw window against CPU, by store commands; against p50 where no CPU was measured. None: no costs."""
    by_cpu = any(point.cpu_us is not None for point in points)
    rows: list[Row] = []
    for point in points:
        cost = point.cpu_us if by_cpu else point.p50_ms
        if cost is None:
            continue
        window_s = point.declared_s if point.longest_s is None else point.longest_s
        rows.append(
            {
                "scheme": point.scheme,
                "cost": cost,
                "window": max(window_s, _SHORTEST_S),
                "asked": _asked(point.commands),
                "tells": f"{point.kind}; accepted after logout up to {seconds(window_s)}"
                f"{'' if point.longest_s is not None else ' (declared)'}; {point.commands:.2g} store commands"
                + (f"; p50 {point.p50_ms:.2f} ms" if point.p50_ms is not None else ""),
            }
        )
    if not rows:
        return None
    _spread_labels(rows)
    axis = "CPU above the control, us per request" if by_cpu else "p50, ms"
    alt = "Seconds accepted after logout, by cost: " + ", ".join(
        f"{row['scheme']} {seconds(row['window'])} at {row['cost']:.3g}" for row in rows
    )
    groups = [name for name in _ASKED if any(row["asked"] == name for row in rows)]
    asked = {"field": "asked", "type": "nominal", "sort": groups}
    position = {
        "x": {"field": "cost", "type": "quantitative", "axis": {"title": axis, "tickCount": 8}},
        "y": {
            "field": "window",
            "type": "quantitative",
            "scale": {"type": "log", "domain": [_SHORTEST_S / 2, max(row["window"] for row in rows) * 4]},
            "axis": {"title": "accepted after logout, s", "values": [0.001, 0.01, 0.1, 1, 10, 100, 1e3, 1e4]},
        },
    }
    tips = [{"field": "scheme"}, {"field": "tells", "title": "what"}]
    legend = {"title": "store commands of a read", "orient": "bottom"}
    dots = {
        "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
        "encoding": position
        | {
            "color": asked | {"scale": {"domain": groups, "range": "ordinal"}, "legend": legend},
            "shape": asked | {"scale": {"domain": groups, "range": _SHAPES[: len(groups)]}, "legend": legend},
            "tooltip": tips,
        },
    }
    names = [
        {
            "transform": [{"filter": f"datum.named == '{align}'"}],
            "mark": {"type": "text", "align": align, "dy": -12, "fontSize": 11},
            "encoding": position | {"text": {"field": "scheme"}},
        }
        for align in ("left", "center", "right")
        if any(row["named"] == align for row in rows)  # a layer without rows makes Vega warn on the console
    ]
    return Figure(
        name="window-by-cost",
        title="The trade: how long a stolen login outlives its logout, and what a request costs",
        reading="Up: accepted for longer after a logout (logarithmic; 0.001 s stands for less as well). "
        "Right: dearer. Colour and shape: what one read asks of the store. Windows were measured with short "
        "lifetimes and scaled to the default ones. Schemes without a name are in the table below.",
        alt=alt,
        spec=chart(rows, alt, _HEIGHT, layer=[dots, *names]),
    )


def _asked(commands: float) -> str:
    if commands < 0.1:
        return _ASKED[0]
    return _ASKED[1] if commands < 1.05 else _ASKED[2]


def _spread_labels(rows: list[Row]) -> None:
    """Say where names stand that have room above their points; what stands for its kind comes first."""
    whole = max(row["cost"] for row in rows) or 1.0
    room = _ROOM * whole
    taken: list[tuple[float, float]] = []
    for row in sorted(rows, key=lambda row: (row["scheme"] not in EXAMPLES, row["cost"])):
        place = row["cost"] / whole
        align = "left" if place < _ROOM else "right" if place > 1 - _ROOM else "center"
        middle = row["cost"] + {"left": room / 2, "center": 0, "right": -room / 2}[align]
        free = all(
            abs(middle - other) >= room or not 0.4 < row["window"] / height < 2.5 for other, height in taken
        )
        row["named"] = align if free else ""
        if free:
            taken.append((middle, row["window"]))


def _policy_figures(trades: Sequence[PolicyTrade]) -> list[Figure]:
    """What each policy costs owners, and beside it what it leaves a thief."""
    return [_owners_figure(trades), _thieves_figure(trades)] if trades else []


def _by_policy(trades: Sequence[PolicyTrade]) -> dict[str, Any]:
    names = [trade.policy.value for trade in trades]
    return {
        "field": "policy",
        "type": "nominal",
        "sort": names,
        "scale": {"domain": names},
        "axis": {"title": None, "ticks": False, "domain": False},
    }


def _owners_figure(trades: Sequence[PolicyTrade]) -> Figure:
    rows: list[Row] = []
    for trade in trades:
        for one in trade.logged_out:
            low, high = (one.share.value if end is None else end for end in (one.share.low, one.share.high))
            rows.append(
                {
                    "policy": trade.policy.value,
                    "share": 100 * one.share.value,
                    "low": 100 * low,
                    "high": 100 * high,
                    "lost": f"{one.lost_share:.0%} of replies lost",
                    "tabs": f"{one.tabs} tab{'s' * (one.tabs > 1)}",
                    "case": f"{one.tabs} {one.lost_share:.4f}",
                }
            )
    alt = "Owners logged out, %: " + "; ".join(
        f"{row['policy']}, {row['tabs']}, {row['lost']}: {row['share']:.0f}" for row in rows
    )
    x: Row = {"field": "share", "type": "quantitative", "scale": {"domain": [-4, 104]}}
    x["axis"] = {"title": "owners logged out, %", "values": [0, 20, 40, 60, 80, 100]}
    place = {"y": _by_policy(trades), "yOffset": _beside("case", rows)}
    tips = [{"field": name} for name in ("policy", "tabs", "lost")] + [{"field": "share", "format": ".0f"}]
    span: Row = {"mark": {"type": "rule", "style": "faint-rule"}}
    span["encoding"] = place | {"x": x | {"field": "low"}, "x2": {"field": "high"}}
    encoding = place | {"x": x, "tooltip": tips}
    encoding["color"] = _one_of("lost", rows, {"range": "ordinal"})
    encoding["shape"] = _one_of("tabs", rows, {"range": _SHAPES[: len({row["tabs"] for row in rows})]})
    dots = {"mark": {"type": "point", "filled": True, "size": 80, "opacity": 1}, "encoding": encoding}
    return Figure(
        name="refresh-owners",
        title="What a policy costs owners",
        reading="Owners who were logged out within ten refreshes though nobody stole anything, by tabs and "
        "by lost replies. Line: 95% interval.",
        alt=alt,
        spec=chart(rows, alt, _ROW * len(trades), layer=[span, dots]),
        wide=False,
    )


def _thieves_figure(trades: Sequence[PolicyTrade]) -> Figure:
    rows: list[Row] = [
        {
            "policy": trade.policy.value,
            "thief": thief,
            "undetected": max(figure.value, _NOTICED_S),
            "shown": seconds(figure.value),
        }
        for trade in trades
        for thief, figure in trade.undetected.items()
    ]
    alt = "A thief goes unnoticed for: " + "; ".join(
        f"{row['policy']}, {row['thief']}: {row['shown']}" for row in rows
    )
    longest = max(row["undetected"] for row in rows)
    x = {
        "field": "undetected",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [_NOTICED_S / 2, longest * 100]},
        "axis": {"title": "thief unnoticed for, s", "tickCount": 5, "format": "~s"},
    }
    place = {"y": _by_policy(trades), "yOffset": _beside("thief", rows), "x": x}
    tips = [{"field": name} for name in ("policy", "thief")] + [{"field": "shown", "title": "unnoticed"}]
    encoding = place | {"tooltip": tips, "color": _one_of("thief", rows, {"range": "ordinal"})}
    encoding["shape"] = _one_of("thief", rows, {"range": _SHAPES[: len({row["thief"] for row in rows})]})
    dots = {"mark": {"type": "point", "filled": True, "size": 80, "opacity": 1}, "encoding": encoding}
    words = {
        "mark": {"type": "text", "align": "left", "dx": 8},
        "encoding": place | {"text": {"field": "shown"}},
    }
    return Figure(
        name="refresh-thieves",
        title="What it leaves a thief",
        reading="How long somebody with a copy of the refresh token goes unnoticed (logarithmic; 0 s: "
        "noticed at the first try). Read both figures together: what is short here is paid for on the left.",
        alt=alt,
        spec=chart(rows, alt, _ROW * len(trades), layer=[dots, words]),
        wide=False,
    )


def _beside(field: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Values of a field beside each other in one row of the axis. Layers must be told the same order."""
    values = list(dict.fromkeys(row[field] for row in rows))
    return {"field": field, "type": "nominal", "sort": None, "scale": {"domain": values}}


def _one_of(field: str, rows: Sequence[Row], scale: dict[str, Any]) -> dict[str, Any]:
    """Colour or shape of a field's values, in the order of the rows."""
    values = list(dict.fromkeys(row[field] for row in rows))
    legend = {"title": None, "orient": "bottom"}
    return {"field": field, "type": "nominal", "scale": scale | {"domain": values}, "legend": legend}
