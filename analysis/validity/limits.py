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
    "V06",
    1 / 3,
    "share",
    "largest share of an arm's slices that may be late before its latency is refused",
    "to calibrate",
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
POOLED_RUNS = Limit(
    "V19",
    5,
    "runs",
    "earlier runs of this machine from which on their twins make the noise floor",
    "to calibrate",
)

ALL: tuple[Limit, ...] = (
    SENT_SHARE,
    LATENESS_P99_MS,
    LATENESS_SHARE,
    TAGGED_SHARE,
    STALL_S,
    TWIN_CONFIDENCE,
    VOID_SHARE_FACTOR,
    VOID_SLICES_COUNTED,
    NEAR_STORE_US,
    SAMPLES_BEYOND,
    CONFIDENCE,
    POOLED_RUNS,
)
