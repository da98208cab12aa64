"""What an application does with `request.session`, whichever library loads and saves it."""

import asyncio
import time
from abc import abstractmethod
from collections.abc import Sequence

from starlette.requests import Request
from starlette.types import ASGIApp

from servers.contract.claims import Claims, Identity, new_claims
from servers.contract.errors import Unauthenticated
from servers.contract.scheme import Account, Credential, Issued, Mark
from servers.contract.settings import ServerSettings
from servers.libraries.parts.library_scheme import LibraryScheme
from servers.libraries.parts.offline import cookie_set_by
from servers.schemes.parts.carriers import CookieCarrier

_MEMBER = "claims"
"""The one member of a session: what a session of our own holds, so that both are of one size."""
_AT_ONCE = 16
"""Sessions that are written at the same time: no more than the store has connections by default."""


class LibrarySessions(LibraryScheme):
    """A session that a middleware of others loads, saves and puts into a cookie.

    The cookie is as the library makes it: neither prefixed nor guarded by a CSRF token. So the scheme listens
    on loopback only. The application looks at `exp` in the session: that is its absolute timeout.
    """

    cookie_name = "session"
    """As both libraries call it unless told otherwise."""
    challenge = CookieCarrier.challenge

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self.layer = self._around

    @abstractmethod
    def middleware(self, app: ASGIApp, lifetime_s: int) -> ASGIApp:
        """The library's middleware around an application. Sessions that begin in it live `lifetime_s`."""

    async def load(self, request: Request) -> None:
        """Have the library load the session, where it does not do so by itself."""

    def at_login(self, request: Request) -> None:
        """What the application does to the session's id when somebody has logged in. Here: nothing."""

    @property
    def security(self) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": self.cookie_name}

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        claims = new_claims(
            account.username, account.scope, self.settings.session_absolute_s, extra=self.settings.extra
        )
        await self._write(request, claims)
        self.credentials_issued += 1
        return Issued({"sub": claims.sub, "expires_in": claims.exp - claims.iat})

    async def authenticate(self, request: Request) -> Identity:
        await self.load(request)
        try:
            claims = Claims.parse(request.session[_MEMBER])
        except (KeyError, ValueError):
            raise Unauthenticated("A session is needed.") from None
        if claims.exp <= time.time():
            raise Unauthenticated("The session is not valid.")
        return claims.identity()

    async def revoke(self, request: Request) -> Issued:
        """Empty the session: both libraries then remove the cookie, and the one with a store what it has."""
        await self.authenticate(request)
        request.session.clear()
        return Issued()

    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """Each is written by the library, in a request that no client sends."""
        cookies: list[str] = []
        for start in range(0, len(claims), _AT_ONCE):
            portion = claims[start : start + _AT_ONCE]
            cookies += await asyncio.gather(*map(self._cookie_of, portion))
        self.credentials_issued += len(cookies)
        return [Credential({"Cookie": cookie}, item) for cookie, item in zip(cookies, claims, strict=True)]

    async def _cookie_of(self, claims: Claims) -> str:
        # One that has expired is there for a second, and says that it has expired.
        lifetime_s = max(claims.exp - int(time.time()), 1)
        return await cookie_set_by(
            lambda app: self.middleware(app, lifetime_s), lambda request: self._write(request, claims)
        )

    async def _write(self, request: Request, claims: Claims) -> None:
        await self.load(request)
        request.session[_MEMBER] = claims.as_dict()
        self.at_login(request)

    def _around(self, app: ASGIApp, /) -> ASGIApp:
        return self.middleware(app, self.settings.session_absolute_s)
