"""Attack every mutation, and the servers without them, each on a process of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from authbench.contracts.security.attack import Cell
from loadtests.attacks.attack import Attack
from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.run_attacks import Job, Laboratory, carry_out
from selftest.attacks.comparison import Cells, complaints
from selftest.attacks.mutations import Mutation

DEAR = frozenset({"J1", "J2", "J3", "J4", "J5", "H11", "E2", "B6"})
"""Rows that are tried only where a mutation declares them, and on the same server without it: they guess
passwords by the hundred or compare times (J), simulate users (H11), need two processes for one row (E2), or
wait for two minutes (B6).
"""


@dataclass(frozen=True)
class Trial:
    """A mutation, and what came of the attacks."""

    mutation: Mutation
    broken: Cells
    complaints: Sequence[str]


def try_mutations(
    mutations: Sequence[Mutation],
    attacks: Sequence[type[Attack]],
    laboratory: Laboratory,
    say: Callable[[str], None],
) -> list[Trial]:
    """Attack each mutation with all of these attacks that apply to it, and compare."""
    done = carry_out(plan(mutations, attacks), laboratory, say)
    found: dict[str, dict[str, Cell]] = {}
    for job, cells in done:
        found.setdefault(_key(job.control or Control(job.scheme)), {}).update(
            {cell.row: cell for cell in cells}
        )
    trials = []
    for mutation in mutations:
        broken, sound = (found.get(_key(each), {}) for each in (mutation.broken, mutation.sound))
        trials.append(Trial(mutation, broken, complaints(mutation, broken, sound)))
    return trials


def plan(mutations: Sequence[Mutation], attacks: Sequence[type[Attack]]) -> list[Job]:
    """One job for each server and condition. Rows in a browser go to servers that declare one, and `DEAR`."""
    browser = {attack.row for attack in attacks if issubclass(attack, BrowserAttack)}
    servers: dict[str, Control] = {}
    named: dict[str, set[str]] = {}
    for mutation in mutations:
        for server in (mutation.broken, mutation.sound):
            servers[_key(server)] = server
            named.setdefault(_key(server), set()).update(mutation.falls_to)
    jobs: dict[tuple[str, str], Job] = {}
    for key, server in servers.items():
        left_out = DEAR - named[key]
        if not named[key] & browser:
            left_out |= browser
        for attack in attacks:
            if attack.row not in left_out:
                place = key, attack.condition.name
                job = jobs.setdefault(place, Job(server.scheme, attack.condition, [], server))
                job.attacks.append(attack)
    # Those that wait, or take long, first.
    return sorted(jobs.values(), key=lambda job: job.condition.name != "browser")


def _key(server: Control) -> str:
    return f"{server.scheme} {sorted(server.settings.items())}"
