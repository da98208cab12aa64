"""A generation of a service that is not ours: nothing is started, all else is done as for our own servers."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from authbench.contracts.card import Card, Operation
from authbench.contracts.experiment import Arm, Share, Workload
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import PlannedRequest, SliceLoad
from authbench.contracts.records import (
    CanaryResult,
    CheckResult,
    Placement,
    RenewalReading,
    ServerConfig,
    SliceRecord,
    Store,
    StoreMemory,
)
from authbench.contracts.target.target_file import Target
from loadtests.harness.load.generators import Columns, LoadReading
from loadtests.harness.processes.placement import processors_of, record_placement
from loadtests.harness.run.generation import Bench
from loadtests.harness.run.rate import CpuClock
from loadtests.harness.run.slice import SliceMeter, SliceSetting
from loadtests.harness.target.check import Checked
from loadtests.harness.target.crowd import Crowd
from loadtests.harness.target.service import observe_server
from loadtests.harness.target.stores import CountingStore, StoreAddress, observe_stores
from loadtests.harness.target.users import User
from loadtests.harness.telemetry.cpu_clock import CpuOwner
from loadtests.harness.whose_cpu.owner import require_apart

_WARM_UP_S = 0.5
_WARM_UP_CONNECTIONS = 16
_CHECKS = (
    "a login with a wrong password",
    "a request without a credential",
    "a forged credential",
    "a renewed credential",
    "the earliest credential after all logins",
)


@dataclass
class ForeignArm:
    """One variant of the service, with everything a slice needs of it."""

    crowd: Crowd
    cpu_owner: CpuOwner | None
    """None: the file names nobody."""
    operation: Operation | None = None
    held: bool = False
    """Whether the load generators have its requests, and none was renewed since."""

    def cpu_ns(self) -> int:
        """The CPU time that the service has used so far; always 0 where its processes are not known.

        Failure with the exit code of an invalid run if they have ended, or began anew.
        """
        try:
            return self.cpu_owner.cpu_ns() if self.cpu_owner else 0
        except OSError:
            self.crowd.require_up()
            raise _anew("processes.server: the service") from None

    def counters(self) -> None:
        """Nothing: the service does not say what it counted."""

    def statements(self) -> dict[str, int]:
        return {}

    def housekeeping(self, workload: Workload) -> Sequence[Share]:  # noqa: ARG002 - renewals lie outside
        return ()

    def canaries(self) -> list[CanaryResult]:
        return self.crowd.canaries()


@dataclass
class TargetGeneration:
    """The service for some cycles, with what is known of it. It stays as it is from one to the next."""

    bench: Bench
    arms: dict[str, ForeignArm]
    stores: Sequence[CountingStore]
    store_owner: CpuOwner | None
    """Whose CPU is the stores'; None: it is not measured."""
    meter: SliceMeter
    checks: list[CheckResult]
    configs: dict[str, ServerConfig] = field(default_factory=dict)
    store_added_us: dict[str, float] = field(default_factory=dict)
    start_s: dict[str, float] = field(default_factory=dict)

    @property
    def load(self) -> "TargetGeneration":
        return self

    @property
    def cpu_clocks(self) -> dict[str, CpuClock]:
        """The CPU time of each variant; always 0 where its processes are not known."""
        return {label: arm.cpu_ns for label, arm in self.arms.items()}

    @property
    def packages(self) -> dict[str, dict[str, str | None]]:
        """None: the service has the environment that it has."""
        return {}

    @property
    def cards(self) -> dict[str, Card]:
        """None: nobody declares anything of the service."""
        return {}

    @property
    def store_memory(self) -> dict[str, StoreMemory]:
        """None: what a login takes in somebody else's store is not known."""
        return {}

    def describe_stores(self) -> list[Store]:
        """The stores that count, and their round trips from here."""
        return [store.describe() for store in self.stores]

    def placement(self) -> Placement:
        """Which processors each part may run on, as the kernel tells it; empty where it is not known."""
        hosts, store = self.bench.hosts, self.store_owner
        servers = [arm.cpu_owner for arm in self.arms.values() if arm.cpu_owner]
        try:
            on_servers = sorted({cpu for owner in servers for cpu in owner.processors()})
            on_store = store.processors() if store else None
        except OSError:
            raise _anew("processes: the service or its store") from None
        return record_placement(
            hosts.application.numbered(on_servers),
            processors_of(self.bench.generators.pids),
            None if on_store is None else hosts.store.numbered(on_store),
            list(self.bench.layout.harness),
        )

    def warm_up(self) -> None:
        """Load each arm in a closed loop for a moment."""
        for label, arm in self.arms.items():
            with _while_it_serves(arm):
                self._prepare(label, _WARM_UP_S)
                self.bench.generators.closed_loop_rps(label, _WARM_UP_S, _WARM_UP_CONNECTIONS, seed=0)
        self.bench.watch.lap("warm up")

    def supply(self, requests_expected: float) -> None:  # noqa: ARG002 - reads use nothing up
        """End the start, and say how long it took."""
        self.start_s = self.bench.watch.take()

    def offer(self, load: SliceLoad) -> LoadReading:
        """Send a load that no figure rests on, such as a trial for the rate."""
        with _while_it_serves(self.arms[load.arm]):
            self._prepare(load.arm, load.duration_s)
            return self.bench.generators.offer(load)

    def measure(self, setting: SliceSetting) -> tuple[SliceRecord, Columns]:
        """Renew what would expire, then measure one slice. Failure if a process of the service has ended."""
        arm = self.arms[setting.arm]
        with _while_it_serves(arm):
            renewal = self._prepare(setting.arm, setting.duration_s)
            record, columns = self.meter.measure(setting, arm)
        return record.model_copy(update={"renewal": renewal}), columns

    @contextlib.contextmanager
    def alone(self, label: str) -> Iterator[None]:  # noqa: ARG002 - others' processes are not moved
        """Leave the processes where they are."""
        yield

    def _prepare(self, label: str, for_s: float) -> RenewalReading | None:
        """Renew the credentials that a slice of so many seconds would outlive, and open fresh connections.

        Fresh ones for each slice: a server closes those that wait for their arm's next slice, Node's and
        uvicorn's after 5 s, and a request that meets the close would count as an error of the service.
        """
        arm = self.arms[label]
        renewal = arm.crowd.renew(for_s)
        arm.held = arm.held and renewal is None
        service, reads = arm.crowd.service, arm.crowd.reads()
        requests: dict[Operation, list[PlannedRequest]] = {} if arm.held else {Operation.READ: reads}
        self.bench.generators.arm(
            label,
            service.host,
            service.port,
            requests,
            authority=service.authority,
            kept=[Operation.READ] if arm.held else [],
            opening=arm.crowd.opening,
        )
        arm.held = True
        self.bench.second_client.arm(
            label, service.host, service.port, reads, service.authority, arm.crowd.opening
        )
        return renewal

    def forget(self) -> None:
        """Close the generators' connections to the service."""
        for label in self.arms:
            with contextlib.suppress(Failure):
                self.bench.generators.forget(label)


