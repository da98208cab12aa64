"""The cookie of a device that has logged in to an account before. It opens nothing; few requests carry it."""

import secrets

from starlette.requests import Request

from servers.cookies import cookie_values
from servers.signed_values import SignedValues

_LIFETIME_S = 365 * 86400
_PATHS = ("/login", "/account/password")
_OAUTH_PATHS = ("/oauth/authorize",)


class DeviceCookie:
    """A random value, signed and bound to the account: another account's is worth nothing.

    The same cookie once for each path where a password is proved: no browser sends it anywhere else
    (RFC 6265 section 5.1.4), so no measured request carries it. A cookie with a path of its own cannot be
    `__Host-`, and `__Http-` older browsers do not know; what somebody planted is not signed.
    """

    def __init__(self, key: bytes, secure: bool, oauth: bool = False) -> None:
        self._signed = SignedValues(key)
        self._name = "__Secure-device" if secure else "dev-device"
        attributes = f"Max-Age={_LIFETIME_S}; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")
        paths = _PATHS + (_OAUTH_PATHS if oauth else ())
        self._attributes = [f"Path={path}; {attributes}" for path in paths]

    def known(self, request: Request, username: str) -> str:
        """Which device of the account sent the request; empty if none of its own did."""
        for value in cookie_values(request, self._name.encode()):
            try:
                return self._signed.content(value, _bound(username)).decode("ascii")
            except ValueError:
                continue
        return ""

    def remember(self, username: str, device: str) -> tuple[tuple[str, str], ...]:
        """The headers that make this device known, as the one it is or as a new one."""
        value = self._signed.sign((device or secrets.token_urlsafe(16)).encode(), _bound(username))
        return tuple(("set-cookie", f"{self._name}={value}; {each}") for each in self._attributes)


def _bound(username: str) -> bytes:
    return username.encode("utf-8", "surrogatepass")
