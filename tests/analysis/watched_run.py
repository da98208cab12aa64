"""A miniature run that was watched: what today's harness records beside the load, made to agree with it."""

import numpy as np

from authbench.contracts.records import ProbeReading
from tests.analysis.build_run import COST_US, SERVICE_MS, Columns, MiniRun

OUTSIDE_MS = 0.6
"""Of every request's service time, behind every scheme."""
PROBES = 2


def watch(mini: MiniRun, seed: int = 9) -> MiniRun:
    """Add the probe client, the server's gauge, the processors' busy time and the clocks to every slice."""
    source = np.random.default_rng(seed)
    for place, judged in enumerate(mini.slices):
        record = judged.measured
        arm, session = record.arm, record.arm.startswith("session")
        app, store = COST_US[arm]
        app_ns = (record.app_cpu_ns or 0) + PROBES * app * 1000
        store_ns = (record.store_cpu_ns or 0) + PROBES * store * 1000
        probe_ns = (SERVICE_MS[arm] * 1e6 * source.lognormal(0, 0.2, PROBES)).astype(int).tolist()
        _, rows = mini.samples[record.generation, record.cycle, arm]
        commands = dict(record.store_commands)
        if session:
            commands["getex"] = commands.get("getex", 0) + PROBES
        update = {
            "server_requests": (record.server_requests or 0) + PROBES,
            "store_commands": commands,
            "app_cpu_ns": app_ns,
            "store_cpu_ns": store_ns,
            "generator_busiest_ns": record.generator_cpu_ns,
            "harness_cpu_ns": 300_000,
            "probe": ProbeReading(sent=PROBES, accepted=PROBES, service_ns=probe_ns, cpu_ns=200_000),
            "busy_ns": {0: store_ns + record.generator_cpu_ns + 500_000, 1: app_ns},
            "server_in_flight_ns": _inside_ns(rows, probe_ns),
            "clock_step_ns": 300,
        }
        mini.slices[place] = judged.model_copy(update={"measured": record.model_copy(update=update)})
    return mini


def _inside_ns(rows: Columns, probe_ns: list[int]) -> int:
    """Time integral of the requests inside the application: what is left of each service time."""
    service_ns = [*(rows["done_ns"] - rows["sent_ns"]).tolist(), *probe_ns]
    return int(sum(service_ns) - OUTSIDE_MS * 1e6 * len(service_ns))
