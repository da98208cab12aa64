"""A generation: a set of fresh processes, seeded and verified, that some cycles are measured on."""

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import redis

from authbench.contracts.card import CacheState, Operation
from authbench.contracts.experiment import Arm, Workload
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import PlannedRequest
from authbench.contracts.measuring_protocol import Deleted, Question, StoredBytes
from authbench.contracts.records import CheckResult, ServerConfig
from authbench.system.certificate import make_certificate
from loadtests.harness.population import fill, lay_out_reads, lay_out_workload, seed_population
from loadtests.harness.processes.generators import Generators
from loadtests.harness.processes.placement import Layout
from loadtests.harness.processes.redis_server import RunningRedis, check_store, connect_redis, start_redis
from loadtests.harness.processes.second_client import SecondClient
from loadtests.harness.processes.server import Server
from loadtests.harness.processes.store_proxy import StoreProxies
from loadtests.harness.run.slice import ArmUnderTest, SliceMeter
from loadtests.harness.run.warm_caches import load_until_warm
from loadtests.harness.telemetry.store_counters import StoreMeter, subtract
from loadtests.harness.verification.expiry import ExpiringCredential
from loadtests.harness.verification.identical import verify_identical
from loadtests.harness.verification.life import verify_arm

_PROOF_LIFETIME_S = 86_400
_KEEP_ALIVE_S = 86_400
"""Longer than any run: a connection that waits for its arm's next slice is not closed meanwhile."""
_WARM_UP_S = 0.4
"""Closed loop for each arm after a start: specialised bytecode, filled pools, grown heaps."""
_WARM_UP_CONNECTIONS = 16


@dataclass(frozen=True)
class Bench:
    """What outlives a generation: the load, the second client, the layout and the scratch directory."""

    generators: Generators
    second_client: SecondClient
    layout: Layout
    scratch: Path
    redis_url: str | None
    key_prefix: str


@dataclass
class Generation:
    """Everything that lives as long as one set of processes."""

    bench: Bench
    workload: Workload
    store: RunningRedis
    arms: dict[str, ArmUnderTest]
    configs: dict[str, ServerConfig]
    checks: list[CheckResult]
    meter: SliceMeter
    store_added_us: dict[str, float]
    """What a proxy adds to a round trip to Redis, by arm; only arms that have one."""

    def warm_up(self) -> None:
        """Give the reads to the generator and load each arm in a closed loop for a moment."""
        for label, arm in self.arms.items():
            server, reads = arm.server, lay_out_reads(arm.server, arm.population)
            self._arm(label, server, {Operation.READ: reads})
            self.bench.second_client.arm(label, server.host, server.port, reads, server.authority)
            load = partial(self._closed_loop_rps, label)
            load_until_warm(label, len(reads), _WARM_UP_S, load, all_of_them=arm.cache == "hit")

    def _closed_loop_rps(self, label: str, duration_s: float) -> float:
        return self.bench.generators.closed_loop_rps(label, duration_s, _WARM_UP_CONNECTIONS, seed=0)

    def supply(self, requests_expected: float) -> None:
        """Lay out the whole workload, now that its size is known. Does nothing for a workload of reads."""
        workload = self.workload
        if {part.operation for part in (*workload.operations, *workload.housekeeping)} == {Operation.READ}:
            return
        for label, arm in self.arms.items():
            laid_out = lay_out_workload(arm.server, arm.card, workload, arm.population, requests_expected)
            self._arm(label, arm.server, laid_out)

    def _arm(self, label: str, server: Server, requests: dict[Operation, list[PlannedRequest]]) -> None:
        self.bench.generators.arm(label, server.host, server.port, requests, authority=server.authority)

    def forget(self) -> None:
        """Close the generators' connections to the arms."""
        for label in self.arms:
            with contextlib.suppress(Failure):
                self.bench.generators.forget(label)


@contextlib.contextmanager
def start_bench(
    layout: Layout, scratch: Path, redis_url: str | None, key_prefix: str, generators: int = 1
) -> Iterator[Bench]:
    """Start the load generators and the second client; stop them at the end.

    Failure before that where there would be no store for them to load.
    """
    check_store(redis_url)
    with contextlib.ExitStack() as stack:
        load = Generators(generators, layout.generator, scratch)
        stack.callback(load.stop)
        second_client = SecondClient(layout.generator, scratch)
        stack.callback(second_client.child.stop)
        load.wait_until_ready()
        yield Bench(load, second_client, layout, scratch, redis_url, key_prefix)


