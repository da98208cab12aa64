"""CPU per request: what each arm costs, and what authenticating adds to the control."""

from typing import Any

from analysis.charts.figure import (
    Figure,
    Row,
    amount,
    arm_names,
    by_arm,
    by_part,
    chart,
    known_interval,
    quantity,
    tip,
)
from analysis.records.summary import ArmSummary, Summary
from analysis.statistics.estimate import Estimate

_ROW = 38
_PARTS = ("application", "store")


def cpu_figure(summary: Summary) -> Figure | None:
    """Application and store stacked, with the interval of their sum."""
    arms = [arm for arm in summary.arms if arm.cpu_app_us.value is not None]
    if not arms:
        return None
    rows = [row for arm in arms for row in _stack(arm.arm, arm.cpu_app_us, arm.cpu_store_us)]
    totals = [_interval(arm.arm, arm.cpu_total_us) for arm in arms if arm.cpu_total_us.value is not None]
    alt = "CPU microseconds per request by arm: " + _listed(arms, "cpu_total_us")
    return Figure(
        name="cpu",
        title="CPU per request, by process",
        reading="Bar: mean over slices; black line: 95% interval of the sum. Hashing passwords is not in it.",
        alt=alt,
        spec=_stacked(rows, totals, [], arm_names(summary), alt, "CPU per request, us"),
    )


def tax_figure(summary: Summary) -> Figure | None:
    """Each arm minus the control, with its interval, and what identical arms differ by beside it."""
    return _above_control(
        summary,
        summary.arms,
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
    """Each scheme beside its lean twin, both minus the control."""
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


def _above_control(
    summary: Summary, arms: list[ArmSummary], *, name: str, title: str, reading: str, alt: str
) -> Figure | None:
    arms = [arm for arm in arms if arm.cpu_app_minus_control_us.value is not None]
    if not arms:
        return None
    rows = [
        row
        for arm in arms
        for row in _stack(arm.arm, arm.cpu_app_minus_control_us, arm.cpu_store_minus_control_us)
    ]
    gaps = [(arm.arm, arm.cpu_minus_control_us) for arm in arms]
    totals = [_interval(arm, gap) for arm, gap in gaps if gap.value is not None]
    alt += _listed(arms, "cpu_minus_control_us")
    noise, names = noise_rows(summary, arms), [arm.arm for arm in arms]
    spec = _stacked(rows, totals, noise, names, alt, "us above the control")
    return Figure(name=name, title=title, reading=reading, alt=alt, spec=spec)


def noise_rows(summary: Summary, arms: list[ArmSummary]) -> list[Row]:
    """The noise floor of the primary metric in us, for each arm: a ratio of what that arm costs."""
    floor = summary.noise_floor.get(summary.primary_metric)
    if floor is None or floor.ratio_minus_one is None:
        return []
    return [
        {"arm": arm.arm, "value": arm.cpu_total_us.value * floor.ratio_minus_one, "kind": "noise"}
        for arm in arms
        if arm.cpu_total_us.value is not None
    ]


def _stack(arm: str, app: Estimate, store: Estimate) -> list[Row]:
    parts = zip(_PARTS, (app, store), strict=True)
    return [
        {"arm": arm, "part": part, "order": order, "value": e.value, "kind": "part"}
        for order, (part, e) in enumerate(parts)
        if e.value is not None
    ]


def _interval(arm: str, total: Estimate) -> Row:
    return {"arm": arm, "value": total.value, "low": total.low, "high": total.high, "kind": "total"}


def _listed(arms: list[ArmSummary], figure: str) -> str:
    values = [(arm.arm, getattr(arm, figure).value) for arm in arms]
    return ", ".join(f"{name} {value:.0f}" for name, value in values if value is not None)


def _stacked(
    rows: list[Row], totals: list[Row], noise: list[Row], names: list[str], alt: str, title: str
) -> dict[str, Any]:
    only = {
        kind: {"transform": [{"filter": f"datum.kind == '{kind}'"}]} for kind in ("part", "total", "noise")
    }
    y, x = by_arm(names), amount(title)
    of_part = [*tip("arm", "part"), {"field": "value", "format": ".1f", "title": "us"}]
    of_noise = [*tip("arm"), {"field": "value", "format": ".1f", "title": "noise floor, us"}]
    stacked = {"y": y, "x": x | {"stack": "zero"}, "color": by_part(_PARTS), "order": {"field": "order"}}
    of_total = tip("arm", value=".1f", low=".1f", high=".1f")
    layers: list[dict[str, Any]] = [
        only["part"]
        | {"mark": {"type": "bar", "height": {"band": 0.5}}, "encoding": stacked | {"tooltip": of_part}},
        only["total"] | known_interval(y, quantity("low", title), 2, tooltip=of_total),
        only["total"]
        | {
            "mark": {"type": "point", "filled": True, "size": 36, "style": "interval"},
            "encoding": {"y": y, "x": x},
        },
    ]
    if noise:
        layers.append(
            only["noise"]
            | {
                "mark": {"type": "bar", "height": 4, "yOffset": 14, "style": "noise"},
                "encoding": {"y": y, "x": x, "tooltip": of_noise},
            }
        )
    return chart([*rows, *totals, *noise], alt, _ROW * len(names), layer=layers)
