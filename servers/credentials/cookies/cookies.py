"""The cookies of a cookie scheme: how they are called, set, cleared and read."""

from starlette.requests import Request

SECURE_PREFIX = "__Host-"
"""Over TLS. Browsers refuse the prefix with a Domain, without Secure, or from a sibling (RFC 6265bis)."""
HTTP_ONLY_PREFIX = "__Host-Http-"
"""Over TLS, for what no script may read: none may plant it either (draft-ietf-httpbis-layered-cookies,
Chromium 140). A browser that does not know it sees a name with `__Host-` and holds it to that: nothing is
lost."""
DEVELOPMENT_PREFIX = "dev-"
"""Over plain HTTP, where browsers refuse the prefix. A server that uses it listens on loopback only."""
MAX_BYTES = 4096
"""Name and value together: browsers ignore a cookie that is larger (RFC 6265bis section 5.6)."""


class Cookie:
    """One cookie: until the browser closes, Path=/, no Domain.

    HttpOnly and SameSite=Lax, so that a link from elsewhere finds the user logged in. One that scripts may
    read is SameSite=Strict instead: no navigation needs it.
    """

    def __init__(self, name: str, secure: bool, *, readable: bool = False) -> None:
        prefix = (SECURE_PREFIX if readable else HTTP_ONLY_PREFIX) if secure else DEVELOPMENT_PREFIX
        self.name = prefix + name
        self._name_bytes = self.name.encode()
        self._attributes = (
            "Path=/; "
            + ("SameSite=Strict" if readable else "HttpOnly; SameSite=Lax")
            + ("; Secure" if secure else "")
        )

    def set(self, value: str) -> tuple[str, str]:
        """The header that sets it."""
        return ("set-cookie", f"{self.name}={value}; {self._attributes}")

    def clear(self) -> tuple[str, str]:
        """The header that removes it."""
        return ("set-cookie", f"{self.name}=; Max-Age=0; {self._attributes}")

    def fits(self, value: str) -> bool:
        """Whether browsers keep it with this value."""
        return len(self.name) + len(value) <= MAX_BYTES

    def values(self, request: Request) -> list[bytes]:
        """Every value the request presents, in order."""
        return cookie_values(request, self._name_bytes)


def cookie_values(request: Request, name: bytes) -> list[bytes]:
    """Every value sent for the cookie called exactly `name`, in order.

    All of them, because which one a parser picks is what cookie tossing exploits: a caller that gets more
    than one must trust none.
    """
    found = []
    for header, value in request.scope["headers"]:
        if header == b"cookie":
            for pair in value.split(b";"):
                key, separator, content = pair.partition(b"=")
                if separator and key.strip() == name:
                    found.append(content.strip())
    return found