@contextlib.contextmanager
def fresh_generation(
    planned: Sequence[Arm], workload: Workload, bench: Bench, *, measure_memory: bool, whole_life: bool = True
) -> Iterator[Generation]:
    """Start the store and one server for each arm, seed and verify; stop them all at the end.

    `whole_life`: verify logins and their ends as well, not only what every request depends on.

    Failure with the exit code for verification when a scheme does not do what its name says.
    """
    with contextlib.ExitStack() as stack:
        url, layout = bench.redis_url, bench.layout
        store = connect_redis(url) if url else start_redis(bench.scratch, layout.store)
        stack.callback(store.stop)
        certificate = None
        if any(arm.condition.tls or arm.condition.store_tls for arm in planned):
            certificate = make_certificate(bench.scratch)
        proxies = StoreProxies(store.url, layout.generator, bench.scratch, certificate)
        stack.callback(proxies.stop)
        servers: dict[str, Server] = {}
        for index, arm in enumerate(planned):
            sessions = f"{bench.scratch}/arm{index}-{secrets.token_hex(4)}-sessions.sqlite"
            settings = {
                # Proofs are laid out before anything is measured.
                "dpop_proof_lifetime_s": _PROOF_LIFETIME_S,
                "keep_alive_s": _KEEP_ALIVE_S,
                "session_database_url": f"sqlite+aiosqlite:///{sessions}",
                **arm.model_dump(include={"planted_cpu_us", "planted_delay_ms"}, exclude_none=True),
                **arm.settings,
                "workers": arm.condition.workers,
                "scheme": arm.scheme,
                "redis_url": proxies.url_for(arm.condition),
                "redis_key_prefix": f"{bench.key_prefix}:{index}:",
                "database_url": f"sqlite+aiosqlite:///{bench.scratch}/arm{index}-{secrets.token_hex(4)}.sqlite",
            }
            # Starting and seeding is bulk work: on every processor, pinned once it is done.
            tls = certificate if arm.condition.tls else None
            server = Server(arm.label, f"arm{index}", settings, layout.all, bench.scratch, tls)
            stack.callback(server.stop)
            servers[arm.label] = server
        for server in servers.values():
            server.wait_until_ready()
            if url:
                stack.callback(_delete_keys, server)
        if certificate is not None:
            # All have read it. What is not there is not left behind if this process is killed.
            certificate.key.unlink()
        caches = {arm.label: arm.cache for arm in planned}
        arms = _seed(servers, workload, store, caches, measure_memory=measure_memory)
        for arm in planned:
            fill(servers[arm.label], arm.condition.live_sessions)
        for server in servers.values():
            server.pin(layout.app)
        configs = {label: server.config() for label, server in servers.items()}
        checks = _verify(arms, servers, configs, store, whole_life=whole_life)
        proxies.adjust()
        meter = SliceMeter(bench.generators, bench.second_client, store, layout, workload, proxies.pids)
        added_us = proxies.added_us(planned)
        generation = Generation(bench, workload, store, arms, configs, checks, meter, added_us)
        stack.callback(generation.forget)
        yield generation


def _seed(
    servers: dict[str, Server],
    workload: Workload,
    store: RunningRedis,
    caches: Mapping[str, CacheState | None],
    *,
    measure_memory: bool,
) -> dict[str, ArmUnderTest]:
    """Seed every arm: at the same time, or one after another where the store's memory is measured."""

    def read_bytes(server: Server) -> int | None:
        own = server.ask(Question(op="store_memory"), StoredBytes).bytes
        with contextlib.suppress(redis.RedisError):
            return own if own is not None else int(store.client.info("memory")["used_memory"])
        return None

    def seed(server: Server) -> ArmUnderTest:
        # Where nothing is ever found in a cache, a repeated operation asks what the first one asks.
        cache = caches[server.arm]
        card = server.card().with_cache("miss" if cache == "miss" else None)
        reader = partial(read_bytes, server) if measure_memory else None
        return ArmUnderTest(server, card, seed_population(server, card, workload, reader), cache)

    executor = ThreadPoolExecutor(max_workers=1 if measure_memory else len(servers))
    try:
        return dict(zip(servers, executor.map(seed, servers.values()), strict=True))
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # an interruption must not wait for the seeding


def _verify(
    arms: dict[str, ArmUnderTest],
    servers: dict[str, Server],
    configs: dict[str, ServerConfig],
    store: RunningRedis,
    *,
    whole_life: bool,
) -> list[CheckResult]:
    meter = StoreMeter(store.client)

    def count_store(server: Server, run: Callable[[], object]) -> dict[str, int]:
        before, statements = meter.read(), server.store_statements()
        run()
        return meter.since(before).application | subtract(server.store_statements(), statements)

    checks = verify_identical(servers, configs, {label: arm.population for label, arm in arms.items()})
    expiring = [
        ExpiringCredential(arm.server, arm.population) for arm in arms.values() if arm.card.authenticates
    ]
    for arm in arms.values():
        checks += verify_arm(arm.server, arm.card, arm.population, count_store, whole_life=whole_life)
    for credential in expiring:
        checks += credential.verify_expired()
    return checks


def require_passed(checks: list[CheckResult]) -> None:
    """Failure that names the first check that did not pass."""
    failed = [check for check in checks if not check.passed]
    if failed:
        first = failed[0]
        rest = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
        raise Failure(
            f"verification failed: {first.arm}: {first.check}: {first.detail}{rest}. Nothing was measured. "
            "Fix the scheme, or correct its card.",
            ExitCode.VERIFICATION,
        )


def _delete_keys(server: Server) -> None:
    with contextlib.suppress(Failure):
        server.ask(Question(op="delete_keys"), Deleted)
