"""The thresholds of the validity rules, each with its unit, what it means and where it comes from.

Every report prints them, in this order. A threshold of one rule alone may stand in the rule's own file. A
value marked 'to calibrate' is a starting value: on a quiet machine about twenty A/A runs should lose no more
than one slice in ten to it.
"""

from dataclasses import dataclass

from authbench.contracts.target.guard import HASHING_US, LOGIN_SHARE


@dataclass(frozen=True)
class Limit:
    """A threshold of a rule, as used."""

    rule: str
    value: float
    unit: str
    meaning: str
    source: str = "to calibrate"


SENT_SHARE = Limit("V01", 0.995, "share", "smallest share of the scheduled requests that must have been sent")
DISPERSION_LOW = Limit(
    "V02", 0.8, "variance / mean", "smallest dispersion of the counts of sent requests", "Poisson: 1"
)
DISPERSION_HIGH = Limit(
    "V02", 1.25, "variance / mean", "largest dispersion of the counts of sent requests", "Poisson: 1"
)
DISPERSION_CHANCE = Limit(
    "V02",
    0.001,
    "probability",
    "with which a Poisson process may still be called none where few requests were sent",
    "chi-square of the dispersion",
)
FROZEN_SEEN = Limit(
    "V04",
    0.9,
    "share",
    "of the requests due while a server stood still that must be recorded as answered only afterwards",
    "an open loop shows all of them, a closed loop one for each connection",
)
FROZEN_CHANCE = Limit(
    "V04",
    0.0001,
    "probability",
    "with which a Poisson process may have so few requests due while a server stood still",
    "convention",
)
TIME_UNIT_US = Limit("V05", 10.0, "us", "largest unit in which a time may be recorded", "1 % of 1 ms")
DISTINCT_TIMES = Limit("V05", 50, "values", "that an arm's service times must at least take")
LATENESS_P50_MS = Limit(
    "V06",
    0.5,
    "ms",
    "largest p50 of sent - due in a slice; a limit that grows with the service time would select by outcome",
)
LATENESS_P99_MS = Limit(
    "V06",
    5.0,
    "ms",
    "largest p99 of sent - due in a slice",
    "one time slice of a scheduler; two recorded runs on two shared cores: above it in 3 to 7 % of cycles",
)
LATENESS_SHARE = Limit(
    "V06",
    0.10,
    "share",
    "of an arm's median service time that the generator's median lateness may add to its response times",
    "an additive 0.7 ms turns a true 1.25x at 2 ms into 1.19x",
)
TAGGED_SHARE = Limit(
    "V06/V07/V10",
    1 / 3,
    "share",
    "of an arm's slices that may carry one of their tags before its latency is marked",
)
GENERATOR_SHARE = Limit("V07", 0.5, "share", "largest part of a slice's window the generator may be busy")
PROBE_SHARE = Limit(
    "V08",
    0.20,
    "share",
    "of the probe client's median by which the generator's may differ, unless the next limit is more",
)
PROBE_MS = Limit("V08", 0.5, "ms", "by which the medians of generator and probe client may differ anyway")
PROBE_READINGS = Limit(
    "V08", 20, "requests", "of the probe client to one arm from which on its median is used"
)
DRIFT = Limit(
    "V09",
    0.10,
    "ratio - 1",
    "by which service times may change from the first half of a generation, or of a slice, to the second",
)
TRUNCATION = Limit(
    "V09",
    0.5,
    "share",
    "of a generation's cycles, from which on cutting off the beginning finds no steady rest",
    "MSER: White 1997",
)
TRUNCATION_CYCLES = Limit(
    "V09", 10, "cycles", "that a generation must have for MSER to be asked", "five must be left to judge by"
)
STEAL_SHARE = Limit(
    "V10", 0.05, "share", "largest part of wall time stolen from a processor of the placement"
)
RUN_QUEUE_SHARE = Limit(
    "V10", 0.10, "share", "largest part of wall time the server may wait for its processor"
)
DISTINCT_SHARE = Limit(
    "V14",
    0.9,
    "share",
    "of the different credentials that the draw makes expected which an arm's requests must have carried",
)
DISTINCT_CHANCE = Limit(
    "V14",
    0.0001,
    "probability",
    "with which an arm may carry so few different credentials by chance (normal)",
    "convention",
)
CREDENTIALS = Limit(
    "V14",
    1000,
    "credentials",
    "that a population must have before anything is compared: fewer live in every cache",
)
ERROR_SHARE = Limit(
    "V15",
    0.001,
    "share",
    "largest part of an arm's requests that may fail if its latency is compared",
)
POSITION_CHANCE = Limit(
    "V22", 0.01, "probability", "below which the place in a cycle is said to matter (Friedman)", "convention"
)
STALL_S = Limit("STALL", 0.2, "s", "shortest silence with a request waiting that is reported")
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
)
VOID_SLICES_COUNTED = Limit(
    "V23", 5, "slices", "void slices of one arm below which their share is not compared"
)
CYCLES_LEAST = Limit(
    "V24",
    10,
    "cycles",
    "whole ones, before an interval may end a run or a figure be given",
    "stopping by width keeps 94 to 95 % from ten pairs on, less from five (simulated)",
)
LITTLE_SHARE = Limit(
    "V27",
    0.10,
    "share",
    "of its expected residence by which the server's own may differ, unless the next limit is more",
)
LITTLE_MS = Limit("V27", 0.05, "ms", "by which the two residences may differ anyway")
UTILISATION_SHARE = Limit(
    "V27",
    0.10,
    "share",
    "by which the processor's utilisation at the main rate may lie off the line between its neighbours",
)
OTHERS_SHARE = Limit(
    "V28",
    0.25,
    "share of a processor",
    "largest part of one processor that other programs may use in a trial of a search",
    "the kernel counts busy time in steps of 10 ms, and interrupts are counted with it",
)
ATTRIBUTED_SHARE = Limit(
    "V28",
    0.90,
    "share",
    "least part of the processors' busy time that the run's own processes must account for",
    "interrupts and the kernel's own threads are the rest",
)
NEAR_STORE_US = Limit(
    "V29",
    100.0,
    "us",
    "round trip to the store below which it is on this machine",
    "loopback measures 20 to 80 us",
)
CLOCK_STEP_MS = Limit(
    "V34",
    1.0,
    "ms",
    "of the wall clock against the monotonic one in a slice, from which on it was set",
    "a slewed clock moves 0.5 ms in a second",
)
MEMORY_COUNTS = Limit(
    "V37",
    3,
    "counts",
    "of live credentials, a power of two between them, that a slope of memory needs",
    "hash tables double at powers of two",
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
    "V25", 3, "rates", "at which an arm must be measured before it has a slope", "two always fit a line"
)
EXTRAPOLATION = Limit(
    "V25", 2.0, "factor", "beyond what was measured, from which a planned figure is refused"
)
LINEARITY = Limit("V25", 0.99, "R^2", "below which cost is said not to be a straight line in the rate")
RATE_DIFFERENCE = Limit(
    "V39", 0.10, "share", "by which the offered rates of two runs may differ for them to be compared"
)
MEMORY_DIFFERENCE = Limit(
    "V39",
    0.01,
    "share",
    "by which the memory of two runs' machines may differ: more is another machine",
    "what kernels keep for themselves",
)
RESIDUAL_SHARE = Limit(
    "V31",
    0.15,
    "share",
    "largest part of what a scheme adds that no stage may explain before its stages are not shown",
)
CORE_FULL = Limit(
    "V41",
    0.95,
    "share",
    "of its processor's time, stolen time left out, that a server must have used when it was saturated",
    "on a machine of two processors a saturated server used 0.99",
)
GENERATOR_FULL = Limit(
    "V41",
    0.80,
    "share",
    "of its processor's time, stolen time left out, that the busiest generator may have used",
    "half again what a saturated server costs it here; a loop that is nearly full answers late",
)
SATURATION_AGREES = Limit(
    "V42",
    0.10,
    "share",
    "by which requests per core-second, seen from outside and from inside the server, may differ",
    "5 % of its core that V41 lets a server leave idle, and as much for readings in steps of 10 ms",
)
START_BOUND = Limit(
    "V43",
    0.01,
    "share of the slice",
    "by which a generator with a clock of its own may have begun before or after the others",
    "requests in a slice vary more by chance: by 1 / sqrt(n), 1 % of 10,000",
)
POOLED_RUNS = Limit(
    "V19", 5, "runs", "earlier runs of this machine from which on their twins make the noise floor"
)
PLANTED_CPU_US = Limit(
    "V19",
    25.0,
    "us",
    "largest half width of the interval in which a calibration must find a planted CPU cost again",
    "the smallest one that is planted",
)
PLANTED_CPU_SHARE = Limit(
    "V19",
    0.25,
    "share",
    "of what was planted that this half width may be instead, where that is more",
    "25 us of 100 us",
)
PLANTED_THROUGHPUT = Limit(
    "V19",
    0.05,
    "ratio - 1",
    "largest half width of the interval in which a calibration must find the throughput that planted CPU "
    "leaves, unless a quarter of what it takes is more",
    "the 25 us of PLANTED_CPU_US at 500 us a request",
)
PLANTED_DELAY_MS = Limit(
    "V19", 0.1, "ms", "farthest from a planted delay that the interval of what a calibration finds may reach"
)
LOGIN_COST = Limit(
    "V45",
    LOGIN_SHARE,
    "share of a login",
    "that a request to a protected resource must stay below, in CPU time where it is read, else in time",
    "a login is a hash and little else",
)
LOGIN_HASHES = Limit(
    "V45",
    HASHING_US,
    "us",
    "of a login from which on it is taken to hash a password",
    "parameters of RFC 9106 and OWASP: tens of milliseconds",
)

ALL: tuple[Limit, ...] = tuple(limit for limit in list(globals().values()) if isinstance(limit, Limit))
"""In the order written above."""
