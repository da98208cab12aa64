"""Authlib's access tokens of RFC 9068: its generator makes them, its validator checks them."""

from importlib.metadata import version
from typing import Any

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc9068 import JWTBearerTokenGenerator, JWTBearerTokenValidator
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from joserfc.jwk import RSAKey

from servers.contract.claims import AUDIENCE, ISSUER, Claims
from servers.keys.key_pairs import BACKEND, key_bits

_ALGORITHM = "RS256"
"""The generator's own choice unless told otherwise."""


class _Asked:
    """Who asks for a token, in the two parts that the generator reads: an OAuth client and its user."""

    def __init__(self, claims: Claims) -> None:
        self.claims = claims

    def get_client_id(self) -> str:
        return self.claims.client_id

    def get_user_id(self) -> str:
        return self.claims.sub


class _Generator(JWTBearerTokenGenerator):
    def __init__(self, key: RSAKey) -> None:
        super().__init__(issuer=ISSUER, alg=_ALGORITHM)
        self._key = key

    def get_jwks(self) -> RSAKey:
        return self._key

    def get_audiences(self, client: _Asked, user: _Asked, scope: str) -> str:
        return AUDIENCE

    def get_jti(self, client: _Asked, grant_type: str, user: _Asked, scope: str) -> str:
        return user.claims.jti

    def get_extra_claims(self, client: _Asked, grant_type: str, user: _Asked, scope: str) -> dict[str, Any]:
        """All of them, so that times and what else a credential carries are as asked for."""
        return user.claims.as_dict()


class _Validator(JWTBearerTokenValidator):
    def __init__(self, key: RSAKey) -> None:
        super().__init__(issuer=ISSUER, resource_server=AUDIENCE)
        self._key = key

    def get_jwks(self) -> RSAKey:
        """The key itself: a set of JSON would be parsed with every token."""
        return self._key


class AuthlibCodec:
    """A `TokenCodec` of one key."""

    def __init__(self, key: RSAPrivateKey) -> None:
        own = RSAKey.import_key(key)
        self._generator = _Generator(own)
        self._validator = _Validator(own)
        self.crypto: dict[str, str | int] = {
            "algorithm": _ALGORITHM,
            "key_bits": key_bits(key),
            "library": f"Authlib {version('authlib')}, joserfc {version('joserfc')}",
            "backend": BACKEND,
        }

    def encode(self, claims: Claims) -> str:
        asked = _Asked(claims)
        token: str = self._generator.access_token_generator(asked, "password", asked, claims.scope)
        return token

    def decode(self, token: str) -> Claims:
        try:
            found = self._validator.authenticate_token(token)
            self._validator.validate_token(found, [], None)
        except OAuth2Error as error:
            raise ValueError("Authlib refused it") from error
        return Claims.parse(found)