class OpenTarget:
    """Opens generations of one target. Its users log in once, and stay logged in for the whole run."""

    def __init__(
        self,
        target: Target,
        checked: dict[str, Checked],
        users: Sequence[User],
        stores: Sequence[StoreAddress],
    ) -> None:
        """`checked`: by the variant's name. `stores`: those that are asked what they counted."""
        self._target = target
        self._checked = checked
        self._users = users
        self._stores = stores
        self._crowds: dict[str, Crowd] = {}

    @contextlib.contextmanager
    def __call__(
        self,
        planned: Sequence[Arm],
        workload: Workload,
        bench: Bench,
        *,
        measure_memory: bool,  # noqa: ARG002 - it cannot be
        whole_life: bool,  # noqa: ARG002 - the recipe was checked before the run
    ) -> Iterator[TargetGeneration]:
        """Log the users in, the first time; know the processes; leave everything as it is at the end."""
        if self._crowds:
            bench.watch.lap("decide to go on")
        else:
            bench.watch.skip()
        with contextlib.ExitStack() as stack:
            stores = []
            for address in self._stores:
                stores.append(address.connect())
                stack.callback(stores[-1].stop)
            hosts = bench.hosts
            store_owner = observe_stores(hosts.store, self._target, stores)
            arms = {}
            for arm in planned:
                if arm.label not in self._crowds:
                    self._crowds[arm.label] = Crowd(arm.label, self._checked[arm.scheme], self._users)
                # Anew: the service may have been restarted between two generations.
                variant = self._checked[arm.scheme].variant
                owner = observe_server(hosts.application, arm.label, self._target, variant)
                arms[arm.label] = ForeignArm(self._crowds[arm.label], owner)
            for arm_under_test in arms.values():
                arm_under_test.crowd.require_alive()
            bench.watch.lap("log users in")
            checks = [CheckResult(check=check, arm=label, passed=True) for label in arms for check in _CHECKS]
            if hosts.store is hosts.application:  # ids of two hosts are of different processes
                require_apart([arm.cpu_owner for arm in arms.values()], store_owner)
            meter = SliceMeter(bench.generators, bench.second_client, stores, hosts.each, workload)
            generation = TargetGeneration(bench, arms, stores, store_owner, meter, checks)
            stack.callback(bench.watch.skip)
            stack.callback(generation.forget)
            yield generation


def _anew(what: str) -> Failure:
    return Failure(
        f"{what} was started anew. The run is marked as not complete: run it again", ExitCode.INVALID
    )


@contextlib.contextmanager
def _while_it_serves(arm: ForeignArm) -> Iterator[None]:
    """Where something fails, and the service is gone: a Failure that says so, not what went wrong after."""
    try:
        yield
    except (Failure, OSError):
        arm.crowd.require_up()
        raise
