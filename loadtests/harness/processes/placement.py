"""Decide which part runs on which processor: from two on, the application has one to itself."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from authbench.contracts.records import Placement, processors_in_words


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


def plan_layout(available: set[int], *, application: bool = True, store: bool = True) -> Layout:
    """Lay the parts out: app alone on the last processor, store on the one before it from three on.

    The harness sleeps while a slice is measured, so it shares with the generator. A part that is not here has
    no processor here.
    """
    cpus = sorted(available)
    last = (cpus[-1],)
    load = tuple(cpus[:-1]) or last if application else tuple(cpus)
    own = load if store else ()
    if store and len(load) > 1:
        load, own = load[:-1], load[-1:]
    return Layout(last if application else (), load, own, load)


def available_processors() -> set[int]:
    """The processors this process may use."""
    return os.sched_getaffinity(0)


def processors_of(pids: Iterable[int]) -> list[int]:
    """The processors that these processes may use, as the kernel tells it. OSError for one that ended."""
    return sorted({cpu for pid in pids for cpu in os.sched_getaffinity(pid)})


def record_placement(
    app: list[int], generator: list[int], store: list[int] | None, harness: list[int]
) -> Placement:
    """The placement as the kernel tells it, and in words which parts share a processor."""
    parts = {"application": app, "generator": generator, "store": store or []}
    shared = [
        f"{one} and {other} share processor {processors_in_words(common)}"
        for one, other in combinations(parts, 2)
        if (common := sorted({*parts[one]} & {*parts[other]}))
    ]
    return Placement(app=app, generator=generator, store=store, harness=harness, shared=shared)
