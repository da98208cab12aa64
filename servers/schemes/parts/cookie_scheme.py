"""What schemes share whose credential is a cookie: its name, its challenge, and protection against CSRF."""

from collections.abc import Callable

from starlette.requests import Request

from authbench.contracts.failure import Failure
from servers.contract.claims import Claims, new_claims
from servers.contract.errors import Forbidden, Unauthenticated
from servers.contract.scheme import Issued, Offer, Scheme
from servers.contract.settings import ServerSettings
from servers.credentials.cookies.cookies import MAX_BYTES, Cookie
from servers.credentials.cookies.csrf import require_own_origin, require_token
from servers.credentials.cookies.csrf_tokens import NO_SESSION, CsrfTokens

_LOGIN = "/login"
_LONGEST_NAME = "x" * 64
_WIDEST_SCOPE = "user admin"


class CookieScheme(Scheme):
    """A credential that browsers attach by themselves, so a state change must prove where it comes from."""

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        # Without TLS the server is on loopback only.
        self._secure = settings.https
        self._cookie = Cookie("sid", self._secure)
        self._csrf_cookie = Cookie("csrf", self._secure, readable=True)
        self._csrf_made: CsrfTokens | None = None

    @property
    def challenge(self) -> str:
        """No registered scheme names a cookie; this is the name of draft-broyer-http-cookie-auth."""
        return 'Cookie realm="authbench"'

    @property
    def security(self) -> dict[str, str]:
        """The cookie by its real name."""
        return {"type": "apiKey", "in": "cookie", "name": self._cookie.name}

    @property
    def offers(self) -> frozenset[Offer]:
        """A CSRF token for whoever asks."""
        return frozenset({Offer.CSRF_TOKEN})

    @property
    def _csrf(self) -> CsrfTokens:
        assert self._csrf_made is not None, "start() was not called"  # noqa: S101
        return self._csrf_made

    def prepare(self) -> None:
        """Take the key of CSRF tokens: each process must know those of the others."""
        super().prepare()
        self._csrf_made = CsrfTokens(*self.keys.derived("csrf"))

    async def start(self) -> None:
        """Take the keys, where nobody has."""
        if self._csrf_made is None:
            self.prepare()
        await super().start()

    def refuse_large_settings(self, cookie: Cookie, encode: Callable[[Claims], str]) -> None:
        """Failure if the roles and the payload of the settings leave no room in a cookie for a user."""
        value = encode(new_claims(_LONGEST_NAME, _WIDEST_SCOPE, 1, extra=self.settings.extra))
        if not cookie.fits(value):
            raise Failure(
                f"{self.name}: a cookie of {len(cookie.name) + len(value)} bytes would be needed, browsers "
                f"keep {MAX_BYTES}: take fewer roles or a smaller payload"
            )

    def check_state_change(self, request: Request) -> None:
        """Our own origin, and a CSRF token bound to the cookie presented.

        Without a cookie there is nothing another site could make use of, and the answer will be 401; but
        for a login, which would put the user into the attacker's session (login CSRF).
        """
        require_own_origin(request, self.settings.public_origin)
        presented = self._cookie.values(request)
        if len(presented) > 1:
            raise Forbidden("More than one session cookie.")
        if presented or request.scope["path"].endswith(_LOGIN):
            session = presented[0] if presented else NO_SESSION
            require_token(request, self._csrf_cookie, self._csrf, session)

    async def csrf_token(self, request: Request) -> Issued:
        """A token for the cookie presented, known or not; without one, for logging in."""
        presented = self._cookie.values(request)
        if len(presented) > 1:
            raise Forbidden("More than one session cookie.")
        token = self._csrf.new(presented[0] if presented else NO_SESSION)
        return Issued({"csrf_token": token}, (self._csrf_cookie.set(token),))

    def presented(self, request: Request) -> bytes:
        """The one cookie of the request. `Unauthenticated` without one, or with more."""
        values = self._cookie.values(request)
        if not values:
            raise Unauthenticated("A session is needed.")
        if len(values) > 1:
            raise Unauthenticated("More than one session cookie.")
        return values[0]

    def logged_in(self, value: str, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
        """Headers of a login's answer: the credential first, `more`, and its CSRF token."""
        return (self._cookie.set(value), *more, self._csrf_cookie.set(self._csrf.new(value.encode())))

    def logged_out(self, *more: tuple[str, str]) -> tuple[tuple[str, str], ...]:
        """Headers of a logout's answer: every cookie is removed."""
        return (self._cookie.clear(), *more, self._csrf_cookie.clear())

    def cookie_header(self, value: str, *more: tuple[Cookie, str]) -> dict[str, str]:
        """What a browser sends after such a login."""
        token = self._csrf.new(value.encode())
        cookies = [(self._cookie, value), *more, (self._csrf_cookie, token)]
        return {"Cookie": "; ".join(f"{cookie.name}={content}" for cookie, content in cookies)}
