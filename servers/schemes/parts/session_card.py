"""The card of a session in a store: what all of them declare alike."""

from collections.abc import Mapping
from typing import Any, Literal

from authbench.contracts.card import Card, ClientDuty, Operation

_TOKENS: Mapping[Operation, int] = {
    # One that is checked; and the new session's own.
    Operation.LOGIN: 2,
    Operation.LOGOUT: 1,
    Operation.ADD_ORDER: 1,
    Operation.LOGOUT_EVERYWHERE: 1,
}
"""CSRF tokens checked or made per operation: an HMAC each."""


def with_csrf(crypto: Mapping[Operation, Mapping[str, int]]) -> dict[Operation, dict[str, int]]:
    """Cryptographic operations per operation, and those of the CSRF tokens on top."""
    found = {operation: dict(each) for operation, each in crypto.items()}
    for operation, each in found.items():
        if operation in _TOKENS:
            each["HMAC-SHA-256"] = each.get("HMAC-SHA-256", 0) + _TOKENS[operation]
    return found


def session_card(
    *,
    name: str,
    summary: str,
    store: Literal["memory", "redis", "sql"],
    store_commands: Mapping[Operation, dict[str, int]],
    **declared: Any,
) -> Card:
    """An opaque id in a cookie, hashed once an operation; a logout is final and everything in force at once.

    `declared` says more, or something else.
    """
    hashed = {
        operation: {} if operation is Operation.PUBLIC else {"SHA-256": 1} for operation in store_commands
    }
    common: dict[str, Any] = {
        "authenticates": True,
        "carrier": "cookie",
        "travels": "a random 256-bit session id, 43 characters",
        "crypto_operations": with_csrf(hashed),
        "logout_ends_credential": True,
        "revocation_window_s": 0,
        "client": ClientDuty.CSRF_TOKEN,
        "loopback_only": False,
    }
    return Card(
        name=name, summary=summary, store=store, store_commands=dict(store_commands), **common | declared
    )
