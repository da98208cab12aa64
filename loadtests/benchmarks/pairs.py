"""Slices in pairs that are alike but for one thing: does it make a difference, and how large may that be?

A pair is one slice under each of two conditions, right after each other and with the same seed. Which one
comes first alternates, so that a machine that drifts does so under both. The figure is the median of the
pairs' ratios. Its interval holds whatever the distribution of the ratios: the true median lies between the
k-th smallest and the k-th largest of n with the probability that a binomial distribution of n and 1/2 gives
(Conover, Practical Nonparametric Statistics, 1999, 3.2).
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from authbench.contracts.failure import ExitCode, Failure
from loadtests.harness.load.generators import LoadReading

CONFIDENCE = 0.95
PAIRS_MIN = 6
"""Fewer have no interval: all of five lie on one side of the median in one case of sixteen."""
_ATTEMPTS = 5
"""Of one slice: on a shared machine the server may stall until as much is in flight as may be."""

Figures = Mapping[str, float]
"""Of one slice, by name; the unit is in the name."""


@dataclass(frozen=True)
class Ratio:
    """The first condition over the second."""

    median: float
    low: float
    high: float

    @property
    def differs(self) -> bool:
        """Whether the interval leaves 1 out."""
        return not self.low <= 1 <= self.high


def ratio_of(ones: Sequence[float], others: Sequence[float]) -> Ratio:
    """The median of the pairs' ratios with its interval. Failure with fewer than `PAIRS_MIN` pairs."""
    _require_enough(len(ones))
    ratios = sorted(one / other for one, other in zip(ones, others, strict=True))
    depth = _depth(len(ratios))
    return Ratio(statistics.median(ratios), ratios[depth - 1], ratios[-depth])


def _require_enough(pairs: int) -> None:
    if pairs < PAIRS_MIN:
        raise Failure(f"{pairs} pairs have no interval: measure {PAIRS_MIN} or more")


def _depth(count: int) -> int:
    """The largest k whose k-th smallest and k-th largest of `count` enclose the median with `CONFIDENCE`."""
    depth, outside = 0, 0.0
    while True:
        outside += 2 * math.comb(count, depth) / 2**count
        if outside > 1 - CONFIDENCE:
            return depth
        depth += 1


def figures_of(load: LoadReading) -> dict[str, float]:
    """What a slice cost its generators, and what it says of the server."""
    service_us = (load.columns["done_ns"] - load.columns["sent_ns"]) / 1e3
    return {
        "generator_cpu_us_per_request": load.reply.generator_cpu_ns / 1e3 / load.reply.completed,
        "service_p50_us": float(np.percentile(service_us, 50)),
        "service_p99_us": float(np.percentile(service_us, 99)),
    }


def require_whole(offer: Callable[[], tuple[LoadReading, Figures]]) -> Figures:
    """The figures of a slice of which every request was accepted; others are measured again, some times.

    Failure if that goes on: requests without a reply cost less.
    """
    for _ in range(_ATTEMPTS):
        load, figures = offer()
        if load.reply.accepted == load.reply.scheduled > 0:
            return figures
    raise Failure(
        f"not every request was accepted in {_ATTEMPTS} slices ({load.reply.outcomes}): close what else runs "
        "on this machine",
        ExitCode.INVALID,
    )


def compare_in_pairs(
    one: Callable[[int], Figures], other: Callable[[int], Figures], pairs: int
) -> dict[str, Any]:
    """Measure both conditions `pairs` times; each gets the pair's number. For each figure: medians, ratio.

    Failure with fewer than `PAIRS_MIN` pairs, before anything is measured.
    """
    _require_enough(pairs)
    conditions = (one, other)
    measured: tuple[list[Figures], list[Figures]] = ([], [])
    for pair in range(pairs):
        for which in (0, 1) if pair % 2 == 0 else (1, 0):
            measured[which].append(conditions[which](pair))
    found = {}
    for name in measured[0][0]:
        ones, others = ([figures[name] for figures in each] for each in measured)
        ratio = ratio_of(ones, others)
        found[name] = {
            "one": statistics.median(ones),
            "other": statistics.median(others),
            "ratio": asdict(ratio),
            "differs": ratio.differs,
        }
    return found


def print_comparison(one: str, other: str, found: Mapping[str, Any]) -> None:
    """Print what `compare_in_pairs` found, for people; `one` and `other` name the conditions."""
    row = "{:<30}{:>16}{:>16}{:>26}  {}".format
    print(row("", one, other, f"ratio ({CONFIDENCE:.0%} interval)", ""))
    for name, line in found.items():
        ratio = line["ratio"]
        interval = f"{ratio['median']:.3f} ({ratio['low']:.3f}-{ratio['high']:.3f})"
        verdict = "differs" if line["differs"] else "no difference seen"
        print(row(name, f"{line['one']:.1f}", f"{line['other']:.1f}", interval, verdict))
