"""The cookie of a device that has logged in to an account before. It gives no access to anything."""

import secrets

from starlette.requests import Request

from servers.credentials.cookies.cookies import cookie_values
from servers.keys.signed_values import SignedValues

_LIFETIME_S = 365 * 86400
_PATHS = {"login": "/login", "account": "/account/password"}
_OAUTH_PATHS = {"oauth": "/oauth/authorize"}


class DeviceCookie:
    """A random value, signed and bound to the account: for another account it is not valid.

    One cookie, all with the same value, for each path where a password is proved: browsers send them nowhere
    else (RFC 6265 section 5.1.4), so no measured request carries one. Each has its own name, because some
    client libraries fail on one name with several paths. A cookie planted by somebody else is not signed.
    """

    def __init__(self, key: bytes, *older: bytes, secure: bool, oauth: bool = False) -> None:
        self._signed = SignedValues(key, *older)
        prefix = "__Secure-" if secure else "dev-"
        paths = _PATHS | (_OAUTH_PATHS if oauth else {})
        self._paths = {f"{prefix}device-{place}": path for place, path in paths.items()}
        self._attributes = f"Max-Age={_LIFETIME_S}; HttpOnly; SameSite=Strict" + (
            "; Secure" if secure else ""
        )

    def known(self, request: Request, username: str) -> str:
        """The device of the account that sent the request; empty if no device of its own did."""
        for name in self._paths:
            for value in cookie_values(request, name.encode()):
                try:
                    return self._signed.content(value, _bound(username)).decode("ascii")
                except ValueError:
                    continue
        return ""

    def remember(self, username: str, device: str) -> tuple[tuple[str, str], ...]:
        """The headers that make this device known; an empty `device` is a new one."""
        value = self._signed.sign((device or secrets.token_urlsafe(16)).encode(), _bound(username))
        return tuple(
            ("set-cookie", f"{name}={value}; Path={path}; {self._attributes}")
            for name, path in self._paths.items()
        )


def _bound(username: str) -> bytes:
    return username.encode("utf-8", "surrogatepass")
