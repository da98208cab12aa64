"""Measuring cycles: every arm once, judged and written before the next one is measured."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from authbench.contracts.experiment import Experiment
from authbench.contracts.records import JudgedSlice, SliceRecord
from authbench.contracts.run_directory import RunWriter
from loadtests.harness.processes.generators import Columns
from loadtests.harness.run.generation import Generation
from loadtests.harness.run.order import schedule_seed
from loadtests.harness.run.slice import SliceSetting

_ATTEMPTS = 3
"""Measurements of one slice before its whole cycle is given up."""

Judge = Callable[[SliceRecord, Columns, Experiment], tuple[list[str], list[str]]]
"""(record, samples, experiment) -> (codes of rules that void the slice, codes that tag it)."""


@dataclass
class Cycles:
    """Measures cycles of one run. Every slice is added to `recorded`, which the caller shares."""

    experiment: Experiment
    seed: int
    orders: Iterator[list[str]]
    writer: RunWriter
    judge: Judge
    recorded: list[JudgedSlice]
    on_slice: Callable[[], None]

    def measure(
        self,
        number: int,
        cycle: int,
        generation: Generation,
        rate_rps: float,
        purpose: Literal["main", "ladder"] = "main",
    ) -> None:
        """Measure one cycle in the next order; a void slice is measured again at once, in its place.

        The rules that void a slice do not look at the figures of interest, so this cannot favour an arm.
        """
        kept: list[tuple[str, int, Columns]] = []
        for position, label in enumerate(next(self.orders)):
            for attempt in range(_ATTEMPTS):
                seconds, seed = self.experiment.slice_s, schedule_seed(self.seed, number, cycle)
                setting = SliceSetting(
                    number, cycle, position, attempt, label, rate_rps, seconds, seed, purpose
                )
                record, columns = generation.meter.measure(setting, generation.arms[label])
                void, tags = self.judge(record, columns, self.experiment)
                judged = JudgedSlice(measured=record, void_because=void, tags=tags)
                self.recorded.append(judged)
                self.writer.append_slice(judged)
                if not void:
                    kept.append((label, position, columns))
                    break
            self.on_slice()
        if kept:
            self.writer.write_samples(number, cycle, kept)
