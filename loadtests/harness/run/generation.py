"""A generation: a set of fresh processes, seeded and verified, that some cycles are measured on."""

import contextlib
import statistics
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TypeVar

import redis

from authbench.contracts.card import Card, Operation
from authbench.contracts.experiment import Arm, Workload
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import PlannedRequest
from authbench.contracts.hosts.agent_protocol import ServerStart
from authbench.contracts.hosts.hosts_file import Hosts
from authbench.contracts.measuring_protocol import Deleted, PingOrder, Question, RoundTrips, StoredBytes
from authbench.contracts.records import (
    CheckResult,
    Placement,
    ServerConfig,
    SliceRecord,
    Store,
    StoreMemory,
)
from authbench.system.certificate import Certificate, make_certificate
from loadtests.harness.hosts.hosts_of_run import HostsOfRun, open_hosts, start_pipes
from loadtests.harness.load.generators import Columns, Generators
from loadtests.harness.load.hub import Hub
from loadtests.harness.load.meeting import Meeting
from loadtests.harness.load.pipe import start_engines
from loadtests.harness.population import (
    Population,
    fill,
    lay_out_reads,
    lay_out_workload,
    outlives,
    seed_expired,
    seed_population,
)
from loadtests.harness.processes.arm_environment import environment_of
from loadtests.harness.processes.placement import (
    Layout,
    available_processors,
    processors_of,
    record_placement,
)
from loadtests.harness.processes.redis_server import RunningRedis, check_store, connect_redis
from loadtests.harness.processes.running_server import RunningServer, stop_all
from loadtests.harness.processes.second_client import SecondClient
from loadtests.harness.processes.store_proxy import StoreProxies
from loadtests.harness.run.rate import CpuClock
from loadtests.harness.run.slice import ArmUnderTest, SliceMeter, SliceSetting
from loadtests.harness.run.stopwatch import Stopwatch
from loadtests.harness.run.warm_caches import load_until_warm
from loadtests.harness.telemetry.store_counters import StoreMeter, subtract
from loadtests.harness.verification.expiry import ExpiringCredential
from loadtests.harness.verification.identical import verify_identical
from loadtests.harness.verification.life import verify_arm

