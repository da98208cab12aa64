"""Before anything is measured: nothing but the scheme differs between two arms."""

from collections.abc import Mapping, Sequence

from authbench.records import CheckResult, ServerConfig
from loadtests.harness.http_probe import HttpProbe, Reply
from loadtests.harness.server import Server

Headers = Mapping[str, str]
_ADMIN_SCOPE = "user admin"
_LIFETIME_S = 3600


def verify_identical(
    servers: Mapping[str, Server],
    configs: Mapping[str, ServerConfig],
    credentials: Mapping[str, Sequence[Headers]],
) -> list[CheckResult]:
    """Resource endpoints byte for byte, for the same subjects; and the same server around every scheme.

    Leaves one order behind, by the first subject, on every arm.
    """
    results = []
    first = next(iter(servers))
    seen = {arm: _resources(server, credentials[arm]) for arm, server in servers.items()}
    for arm in servers:
        for what, expected in seen[first].items():
            reply, status = seen[arm][what]
            same = _comparable(reply) == _comparable(expected[0])
            results.append(
                CheckResult(
                    check=f"identical {what}",
                    arm=arm,
                    passed=same and reply.status == status,
                    detail="" if same else f"differs from {first}: {reply}"[:300],
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


def _comparable(reply: Reply) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    return reply.status, reply.comparable_headers, reply.body


def _resources(server: Server, credentials: Sequence[Headers]) -> dict[str, tuple[Reply, int]]:
    """What each resource endpoint answered, and the status it should have had; always in this order."""
    admin = server.seed(0, 1, _LIFETIME_S, scope=_ADMIN_SCOPE)[0]["headers"]
    user = credentials[0]
    found: dict[str, tuple[Reply, int]] = {}
    with HttpProbe(server.host, server.port) as probe:
        found["GET /public"] = probe.request("GET", "/public"), 200
        for place in sorted({0, len(credentials) // 2, len(credentials) - 1}):
            found[f"GET /me of credential {place}"] = probe.request("GET", "/me", credentials[place]), 200
        found["GET /orders before"] = probe.request("GET", "/orders", user), 200
        order = {"item": "book", "quantity": 2}
        found["POST /orders"] = probe.request("POST", "/orders", user, order), 201
        found["POST /orders of nothing"] = probe.request("POST", "/orders", user, {}), 422
        found["GET /orders after"] = probe.request("GET", "/orders", user), 200
        found["GET /admin/report as a user"] = probe.request("GET", "/admin/report", user), 403
        found["GET /admin/report as admin"] = probe.request("GET", "/admin/report", admin), 200
    return found


def _differing_settings(one: ServerConfig, other: ServerConfig) -> list[str]:
    """What may not differ: everything but the scheme and its cryptography."""
    mine, theirs = one.model_dump(), other.model_dump()
    return [key for key in mine if key not in ("scheme", "crypto") and mine[key] != theirs[key]]
