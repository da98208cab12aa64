"""Two figures as inline SVG: dots with intervals, no script, colours from the page's style sheet."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from analysis.estimate import Estimate
from analysis.summary import Summary

_WIDTH, _LEFT, _RIGHT = 720, 190, 20
_ROW, _TOP, _BOTTOM = 26, 12, 40


@dataclass(frozen=True)
class Dot:
    """One figure of one row."""

    estimate: Estimate
    series: str
    """The CSS class of its colour and the name in the key."""


def cpu_figure(summary: Summary) -> str:
    """CPU per request by arm: total with its interval, application and store as dots of their own."""
    rows = [
        (
            arm.arm,
            [Dot(arm.cpu_total_us, "total"), Dot(arm.cpu_app_us, "app"), Dot(arm.cpu_store_us, "store")],
        )
        for arm in summary.arms
    ]
    return dot_figure(rows, "CPU per request in microseconds, mean and 95% interval")


def latency_figure(summary: Summary) -> str:
    """Service time by arm at p50, p95 and p99, where the sample supports them."""
    rows = [
        (arm.arm, [Dot(arm.service_ms[name], name) for name in ("p50", "p95", "p99")]) for arm in summary.arms
    ]
    return dot_figure(rows, "service time in milliseconds, percentile and 95% interval")


def dot_figure(rows: Sequence[tuple[str, Sequence[Dot]]], caption: str) -> str:
    """A row per label, from zero, a dot per figure with a line over its interval; '' without any figure."""
    figures = [dot.estimate for _, dots in rows for dot in dots]
    ends = [end for e in figures if e.value is not None for end in (e.value, e.high) if end is not None]
    if not ends:
        return ""
    step = _step(max(ends))
    ticks = int(max(ends) / step) + 1
    scale = (_WIDTH - _LEFT - _RIGHT) / (ticks * step)
    height = _TOP + _ROW * len(rows) + _BOTTOM
    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(caption)}" '
        'xmlns="http://www.w3.org/2000/svg">'
    ]
    for tick in range(ticks + 1):
        x = _LEFT + tick * step * scale
        bottom = _TOP + _ROW * len(rows)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{_TOP}" x2="{x:.1f}" y2="{bottom}"/>')
        parts.append(f'<text class="tick" x="{x:.1f}" y="{bottom + 15}">{tick * step:g}</text>')
    for index, (label, dots) in enumerate(rows):
        middle = _TOP + _ROW * (index + 0.5)
        parts.append(f'<text class="label" x="{_LEFT - 10}" y="{middle + 4:.1f}">{escape(label)}</text>')
        for dot in dots:
            parts += _mark(dot, middle, scale)
    parts.append(f'<text class="caption" x="{_LEFT}" y="{height - 6}">{escape(caption)}</text></svg>')
    return "".join(parts)


def _mark(dot: Dot, y: float, scale: float) -> list[str]:
    value, low, high = dot.estimate.value, dot.estimate.low, dot.estimate.high
    if value is None:
        return []
    parts = []
    if low is not None and high is not None:
        x1, x2 = (_LEFT + max(0.0, end) * scale for end in (low, high))
        parts.append(f'<line class="{dot.series}" x1="{x1:.1f}" y1="{y:.1f}" x2="{x2:.1f}" y2="{y:.1f}"/>')
    title = f"<title>{dot.series}: {value:.3g}</title>"
    parts.append(
        f'<circle class="{dot.series}" cx="{_LEFT + value * scale:.1f}" cy="{y:.1f}" r="4">{title}</circle>'
    )
    return parts


def _step(largest: float) -> float:
    """A round distance between ticks, so that there are between four and ten."""
    step = 1e-3
    while largest / step > 10:
        for factor in (2, 2.5, 2):
            step *= factor
            if largest / step <= 10:
                break
    return step
