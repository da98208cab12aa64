"""`authbench list`: the schemes, libraries, experiments and workloads there are, and each in detail."""

import json as json_module
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from authbench.cli.shared.options import Json
from authbench.words.counting import counted

if TYPE_CHECKING:
    from rich.table import Table

    from authbench.contracts.card import Card
    from authbench.contracts.experiment import Experiment, Workload

_STORE_WIDTH = 18

Known = tuple[
    Mapping[str, "Card"], Mapping[str, "Card"], Mapping[str, "Experiment"], Mapping[str, "Workload"]
]
"""Schemes, those of libraries, experiments and workloads by name. An experiment may be called as its workload
is."""


def list(
    name: Annotated[
        str | None, typer.Argument(help="a scheme, a library, an experiment or a workload: print its details")
    ] = None,
    json: Json = False,
) -> None:
    """List schemes, libraries, experiments and workloads, one line each; with a name all there is to know.

    Example: authbench list session-redis
    """
    from authbench.cli.shared.card_page import page
    from authbench.system.discovery import unknown

    known = _known()
    own, libraries, experiments, workloads = known
    cards = {**own, **libraries}
    if name is not None and not any(name in kind for kind in known):
        raise unknown(
            "scheme, experiment or workload", name, [*cards, *experiments, *workloads], "; authbench list"
        )
    if json:
        print(json_module.dumps(_as_json(known, name), indent=1))
    elif name is None:
        _print_all(known)
    else:
        if name in cards:
            print(page(cards[name]))
        if name in experiments:
            _print_experiment(experiments[name])
        if name in workloads:
            _print_workload(workloads[name])


def _known() -> Known:
    from authbench.contracts.experiment import find_experiment, find_workload, shipped
    from servers.contract.settings import ServerSettings
    from servers.discovery import known_libraries, known_schemes

    return (
        {name: scheme(ServerSettings(scheme=name)).card for name, scheme in known_schemes().items()},
        {name: scheme(ServerSettings(scheme=name)).card for name, scheme in known_libraries().items()},
        {name: find_experiment(name, ServerSettings) for name in shipped("experiments")},
        {name: find_workload(name) for name in shipped("workloads")},
    )


def _as_json(known: Known, name: str | None) -> dict[str, object]:
    """Everything by kind and name, or the one that is named."""
    kinds: dict[str, Mapping[str, Card | Experiment | Workload]] = dict(
        zip(("schemes", "libraries", "experiments", "workloads"), known, strict=True)
    )
    return {
        kind: {one: item.model_dump(mode="json") for one, item in items.items() if name in (None, one)}
        for kind, items in kinds.items()
        if name is None or name in items
    }


def _print_all(known: Known) -> None:
    from analysis.report.console import cut, open_console
    from analysis.summary.words import requested
    from authbench.contracts.card import Operation
    from servers.discovery import missing_libraries
    from servers.libraries.parts.installed import HOW

    cards, libraries, experiments, workloads = known
    console = open_console()
    widest = max(len(name) for kind in known for name in kind)
    schemes, others = (
        _table(kind, "revoked", "store, a read", "what it is", width=widest) for kind in ("scheme", "library")
    )
    for name, card in (*cards.items(), *libraries.items()):
        window = f"{card.revocation_window_s:g} s" if card.authenticates else "-"
        commands = cut(_commands(card.store_commands[Operation.READ]), _STORE_WIDTH)
        (schemes if name in cards else others).add_row(name, window, commands, card.summary)
    questions = _table("experiment", "arms", "what it answers", width=widest)
    for name, experiment in experiments.items():
        questions.add_row(name, str(len(experiment.arms)), experiment.question)
    loads = _table("workload", "loop", "what users ask for", width=widest)
    for name, workload in workloads.items():
        loads.add_row(name, workload.loop, requested(workload))
    for table in (schemes, others, questions, loads):
        console.print(table)
    console.print("Details: authbench list NAME. Measure: authbench run EXPERIMENT.")
    if missing := missing_libraries():
        console.print(f"Not installed: {', '.join(missing)}. They are with: {HOW}.")


def _table(*columns: str, width: int) -> "Table":
    """A table with one line for each row: names are whole, the last column is cut where it is too long."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False, expand=True)
    first, *middle, last = columns
    table.add_column(first, no_wrap=True, min_width=width)
    for column in middle:
        table.add_column(column, no_wrap=True, min_width=len(column))
    table.add_column(last, no_wrap=True, overflow="ellipsis", ratio=1)
    return table


def _commands(commands: Mapping[str, int]) -> str:
    told = (name.upper() if count == 1 else f"{count} {name.upper()}" for name, count in commands.items())
    return ", ".join(told) or "-"


def _print_experiment(experiment: "Experiment") -> None:
    from authbench.contracts.experiment import shipped

    print(f"experiment {experiment.name}: {experiment.question}\n")
    print(f"workload {experiment.workload}, judged by {experiment.judged_by}")
    width = max(len(arm.label) for arm in experiment.arms)
    for arm in experiment.arms:
        alone = {} if arm.operation is None else {"operation": str(arm.operation)}
        differs = {**alone, **arm.condition.model_dump(exclude_defaults=True), **arm.settings}
        told = ", ".join(f"{key} = {_value(value)}" for key, value in differs.items())
        print(f"  {arm.label:<{width}}  {arm.role:<11}  {told}".rstrip())
    for index, (a, b) in enumerate(experiment.compare):
        print(f"{'compares' if index == 0 else '        '} {a} / {b}{' (primary)' if index == 0 else ''}")
    for chain in experiment.stages:
        print(f"stages   {' -> '.join(chain)}")
    rate = f"{experiment.rate_share:.0%} of the median arm's closed loop"
    print(f"rate     {rate if experiment.rate_rps is None else f'{experiment.rate_rps:g} requests/s'}")
    budget = "" if experiment.time_budget_s is None else f", {experiment.time_budget_s:g} s at most"
    print(
        f"size     slices of {experiment.slice_s:g} s, {counted(experiment.cycles, 'cycle')} in a "
        f"generation, "
        f"{experiment.generations_min} to {counted(experiment.generations_max, 'generation')}{budget}; "
        f"stops at "
        f"+-{experiment.half_width:.0%}"
    )
    print(f"file     {shipped('experiments')[experiment.name]}")


def _value(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _print_workload(workload: "Workload") -> None:
    from analysis.summary.words import load, requested
    from authbench.contracts.experiment import shipped

    print(f"workload {workload.name}: {requested(workload)}\n")
    print(f"load     {load(workload)}")
    print(f"file     {shipped('workloads')[workload.name]}")
