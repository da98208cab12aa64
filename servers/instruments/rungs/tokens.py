"""Rungs of `jwt-hs256` and `jwt-rs256`: header, decoding, signature, claims. The same tokens on the wire.

Each is the real scheme with another codec. None of them has a store: on a read the real ones ask none either.
"""

from dataclasses import replace
from functools import partial
from typing import ClassVar

from servers.credentials.tokens.codec import PyJwtCodec
from servers.instruments.rungs.codecs import RecallingCodec, UncheckedCodec, UnverifiedCodec
from servers.keys.key_pairs import RS256
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.signers import ACCESS_TOKEN, KeyPair, SharedSecret, Signer, hs256


class TokenStage(ComposedScheme):
    """`jwt-hs256` that does a part of its work. Loopback only."""

    travels = "a signed token with every claim, about 350 characters"
    codec: ClassVar[type[PyJwtCodec]]
    authenticates: ClassVar[bool] = False

    def compose(self) -> Parts:
        """The real parts, but for the codec. Without refresh tokens: nothing a read would notice."""
        parts = signed_token(self.settings, self.signer(), renewed=False)
        return replace(parts, authenticates=self.authenticates, loopback_only=True)

    def signer(self) -> Signer:
        """The real one with this rung's codec."""
        return SharedSecret(ACCESS_TOKEN, partial(hs256, codec=self.codec))


class RsaStage(TokenStage):
    """`jwt-rs256` that does a part of its work."""

    travels = "a signed token with every claim, about 720 characters"

    def signer(self) -> Signer:
        """With a key pair of its own."""
        return KeyPair(RS256, self.settings.token_lifetime_s, self.codec)


class HeaderRead(TokenStage):
    """L1. Leaves out the token itself: it is recalled, not read."""

    name = "stage-l1-header"
    summary = "reading the header: finds the bearer token, looks into nothing"
    codec = RecallingCodec


class TokenDecoded(TokenStage):
    """L2. Leaves out signature and checks: believes whatever a token says."""

    name = "stage-l2-decode"
    summary = "decoding: base64 and JSON of header and claims, nothing verified"
    codec = UnverifiedCodec


class SignatureVerified(TokenStage):
    """L3. Leaves out the checks of claims: a token never expires and may be for anybody."""

    name = "stage-l3-hs256"
    summary = "verifying the signature with HMAC-SHA-256, claims unchecked"
    codec = UncheckedCodec


class ClaimsChecked(TokenStage):
    """L4. Leaves out nothing of a read: what `jwt-hs256` does, reached from below."""

    name = "stage-l4-claims"
    summary = "checking the claims: issuer, audience, times, type"
    codec = PyJwtCodec
    authenticates = True


class RsaSignatureVerified(RsaStage):
    """L3 with RSA. Leaves out the checks of claims. Its token is 369 characters longer than an HS256 one."""

    name = "stage-l3-rs256"
    summary = "verifying the signature with RSA, of a token 369 characters longer; claims unchecked"
    codec = UncheckedCodec


class RsaClaimsChecked(RsaStage):
    """L4 with RSA. Leaves out nothing of a read."""

    name = "stage-l4-rs256-claims"
    summary = "checking the claims: issuer, audience, times, type"
    codec = PyJwtCodec
    authenticates = True
