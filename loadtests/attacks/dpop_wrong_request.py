"""A DPoP proof of the right key that was made for another request."""

from authbench.contracts.card import ClientDuty
from loadtests.attacks.attack import Attack
from loadtests.attacks.bound_tokens.replay import NOT_BOUND
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult


class DpopWrongRequest(Attack):
    """Proofs that the victim made for something else: another method, another address, another token."""

    row = "L3"
    name = "proof of another request"
    question = "Is a proof accepted that was made for another method (htm), address (htu) or token (ath)?"
    sources = ("RFC 9449 section 4.3", "RFC 9449 section 7.1")
    control = Control("servers.vulnerable.tokens.dpop_checks:VulnerableProofForAnything")

    def run(self, lab: AttackLab) -> AttackResult:
        if lab.card.client is not ClientDuty.DPOP_PROOF:
            return lab.nothing_there(NOT_BOUND)
        victim = lab.logged_in()
        lab.check_before(victim)
        token, client = victim.credential, victim.client
        lab.log_in(victim)  # a second token of the same key
        proofs = {
            "htm": client.headers("GET", "/orders", token),
            "htu": client.headers("POST", "/logout", token),
            "ath": client.headers("POST", "/orders", victim.credential),
        }
        passed = [
            claim
            for claim, made in proofs.items()
            if lab.writes(f"a proof with another {claim}", victim.username, {**token, "DPoP": made["DPoP"]})
        ]
        lab.check_after(victim)
        if passed:
            return lab.succeeded(f"a proof of another request was accepted: {', '.join(passed)}")
        return lab.rejected("a proof is good for its own method, address and token only")
