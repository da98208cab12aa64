"""Turning claims into a signed token and back. RFC 7519, RFC 8725, RFC 9068."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Protocol

import jwt

from servers.contract.claims import AUDIENCE, ISSUER, Claims
from servers.credentials.tokens.strict_jwt import StrictJwt

TYPE = "at+jwt"
_TYPES = {"at+jwt", "application/at+jwt"}
"""RFC 9068 section 2.1; compared in lower case, the prefix optional (RFC 7515 section 4.1.9)."""

_HEADER_START = "ey"
"""`{` and a character between space and `/`, in base64url. Our own headers begin with `{"`, and no header in
UTF-16 or UTF-32 or behind a byte order mark begins so (RFC 7515 section 4: UTF-8 only)."""


class TokenCodec(Protocol):
    """Signs and verifies. One algorithm and one key for its whole life."""

    @property
    def crypto(self) -> dict[str, str | int]:
        """Algorithm, key_bits, library, backend."""

    def encode(self, claims: Claims) -> str:
        """The signed token."""

    def decode(self, token: str) -> Claims:
        """The claims of a token signed by us, for us, complete, of the right type and not expired.

        ValueError for any other. The caller has refused "=" already.
        """


class PyJwtCodec:
    """PyJWT with one algorithm. Keys are what PyJWT prepared once, not text it would parse every time."""

    def __init__(
        self,
        algorithm: str,
        signing: Any,
        verifying: Any,
        key_bits: int,
        backend: str,
        public_jwk: dict[str, Any] | None = None,
    ) -> None:
        """`public_jwk` is the verifying key as others may read it, its `kid` included; None for a secret."""
        self._algorithm = algorithm
        self.public_jwk = public_jwk or {}
        self.kid = str(self.public_jwk.get("kid", ""))
        self._header = {"typ": TYPE} | ({"kid": self.kid} if self.kid else {})
        self._signing = signing
        self._verifying = verifying
        self.crypto: dict[str, str | int] = {
            "algorithm": algorithm,
            "key_bits": key_bits,
            "library": f"PyJWT {version('pyjwt')}",
            "backend": backend,
        }
        self._jwt = StrictJwt(
            {
                "require": ["iss", "aud", "exp", "iat", "jti", "sub", "scope", "client_id"],
                "strict_aud": True,
                "enforce_minimum_key_length": True,
            }
        )
        self.header = self._jwt.encode({}, signing, algorithm, self._header).partition(".")[0]
        """The first part of every token made here, as it is spelled."""
        self._decode: Callable[..., dict[str, Any]] = self._jwt.decode_complete

    def encode(self, claims: Claims) -> str:
        return self._jwt.encode(claims.as_dict(), self._signing, self._algorithm, self._header)

    def decode(self, token: str) -> Claims:
        if not token.startswith(_HEADER_START):
            raise ValueError("another encoding than UTF-8")
        try:
            verified = self._decode(
                token,
                self._verifying,
                algorithms=[self._algorithm],
                audience=AUDIENCE,
                issuer=ISSUER,
                leeway=0,
            )
        except jwt.InvalidTokenError as error:
            raise ValueError("PyJWT refused it") from error
        payload, header = verified["payload"], verified["header"]
        claims = Claims.parse(payload)
        # PyJWT takes everything that int() takes.
        if type(payload.get("nbf", 0)) is not int:
            raise ValueError("nbf is of the wrong type")
        # No extension is understood here, so none may be critical (RFC 7515 section 4.1.11).
        if "crit" in header or str(header.get("typ")).lower() not in _TYPES:
            raise ValueError("another kind of token")
        return claims
