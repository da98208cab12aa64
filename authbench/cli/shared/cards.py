"""Cards of all that can be chosen: every scheme here, and the arms of a run with their own settings."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from authbench.contracts.card import Card
    from authbench.contracts.records import Manifest


def known_cards(run: "Manifest | None" = None) -> "dict[str, Card]":
    """By name of the scheme, default settings; an arm of the run has the card that it was measured with."""
    from servers.contract.settings import ServerSettings
    from servers.discovery import known_schemes

    cards = {
        name: scheme(ServerSettings(scheme=name, redis_url="redis://127.0.0.1")).card
        for name, scheme in known_schemes().items()
    }
    return cards | (dict(run.cards) if run else {})
