import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.data import rates
from analysis.data.rows import SliceKey
from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.statistics.intervals import Interval, nested_interval
from analysis.validity.limits import LITTLE_MS, LITTLE_SHARE, UTILISATION_SHARE
from authbench.contracts.records import SliceRecord

CycleKey = tuple[int, int]
"""Generation and cycle, each counted from 0."""


@dataclass(frozen=True)
class Residence:
    """How long requests of one slice were inside the application, and how long they took outside and in."""

    server_ms: float
    """By the server's own clock: N / X, mean number of requests inside by throughput (Little 1961)."""
    client_ms: float
    """Mean service time of everything that was answered, the probe client's requests included."""

    @property
    def outside_ms(self) -> float:
        """Kernel, loopback, reading HTTP, waiting for the server's loop, and waking up the client."""
        return self.client_ms - self.server_ms


def residence(record: SliceRecord, answered: int, answered_ns: float) -> Residence | None:
    """Compare times inside a slice; `answered_ns`: the sum of done - sent over its `answered` requests.

    None where the server's gauge was not read, or nothing was served.
    """
    probe_ns = record.probe.service_ns if record.probe else []
    count = answered + len(probe_ns)
    if record.server_in_flight_ns is None or not record.server_requests or count == 0:
        return None
    client_ms = (answered_ns + sum(probe_ns)) / count / 1e6
    return Residence(record.server_in_flight_ns / record.server_requests / 1e6, client_ms)


def loop_wait_ms(records: Sequence[SliceRecord]) -> float:
    """Longest mean wait for the server's one loop to take a request up: rho / (1 - rho) * S.

    Pollaczek and Khinchine, with a squared coefficient of variation of the service time of 1 (Kleinrock,
    Queueing Systems 1, 5.6); S is CPU per request and rho the utilisation, from the process's clock. It is
    outside of the gauge, and a dearer scheme has more of it than the control.
    """
    cpu_ns, window_ns = sum(one.app_cpu_ns or 0 for one in records), sum(one.window_ns for one in records)
    served = sum(record.server_requests or 0 for record in records)
    if not served or cpu_ns >= window_ns:
        return math.inf
    utilisation = cpu_ns / window_ns
    return float(utilisation / (1 - utilisation) * cpu_ns / served / 1e6)


