"""Schemes from outside the tree, named `module:Class` by the tests."""

from starlette.requests import Request

from servers.contract.claims import Identity
from servers.schemes.none import NoAuthentication


class Headstrong(NoAuthentication):
    """Works, in its own way."""

    name = "headstrong"

    async def authenticate(self, request: Request) -> Identity:
        return Identity("nobody else", ())


class Broken(NoAuthentication):
    """Fails at everything."""

    name = "broken"

    async def authenticate(self, request: Request) -> Identity:
        raise RuntimeError("a secret detail")


class Impostor(NoAuthentication):
    """Bears the name of another, by inheriting it."""


class NoScheme:
    name = "no-scheme"
