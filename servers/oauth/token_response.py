"""The body of a successful token answer (RFC 6749 section 5.1)."""

from typing import Any


def token_response(token: str, lifetime_s: int, scope: str) -> dict[str, Any]:
    """Members in the RFC's names; `expires_in` in seconds. Sent with Cache-Control: no-store."""
    return {"access_token": token, "token_type": "Bearer", "expires_in": lifetime_s, "scope": scope}
