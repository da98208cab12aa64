"""Codecs that do less than `PyJwtCodec`: what a token costs, one stage at a time.

Signing is the real one, so the tokens on the wire are the real scheme's. Bearer header, refusals and
everything around the codec stay in the parts, which every rung and the real scheme share.
"""

from typing import Any

import jwt

from servers.contract.claims import Claims
from servers.credentials.tokens.codec import PyJwtCodec
from servers.credentials.tokens.strict_jwt import StrictJwt

_TAIL = 16
"""Characters of a signature that tell one token from another: 96 bits."""
_READER = StrictJwt()


class RecallingCodec(PyJwtCodec):
    """Looks into no token: recalls which claims it was made of. UNSAFE: only the end of it is compared.

    An answer is needed, because the endpoint says who is asking. The look-up costs a fraction of a
    microsecond, which is in this rung and not in the next.
    """

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self._made: dict[str, Claims] = {}

    def encode(self, claims: Claims) -> str:
        token = super().encode(claims)
        self._made[token[-_TAIL:]] = claims
        return token

    def decode(self, token: str) -> Claims:
        """The claims of a token with this end. ValueError for an end never given out."""
        try:
            return self._made[token[-_TAIL:]]
        except KeyError:
            raise ValueError("never made here") from None


class UnverifiedCodec(PyJwtCodec):
    """Decodes base64 and JSON and believes what it reads. UNSAFE: anybody can write that.

    PyJWT's own switch leaves the signature out, with every check of a claim. Naming the switch makes PyJWT
    merge its options once more than the real call does: below a microsecond, in this rung.
    """

    def decode(self, token: str) -> Claims:
        """Whatever claims the token has. ValueError if it is not a token or has not all of them."""
        try:
            decoded = _READER.decode_complete(token, options={"verify_signature": False})
        except jwt.InvalidTokenError as error:
            raise ValueError("PyJWT cannot decode it") from error
        return Claims.parse(decoded["payload"])


class UncheckedCodec(PyJwtCodec):
    """Verifies the signature and asks nothing of the claims. UNSAFE: tokens never expire."""

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        claims = ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")
        options: Any = {f"verify_{claim}": False for claim in claims} | {"enforce_minimum_key_length": True}
        self._decode = StrictJwt(options).decode_complete

    def decode(self, token: str) -> Claims:
        """The claims of a token signed by us, however old and for whom. ValueError for any other."""
        try:
            verified = self._decode(token, self._verifying, algorithms=[self._algorithm])
        except jwt.InvalidTokenError as error:
            raise ValueError("PyJWT refused it") from error
        return Claims.parse(verified["payload"])
