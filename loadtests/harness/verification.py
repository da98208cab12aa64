"""Before anything is measured: does every scheme do what its name says, and nothing else differ?"""

import secrets
from collections.abc import Callable, Mapping, Sequence

from authbench.card import Card, Operation
from authbench.records import CheckResult, ServerConfig
from loadtests.attacks.forged import canaries
from loadtests.harness.http_probe import HttpProbe, Reply
from loadtests.harness.server import Server

_READS = 20
"""Requests over which store commands are counted before the run; the run itself counts thousands."""

CountStore = Callable[[Callable[[], object]], dict[str, int]]
"""Runs a function and returns the store commands the application sent meanwhile."""


def verify_arm(
    server: Server,
    card: Card,
    good: Sequence[Mapping[str, str]],
    expired: Mapping[str, str] | None,
    count_store: CountStore,
) -> list[CheckResult]:
    """The life of a credential on one arm, over real HTTP. `good` are live credentials' headers."""
    results: list[CheckResult] = []

    def check(name: str, passed: bool, detail: str = "") -> None:
        results.append(
            CheckResult(check=name, arm=server.arm, passed=passed, detail="" if passed else detail)
        )

    with HttpProbe(server.host, server.port) as probe:
        for canary in canaries(good[0], expired, card.authenticates):
            reply = probe.request("GET", "/me", canary.headers)
            check(
                f"credential {canary.kind}",
                reply.status == canary.expected_status,
                f"status {reply.status} instead of {canary.expected_status}",
            )
            if canary.expected_status == 401:
                check(f"refusal {canary.kind}", _is_proper_refusal(reply), f"headers {reply.headers}")

        def read_some() -> None:
            for _ in range(_READS):
                probe.request("GET", "/me", good[0])

        _check_commands(check, card, Operation.READ, count_store(read_some), _READS)
        if card.authenticates:
            _verify_login(server, card, probe, check, count_store)
    return results


def _is_proper_refusal(reply: Reply) -> bool:
    """401 names its challenge (RFC 9110 section 11.6.1) and explains itself (RFC 9457)."""
    return (
        reply.header("www-authenticate") is not None
        and reply.header("content-type") == "application/problem+json"
    )


def _check_commands(
    check: Callable[[str, bool, str], None],
    card: Card,
    operation: Operation,
    counted: Mapping[str, int],
    times: int,
) -> None:
    expected = {name: calls * times for name, calls in card.store_commands[operation].items() if calls}
    check(f"store commands of {operation}", counted == expected, f"{dict(counted)} instead of {expected}")


def _verify_login(
    server: Server,
    card: Card,
    probe: HttpProbe,
    check: Callable[[str, bool, str], None],
    count_store: CountStore,
) -> None:
    account = {"username": "verification", "password": secrets.token_urlsafe(16)}
    server.ask("account", **account, scope="user")
    wrong = probe.request("POST", "/login", body={**account, "password": "wrong"})
    check("login with a wrong password", wrong.status == 401, f"status {wrong.status}")

    replies: list[Reply] = []
    commands = count_store(lambda: replies.append(probe.request("POST", "/login", body=account)))
    credential = _credential(replies[0], card)
    check("login", credential is not None, f"status {replies[0].status}")
    _check_commands(check, card, Operation.LOGIN, commands, 1)
    if credential is None:
        return
    me = probe.request("GET", "/me", credential).json()
    check("who logged in", isinstance(me, dict) and me.get("sub") == "verification", f"{me}")

    commands = count_store(lambda: replies.append(probe.request("POST", "/logout", credential)))
    check("logout", replies[1].status == 204, f"status {replies[1].status}")
    _check_commands(check, card, Operation.LOGOUT, commands, 1)
    expected = 401 if card.logout_ends_credential else 200
    after = probe.request("GET", "/me", credential).status
    check("after logout, as the card says", after == expected, f"status {after} instead of {expected}")


def _credential(reply: Reply, card: Card) -> dict[str, str] | None:
    """What a client keeps of a login's reply."""
    if reply.status not in (200, 204):
        return None
    if card.carrier == "cookie":
        cookie = (reply.header("set-cookie") or "").partition(";")[0]
        return {"Cookie": cookie} if cookie else None
    body = reply.json()
    return {"Authorization": f"Bearer {body['access_token']}"} if isinstance(body, dict) else None


def verify_identical(
    servers: Mapping[str, Server],
    configs: Mapping[str, ServerConfig],
    credentials: Mapping[str, Sequence[Mapping[str, str]]],
) -> list[CheckResult]:
    """/public, and /me of the same subjects, byte for byte; and the same server around every scheme."""
    results = []
    first = next(iter(servers))
    seen = {arm: _resources(server, credentials[arm]) for arm, server in servers.items()}
    for arm in servers:
        for (path, one), (_, other) in zip(seen[first], seen[arm], strict=True):
            same = (one.status, one.comparable_headers, one.body) == (
                other.status,
                other.comparable_headers,
                other.body,
            )
            results.append(
                CheckResult(
                    check=f"identical {path}",
                    arm=arm,
                    passed=same and other.status == 200,
                    detail="" if same else f"differs from {first}: {other}"[:300],
                )
            )
        differing = _differing_settings(configs[first], configs[arm])
        results.append(
            CheckResult(
                check="identical server",
                arm=arm,
                passed=not differing,
                detail=f"differs from {first} in {', '.join(differing)}" if differing else "",
            )
        )
    return results


def _resources(server: Server, credentials: Sequence[Mapping[str, str]]) -> list[tuple[str, Reply]]:
    with HttpProbe(server.host, server.port) as probe:
        places = sorted({0, len(credentials) // 2, len(credentials) - 1})
        return [
            ("/public", probe.request("GET", "/public")),
            *(
                (f"/me of credential {place}", probe.request("GET", "/me", credentials[place]))
                for place in places
            ),
        ]


def _differing_settings(one: ServerConfig, other: ServerConfig) -> list[str]:
    """What may not differ: everything but the scheme and its cryptography."""
    mine, theirs = one.model_dump(), other.model_dump()
    return [key for key in mine if key not in ("scheme", "crypto") and mine[key] != theirs[key]]
