"""The cookie of a device that has logged in to an account before. It opens nothing; few requests carry it."""

import secrets

from starlette.requests import Request

from servers.credentials.cookies.cookies import cookie_values
from servers.keys.signed_values import SignedValues

_LIFETIME_S = 365 * 86400
_PATHS = {"login": "/login", "account": "/account/password"}
_OAUTH_PATHS = {"oauth": "/oauth/authorize"}


class DeviceCookie:
    """A random value, signed and bound to the account: another account's is worth nothing.

    One cookie for each path where a password is proved, all of the same value: no browser sends them anywhere
    else (RFC 6265 section 5.1.4), so no measured request carries one. Each has a name of its own, because
    jars of client libraries stumble over one name with several paths. A cookie with a path of its own cannot
    be `__Host-`, and `__Http-` older browsers do not know; what somebody planted is not signed.
    """

    def __init__(self, key: bytes, *older: bytes, secure: bool, oauth: bool = False) -> None:
        """`key` signs; devices that were told with the older ones are still known."""
        self._signed = SignedValues(key, *older)
        prefix = "__Secure-" if secure else "dev-"
        paths = _PATHS | (_OAUTH_PATHS if oauth else {})
        self._paths = {f"{prefix}device-{place}": path for place, path in paths.items()}
        self._attributes = f"Max-Age={_LIFETIME_S}; HttpOnly; SameSite=Strict" + (
            "; Secure" if secure else ""
        )

    def known(self, request: Request, username: str) -> str:
        """Which device of the account sent the request; empty if none of its own did."""
        for name in self._paths:
            for value in cookie_values(request, name.encode()):
                try:
                    return self._signed.content(value, _bound(username)).decode("ascii")
                except ValueError:
                    continue
        return ""

    def remember(self, username: str, device: str) -> tuple[tuple[str, str], ...]:
        """The headers that make this device known, as the one it is or as a new one."""
        value = self._signed.sign((device or secrets.token_urlsafe(16)).encode(), _bound(username))
        return tuple(
            ("set-cookie", f"{name}={value}; Path={path}; {self._attributes}")
            for name, path in self._paths.items()
        )


def _bound(username: str) -> bytes:
    return username.encode("utf-8", "surrogatepass")
