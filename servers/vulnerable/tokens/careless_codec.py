"""A codec that looks at less than it should: what each vulnerable server leaves out is named."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt

from servers.contract.claims import AUDIENCE, ISSUER, Claims
from servers.credentials.tokens.codec import PyJwtCodec, TokenCodec
from servers.schemes.parts.signers import hs256


@dataclass(frozen=True)
class Careless:
    """What is left out."""

    leeway_s: int = 0
    any_type: bool = False
    any_audience: bool = False


def careless_hs256(careless: Careless) -> Callable[[tuple[bytes, ...]], TokenCodec]:
    """Makes the codec of an HS256 scheme."""

    def codec(keys: tuple[bytes, ...]) -> TokenCodec:
        made = hs256(keys)
        assert isinstance(made, PyJwtCodec)  # noqa: S101 - of one key
        return _CarelessCodec(made, keys[0], careless)

    return codec


class _CarelessCodec:
    """Signs as the right codec does, and verifies the signature; the rest as `careless` says."""

    def __init__(self, right: PyJwtCodec, key: bytes, careless: Careless) -> None:
        self._right = right
        self._key = key
        self._careless = careless
        self.crypto = right.crypto
        self.encode = right.encode

    def decode(self, token: str) -> Claims:
        careless = self._careless
        audience: dict[str, Any] = {} if careless.any_audience else {"audience": AUDIENCE, "issuer": ISSUER}
        try:
            verified = jwt.decode_complete(
                token,
                self._key,
                algorithms=["HS256"],
                leeway=careless.leeway_s,
                options={"verify_aud": not careless.any_audience, "verify_iss": not careless.any_audience},
                **audience,
            )
        except jwt.InvalidTokenError as error:
            raise ValueError("PyJWT refused it") from error
        if not careless.any_type and str(verified["header"].get("typ")).lower() != "at+jwt":
            raise ValueError("another kind of token")
        return Claims.parse({"iss": ISSUER, "aud": AUDIENCE, **verified["payload"]})
