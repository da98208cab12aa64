"""Sort schemes into kinds by their cards: what the credential is, how it travels, who is asked about it."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from authbench.contracts.card import Card, ClientDuty, Operation


class SchemeKind(StrEnum):
    """Six ideas, in the order of tables. A scheme is one of them by its card, never by its name."""

    SESSION = "session"
    """An id in a cookie; the server has the rest."""
    SIGNED_COOKIE = "signed cookie"
    """Everything in a cookie that the server has signed; it remembers nothing."""
    OPAQUE = "opaque token"
    """A random token in a header; the server has the rest."""
    TOKEN = "self-contained token"  # noqa: S105 - a name
    """Everything in a signed token in a header; a request with it asks nobody."""
    LOOKED_UP = "token with a look-up"
    """The same, and the server knows which of them are no longer good."""
    BOUND = "token bound to a key"
    """The same, and each request proves that its sender has the client's key."""


MEANING = {
    SchemeKind.SESSION: "an id in a cookie, the state on the server",
    SchemeKind.SIGNED_COOKIE: "everything signed in a cookie, no state on the server",
    SchemeKind.OPAQUE: "a random token in a header, the state on the server",
    SchemeKind.TOKEN: "everything signed in a header, nobody is asked",
    SchemeKind.LOOKED_UP: "everything signed in a header, and a list of what no longer counts",
    SchemeKind.BOUND: "a signed token, and a proof of the client's key with each request",
}
EXAMPLES = (
    "session-redis",
    "session-signed-cookie",
    "opaque-redis",
    "jwt-hs256",
    "jwt-denylist",
    "jwt-dpop",
)
"""The plainest scheme of each kind: what stands for its kind in a table with one column for each."""


def kind_of(card: Card) -> SchemeKind | None:
    """The kind of a scheme; None for one that authenticates nobody."""
    if not card.authenticates or card.carrier == "none":
        return None
    if card.carrier == "cookie":
        return SchemeKind.SIGNED_COOKIE if card.store == "none" else SchemeKind.SESSION
    if card.client is ClientDuty.DPOP_PROOF:
        return SchemeKind.BOUND
    if not any(name.endswith("verify") for name in card.crypto_operations.get(Operation.READ, {})):
        return SchemeKind.OPAQUE
    asks = any(card.store_commands.get(Operation.READ, {}).values())
    return SchemeKind.LOOKED_UP if asks or card.logout_ends_credential else SchemeKind.TOKEN


def by_kind(cards: Mapping[str, Card], schemes: Iterable[str]) -> dict[SchemeKind, list[str]]:
    """Sort schemes by kind, in the order of kinds. Those without a card, and the control, are left out."""
    names = list(schemes)
    found = {
        kind: [name for name in names if name in cards and kind_of(cards[name]) is kind]
        for kind in SchemeKind
    }
    return {kind: members for kind, members in found.items() if members}


def examples(cards: Mapping[str, Card], schemes: Iterable[str]) -> dict[SchemeKind, str]:
    """One scheme for each kind: the plainest, or the first that was measured."""
    return {
        kind: next((name for name in EXAMPLES if name in members), members[0])
        for kind, members in by_kind(cards, schemes).items()
    }
