"""The session itself in a signed cookie: what tutorials begin with, and what no server can end."""

from servers.contract.claims import Claims
from servers.contract.settings import ServerSettings
from servers.keys.key_directory import KEY_BYTES
from servers.keys.signed_values import SignedValues
from servers.schemes.parts.self_contained_cookie import SelfContainedCookie


class SignedCookieSessionScheme(SelfContainedCookie):
    """Claims as JSON under HMAC-SHA-256. The signed `exp` is the absolute timeout; there is no idle one."""

    name = "session-signed-cookie"
    summary = "The session in a signed cookie: no store, no revocation."
    travels = "every claim, readable, and an HMAC: about 310 characters"
    signs = verifies = "HMAC-SHA-256"
    used_by = "Starlette's SessionMiddleware, Flask's default session, Rails' and Express' cookie sessions."
    reason = (
        "Nothing to run and nothing to look up, and every process can check it. A logout only asks the "
        "browser to forget: a copied cookie, an old role and a disabled account are good until it expires."
    )

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._signed_made: SignedValues | None = None

    @property
    def lifetime_s(self) -> int:
        """That of any session."""
        return self.settings.session_absolute_s

    @property
    def crypto(self) -> dict[str, str | int]:
        """What signs and verifies."""
        return {
            "algorithm": "HMAC-SHA-256",
            "key_bits": KEY_BYTES * 8,
            "library": "none",
            "backend": "hmac (standard library)",
        }

    @property
    def _signed(self) -> SignedValues:
        assert self._signed_made is not None, "start() was not called"  # noqa: S101
        return self._signed_made

    def prepare(self) -> None:
        """Take the key: each process must know the cookies of the others."""
        super().prepare()
        self._signed_made = SignedValues(*self.keys.derived("signed cookie"))

    def encode(self, claims: Claims) -> str:
        """The claims, signed."""
        return self._signed.sign(claims.as_json().encode())

    def decode(self, value: bytes) -> Claims:
        """What was signed here."""
        return Claims.parse_json(self._signed.content(value))
