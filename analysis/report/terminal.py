"""Print everything of a run's report on a terminal: the verdict in words first, then the tables.

`analysis.report.screen` prints what fits one screen.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.records.summary import Comparison, StagesSummary, Summary
from analysis.report import conditions, findings, sentences
from analysis.report.cached import cached_sentence
from analysis.report.console import TextTable, open_console
from analysis.report.sentences import METRIC_WORDS, estimate, marked
from analysis.statistics.estimate import Estimate
from authbench.words.counting import counted

_ON_THE_PAGE = ("slices", "load", "machine", "order")
"""Conditions that need not be on a screen."""
_microseconds = partial(estimate, digits=0)
_interval = partial(estimate, digits=0, interval=True)
_milliseconds = partial(estimate, digits=2)


def print_report(summary: Summary, derived: Path | None = None, console: Console | None = None) -> None:
    """Print the report. Piped, it is 100 columns wide and without colour."""
    console = open_console(console)
    verdict, *rest = sentences.headline(summary)
    console.print(Text(verdict, style="bold green" if summary.status == "VALID" else "bold red"))
    for sentence in [*rest, *_answers(summary), *map(cached_sentence, summary.cached)]:
        console.print(Text(sentence))
    if summary.arms and summary.status == "INVALID":
        console.print(Text("\nFor finding the fault only:", style="bold"))
    for table in _tables(summary):
        console.print(table)
    for pair in summary.sensitivity:
        console.print(Text(sentences.sensitivity_sentence(pair)))
    for chain in summary.stages:
        if chain.stages:
            console.print(_stages_table(chain))
        console.print(Text(sentences.stages_sentence(chain)))
    for finding, sentence in findings.finding_sentences(summary.findings):
        console.print(Text("! " + sentence, style="bold red" if finding.loud else "yellow"))
    for line in findings.missing_figures(summary) if summary.status == "VALID" else []:
        console.print(Text("- " + line))
    if summary.times:
        console.print(_times_table(summary))
    console.print(_conditions(summary))
    if derived is not None:
        console.print(Text(f"all of it, with figures: {derived / 'report.html'}"), soft_wrap=True)


def _answers(summary: Summary) -> Iterator[str]:
    """What the primary difference means at the reader's rate, and the reservations of each answer."""
    if summary.so_what:
        yield summary.so_what.sentence
    for answer in summary.answers if summary.status == "VALID" and summary.judged_by.compares else ():
        if answer.reason:
            yield f"{answer.answer} {sentences.answer_status(answer)}: {answer.reason}"


def _tables(summary: Summary) -> Iterator[Table]:
    if summary.arms:
        yield _cpu_table(summary)
    if summary.ranking:
        yield _ranking_table(summary)
    if summary.arms and summary.loop == "open":
        yield _latency_table(summary)
    if any(arm.throughput for arm in summary.arms):
        yield _throughput_table(summary)
    yield from _comparison_tables(summary)


def _cpu_table(summary: Summary) -> Table:
    columns = ("arm", "total [95% interval]", "app", "store", "minus control [95%]", "store commands")
    table = TextTable("CPU per request, us", *columns)
    for arm in summary.arms:
        table.add(
            arm.arm,
            _interval(arm.cpu_total_us),
            _microseconds(arm.cpu_app_us),
            _microseconds(arm.cpu_store_us),
            _interval(arm.cpu_minus_control_us),
            sentences.store_commands(arm),
        )
    return table


def _ranking_table(summary: Summary) -> Table:
    title = "By cost: a place is one more than the number of arms shown to cost less"
    columns = ("arm", "place", "CPU, us [95% interval]", "minus control [95%]", "revoked within")
    table = TextTable(title, *columns)
    arms = {arm.arm: arm for arm in summary.arms}
    for rank in summary.ranking:
        arm = arms[rank.arm]
        cost, above = _interval(arm.cpu_total_us), _interval(arm.cpu_minus_control_us)
        table.add(
            rank.arm, str(rank.place), cost, above, f"{arm.revocation_window_s:g} s" if arm.declared else "-"
        )
    return table


