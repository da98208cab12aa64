"""How far a run is and how long it will still take: told from what it measured of itself."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from authbench.contracts.records import GenerationTimes


@dataclass(frozen=True)
class Outlook:
    """How far a run is, for a display of its progress."""

    generation: int
    """The whole generations so far; the next is under way."""
    generations_expected: int
    """In all: by the half-width asked for, the time budget, and the experiment's most."""
    slices_done_in_generation: int
    slices_of_generation: int
    start_s: float | None
    """Mean measured seconds of a start; None before the first."""
    slices_s: float | None
    """Measured seconds that the slices of one generation take; None before the first generation has ended."""
    remaining_s: float | None
    """Seconds until the measuring ends; None before the first generation has ended."""


@dataclass(frozen=True)
class UnderWay:
    """The generation that is under way."""

    spent_s: float
    """Seconds since the generation began."""
    start_s: float | None
    """What its start took; None: it is still starting."""
    slices_done: int
    slices_planned: int


def outlook(
    times: Sequence[GenerationTimes],
    generations_expected: int,
    slices_per_generation: Sequence[int],
    under: UnderWay,
) -> Outlook:
    """The outlook of a run with these whole generations; each had so many planned slices.

    A generation still to come takes the mean start of those that are done (without the first, whose start is
    longer, where there is another) and the mean time of a slice, for as many slices as it plans.
    """
    ends = [0.0, *(each.elapsed_s for each in times)]
    starts = [sum(each.start_s.values()) for each in times]
    later = starts[1:] or starts
    known = [*starts, *([] if under.start_s is None else [under.start_s])]
    start_s = fmean(known) if known else None
    if not times or not sum(slices_per_generation):
        return Outlook(
            len(times),
            max(generations_expected, len(times) + 1),
            under.slices_done,
            under.slices_planned,
            start_s,
            None,
            None,
        )
    durations = [after - before for before, after in itertools.pairwise(ends)]
    measuring = [whole - start for whole, start in zip(durations, starts, strict=True)]
    slice_s = sum(measuring) / sum(slices_per_generation)
    slices_s = slice_s * under.slices_planned
    left_of_start = 0.0 if under.start_s is not None else max(0.0, fmean(later) - under.spent_s)
    left_here = left_of_start + slice_s * max(0, under.slices_planned - under.slices_done)
    further = max(0, generations_expected - len(times) - 1)
    return Outlook(
        generation=len(times),
        generations_expected=max(generations_expected, len(times) + 1),
        slices_done_in_generation=under.slices_done,
        slices_of_generation=under.slices_planned,
        start_s=start_s,
        slices_s=slices_s,
        remaining_s=left_here + further * (fmean(later) + slices_s),
    )
