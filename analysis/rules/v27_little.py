"""V27, against counts that do not agree: Little's law, N by the server's clock and R by the clients'.

The utilisation law is `analysis.rules.v27_utilisation`. The third law, flow balance (what is sent is
answered), is V01's to the request, and V11's at the store.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.data.rows import SliceKey
from analysis.data.run import RunData
from analysis.statistics.intervals import Interval, nested_interval
from analysis.validity.finding import Finding
from analysis.validity.limits import LITTLE_MS, LITTLE_SHARE
from authbench.contracts.records import SliceRecord

CycleKey = tuple[int, int]
"""(generation, cycle)"""


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
    """Of one slice; `answered_ns`: the sum of done - sent over the load's `answered` requests.

    None where the server's gauge was not read, or nothing was served.
    """
    probe_ns = record.probe.service_ns if record.probe else []
    count = answered + len(probe_ns)
    if record.server_in_flight_ns is None or record.server_requests == 0 or count == 0:
        return None
    return Residence(
        record.server_in_flight_ns / record.server_requests / 1e6, (answered_ns + sum(probe_ns)) / count / 1e6
    )


def loop_wait_ms(records: Sequence[SliceRecord]) -> float:
    """Longest mean wait for the server's one loop to take a request up: rho / (1 - rho) * S.

    Pollaczek and Khinchine, with a squared coefficient of variation of the service time of 1 (Kleinrock,
    Queueing Systems 1, 5.6); S is CPU per request and rho the utilisation, from the process's clock. It is
    outside of the gauge, and a dearer scheme has more of it than the control.
    """
    cpu_ns, window_ns = (sum(getattr(one, name) for one in records) for name in ("app_cpu_ns", "window_ns"))
    served = sum(record.server_requests for record in records)
    if not served or cpu_ns >= window_ns:
        return math.inf
    utilisation = cpu_ns / window_ns
    return float(utilisation / (1 - utilisation) * cpu_ns / served / 1e6)


def check_little(arm: str, server_ms: float, excess_ms: Interval, wait_ms: float) -> Finding | None:
    """X (R - outside) is N: the server's gauge and the clients' clocks agree. Refuses latency otherwise.

    `excess_ms`: the arm's time outside minus the control's, over cycles. What is outside is the same behind
    every scheme, but for the wait for the loop (`wait_ms`); so the excess lies between -tolerance and
    wait + tolerance, tolerance being 10 % of the residence or 0.05 ms. Only an interval wholly beyond is held
    against the arm: on a restless machine the difference of two means says little.
    """
    tolerance = max(LITTLE_SHARE.value * server_ms, LITTLE_MS.value)
    if excess_ms.low <= tolerance + wait_ms and excess_ms.high >= -tolerance:
        return None
    return _refuse(
        arm,
        excess_ms.estimate,
        tolerance + wait_ms if excess_ms.estimate > 0 else -tolerance,
        f"its requests are {server_ms:.2f} ms inside the application by the server's own count, which leaves "
        f"{excess_ms.estimate:+.2f} ms against the control that nothing explains (Little's law)",
    )


def check_inside(arm: str, server_ms: float, client_ms: float) -> Finding | None:
    """No request is longer inside the application than its client waits. Refuses the arm's latency if one is.

    Over the run: means of all requests.
    """
    if server_ms <= client_ms:
        return None
    what = (
        f"requests are inside the application for {server_ms:.2f} ms and answered within {client_ms:.2f} ms"
    )
    return _refuse(arm, server_ms, client_ms, what)


def _refuse(arm: str, number: float, limit: float, sentence: str) -> Finding:
    return Finding(
        rule="V27",
        severity="refuse-figure",
        subject=arm,
        number=number,
        limit=limit,
        unit="ms",
        sentence=sentence,
        next_action="one of the two clocks is wrong: see also V08, the second client",
        refuses="latency",
    )


def check_run(run: RunData) -> list[Finding]:
    """Every arm of an open loop whose server was read; `rules.shared.witnesses` tells where none was."""
    if run.manifest.workload.loop == "closed":
        return []
    by_arm, records = _residences(run)
    control_label = run.manifest.experiment.control
    findings = []
    for arm, cycles in by_arm.items():
        if not cycles:
            continue
        server_ms = float(np.mean([one.server_ms for one in cycles.values()]))
        client_ms = float(np.mean([one.client_ms for one in cycles.values()]))
        finding = check_inside(arm, server_ms, client_ms)
        excess = _excess(cycles, by_arm[control_label])
        if finding is None and excess and arm != control_label:
            finding = check_little(arm, server_ms, nested_interval(excess), loop_wait_ms(records[arm]))
        findings += [finding] if finding else []
    return findings


def _residences(run: RunData) -> tuple[dict[str, dict[CycleKey, Residence]], dict[str, list[SliceRecord]]]:
    """By arm: every valid slice's residence, and the slices' records."""
    by_arm: dict[str, dict[CycleKey, Residence]] = {arm: {} for arm in run.arms}
    records: dict[str, list[SliceRecord]] = {arm: [] for arm in run.arms}
    for judged in run.main:
        record = judged.measured
        if judged.void_because:
            continue
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
