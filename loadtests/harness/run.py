"""A run: an experiment executed once. Everything measured is on disk before the next thing is measured."""

import os
import platform
import secrets
import statistics
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

import authbench
from authbench.experiment import Experiment, Workload
from authbench.failure import Failure
from authbench.records import JudgedSlice, Manifest, SliceRecord, Store
from authbench.run_directory import RunWriter
from loadtests.harness.generation import Generation, fresh_generation, require_passed
from loadtests.harness.generator import Generator
from loadtests.harness.placement import Layout, available_processors, plan_layout, record_placement
from loadtests.harness.plan import orders, schedule_seed
from loadtests.harness.rate import find_rate
from loadtests.harness.redis_server import connect_redis
from loadtests.harness.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.harness.slice import SlicePlan
from loadtests.harness.telemetry.machine import describe_machine
from loadtests.harness.telemetry.source import source_state

_ATTEMPTS = 3
"""Measurements of one slice before its whole cycle is given up."""
_PINGS = 200

Columns = Mapping[str, npt.NDArray[np.int64]]
Judge = Callable[[SliceRecord, Columns, Experiment], tuple[list[str], list[str]]]
"""(record, samples, experiment) -> (codes of rules that void the slice, codes that tag it)."""
Enough = Callable[[list[JudgedSlice], Experiment], str | None]
"""Why the run may stop now, or None."""


class Progress(Protocol):
    """Where a run tells how far it is."""

    def phase(self, text: str) -> None:
        """A new step begins."""

    def slices(self, done: int, planned: int, recorded: list[JudgedSlice]) -> None:
        """So many of the planned slices are measured."""


@dataclass
class RunRequest:
    """What the front door asks for."""

    experiment: Experiment
    workload: Workload
    results: Path
    command: str
    judge: Judge
    enough: Enough
    progress: Progress
    redis_url: str | None = None
    on_created: Callable[[Path], None] = field(default=lambda _: None)


