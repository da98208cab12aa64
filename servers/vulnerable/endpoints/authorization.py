"""Authorization servers that leave out one check each: the controls of judges of `serve --oauth`."""

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from servers.contract.claims import Claims
from servers.credentials.tokens.codec import PyJwtCodec
from servers.keys.key_pairs import RS256
from servers.schemes.jwt_rs256 import Rs256Tokens
from servers.schemes.parts.composed import Parts
from servers.schemes.parts.recipes import signed_token
from servers.schemes.parts.signers import KeyPair
from servers.vulnerable.vulnerable import Vulnerable

_VERIFIER = "A" * 43
_CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(_VERIFIER.encode()).digest()).rstrip(b"=").decode()

_REGISTERED = "http://127.0.0.1:9999/callback"
"""Of the client that comes with demo accounts (servers/authorization_server/clients.py)."""

_Fields = dict[str, str]
_Next = Callable[[Scope, Receive, Send], Awaitable[None]]


class _OAuthLayer:
    """An ASGI layer in front of the OAuth endpoints. Subclasses change a form or a query, or what follows."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/oauth/"):
            await self.app(scope, receive, send)
            return
        if scope["method"] != "POST":
            asked = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            self.change(scope["path"], asked)
            await self.app({**scope, "query_string": urlencode(asked).encode()}, receive, send)
            return
        fields = dict(parse_qsl((await _whole(receive)).decode("utf-8", "replace"), keep_blank_values=True))
        self.change(scope["path"], fields)
        body = urlencode(fields).encode()
        kept = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
        changed = {**scope, "headers": [*kept, (b"content-length", str(len(body)).encode())]}
        await self.follow(fields, changed, _once(body), send)

    def change(self, path: str, fields: _Fields) -> None:
        """Change the fields of a form, or of a query, in place."""

    async def follow(self, fields: _Fields, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer it, as the application does unless this is overridden."""
        del fields
        await self.app(scope, receive, send)


async def _whole(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _once(body: bytes) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive


class _AnyVerifier(_OAuthLayer):
    """Every code is bound to one known verifier, asked for or not, and every exchange proves it."""

    def change(self, path: str, fields: _Fields) -> None:
        if path == "/oauth/authorize":
            fields |= {"code_challenge": _CHALLENGE, "code_challenge_method": "S256"}
        if fields.get("grant_type") == "authorization_code":
            fields["code_verifier"] = _VERIFIER


class _AnyRedirect(_OAuthLayer):
    """Whatever address a request names, the application sees one that is registered."""

    def change(self, path: str, fields: _Fields) -> None:
        if path == "/oauth/authorize" and "redirect_uri" in fields:
            fields["redirect_uri"] = _REGISTERED


class _Replayed(_OAuthLayer):
    """The answer to a code is kept, and given to whoever brings the code again."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self._answers: dict[str, list[Message]] = {}

    async def follow(self, fields: _Fields, scope: Scope, receive: Receive, send: Send) -> None:
        code = fields.get("code")
        if code is None or scope["path"] != "/oauth/token":
            await self.app(scope, receive, send)
        elif code in self._answers:
            for message in self._answers[code]:
                await send(message)
        else:
            sent: list[Message] = []

            async def remember(message: Message) -> None:
                sent.append(message)
                await send(message)

            await self.app(scope, receive, remember)
            if sent and sent[0].get("status") == 200:
                self._answers[code] = sent


class _Anonymous(_OAuthLayer):
    """The way back to the client names no issuer."""

    async def follow(self, fields: _Fields, scope: Scope, receive: Receive, send: Send) -> None:
        async def without(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    (name, value.partition(b"&iss=")[0] if name.lower() == b"location" else value)
                    for name, value in message["headers"]
                ]
            await send(message)

        await self.app(scope, receive, without)


class _KindUntold(_OAuthLayer):
    """Answers of the token endpoint lose `token_type`."""

    async def follow(self, fields: _Fields, scope: Scope, receive: Receive, send: Send) -> None:
        async def without(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [each for each in message["headers"] if each[0] != b"content-length"]
            elif b'"token_type"' in message.get("body", b""):
                body = json.loads(message["body"])
                del body["token_type"]
                message["body"] = json.dumps(body).encode()
            await send(message)

        await self.app(scope, receive, without)


class VulnerablePkce(Vulnerable, Rs256Tokens):
    """Never compares the verifier with the challenge. Falls to oauth4webapi, topic PKCE."""

    name = "vulnerable-pkce"
    layer = _AnyVerifier


class VulnerableRedirect(Vulnerable, Rs256Tokens):
    """Shows its form for any address to go back to. Falls to oauth4webapi, topic address of the client."""

    name = "vulnerable-redirect"
    layer = _AnyRedirect


class VulnerableCodes(Vulnerable, Rs256Tokens):
    """Takes a code again and again. Falls to oauth4webapi, topic code used twice."""

    name = "vulnerable-codes"
    layer = _Replayed


class VulnerableIssuer(Vulnerable, Rs256Tokens):
    """Leaves its name out where RFC 9207 asks for it. Falls to oauth4webapi, topic way back."""

    name = "vulnerable-issuer"
    layer = _Anonymous


class VulnerableAnswers(Vulnerable, Rs256Tokens):
    """Does not say what kind of token it gives (RFC 6749 5.1). Falls to oauth4webapi, topic answers."""

    name = "vulnerable-answers"
    layer = _KindUntold


class _Untyped(PyJwtCodec):
    def encode(self, claims: Claims) -> str:
        header: dict[str, Any] = {"typ": "JWT", "kid": self.kid}
        return self._jwt.encode(claims.as_dict(), self._signing, self._algorithm, header)


class VulnerableUntyped(Vulnerable, Rs256Tokens):
    """Issues access tokens that look like any other JWT. Falls to oauth4webapi, topic access token."""

    name = "vulnerable-untyped"

    def compose(self) -> Parts:
        return signed_token(self.settings, KeyPair(RS256, self.settings.token_lifetime_s, _Untyped))
