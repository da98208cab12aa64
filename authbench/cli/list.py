"""`authbench list`: the schemes, experiments and workloads there are."""

import json as json_module

from authbench.cli.shared.options import Json


def list(json: Json = False) -> None:
    """List schemes and what they promise, experiments and workloads.

    Example: authbench list --json
    """
    from rich.console import Console
    from rich.table import Table

    from authbench.contracts.card import Operation
    from authbench.contracts.experiment import find_experiment, find_workload, shipped
    from servers.contract.settings import ServerSettings
    from servers.discovery import known_schemes

    cards = {name: scheme(ServerSettings(scheme=name)).card for name, scheme in known_schemes().items()}
    experiments = {name: find_experiment(name, ServerSettings) for name in shipped("experiments")}
    workloads = {name: find_workload(name) for name in shipped("workloads")}
    if json:
        content = {
            "schemes": {name: card.model_dump(mode="json") for name, card in cards.items()},
            "experiments": {name: item.model_dump(mode="json") for name, item in experiments.items()},
            "workloads": {name: item.model_dump(mode="json") for name, item in workloads.items()},
        }
        print(json_module.dumps(content, indent=1))
        return
    console = Console()
    table = Table(
        "scheme", "what it is", "travels", "store commands per read", "revoked within", title="Schemes"
    )
    for name, card in cards.items():
        commands = ", ".join(
            f"{count} {command.upper()}" for command, count in card.store_commands[Operation.READ].items()
        )
        window = f"{card.revocation_window_s:g} s" if card.authenticates else "-"
        table.add_row(name, card.summary, card.travels, commands or "none", window)
    console.print(table)
    table = Table("experiment", "what it answers", title="Experiments: authbench run NAME")
    for name, experiment in experiments.items():
        table.add_row(name, experiment.question)
    console.print(table)
