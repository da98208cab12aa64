"""Ways to log in that differ, and the scheme that stands for each: the rest is one code."""

from authbench.contracts.card import Card, ClientDuty
from loadtests.attacks.laboratory.condition import StandIn

_STANDS_FOR = {
    ClientDuty.CSRF_TOKEN: "session-redis",
    ClientDuty.NONE: "jwt-hs256",
    ClientDuty.DPOP_PROOF: "jwt-dpop",
}
"""By what a client sends with a login besides name and password: the scheme on which that is attacked."""


def spared(scheme: str, card: Card) -> StandIn | None:
    """The scheme whose logins are attacked instead, as they are the same. None: this scheme's own are.

    Schemes from outside the tree, and the controls, may log in as they like: theirs always are.
    """
    stands_for = _STANDS_FOR[card.client]
    if scheme == stands_for or ":" in scheme:
        return None
    return StandIn(stands_for, f"a login here is the same code as one of {stands_for}")
