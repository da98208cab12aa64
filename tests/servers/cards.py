"""What every scheme says of itself: tests choose their schemes by cards and offers, not by name."""

from authbench.contracts.card import Card, ClientDuty
from servers.contract.scheme import Offer, Scheme
from servers.contract.settings import ServerSettings
from servers.discovery import known_schemes

_MADE: dict[str, Scheme] = {
    name: scheme(ServerSettings(scheme=name, redis_url="unix:///anywhere"))
    for name, scheme in known_schemes().items()
}
CARDS: dict[str, Card] = {name: scheme.card for name, scheme in _MADE.items()}
"""Of each scheme with a store."""
OFFERS: dict[str, frozenset[Offer]] = {name: scheme.offers for name, scheme in _MADE.items()}
WITHOUT_PROOF = [name for name, card in CARDS.items() if card.client is not ClientDuty.DPOP_PROOF]
"""Those whose credential is the same headers on every request."""
AUTHENTICATING = [name for name in WITHOUT_PROOF if CARDS[name].authenticates]
BASIC = ("none", "session-memory", "session-redis", "jwt-hs256", "jwt-rs256")
"""The schemes that the README compares."""
ONE_OF_EACH_CARRIER = list({CARDS[name].carrier: name for name in WITHOUT_PROOF}.values())
"""For what does not depend on the scheme."""
