"""A stolen DPoP token without a proof, and with a proof of the thief's own key."""

from authbench.contracts.card import ClientDuty
from loadtests.attacks.attack import Attack
from loadtests.attacks.bound_tokens.replay import NOT_BOUND
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.clients.client import Client


class DpopWithoutProof(Attack):
    """The token alone is what a thief gets who reads a log, a store or a page's memory."""

    row = "L1"
    name = "bound token without its key"
    question = "Is a stolen token accepted from somebody who does not have the key it is bound to?"
    sources = (
        "RFC 9449 section 4.3",
        "RFC 9449 section 7.1",
        "OWASP ASVS 5.0 10.3.5",
        "RFC 9700 section 2.2.1",
    )
    control = Control("servers.vulnerable.tokens.dpop_checks:VulnerableProofNotNeeded")

    def run(self, lab: AttackLab) -> AttackResult:
        if lab.card.client is not ClientDuty.DPOP_PROOF:
            return lab.nothing_there(NOT_BOUND)
        victim = lab.logged_in()
        lab.check_before(victim)
        stolen = victim.credential
        own_key = Client(lab.card, lab.target.origin).headers("POST", "/orders", stolen)
        tries = {"without a proof": dict(stolen), "with a proof of another key": own_key}
        passed = [how for how, headers in tries.items() if lab.writes(how, victim.username, headers)]
        lab.check_after(victim)
        if passed:
            return lab.succeeded(f"the token was accepted {' and '.join(passed)}")
        return lab.rejected("without a proof of the key in the token it was refused")
