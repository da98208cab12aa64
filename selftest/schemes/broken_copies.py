"""Copies of every scheme, each broken in one way: `authbench verify` must name them, and say why.

Named `selftest.schemes.broken_copies:FAULT_of_SCHEME`, such as `ExtraCommand_of_session_redis`. They
are made when they are asked for, so a new scheme has its broken copies at once.
"""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from starlette.requests import Request

from authbench.contracts.card import ClientDuty
from servers.contract.claims import Claims, Identity
from servers.contract.errors import Unauthenticated
from servers.contract.scheme import Account, Credential, Issued, Mark, Scheme
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme


class SkippedVerification(Scheme):
    """Lets everybody in: whoever is refused becomes the first user."""

    async def authenticate(self, request: Request) -> Identity:
        try:
            return await super().authenticate(request)  # type: ignore[safe-super]
        except Unauthenticated:
            return Identity("user-000000", ("user",))


class HiddenCache(Scheme):
    """Remembers whom it let in, and never asks again."""

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self._known: dict[tuple[str, str], Identity] = {}

    async def authenticate(self, request: Request) -> Identity:
        headers = request.headers
        presented = headers.get("cookie", ""), headers.get("authorization", "")
        if presented not in self._known:
            self._known[presented] = await super().authenticate(request)  # type: ignore[safe-super]
        return self._known[presented]


class ExtraCommand(Scheme):
    """Asks Redis once more than its card says."""

    async def authenticate(self, request: Request) -> Identity:
        assert self.settings.redis_url is not None
        async with Redis.from_url(self.settings.redis_url) as redis:
            await redis.get("one more")
        return await super().authenticate(request)  # type: ignore[safe-super]


class DifferentBody(Scheme):
    """Adds a scope to everybody's identity, so that bodies differ."""

    async def authenticate(self, request: Request) -> Identity:
        identity = await super().authenticate(request)  # type: ignore[safe-super]
        return Identity(identity.sub, (*identity.scopes, "more"))


class OneTokenForAll(Scheme):
    """Gives everybody the first credential it ever made."""

    _seeded: Credential | None = None
    _issued: Issued | None = None

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        if self._issued is None:
            self._issued = await super().issue(account, request, mark)  # type: ignore[safe-super]
        return self._issued

    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        made = await super().seed(claims)  # type: ignore[safe-super]
        self._seeded = self._seeded or made[0]
        return [self._seeded] * len(made)


class NoCsrfCheck(Scheme):
    """Lets any page change state: a browser attaches the cookie by itself."""

    def check_state_change(self, request: Request) -> None:
        del request


FAULTS: dict[str, type[Scheme]] = {
    fault.__name__: fault
    for fault in (
        SkippedVerification,
        HiddenCache,
        ExtraCommand,
        DifferentBody,
        OneTokenForAll,
        NoCsrfCheck,
    )
}


def copies(scheme: str) -> list[str]:
    """Every broken copy of a scheme, as `authbench verify` takes it. Only cookies need a CSRF check."""
    card = find_scheme(scheme)(ServerSettings(scheme=scheme, redis_url="redis://127.0.0.1")).card
    faults = [name for name in FAULTS if name != "NoCsrfCheck" or card.client is ClientDuty.CSRF_TOKEN]
    return [f"{__name__}:{fault}_of_{scheme.replace('-', '_')}" for fault in faults]


def __getattr__(name: str) -> Any:
    """The copy called so (PEP 562)."""
    fault, of, scheme = name.partition("_of_")
    if not of or fault not in FAULTS:
        raise AttributeError(name)
    original = find_scheme(scheme.replace("_", "-"))
    return type(name, (FAULTS[fault], original), {"name": f"{fault} of {original.name}"})
