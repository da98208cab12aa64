"""The cookie of a device that has logged in to an account before: it opens nothing, only /login sees it."""

import secrets

from starlette.requests import Request

from servers.cookies import cookie_values
from servers.signed_values import SignedValues

_LIFETIME_S = 365 * 86400


class DeviceCookie:
    """A random value, signed and bound to the account: another account's is worth nothing.

    Not `__Host-`, which wants Path=/: every request would carry it.
    """

    def __init__(self, key: bytes, *older: bytes, secure: bool) -> None:
        """`key` signs; devices that were told with the older ones are still known."""
        self._signed = SignedValues(key, *older)
        self._name = "__Secure-device" if secure else "dev-device"
        self._attributes = f"Path=/login; Max-Age={_LIFETIME_S}; HttpOnly; SameSite=Strict" + (
            "; Secure" if secure else ""
        )

    def known(self, request: Request, username: str) -> str:
        """Which device of the account sent the request; empty if none of its own did."""
        for value in cookie_values(request, self._name.encode()):
            try:
                return self._signed.content(value, _bound(username)).decode("ascii")
            except ValueError:
                continue
        return ""

    def remember(self, username: str, device: str) -> tuple[str, str]:
        """The header that makes this device known, as the one it is or as a new one."""
        value = self._signed.sign((device or secrets.token_urlsafe(16)).encode(), _bound(username))
        return ("set-cookie", f"{self._name}={value}; {self._attributes}")


def _bound(username: str) -> bytes:
    return username.encode("utf-8", "surrogatepass")
