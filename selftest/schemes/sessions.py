"""Broken sessions in Redis: they spare the store what the card says they ask."""

from starlette.requests import Request

from selftest.schemes.late import Patience
from servers.contract.claims import Identity
from servers.contract.settings import ServerSettings
from servers.schemes.session_redis import RedisSessionScheme


class HiddenCache(RedisSessionScheme):
    """Keeps every session it has read, and never asks for it again."""

    name = "broken-hidden-cache"

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._cache: dict[str, Identity] = {}

    async def authenticate(self, request: Request) -> Identity:
        cookie = request.headers.get("cookie", "")
        if cookie in self._cache and self.in_use():
            return self._cache[cookie]
        found = await super().authenticate(request)
        self._cache[cookie] = found
        return found

    def in_use(self) -> bool:
        """Whether the cache answers."""
        return True


class LateCache(HiddenCache):
    """Keeps every session it has read, once nobody is looking."""

    name = "broken-late-cache"

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._patience = Patience()

    def in_use(self) -> bool:
        return self._patience.over()
