"""DPoP without one of its checks each."""

import base64
import hashlib
import json
from typing import ClassVar

import jwt
from starlette.requests import Request

from servers.contract.claims import Claims
from servers.contract.errors import Unauthenticated
from servers.credentials.tokens.bearer import bearer_token
from servers.credentials.tokens.dpop import Proof
from servers.parsing.header_fields import field_values
from servers.schemes.jwt_dpop import BoundToken, DpopCarrier, DpopTokens
from servers.schemes.parts.composed import Parts
from servers.schemes.parts.signers import SharedSecret, hs256
from servers.vulnerable.vulnerable import Vulnerable


class _Changed(DpopTokens):
    """`jwt-dpop` with other checks."""

    checked: ClassVar[type[BoundToken]] = BoundToken
    proven: ClassVar[type[DpopCarrier]] = DpopCarrier

    def compose(self) -> Parts:
        settings = self.settings
        secret = SharedSecret("bound access token", hs256)
        return Parts(credential=self.checked(settings, self.proven(self), secret, settings.token_lifetime_s))


class _ProofIfAny(BoundToken):
    """Asks for a proof only where there is one."""

    async def read(self, request: Request) -> Claims:
        if field_values(request, b"dpop"):
            return await super().read(request)
        return self.decoded(self.carrier.present(request))

    use = read


class VulnerableProofNotNeeded(Vulnerable, _Changed):
    """Checks a proof that is there, and misses none that is not."""

    name = "vulnerable-proof-not-needed"
    falls_to = ("L1",)
    checked = _ProofIfAny


class _AnyRequest(DpopCarrier):
    """Verifies the signature of a proof, and not what it was made for."""

    def proof(self, request: Request, token: str | None = None) -> Proof:
        try:
            text = field_values(request, b"dpop")[0].decode("ascii")
            jwk = jwt.get_unverified_header(text)["jwk"]
            claims = jwt.decode(text, jwt.PyJWK(jwk, "ES256"), ["ES256"], {"verify_iat": False})
        except (IndexError, KeyError, ValueError, jwt.PyJWTError):
            raise Unauthenticated("The DPoP proof is not valid.") from None
        canonical = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
        digest = hashlib.sha256(canonical.encode()).digest()
        return Proof(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), claims["jti"])


class VulnerableProofForAnything(Vulnerable, _Changed):
    """Takes a proof of the right key for whatever request."""

    name = "vulnerable-proof-for-anything"
    falls_to = ("L3",)
    proven = _AnyRequest


class _AlsoBearer(DpopCarrier):
    def present(self, request: Request) -> str:
        try:
            return DpopCarrier.present(request)
        except Unauthenticated as refusal:
            try:
                return bearer_token(request)
            except Unauthenticated:
                raise refusal from None


class _BearerWithoutProof(BoundToken):
    async def read(self, request: Request) -> Claims:
        if any(value.lower().startswith(b"bearer") for value in field_values(request, b"authorization")):
            return self.decoded(self.carrier.present(request))
        return await super().read(request)

    use = read


class VulnerableBearerToo(Vulnerable, _Changed):
    """Takes a bound token as a bearer token as well."""

    name = "vulnerable-bearer-too"
    falls_to = ("L4",)
    checked = _BearerWithoutProof
    proven = _AlsoBearer
