"""A calibration in words: its own tables, and the lines every report of the machine carries."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from analysis.records.calibration import UNITS, CalibrationSummary, PlantedEffect
from analysis.report.console import TextTable, open_console
from analysis.report.sentences import METRIC_WORDS
from analysis.statistics.estimate import Estimate

NOT_CALIBRATED = (
    "not calibrated: run make calibrate; until then nothing shows that effects of known size are found here"
)


def calibration_words(calibration: CalibrationSummary | None) -> str:
    """What a report of the same machine says of it, in two or three lines."""
    if calibration is None:
        return NOT_CALIBRATED
    found = sum(effect.found for effect in calibration.planted)
    told = f"{found} of {len(calibration.planted)} planted effects found again"
    apart = sum(one.verdict for one in calibration.identical)
    alike = "identical arms not told apart" if not apart else f"identical arms told apart in {apart} metrics"
    failed = "" if calibration.passed else "FAILED, run make calibrate again: "
    return (
        f"{failed}{calibration.measured_at[:10]} ({calibration.run_id}): {told}, {alike}; "
        f"{hidden_words(calibration)} is called one; {alone_words(calibration)}"
    )


def hidden_words(calibration: CalibrationSummary) -> str:
    """'no CPU difference below 4.1 us and no p50 difference below 0.02 ms': what no finding may be."""
    cpu, latency = calibration.visible.get("cpu_total_us"), calibration.visible.get("service_p50_ms")
    return f"no CPU difference {_below(cpu, 'us', 1)} and no p50 difference {_below(latency, 'ms', 3)}"


def alone_words(calibration: CalibrationSummary) -> str:
    """The generator by itself: floor, ceiling, lateness."""
    floor, late = calibration.floor_ms, calibration.lateness_ms
    return (
        f"a server that does nothing takes {_value(floor['p50'], 3)} ms at p50, "
        f"{_value(floor['p99'], 3)} ms at p99; one processor of the generator makes "
        f"{_value(calibration.ceiling_rps, 0)} requests/s; "
        f"requests are late by {_value(late['p50'], 3)} ms at p50 and {_value(late['p99'], 3)} ms at p99"
    )


def print_calibration(
    calibration: CalibrationSummary, stored: Path | None = None, console: Console | None = None
) -> None:
    """Print all of it: what was planted and found, the identical arms, what can be seen, the generator."""
    console = open_console(console)
    if calibration.passed:
        words, style = "CALIBRATED: every planted effect was found again, and nothing else.", "green"
    else:
        words, style = "NOT CALIBRATED: what this harness finds here cannot be believed.", "red"
    console.print(Text(words, style=f"bold {style}"))
    for reason in calibration.reasons:
        console.print(Text(f"! {reason}", style="bold red"))
    for table in (
        _planted(calibration),
        _identical(calibration),
        _alone(calibration),
        _detectable(calibration),
    ):
        console.print(table)
    for kind, words in (("cpu", "CPU"), ("delay", "delay")):
        console.print(Text(f"{_smallest_seen(calibration, kind)} of {words}"))
    console.print(Text(f"On this machine {hidden_words(calibration)} is called one."))
    if stored is not None:
        console.print(Text(f"stored: {stored}; run: {calibration.run_id}"), soft_wrap=True)


def _planted(calibration: CalibrationSummary) -> TextTable:
    title = "Planted effects [95%: of CPU together, of delay each]"
    table = TextTable(title, "arm", "planted", "recovered", "found", wrap=True)
    for effect in calibration.planted:
        planted = f"{effect.planted:g} {UNITS[effect.kind]}"
        table.add(effect.arm, planted, _recovered(effect), "yes" if effect.found else "NO")
    return table


def _recovered(effect: PlantedEffect) -> str:
    if effect.recovered.value is None:
        return effect.recovered.reason or "?"
    digits = 1 if effect.kind == "cpu" else 3
    return f"{_interval(effect.recovered, digits)} {UNITS[effect.kind]}"


def _identical(calibration: CalibrationSummary) -> TextTable:
    title = "Identical arms [95% for all together]"
    table = TextTable(title, "metric", "difference", "told apart", wrap=True)
    for one in calibration.identical:
        unit, digits = ("us", 1) if one.metric.startswith("cpu") else ("ms", 3)
        difference = one.difference.reason or f"{_interval(one.difference, digits)} {unit}"
        apart = "-" if one.difference.value is None else "YES" if one.verdict else "no"
        table.add(METRIC_WORDS[one.metric], difference, apart)
    return table


def _detectable(calibration: CalibrationSummary) -> TextTable:
    columns = ("run of as many arms", METRIC_WORDS["cpu_total_us"], METRIC_WORDS["service_p50_ms"])
    table = TextTable("Smallest true difference found in 4 of 5 runs", *columns, wrap=True)
    for one in calibration.detectable:
        table.add(f"{one.minutes:g} min", _number(one.cpu_us, "us", 1), _number(one.latency_ms, "ms", 3))
    return table


def _alone(calibration: CalibrationSummary) -> TextTable:
    table = TextTable(
        f"The generator, at {calibration.rate_rps:.0f} requests/s", "what", "p50", "p99", wrap=True
    )
    for words, figures in (
        ("service time of a server that does nothing, ms", calibration.floor_ms),
        ("lateness of the run's requests, ms", calibration.lateness_ms),
    ):
        table.add(words, _value(figures["p50"], 3), _value(figures["p99"], 3))
    table.add("requests/s that one of its processors can make", _interval(calibration.ceiling_rps, 0), "")
    return table


def _smallest_seen(calibration: CalibrationSummary, kind: str) -> str:
    seen = [effect.planted for effect in calibration.planted if effect.kind == kind and effect.seen]
    unit = "us" if kind == "cpu" else "ms"
    return f"Smallest planted effect seen: {_number(min(seen, default=None), unit)}"


def _interval(estimate: Estimate, digits: int) -> str:
    low, high = ("?" if end is None else f"{end:.{digits}f}" for end in (estimate.low, estimate.high))
    return f"{_value(estimate, digits)} [{low}, {high}]"


def _value(estimate: Estimate, digits: int) -> str:
    return "?" if estimate.value is None else f"{estimate.value:.{digits}f}"


def _number(value: float | None, unit: str, digits: int | None = None) -> str:
    if value is None:
        return "none"
    return f"{value:g} {unit}" if digits is None else f"{value:.{digits}f} {unit}"


def _below(value: float | None, unit: str, digits: int) -> str:
    return "of any size" if value is None else f"below {value:.{digits}f} {unit}"
