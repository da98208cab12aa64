"""Ways to log in that differ, and the scheme that stands for each: the rest is one code."""

from authbench.contracts.card import Card, ClientDuty

_STANDS_FOR = {
    ClientDuty.CSRF_TOKEN: "session-redis",
    ClientDuty.NONE: "jwt-hs256",
    ClientDuty.DPOP_PROOF: "jwt-dpop",
}
"""By what a client sends with a login besides name and password: the scheme on which that is attacked."""


def spared(scheme: str, card: Card) -> str | None:
    """Why the logins of this scheme are not attacked: those of another one are the same. None if they are.

    Schemes from outside the tree, and the controls, may log in as they like: theirs always are.
    """
    stands_for = _STANDS_FOR[card.client]
    if scheme == stands_for or ":" in scheme:
        return None
    return f"a login here is the same code as one of {stands_for}, which stands for all of its kind"
