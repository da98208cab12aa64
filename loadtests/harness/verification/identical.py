"""Check, before anything is measured, that two arms differ in nothing but their scheme."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from authbench.contracts.environments.pinned import canonical
from authbench.contracts.records import CheckResult, ServerConfig
from loadtests.clients.blocking_client import Reply
from loadtests.clients.client import Headers
from loadtests.harness.population import Population
from loadtests.harness.processes.running_server import RunningServer

_ADMIN_SCOPE = "user admin"
_LIFETIME_S = 3600


def verify_identical(
    servers: Mapping[str, RunningServer],
    configs: Mapping[str, ServerConfig],
    populations: Mapping[str, Population],
    packages: Mapping[str, Iterable[str]],
) -> list[CheckResult]:
    """Resource endpoints byte for byte, for the same subjects; and the same server around every scheme.

    Leaves one order behind, by the first subject, on every arm. `packages` are those of an arm's own, by arm,
    under canonical names: their versions may differ.
    """
    results = []

    def record(arm: str, what: str, passed: bool, detail: str) -> None:
        results.append(CheckResult(check=f"identical {what}", arm=arm, passed=passed, detail=detail))

    first = next(iter(servers))
    seen = {arm: _resources(server, populations[arm]) for arm, server in servers.items()}
    for arm in servers:
        for what, expected in seen[first].items():
            reply, status = seen[arm][what]
            same = _comparable(reply) == _comparable(expected[0])
            detail = "" if same else f"differs from {first}: {reply}"[:300]
            record(arm, what, same and reply.status == status, detail)
        differing = _differing_settings(
            configs[first], configs[arm], {*packages.get(first, ()), *packages.get(arm, ())}
        )
        detail = f"differs from {first} in {', '.join(differing)}" if differing else ""
        record(arm, "server", not differing, detail)
    return results


def _comparable(reply: Reply) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    return reply.status, reply.comparable_headers, reply.body


def _resources(server: RunningServer, people: Population) -> dict[str, tuple[Reply, int]]:
    """What each resource endpoint answered, and the status it should have had; always in this order."""
    bound = people.client.key_thumbprint
    admin = server.seed(0, 1, _LIFETIME_S, scope=_ADMIN_SCOPE, jkt=bound)[0].headers
    user = people.good[0]
    found: dict[str, tuple[Reply, int]] = {}
    with server.connect() as connection:

        def ask(method: str, path: str, credential: Headers, body: Any = None) -> Reply:
            return connection.request(method, path, people.client.headers(method, path, credential), body)

        found["GET /public"] = connection.request("GET", "/public"), 200
        for place in sorted({0, len(people.good) // 2, len(people.good) - 1}):
            found[f"GET /me of credential {place}"] = ask("GET", "/me", people.good[place]), 200
        found["GET /orders before"] = ask("GET", "/orders", user), 200
        order = {"item": "book", "quantity": 2}
        found["POST /orders"] = ask("POST", "/orders", user, order), 201
        found["POST /orders of nothing"] = ask("POST", "/orders", user, {}), 422
        found["GET /orders after"] = ask("GET", "/orders", user), 200
        found["GET /admin/report as a user"] = ask("GET", "/admin/report", user), 403
        found["GET /admin/report as admin"] = ask("GET", "/admin/report", admin), 200
    return found


def _differing_settings(one: ServerConfig, other: ServerConfig, packages: Collection[str]) -> list[str]:
    """What may not differ: everything but the scheme, its cryptography, and what an arm's condition says."""
    mine, theirs = (
        config.model_dump() | {"versions": _versions_of_others(config, packages)} for config in (one, other)
    )
    return [key for key in mine if key not in ("scheme", "crypto", "workers") and mine[key] != theirs[key]]


def _versions_of_others(config: ServerConfig, packages: Collection[str]) -> dict[str, str]:
    return {name: version for name, version in config.versions.items() if canonical(name) not in packages}
