"""A whole DPoP request that somebody copied, sent a second time."""

from authbench.contracts.card import ClientDuty
from loadtests.attacks.attack import Attack
from loadtests.attacks.bound_tokens.replay import NOT_BOUND, REPLAY_STORE, replay
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult


class DpopReplayedProof(Attack):
    """A proof covers method, address and token, and no body: a copy of one makes any order."""

    row = "L2"
    name = "replayed proof"
    question = "Is a copied request with its DPoP proof accepted a second time, with another body?"
    sources = ("RFC 9449 section 11.1",)
    control = Control("jwt-dpop", {REPLAY_STORE: False})

    def run(self, lab: AttackLab) -> AttackResult:
        if lab.card.client is not ClientDuty.DPOP_PROOF:
            return lab.nothing_there(NOT_BOUND)
        return replay(
            lab, "within its life of dpop_proof_lifetime_s; setting dpop_replay_store makes it good once"
        )