class CountsAgree(RunRule):
    """V27 refuses an arm's latency where the server's own count of requests inside it does not fit the
    clients' times (Little's law: 10% or 0.05 ms, the control's time outside and the wait for the server's
    loop taken out); says where utilisation lies more than 10% off the line between the neighbouring rates.

    An arm whose requests come over connections of their own has another time outside than a control that
    keeps them: V08 alone judges its clock. The third law, flow balance (what is sent is answered), is V01's
    to the request, and V11's at the store.
    """

    code = "V27"
    lie = "the counts agree (Little, utilisation, flow)"
    limits = (LITTLE_SHARE, LITTLE_MS, UTILISATION_SHARE)
    unit = "ms"
    advice = "one of the two clocks is wrong: see also V08, the second client"

    def check_run(self, run: RunData) -> Findings:
        if run.manifest.workload.loop == "open":
            yield from self._check_residences(run)
        yield from self._check_utilisations(run)

    def _check_residences(self, run: RunData) -> Findings:
        by_arm, records = _residences(run)
        control_label = run.manifest.experiment.control
        fresh = {arm.label: arm.condition.fresh_connections for arm in run.manifest.experiment.arms}
        for arm, cycles in by_arm.items():
            if not cycles:
                continue
            server_ms = float(np.mean([one.server_ms for one in cycles.values()]))
            client_ms = float(np.mean([one.client_ms for one in cycles.values()]))
            inside = list(self.check_inside(arm, server_ms, client_ms))
            yield from inside
            excess = _excess(cycles, by_arm[control_label])
            if not inside and excess and arm != control_label and fresh[arm] == fresh[control_label]:
                wait_ms = loop_wait_ms(records[arm])
                yield from self.check_little(arm, server_ms, nested_interval(excess), wait_ms)

    def check_inside(self, arm: str, server_ms: float, client_ms: float) -> Findings:
        """No request is longer inside the application than its client waits; means of the run's requests."""
        if server_ms > client_ms:
            sentence = (
                f"requests are inside the application for {server_ms:.2f} ms and answered within "
                f"{client_ms:.2f} ms"
            )
            yield self.finding("refuse-figure", arm, sentence, server_ms, client_ms, refuses="latency")

    def check_little(self, arm: str, server_ms: float, excess_ms: Interval, wait_ms: float) -> Findings:
        """X (R - outside) is N: the server's gauge and the clients' clocks agree.

        `excess_ms`: the arm's time outside minus the control's, over cycles. But for the wait for the loop
        (`wait_ms`) it is the same behind every scheme, so it lies between -tolerance and wait + tolerance,
        where tolerance is 10 % of the residence or 0.05 ms. Only an interval wholly beyond is refused.
        """
        tolerance = max(LITTLE_SHARE.value * server_ms, LITTLE_MS.value)
        excess = excess_ms.estimate
        if excess_ms.low > tolerance + wait_ms or excess_ms.high < -tolerance:
            sentence = (
                f"its requests are {server_ms:.2f} ms inside the application by the server's own count, "
                f"which leaves {excess:+z.2f} ms against the control that nothing explains (Little's law)"
            )
            limit = tolerance + wait_ms if excess > 0 else -tolerance
            yield self.finding("refuse-figure", arm, sentence, excess, limit, refuses="latency")

    def _check_utilisations(self, run: RunData) -> Findings:
        """Every arm's application, its generations averaged, where the ladder has a rate on either side."""
        main_rps = run.manifest.rate.offered_rps if run.manifest.rate else math.nan
        for arm in run.arms if run.manifest.rate else ():
            pairs = []
            for points in rates.points(run, arm).values():
                below = [point for point in points if point.offered_rps < main_rps]
                above = [point for point in points if point.offered_rps > main_rps]
                main = [point for point in points if point.offered_rps == main_rps]
                if below and above and main:
                    ends = [below[-1], above[0]]
                    xs, ys = [one.achieved_rps for one in ends], [one.cores["app"] for one in ends]
                    line_cores = float(np.interp(main[0].achieved_rps, xs, ys))
                    pairs.append((main[0].cores["app"], line_cores))
            if pairs:
                cores, on_line = (float(np.mean(values)) for values in zip(*pairs, strict=True))
                yield from self.check_utilisation(arm, cores, on_line)

    def check_utilisation(self, arm: str, cores: float, line_cores: float) -> Findings:
        """U = X D: utilisation at the main rate is on the line between its neighbours (Denning & Buzen 1978).

        Both in CPU-seconds a second; `line_cores` from the rates below and above.
        """
        off = cores / line_cores - 1 if line_cores > 0 else math.inf
        if abs(off) > UTILISATION_SHARE.value:
            lies = f"its utilisation at the main rate lies {off:+z.0%} off the line"
            sentence = f"{lies} between the rates below and above"
            limit = math.copysign(UTILISATION_SHARE.value, off)
            yield self.finding("tag", arm, sentence, off, limit, unit="share", advice="")


def _residences(run: RunData) -> tuple[dict[str, dict[CycleKey, Residence]], dict[str, list[SliceRecord]]]:
    by_arm: dict[str, dict[CycleKey, Residence]] = {arm: {} for arm in run.arms}
    records: dict[str, list[SliceRecord]] = {arm: [] for arm in run.arms}
    for record in run.valid:
        rows = run.rows.columns_of(SliceKey(record.generation, record.cycle, record.arm, record.position))
        answered = rows["done_ns"] >= 0
        service_ns = (rows["done_ns"] - rows["sent_ns"])[answered]
        seen = residence(record, len(service_ns), float(service_ns.sum()))
        if seen:
            by_arm[record.arm][record.generation, record.cycle] = seen
            records[record.arm].append(record)
    return by_arm, records


def _excess(
    cycles: Mapping[CycleKey, Residence], control: Mapping[CycleKey, Residence]
) -> dict[int, list[float]]:
    """By generation: time outside minus the control's, of each cycle that has both."""
    excess: dict[int, list[float]] = {}
    for key, own in cycles.items():
        if key in control:
            excess.setdefault(key[0], []).append(own.outside_ms - control[key].outside_ms)
    return excess
