"""The rules of the endpoints, the same behind every scheme: a credential is worth its scope and no more."""

import asyncio
from itertools import count

import pytest

from loadtests.clients.client import Client
from servers.contract.claims import FIRST_PARTY, Identity, new_claims
from servers.contract.errors import InsufficientScope
from servers.credentials.tokens.authorization import require_first_party, require_scope
from servers.discovery import known_schemes
from tests.servers.browser import ORIGIN, site
from tests.servers.redis_process import RedisProcess

PREFIXES = count()
EXPECTED = {
    ("GET", "/me"): {"user": 200, "admin": 200, "user admin": 200, "users administration": 200},
    ("GET", "/orders"): {"user": 200, "admin": 403, "user admin": 200, "users administration": 403},
    ("POST", "/orders"): {"user": 201, "admin": 403, "user admin": 201, "users administration": 403},
    ("GET", "/admin/report"): {"user": 403, "admin": 200, "user admin": 200, "users administration": 403},
}


@pytest.mark.parametrize("name", known_schemes())
def test_every_scheme_opens_what_its_credentials_scope_says(name: str, redis_server: RedisProcess) -> None:
    async def inside() -> None:
        prefix = f"rules-{next(PREFIXES)}:"
        async with site(
            name, redis_url=redis_server.url, redis_key_prefix=prefix, store_deadline_ms=5000
        ) as found:
            found.scheme.origin = ORIGIN
            client = Client(found.scheme.card, ORIGIN)
            for (method, path), expected in EXPECTED.items():
                answers = {}
                for number, scope in enumerate(expected):
                    claims = new_claims(f"user-{number}", scope, 600, jkt=client.key_thumbprint)
                    (credential,) = await found.scheme.seed([claims])
                    body = {"item": "pen", "quantity": 1} if method == "POST" else None
                    async with found.browser() as browser:
                        headers = dict(client.headers(method, path, credential.headers))
                        answer = await browser.request(method, path, headers=headers, json=body)
                    answers[scope] = answer.status_code
                assert answers == expected, (method, path)

    asyncio.run(inside())


@pytest.mark.parametrize("scopes", [(), ("admin",), ("User",), ("users",), ("user admin",), ("user ",)])
def test_a_scope_is_compared_letter_by_letter(scopes: tuple[str, ...]) -> None:
    with pytest.raises(InsufficientScope) as refused:
        require_scope(Identity("alice", scopes), "user")
    assert refused.value.scope == "user"
    require_scope(Identity("alice", ("admin", "user")), "user")


@pytest.mark.parametrize("client_id", ["", "shop", "first-party ", "First-Party", "alice"])
def test_the_account_is_for_its_users_own_logins(client_id: str) -> None:
    with pytest.raises(InsufficientScope) as refused:
        require_first_party(Identity("alice", ("user", "admin"), client_id))
    assert refused.value.scope is None
    require_first_party(Identity("alice", (), FIRST_PARTY))
