"""Metadata of the authorization server (RFC 8414) and its public keys (RFC 7517).

The issuer is a name and no address, so that tokens have the same one behind every scheme and port. A client
that looks for the metadata below the issuer's address must be given it by hand.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from servers.authorization_server.errors import json_answer
from servers.contract.claims import ISSUER
from servers.contract.scheme import Scheme
from servers.keys.keys import JWKS_MAX_AGE_S
from servers.schemes.parts.signers import KeyPair, Signer

_KEPT = {"cache-control": f"public, max-age={JWKS_MAX_AGE_S}"}
"""A new key signs only after all copies without it have expired."""


class Metadata:
    """The documents at /.well-known/oauth-authorization-server and /.well-known/jwks.json."""

    def __init__(self, scheme: Scheme, signer: Signer) -> None:
        self._scheme = scheme
        self._signer = signer

    async def server(self, _: Request) -> Response:
        origin = self._scheme.origin
        content: dict[str, Any] = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{origin}/oauth/authorize",
            "token_endpoint": f"{origin}/oauth/token",
            "revocation_endpoint": f"{origin}/oauth/revoke",
            "introspection_endpoint": f"{origin}/oauth/introspect",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
            "revocation_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
            "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["user", "admin"],
            "authorization_response_iss_parameter_supported": True,
        }
        if isinstance(self._signer, KeyPair):
            content["jwks_uri"] = f"{origin}/.well-known/jwks.json"
        return json_answer(content, headers=_KEPT)

    async def keys(self, _: Request) -> Response:
        # No keys where a secret signs.
        known = self._signer.jwks() if isinstance(self._signer, KeyPair) else {"keys": []}
        return json_answer(known, headers=_KEPT)
