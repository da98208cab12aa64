"""What a client holds after a restart, and on a second server of the same store.

With one directory of keys everything goes on. With other keys, what was signed is refused in a way that a
client recovers from by itself: what it is told is enough, and nobody has to clear cookies by hand.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from authbench.contracts.card import ClientDuty, RefreshPolicy
from loadtests.clients.dpop_proof import ProofKey
from servers.authorization_server.clients import DEMO_REDIRECT
from servers.contract.settings import ServerSettings
from servers.database.accounts import DEMO_PASSWORD
from servers.discovery import find_scheme, known_schemes
from servers.schemes.parts.composed import ComposedScheme
from servers.schemes.parts.credentials import Signed
from tests.servers.redis_process import RedisProcess
from tests.servers.schemes.in_process import fresh_prefix
from tests.servers.server_process import ServerProcess, end_all

SCHEMES = [name for name in known_schemes() if name != "none"]
ACCOUNT = {"username": "alice", "password": DEMO_PASSWORD}
ORDER = {"item": "pen", "quantity": 1}
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
"""Both from RFC 7636 appendix B."""


class Holder:
    """A client that knows nothing of keys: it keeps what it is given and does what it is told."""

    def __init__(self, name: str) -> None:
        self.scheme = find_scheme(name)(ServerSettings(scheme=name, redis_url="redis://127.0.0.1"))
        self.card = self.scheme.card
        self.proofs = ProofKey() if self.card.client is ClientDuty.DPOP_PROOF else None
        self.http = httpx.Client(timeout=60)
        self.token = ""
        self.refresh = ""

    def ask(self, server: ServerProcess, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Origin": server.origin}
        if csrf := next((value for key, value in self.http.cookies.items() if key.endswith("csrf")), ""):
            headers["X-CSRF-Token"] = csrf
        if self.token:
            headers["Authorization"] = f"{'DPoP' if self.proofs else 'Bearer'} {self.token}"
        if self.proofs is not None:
            headers["DPoP"] = self.proofs.sign(method, server.origin + path, self.token or None)
        return self.http.request(method, server.origin + path, headers=headers, **more)

    def sign_in(self, server: ServerProcess) -> httpx.Response:
        """POST /login with all that is kept, and nothing else."""
        self.token = ""
        answer = self.ask(server, "POST", "/login", json=ACCOUNT)
        if answer.status_code == 200 and "access_token" in answer.json():
            self.token = answer.json()["access_token"]
            self.refresh = answer.json().get("refresh_token", "")
        return answer

    def log_in(self, server: ServerProcess) -> None:
        """As a page does it, which asks for a token first where one is needed."""
        if self.card.client is ClientDuty.CSRF_TOKEN:
            assert self.ask(server, "GET", "/csrf").status_code == 200
        assert self.sign_in(server).status_code == 200

    def me(self, server: ServerProcess) -> int:
        return self.ask(server, "GET", "/me").status_code

    def order(self, server: ServerProcess) -> httpx.Response:
        return self.ask(server, "POST", "/orders", json=ORDER)

    def renew(self, server: ServerProcess, token: str) -> httpx.Response:
        """POST /refresh with this token, kept by nobody."""
        return httpx.post(f"{server.origin}/refresh", json={"refresh_token": token})

    @property
    def device(self) -> str:
        return next(value for key, value in self.http.cookies.items() if key.endswith("device-login"))


class Deployment:
    """Servers of one scheme with the same arguments, but for the directory of keys."""

    def __init__(self, name: str, folder: Path, redis: RedisProcess, **more: Any) -> None:
        self._folder = folder
        self._started: list[ServerProcess] = []
        self._numbers = count()
        self._holders: list[Holder] = []
        self._settings = {
            "scheme": name,
            "redis_url": redis.url,
            "redis_key_prefix": fresh_prefix(),
            "database_url": f"sqlite+aiosqlite:///{folder}/accounts",
            "session_database_url": f"sqlite+aiosqlite:///{folder}/sessions",
            # For a machine that does other work too.
            "store_deadline_ms": 5000,
            **more,
        }

    def start(self, keys: bool = True) -> ServerProcess:
        own = self._folder / str(next(self._numbers))
        own.mkdir()
        directory = {"keys_directory": str(self._folder / "keys")} if keys else {}
        server = ServerProcess(own, **self._settings, **directory)
        self._started.append(server)
        return server

    def start_many(self, *keys: bool) -> list[ServerProcess]:
        """At once."""
        with ThreadPoolExecutor() as pool:
            return list(pool.map(self.start, keys))

    def holder(self) -> Holder:
        """A client, closed at the end."""
        self._holders.append(Holder(str(self._settings["scheme"])))
        return self._holders[-1]

    def stop_all(self) -> None:
        for holder in self._holders:
            holder.http.close()
        end_all([server for server in self._started if server.running])


@contextmanager
def deployment(name: str, redis: RedisProcess, folder: Path, **more: Any) -> Iterator[Deployment]:
    made = Deployment(name, folder, redis, **more)
    try:
        yield made
    finally:
        made.stop_all()


@pytest.mark.parametrize("name", SCHEMES)
def test_what_a_client_holds_is_good_or_is_told_to_be_renewed(
    name: str, redis_server: RedisProcess, folder: Path
) -> None:
    """Beside the server that gave it, one with the same keys, and one with others."""
    with deployment(name, redis_server, folder) as servers:
        first = servers.start()
        holder = servers.holder()
        holder.log_in(first)
        assert holder.order(first).status_code == 201
        beside, stranger = servers.start_many(True, False)
        everything_goes_on(holder, beside, first)
        the_client_recovers_by_itself(holder, stranger)


def everything_goes_on(holder: Holder, server: ServerProcess, first: ServerProcess | None = None) -> None:
    """With the same directory of keys; `first` still runs, if it is given."""
    device, refresh = holder.device, holder.refresh
    if holder.card.store == "memory":
        # The sessions are where they were made; the CSRF token is good, and is all that a login needs.
        assert holder.me(server) == 401
        assert holder.sign_in(server).status_code == 200
    assert holder.me(server) == 200
    assert holder.order(server).status_code == 201
    # Who is not known as a device gets another name.
    assert holder.device == device
    if refresh:
        renewed = holder.renew(first or server, refresh)
        assert renewed.status_code == 200
        repeated = holder.renew(server, refresh)
        if holder.card.refresh_policy is RefreshPolicy.STRICT:
            assert (repeated.status_code, repeated.json()["error"]) == (400, "invalid_grant")
        else:
            # Whoever lost an answer asks another server, and is told the same again.
            assert repeated.json()["refresh_token"] == renewed.json()["refresh_token"]
    holder.log_in(server)
    assert holder.device == device
    assert holder.me(server) == 200


def the_client_recovers_by_itself(holder: Holder, server: ServerProcess) -> None:
    """With other keys."""
    assert isinstance(holder.scheme, ComposedScheme)
    signed = isinstance(holder.scheme.credential, Signed)
    lost = signed or holder.card.store == "memory"
    assert holder.me(server) == (401 if lost else 200)
    if holder.card.client is ClientDuty.CSRF_TOKEN:
        # Whatever it wants to change it is told what to do, and that helps: to order, log in and log out.
        for asked in (holder.order(server), holder.sign_in(server), holder.ask(server, "POST", "/logout")):
            assert asked.status_code == 403
            assert "GET /csrf" in asked.json()["detail"]
    if holder.refresh:
        renewed = holder.renew(server, holder.refresh)
        assert renewed.status_code == 200
        holder.token = renewed.json()["access_token"]
        assert holder.me(server) == 200
    holder.log_in(server)
    assert holder.me(server) == 200
    assert holder.order(server).status_code == 201
    assert holder.ask(server, "POST", "/logout").status_code == 204


ONE_OF_EACH_KIND = [
    "session-memory",
    "session-redis",
    "session-sql",
    "session-signed-cookie",
    "jwt-refresh-grace",
]


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_a_restart_with_the_same_arguments(name: str, redis_server: RedisProcess, folder: Path) -> None:
    with deployment(name, redis_server, folder) as servers:
        for keys, then in ((True, everything_goes_on), (False, the_client_recovers_by_itself)):
            first = servers.start(keys)
            holder = servers.holder()
            holder.log_in(first)
            assert first.stop() == 0
            then(holder, servers.start(keys))


@pytest.mark.parametrize("name", ["session-memory", "session-signed-cookie"])
def test_a_stale_cookie_can_be_logged_out(name: str, redis_server: RedisProcess, folder: Path) -> None:
    """The other way out: no login, the cookies go."""
    with deployment(name, redis_server, folder) as servers:
        first, stranger = servers.start_many(False, False)
        holder = servers.holder()
        holder.log_in(first)
        assert holder.ask(stranger, "GET", "/csrf").status_code == 200
        assert holder.ask(stranger, "POST", "/logout").status_code == 204
        assert not [key for key in holder.http.cookies if key.endswith(("sid", "csrf"))]


def test_servers_that_start_at_once_with_no_directory_yet(redis_server: RedisProcess, folder: Path) -> None:
    with deployment("jwt-rs256", redis_server, folder, oauth=True) as servers:
        one, other = servers.start_many(True, True)
        sets = [server.request("GET", "/.well-known/jwks.json").json for server in (one, other)]
        assert sets[0] == sets[1]
        assert len(sets[0]["keys"]) == 1


@pytest.mark.parametrize("name", ["jwt-rs256", "jwt-denylist"])
def test_a_code_of_one_server_is_exchanged_at_the_other(
    name: str, redis_server: RedisProcess, folder: Path
) -> None:
    with deployment(name, redis_server, folder, oauth=True) as servers:
        one, other = servers.start_many(True, True)
        asked = {
            "response_type": "code", "client_id": "demo-app", "redirect_uri": DEMO_REDIRECT, "scope": "user",
            "code_challenge": CHALLENGE, "code_challenge_method": "S256",
        }  # fmt: skip
        with httpx.Client(headers={"Origin": one.origin}) as browser:
            shown = browser.get(f"{one.origin}/oauth/authorize", params=asked)
            hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown.text))
            # The form goes to whichever server answers next.
            answer = browser.post(
                f"{other.origin}/oauth/authorize",
                data={**hidden, **ACCOUNT, "decision": "allow"},
                headers={"Origin": other.origin},
            )
        (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
        assert other.stop() == 0
        again = servers.start()
        exchanged = httpx.post(
            f"{again.origin}/oauth/token",
            data={
                "grant_type": "authorization_code", "code": code, "redirect_uri": DEMO_REDIRECT,
                "client_id": "demo-app", "code_verifier": VERIFIER,
            },
        ).json()  # fmt: skip
        bearer = {"Authorization": f"Bearer {exchanged['access_token']}"}
        assert one.request("GET", "/me", bearer).status == 200
        renewed = httpx.post(
            f"{one.origin}/oauth/token",
            data={
                "grant_type": "refresh_token", "refresh_token": exchanged["refresh_token"],
                "client_id": "demo-app",
            },
        )  # fmt: skip
        assert renewed.status_code == 200, renewed.text