_STOP = "stop the last servers"
_PINGS = 200
_PROOF_LIFETIME_S = 86_400
_KEEP_ALIVE_S = 86_400
"""Longer than any run: a connection that waits for its arm's next slice is not closed meanwhile."""
_WARM_UP_S = 0.3
"""Closed loop for each arm after a start: specialised bytecode, filled pools, grown heaps.

That is some hundred requests. CPython 3.11 specialises bytecode after 8 calls of it (PEP 659), and every
connection of a pool is used before that.
"""
_WARM_UP_CONNECTIONS = 16
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Bench:
    """What outlives a generation: the load, the second client, the hosts and the scratch directory."""

    generators: Generators
    second_client: SecondClient
    hosts: HostsOfRun
    scratch: Path
    redis_url: str | None
    key_prefix: str
    watch: Stopwatch = field(default_factory=Stopwatch)
    numbers: dict[str, int] = field(default_factory=dict)
    """By label, of every arm there was: what its files and keys in the store are called by."""
    populations: dict[str, Population] = field(default_factory=dict)
    """By label: issued once, and good at every later server of the arm that `outlives` finds them good at."""

    @property
    def layout(self) -> Layout:
        """The processors of this machine."""
        return self.hosts.this.layout

    def number_of(self, label: str) -> int:
        return self.numbers.setdefault(label, len(self.numbers))


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
    start_s: dict[str, float] = field(default_factory=dict)
    """Seconds of the start by step, from the end of what was measured before; whole after `supply`."""

    @property
    def packages(self) -> dict[str, dict[str, str | None]]:
        """What differs in the environment of an arm, by arm; only arms that have one of their own."""
        return {label: dict(arm.packages) for label, arm in self.arms.items() if arm.packages}

    @property
    def load(self) -> Generators:
        """What sends load to the arms."""
        return self.bench.generators

    @property
    def cpu_clocks(self) -> dict[str, CpuClock]:
        """The CPU time of each arm's server."""
        return {label: arm.server.cpu_ns for label, arm in self.arms.items()}

    @property
    def cards(self) -> dict[str, Card]:
        """What each arm's scheme declares."""
        return {label: arm.card for label, arm in self.arms.items()}

    @property
    def store_memory(self) -> dict[str, StoreMemory]:
        """Memory of one credential, of each arm of which it was measured."""
        return {label: found for label, arm in self.arms.items() if (found := arm.population.memory)}

    def measure(self, setting: SliceSetting) -> tuple[SliceRecord, Columns]:
        """Measure one slice of an arm."""
        return self.meter.measure(setting, self.arms[setting.arm])

    def describe_stores(self) -> list[Store]:
        """The Redis, and its round trip from a server's processor; empty where no arm uses it."""
        using = [arm for arm in self.arms.values() if arm.card.store == "redis"]
        if not using:
            return []
        round_trips = using[0].server.ask(PingOrder(count=_PINGS), RoundTrips).round_trip_us
        return [describe(self.store, round_trips)]

    def warm_up(self) -> None:
        """Give the reads to the generator and load each arm in a closed loop for a moment."""
        for label, arm in self.arms.items():
            server, reads = arm.server, lay_out_reads(arm.server, arm.population)
            held = Operation.READ in arm.population.held
            requests = {} if held else {Operation.READ: reads}
            if _tried_alone(arm):
                alone = self.workload.alone(arm.operation)
                requests |= lay_out_workload(server, arm.card, alone, arm.population, 0)
            self._arm(label, arm, requests)
            self.bench.second_client.arm(
                label, server.host, server.port, reads, server.authority, fresh=arm.fresh_connections
            )
            load = partial(self._closed_loop_rps, label)
            load_until_warm(label, len(reads), _WARM_UP_S, load, all_of_them=arm.cache == "hit")
        self.bench.watch.lap("lay out and warm up")

    def _closed_loop_rps(self, label: str, duration_s: float) -> float:
        return self.bench.generators.closed_loop_rps(label, duration_s, _WARM_UP_CONNECTIONS, seed=0)

    def supply(self, requests_expected: float) -> None:
        """Lay out the whole workload, now that its size is known; a workload of reads is laid out already.

        Ends the start, and says in `start_s` how long it took.
        """
        asked = {label: self.workload.alone(arm.operation) for label, arm in self.arms.items()}
        more = {
            label: arm
            for label, arm in self.arms.items()
            if not _tried_alone(arm) and not _only_reads(asked[label])
        }
        for label, arm in more.items():
            laid_out = lay_out_workload(arm.server, arm.card, asked[label], arm.population, requests_expected)
            self._arm(label, arm, laid_out)
        if more:
            self.bench.watch.lap("lay out and warm up")
        self.start_s = self.bench.watch.take()

    def _arm(self, label: str, arm: ArmUnderTest, requests: dict[Operation, list[PlannedRequest]]) -> None:
        """Give the generators requests beside those that they hold."""
        server, held = arm.server, arm.population.held
        self.bench.generators.arm(
            label,
            server.host,
            server.port,
            requests,
            authority=server.authority,
            kept=sorted(held),
            fresh=arm.fresh_connections,
        )
        # The database of accounts begins anew in each generation, and a credential is used up once.
        held |= {each for each in requests if not each.uses_up_credential and each is not Operation.LOGIN}

    @contextlib.contextmanager
    def alone(self, label: str) -> Iterator[None]:
        """Give the application's processors to one server; the others wait on the generator's meanwhile.

        A server that waits wakes up ten times a second (uvicorn's tick): thirty of them took a twentieth of
        the processor, so that the one under load could not fill it.
        """
        layout = self.bench.hosts.application.layout
        for other, arm in self.arms.items():
            arm.server.pin(layout.app if other == label else layout.generator)
        yield
        for arm in self.arms.values():
            arm.server.pin(layout.app)

    def placement(self) -> Placement:
        """Which processors each part runs on, as the kernel tells it."""
        hosts, store = self.bench.hosts, self.store.processors()
        servers = {cpu for arm in self.arms.values() for cpu in arm.server.processors()}
        elsewhere = {cpu for host in hosts.generators for cpu in host.processors}
        return record_placement(
            hosts.application.numbered(sorted(servers)),
            sorted({*processors_of(self.bench.generators.pids), *elsewhere}),
            None if store is None else hosts.store.numbered(store),
            list(self.bench.layout.harness),
        )

    def forget(self) -> None:
        """Close the generators' connections to the arms."""
        for label in self.arms:
            with contextlib.suppress(Failure):
                self.bench.generators.forget(label)


def describe(store: RunningRedis, round_trips_us: Sequence[float]) -> Store:
    """A store as it states itself, with its median round trip."""
    stated = store.server
    return Store(
        source=store.source,
        server=stated.name,
        version=stated.version,
        allocator=stated.allocator,
        transport="unix" if store.url.startswith("unix") else "tcp",
        round_trip_us=round(statistics.median(round_trips_us), 1),
    )


def _tried_alone(arm: ArmUnderTest) -> bool:
    """Whether an arm is asked one operation that uses up nothing: laid out before the rate is found."""
    return arm.operation is not None and not arm.operation.uses_up_credential


