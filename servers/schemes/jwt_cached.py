"""Tokens whose verification is remembered: the signature is checked once by each process."""

import hashlib
import time
from collections import OrderedDict
from contextlib import suppress

from starlette.requests import Request

from authbench.contracts.card import Card, Operation
from servers.contract.claims import Claims
from servers.contract.errors import Unauthenticated
from servers.contract.scheme import Issued
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.bearer import bearer_token
from servers.schemes.jwt_rs256 import Rs256Tokens


class CachedTokens(Rs256Tokens):
    """`jwt-rs256`: verifying costs more than a hash, and remembering pays. With HS256 it would save a MAC.

    Kept under the SHA-256 of its text, so that nobody who reads this memory can present it. A token that has
    another spelling is another entry, and verified itself. Bounded: the token used least recently is
    forgotten first. Forgotten is also whatever this process is told to end: a remembered token must never
    be worth more than one that is verified now.
    """

    name = "jwt-cached"
    summary = "jwt-rs256 whose verification each process remembers until the token expires."
    used_by = "API gateways and service meshes; Envoy's jwt_authn with its cache."
    reason = (
        "The price of a signature is paid once for each token and process. Memory for each live token, and "
        "no help against theft: it lives as long as any other token."
    )

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._known: OrderedDict[bytes, Claims] = OrderedDict()

    @property
    def card(self) -> Card:
        """The real scheme's, and a hash for each look-up. Repeated, the look-up is all there is."""
        card = super().card
        verifies = f"{self.algorithm} verify"
        crypto = {
            operation: {**named, "SHA-256": _LOOK_UPS.get(operation, 1)} if verifies in named else named
            for operation, named in card.crypto_operations.items()
        }
        return card.model_copy(update={"crypto_operations": crypto})

    def verified(self, request: Request) -> Claims:
        """The claims of a token that is good now, remembered or not."""
        digest = _digest(request)
        claims = self._known.get(digest)
        if claims is not None and claims.exp > time.time():
            self._known.move_to_end(digest)
            return claims
        self._known.pop(digest, None)
        claims = super().verified(request)
        self._known[digest] = claims
        if len(self._known) > self.settings.verified_tokens:
            self._known.popitem(last=False)
        return claims

    async def revoke(self, request: Request) -> Issued:
        """Forget the access token presented, if one is."""
        issued = await super().revoke(request)
        # A refresh token in the body is enough to log out.
        with suppress(Unauthenticated):
            self._known.pop(_digest(request), None)
        return issued

    async def end_all(self, username: str) -> None:
        """Forget all the user's tokens."""
        self._forget(username)
        await super().end_all(username)

    async def role_changed(self, username: str, scope: str) -> None:
        """Forget the user's tokens, which have the old scope."""
        self._forget(username)
        await super().role_changed(username, scope)

    def prepare(self) -> None:
        """Forget everything: the keys may be others, and that of a token must be good now."""
        super().prepare()
        self._known.clear()

    def _forget(self, sub: str) -> None:
        # Looks at every entry, two milliseconds for 20,000: these are rare, and an index by user
        # would cost every read.
        for digest in [digest for digest, claims in self._known.items() if claims.sub == sub]:
            del self._known[digest]


_LOOK_UPS = {Operation.LOGOUT: 2}
"""Looked up once to be verified, and once to be forgotten."""


def _digest(request: Request) -> bytes:
    return hashlib.sha256(bearer_token(request).encode()).digest()
