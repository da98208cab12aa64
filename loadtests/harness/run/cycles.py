"""Measuring cycles: every arm once, judged and written before the next one is measured."""

from collections.abc import Callable, Iterator
from typing import Literal

from authbench.contracts.experiment import Experiment
from authbench.contracts.records import JudgedSlice, SliceRecord
from authbench.contracts.run_directory import RunWriter
from loadtests.harness.processes.generators import Columns
from loadtests.harness.run.generation import Generation
from loadtests.harness.run.order import schedule_seed
from loadtests.harness.run.slice import SlicePlan

_ATTEMPTS = 3
"""Measurements of one slice before its whole cycle is given up."""

Judge = Callable[[SliceRecord, Columns, Experiment], tuple[list[str], list[str]]]
"""(record, samples, experiment) -> (codes of rules that void the slice, codes that tag it)."""


class Cycles:
    """Measures cycles of one run. Every slice is added to `recorded`, which the caller shares."""

    def __init__(
        self,
        experiment: Experiment,
        seed: int,
        orders: Iterator[list[str]],
        writer: RunWriter,
        judge: Judge,
        recorded: list[JudgedSlice],
        on_slice: Callable[[], None],
    ) -> None:
        self._experiment = experiment
        self._seed = seed
        self._orders = orders
        self._writer = writer
        self._judge = judge
        self._recorded = recorded
        self._on_slice = on_slice

    def measure(
        self,
        number: int,
        cycle: int,
        generation: Generation,
        rate_rps: float,
        purpose: Literal["main", "ladder"] = "main",
    ) -> None:
        """Measure one cycle in the next order; a void slice is replaced at once, in its place.

        Replaced whatever its figures are: the rules that void a slice do not look at them.
        """
        kept: list[tuple[str, int, Columns]] = []
        for position, label in enumerate(next(self._orders)):
            for attempt in range(_ATTEMPTS):
                plan = SlicePlan(
                    number,
                    cycle,
                    position,
                    attempt,
                    label,
                    rate_rps,
                    self._experiment.slice_s,
                    schedule_seed(self._seed, number, cycle),
                    purpose,
                )
                record, columns = generation.meter.measure(plan, generation.arms[label])
                void, tags = self._judge(record, columns, self._experiment)
                judged = JudgedSlice(measured=record, void_because=void, tags=tags)
                self._recorded.append(judged)
                self._writer.append_slice(judged)
                if not void:
                    kept.append((label, position, columns))
                    break
            self._on_slice()
        if kept:
            self._writer.write_samples(number, cycle, kept)
