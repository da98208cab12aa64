"""Reading and writing the one cookie of a cookie scheme."""

from starlette.requests import Request

SECURE_NAME = "__Host-sid"
"""Over TLS. Browsers refuse the prefix with a Domain, without Secure, or from a sibling (RFC 6265bis)."""
DEVELOPMENT_NAME = "dev-sid"
"""Over plain HTTP, where browsers refuse the prefix. A server that uses it listens on loopback only."""


def cookie_name(secure: bool) -> str:
    """The cookie's name behind TLS, or without it."""
    return SECURE_NAME if secure else DEVELOPMENT_NAME


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


def set_cookie(value: str, secure: bool) -> tuple[str, str]:
    """The header that sets the cookie until the browser closes: HttpOnly, SameSite=Lax, Path=/, no Domain."""
    return ("set-cookie", f"{cookie_name(secure)}={value}; {_attributes(secure)}")


def clear_cookie(secure: bool) -> tuple[str, str]:
    """The header that removes it."""
    return ("set-cookie", f"{cookie_name(secure)}=; Max-Age=0; {_attributes(secure)}")


def _attributes(secure: bool) -> str:
    return "Path=/; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")
