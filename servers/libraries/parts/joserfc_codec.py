"""joserfc, as its documentation shows it: decode with the one algorithm, then validate the claims."""

from importlib.metadata import version

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from servers.contract.claims import AUDIENCE, ISSUER, Claims

_ALGORITHM = "HS256"
_TYPE = "at+jwt"


class JoserfcCodec:
    """A `TokenCodec` with HMAC and SHA-256 under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(key)
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
        )
        self.crypto: dict[str, str | int] = {
            "algorithm": _ALGORITHM,
            "key_bits": len(key) * 8,
            "library": f"joserfc {version('joserfc')}",
            "backend": "hmac (standard library)",
        }

    def encode(self, claims: Claims) -> str:
        return jwt.encode({"alg": _ALGORITHM, "typ": _TYPE}, claims.as_dict(), self._key, [_ALGORITHM])

    def decode(self, token: str) -> Claims:
        try:
            found = jwt.decode(token, self._key, [_ALGORITHM])
            self._claims.validate(found.claims)
        except JoseError as error:
            raise ValueError("joserfc refused it") from error
        if found.header.get("typ") != _TYPE:
            raise ValueError("another kind of token")
        return Claims.parse(found.claims)
