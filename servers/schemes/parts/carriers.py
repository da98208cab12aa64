"""How a credential travels: in a cookie, or in the Authorization header."""

from collections.abc import Callable
from typing import Any, Literal

from starlette.requests import Request

from authbench.contracts.card import ClientDuty, Operation
from authbench.contracts.failure import Failure
from servers.contract.claims import Claims, new_claims
from servers.contract.errors import Forbidden, NotOffered, Unauthenticated
from servers.contract.scheme import Issued
from servers.contract.settings import ServerSettings
from servers.credentials.cookies.cookies import MAX_BYTES, Cookie
from servers.credentials.cookies.csrf import NO_SESSION, new_token, require_own_origin, require_token
from servers.credentials.tokens.bearer import REALM, bearer_token, insufficient_scope, refuse_token
from servers.credentials.tokens.refresh_tokens import RefreshToken
from servers.keys.keys import Keys
from servers.keys.signed_values import SignedValues
from servers.schemes.parts.cards import ALWAYS, Declared, alike
from servers.schemes.parts.part import Part

_LONGEST_NAME = "x" * 64
_WIDEST_SCOPE = "user admin"


class Carrier(Part):
    """Finds the text of a credential in a request, and puts it into an answer. Here: a header's carrier."""

    kind: Literal["cookie", "authorization"] = "authorization"
    duty = ClientDuty.NONE
    challenge: str
    """The WWW-Authenticate value of a 401."""
    security: dict[str, str]
    """The OpenAPI security scheme."""
    set_by_answers = False
    """Whether an answer sets, replaces and removes what the client keeps."""

    def present(self, request: Request) -> str:
        """The one credential of the request. `Unauthenticated` without one, or with more."""
        raise NotImplementedError

    def to_end(self, request: Request) -> list[str]:
        """What a logout asks to end: the credential presented."""
        return [self.present(request)]

    def replaced(self, request: Request) -> list[str]:
        """What the answer to this login replaces at the client."""
        return []

    def refusal(self) -> Unauthenticated:
        """The answer to a credential that is not good. Why it is not stays here."""
        return refuse_token()

    def needed(self) -> Unauthenticated:
        """The answer to a logout that presents nothing which could be a credential."""
        return self.refusal()

    def ended(self) -> Unauthenticated:
        """The answer to a login during which all logins of the user were ended."""
        return Unauthenticated("All logins were ended during this one: log in again.")

    def attach(self, text: str, claims: Claims, refresh: RefreshToken | None = None) -> Issued:
        """The answer that gives the client this credential."""
        raise NotImplementedError

    def removal(self) -> tuple[tuple[str, str], ...]:
        """Headers that remove the credential from the client, where an answer can."""
        return ()

    def sent(self, text: str, claims: Claims) -> dict[str, str]:
        """The headers that a client with this credential sends."""
        raise NotImplementedError

    def fits(self, text: str) -> bool:
        """Whether a client keeps a credential of this size."""
        return True

    def refuse_large_settings(self, encode: Callable[[Claims], str]) -> None:
        """Failure if what the settings put into every credential leaves no room for a user."""

    def check_state_change(self, request: Request) -> None:
        """Raise `Forbidden` if the request may not change state: where a browser attaches the credential."""

    def csrf_token(self, request: Request) -> Issued:
        """A CSRF token for whoever sent the request, where a state change needs one."""
        raise NotOffered

    def scope_challenge(self, scope: str | None) -> str | None:
        """The WWW-Authenticate value of a 403 where it lacks `scope`, for carriers that have one."""
        return None


class BearerCarrier(Carrier):
    """A bearer token in the Authorization header (RFC 6750). `token_format` is one that clients may know."""

    challenge = REALM
    token_type = "Bearer"  # noqa: S105 - a name
    """What stands before the token in the Authorization header (RFC 6749 section 7.1)."""
    present = staticmethod(bearer_token)

    def __init__(self, token_format: str | None = None) -> None:
        self.security = {"type": "http", "scheme": self.token_type.lower()}
        if token_format is not None:
            self.security["bearerFormat"] = token_format

    def scope_challenge(self, scope: str | None) -> str:
        """RFC 6750 section 3.1."""
        return insufficient_scope(self.challenge, scope)

    def attach(self, text: str, claims: Claims, refresh: RefreshToken | None = None) -> Issued:
        """With the members of RFC 6749 section 5.1; `expires_in` in seconds."""
        lifetime_s = claims.exp - claims.iat
        body: dict[str, Any] = {"access_token": text, "token_type": self.token_type, "expires_in": lifetime_s}
        body["scope"] = claims.scope
        if refresh is not None:
            body["refresh_token"] = str(refresh)
        return Issued(body)

    def sent(self, text: str, claims: Claims) -> dict[str, str]:
        return {"Authorization": f"{self.token_type} {text}"}


