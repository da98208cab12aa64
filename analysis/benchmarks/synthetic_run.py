"""Write a run of any size that every rule accepts, with no server behind it: the input of a benchmark.

Arms, slices and rates are those of the shipped `full` experiment; more rows mean more generations. Machine,
cards and canaries are those of a committed reference run of the same arms. Requests and costs are invented:
Poisson arrivals, log-normal service times, costs that differ between arms and wobble. So no figure is refused
and the analysis has all of its work to do. The writer is the harness's own.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from authbench.contracts.card import Card, Operation
from authbench.contracts.experiment import Experiment, find_experiment
from authbench.contracts.records import JudgedSlice, Manifest, ProbeReading, Rate
from authbench.contracts.run_directory import RunWriter, read_manifest, read_slices

REFERENCE = max((Path(__file__).parents[2] / "results/reference/raw").glob("*-quick-*"))
RATE_RPS = 1200.0
_CEILING_RPS = 3000.0
_MOST_GENERATIONS = 100  # what an experiment may have
_PROBES = 4
_APP_US = 400.0
_STORE_US = 40.0
_SERVICE_MS = 1.5
_OUTSIDE_NS = 300_000  # part of the service time: between the client and the application

Columns = Mapping[str, npt.NDArray[np.int64]]


def experiment_of(rows: int) -> Experiment:
    """Change the `full` experiment so that its run has about `rows` requests.

    It gets as many generations as that takes: 5 to 100. Below 5 it gets fewer cycles, above 100 more.
    """
    plan = find_experiment("full").model_copy(
        update={"ladder_cycles": 1, "saturated_cycles": 0, "time_budget_s": None}
    )
    per_cycle = len(plan.arms) * plan.slice_s * RATE_RPS
    ladder = len(plan.arms) * plan.slice_s * sum(ladder_rps(plan))
    generations = round(rows / (per_cycle * plan.cycles + ladder))
    generations = min(_MOST_GENERATIONS, max(5, generations))
    cycles = min(1000, max(2, round((rows / generations - ladder) / per_cycle)))
    planned = {"cycles": cycles, "generations_min": generations, "generations_max": generations}
    return plan.model_copy(update=planned)


def ladder_rps(plan: Experiment) -> list[float]:
    """The further rates of the run, rising."""
    return sorted(share * _CEILING_RPS for share in plan.ladder_shares)


def write_synthetic_run(raw: Path, rows: int) -> tuple[Path, int]:
    """Write a complete run of about `rows` requests under `raw`; give its directory and its true size."""
    plan = experiment_of(rows)
    arms = [arm.label for arm in plan.arms]
    source = np.random.default_rng(1)
    manifest = _manifest(plan, rows)
    slices_read = [judged.measured for judged in read_slices(REFERENCE)]
    models = {measured.arm: measured for measured in slices_read if measured.purpose == "main"}
    written = slices = 0
    writer = RunWriter(raw, manifest)
    for generation in range(plan.generations_max):
        restart = source.normal(0, 0.005, len(arms))
        for cycle, rate_rps in enumerate([RATE_RPS] * plan.cycles + ladder_rps(plan)):
            purpose = "main" if cycle < plan.cycles else "ladder"
            due_ns = _schedule(rate_rps, plan.slice_s, source)
            parts: list[tuple[str, int, Columns]] = []
            for position, place in enumerate(source.permutation(len(arms)).tolist()):
                arm = arms[place]
                columns = _columns(due_ns, place, source)
                cost = _relative_cost(rate_rps, place) * source.lognormal(restart[place], 0.02)
                figures = _figures(manifest.cards[arm], columns, cost, rate_rps, plan.slice_s)
                where = {"generation": generation, "cycle": cycle, "position": position, "purpose": purpose}
                measured = models[arm].model_copy(update={**figures, **where})
                writer.append_slice(JudgedSlice(measured=measured, void_because=[], tags=[]))
                parts.append((arm, position, columns))
            writer.write_samples(generation, cycle, parts)
            written += len(due_ns) * len(parts)
            slices += len(parts)
    writer.write_manifest(manifest.model_copy(update={"slices_recorded": slices}))
    writer.close()
    return writer.path, written


def _schedule(rate_rps: float, duration_s: float, source: np.random.Generator) -> npt.NDArray[np.int64]:
    """Draw a Poisson process: given its count, its times are uniform, in order."""
    count = max(1, int(source.poisson(rate_rps * duration_s)))
    return np.sort(source.integers(0, round(duration_s * 1e9), count))


def _columns(due_ns: npt.NDArray[np.int64], place: int, source: np.random.Generator) -> Columns:
    """Invent the columns of a samples file: every request is accepted, and sent a little late."""
    count = len(due_ns)
    sent_ns = due_ns + source.integers(10_000, 60_000, count)
    service_ms = (_SERVICE_MS + 0.1 * place) * source.lognormal(0, 0.35, count)
    return {
        "due_ns": due_ns,
        "sent_ns": sent_ns,
        "done_ns": sent_ns + (service_ms * 1e6).astype(np.int64),
        "status": np.full(count, 200),
        "bytes_out": np.full(count, 300 + 10 * place),
        "bytes_in": np.full(count, 250),
        "outcome": np.zeros(count, dtype=np.int64),
        "operation": np.full(count, Operation.READ.code),
    }


def _relative_cost(rate_rps: float, place: int) -> float:
    """Give an arm's CPU cost per request: a third of it at the main rate is idle cost, which requests share.

    Arms are 10 % apart, except the third and the fourth, which are identical.
    """
    return (2 / 3 + RATE_RPS / rate_rps / 3) * (1 + 0.1 * (place if place < 3 else place - 1))


def _figures(card: Card, columns: Columns, cost: float, rate_rps: float, slice_s: float) -> dict[str, object]:
    """Make the counts and readings of a slice whose requests were all sent, answered and accepted."""
    count = len(columns["due_ns"])
    served = count + _PROBES
    window_ns = max(round(slice_s * 1e9), int(columns["done_ns"].max())) + 1_000_000
    app_ns, store_ns = (round(each * 1000 * cost * served) for each in (_APP_US, _STORE_US))
    service_ns = columns["done_ns"] - columns["sent_ns"]
    probed_ns = np.resize(service_ns, _PROBES).tolist()
    commands = card.store_commands[Operation.READ] if card.store == "redis" else {}
    counted = ("scheduled", "sent", "completed", "accepted", "user_completed", "distinct_credentials")
    return {
        **dict.fromkeys(counted, count),
        "accepted_by_operation": {"read": count},
        "sent_by_operation": {"read": count},
        "longest_silence_ns": 8_000_000,
        "offered_rate_rps": rate_rps,
        "duration_s": slice_s,
        "window_ns": window_ns,
        "app_cpu_ns": app_ns,
        "app_run_queue_wait_ns": 0,
        "store_cpu_ns": store_ns,
        "generator_cpu_ns": window_ns // 5,
        "generator_busiest_ns": window_ns // 5,
        "steal": {0: 0.0, 1: 0.0},
        "busy_ns": {0: window_ns // 5 + store_ns, 1: app_ns},
        "harness_cpu_ns": 0,
        "probe": ProbeReading(sent=_PROBES, accepted=_PROBES, service_ns=probed_ns, cpu_ns=100_000),
        "server_in_flight_ns": int(service_ns.sum()) + sum(probed_ns) - _OUTSIDE_NS * served,
        "clock_step_ns": 0,
        "server_requests": served,
        "store_commands": {name: each * served for name, each in commands.items()},
        "store_usec": None,
        "store_bytes_in": 60 * served if commands else 0,
        "store_bytes_out": 90 * served if commands else 0,
        "store_connections_opened": 0,
    }


def _manifest(plan: Experiment, rows: int) -> Manifest:
    changes = {
        "run_id": f"synthetic-{rows}",
        "command": "python -m analysis.benchmarks.analysis",
        "experiment": plan,
        "rate": Rate(offered_rps=RATE_RPS, closed_loop_rps={}, share=None),
        "ladder_rps": ladder_rps(plan),
        "plan": None,
        "times": [],
        "stop_reason": "it is long enough",
        "generations_done": plan.generations_max,
    }
    return read_manifest(REFERENCE).model_copy(update=changes)
