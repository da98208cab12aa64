"""Print a comparison of two runs on a terminal or in a file. Piped: 100 columns, no colour."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from analysis.records.run_comparison import RunComparison, RunRatio
from analysis.records.summary import THROUGHPUT
from analysis.report.console import TextTable, open_console
from analysis.report.sentences import METRIC_WORDS, ratio_interval
from analysis.run_comparison import sentences

_TIMES = ("service_p50_ms", "service_p99_ms", "response_p99_ms")
"""Of the percentiles, what fits a screen; the others are in the JSON."""


def print_comparison(compared: RunComparison, console: Console | None = None) -> None:
    """Print tables, remarks, and last the sentence that says what changed."""
    console = open_console(console)
    console.print(Text(f"A (baseline) {compared.run_a}, {_rate(compared.offered_rps[0])}"))
    console.print(Text(f"B            {compared.run_b}, {_rate(compared.offered_rps[1])}"))
    for reason in compared.forced:
        console.print(Text(f"! {reason}", style="bold red"))
    for table in _tables(compared):
        console.print(table)
    console.print(Text(f"\n{sentences.limit_sentence(compared)}"))
    console.print(Text(sentences.pairs_sentence(compared)))
    for name, arms in (("A", compared.only_in_a), ("B", compared.only_in_b)):
        if arms:
            console.print(Text(f"Only in {name}, not compared: {', '.join(arms)}."))
    worse = compared.regressions or compared.throughput_regressions
    style = "bold red" if worse or compared.forced else "bold green"
    console.print(Text(compared.sentence, style=style))


def _tables(compared: RunComparison) -> Iterator[TextTable]:
    what = METRIC_WORDS[compared.metric]
    columns = ("arm", "A", "B", "B / A [95%]", "beside the control [95%]", "verdict")
    cost = _table(compared, f"{what}, us", *columns)
    for change in compared.arms:
        found = change.figures[compared.metric]
        cost.add(
            change.arm,
            _figure(found.a),
            _figure(found.b),
            ratio_interval(found),
            ratio_interval(change.to_control or RunRatio()),
            sentences.VERDICT_WORDS[change.verdict],
        )
    yield cost
    if any(change.figures[THROUGHPUT].ratio for change in compared.arms):
        served = _table(compared, "Throughput, requests/s", "arm", "A", "B", "B / A [95%]", "verdict")
        for change in compared.arms:
            found = change.figures[THROUGHPUT]
            words = sentences.SERVED_WORDS[change.throughput_verdict]
            served.add(change.arm, _figure(found.a), _figure(found.b), ratio_interval(found), words)
        yield served
    shown = [name for name in _TIMES if any(change.figures[name].ratio for change in compared.arms)]
    if shown:
        heads = [f"{name.replace('_ms', '').replace('_', ' ')} [95%]" for name in shown]
        times = _table(compared, "Times, B / A", "arm", *heads)
        for change in compared.arms:
            times.add(change.arm, *(ratio_interval(change.figures[name]) for name in shown))
        yield times
    if compared.pairs:
        pairs = _table(compared, "Comparisons inside each run", "arms, metric", "run A", "run B", "they")
        for pair in compared.pairs:
            if pair.metric == compared.metric or not pair.overlap or pair.flipped:
                in_a = RunRatio(ratio=pair.ratio_a, low=pair.low_a, high=pair.high_a)
                in_b = RunRatio(ratio=pair.ratio_b, low=pair.low_b, high=pair.high_b)
                ratios = ratio_interval(in_a), ratio_interval(in_b)
                label = f"{pair.a} / {pair.b}, {METRIC_WORDS[pair.metric]}"
                pairs.add(label, *ratios, "FLIPPED" if pair.flipped else "agree" if pair.overlap else "apart")
        yield pairs


def _table(compared: RunComparison, title: str, *columns: str) -> TextTable:
    """Make a table that says if its runs may not be compared: a table may be copied out of its place."""
    forced = f"FORCED: {'; '.join(compared.forced)}" if compared.forced else None
    return TextTable(title, *columns, caption=forced, wrap=True)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def _rate(rate: float | None) -> str:
    return "rate unknown" if rate is None else f"{rate:.0f} requests/s"
