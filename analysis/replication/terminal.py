"""Print the verdicts of published claims, the answers first."""

from collections import Counter

from rich.console import Console
from rich.text import Text

from analysis.replication import words
from analysis.report.console import TextTable, open_console
from authbench.contracts.replication.report import ReplicationReport
from authbench.words.counting import counted


def print_replication(report: ReplicationReport, console: Console | None = None) -> None:
    """Print the report. Piped, it is 100 columns wide and without colour."""
    console = open_console(console)
    counts = Counter(claim.answer for claim in report.claims)
    told = ", ".join(f"{count} {answer}" for answer, count in counts.items())
    console.print(Text(f"Of {counted(len(report.claims), 'published claim')}: {told}.", style="bold"))
    table = TextTable("Published claims, measured here", "claim", "verdict", "properly", "as published")
    for claim in report.claims:
        first = claim.parts[0] if claim.parts else None
        published = first.as_published if first else None
        table.add(
            claim.name,
            words.answer_words(claim).partition(":")[0],
            words.measured_words(first.properly, first.unit)
            if first and first.properly.value is not None
            else "-",
            words.measured_words(published, "") if published and published.value is not None else "-",
        )
    console.print(table)
    for claim in report.claims:
        console.print(Text(f"{claim.name}: {claim.claim} {words.answer_words(claim)}", style="bold"))
        for part in claim.parts:
            figure = words.measured_words(part.properly, part.unit)
            console.print(Text(f"  {part.says}: {figure}: {part.answer}"))
            explanation = words.explanation_words(part)
            if explanation:
                console.print(Text(f"    {explanation}"))
            if part.as_published is not None and part.explained is not None:
                console.print(Text(f"    as published: {words.measured_words(part.as_published, '')}"))
            for what, measured in part.also.items():
                console.print(Text(f"    {what}: {words.measured_words(measured, '')}"))
    for experiment, run_id in report.runs.items():
        console.print(Text(f"* {experiment}: run {run_id}", style="yellow"))