def _latency_table(summary: Summary) -> Table:
    """Times of all cycles; a row more for the quiet ones of an arm where their figures look different."""
    times = ("service\np50", "service p99,\ndescribed", "response\np99")
    table = TextTable("Latency, ms, and traffic", "arm", *times, "requests", "errors", "bytes\nout / in")
    for arm in summary.arms:
        shown = (
            marked(arm, "latency", _milliseconds(arm.service_ms["p50"])),
            marked(arm, "latency", _milliseconds(arm.service_ms["p99"], interval=True)),
            marked(arm, "response", _milliseconds(arm.response_ms["p99"])),
        )
        table.add(arm.arm, *shown, str(arm.requests), str(arm.errors), sentences.wire_bytes(arm))
        if arm.clean_service_ms and arm.clean_cycles is not None:
            quiet = (
                _milliseconds(arm.clean_service_ms["p50"]),
                _milliseconds(arm.clean_service_ms["p99"], interval=True),
                _milliseconds(arm.clean_response_ms.get("p99", Estimate())),
            )
            if any(one.rstrip("*") != other for one, other in zip(shown, quiet, strict=True)):
                table.add(f"  {counted(arm.clean_cycles, 'quiet cycle')}", *quiet, "", "", "")
    return table


def _throughput_table(summary: Summary) -> Table:
    columns = (
        "requests/s of\na core [95%]",
        "CPU, us",
        "application\nbusy",
        "generator\nbusy",
        "store\nbusy",
    )
    table = TextTable("Throughput: each arm saturated", "arm", *columns)
    for arm in summary.arms:
        found = arm.throughput
        if found is None:
            continue
        busy = (found.app_busy, found.generator_busy, found.store_busy)
        table.add(
            arm.arm,
            marked(arm, "throughput", ("at least " if found.at_least else "") + _interval(found.rps)),
            _microseconds(found.cpu_total_us),
            *("-" if share is None else f"{share:.0%}" for share in busy),
        )
    return table


def _comparison_tables(summary: Summary) -> Iterator[Table]:
    """The primary pair in every metric; the other pairs together, in the primary metric only."""
    columns = ("ratio [95%]", "A - B [95%]", "floor", "verdict")
    first = next(((c.a, c.b) for c in summary.comparisons), ("", ""))
    primary = TextTable(f"{first[0]} / {first[1]}", "metric", *columns)
    others = TextTable(METRIC_WORDS[summary.primary_metric], "A / B", *columns)
    for c in summary.comparisons:
        if c.ratio is not None and (c.a, c.b) == first:
            _add_comparison(primary, METRIC_WORDS[c.metric], c, summary.margin)
        elif c.ratio is not None and c.metric == summary.primary_metric:
            _add_comparison(others, f"{c.a} / {c.b}", c, summary.margin)
    yield from (table for table in (primary, others) if table.row_count)


def _add_comparison(table: TextTable, label: str, c: Comparison, margin: float) -> None:
    """One row; a second one for the quiet cycles alone where their ratio looks different."""
    ratio, verdict = sentences.ratio_interval(c), sentences.verdict_words(c, margin)
    table.add(label, ratio, sentences.difference(c), sentences.smallest(c), verdict)
    if c.clean and (quiet := sentences.ratio_interval(c.clean)) != ratio:
        table.add(f"  {counted(c.clean.cycles, 'quiet cycle')}", quiet, "", "", "")


def _times_table(summary: Summary) -> Table:
    """Where each generation's seconds went: the steps of its start, its cycles, and the run so far."""
    steps = list(dict.fromkeys(step for times in summary.times for step in times.start_s))
    table = TextTable(
        "Seconds of each generation, by step", "generation", *steps, "start", "cycles", "so far"
    )
    for times in summary.times:
        started = sum(times.start_s.values())
        each = (times.start_s.get(step) for step in steps)
        table.add(
            f"{times.generation + 1}, {counted(times.arms, 'arm')}",
            *("-" if seconds is None else f"{seconds:.1f}" for seconds in each),
            f"{started:.1f}",
            f"{times.cycles_s:.1f}",
            f"{times.elapsed_s:.0f}",
        )
    return table


def _stages_table(chain: StagesSummary) -> Table:
    title = f"Where the microseconds of {chain.scheme} go: CPU per request above the rung before, us"
    columns = ("stage", "adds [95% interval]", "app", "store", "by the store's\nown account")
    table = TextTable(title, *columns)
    for stage in chain.stages:
        table.add(
            stage.arm,
            _interval(stage.total_us),
            _microseconds(stage.app_us),
            _microseconds(stage.store_us),
            sentences.microseconds(stage.store_own_us),
        )
    table.add("unexplained", _interval(chain.residual_us))
    table.add(f"{chain.scheme} in all", _interval(chain.total_us))
    return table


def _conditions(summary: Summary) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, words in conditions.conditions(summary):
        if label not in _ON_THE_PAGE and not label.startswith("crypto"):
            table.add_row(Text(label), Text(words))
    return table
