"""Logins that do not resist guessing."""

from starlette.types import ASGIApp, Receive, Scope, Send

from servers.passwords.hashing import Passwords
from servers.passwords.spray_brake import SprayBrake
from servers.passwords.throttle import Begun, Count, LoginThrottle
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.vulnerable.vulnerable import Vulnerable


class _Replaced:
    """A layer that puts something else into the application's state, before its first request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "app" in scope:
            self.replace(scope["app"].state)
        await self._app(scope, receive, send)

    def replace(self, state: object) -> None:
        """Put it there."""
        raise NotImplementedError


class _NoThrottle(LoginThrottle):
    def begin(self, username: str, device: str = "") -> Begun:
        return Begun.now(Count(0.0), 0.0)

    def succeeded(self, attempt: Begun) -> None:
        """Nothing is counted."""

    def cancelled(self, attempt: Begun) -> None:
        """Nothing is counted."""


class _NoSprayBrake(SprayBrake):
    def begin(self, password: str) -> Begun:
        return Begun.now(Count(0.0), 0.0)

    def failed(self, username: str, password: str) -> None:
        """Nothing is counted."""


class _WithoutBrakes(_Replaced):
    def replace(self, state: object) -> None:
        state.throttle, state.sprays = _NoThrottle(), _NoSprayBrake()  # type: ignore[attr-defined]


class VulnerableUnthrottledLogin(Vulnerable, Hs256Tokens):
    """Tries every password that it is sent."""

    name = "vulnerable-unthrottled-login"
    falls_to = ("J1", "J3", "J5")
    layer = _WithoutBrakes


class _EarlyExit(Passwords):
    """Hashes only for users that exist."""

    def __init__(self, passwords: Passwords) -> None:
        self._inner = passwords

    async def verify(self, password_hash: str | None, password: str) -> bool:
        return password_hash is not None and await self._inner.verify(password_hash, password)


class _WithEarlyExit(_Replaced):
    def replace(self, state: object) -> None:
        if not isinstance(state.passwords, _EarlyExit):  # type: ignore[attr-defined]
            state.passwords = _EarlyExit(state.passwords)  # type: ignore[attr-defined]


class VulnerableEarlyExitLogin(Vulnerable, Hs256Tokens):
    """Answers for an unknown user without hashing anything: 30 ms sooner."""

    name = "vulnerable-early-exit-login"
    falls_to = ("J2",)
    layer = _WithEarlyExit
