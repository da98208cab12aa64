"""Rungs of `jwt-hs256` and `jwt-rs256`: header, decoding, signature, claims. The same tokens on the wire.

Each is the real scheme with another codec. None of them has a store: on a read the real ones ask none either.
"""

from typing import ClassVar

from authbench.contracts.card import Card
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.codec import PyJwtCodec
from servers.instruments.rungs.codecs import RecallingCodec, UncheckedCodec, UnverifiedCodec
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.jwt_rs256 import Rs256Tokens
from servers.schemes.parts.token_scheme import TokenScheme


class TokenStage(TokenScheme):
    """A token scheme that does a part of its work. Loopback only."""

    authenticates: ClassVar[bool] = False

    def __init__(self, settings: ServerSettings) -> None:
        # Without a store there are no refresh tokens: nothing a read would notice.
        super().__init__(settings.model_copy(update={"redis_url": None}))

    @property
    def card(self) -> Card:
        """The real scheme's without a store, and what this rung is worth."""
        return super().card.model_copy(update={"authenticates": self.authenticates, "loopback_only": True})


class HeaderRead(TokenStage, Hs256Tokens):
    """L1. Leaves out the token itself: it is recalled, not read."""

    name = "stage-l1-header"
    summary = "reading the header: finds the bearer token, looks into nothing"
    codec = RecallingCodec


class TokenDecoded(TokenStage, Hs256Tokens):
    """L2. Leaves out signature and checks: believes whatever a token says."""

    name = "stage-l2-decode"
    summary = "decoding: base64 and JSON of header and claims, nothing verified"
    codec = UnverifiedCodec


class SignatureVerified(TokenStage, Hs256Tokens):
    """L3. Leaves out the checks of claims: a token never expires and may be for anybody."""

    name = "stage-l3-hs256"
    summary = "verifying the signature with HMAC-SHA-256, claims unchecked"
    codec = UncheckedCodec


class ClaimsChecked(TokenStage, Hs256Tokens):
    """L4. Leaves out nothing of a read: what `jwt-hs256` does, reached from below."""

    name = "stage-l4-claims"
    summary = "checking the claims: issuer, audience, times, type"
    codec = PyJwtCodec
    authenticates = True


class RsaSignatureVerified(TokenStage, Rs256Tokens):
    """L3 with RSA. Leaves out the checks of claims. Its token is 369 characters longer than an HS256 one."""

    name = "stage-l3-rs256"
    summary = "verifying the signature with RSA, of a token 369 characters longer; claims unchecked"
    codec = UncheckedCodec


class RsaClaimsChecked(TokenStage, Rs256Tokens):
    """L4 with RSA. Leaves out nothing of a read."""

    name = "stage-l4-rs256-claims"
    summary = "checking the claims: issuer, audience, times, type"
    codec = PyJwtCodec
    authenticates = True
