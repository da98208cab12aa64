"""When requests are due and whose credential each one carries: pure functions of a seed.

A seed is a number, or a stream of it (`numpy.random.SeedSequence.spawn`): what must not change together is
drawn from different streams.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from authbench.words.counting import counted

Seed = int | np.random.SeedSequence
_NS_PER_S = 1_000_000_000


def generator(seed: Seed) -> np.random.Generator:
    """PCG64 by name: numpy's default may become another one, and old runs must stay repeatable."""
    return np.random.Generator(np.random.PCG64(seed))


def poisson_schedule(rate_rps: float, duration_s: float, seed: Seed) -> npt.NDArray[np.int64]:
    """Due times of a Poisson process, in ns from the start: sorted, each in [0, duration_s).

    The count is Poisson with mean rate_rps * duration_s; given the count, arrivals are uniform and
    independent (Ross, Introduction to Probability Models, theorem 5.2). So the count itself varies by seed.
    ValueError unless rate and duration are positive.
    """
    if not (rate_rps > 0 and duration_s > 0):
        raise ValueError(f"rate and duration must be positive: {rate_rps} requests/s for {duration_s} s")
    duration_ns = round(duration_s * _NS_PER_S)
    stream = generator(seed)
    count = stream.poisson(rate_rps * duration_s)
    return np.sort(stream.integers(0, duration_ns, size=count, dtype=np.int64))


def draw_shares(count: int, shares: Sequence[float], seed: Seed) -> npt.NDArray[np.int64]:
    """Index into `shares` for each of `count` requests, independently, in proportion to the shares.

    ValueError unless there are shares, all positive.
    """
    if not shares or min(shares) <= 0:
        raise ValueError("shares must be positive, and at least one")
    upper = np.cumsum(shares)
    return _invert(upper, generator(seed).random(count))


def draw_credentials(count: int, population: int, seed: Seed) -> npt.NDArray[np.int64]:
    """Index of the credential of each of `count` requests, uniform over range(population).

    Without replacement: all are distinct while count <= population. Beyond that the whole population is
    shuffled anew for each pass, so no credential is used twice as often as another by chance.
    ValueError if the population is empty or the count negative.
    """
    _refuse_empty(count, population)
    stream = generator(seed)
    passes = -(-count // population)
    drawn = [stream.permutation(population) for _ in range(passes)]
    return np.concatenate(drawn)[:count].astype(np.int64) if drawn else np.empty(0, np.int64)


def draw_zipf(count: int, population: int, exponent: float, seed: Seed) -> npt.NDArray[np.int64]:
    """Index of the credential of each of `count` requests, with replacement: P(k) ~ 1 / (k + 1)^exponent.

    Rank is index: credential 0 is the busiest. By inverting the distribution function, so the population is
    finite and any positive exponent will do (numpy's own zipf is infinite and needs one above 1).
    ValueError if the population is empty or the count negative.
    """
    _refuse_empty(count, population)
    upper = np.cumsum(np.arange(1, population + 1, dtype=np.float64) ** -exponent)
    return _invert(upper, generator(seed).random(count))


def _invert(upper: npt.NDArray[np.float64], uniform: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Index of the step of the cumulative weights `upper` that each number of [0, 1) falls into."""
    drawn = np.searchsorted(upper, uniform * upper[-1], side="right")
    # Rounding may reach the last bound.
    return np.minimum(drawn, len(upper) - 1).astype(np.int64)  # type: ignore[no-any-return]


def _refuse_empty(count: int, population: int) -> None:
    if population < 1 or count < 0:
        raise ValueError(f"cannot draw {count} of {counted(population, 'credential')}")
