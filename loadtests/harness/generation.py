"""A generation: fresh processes, credentials, verification, warm-up, then its cycles can be measured."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authbench.exitcodes import ExitCode
from authbench.experiment import Experiment, Workload
from authbench.failure import Failure
from authbench.records import CheckResult, ServerConfig
from loadtests.harness.generator import Generator
from loadtests.harness.http_probe import HttpProbe
from loadtests.harness.placement import Layout
from loadtests.harness.redis_server import RunningRedis, connect_redis, start_redis
from loadtests.harness.server import Server
from loadtests.harness.slice import ArmUnderTest, SliceMeter
from loadtests.harness.telemetry.store_counters import StoreMeter
from loadtests.harness.verification import verify_arm, verify_identical

_CREDENTIAL_LIFETIME_S = 86_400
"""Longer than any run: no credential may expire under load."""
_CONNECTIONS = 64
"""Kept-alive connections for each arm, opened before the first slice."""
_WARM_UP_S = 0.4
"""Closed loop for each arm after a start: specialised bytecode, filled pools, grown heaps."""
_WARM_UP_CONNECTIONS = 16


@dataclass
class Generation:
    """Everything that lives as long as one set of processes."""

    store: RunningRedis
    arms: dict[str, ArmUnderTest]
    configs: dict[str, ServerConfig]
    checks: list[CheckResult]
    meter: SliceMeter


@contextlib.contextmanager
def fresh_generation(
    experiment: Experiment,
    workload: Workload,
    generator: Generator,
    *,
    layout: Layout,
    scratch: Path,
    redis_url: str | None,
    key_prefix: str,
) -> Iterator[Generation]:
    """Start the store and one server for each arm, seed, verify, warm up; stop them all at the end.

    Failure with the exit code for verification when a scheme does not do what its name says.
    """
    with contextlib.ExitStack() as stack:
        store = connect_redis(redis_url) if redis_url else start_redis(scratch, layout.store)
        stack.callback(store.stop)
        servers: dict[str, Server] = {}
        for index, arm in enumerate(experiment.arms):
            settings = {
                "scheme": arm.scheme,
                "redis_url": store.url,
                "redis_key_prefix": f"{key_prefix}:{index}:",
            }
            # Starting is import work: on every processor, pinned once it is done.
            server = Server(arm.label, f"arm{index}", settings, layout.all, scratch)
            stack.callback(server.stop)
            servers[arm.label] = server
        for server in servers.values():
            server.wait_until_ready()
            server.child.pin(layout.app)
            if redis_url:
                stack.callback(_delete_keys, server)

        arms = {label: _prepare(server, workload) for label, server in servers.items()}
        configs = {label: server.config() for label, server in servers.items()}
        checks = _verify(arms, servers, configs, store)
        for label, ready in arms.items():
            _arm_generator(generator, label, ready, workload, scratch)
            generator.order(
                "closed-loop", arm=label, duration_s=_WARM_UP_S, connections=_WARM_UP_CONNECTIONS, seed=0
            )
            stack.callback(_forget, generator, label)
        yield Generation(store, arms, configs, checks, SliceMeter(generator, store, layout, scratch))


def _prepare(server: Server, workload: Workload) -> ArmUnderTest:
    card = server.card()
    good = [item["headers"] for item in server.seed(workload.credentials, _CREDENTIAL_LIFETIME_S)]
    expired = []
    if card.authenticates:
        expired = [item["headers"] for item in server.seed(workload.credentials // 10, -60)]
    return ArmUnderTest(server, card, good, expired)


def _verify(
    arms: dict[str, ArmUnderTest],
    servers: dict[str, Server],
    configs: dict[str, ServerConfig],
    store: RunningRedis,
) -> list[CheckResult]:
    meter = StoreMeter(store.client)

    def count_store(run: Callable[[], object]) -> dict[str, int]:
        before = meter.read()
        run()
        return meter.since(before).application

    checks = verify_identical(servers, configs, {label: arm.good for label, arm in arms.items()})
    for arm in arms.values():
        expired = arm.expired.pop() if arm.expired else None
        checks += verify_arm(arm.server, arm.card, arm.good, expired, count_store)
    return checks


def require_passed(checks: list[CheckResult]) -> None:
    """Failure that names the first check that did not pass."""
    failed = [check for check in checks if not check.passed]
    if failed:
        first, more = failed[0], len(failed) - 1
        rest = f" (and {more} more)" if more else ""
        raise Failure(
            f"verification failed: {first.arm}: {first.check}: {first.detail}{rest}; nothing was measured: "
            "mend the scheme or its card",
            ExitCode.VERIFICATION,
        )


def _arm_generator(
    generator: Generator, label: str, arm: ArmUnderTest, workload: Workload, scratch: Path
) -> None:
    """Hand the generator every credential and the body it must bring back, over a private file."""
    path = scratch / "credentials.json"
    with HttpProbe(arm.server.host, arm.server.port) as probe:
        sample = probe.request(workload.method, workload.path, arm.good[0])
    body = sample.body.decode()
    first_subject = "user-000000"
    if sample.status != 200 or body.count(first_subject) != 1:
        raise Failure(
            f"{label}: {workload.path} answers {sample.status} without its subject", ExitCode.VERIFICATION
        )
    credentials: list[dict[str, Any]] = [
        {"headers": headers, "body": body.replace(first_subject, f"user-{number:06d}")}
        for number, headers in enumerate(arm.good)
    ]
    path.touch(mode=0o600)
    path.write_text(json.dumps(credentials), "utf-8")
    try:
        generator.order(
            "arm",
            arm=label,
            host=arm.server.host,
            port=arm.server.port,
            method=workload.method,
            path=workload.path,
            credentials=str(path),
            connections=_CONNECTIONS,
        )
    finally:
        path.unlink()


def _forget(generator: Generator, label: str) -> None:
    with contextlib.suppress(Failure):
        generator.order("forget", arm=label)


def _delete_keys(server: Server) -> None:
    with contextlib.suppress(Failure):
        server.ask("delete_keys")
