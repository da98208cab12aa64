"""Describe a figure once, in Vega-Lite, for the page and for the SVG beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analysis.records.summary import Summary

Row = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """What is drawn and the words that go with it."""

    name: str
    """File name without its ending, and the element's id."""
    title: str
    reading: str
    """How to read it, in one or two sentences."""
    alt: str
    """What it shows, for whoever cannot see it."""
    spec: dict[str, Any]
    """Vega-Lite without colours of its own: `analysis.charts.themes` has them."""
    wide: bool = True
    """False: two of them fit beside each other."""


def arm_names(summary: Summary) -> list[str]:
    """List the arms in the experiment's order: the order of every axis and legend."""
    return [arm.arm for arm in summary.arms]


def arm_color(names: Sequence[str]) -> dict[str, Any]:
    """Give an arm the same colour in every figure; put the legend under the plot."""
    return {
        "field": "arm",
        "type": "nominal",
        "scale": {"domain": list(names)},
        "legend": {"title": None, "orient": "bottom", "columns": 3, "symbolType": "stroke"},
    }


def by_arm(names: Sequence[str]) -> dict[str, Any]:
    """Make a vertical axis with one row for each arm."""
    return {
        "field": "arm",
        "type": "nominal",
        "sort": list(names),
        "scale": {"domain": list(names)},
        "axis": {"title": None, "labelLimit": 170, "ticks": False, "domain": False},
    }


def by_part(parts: Sequence[str]) -> dict[str, Any]:
    """Colour the parts of a stacked bar, in their order."""
    return {
        "field": "part",
        "type": "nominal",
        "scale": {"domain": list(parts), "range": "ordinal"},
        "legend": {"title": None, "orient": "bottom", "columns": 3},
    }


def amount(title: str) -> dict[str, Any]:
    """Make a horizontal axis that begins at zero."""
    return {
        "field": "value",
        "type": "quantitative",
        "axis": {"title": title, "tickCount": 6},
        "scale": {"zero": True},
    }


def quantity(field: str, title: str | None = None) -> dict[str, Any]:
    """Make an axis, or one end of a line, from a field; `title` only where no other layer has one."""
    return {"field": field, "type": "quantitative"} | ({"title": title} if title else {})


def tip(*fields: str, **formats: str) -> list[dict[str, Any]]:
    """Make a tooltip: fields as they are, then fields by their format."""
    return [{"field": name} for name in fields] + [
        {"field": name, "format": form} for name, form in formats.items()
    ]


def known_interval(y: dict[str, Any], x: dict[str, Any], width: float, **encoding: Any) -> dict[str, Any]:
    """Make a layer with a line from `low` to `high`."""
    return {
        "mark": {"type": "rule", "strokeWidth": width, "style": "interval"},
        "encoding": {"y": y, "x": x, "x2": {"field": "high"}, **encoding},
    }


def chart(rows: Sequence[Row], alt: str, height: int, **content: Any) -> dict[str, Any]:
    """Make a complete Vega-Lite description with its data inside."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": alt,
        "data": {"values": list(rows)},
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        **content,
    }
