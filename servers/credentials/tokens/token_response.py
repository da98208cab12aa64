"""The body of a successful token answer (RFC 6749 section 5.1)."""

from typing import Any


def token_response(
    token: str,
    lifetime_s: int,
    scope: str,
    refresh: str | None = None,
    token_type: str = "Bearer",  # noqa: S107 - a name
) -> dict[str, Any]:
    """Members in the RFC's names; `expires_in` in seconds. Sent with Cache-Control: no-store."""
    body = {"access_token": token, "token_type": token_type, "expires_in": lifetime_s, "scope": scope}
    return body if refresh is None else {**body, "refresh_token": refresh}
