"""Print the end of a run on one screen: 40 lines of 100 columns for the eight arms of `quick`.

What each answer is worth, the verdict, what it means at the reader's rate, one table of arms, how sure, what
the rules objected to, what to do next. `analysis.report.terminal` has the rest.
"""

import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.records.summary import Answer, ArmSummary, Comparison, Metric, Summary
from analysis.report import sentences
from analysis.report.calibration import hidden
from analysis.report.console import cut, open_console, plain
from analysis.report.findings import finding_sentences, missing_figures, short_lines
from analysis.statistics.estimate import Estimate
from analysis.validity.decimals import decimals
from authbench.words.counting import counted

_MARKS_MOST = 6
"""Lines of objections; the long form has the others."""
_VERDICTS: tuple[tuple[str, Answer, Metric | None], ...] = (
    ("cost", "cost", None),
    ("p50", "latency", "service_p50_ms"),
    ("throughput", "throughput", "throughput_rps"),
)
"""Label, answer and metric of the three lines of the verdict; None: the primary metric."""
_COLUMNS = (
    "arm",
    "CPU us above\ncontrol [95%]",
    "p50 / p99\nms",
    "req/s of\na core",
    "store,\nbytes",
    "request\nbytes",
    "revoked\nlives",
)
_ALL_OF_IT = "CPU, us\n[95%]"
"""Instead of the second column where there is no control."""
_STORE_COLUMN = 4
_GAP = 2
_SURE = "sure     "


def print_screen(summary: Summary, derived: Path | None = None, console: Console | None = None) -> None:
    """Print the short report. Piped, it is 100 columns wide and without colour."""
    console = open_console(console)

    def say(text: str, style: str = "") -> None:
        console.print(Text(plain(console, text), style=style))

    good = summary.status == "VALID"
    first, *rest = _opening(summary, console.width)
    say(first, "bold green" if good else "bold red")
    for line in rest:
        say(line)
    if summary.arms:
        if not good:
            say("For finding the fault only:", "bold")
        say(f"\n{_load(summary, console.width)}", "bold")
        console.print(_arms_table(summary, console))
    for sentence in _how_sure(summary):
        for line in textwrap.wrap(sentence, console.width, subsequent_indent=" " * len(_SURE)):
            say(line)
    objections = _objections(summary, console.width)
    for line in objections:
        say(line, "bold red" if line.startswith("!") else "yellow" if line.startswith("*") else "")
    for label, words in _next(summary, derived):
        console.print(Text(f"{label:<9}{words}"), soft_wrap=True)


def _opening(summary: Summary, width: int) -> list[str]:
    """The status, the verdict, and what it means; of a run without figures why it has none."""
    if summary.status == "INVALID" or not summary.judged_by.compares:
        return sentences.headline(summary)
    lines = [_status_line(summary, width), *_verdict(summary)]
    lines += [sentences.stages_sentence(chain) for chain in summary.stages]
    return [*lines, summary.so_what.sentence] if summary.so_what else lines


def _status_line(summary: Summary, width: int) -> str:
    """Status of every answer, with the reasons as far as they fit in a line.

    Reservations of what stands give way first, then the longest reason: to the rule's code, then to nothing.
    """
    valid = {one.answer for one in summary.answers if one.status == "VALID"}
    reasons: dict[str, str] = {one.answer: one.reason for one in summary.answers if one.reason}
    while True:
        line = sentences.status_words(summary, " · ", reasons)
        if len(line) <= width or not reasons:
            return line
        longest = max(reasons, key=lambda answer: (answer in valid, len(reasons[answer])))
        rule, _, more = reasons.pop(longest).partition(":")
        if more and re.match(r"V\d", rule):
            reasons[longest] = rule


def _verdict(summary: Summary) -> Iterator[str]:
    """One line for cost, for latency and for throughput of the pair the experiment was declared for."""
    pair = next(((c.a, c.b) for c in summary.comparisons), None)
    statuses = {one.answer: one for one in summary.answers}
    compared = {c.metric: c for c in summary.comparisons if (c.a, c.b) == pair}
    for label, answer, metric in _VERDICTS if pair else ():
        found = compared.get(metric or summary.primary_metric)
        if answer in statuses and statuses[answer].status == "NOT MEASURED":
            yield f"{label:<11}not measured: {statuses[answer].reason}"
        elif found is None:  # an older summary does not know the metric
            continue
        elif found.ratio is not None and found.refused_because is None:
            yield f"{label:<11}{sentences.short_verdict(found, summary.margin)}"
        else:
            yield f"{label:<11}{_described(summary, found)}"


