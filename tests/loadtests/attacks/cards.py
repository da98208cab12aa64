"""The card of every listed scheme, under default settings."""

from servers.contract.settings import ServerSettings
from servers.discovery import known_schemes

CARDS = {
    name: scheme(ServerSettings(scheme=name, redis_url="redis://127.0.0.1")).card
    for name, scheme in known_schemes().items()
}
