"""A stolen DPoP token that calls itself a bearer token."""

from authbench.contracts.card import ClientDuty
from loadtests.attacks.attack import Attack
from loadtests.attacks.bound_tokens.replay import NOT_BOUND
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult


class DpopAsBearer(Attack):
    """`Authorization: Bearer` in place of DPoP: whoever stole the token leaves the proof out."""

    row = "L4"
    name = "bound token as bearer token"
    question = "Is a bound token accepted without a proof when it is presented as a bearer token?"
    sources = ("RFC 9449 section 7.2",)
    control = Control("servers.vulnerable.tokens.dpop_checks:VulnerableBearerToo")

    def run(self, lab: AttackLab) -> AttackResult:
        if lab.card.client is not ClientDuty.DPOP_PROOF:
            return lab.nothing_there(NOT_BOUND)
        victim = lab.logged_in()
        lab.check_before(victim)
        token = victim.credential["Authorization"].partition(" ")[2]
        downgraded = lab.writes("as a bearer token", victim.username, {"Authorization": f"Bearer {token}"})
        lab.check_after(victim)
        if downgraded:
            return lab.succeeded("the bound token was accepted as a bearer token, without a proof")
        return lab.rejected("a bound token is none for Bearer")
