"""A run: an experiment executed once. Everything measured is on disk before the next thing is measured."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from authbench.contracts.card import Card
from authbench.contracts.experiment import Arm, Experiment, Workload
from authbench.contracts.failure import Failure
from authbench.contracts.hosts.hosts_file import Hosts
from authbench.contracts.masking import masked
from authbench.contracts.records import (
    CheckResult,
    GenerationTimes,
    JudgedSlice,
    Manifest,
    Placement,
    Purpose,
    Rate,
    RunPlan,
    ServerConfig,
    SliceRecord,
    Store,
    StoreMemory,
)
from authbench.contracts.run_directory import RunWriter
from loadtests.harness.hosts.possible import require_possible, require_same_hosts, require_same_machines
from loadtests.harness.load.generators import Columns
from loadtests.harness.load.meeting import Meeting
from loadtests.harness.processes.arm_environment import make_environments
from loadtests.harness.processes.descriptors import require_descriptors
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.redis_server import check_store
from loadtests.harness.processes.scratch import one_measurement_at_a_time, scratch_directory
from loadtests.harness.run.earlier_rate import keep_earlier
from loadtests.harness.run.generation import Bench, fresh_generation, require_passed, start_bench
from loadtests.harness.run.order import orders, schedule_seed
from loadtests.harness.run.outlook import Outlook, UnderWay, outlook
from loadtests.harness.run.rate import CpuClock, Offering, find_rate, ladder_rates, requests_expected
from loadtests.harness.run.slice import SliceSetting
from loadtests.harness.run.start_or_resume import Start, utc_now

_ATTEMPTS = 3
"""Measurements of one slice before its whole cycle is given up."""

Judge = Callable[[SliceRecord, Columns, Experiment], tuple[list[str], list[str]]]
"""(record, samples, experiment) -> (codes of rules that void the slice, codes that tag it)."""
Times = Sequence[GenerationTimes]
Enough = Callable[[list[JudgedSlice], Experiment, Times, RunPlan | None], str | None]
"""Why the run may stop now, or None."""
PlanCycles = Callable[[list[JudgedSlice], Experiment, Times], RunPlan | None]
"""The plan of the run, from its first whole generations; None: there is none, or not yet."""
Expect = Callable[[list[JudgedSlice], Experiment, Times, RunPlan | None], int]
"""How many generations the run will have in all."""


class Progress(Protocol):
    """Where a run reports how far it is."""

    def phase(self, text: str) -> None:
        """Tell that a new step of the run begins; `text` names it."""

    def outlook(self, outlook: Outlook) -> None:
        """How far the run is and how long it will still take: at each step, and after each slice."""

    def slices(self, recorded: list[JudgedSlice]) -> None:
        """Another slice was measured; `recorded` has all of them."""


class MeasuredGeneration(Protocol):
    """What is measured between two starts: fresh servers of our own, or a service that is not ours."""

    checks: list[CheckResult]
    configs: dict[str, ServerConfig]
    store_added_us: dict[str, float]
    start_s: dict[str, float]

    @property
    def load(self) -> Offering: ...
    @property
    def cpu_clocks(self) -> Mapping[str, CpuClock]: ...
    @property
    def packages(self) -> dict[str, dict[str, str | None]]: ...
    @property
    def cards(self) -> dict[str, Card]: ...
    @property
    def store_memory(self) -> dict[str, StoreMemory]: ...
    def describe_stores(self) -> list[Store]: ...
    def placement(self) -> Placement: ...
    def warm_up(self) -> None: ...
    def supply(self, requests_expected: float) -> None: ...
    def measure(self, setting: SliceSetting) -> tuple[SliceRecord, Columns]: ...
    def alone(self, label: str) -> AbstractContextManager[None]: ...


class OpenGeneration(Protocol):
    """Makes a generation ready, and ends it."""

    def __call__(
        self,
        planned: Sequence[Arm],
        workload: Workload,
        bench: Bench,
        *,
        measure_memory: bool,
        whole_life: bool,
    ) -> AbstractContextManager[MeasuredGeneration]:
        """`measure_memory` and `whole_life`: as for `fresh_generation`."""
        ...


@dataclass
class RunRequest:
    """What the command line asks for."""

    start: Start
    results: Path
    judge: Judge
    enough: Enough
    plan_cycles: PlanCycles
    expect: Expect
    progress: Progress
    redis_url: str | None = None
    meeting: Meeting | None = None
    """Where workers join; None: the load comes from this machine."""
    hosts: Hosts | None = None
    """Where the parts of the run are; None: all on this machine."""
    open_generation: OpenGeneration = fresh_generation
    """Makes what is measured ready; fresh servers of our own unless given."""


def run_experiment(request: RunRequest) -> Path:
    """Execute the experiment, or what is left of it. Returns the run's directory, now `complete`.

    After a Failure, KeyboardInterrupt or anything else the manifest says `aborted` or `interrupted`.
    """
    manifest = request.start.manifest
    _require_same_origin(manifest, request.meeting)
    require_same_hosts(manifest, request.hosts)
    require_possible(manifest.experiment, request.hosts, request.redis_url)
    require_descriptors(manifest.experiment.arms, manifest.workload)
    if request.redis_url is not None or "store" not in manifest.elsewhere:
        check_store(request.redis_url)  # a mistake is reported before anything is made
    with one_measurement_at_a_time(lambda: request.progress.phase("waiting: another run is measuring here")):
        make_environments(manifest.experiment.arms, request.progress.phase)
        run = _Run(request)
        try:
            run.execute()
        except KeyboardInterrupt:
            run.give_up("interrupted", "stopped by a signal")
            raise
        except BaseException as error:
            run.give_up("aborted", masked(str(error)) or type(error).__name__)
            raise
        finally:
            run.writer.close()
        return run.writer.path


def _require_same_origin(manifest: Manifest, meeting: Meeting | None) -> None:
    """Failure for a run that was begun with workers and goes on without them, or the other way round."""
    if manifest.load_from_workers and meeting is None:
        raise Failure(f"{manifest.run_id} has its load from workers: give --workers-at and --join-key-file")
    if meeting is not None and not manifest.load_from_workers:
        raise Failure(f"{manifest.run_id} has its load from this machine: leave --workers-at out")


class _Run:
    """The state of one execution."""

    def __init__(self, request: RunRequest) -> None:
        self.request = request
        self.manifest: Manifest = request.start.manifest
        if not request.start.resumed:  # it may have waited for another run
            self.manifest = self.manifest.model_copy(update={"started_at": utc_now()})
        self.experiment = self.manifest.experiment
        self.recorded: list[JudgedSlice] = list(request.start.recorded)
        self.before = self.manifest.slices_recorded - len(self.recorded)
        self.writer = RunWriter(request.results / "raw", self.manifest, resume=request.start.resumed)
        self._number = request.start.first_generation
        self._orders: dict[str, Iterator[list[str]]] = {}
        self._began_s = self._generation_began_s = time.monotonic()
        self._start_s: float | None = None
        self._slices_done = 0
        self._expected = self.experiment.generations_min

    def update(self, **fields: object) -> None:
        counts = {"slices_recorded": self.before + len(self.recorded)}
        self.manifest = self.manifest.model_copy(update=counts | fields)
        self.writer.write_manifest(self.manifest)

    def give_up(self, status: Literal["interrupted", "aborted"], reason: str) -> None:
        """Record the end if the disk allows it: a manifest that says `running` is not whole either."""
        with suppress(Failure):
            self.update(status=status, status_reason=reason, finished_at=utc_now())

    def execute(self) -> None:
        """Measure generations until the stopping rule says why no more. Seconds of earlier pieces count."""
        times = self.manifest.times
        self._began_s = time.monotonic() - (times[-1].elapsed_s if times else 0.0)
        layout = plan_layout(available_processors())
        self.request.progress.phase("starting the load generator")
        prefix = f"authbench:{self.manifest.run_id}"
        with (
            scratch_directory() as scratch,
            start_bench(
                layout,
                scratch,
                self.request.redis_url,
                prefix,
                self.manifest.generators,
                self.request.meeting,
                self.request.progress.phase,
                self.request.hosts,
            ) as bench,
        ):
            require_same_machines(self.manifest, bench.hosts.records())
            reason = self._why_stop() if self.recorded else None
            number = self.request.start.first_generation
            while reason is None:
                reason = self._generation(number, bench)
                number += 1
        self.update(status="complete", stop_reason=reason, finished_at=utc_now())

    def _why_stop(self) -> str | None:
        manifest = self.manifest
        self._expected = self.request.expect(self.recorded, self.experiment, manifest.times, manifest.plan)
        return self.request.enough(self.recorded, self.experiment, manifest.times, manifest.plan)

    def _generation(self, number: int, bench: Bench) -> str | None:
        """Start fresh processes and measure on them. Returns why the run may stop now, or None."""
        self._number, self._generation_began_s = number, time.monotonic()
        self._start_s, self._slices_done = None, 0
        ours = self.manifest.service is None
        self._say("fresh processes, credentials, verification" if ours else "logins of the service's users")
        first = self.manifest.placement is None
        with self.request.open_generation(
            self.experiment.arms, self.manifest.workload, bench, measure_memory=first, whole_life=first
        ) as generation:
            if first:
                self._describe(generation, bench)
            else:
                self._expect_the_same(generation)
            require_passed(generation.checks)
            generation.warm_up()
            if self.manifest.rate is None:
                self._find_rate(generation)
                bench.watch.lap("find the rate")
            self._supply(number, generation)
            self._start_s = sum(generation.start_s.values())
            cycles_s = self._measure(number, generation)
        self._end_of_generation(number, generation.start_s, cycles_s)
        return self._why_stop()

    def _end_of_generation(self, number: int, steps: dict[str, float], cycles_s: float) -> None:
        """Record the generation as whole, where its time went, and the run's plan once it can be made."""
        times = GenerationTimes(
            generation=number,
            arms=len(self.experiment.arms),
            start_s=steps,
            cycles_s=cycles_s,
            elapsed_s=self._seconds_since(self._began_s),
        )
        every = [*self.manifest.times, times]
        plan = self.manifest.plan or self.request.plan_cycles(self.recorded, self.experiment, every)
        self.update(generations_done=self.manifest.generations_done + 1, times=every, plan=plan)

    def _find_rate(self, generation: MeasuredGeneration) -> None:
        self._say("finding the rate: what every arm can do")
        rate = find_rate(self.experiment, generation.load, generation.cpu_clocks)
        raw, ladder_rps = self.request.results / "raw", ladder_rates(self.experiment, rate)
        rate, ladder_rps = keep_earlier(raw, self.manifest, rate, ladder_rps)
        self.update(rate=rate, ladder_rps=ladder_rps)

    def _supply(self, number: int, generation: MeasuredGeneration) -> None:
        manifest, cycles = self.manifest, self.manifest.cycles_of(number)
        generation.supply(
            requests_expected(self.experiment, manifest.workload, self._rate, manifest.ladder_rps, cycles)
        )

    @property
    def _rate(self) -> Rate:
        assert self.manifest.rate is not None  # noqa: S101 - found in the first generation
        return self.manifest.rate

    def _measure(self, number: int, generation: MeasuredGeneration) -> float:
        """Measure every cycle of a generation. Returns the seconds of those that figures are compared in.

        These are the cycles at the offered rate and, where some arms cannot carry it, as many of the control
        and those arms at a rate of their own. Further rates and saturated slices follow.
        """
        rate = self._rate
        self._say("measuring")
        began_s, cycles, first = time.monotonic(), self.manifest.cycles_of(number), 0
        blocks: list[tuple[Purpose, float, int]] = [
            ("main", rate.offered_rps, cycles),
            ("own-rate", rate.own_rps or 0.0, cycles if rate.own_arms else 0),
            *(("ladder", rps, self.experiment.ladder_cycles) for rps in self.manifest.ladder_rps),
            ("saturated", 0.0, self.experiment.saturated_cycles),
        ]
        cycles_s = 0.0
        for purpose, rate_rps, count in blocks:
            for cycle in range(first, first + count):
                self._cycle(number, cycle, generation, rate_rps, purpose)
            first += count
            if purpose in ("main", "own-rate"):
                cycles_s = self._seconds_since(began_s)
        return cycles_s

    def _next_order(self, purpose: Purpose) -> list[str]:
        """The arms of the next cycle, in its order.

        A resumed run goes on with the orders where a fresh one would be: squares stay whole.
        """
        kind = "" if purpose in ("main", "ladder") else f"{purpose}/"
        if kind not in self._orders:
            manifest, earlier = self.manifest, range(self.request.start.first_generation)
            main = sum(manifest.cycles_of(number) for number in earlier)
            ladder = len(earlier) * len(manifest.ladder_rps) * self.experiment.ladder_cycles
            saturated = len(earlier) * self.experiment.saturated_cycles
            arms, skip = {
                "": (manifest.main_arms, main + ladder),
                "own-rate/": (manifest.own_block, main),
                "saturated/": ([arm.label for arm in self.experiment.arms], saturated),
            }[kind]
            self._orders[kind] = orders(arms, manifest.seed, kind, skip)
        return next(self._orders[kind])

    def _cycle(
        self,
        number: int,
        cycle: int,
        generation: MeasuredGeneration,
        rate_rps: float,
        purpose: Purpose,
    ) -> None:
        """Measure every arm once, in the next order; a void slice is measured again at once, in its place.

        The rules that void a slice do not look at the figures of interest, so this cannot favour an arm.
        The requests of a saturated slice are not kept: their times are those of the load, not of the server.
        """
        seed = schedule_seed(self.manifest.seed, number, cycle)
        seconds = self.experiment.saturated_s if purpose == "saturated" else self.experiment.slice_s
        kept: list[tuple[str, int, Columns]] = []
        for position, label in enumerate(self._next_order(purpose)):
            for attempt in range(_ATTEMPTS):
                setting = SliceSetting(
                    number, cycle, position, attempt, label, rate_rps, seconds, seed, purpose
                )
                with generation.alone(label) if purpose == "saturated" else nullcontext():
                    record, columns = generation.measure(setting)
                void, tags = self.request.judge(record, columns, self.experiment)
                judged = JudgedSlice(measured=record, void_because=void, tags=tags)
                self.recorded.append(judged)
                self.writer.append_slice(judged)
                if not void:
                    if purpose != "saturated":
                        kept.append((label, position, columns))
                    break
            self._slices_done += 1
            self._show_outlook()
            self.request.progress.slices(self.recorded)
        if kept:
            self.writer.write_samples(number, cycle, kept)

    def _say(self, text: str) -> None:
        self.request.progress.phase(f"generation {self.manifest.generations_done + 1}: {text}")
        self._show_outlook()

    def _show_outlook(self) -> None:
        manifest = self.manifest
        under_way = UnderWay(
            spent_s=self._seconds_since(self._generation_began_s),
            start_s=self._start_s,
            slices_done=self._slices_done,
            slices_planned=self._slices_planned(self._number),
        )
        whole = [self._slices_planned(each) for each in manifest.whole_generations]
        self.request.progress.outlook(outlook(manifest.times, self._expected, whole, under_way))

    def _slices_planned(self, number: int) -> int:
        """Slices of a generation, each counted once however often it is measured again."""
        manifest, experiment = self.manifest, self.experiment
        cycles = manifest.cycles_of(number)
        ladder_cycles = len(manifest.ladder_rps) * experiment.ladder_cycles
        return (
            (cycles + ladder_cycles) * len(manifest.main_arms)
            + cycles * len(manifest.own_block)
            + experiment.saturated_cycles * len(experiment.arms)
        )

    def _seconds_since(self, began_s: float) -> float:
        return round(time.monotonic() - began_s, 3)

    def _describe(self, generation: MeasuredGeneration, bench: Bench) -> None:
        """Record the set-up in the manifest, as the processes themselves report it."""
        stores = generation.describe_stores()
        self.update(
            placement=generation.placement(),
            hosts=bench.hosts.records(),
            store=next(iter(stores), None),
            further_stores=stores[1:],
            store_added_us=generation.store_added_us,
            packages=generation.packages,
            store_memory=generation.store_memory,
            cards=generation.cards,
            servers=generation.configs,
            verification=generation.checks,
            generator_versions=bench.generators.versions,
        )

    def _expect_the_same(self, generation: MeasuredGeneration) -> None:
        """Refuse a later generation that differs from the first; record its verification."""
        for label, config in generation.configs.items():
            first = self.manifest.servers[label].model_copy(update={"crypto": config.crypto})
            if config != first:
                raise Failure(f"the server of {label} differs from its first generation: start a new run")
        checks = [*self.manifest.verification, *generation.checks]
        self.manifest = self.manifest.model_copy(update={"verification": checks})
