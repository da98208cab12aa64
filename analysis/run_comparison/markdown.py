"""Write a comparison of two runs as Markdown that fits into the comment of a pull request."""

from collections.abc import Sequence

from analysis.records.run_comparison import ArmChange, RunComparison
from analysis.records.summary import THROUGHPUT
from analysis.report.sentences import METRIC_WORDS, ratio_interval
from analysis.run_comparison import sentences
from authbench.words.counting import counted

_ROWS_MAX = 40
"""Of arms: GitHub takes 65,536 characters, and a reader far fewer."""


def as_markdown(compared: RunComparison) -> str:
    """The outcome, a row for each arm with what changed first, and how sure it is, folded."""
    order = list(sentences.VERDICT_WORDS)
    arms = sorted(compared.arms, key=lambda one: min(order.index(verdict) for verdict in _verdicts(one)))
    served = any(one.figures[THROUGHPUT].ratio for one in arms)
    heads = ["arm", f"{METRIC_WORDS[compared.metric]}, B / A [95%]", "verdict"]
    heads += ["throughput, B / A [95%]", "verdict"] if served else []
    rows = [heads, ["---"] * len(heads)]
    for one in arms[:_ROWS_MAX]:
        cost = [ratio_interval(one.figures[compared.metric]), sentences.VERDICT_WORDS[one.verdict]]
        words = sentences.SERVED_WORDS[one.throughput_verdict]
        rows.append([one.arm, *cost, *([ratio_interval(one.figures[THROUGHPUT]), words] if served else [])])
    lines = [f"**authbench compare:** {compared.sentence}", "", *map(_row, rows)]
    if arms[_ROWS_MAX:]:
        lines += ["", f"{counted(len(arms) - _ROWS_MAX, 'more arm')}, none of which changed more."]
    folded = [
        f"A (baseline) `{compared.run_a}`, B `{compared.run_b}`.",
        sentences.limit_sentence(compared),
        sentences.pairs_sentence(compared),
        *(f"May not be compared: {reason}" for reason in compared.forced),
    ]
    for name, only in (("A", compared.only_in_a), ("B", compared.only_in_b)):
        folded += [f"Only in {name}, not compared: {', '.join(only)}."] if only else []
    return "\n".join([*lines, "", *_folded("How sure", folded)])


def refusal_as_markdown(sentence: str, reasons: Sequence[str]) -> str:
    """Say that nothing was compared, and why."""
    lines = [f"**authbench compare:** not compared: {sentence}"]
    return "\n".join([*lines, *(["", *_folded("What differs", reasons)] if reasons else [])])


def _verdicts(one: ArmChange) -> tuple[str, str]:
    """An arm without a throughput is no less interesting for it."""
    served = one.throughput_verdict
    return one.verdict, one.verdict if served == "no figure" else served


def _row(cells: Sequence[str]) -> str:
    escaped = (cell.replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(escaped)} |"


def _folded(title: str, lines: Sequence[str]) -> list[str]:
    return [f"<details><summary>{title}</summary>", "", *(f"* {line}" for line in lines), "", "</details>"]
