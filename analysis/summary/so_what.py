"""What the measured difference of the primary pair means at a reader's own rate, in cores and nodes.

Cores are those of the figure that is compared, the store's among them. Nodes are the application's, as in a
plan (`analysis.capacity`): the store has nodes of its own.

Utilisation law (Denning & Buzen 1978): requests that each keep a processor busy for D seconds keep rate x D
processors busy.
"""

import math
from dataclasses import dataclass

from analysis.records.summary import ArmSummary, SoWhat, Summary
from analysis.validity.decimals import decimals
from authbench.words.counting import counted

NODE_CORES = 4
NODE_BUSY = 0.6
"""A node as docs/demand.example.toml has it: cores, and the share of them that may be busy at the peak."""


@dataclass(frozen=True)
class Site:
    """A reader's own rate and nodes."""

    rate_rps: float
    source: str
    """Where that rate comes from, in words."""
    node_cores: int = NODE_CORES
    node_busy: float = NODE_BUSY
    spare_nodes: int = 0

    @property
    def node_us(self) -> float:
        """CPU microseconds that one node gives in a second."""
        return self.node_cores * self.node_busy * 1e6

    def nodes(self, cost_us: float) -> int:
        """Nodes that requests of this cost need at the rate, spare ones included."""
        return max(1, math.ceil(self.rate_rps * cost_us / self.node_us)) + self.spare_nodes


def own_rate(summary: Summary) -> Site | None:
    """The run's offered rate on every core of its machine: a rate for a reader who names none."""
    if summary.rate is None:
        return None
    rate, cores = summary.rate.offered_rps, summary.served_by.cpus
    return Site(rate * cores, f"{decimals(rate)} offered x {counted(cores, 'core')} here")


@dataclass(frozen=True)
class Breaks:
    """From which rates the dearer of two arms needs more nodes than the cheaper one, requests/s."""

    first_rps: float
    """Up to this rate both need one node; just above it, the dearer one needs two."""
    always_rps: float
    """The last rate at which both need the same number: above it the dearer one always needs more."""


def node_breaks(dear_us: float, cheap_us: float, node_us: float) -> Breaks | None:
    """Find the rates from which nodes differ; None: never, neither costs more.

    Both need n nodes at rates above (n - 1) x node / cheap and up to n x node / dear. There are such rates
    while (n - 1) / cheap < n / dear, that is n < dear / (dear - cheap).
    """
    if not dear_us > cheap_us > 0:
        return None
    last = max(1, math.ceil(dear_us / (dear_us - cheap_us)) - 1)
    return Breaks(node_us / dear_us, last * node_us / dear_us)


def summarize_so_what(summary: Summary, site: Site | None = None) -> SoWhat | None:
    """Say what the primary pair's difference is at a rate; None where no comparison stands.

    `site`: the reader's rate and nodes; `own_rate` unless given. `a` of the answer is the dearer arm.
    """
    site = site or own_rate(summary)
    pair = next((c for c in summary.comparisons if c.primary), None)
    if site is None or pair is None or pair.difference is None:
        return None
    arms = {arm.arm: arm for arm in summary.arms}
    turned = pair.difference < 0
    a, b = (pair.b, pair.a) if turned else (pair.a, pair.b)
    low, high = pair.difference_low, pair.difference_high
    if turned:
        low, high = _minus(high), _minus(low)
    more = abs(pair.difference)
    dear, cheap = _application_us(arms[a]), _application_us(arms[b])
    if dear is None or cheap is None:
        return None
    breaks = node_breaks(dear, cheap, site.node_us)
    per_core = site.rate_rps / 1e6
    found = SoWhat(
        a=a,
        b=b,
        rate_rps=site.rate_rps,
        rate_source=site.source,
        cores=more * per_core,
        cores_low=None if low is None else low * per_core,
        cores_high=None if high is None else high * per_core,
        node_cores=site.node_cores,
        node_busy=site.node_busy,
        nodes_a=site.nodes(dear),
        nodes_b=site.nodes(cheap),
        node_more_from_rps=breaks.first_rps if breaks else None,
        node_more_always_rps=breaks.always_rps if breaks else None,
        sentence="",
    )
    shown = pair.verdict in ("slower", "faster")
    return found.model_copy(update={"sentence": _sentence(found, shown, arms)})


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def _application_us(arm: ArmSummary) -> float | None:
    """CPU of a request that application nodes have to give, password hashing included: as in a plan."""
    cost = arm.cpu_app_us.value
    return None if cost is None else cost + (arm.cpu_password_us.value or 0.0)


def _sentence(found: SoWhat, shown: bool, arms: dict[str, ArmSummary]) -> str:
    at = f"At {decimals(found.rate_rps)} requests/s ({found.rate_source})"
    low, high = ("?" if end is None else _cores(end) for end in (found.cores_low, found.cores_high))
    size = f"{_cores(found.cores)} [{low}, {high}] {'of a core' if found.cores < 1 else 'cores'}"
    if not shown:
        return f"{at} {found.a} and {found.b} differ by {size}, which is not shown to be a difference."
    told = f"{at} {found.a} needs {size} more than {found.b}"
    first, always = found.node_more_from_rps, found.node_more_always_rps
    more = ""
    if first is not None and always is not None:
        some = f"at some rates above {decimals(first)}, " if always > first else ""
        more = f"; one more {some}at all above {decimals(always)}"
    nodes = f"({counted(found.node_cores, 'core')}, {found.node_busy:.0%} busy{more})"
    if found.nodes_a != found.nodes_b:
        return f"{told}: {_count(found.nodes_a)} against {found.nodes_b} {nodes}."
    return (
        f"{told}; both need {_count(found.nodes_a)} {nodes}: here CPU does not decide"
        f"{_what_decides(arms[found.a], arms[found.b])}."
    )


def _cores(value: float) -> str:
    return decimals(value, 2, grouped=False)


def _count(nodes: int) -> str:
    return counted(nodes, "application node")


def _what_decides(a: ArmSummary, b: ArmSummary) -> str:
    """', revocation does (0 s against 900 s)' where the arms differ in it."""
    if not (a.authenticates and b.authenticates and a.declared and b.declared):
        return ""
    if a.revocation_window_s == b.revocation_window_s:
        return ""
    return f", revocation does ({a.revocation_window_s:g} s against {b.revocation_window_s:g} s)"
