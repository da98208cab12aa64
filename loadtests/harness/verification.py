"""Before anything is measured: does every scheme do what its card says?"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from authbench.card import Card, Operation
from authbench.records import CheckResult
from loadtests.attacks.forged import canaries
from loadtests.clients import Client, Headers, Login
from loadtests.harness.http_probe import HttpProbe, Reply
from loadtests.harness.population import Population
from loadtests.harness.server import Server

_TIMES = 10
"""Requests of each kind over which store commands are counted here; the run itself counts thousands."""

CountStore = Callable[[Server, Callable[[], object]], dict[str, int]]
"""Runs a function and returns the store commands the server sent meanwhile."""


@dataclass
class _Arm:
    """One arm while it is verified."""

    server: Server
    card: Card
    client: Client
    probe: HttpProbe
    count_store: CountStore
    results: list[CheckResult] = field(default_factory=list)

    def check(self, name: str, passed: bool, detail: str = "") -> None:
        detail = "" if passed else detail
        self.results.append(CheckResult(check=name, arm=self.server.arm, passed=passed, detail=detail))

    def ask(self, method: str, path: str, credential: Headers, body: Any = None) -> Reply:
        """A request with everything a client of this scheme presents."""
        return self.probe.request(method, path, self.client.headers(method, path, credential), body)

    def log_in(self, account: Mapping[str, str]) -> Reply:
        """POST /login."""
        headers = self.client.login_headers(lambda: self.probe.request("GET", "/csrf").set_cookies)
        return self.probe.request("POST", "/login", headers, dict(account))

    def keep(self, reply: Reply) -> Login | None:
        """The credential in a reply, if there is one."""
        return self.client.keep(reply.set_cookies, reply.json()) if reply.status == 200 else None

    def check_status(self, name: str, reply: Reply, expected: int) -> None:
        self.check(name, reply.status == expected, f"status {reply.status} instead of {expected}")

    def counted(self, operation: Operation, send: Callable[[], Reply], times: int = 1) -> list[Reply]:
        """Send, and hold the store commands to the card: exactly."""
        replies: list[Reply] = []
        counted = self.count_store(self.server, lambda: replies.extend(send() for _ in range(times)))
        calls = self.card.store_commands[operation].items()
        expected = {name: count * times for name, count in calls if count}
        self.check(f"store commands of {operation}", counted == expected, f"{counted} instead of {expected}")
        return replies


def verify_arm(
    server: Server, card: Card, population: Population, count_store: CountStore
) -> list[CheckResult]:
    """The life of a credential on one arm, over real HTTP. Uses up one expired credential."""
    with HttpProbe(server.host, server.port) as probe:
        arm = _Arm(server, card, population.client, probe, count_store)
        _verify_credentials(arm, population)
        _verify_resources(arm, population.good[0])
        if card.authenticates:
            account = {"username": "verification", "password": secrets.token_urlsafe(16)}
            server.ask("account", **account, scope="user")
            wrong = arm.log_in({**account, "password": "wrong password"})
            arm.check_status("login with a wrong password", wrong, 401)
            _verify_logout(arm, account)
            if card.refreshes:
                _verify_refresh(arm, account)
            if Operation.LOGOUT_EVERYWHERE in card.store_commands:
                _verify_logout_everywhere(arm, account)
    return arm.results


def _verify_credentials(arm: _Arm, people: Population) -> None:
    good = people.reading(people.good[0])
    expired = people.reading(people.expired.pop()) if people.expired else None
    for canary in canaries(good, expired, arm.card.authenticates):
        reply = arm.probe.request("GET", "/me", canary.headers)
        arm.check_status(f"credential {canary.kind}", reply, canary.expected_status)
        if canary.expected_status == 401:
            arm.check(f"refusal {canary.kind}", _is_proper_refusal(reply), f"headers {reply.headers}")


def _is_proper_refusal(reply: Reply) -> bool:
    """401 names its challenge (RFC 9110 section 11.6.1) and explains itself (RFC 9457)."""
    return (
        reply.header("www-authenticate") is not None
        and reply.header("content-type") == "application/problem+json"
    )


def _verify_resources(arm: _Arm, good: Headers) -> None:
    order = {"item": "book", "quantity": 1}
    arm.counted(Operation.PUBLIC, lambda: arm.probe.request("GET", "/public"), _TIMES)
    arm.counted(Operation.READ, lambda: arm.ask("GET", "/me", good), _TIMES)
    arm.counted(Operation.LIST_ORDERS, lambda: arm.ask("GET", "/orders", good), _TIMES)
    arm.counted(Operation.ADD_ORDER, lambda: arm.ask("POST", "/orders", good, order), _TIMES)


def _log_in(arm: _Arm, account: dict[str, str]) -> Login | None:
    (reply,) = arm.counted(Operation.LOGIN, lambda: arm.log_in(account))
    login = arm.keep(reply)
    arm.check("login", login is not None, f"status {reply.status}")
    return login


def _verify_logout(arm: _Arm, account: dict[str, str]) -> None:
    login = _log_in(arm, account)
    if login is None:
        return
    me = arm.ask("GET", "/me", login.headers).json()
    arm.check("who logged in", isinstance(me, dict) and me.get("sub") == account["username"], f"{me}")
    token = login.refresh_token
    body = {"refresh_token": token} if token else None
    (reply,) = arm.counted(Operation.LOGOUT, lambda: arm.ask("POST", "/logout", login.headers, body))
    arm.check_status("logout", reply, 204)
    _check_after(arm, "after logout", login)
    if token:
        again = arm.probe.request("POST", "/refresh", body={"refresh_token": token})
        arm.check("refresh after logout", 400 <= again.status < 500, f"status {again.status}")


def _check_after(arm: _Arm, name: str, login: Login) -> None:
    after = arm.ask("GET", "/me", login.headers)
    arm.check_status(f"{name}, as the card says", after, 401 if arm.card.logout_ends_credential else 200)


def _verify_refresh(arm: _Arm, account: dict[str, str]) -> None:
    login = _log_in(arm, account)
    if login is None or login.refresh_token is None:
        arm.check("a login gives a refresh token", False, "the card says that clients refresh")
        return
    old = {"refresh_token": login.refresh_token}
    (reply,) = arm.counted(Operation.REFRESH, lambda: arm.probe.request("POST", "/refresh", body=old))
    renewed = arm.keep(reply)
    arm.check("refresh", renewed is not None and renewed.refresh_token is not None, f"status {reply.status}")
    if renewed is None:
        return
    arm.check_status("the renewed credential", arm.ask("GET", "/me", renewed.headers), 200)
    reused = arm.probe.request("POST", "/refresh", body=old)
    arm.check("reuse of a refresh token is refused", 400 <= reused.status < 500, f"status {reused.status}")
    heir = {"refresh_token": renewed.refresh_token}
    dead = arm.probe.request("POST", "/refresh", body=heir)
    arm.check("reuse kills the family", 400 <= dead.status < 500, f"status {dead.status}")


def _verify_logout_everywhere(arm: _Arm, account: dict[str, str]) -> None:
    one, other = _log_in(arm, account), _log_in(arm, account)
    if one is None or other is None:
        return
    reply = arm.ask("POST", "/logout-everywhere", one.headers)
    arm.check_status("logout everywhere", reply, 204)
    _check_after(arm, "after logout everywhere, here", one)
    _check_after(arm, "after logout everywhere, elsewhere", other)
    if other.refresh_token:
        again = arm.probe.request("POST", "/refresh", body={"refresh_token": other.refresh_token})
        arm.check("refresh after logout everywhere", 400 <= again.status < 500, f"status {again.status}")