def _only_reads(workload: Workload) -> bool:
    return {part.operation for part in (*workload.operations, *workload.housekeeping)} == {Operation.READ}


@contextlib.contextmanager
def start_bench(
    layout: Layout,
    scratch: Path,
    redis_url: str | None,
    key_prefix: str,
    generators: int = 1,
    meeting: Meeting | None = None,
    tell: Callable[[str], None] = lambda _: None,
    hosts: Hosts | None = None,
) -> Iterator[Bench]:
    """Start the load generators and the second client; stop them at the end.

    With a `meeting` the generators are workers, which are waited for there; `tell` gets a line about each.
    With `hosts`, which has a layout of its own, parts are on other hosts. Failure before anything is started
    where there would be no store to load.
    """
    with contextlib.ExitStack() as stack:
        where = HostsOfRun.alone(layout, scratch)
        if hosts is not None:
            if hosts.elsewhere:
                tell(f"starting on other hosts: {', '.join(hosts.elsewhere)}")
            where = stack.enter_context(open_hosts(hosts, scratch))
        if redis_url is None:
            where.store.check_store()
        else:
            check_store(redis_url)
        layout = where.this.layout
        if hosts is not None and hosts.generators:
            engines = start_pipes(hosts.generators, layout.generator, scratch)
        elif meeting is None:
            engines = start_engines(generators, layout.generator, scratch)
        else:
            hub = Hub(meeting, generators, layout.harness, scratch, tell)
            stack.callback(hub.stop)
            tell(
                f"waiting for workers, {generators} in all: authbench worker --master {hub.address} "
                f"--join-key-file {meeting.key_file}"
            )
            engines = hub.wait_for_workers()
        load = Generators(engines, scratch, where.reading_us)
        stack.callback(load.stop)
        second_client = SecondClient(layout.generator, scratch)
        stack.callback(second_client.child.stop)
        load.wait_until_ready()
        if hosts is not None and hosts.generators:
            where.know_generators(load)
        yield Bench(load, second_client, where, scratch, redis_url, key_prefix)


@contextlib.contextmanager
def fresh_generation(
    planned: Sequence[Arm], workload: Workload, bench: Bench, *, measure_memory: bool, whole_life: bool = True
) -> Iterator[Generation]:
    """Start the store and one server for each arm, seed and verify; stop them all at the end.

    `whole_life`: verify logins and their ends as well, and wait for a credential to expire: not only what
    every request depends on.

    Failure with the exit code for verification when a scheme does not do what its name says.
    """
    watch = bench.watch
    if bench.populations:
        watch.lap("decide to go on")
    else:
        watch.skip()
    with contextlib.ExitStack() as stack:
        url, layout, hosts = bench.redis_url, bench.layout, bench.hosts
        stack.callback(watch.lap, _STOP)
        store = connect_redis(url) if url else hosts.store.start_store(hosts.store_address)
        stack.callback(store.stop)
        certificate = None
        if any(arm.condition.tls or arm.condition.store_tls for arm in planned):
            certificate = make_certificate(bench.scratch, [hosts.application_address])
        proxies = StoreProxies(store.url, layout.generator, bench.scratch, certificate)
        stack.callback(proxies.stop)
        servers: dict[str, RunningServer] = {}
        stack.callback(lambda: stop_all(servers.values()))
        for arm in planned:
            servers[arm.label] = _start_server(arm, bench, proxies, certificate)
        for server in servers.values():
            server.wait_until_ready()
            if url:
                stack.callback(_delete_keys, server)
        if certificate is not None:
            # All have read it. What is not there is not left behind if this process is killed.
            certificate.key.unlink()
        watch.lap("start processes")
        arms = _populate(planned, servers, workload, store, bench, measure_memory=measure_memory)
        watch.lap("seed or restore")
        for server in servers.values():
            server.pin(hosts.application.layout.app)
        configs = {label: server.config() for label, server in servers.items()}
        checks = _verify(arms, servers, configs, store, whole_life=whole_life)
        proxies.adjust()
        hosts.this.helpers = proxies.pids
        watch.lap("verify")
        meter = SliceMeter(
            bench.generators, bench.second_client, [StoreMeter(store.client)], hosts.each, workload
        )
        added_us = proxies.added_us(planned)
        generation = Generation(bench, workload, store, arms, configs, checks, meter, added_us)
        stack.callback(generation.forget)
        stack.callback(watch.skip)
        yield generation


