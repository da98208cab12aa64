"""From a target file to a run that may begin: hosts confirmed, users read, every recipe checked."""

from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from authbench.contracts.card import Operation
from authbench.contracts.experiment import Arm, Experiment, JudgedBy, Share, Workload
from authbench.contracts.failure import Failure
from authbench.contracts.hosts.hosts_file import Hosts
from authbench.contracts.records import ForeignService
from authbench.contracts.target.target_file import Target, read_target
from authbench.words.counting import counted
from loadtests.harness.hosts.hosts_of_run import HostsOfRun, open_hosts
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.scratch import scratch_directory
from loadtests.harness.run.start_or_resume import Start, fresh_start
from loadtests.harness.target.check import check_variant
from loadtests.harness.target.generation import OpenTarget
from loadtests.harness.target.service import cpu_means, require_confirmed
from loadtests.harness.target.stores import addresses, observe_stores, processes_of_stores
from loadtests.harness.target.users import read_users

_WORKLOAD = "target"


@dataclass(frozen=True)
class TargetRun:
    """What `run_experiment` needs of a target."""

    start: Start
    open_generation: OpenTarget


def prepare_target(
    path: Path,
    confirmed: Collection[str],
    redis_url: str | None,
    sql_url: str | None,
    seed: int | None,
    generators: int,
    *,
    load_from_workers: bool = False,
    hosts: Hosts | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> TargetRun:
    """Read a target file and try its recipes, one request at a time. Failure in one line for a mistake.

    `confirmed`: hosts that load may be sent to beside the loopback. `redis_url` and `sql_url`: instead of
    the file's. `hosts`: where the processes are whose CPU is read; None: on this machine.
    """
    target = read_target(path)
    require_confirmed(target, confirmed)
    users = read_users(target.users, generators)
    stores = addresses(target, redis_url, sql_url)
    checked = {}
    with ExitStack() as stack:
        scratch = stack.enter_context(scratch_directory())
        where = HostsOfRun.alone(plan_layout(available_processors()), scratch)
        if hosts is not None:
            tell(f"starting an agent on the host of: {', '.join(hosts.elsewhere)}")
            # It ends with these checks: the run starts its own, which measures there alone.
            where = stack.enter_context(open_hosts(hosts, scratch))
        connected = []
        for store in stores:
            connected.append(store.connect())
            stack.callback(connected[-1].stop)
        observe_stores(where.store, target, connected)
        for variant in target.variants:
            endpoints = counted(len(variant.endpoints), "endpoint")
            tell(f"trying the recipe of {variant.name}: login, {endpoints}, renewal")
            checked[variant.name] = check_variant(target, variant, users[0], where.application)
        store_cpu_by = cpu_means(where.store, processes_of_stores(target))
    service = ForeignService(
        file=path.name,
        users=len(users),
        counts_commands=bool(redis_url or target.redis_url),
        counts_statements=bool(sql_url or target.sql_url),
        reads_store_cpu=bool(store_cpu_by),
        store_cpu_by=store_cpu_by,
        variants={name: one.facts for name, one in checked.items()},
    )
    requests = len(users) * len(target.variants[0].endpoints)
    start = fresh_start(
        experiment_of(target, seed),
        workload_of(requests),
        f"authbench run --target {path}"
        + (" --hosts FILE" if hosts is not None else "")
        + (f" --generators {generators}" if generators > 1 else ""),
        generators,
        load_from_workers=load_from_workers,
        elsewhere=hosts.elsewhere if hosts is not None else (),
    )
    manifest = start.manifest.model_copy(update={"service": service})
    return TargetRun(replace(start, manifest=manifest), OpenTarget(target, checked, users, stores))


def workload_of(requests: int) -> Workload:
    """Reads of so many distinct pairs of user and endpoint."""
    reads = [Share(operation=Operation.READ, share=1.0)]
    try:
        return Workload(name=_WORKLOAD, operations=reads, credentials=requests)
    except ValueError:
        raise Failure("a run has at most 1,000,000 pairs of user and endpoint: use fewer users") from None


def experiment_of(target: Target, seed: int | None) -> Experiment:
    """The variants as arms. The first is the baseline: it has the place of the control, and a twin."""
    first, *others = (variant.name for variant in target.variants)
    measuring = target.run.model_dump()
    return Experiment(
        name=target.name,
        question=f"What does a request cost with each variant of {target.name}?",
        workload=_WORKLOAD,
        judged_by=JudgedBy.EVERYTHING,
        arms=[
            Arm(scheme=first, role="control"),
            Arm(scheme=first, role="twin"),
            *(Arm(scheme=name) for name in others),
        ],
        compare=[(name, first) for name in others],
        seed=seed,
        **measuring,
    )
