"""V36, against a drill that was 'survived' because nothing was injected."""

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.validity.finding import Finding

_STOPPED = "T"
"""State of a stopped process in /proc/PID/stat, proc(5)."""


@dataclass(frozen=True)
class Injection:
    """What was seen of a process that should have stood still, and of one that should not."""

    states_before: Sequence[str]
    """Of the process, one letter each as in /proc/PID/stat, before it was stopped."""
    states_during: Sequence[str]
    """The same while it should stand still."""
    states_after: Sequence[str]
    """And after it should have gone on."""
    control_answers: int
    """Answers from a process that nothing was done to, while the other should stand still."""


def check(arm: str, injection: Injection) -> list[Finding]:
    """The failure acted on its target, on nothing else, and was over afterwards. Void drill otherwise."""
    during = injection.states_during
    stopped = sum(state == _STOPPED for state in during)
    elsewhere = [*injection.states_before, *injection.states_after]
    doubts = []
    if not during or stopped < len(during):
        doubts.append(("the server was seen stopped", stopped, max(len(during), 1)))
    if _STOPPED in elsewhere:
        running = sum(state != _STOPPED for state in elsewhere)
        doubts.append(("the server was seen running before and after", running, len(elsewhere)))
    if injection.control_answers < 1:
        doubts.append(("a process that nothing was done to answered meanwhile", 0, 1))
    return [
        Finding(
            rule="V36",
            severity="void-run",
            subject=arm,
            number=seen,
            limit=asked,
            unit="observations",
            sentence=f"{what} {seen} of {asked} times: the drill shows nothing",
            next_action="run the drill again; should it repeat, find what keeps the signal from the server",
        )
        for what, seen, asked in doubts
    ]
