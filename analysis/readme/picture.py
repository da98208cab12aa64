"""Draw the README's picture: cost, latency and throughput of each scheme, side by side, in SVG."""

from typing import Any

from analysis.charts.render import plain_svg
from analysis.charts.themes import DARK, LIGHT
from analysis.records.summary import ArmSummary, Summary

BACKGROUNDS = {"light": "#ffffff", "dark": "#0d1117"}
"""The page of GitHub in each colour scheme."""
_THEMES = {"light": LIGHT, "dark": DARK}
_ROW, _WIDTH = 34, 210
Row = dict[str, Any]


def shown_arms(summary: Summary) -> list[ArmSummary]:
    """Return the arms of the table and of the picture: the control first; no second copies, no lean ones."""
    return [arm for arm in summary.arms if arm.role in ("control", "arm")]


def description(summary: Summary) -> str:
    """Say what the picture shows, for whoever cannot see it."""
    panels = ", ".join(title for title, _, rows in _panels(summary) if rows)
    return f"For each scheme, side by side: {panels}. The table below has the figures."


def draw(summary: Summary, scheme: str) -> str:
    """Return the picture as SVG for a light or a dark page. The same run gives the same picture."""
    names = [arm.arm for arm in shown_arms(summary)]
    panels = [panel for panel in _panels(summary) if panel[2]]
    theme = _THEMES[scheme]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "hconcat": [
            _panel(title, number, rows, names, with_names=place == 0, color=theme["text"]["color"])
            for place, (title, number, rows) in enumerate(panels)
        ],
        "spacing": 24,
        "padding": {"left": 24, "top": 8, "right": 24, "bottom": 8},
        "config": theme | {"background": BACKGROUNDS[scheme]},
    }
    return plain_svg(spec, description(summary)) + "\n"


def _panels(summary: Summary) -> list[tuple[str, str, list[Row]]]:
    """Return title, format of a number and rows of each panel; one without rows was not measured."""
    arms = shown_arms(summary)
    cost = [_row(arm, arm.cpu_minus_control_us) for arm in arms if arm.role != "control"]
    latency = [_row(arm, arm.service_ms["p50"]) for arm in arms if "p50" in arm.service_ms]
    served = [_row(arm, arm.throughput.rps) for arm in arms if arm.throughput]
    return [
        ("CPU above the control, us", ".0f", [row for row in cost if row]),
        ("Latency p50, ms", ".2f", [row for row in latency if row]),
        ("Requests/s of one core", ",.0f", [row for row in served if row]),
    ]


def _row(arm: ArmSummary, figure: Any) -> Row:
    """Return a bar with its interval; empty without a figure."""
    if figure.value is None:
        return {}
    ends = {"low": figure.low, "high": figure.high} if None not in (figure.low, figure.high) else {}
    # A label stands behind the interval, and so does not cross it.
    return {"arm": arm.arm, "value": figure.value, "end": figure.high or figure.value, **ends}


def _panel(
    title: str, number: str, rows: list[Row], names: list[str], *, with_names: bool, color: str
) -> Row:
    axis = {"title": None, "labels": with_names, "ticks": False, "domain": False, "labelLimit": 200}
    arm = {"field": "arm", "type": "nominal", "sort": names, "scale": {"domain": names}, "axis": axis}
    longest = max(row["end"] for row in rows)
    scale = {"domain": [0, 1.3 * longest], "nice": False}
    value = {
        "field": "value",
        "type": "quantitative",
        "scale": scale,
        "axis": {"title": None, "labels": False, "ticks": False, "grid": False, "domain": False},
    }
    label = {"field": "value", "type": "quantitative", "format": number}
    return {
        "title": {"text": title, "anchor": "start", "fontSize": 13, "fontWeight": 600, "color": color},
        "data": {"values": rows},
        "width": _WIDTH,
        "height": _ROW * len(names),
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.6}, "cornerRadiusEnd": 2},
                "encoding": {"y": arm, "x": value},
            },
            {
                "transform": [{"filter": "isValid(datum.low)"}],
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {"y": arm, "x": {**value, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5},
                "encoding": {"y": arm, "x": {**value, "field": "end"}, "text": label},
            },
        ],
    }
