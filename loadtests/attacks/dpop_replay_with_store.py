"""A whole DPoP request sent a second time, to a server that remembers used proofs."""

import contextlib
from collections.abc import Iterator

from authbench.contracts.card import ClientDuty
from loadtests.attacks.attack import Attack
from loadtests.attacks.bound_tokens.replay import NOT_BOUND, REPLAY_STORE, replay
from loadtests.attacks.laboratory.condition import Condition, Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.target import start_target


class DpopReplayWithStore(Attack):
    """Replay a proof against a server that remembers used proofs, which is a setting."""

    row = "L5"
    name = "replayed proof, used proofs remembered"
    question = "Is it accepted a second time where the server is told to remember used proofs?"
    sources = ("RFC 9449 section 11.1",)
    control = Control("jwt-dpop", {REPLAY_STORE: False})

    def run(self, lab: AttackLab) -> AttackResult:
        if lab.card.client is not ClientDuty.DPOP_PROOF:
            return lab.nothing_there(NOT_BOUND)
        with _remembering(lab) as remembering:
            return replay(remembering, "although the server was to remember used proofs")


@contextlib.contextmanager
def _remembering(lab: AttackLab) -> Iterator[AttackLab]:
    """A server of the same scheme that remembers used proofs; the lab's own where it was told otherwise."""
    target = lab.target
    if REPLAY_STORE in target.settings:
        yield lab
        return
    condition = Condition("used proofs remembered", tls=False, settings={REPLAY_STORE: True})
    with (
        start_target(target.scheme, condition, target.redis_url, target.log.parent, None) as another,
        another.connect() as connection,
    ):
        another.stopping = target.stopping
        yield AttackLab(another, connection)
