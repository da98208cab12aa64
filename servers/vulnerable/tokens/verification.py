"""Tokens that are believed although nobody has checked them as one must."""

import base64
import hashlib
import hmac
import json
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.requests import Request

from servers.contract.claims import Claims, Identity
from servers.contract.scheme import Issued, Mark
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.bearer import bearer_token
from servers.credentials.tokens.refresh_tokens import RefreshToken
from servers.keys.key_pairs import RS256
from servers.schemes.jwt_es256 import Es256Tokens
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.jwt_rs256 import Rs256Tokens
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.signers import ACCESS_TOKEN, SharedSecret
from servers.vulnerable.tokens.careless_codec import Careless, careless_hs256
from servers.vulnerable.vulnerable import Vulnerable


def _decoded(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _has_mac(token: str, key: bytes) -> bool:
    text, _, signature = token.rpartition(".")
    mac = base64.urlsafe_b64encode(hmac.digest(key, text.encode(), "sha256")).rstrip(b"=").decode()
    return mac == signature


class _OneWayRound(Vulnerable, ComposedScheme):
    """Lets a token in that fits in one wrong way; all others are verified as they should be."""

    def lets_in(self, token: str, header: dict[str, Any]) -> bool:
        """Whether the token, which says this of itself, gets around the verification."""
        raise NotImplementedError

    async def authenticate(self, request: Request) -> Identity:
        token = bearer_token(request)
        try:
            header, claims = map(_decoded, token.split(".")[:2])
            if isinstance(header, dict) and self.lets_in(token, header):
                return Claims.parse(claims).identity()
        except (ValueError, RecursionError):
            pass  # no token at all, as the verification will say
        return await super().authenticate(request)


class VulnerableNone(_OneWayRound, Hs256Tokens):
    """Verifies by the algorithm that the token names, and none is one."""

    name = "vulnerable-none"
    falls_to = ("G1",)

    def lets_in(self, token: str, header: dict[str, Any]) -> bool:
        return str(header.get("alg")).lower() == "none"


class VulnerableKeyConfusion(_OneWayRound, Rs256Tokens):
    """Has one verifying function for all algorithms, and one key for it, in PEM: whoever has the public key,
    as any verifying node, makes tokens with it (I2).
    """

    name = "vulnerable-key-confusion"
    falls_to = ("G2", "I2")

    def lets_in(self, token: str, header: dict[str, Any]) -> bool:
        public = self.keys.pairs(RS256)[0].key.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return header.get("alg") == "HS256" and _has_mac(token, pem)


class VulnerableUnverified(_OneWayRound, Hs256Tokens):
    """Decodes, and never verifies: every forgery is believed, whatever is wrong with it."""

    name = "vulnerable-unverified"
    falls_to = ("F1", "F2", "F3", "G1", "G3", "G4", "G5", "G6", "G7", "G8", "G9")

    def lets_in(self, token: str, header: dict[str, Any]) -> bool:
        return bool(header)


class VulnerableSecret(_OneWayRound, Hs256Tokens):
    """Still accepts what the secret of the tutorial signed."""

    name = "vulnerable-secret"
    falls_to = ("G4",)

    def lets_in(self, token: str, header: dict[str, Any]) -> bool:
        return _has_mac(token, b"secret")


class VulnerableKeyId(_OneWayRound, Hs256Tokens):
    """Reads the key from the file that the token names."""

    name = "vulnerable-key-id"
    falls_to = ("G5",)

    def lets_in(self, token: str, header: dict[str, Any]) -> bool:
        if "kid" not in header:
            return False
        try:
            with open(f"/etc/{header['kid']}", "rb") as file:
                return _has_mac(token, file.read(64))
        except OSError:
            return False


class VulnerableType(Vulnerable, Hs256Tokens):
    """Takes any token of the issuer's, whatever it was signed for."""

    name = "vulnerable-type"
    falls_to = ("G6",)

    def compose(self) -> Parts:
        secret = SharedSecret(ACCESS_TOKEN, careless_hs256(Careless(any_type=True)))
        return signed_token(self.settings, secret)


class VulnerableAudience(Vulnerable, Hs256Tokens):
    """Asks neither whom a token is for nor who issued it."""

    name = "vulnerable-audience"
    falls_to = ("G7",)

    def compose(self) -> Parts:
        secret = SharedSecret(ACCESS_TOKEN, careless_hs256(Careless(any_audience=True)))
        return signed_token(self.settings, secret)


class VulnerablePsychic(_OneWayRound, Es256Tokens):
    """Verifies ECDSA without a look at the range of its numbers: (0, 0) fits everything."""

    name = "vulnerable-psychic"
    falls_to = ("G8",)

    def lets_in(self, token: str, header: dict[str, Any]) -> bool:
        return token.rpartition(".")[2] == "A" * 86


class VulnerableParser(Vulnerable, Hs256Tokens):
    """Reads a token before it verifies it: a header that is no object, or deep, or has an algorithm that is
    no text, is not expected.
    """

    name = "vulnerable-parser"
    falls_to = ("G9",)

    async def authenticate(self, request: Request) -> Identity:
        try:
            header = _decoded(bearer_token(request).partition(".")[0])
        except ValueError:
            header = {"alg": ""}
        header["alg"].upper()
        return await super().authenticate(request)


class VulnerableRefreshAsAccess(Vulnerable, Hs256Tokens):
    """Knows all its tokens by one table, and does not ask which is for what."""

    name = "vulnerable-refresh-as-access"
    falls_to = ("G10",)

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._refreshes: dict[str, Identity] = {}

    async def answer(self, claims: Claims, mark: Mark = None, refresh: RefreshToken | None = None) -> Issued:
        self._refreshes[str(refresh)] = claims.identity()
        return await super().answer(claims, mark, refresh)

    async def authenticate(self, request: Request) -> Identity:
        known = self._refreshes.get(bearer_token(request))
        return known or await super().authenticate(request)


class VulnerableRawDenylist(Vulnerable, Es256Tokens):
    """Denies a token by the hash of its text, and ES256 has two texts for each token."""

    name = "vulnerable-raw-denylist"
    falls_to = ("E8",)

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._denied: set[bytes] = set()

    async def revoke(self, request: Request) -> Issued:
        self._denied.add(hashlib.sha256(bearer_token(request).encode()).digest())
        return await super().revoke(request)

    async def authenticate(self, request: Request) -> Identity:
        if hashlib.sha256(bearer_token(request).encode()).digest() in self._denied:
            raise self.carrier.refusal()
        return await super().authenticate(request)
