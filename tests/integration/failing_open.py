"""A scheme that lets in whom it has seen before when its store is away: what a drill must find."""

from starlette.requests import Request

from servers.contract.claims import Identity
from servers.contract.errors import StoreUnavailable
from servers.contract.settings import ServerSettings
from servers.schemes.session_redis import RedisSessionScheme


class FailingOpen(RedisSessionScheme):
    """Its card is that of `session-redis`: it refuses."""

    name = "session-failing-open"

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._seen: dict[str, Identity] = {}

    async def authenticate(self, request: Request) -> Identity:
        """Whoever the store says, or said once."""
        presented = self.carrier.present(request)
        try:
            self._seen[presented] = identity = await super().authenticate(request)
        except StoreUnavailable:
            return self._seen[presented]
        return identity
