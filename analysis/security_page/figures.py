"""Draw the trade: windows against cost, and owners logged out against a thief's time unnoticed."""

from collections.abc import Sequence
from typing import Any

from analysis.charts.figure import Figure, Row, chart
from analysis.security.policies import PolicyTrade
from analysis.security.trade import TradePoint
from analysis.security.windows import seconds

_SHORTEST_S = 0.001
"""Where windows are drawn that are as short or shorter: a logarithmic axis has no zero."""
_NOTICED_S = 1
"""The same for a thief who is noticed at once."""
_SHAPES = ["circle", "square", "triangle-up", "diamond"]
_HEIGHT = 380


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
    groups = [name for name in ("none", "1", "2 and more") if any(row["asked"] == name for row in rows)]
    asked = {"field": "asked", "type": "nominal", "sort": groups}
    position = {
        "x": {"field": "cost", "type": "quantitative", "axis": {"title": axis}, "scale": {"zero": False}},
        "y": {
            "field": "window",
            "type": "quantitative",
            "scale": {"type": "log", "domain": [_SHORTEST_S / 2, max(row["window"] for row in rows) * 2]},
            "axis": {"title": "accepted after logout, s", "values": [0.001, 0.01, 0.1, 1, 10, 100, 1e3, 1e4]},
        },
    }
    tips = [{"field": "scheme"}, {"field": "tells", "title": "what"}]
    legend = {"title": "store commands of a read", "orient": "bottom"}
    dots = {
        "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
        "encoding": position
        | {
            "color": asked | {"scale": {"domain": groups, "range": "category"}, "legend": legend},
            "shape": asked | {"scale": {"domain": groups, "range": _SHAPES[: len(groups)]}, "legend": legend},
            "tooltip": tips,
        },
    }
    names = {
        "transform": [{"filter": "datum.named"}],
        "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 11},
        "encoding": position | {"text": {"field": "scheme"}},
    }
    return Figure(
        name="window-by-cost",
        title="The trade: how long a stolen login outlives its logout, and what a request costs",
        reading="Up: accepted for longer after a logout (logarithmic; 0.001 s stands for less as well). "
        "Right: dearer. Colour and shape: what one read asks of the store. Windows were measured with short "
        "lifetimes and scaled to the default ones. Schemes without a name are in the table below.",
        alt=alt,
        spec=chart(rows, alt, _HEIGHT, layer=[dots, names]),
    )


def _asked(commands: float) -> str:
    if commands < 0.005:
        return "none"
    return "1" if commands < 1.5 else "2 and more"


def _spread_labels(rows: list[Row]) -> None:
    """Name the points that have room for a name beside them; the first of several close ones gets it."""
    width = max(row["cost"] for row in rows) - min(row["cost"] for row in rows) or 1.0
    named: list[Row] = []
    for row in rows:
        row["named"] = not any(
            abs(row["cost"] - other["cost"]) < 0.22 * width and 0.6 < row["window"] / other["window"] < 1.7
            for other in named
        )
        if row["named"]:
            named.append(row)


def _policy_figures(trades: Sequence[PolicyTrade]) -> list[Figure]:
    """One figure for each way in which a thief may go about it."""
    thieves = dict.fromkeys(thief for trade in trades for thief in trade.undetected)
    return [_policy_figure(trades, thief, number) for number, thief in enumerate(thieves, 1)]


def _policy_figure(trades: Sequence[PolicyTrade], thief: str, number: int) -> Figure:
    rows: list[Row] = []
    names: list[Row] = []
    for trade in trades:
        if thief not in trade.undetected:
            continue
        undetected_s = max(trade.undetected[thief].value, _NOTICED_S)
        for one in trade.logged_out:
            rows.append(
                {
                    "policy": trade.policy.value,
                    "undetected": undetected_s,
                    "share": 100 * one.share.value,
                    "low": 100 * (one.share.value if one.share.low is None else one.share.low),
                    "high": 100 * (one.share.value if one.share.high is None else one.share.high),
                    "lost": f"{one.lost_share:.0%} of replies lost",
                    "tabs": f"{one.tabs} tab{'s' * (one.tabs > 1)}",
                }
            )
        names.append({"policy": trade.policy.value, "undetected": undetected_s, "place": 112})
    _stack(names)
    lost = list(dict.fromkeys(row["lost"] for row in rows))
    tabs = list(dict.fromkeys(row["tabs"] for row in rows))
    alt = f"Owners logged out, by how long a {thief} goes unnoticed: " + "; ".join(
        f"{row['policy']}, {row['tabs']}, {row['lost']}: {row['share']:.0f} % at {row['undetected']:.0f} s"
        for row in rows
    )
    longest = max(row["undetected"] for row in rows)
    x = {
        "field": "undetected",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [_NOTICED_S / 2, longest * 30]},
        "axis": {"title": "thief unnoticed for, s", "tickCount": 5},
    }
    y: dict[str, Any] = {
        "field": "share",
        "type": "quantitative",
        "scale": {"domain": [0, 125]},
        "axis": {"title": "owners logged out, %", "values": [0, 20, 40, 60, 80, 100]},
    }
    offset = {"field": "tabs", "type": "nominal"}
    color = {
        "field": "lost",
        "type": "nominal",
        "scale": {"domain": lost, "range": "category"},
        "legend": {"title": None, "orient": "bottom"},
    }
    shape = {
        "field": "tabs",
        "type": "nominal",
        "scale": {"domain": tabs, "range": _SHAPES[: len(tabs)]},
        "legend": {"title": None, "orient": "bottom"},
    }
    tips = [{"field": name} for name in ("policy", "tabs", "lost")] + [{"field": "share", "format": ".0f"}]
    layers = [
        {
            "mark": {"type": "rule", "style": "faint-rule"},
            "encoding": {"x": x, "y": y | {"field": "low"}, "y2": {"field": "high"}, "detail": offset},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 0.9},
            "encoding": {"x": x, "y": y, "color": color, "shape": shape, "tooltip": tips},
        },
        {
            "data": {"values": names},
            "mark": {"type": "text", "align": "left", "dx": -4},
            "encoding": {"x": x, "y": y | {"field": "place"}, "text": {"field": "policy"}},
        },
    ]
    return Figure(
        name=f"refresh-policy-{number}",
        title=f"Refresh policy: {thief}",
        reading="Up: owners who were logged out though nobody stole anything, within ten refreshes. Right: "
        "how long the thief goes unnoticed (logarithmic; 1 s: noticed at once). Small is better in both.",
        alt=alt,
        spec=chart(rows, alt, _HEIGHT, layer=layers),
        wide=False,
    )


def _stack(names: list[Row]) -> None:
    """Names at one place stand above each other."""
    taken: dict[float, int] = {}
    for row in names:
        above = taken.get(row["undetected"], 0)
        row["place"] = 104 + 6.5 * above
        taken[row["undetected"]] = above + 1
