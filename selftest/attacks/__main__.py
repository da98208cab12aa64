"""`python -m selftest.attacks [SERVER ...]`: does each mutation turn red what it declares, and nothing else?

SERVER: a name of `servers/vulnerable/`, such as vulnerable-logout, or a listed scheme that serves as one.
Exit 0: every attack succeeded where it must and nowhere else. 1: not so. 2: no such server. 130: interrupted.
"""

import sys
import time
from collections.abc import Sequence

from authbench.contracts.failure import ExitCode, Failure
from authbench.system.discovery import unknown
from authbench.system.interruption import exit_with
from loadtests.attacks.attack import Attack, find_attacks
from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.run_attacks import open_laboratory
from loadtests.browser.chromium import NoBrowserError, find_chromium
from loadtests.harness.processes.scratch import one_measurement_at_a_time
from selftest.attacks.comparison import red
from selftest.attacks.mutations import Mutation, all_mutations
from selftest.attacks.trials import Trial, try_mutations

_LINE = "{:<36} {:<7} {:<16} {}"


def choose(names: Sequence[str]) -> list[Mutation]:
    """The mutations of these servers, or all. Failure if there is none of a name."""
    mutations = all_mutations()
    known = {mutation.name.partition(" ")[0] for mutation in mutations}
    for name in names:
        if name not in known:
            raise unknown("server", name, known)
    return [each for each in mutations if not names or each.name.partition(" ")[0] in names]


def _attacks() -> list[type[Attack]]:
    """All; those in a browser only where there is one."""
    attacks = list(find_attacks().values())
    try:
        find_chromium()
    except NoBrowserError as missing:
        print(f"rows in a browser are not tried: {missing}")
        return [attack for attack in attacks if not issubclass(attack, BrowserAttack)]
    return attacks


def _tell(trial: Trial) -> None:
    mutation = trial.mutation
    declared = " ".join(sorted(mutation.falls_to)) or "none"
    turned = " ".join(sorted(red(trial.broken) & mutation.falls_to)) or "none"
    print(_LINE.format(mutation.name, "FAILED" if trial.complaints else "ok", declared, turned), flush=True)


def main(names: Sequence[str]) -> ExitCode:
    """Try the mutations of these servers; all if none is named."""
    began_s = time.monotonic()
    try:
        mutations = choose(names)
    except Failure as failure:
        print(f"selftest: {failure}", file=sys.stderr)
        return failure.exit_code

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    with (
        one_measurement_at_a_time(lambda: say("waiting: a run is measuring here")),
        open_laboratory() as opened,
    ):
        trials = try_mutations(mutations, _attacks(), opened, say)
    print(_LINE.format("server", "", "must turn red", "turned red"))
    for trial in trials:
        _tell(trial)
    wrong = [line for trial in trials for line in trial.complaints]
    for line in wrong:
        print(f"FAILED {line}")
    good = sum(not trial.complaints for trial in trials)
    print(f"{good} of {len(trials)} as they should be, {time.monotonic() - began_s:.0f} s")
    return ExitCode.INTERNAL if wrong else ExitCode.DONE


if __name__ == "__main__":
    exit_with(main, "selftest")
