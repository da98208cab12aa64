"""Starlette's SessionMiddleware: the session itself in a cookie that itsdangerous signs."""

from importlib.metadata import version

from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp

from authbench.contracts.card import PROTECTED, Card, Operation, StoreEmptied, StoreLoss
from servers.keys.key_directory import KEY_BYTES
from servers.libraries.parts.cookie_sessions import LibrarySessions
from servers.schemes.parts.cards import ALWAYS

_HMAC = {"HMAC-SHA-1": 1}


class StarletteSessions(LibrarySessions):
    """As its documentation shows it. It takes one secret: a second one, to replace it by, has no place."""

    name = "starlette-session"
    distribution = "starlette"

    @property
    def card(self) -> Card:
        window_s = self.settings.session_absolute_s
        return Card(
            name=self.name,
            summary=f"{self.library}, SessionMiddleware: the session in a signed cookie, no store.",
            authenticates=True,
            carrier="cookie",
            travels="every claim, readable, a time and an HMAC: about 315 characters",
            store="none",
            store_commands={operation: {} for operation in ALWAYS},
            # A login signs, everything else that presents the cookie verifies, once each.
            crypto_operations=dict.fromkeys((*PROTECTED, Operation.LOGIN, Operation.LOGOUT), _HMAC),
            logout_ends_credential=False,
            revocation_window_s=window_s,
            role_change_window_s=window_s,
            disabled_window_s=window_s,
            store_loss=StoreLoss.KEEPS_SERVING,
            store_emptied=StoreEmptied.KEEPS_SERVING,
            used_by="applications on Starlette and FastAPI.",
            reason=(
                "It comes with the framework and needs no store. A logout only asks the browser to forget: "
                "a copied cookie, an old role and a disabled account are good until the session expires."
            ),
            loopback_only=True,
        )

    @property
    def crypto(self) -> dict[str, str | int]:
        return {
            "algorithm": "HMAC-SHA-1",
            "key_bits": KEY_BYTES * 8,
            "library": f"itsdangerous {version('itsdangerous')}",
            "backend": "hmac (standard library)",
        }

    def middleware(self, app: ASGIApp, lifetime_s: int) -> ASGIApp:
        """The signature's age is held against the one `max_age` of the server, whatever is signed."""
        return SessionMiddleware(
            app,
            secret_key=self.keys.derived("starlette session")[0].hex(),
            session_cookie=self.cookie_name,
            max_age=self.settings.session_absolute_s,
            https_only=self.settings.https,
        )
