"""Describe a figure once, in Vega-Lite, for the page and for the SVG beside it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from analysis.records.summary import ArmSummary, Summary

Row = dict[str, Any]
POINTER = "pointer"
"""Name of a layer that nobody sees: it answers to the pointer, and a picture does without it."""
_GAP = " "
"""The empty row of an axis, between what is compared and the identical arms."""


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
    """False: two or three of them fit beside each other."""


def set_apart(arm: ArmSummary) -> bool:
    """Whether an arm is there to judge the others by: the control, and the twin."""
    return arm.role in ("control", "twin")


def cost_above(arm: ArmSummary) -> float:
    """Give CPU per request above the control, or CPU per request where there is none, to sort arms by."""
    for estimate in (arm.cost_us, arm.cpu_total_us):
        if estimate.value is not None:
            return estimate.value
    return float("inf")


def sorted_arms(summary: Summary) -> list[ArmSummary]:
    """List the arms as every axis and table has them: by cost above the control, then control and twin."""
    order = {"arm": 0, "sensitivity": 0, "control": 1, "twin": 2}
    return sorted(summary.arms, key=lambda arm: (order[arm.role], cost_above(arm), _natural(arm.arm)))


def _natural(name: str) -> list[tuple[int, str]]:
    """Make a key that sorts 'jwt-hs256' before 'jwt-hs512' and 'arm 9' before 'arm 10'."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", name)]


def arm_names(summary: Summary) -> list[str]:
    """List the arms in the experiment's order: an arm has the same colour in every figure."""
    return [arm.arm for arm in summary.arms]


def axis_names(arms: Sequence[ArmSummary]) -> list[str]:
    """List the rows of an axis of these arms, sorted already: a gap before control and twin."""
    compared = [arm.arm for arm in arms if not set_apart(arm)]
    apart = [arm.arm for arm in arms if set_apart(arm)]
    return [*compared, *([_GAP] if compared and apart else []), *apart]


def by_row(names: Sequence[str]) -> dict[str, Any]:
    """Make a vertical axis with one row for each name, which the rows themselves must show."""
    return by_arm(names) | {"axis": None}


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


def known_interval(y: dict[str, Any], x: dict[str, Any], **encoding: Any) -> dict[str, Any]:
    """Make a layer with a line from `low` to `high`."""
    return {
        "mark": {"type": "rule", "strokeWidth": 2, "style": "interval"},
        "encoding": {"y": y, "x": x, "x2": {"field": "high"}, **encoding},
    }


def only(condition: str) -> dict[str, Any]:
    """Make the transform of a layer that draws some of the rows only."""
    return {"transform": [{"filter": condition}]}


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
