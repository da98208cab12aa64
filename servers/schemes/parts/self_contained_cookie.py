"""Cookies that hold every claim, signed: no store is asked, and nothing can be taken back."""

import asyncio
import time
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from starlette.requests import Request

from authbench.contracts.card import Card, ClientDuty, Operation
from servers.contract.claims import Claims, Identity, new_claims
from servers.contract.errors import Forbidden, Unauthenticated
from servers.contract.scheme import Account, Credential, Issued, Mark
from servers.schemes.parts.cookie_scheme import CookieScheme
from servers.schemes.parts.session_card import with_csrf

_OFFERED = (
    Operation.PUBLIC,
    Operation.READ,
    Operation.LOGIN,
    Operation.LOGOUT,
    Operation.LIST_ORDERS,
    Operation.ADD_ORDER,
    Operation.ADMIN_REPORT,
)


class SelfContainedCookie(CookieScheme):
    """Logout removes the cookie from the browser; a copy of it is good until it expires."""

    summary: ClassVar[str]
    travels: ClassVar[str]
    signs: ClassVar[str]
    """The cryptographic operation that makes the cookie, as the card calls it."""
    verifies: ClassVar[str]
    """And the one that reads it."""
    used_by: ClassVar[str]
    reason: ClassVar[str]

    @property
    @abstractmethod
    def lifetime_s(self) -> int:
        """How long a cookie is good from its login on, in seconds."""

    @abstractmethod
    def encode(self, claims: Claims) -> str:
        """The cookie's value."""

    @abstractmethod
    def decode(self, value: bytes) -> Claims:
        """The claims of a cookie made here. ValueError for any other; any bytes may come."""

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        crypto = {operation: {self.verifies: 1} for operation in _OFFERED}
        # A logout ends nothing, so it looks into nothing.
        crypto |= {Operation.PUBLIC: {}, Operation.LOGIN: {self.signs: 1}, Operation.LOGOUT: {}}
        return Card(
            name=self.name,
            summary=self.summary,
            authenticates=True,
            carrier="cookie",
            travels=self.travels,
            store="none",
            store_commands={operation: {} for operation in _OFFERED},
            crypto_operations=with_csrf(crypto),
            logout_ends_credential=False,
            revocation_window_s=self.lifetime_s,
            role_change_window_s=self.lifetime_s,
            disabled_window_s=self.lifetime_s,
            client=ClientDuty.CSRF_TOKEN,
            used_by=self.used_by,
            reason=self.reason,
            loopback_only=False,
        )

    async def start(self) -> None:
        """Take the keys; Failure if what the settings put into every cookie is too much for one."""
        await super().start()
        self.refuse_large_settings(self._cookie, self.encode)

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        """A new cookie. What was presented before is replaced in the browser, and cannot be ended."""
        del request, mark
        claims = new_claims(account.username, account.scope, self.lifetime_s, extra=self.settings.extra)
        value = self.encode(claims)
        if not self._cookie.fits(value):
            raise Forbidden("What has to be said of this account does not fit into a cookie.")
        self.credentials_issued += 1
        return Issued({"sub": account.username, "expires_in": self.lifetime_s}, self.logged_in(value))

    async def password_changed(self, request: Request, account: Account) -> Issued:
        """A new cookie for this browser. Nothing can end the old ones: the card says so."""
        return await self.issue(account, request, None)

    async def authenticate(self, request: Request) -> Identity:
        """The subject of a good cookie. No store is asked."""
        try:
            claims = self.decode(self.presented(request))
        except ValueError:
            raise Unauthenticated("The session is not valid.") from None
        if claims.exp <= time.time():
            raise Unauthenticated("The session is not valid.")
        return claims.identity()

    async def revoke(self, request: Request) -> Issued:
        """Remove the cookie from the browser that presents it, good or not."""
        self.presented(request)
        return Issued(headers=self.logged_out())

    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """A cookie each."""
        credentials = []
        for count, item in enumerate(claims):
            credentials.append(Credential(self.cookie_header(self.encode(item)), item))
            if count % 200 == 0:
                await asyncio.sleep(0)
        self.credentials_issued += len(credentials)
        return credentials
