"""Every threshold of the validity rules, once: with its unit, what it means and where it comes from.

They are printed in every report. A default marked 'to calibrate' is a starting value: on a quiet machine
about twenty A/A runs should lose no more than one slice in ten to it.
"""

from typing import NamedTuple


class Limit(NamedTuple):
    """A threshold."""

    rule: str
    value: float
    unit: str
    meaning: str
    source: str


SENT_SHARE = Limit(
    "V01", 0.995, "share", "smallest share of the scheduled requests that must have been sent", "to calibrate"
)
DISPERSION_LOW = Limit(
    "V02",
    0.8,
    "variance / mean",
    "smallest dispersion of the counts of sent requests",
    "Poisson: 1",
)
DISPERSION_HIGH = Limit(
    "V02",
    1.25,
    "variance / mean",
    "largest dispersion of the counts of sent requests",
    "Poisson: 1",
)
DISPERSION_CHANCE = Limit(
    "V02",
    0.001,
    "probability",
    "with which a Poisson process may still be called none where few requests were sent",
    "chi-square of the dispersion",
)
TIME_UNIT_US = Limit("V05", 10.0, "us", "largest unit in which a time may be recorded", "1 % of 1 ms")
DISTINCT_TIMES = Limit("V05", 50, "values", "that an arm's service times must at least take", "to calibrate")
LATENESS_P99_MS = Limit(
    "V06", 2.0, "ms", "largest p99 of sent - due, unless a tenth of the service p99 is more", "to calibrate"
)
LATENESS_SHARE = Limit(
    "V06",
    0.10,
    "share",
    "largest part of the service time the generator's own lateness may amount to, at p99 and at p50",
    "an additive 0.7 ms turns a true 1.25x at 2 ms into 1.19x",
)
TAGGED_SHARE = Limit(
    "V06/V07/V10",
    1 / 3,
    "share",
    "largest share of an arm's slices that may carry one of their tags before its latency is refused",
    "to calibrate",
)
GENERATOR_SHARE = Limit(
    "V07", 0.5, "share", "largest part of a slice's window the generator may be busy", "to calibrate"
)
STEAL_SHARE = Limit(
    "V10", 0.05, "share", "largest part of wall time stolen from a processor of the placement", "to calibrate"
)
RUN_QUEUE_SHARE = Limit(
    "V10", 0.10, "share", "largest part of wall time the server may wait for its processor", "to calibrate"
)
ERROR_SHARE = Limit(
    "V15",
    0.001,
    "share",
    "largest part of an arm's requests that may fail before its latency is refused",
    "to calibrate",
)
POSITION_CHANCE = Limit(
    "V22", 0.01, "probability", "below which the place in a cycle is said to matter (Friedman)", "convention"
)
STALL_S = Limit("STALL", 0.2, "s", "shortest silence with a request waiting that is reported", "to calibrate")
TWIN_CONFIDENCE = Limit(
    "V21",
    0.99,
    "confidence",
    "of the interval in which the two identical arms must agree; one sound run in a hundred fails it",
    "Bakshy & Frachtenberg 2015: A/A tests calibrate the instrument",
)
VOID_SHARE_FACTOR = Limit(
    "V23",
    2.0,
    "factor",
    "by which the share of void slices may differ between arms: more, and voiding selects",
    "to calibrate",
)
VOID_SLICES_COUNTED = Limit(
    "V23", 5, "slices", "void slices of one arm below which their share is not compared", "to calibrate"
)
NEAR_STORE_US = Limit(
    "V29",
    100.0,
    "us",
    "round trip to the store below which it is on this machine",
    "loopback measures 20 to 80 us",
)
SAMPLES_BEYOND = Limit(
    "V16",
    10,
    "requests",
    "that must lie beyond a percentile for it to be given: p99 needs 1000 requests",
    "order statistics; n = 71 makes p99 the maximum",
)
CONFIDENCE = Limit(
    "", 0.95, "confidence", "of every interval in this report unless it says otherwise", "convention"
)
P99_GENERATIONS = Limit(
    "V16", 5, "generations", "that must each support a p99 before it is compared", "four degrees of freedom"
)
LADDER_RATES = Limit(
    "V25",
    3,
    "rates",
    "at which an arm must be measured before it has a slope",
    "two always fit a line",
)
EXTRAPOLATION = Limit(
    "V25",
    2.0,
    "factor",
    "beyond the highest rate measured from which a plan says so",
    "to calibrate",
)
LINEARITY = Limit(
    "V25", 0.99, "R^2", "below which cost is said not to be a straight line in the rate", "to calibrate"
)
POOLED_RUNS = Limit(
    "V19",
    5,
    "runs",
    "earlier runs of this machine from which on their twins make the noise floor",
    "to calibrate",
)

ALL: tuple[Limit, ...] = tuple(limit for limit in list(globals().values()) if isinstance(limit, Limit))
"""In the order written above."""
