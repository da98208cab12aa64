"""Decide which part runs on which processor: from two on, the application has one to itself."""

import os
from dataclasses import dataclass
from itertools import combinations

from authbench.contracts.records import Placement


@dataclass(frozen=True)
class Layout:
    """The processors planned for each part."""

    app: tuple[int, ...]
    generator: tuple[int, ...]
    store: tuple[int, ...]
    harness: tuple[int, ...]

    @property
    def all(self) -> tuple[int, ...]:
        return tuple(sorted({*self.app, *self.generator, *self.store, *self.harness}))


def plan_layout(available: set[int]) -> Layout:
    """Lay the parts out: app alone on the last processor, store on the one before it from three on.

    The harness sleeps while a slice is measured, so it shares with the generator.
    """
    cpus = sorted(available)
    app = (cpus[-1],)
    if len(cpus) == 1:
        return Layout(app, app, app, app)
    if len(cpus) == 2:
        rest = (cpus[0],)
        return Layout(app, rest, rest, rest)
    load = tuple(cpus[:-2])
    return Layout(app, load, (cpus[-2],), load)


def available_processors() -> set[int]:
    """The processors this process may use."""
    return os.sched_getaffinity(0)


def record_placement(
    app: list[int], generator: list[int], store: list[int] | None, harness: list[int]
) -> Placement:
    """The placement as the kernel tells it, and in words which parts share a processor."""
    parts = {"application": app, "generator": generator, "store": store or []}
    shared = [
        f"{one} and {other} share processor {', '.join(map(str, common))}"
        for one, other in combinations(parts, 2)
        if (common := sorted({*parts[one]} & {*parts[other]}))
    ]
    return Placement(app=app, generator=generator, store=store, harness=harness, shared=shared)
