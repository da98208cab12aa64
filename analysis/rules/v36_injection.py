from collections.abc import Sequence
from dataclasses import dataclass

from analysis.rules.rule import Findings, Rule
from authbench.contracts.security.drill import Proof

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


class InjectionSeen(Rule):
    """V36 is judged by the drill: what it breaks was seen to work before, to fail meanwhile and to work again
    after, by other means than the load; what nothing was done to answered meanwhile.
    """

    code = "V36"
    lie = "the drill was survived"
    judged = "drill"
    unit = "observations"
    advice = "run the drill again; should it repeat, find what keeps the signal from the server"

    def check(self, arm: str, injection: Injection) -> Findings:
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
        for what, seen, asked in doubts:
            yield self.finding(
                "void-run", arm, f"{what} {seen} of {asked} times: the drill shows nothing", seen, asked
            )

    def check_proofs(self, drill: str, proofs: Sequence[Proof]) -> Findings:
        """Void a drill without a proof, or with one that shows something else than the failure."""
        for proof in proofs or [Proof(what="whether it took place", seen="nobody looked", acted=False)]:
            if not proof.acted:
                sentence = f"{proof.what}: {proof.seen}: the drill shows nothing"
                yield self.finding("void-run", drill, sentence, 0, 1)