def _described(summary: Summary, c: Comparison) -> str:
    """What was measured of both arms, and why it is not compared."""
    arms = {arm.arm: arm for arm in summary.arms}
    a, b = (_figure(arms[name], c.metric) for name in (c.a, c.b))
    return f"{c.a} {a}, {c.b} {b}; not compared: {c.refused_because}"


def _figure(arm: ArmSummary, metric: Metric) -> str:
    if metric == "service_p50_ms":
        return f"{sentences.estimate(arm.service_ms['p50'], 2)} ms"
    if metric == "throughput_rps":
        return f"{_requests(arm)}/s"
    return f"{sentences.estimate(getattr(arm, metric), 0)} us"


def _load(summary: Summary, width: int) -> str:
    """'GET /me at 1,921 requests/s': what every row of the table is about."""
    at = f" at {decimals(summary.rate.offered_rps)} requests/s" if summary.rate else ""
    return cut(summary.operation, width - len(at)) + at


def _arms_table(summary: Summary, console: Console) -> Table:
    """One row for each arm: the control first, then by cost where the run ranks its arms."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    arms = _in_order(summary)
    rows = [_cells(arm) for arm in arms]
    columns = [_ALL_OF_IT if summary.service and name == _COLUMNS[1] else name for name in _COLUMNS]
    widths = [
        max(len(line) for cell in column for line in cell.split("\n"))
        for column in zip(columns, *rows, strict=True)
    ]
    store = console.width - sum(widths) + widths[_STORE_COLUMN] - _GAP * (len(_COLUMNS) - 1)
    for index, name in enumerate(columns):
        table.add_column(name, justify="right" if index else "left", no_wrap=True)
    for arm, row in zip(arms, rows, strict=True):
        row[_STORE_COLUMN] = _store(arm, store - 1)
        table.add_row(*(Text(plain(console, cell)) for cell in row))
    return table


def _cells(arm: ArmSummary) -> list[str]:
    return [
        f"{arm.arm} (control)" if arm.role == "control" else arm.arm,
        sentences.marked(arm, "cost", _cost(arm)),
        sentences.marked(arm, "latency", _times(arm)),
        sentences.marked(arm, "throughput", _requests(arm)),
        "",  # as wide as the others leave it
        "-" if arm.request_bytes is None else f"{arm.request_bytes:.0f}",
        f"{arm.revocation_window_s:g} s" if arm.authenticates and arm.declared else "-",
    ]


def _in_order(summary: Summary) -> list[ArmSummary]:
    if not summary.ranking:
        return summary.arms
    places = {rank.arm: place for place, rank in enumerate(summary.ranking)}
    ranked = sorted((arm for arm in summary.arms if arm.arm in places), key=lambda arm: places[arm.arm])
    control = [arm for arm in summary.arms if arm.role == "control"]
    return [*control, *ranked, *(arm for arm in summary.arms if arm not in ranked and arm not in control)]


def _cost(arm: ArmSummary) -> str:
    if arm.role == "control":
        return sentences.estimate(arm.cpu_total_us, 0, interval=True)
    if not arm.declared:
        return sentences.estimate(arm.cost_us, 0, interval=True)
    above = arm.cpu_minus_control_us
    sign = "+" if above.value is not None and above.value >= 0 else ""
    return f"{sign}{sentences.estimate(above, 0, interval=True)}"


def _times(arm: ArmSummary) -> str:
    p50, p99 = (arm.service_ms.get(name, Estimate()) for name in ("p50", "p99"))
    if p50.value is None:
        return "-"
    return " / ".join(sentences.estimate(one, _decimals(one.value or 0.0)) for one in (p50, p99))


def _decimals(value: float) -> int:
    """How many show three digits of it, or all before the point."""
    return 2 if value < 10 else 1 if value < 100 else 0


def _requests(arm: ArmSummary) -> str:
    found = arm.throughput
    if found is None or found.rps.value is None:
        return "-"
    return f"{'≥ ' if found.at_least else ''}{decimals(found.rps.value)}"


def _store(arm: ArmSummary, width: int) -> str:
    """'1 getex, 354 B': commands by name while there is room, then their number.

    Counted exactly, so without a mark: what rules object to in a store's figures is its memory.
    """
    if not arm.store_commands:
        return "-" if arm.store == "none" or not arm.store_counted else "0"
    sizes = [size for size in (arm.store_bytes_in, arm.store_bytes_out) if size is not None]
    moved = f", {sum(sizes):.0f} B" if sizes else ""
    commands = sum(one.per_request for one in arm.store_commands.values())
    count = f"{commands:.2g}" if commands >= 0.1 else "<0.1"
    counted = f"{count} {'cmd' if count == '1' else 'cmds'}"
    ways = (sentences.store_commands(arm) + moved, counted + moved, counted, count)
    return next((way for way in ways if len(way) <= width), count)


def _how_sure(summary: Summary) -> Iterator[str]:
    """Noise floors, replicates, why it stopped, calibration, and arms at a rate of their own: a line each."""
    if summary.service:
        words = "not part of authbench: no control, nothing is subtracted; not measured"
        yield f"service  {words}: {_gaps(summary)}"
        yield from _renewed(summary)
    if not summary.arms or not summary.judged_by.compares:
        return
    floors = []
    for label, _, metric in _VERDICTS:
        floor = summary.noise_floor.get(metric or summary.primary_metric)
        if floor and floor.ratio_minus_one is not None:
            floors.append(f"{label} {floor.ratio_minus_one:.1%}")
    alike = f"identical arms differ by up to {', '.join(floors)}" if floors else "no noise floor is known"
    yield f"{_SURE}{alike}"
    cycles = f"{counted(summary.cycles_whole, 'cycle')} in {counted(summary.generations, 'generation')}"
    yield " " * len(_SURE) + "; ".join(part for part in (cycles, summary.stop_reason) if part)
    calibration = summary.calibration
    if calibration and calibration.passed:
        yield f"         calibrated {calibration.measured_at[:10]}: {hidden(calibration)} is called one"
    own = [f"{arm.arm} {decimals(arm.offered_rps)}/s" for arm in summary.arms if arm.offered_rps is not None]
    if own:
        yield f"         at a rate of its own, compared with the control only: {', '.join(own)}"


def _gaps(summary: Summary) -> str:
    """The first things that were not measured of a service; the page has all of them."""
    first = [gap.partition(":")[0] for gap in summary.not_measured[:3]]
    return f"{'; '.join(first)} and {len(summary.not_measured) - len(first)} more"


def _renewed(summary: Summary) -> Iterator[str]:
    found = [
        f"{arm.arm} {arm.renewals.sent:,} by {arm.renewals.by} (p50 {arm.renewals.p50_ms:.1f} ms)"
        for arm in summary.arms
        if arm.renewals
    ]
    if found:
        yield f"renewed  between slices, in no figure: {', '.join(found)}"


def _objections(summary: Summary, width: int) -> list[str]:
    """Marks and refusals in one line each; the last line says how many more the long form has."""
    if summary.status == "INVALID":
        lines, told = [], len(summary.findings)
        more = len(finding_sentences(summary.findings))
    else:
        lines = short_lines(summary)
        told = min(len(lines), _MARKS_MOST)
        quiet = sum(not one.loud and one.severity != "mark" for one, _ in finding_sentences(summary.findings))
        more = len(lines) - told + quiet + len(missing_figures(summary))
        lines = [cut(line, width) for line in lines[:told]]
    if more:
        lines.append(f"{more} more: authbench report {summary.run_id} --verbose")
    return lines


def _next(summary: Summary, derived: Path | None) -> Sequence[tuple[str, str]]:
    """What to open and what to type next."""
    found = [("page", str(derived / "report.html"))] if derived else []
    if summary.status == "VALID" and summary.judged_by.compares:
        if summary.ladder_rates:
            found.append(("nodes", f"authbench plan {summary.run_id} --at REQUESTS_PER_SECOND"))
        if summary.service is None:
            found.append(("record", f"authbench adr {summary.run_id}"))
        if summary.calibration is None:
            found.append(("trust", "authbench calibrate: what this machine can see is not known"))
        elif not summary.calibration.passed:
            found.append(("trust", "calibration FAILED, run make calibrate again"))
    return found
