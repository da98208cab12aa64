"""Print what a search found: one table, bottlenecks with the next action, and every reservation."""

from rich.console import Console
from rich.text import Text

from analysis.report.console import TextTable, open_console
from analysis.saturation import words
from authbench.contracts.saturation.report import SaturationReport
from authbench.words.counting import counted

_COLUMNS = (
    "scheme",
    "objective",
    "requests/s",
    "CPU us\na request",
    "busy: app / store\n/ generator",
    "soak at 0.9",
)


def print_saturation(report: SaturationReport, console: Console | None = None) -> None:
    """Print the report. Piped, it is 100 columns wide and without colour."""
    console = open_console(console)
    rounds = f"{report.effort.rounds} round{'s' * (report.effort.rounds > 1)}"
    title = f"Highest rate of {report.servers}, workload {report.workload}, {rounds}"
    table = TextTable(title, *_COLUMNS)
    for scheme in report.schemes:
        for one in scheme.found:
            table.add(
                scheme.scheme if one is scheme.found[0] else "",
                one.objective.words,
                words.bracket_words(one.bracket),
                "-" if one.cpu_us is None else f"{one.cpu_us:.0f}",
                words.busy_words(one.busy),
                words.soak_words(one.soak),
            )
    console.print(table)
    for scheme in report.schemes:
        full = scheme.bottleneck
        count = f"{counted(scheme.trials, 'trial')}, {scheme.invalid_trials} invalid"
        console.print(Text(f"{scheme.scheme}: bottleneck {full.what}: {full.sentence} -> {full.next_action}"))
        console.print(Text(f"  knee {words.knee_words(scheme.knee)}; {count}"))
    for ratio in report.ratios:
        console.print(Text(words.ratio_words(ratio)))
    for planted in report.planted:
        style = "bold red" if planted.agrees is False else ""
        console.print(Text(f"planted, {words.planted_words(planted)}", style=style))
    for line in words.reservations(report):
        console.print(Text(f"* {line}", style="yellow"))
    for line in report.undetermined:
        console.print(Text(f"! {line}", style="bold red"))
