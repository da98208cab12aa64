"""Draw CPU per request: what each arm costs, and what authenticating adds to the control."""

from collections.abc import Sequence
from typing import Any

from analysis.charts.answers import with_interval
from analysis.charts.figure import (
    Figure,
    Row,
    amount,
    axis_names,
    by_arm,
    by_part,
    chart,
    known_interval,
    quantity,
    sorted_arms,
    tip,
)
from analysis.charts.marks import objections
from analysis.records.summary import ArmSummary, Summary

_ROW, _LOW_ROW = 38, 22
_MANY_ARMS = 12
"""More rows than that are low ones."""
_PARTS = ("application", "store")


def cpu_figure(summary: Summary) -> Figure | None:
    """Draw application and store stacked, with the interval of their sum."""
    return _figure(
        summary,
        sorted_arms(summary),
        ("cpu_app_us", "cpu_store_us", "cpu_total_us"),
        axis="CPU per request, us",
        name="cpu",
        title="CPU per request, by process",
        reading="Bar: mean over slices; black line: 95% interval of the sum. Hashing passwords is not in it.",
        alt="CPU microseconds per request by arm: ",
    )


def tax_figure(summary: Summary) -> Figure | None:
    """Draw each arm minus the control, with its interval, above the noise floor."""
    return _above_control(
        summary,
        sorted_arms(summary),
        name="auth-tax",
        title="What authenticating adds: CPU per request minus the control's",
        reading=(
            "Bar: mean difference, paired by cycle; black line: its 95% interval. Grey line under it: the "
            "noise floor, as much as identical arms differ here. An effect shorter "
            "than that is none."
        ),
        alt="CPU microseconds per request above the control: ",
    )


def library_figure(summary: Summary) -> Figure | None:
    """Draw each scheme beside its lean twin, both minus the control."""
    names = dict.fromkeys(name for pair in summary.sensitivity for name in (pair.full, pair.lean))
    known = {arm.arm: arm for arm in summary.arms}
    return _above_control(
        summary,
        [known[name] for name in names if name in known],
        name="library-share",
        title="How much of the tax is the library",
        reading="The same idea twice: with its usual library, and with as little code as it needs.",
        alt="CPU microseconds per request above the control, with and without the library: ",
    )


def _above_control(summary: Summary, arms: list[ArmSummary], **words: str) -> Figure | None:
    arms = [arm for arm in arms if arm.cpu_app_minus_control_us.value is not None]
    return _figure(
        summary,
        arms,
        ("cpu_app_minus_control_us", "cpu_store_minus_control_us", "cpu_minus_control_us"),
        _noise_rows(summary, arms),
        axis="us above the control",
        **words,
    )


def _noise_rows(summary: Summary, arms: list[ArmSummary]) -> list[Row]:
    """Give the noise floor of each arm in us: a ratio of what that arm costs."""
    floor = summary.noise_floor.get(summary.primary_metric)
    if floor is None or floor.ratio_minus_one is None:
        return []
    return [
        {"arm": arm.arm, "value": arm.cpu_total_us.value * floor.ratio_minus_one, "kind": "noise"}
        for arm in arms
        if arm.cpu_total_us.value is not None
    ]


def _figure(
    summary: Summary,
    arms: Sequence[ArmSummary],
    fields: tuple[str, str, str],
    noise: Sequence[Row] = (),
    *,
    axis: str,
    alt: str,
    **words: Any,
) -> Figure | None:
    """Draw for each arm with figures a bar of two parts and its interval. None: no arm has figures.

    `fields`: those of `ArmSummary` for application, store and both. `alt`: how the alternative text begins.
    """
    rows: list[Row] = []
    totals: list[Row] = []
    for arm in arms:
        app, store, total = (getattr(arm, field) for field in fields)
        if app.value is None:
            continue
        whole = with_interval(total, 1)
        known = {
            "arm": arm.arm,
            "sum [95%]": whole,
            "marked by": objections(summary, arm, "cost") or "nothing",
        }
        rows += [
            known | {"part": part, "order": order, "value": one.value, "kind": "part"}
            for order, (part, one) in enumerate(zip(_PARTS, (app, store), strict=True))
            if one.value is not None
        ]
        if total.value is not None:
            totals.append(
                known | {"value": total.value, "low": total.low, "high": total.high, "kind": "total"}
            )
    if not rows:
        return None
    alt += ", ".join(f"{row['arm']} {row['value']:.0f}" for row in totals)
    names = axis_names(arms)
    row = _LOW_ROW if len(names) > _MANY_ARMS else _ROW
    layers = _layers(names, axis, row, with_noise=bool(noise))
    spec = chart([*rows, *totals, *noise], alt, row * len(names), layer=layers)
    return Figure(alt=alt, spec=spec, **words)


def _layers(names: Sequence[str], axis: str, row: int, *, with_noise: bool) -> list[dict[str, Any]]:
    y, x = by_arm(names), amount(axis)
    bar = {"y": y, "x": x | {"stack": "zero"}, "color": by_part(_PARTS), "order": {"field": "order"}}
    # A name with brackets would be read as a path.
    whole = [{"field": "sum \\[95%\\]", "title": "sum, us [95%]"}, {"field": "marked by"}]
    of_part = [*tip("arm", "part"), {"field": "value", "format": ".1f", "title": "us"}, *whole]
    of_noise = [*tip("arm"), {"field": "value", "format": ".1f", "title": "noise floor, us"}]
    of_total = [*tip("arm"), *whole]
    dot = {"type": "point", "filled": True, "size": 36, "style": "interval"}
    line = {"type": "bar", "height": row // 9, "yOffset": 0.37 * row, "style": "noise"}
    bars = {"mark": {"type": "bar", "height": {"band": 0.5}}, "encoding": bar | {"tooltip": of_part}}
    layers = [
        ("part", bars),
        ("total", known_interval(y, quantity("low", axis), tooltip=of_total)),
        ("total", {"mark": dot, "encoding": {"y": y, "x": x}}),
        ("noise", {"mark": line, "encoding": {"y": y, "x": x, "tooltip": of_noise}}),
    ]
    return [
        {"transform": [{"filter": f"datum.kind == '{kind}'"}]} | layer
        for kind, layer in layers
        if with_noise or kind != "noise"
    ]
