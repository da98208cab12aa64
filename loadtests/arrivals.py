"""When requests are due and whose credential each one carries: pure functions of a seed.

The two come from different streams of one seed, so that a longer schedule does not change the credentials.
"""

import numpy as np
import numpy.typing as npt

_NS_PER_S = 1_000_000_000


def _streams(seed: int) -> tuple[np.random.Generator, np.random.Generator]:
    """(for arrivals, for credentials): independent children of one seed."""
    arrivals, credentials = np.random.SeedSequence(seed).spawn(2)
    return np.random.Generator(np.random.PCG64(arrivals)), np.random.Generator(np.random.PCG64(credentials))


def poisson_schedule(rate_rps: float, duration_s: float, seed: int) -> npt.NDArray[np.int64]:
    """Due times of a Poisson process, in ns from the start: sorted, each in [0, duration_s).

    The count is Poisson with mean rate_rps * duration_s; given the count, arrivals are uniform and
    independent (Ross, Introduction to Probability Models, theorem 5.2). So the count itself varies by seed.
    ValueError unless rate and duration are positive.
    """
    if not (rate_rps > 0 and duration_s > 0):
        raise ValueError(f"rate and duration must be positive: {rate_rps} requests/s for {duration_s} s")
    duration_ns = round(duration_s * _NS_PER_S)
    stream, _ = _streams(seed)
    count = stream.poisson(rate_rps * duration_s)
    return np.sort(stream.integers(0, duration_ns, size=count, dtype=np.int64))


def draw_credentials(count: int, population: int, seed: int) -> npt.NDArray[np.int64]:
    """Index of the credential of each of `count` requests, uniform over range(population).

    Without replacement: all are distinct while count <= population. Beyond that the whole population is
    shuffled anew for each pass, so no credential is used twice as often as another by chance.
    ValueError if the population is empty or the count negative.
    """
    if population < 1 or count < 0:
        raise ValueError(f"cannot draw {count} of {population} credentials")
    _, stream = _streams(seed)
    passes = -(-count // population)
    drawn = [stream.permutation(population) for _ in range(passes)]
    return np.concatenate(drawn)[:count].astype(np.int64) if drawn else np.empty(0, np.int64)