class CookieCarrier(Carrier):
    """A cookie, which browsers attach by themselves: so a state change must prove where it comes from."""

    kind = "cookie"
    duty = ClientDuty.CSRF_TOKEN
    challenge = 'Cookie realm="authbench"'
    """No registered scheme names a cookie; this is the name of draft-broyer-http-cookie-auth."""
    set_by_answers = True
    declared = Declared(
        commands=alike(ALWAYS, {}),
        # CSRF tokens checked or made: an HMAC each. A login checks one, and makes that of the new session.
        crypto={
            Operation.LOGIN: {"HMAC-SHA-256": 2},
            Operation.LOGOUT: {"HMAC-SHA-256": 1},
            Operation.ADD_ORDER: {"HMAC-SHA-256": 1},
            Operation.LOGOUT_EVERYWHERE: {"HMAC-SHA-256": 1},
        },
    )

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        # Without TLS the server is on loopback only.
        self._cookie = Cookie("sid", settings.https)
        self._csrf_cookie = Cookie("csrf", settings.https, readable=True)
        self.security = {"type": "apiKey", "in": "cookie", "name": self._cookie.name}

    def prepare(self, keys: Keys) -> None:
        """Take the key of CSRF tokens: each process must know those of the others."""
        self._csrf = SignedValues(*keys.derived("csrf"))

    def present(self, request: Request) -> str:
        values = self._cookie.values(request)
        if not values:
            raise self.needed()
        if len(values) > 1:
            raise Unauthenticated("More than one session cookie.")
        return values[0].decode("latin-1")

    def to_end(self, request: Request) -> list[str]:
        """Every cookie of that name: ending one more session than necessary harms nobody."""
        return [value.decode("latin-1") for value in self._cookie.values(request)]

    def replaced(self, request: Request) -> list[str]:
        """What was presented before a login ends (ASVS 5.0 7.2.4)."""
        return self.to_end(request)

    def refusal(self) -> Unauthenticated:
        return Unauthenticated("The session is not valid.")

    def needed(self) -> Unauthenticated:
        return Unauthenticated("A session is needed.")

    def ended(self) -> Unauthenticated:
        return Unauthenticated("All sessions were ended during this login: log in again.")

    def cookies(self, text: str, claims: Claims) -> list[tuple[Cookie, str]]:
        """Every cookie that a client of this credential keeps, with its value."""
        return [(self._cookie, text), (self._csrf_cookie, new_token(self._csrf, text.encode("latin-1")))]

    def attach(self, text: str, claims: Claims, refresh: RefreshToken | None = None) -> Issued:
        """The credential first, its CSRF token last."""
        headers = tuple(cookie.set(value) for cookie, value in self.cookies(text, claims))
        return Issued({"sub": claims.sub, "expires_in": claims.exp - claims.iat}, headers)

    def removal(self) -> tuple[tuple[str, str], ...]:
        return (self._cookie.clear(), self._csrf_cookie.clear())

    def sent(self, text: str, claims: Claims) -> dict[str, str]:
        """What a browser sends after such a login."""
        cookies = self.cookies(text, claims)
        return {"Cookie": "; ".join(f"{cookie.name}={value}" for cookie, value in cookies)}

    def fits(self, text: str) -> bool:
        return self._cookie.fits(text)

    def refuse_large_settings(self, encode: Callable[[Claims], str]) -> None:
        refuse_large_settings(self._settings, self._cookie, encode)

    def check_state_change(self, request: Request) -> None:
        """Our own origin, and a CSRF token bound to the cookie presented.

        Without a cookie there is nothing another site could make use of, and the answer will be 401; but
        for a login, which would put the user into the attacker's session (login CSRF).
        """
        require_own_origin(request, self._settings.public_origin)
        presented = self._one_or_none(request)
        if presented is not None or request.scope["path"] == "/login":
            require_token(request, self._csrf_cookie, self._csrf, presented or NO_SESSION)

    def csrf_token(self, request: Request) -> Issued:
        """A token for the cookie presented, known or not; without one, for logging in."""
        token = new_token(self._csrf, self._one_or_none(request) or NO_SESSION)
        return Issued({"csrf_token": token}, (self._csrf_cookie.set(token),))

    def _one_or_none(self, request: Request) -> bytes | None:
        presented = self._cookie.values(request)
        if len(presented) > 1:
            raise Forbidden("More than one session cookie.")
        return presented[0] if presented else None


def refuse_large_settings(settings: ServerSettings, cookie: Cookie, encode: Callable[[Claims], str]) -> None:
    """Failure if the roles and the payload of the settings leave no room in a cookie for a user."""
    value = encode(new_claims(_LONGEST_NAME, _WIDEST_SCOPE, 1, extra=settings.extra))
    if not cookie.fits(value):
        raise Failure(
            f"{settings.scheme}: a cookie of {len(cookie.name) + len(value)} bytes would be needed, browsers "
            f"keep {MAX_BYTES}: take fewer roles or a smaller payload"
        )
