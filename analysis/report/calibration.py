"""Put a calibration in words: its own tables, and the lines in every report of the machine."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text

from analysis.records.calibration import UNITS, CalibrationSummary, Kind
from analysis.records.summary import THROUGHPUT
from analysis.report.console import TextTable, open_console
from analysis.report.sentences import METRIC_WORDS, estimate, rate_words
from analysis.statistics.estimate import Estimate
from authbench.words.counting import counted

NOT_CALIBRATED = (
    "not calibrated: run make calibrate; until then nothing shows that effects of known size are found here"
)


def calibration_words(calibration: CalibrationSummary | None) -> str:
    """Say how a machine is calibrated, for a report of a run on it."""
    if calibration is None:
        return NOT_CALIBRATED
    found = sum(effect.found for effect in calibration.planted)
    words = (
        f"{found} of {counted(len(calibration.planted), 'planted effect')} found "
        f"again{_throughput_words(calibration)}"
    )
    apart = sum(one.verdict for one in calibration.identical)
    alike = (
        "identical arms not told apart"
        if not apart
        else f"identical arms told apart in {counted(apart, 'metric')}"
    )
    failed = "" if calibration.passed else "FAILED, run make calibrate again: "
    floor, late = calibration.floor_ms, calibration.lateness_ms
    return (
        f"{failed}{calibration.measured_at[:10]} ({calibration.run_id}): {words}, {alike}; "
        f"{hidden(calibration)} is called one; "
        f"a server that does nothing takes {estimate(floor['p50'], 3)} ms at p50, "
        f"{estimate(floor['p99'], 3)} ms at p99; one processor of the generator makes "
        f"{estimate(calibration.ceiling_rps, 0)} requests/s; "
        f"requests are late by {estimate(late['p50'], 3)} ms at p50 and {estimate(late['p99'], 3)} ms at p99"
    )


def _throughput_words(calibration: CalibrationSummary) -> str:
    """', and in throughput 4 of 4'; empty where none was judged there."""
    judged = [effect for effect in calibration.throughput if effect.found is not None]
    if not judged:
        return ""
    return f", and in throughput {sum(effect.found is True for effect in judged)} of {len(judged)}"


def hidden(calibration: CalibrationSummary) -> str:
    """'no CPU difference below 4.1 us and no p50 difference below 0.020 ms': what no run can find."""
    cpu, latency = (calibration.visible.get(metric) for metric in ("cpu_total_us", "service_p50_ms"))
    below_cpu = "of any size" if cpu is None else f"below {cpu:.1f} us"
    below_latency = "of any size" if latency is None else f"below {latency:.3f} ms"
    return f"no CPU difference {below_cpu} and no p50 difference {below_latency}"


def print_calibration(
    calibration: CalibrationSummary, stored: Path | None = None, console: Console | None = None
) -> None:
    """Print what was planted and found, the identical arms, what can be seen, and the generator alone."""
    console = open_console(console)
    if calibration.passed:
        words, style = "CALIBRATED: every planted effect was found again, and nothing else.", "green"
    else:
        words, style = "NOT CALIBRATED: what this harness finds here cannot be believed.", "red"
    console.print(Text(words, style=f"bold {style}"))
    for reason in calibration.reasons:
        console.print(Text(f"! {reason}", style="bold red"))
    for table in _tables(calibration):
        console.print(table)
    kinds: dict[Kind, str] = {"cpu": "CPU", "delay": "delay"}
    for kind, words in kinds.items():
        seen = [effect.planted for effect in calibration.planted if effect.kind == kind and effect.seen]
        smallest = f"{min(seen):g} {UNITS[kind]}" if seen else "none"
        console.print(Text(f"Smallest planted effect seen: {smallest} of {words}"))
    console.print(Text(f"On this machine {hidden(calibration)} is called one."))
    if stored is not None:
        console.print(Text(f"stored: {stored}; run: {calibration.run_id}"), soft_wrap=True)


def _tables(calibration: CalibrationSummary) -> Iterator[TextTable]:
    title = "Planted effects [95%: of CPU together, of delay each]"
    table = TextTable(title, "arm", "planted", "recovered", "found", wrap=True)
    for effect in calibration.planted:
        planted = f"{effect.planted:g} {UNITS[effect.kind]}"
        recovered = _interval(effect.recovered, effect.kind)
        table.add(effect.arm, planted, recovered, "yes" if effect.found else "NO")
    yield table

    if calibration.throughput:
        title = "Throughput that planted CPU leaves of the control's [95% together]"
        table = TextTable(title, "arm", "by arithmetic", "measured", "found", wrap=True)
        for lost in calibration.throughput:
            predicted = "-" if lost.predicted is None else f"{lost.predicted:.3f}"
            measured = lost.recovered.reason or estimate(lost.recovered, 3, interval=True)
            told = {True: "yes", False: "NO", None: f"not judged: {lost.not_judged}"}[lost.found]
            table.add(lost.arm, predicted, measured, told)
        yield table

    table = TextTable(
        "Identical arms [95% for all together]", "metric", "difference", "told apart", wrap=True
    )
    for one in calibration.identical:
        if one.metric == THROUGHPUT:
            difference = f"{estimate(one.difference, 0, interval=True)} requests/s"
        else:
            difference = _interval(one.difference, "cpu" if one.metric.startswith("cpu") else "delay")
        apart = "-" if one.difference.value is None else "YES" if one.verdict else "no"
        table.add(METRIC_WORDS[one.metric], difference, apart)
    yield table

    title = f"The generator, at {rate_words(calibration.rate_rps)}"
    table = TextTable(title, "what", "p50", "p99", wrap=True)
    for words, figures in (
        ("service time of a server that does nothing, ms", calibration.floor_ms),
        ("lateness of the run's requests, ms", calibration.lateness_ms),
    ):
        table.add(words, estimate(figures["p50"], 3), estimate(figures["p99"], 3))
    ceiling = estimate(calibration.ceiling_rps, 0, interval=True)
    table.add("requests/s that one of its processors can make", ceiling, "")
    yield table

    columns = ("run of as many arms", METRIC_WORDS["cpu_total_us"], METRIC_WORDS["service_p50_ms"])
    table = TextTable("Smallest true difference found in 4 of 5 runs", *columns, wrap=True)
    for budget in calibration.detectable:
        cpu = "none" if budget.cpu_us is None else f"{budget.cpu_us:.1f} us"
        latency = "none" if budget.latency_ms is None else f"{budget.latency_ms:.3f} ms"
        table.add(f"{budget.minutes:g} min", cpu, latency)
    yield table


def _interval(one: Estimate, kind: Kind) -> str:
    if one.value is None:
        return one.reason or "-"
    return f"{estimate(one, 1 if kind == 'cpu' else 3, interval=True)} {UNITS[kind]}"
