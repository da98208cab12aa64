"""Self-contained tokens: a JWT access token (RFC 9068), HMAC-SHA-256, checked without a store."""

import asyncio
import hmac
from collections.abc import Sequence
from importlib.metadata import version

import jwt
from starlette.requests import Request

from authbench.card import Card, Operation
from servers.accounts import Account
from servers.contract import AUDIENCE, ISSUER, Claims, Credential, Identity, Issued, Scheme, new_claims
from servers.keys import signing_key
from servers.oauth.bearer import REALM, bearer_token, refuse_token
from servers.oauth.token_response import token_response
from servers.settings import ServerSettings

_ALGORITHM = "HS256"
_TYPE = "at+jwt"
_TYPES = {"at+jwt", "application/at+jwt"}
"""RFC 9068 section 2.1; compared in lower case, the prefix optional (RFC 7515 section 4.1.9)."""


class Hs256Tokens(Scheme):
    """A signed token in the Authorization header. Logout cannot end it: it is good until `exp`."""

    name = "jwt-hs256"

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._key = b""
        self._jwt = jwt.PyJWT(
            {
                "require": ["iss", "aud", "exp", "iat", "jti", "sub", "scope"],
                "strict_aud": True,
                "enforce_minimum_key_length": True,
            }
        )

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        return Card(
            name=self.name,
            summary="Self-contained token, verified with HMAC-SHA-256, no store.",
            authenticates=True,
            carrier="authorization",
            travels="a signed token with every claim, about 400 characters",
            store="none",
            store_commands={operation: {} for operation in Operation},
            logout_ends_credential=False,
            revocation_window_s=self.settings.token_lifetime_s,
            loopback_only=False,
        )

    @property
    def challenge(self) -> str:
        """RFC 6750 section 3."""
        return REALM

    @property
    def crypto(self) -> dict[str, str | int]:
        """What signs and verifies."""
        return {
            "algorithm": _ALGORITHM,
            "key_bits": len(self._key) * 8,
            "library": f"PyJWT {version('pyjwt')}",
            "backend": f"{hmac.__name__} (standard library)",
        }

    async def start(self) -> None:
        """Read the key, or draw one."""
        self._key = signing_key(self.settings.jwt_key_file)

    async def issue(self, account: Account, request: Request) -> Issued:
        """A new token in the shape of RFC 6749 section 5.1."""
        del request
        lifetime_s = self.settings.token_lifetime_s
        token = self._sign(new_claims(account.username, account.scope, lifetime_s))
        self.credentials_issued += 1
        return Issued(token_response(token, lifetime_s, account.scope))

    async def authenticate(self, request: Request) -> Identity:
        """The subject of a token signed by us, for us, complete, of the right type and not expired."""
        token = bearer_token(request)
        # RFC 7515 section 2: base64url without padding. PyJWT lets some of it pass, and then one token has
        # two spellings.
        if "=" in token:
            raise refuse_token()
        try:
            verified = self._jwt.decode_complete(
                token, self._key, algorithms=[_ALGORITHM], audience=AUDIENCE, issuer=ISSUER, leeway=0
            )
            claims = Claims.parse(verified["payload"])
        except (jwt.InvalidTokenError, ValueError):
            raise refuse_token() from None
        header = verified["header"]
        # No extension is understood here, so none may be critical (RFC 7515 section 4.1.11).
        if "crit" in header or str(header.get("typ")).lower() not in _TYPES:
            raise refuse_token()
        return claims.identity()

    async def revoke(self, request: Request) -> Issued:
        """Accept the logout of a valid token. The token stays valid until `exp`, as the card says."""
        await self.authenticate(request)
        return Issued()

    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """A token each."""
        credentials = []
        for count, item in enumerate(claims):
            credentials.append(Credential({"Authorization": f"Bearer {self._sign(item)}"}, item))
            if count % 200 == 0:
                await asyncio.sleep(0)
        self.credentials_issued += len(credentials)
        return credentials

    def _sign(self, claims: Claims) -> str:
        return self._jwt.encode(claims.as_dict(), self._key, _ALGORITHM, {"typ": _TYPE})
