"""`authbench doctor`: is this machine fit to measure?"""

import sys
from typing import TYPE_CHECKING

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results
from authbench.cli.shared.stores import OwnRedis, RedisCaFile, RedisPasswordFile, store_url
from authbench.contracts.failure import ExitCode
from authbench.words.counting import counted

if TYPE_CHECKING:
    from loadtests.harness.doctor.finding import Diagnosis

_STYLES = {"good": "green", "note": "", "warning": "yellow", "unfit": "bold red"}


def doctor(
    results: Results = DEFAULT_RESULTS,
    redis_url: OwnRedis = None,
    redis_password_file: RedisPasswordFile = None,
    redis_ca_file: RedisCaFile = None,
    json: Json = False,
) -> None:
    """Look at everything a run depends on and say what to do about it. Takes about four seconds.

    Exit 0: a run is worth starting, maybe with warnings. 3: it would fail, or be INVALID.

    Example: authbench doctor
    """
    from loadtests.harness.doctor.examination import examine

    own_store = store_url(redis_url, redis_password_file, redis_ca_file)
    diagnosis = examine(results, own_store, lambda text: print(text, file=sys.stderr))
    if json:
        typer.echo(diagnosis.model_dump_json(indent=1))
    else:
        _print(diagnosis)
    if not diagnosis.fit:
        raise typer.Exit(ExitCode.INVALID)


def _print(diagnosis: "Diagnosis") -> None:
    """Print a table and one sentence."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from analysis.report.console import open_console

    console = open_console()
    machine = diagnosis.machine
    virtual = ", virtual" if machine.virtualized else ""
    console.print(
        Text(
            f"{machine.cpu_model}, {counted(machine.cpus, 'processor')}{virtual}, {machine.memory_mib} MiB, "
            f"Linux {machine.kernel}"
        )
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("", no_wrap=True)
    table.add_column("looked at", no_wrap=True)
    table.add_column("found, and what to do", overflow="fold")
    for finding in diagnosis.findings:
        told = Text(finding.found)
        if finding.advice:
            told.append(f"\n-> {finding.advice}", style="bold" if finding.level != "note" else "")
        table.add_row(Text(finding.level, style=_STYLES[finding.level]), finding.name, told)
    console.print(table)
    style = "bold green" if diagnosis.fit else "bold red"
    console.print(Text(_sentence(diagnosis), style=style))


def _sentence(diagnosis: "Diagnosis") -> str:
    unfit = [finding.name for finding in diagnosis.findings if finding.level == "unfit"]
    if unfit:
        return f"UNFIT: a run would fail or be INVALID here, because of: {', '.join(unfit)}."
    warnings = [finding.name for finding in diagnosis.findings if finding.level == "warning"]
    if warnings:
        return f"FIT, with warnings ({', '.join(warnings)}): expect wider intervals, or refused latency."
    return "FIT: nothing stands in the way of a run."