def new_run_id(experiment: Experiment) -> str:
    """Sorts by time, names the experiment, and differs between two runs of the same second."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{experiment.name}-{secrets.token_hex(3)}"


def run_experiment(request: RunRequest) -> Path:
    """Execute the experiment. Returns the run's directory, whose manifest says `complete`.

    Failure, KeyboardInterrupt and everything else leave a manifest that says `aborted` or `interrupted`.
    """
    if request.redis_url is not None:
        connect_redis(request.redis_url).stop()  # a mistake in it is told before anything is made
    with one_measurement_at_a_time(lambda: request.progress.phase("waiting: another run is measuring here")):
        run = _Run(request)
        try:
            run.execute()
        except KeyboardInterrupt:
            run.give_up("interrupted", "stopped by a signal")
            raise
        except BaseException as error:
            run.give_up("aborted", str(error) or type(error).__name__)
            raise
        finally:
            run.writer.close()
        return run.writer.path


class _Run:
    """The state of one execution."""

    def __init__(self, request: RunRequest) -> None:
        self.request = request
        self.experiment = request.experiment
        seed = request.experiment.seed
        source = source_state()
        self.manifest = Manifest(
            run_id=new_run_id(request.experiment),
            status="running",
            started_at=_now(),
            authbench_version=authbench.__version__,
            git_commit=source.commit,
            git_dirty=source.dirty,
            command=request.command,
            seed=secrets.randbits(32) if seed is None else seed,
            experiment=request.experiment,
            workload=request.workload,
            machine=describe_machine(),
        )
        self.recorded: list[JudgedSlice] = []
        self.writer = RunWriter(request.results / "raw", self.manifest)
        request.on_created(self.writer.path)
        labels = [arm.label for arm in self.experiment.arms]
        self.orders = orders(labels, self.manifest.seed)

    def update(self, **fields: object) -> None:
        self.manifest = self.manifest.model_copy(update=fields)
        self.writer.write_manifest(self.manifest)

    def give_up(self, status: Literal["interrupted", "aborted"], reason: str) -> None:
        """Say so on disk, if the disk lets us: a manifest that still says `running` is as little whole."""
        try:
            self.update(status=status, status_reason=reason, finished_at=_now(), **self._counts())
        except Failure:
            return

    def execute(self) -> None:
        layout = plan_layout(available_processors())
        self.request.progress.phase("starting the load generator")
        with ExitStack() as stack:
            scratch = stack.enter_context(scratch_directory())
            generator = Generator(layout.generator, scratch)
            stack.callback(generator.child.stop)
            generator.wait_until_ready()
            reason = None
            number = 0
            while reason is None:
                reason = self._generation(number, generator, layout, scratch)
                number += 1
        self.update(status="complete", stop_reason=reason, finished_at=_now(), **self._counts())

    def _generation(self, number: int, generator: Generator, layout: Layout, scratch: Path) -> str | None:
        self.request.progress.phase(f"generation {number + 1}: fresh processes, credentials, verification")
        with fresh_generation(
            self.experiment,
            self.request.workload,
            generator,
            layout=layout,
            scratch=scratch,
            redis_url=self.request.redis_url,
            key_prefix=f"authbench:{self.manifest.run_id}",
        ) as generation:
            if number == 0:
                self._describe(generation, generator, layout)
            else:
                self.manifest = self.manifest.model_copy(
                    update={"verification": [*self.manifest.verification, *generation.checks]}
                )
            require_passed(generation.checks)
            if self.manifest.rate is None:
                self.request.progress.phase("finding the rate: closed loop on every arm")
                self.update(rate=find_rate(self.experiment, generator, list(generation.arms)))
            self.request.progress.phase(f"generation {number + 1}: measuring")
            for cycle in range(self.experiment.cycles):
                self._cycle(number, cycle, generation)
        self.update(generations_done=number + 1, **self._counts())
        return self.request.enough(self.recorded, self.experiment)

    def _describe(self, generation: Generation, generator: Generator, layout: Layout) -> None:
        """What the manifest says of the set-up, read back from the processes themselves."""
        arms = generation.arms
        store_child = generation.store.child
        app = sorted({cpu for arm in arms.values() for cpu in os.sched_getaffinity(arm.server.pid)})
        with_store = [arm for arm in arms.values() if arm.card.store == "redis"]
        store = None
        if with_store:
            round_trips = with_store[0].server.ask("ping_store", count=_PINGS)["round_trip_us"]
            store = Store(
                source=generation.store.source,
                version=generation.store.version,
                transport="unix" if generation.store.url.startswith("unix") else "tcp",
                round_trip_us=round(statistics.median(round_trips), 1),
            )
        self.update(
            placement=record_placement(
                app,
                sorted(os.sched_getaffinity(generator.child.pid)),
                sorted(os.sched_getaffinity(store_child.pid)) if store_child else None,
                list(layout.harness),
            ),
            store=store,
            cards={label: arm.card for label, arm in arms.items()},
            servers=generation.configs,
            verification=generation.checks,
            generator_versions={**generator.versions, "python": platform.python_version()},
        )

    def _cycle(self, number: int, cycle: int, generation: Generation) -> None:
        assert self.manifest.rate is not None  # noqa: S101 - set before the first cycle
        kept: list[tuple[str, int, Columns]] = []
        for position, label in enumerate(next(self.orders)):
            for attempt in range(_ATTEMPTS):
                plan = SlicePlan(
                    number,
                    cycle,
                    position,
                    attempt,
                    label,
                    self.manifest.rate.offered_rps,
                    self.experiment.slice_s,
                    schedule_seed(self.manifest.seed, number, cycle),
                )
                record, columns = generation.meter.measure(plan, generation.arms[label])
                void, tags = self.request.judge(record, columns, self.experiment)
                self.recorded.append(JudgedSlice(measured=record, void_because=void, tags=tags))
                self.writer.append_slice(self.recorded[-1])
                if not void:
                    kept.append((label, position, columns))
                    break
            planned = self.experiment.cycles * len(self.experiment.arms) * self.experiment.generations_min
            self.request.progress.slices(len(self.recorded), planned, self.recorded)
        if kept:
            self.writer.write_samples(number, cycle, kept)

    def _counts(self) -> dict[str, object]:
        return {"slices_recorded": len(self.recorded)}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