def _start_server(
    arm: Arm, bench: Bench, proxies: StoreProxies, certificate: Certificate | None
) -> RunningServer:
    """Start the server of an arm, with the keys and at the address of the one before it."""
    number, people = bench.number_of(arm.label), bench.populations.get(arm.label)
    settings = {
        # Proofs are laid out before anything is measured.
        "dpop_proof_lifetime_s": _PROOF_LIFETIME_S,
        "keep_alive_s": _KEEP_ALIVE_S,
        **arm.model_dump(include={"planted_cpu_us", "planted_delay_ms"}, exclude_none=True),
        **arm.settings,
        "workers": arm.condition.workers,
        "scheme": arm.scheme,
        "redis_url": proxies.url_for(arm.condition),
        "redis_key_prefix": f"{bench.key_prefix}:{number}:",
    }
    tls = certificate if arm.condition.tls else None
    port = people.port if people is not None else 0
    hosts = bench.hosts
    start = ServerStart(
        arm=arm.label,
        number=number,
        settings=settings,
        address=hosts.application_address,
        port=port,
        python=str(environment_of(arm.condition).python) if arm.condition.own_environment else None,
    )
    return hosts.application.start_server(start, tls)


def _populate(
    planned: Sequence[Arm],
    servers: dict[str, RunningServer],
    workload: Workload,
    store: RunningRedis,
    bench: Bench,
    *,
    measure_memory: bool,
) -> dict[str, ArmUnderTest]:
    """Give every arm its credentials: those of an earlier generation where they are good, or fresh ones.

    The first generation's stores are saved once they are filled, and the stores of later ones begin so. The
    arms overlap, but follow one another where the memory of the store that they share is measured.
    """
    first = not bench.populations
    in_turn = Lock()

    def read_bytes(server: RunningServer) -> int | None:
        own = server.ask(Question(op="store_memory"), StoredBytes).bytes
        with contextlib.suppress(redis.RedisError):
            return own if own is not None else int(store.client.info("memory")["used_memory"])
        return None

    def populate(arm: Arm) -> ArmUnderTest:
        server = servers[arm.label]
        # Where nothing is ever found in a cache, a repeated operation asks what the first one asks.
        card = server.card().with_cache("miss" if arm.cache == "miss" else None)
        people = bench.populations.get(arm.label)
        if people is not None:
            people.move_to(server.origin)
        if people is None or not outlives(server, people):
            if not first:
                server.ask(Question(op="delete_keys"), Deleted)
            measured = measure_memory and card.store in ("memory", "redis")
            reader = partial(read_bytes, server) if measured else None
            with in_turn if measured and card.store == "redis" else contextlib.nullcontext():
                people = seed_population(server, card, workload, reader)
                fill(server, arm.condition.live_sessions)
        return ArmUnderTest(
            server,
            card,
            people,
            arm.cache,
            arm.operation,
            fresh_connections=arm.condition.fresh_connections,
            packages=environment_of(arm.condition).differs,
        )

    def save(label: str, arm: ArmUnderTest) -> None:
        bench.populations[label] = arm.population
        if first and arm.card.asks_sql:
            bench.hosts.application.save_sessions(label)

    arms = dict(zip(servers, _overlapped(populate, planned), strict=True))
    if first and any(arm.card.store == "redis" for arm in arms.values()):
        store.save()
    _overlapped(lambda each: save(*each), list(arms.items()))
    # Not in what was saved: a store forgets them after an idle period, which may be shorter than the run.
    _overlapped(lambda arm: seed_expired(arm.server, arm.card, arm.population), list(arms.values()))
    return arms


def _overlapped(work: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """The result of each, in their order.

    Not all at once where they are many: a server that waits too long for a processor gives up its store.
    """
    executor = ThreadPoolExecutor(max_workers=min(len(items), 2 * len(available_processors())))
    try:
        return list(executor.map(work, items))
    finally:
        executor.shutdown(wait=False, cancel_futures=True)  # an interruption must not wait for the seeding


def _verify(
    arms: dict[str, ArmUnderTest],
    servers: dict[str, RunningServer],
    configs: dict[str, ServerConfig],
    store: RunningRedis,
    *,
    whole_life: bool,
) -> list[CheckResult]:
    meter = StoreMeter(store.client)

    def count_store(server: RunningServer, run: Callable[[], object]) -> dict[str, int]:
        before, statements = meter.read(), server.store_statements()
        run()
        return meter.since(before).application | subtract(server.store_statements(), statements)

    checks = verify_identical(
        servers,
        configs,
        {label: arm.population for label, arm in arms.items()},
        {label: arm.packages for label, arm in arms.items()},
    )
    expiring = [
        ExpiringCredential(arm.server, arm.population)
        for arm in arms.values()
        if arm.card.authenticates and whole_life
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


def _delete_keys(server: RunningServer) -> None:
    with contextlib.suppress(Failure):
        server.ask(Question(op="delete_keys"), Deleted)
