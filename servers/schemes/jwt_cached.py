"""Tokens whose verification is remembered: the signature is checked once by each process."""

import hashlib
import time
from collections import OrderedDict

from starlette.requests import Request

from authbench.card import Card, Operation
from servers.claims import Claims
from servers.oauth.bearer import bearer_token
from servers.schemes.jwt_rs256 import Rs256Tokens
from servers.settings import ServerSettings


class CachedTokens(Rs256Tokens):
    """`jwt-rs256`, where remembering pays most. Bounded: the token used least recently is forgotten first.

    Kept under the SHA-256 of its text, so that nobody who reads this memory can present it. A token that has
    another spelling is another entry, and verified itself. Nothing revokes these tokens before `exp`, so an
    entry can only outlive its token or its key, and does neither.
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
        """The real scheme's; what is repeated costs a hash instead of a signature."""
        card = super().card
        crypto = {
            operation: {**named, "SHA-256": 1} if operation in _READS else named
            for operation, named in card.crypto_operations.items()
        }
        return card.model_copy(update={"crypto_operations": crypto})

    def verified(self, request: Request) -> Claims:
        """The claims of a token that is good now, remembered or not."""
        digest = hashlib.sha256(bearer_token(request).encode()).digest()
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

    def rotate_keys(self) -> None:
        """Forget everything: a key that is gone must not live on here."""
        super().rotate_keys()
        self._known.clear()


_READS = {Operation.READ, Operation.LIST_ORDERS, Operation.ADD_ORDER, Operation.ADMIN_REPORT}
