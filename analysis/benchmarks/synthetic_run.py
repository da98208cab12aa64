"""A run of any size that every rule accepts, with no server behind it: what the analysis has to get through.

Same arms, slices and rates as the shipped `full` experiment; more rows mean more generations. Arrivals are
Poisson, service times log-normal, costs differ between arms and wobble, so that no figure is refused and the
analysis has all of its work to do. The writer is the harness's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_origin

import numpy as np
import numpy.typing as npt

from authbench.contracts.card import Card, Operation
from authbench.contracts.experiment import Experiment, find_experiment, find_workload
from authbench.contracts.records import (
    CanaryResult,
    CheckResult,
    JudgedSlice,
    Machine,
    Manifest,
    Placement,
    ProbeReading,
    Rate,
    ServerConfig,
    SliceRecord,
    Store,
)
from authbench.contracts.run_directory import RunWriter

RATE_RPS = 1200.0
_CEILING_RPS = 3000.0
_MOST_GENERATIONS = 100  # what an experiment may have
_PROBES = 4
_APP_US = 400.0
_STORE_US = 40.0
_SERVICE_MS = 1.5
_OUTSIDE_NS = 300_000  # of it, between the client and the application
_EPOCH = "2026-01-01T00:00:00+00:00"

_CRYPTO: dict[str, dict[str, str | int]] = {
    "jwt-hs256": {"algorithm": "HS256", "key_bits": 256, "library": "invented", "backend": "invented"},
    "jwt-rs256": {"algorithm": "RS256", "key_bits": 2048, "library": "invented", "backend": "invented"},
}

Columns = Mapping[str, npt.NDArray[np.int64]]


@dataclass(frozen=True)
class Shape:
    """How many generations, and cycles in each, have about so many rows."""

    experiment: Experiment
    generations: int
    rates_rps: tuple[float, ...]
    """Of the ladder."""


def shape(rows: int) -> Shape:
    """The `full` experiment, of as many generations as it takes; with fewer cycles where five are too many.

    Beyond 100 generations, which is the most there may be, with more cycles.
    """
    plan = find_experiment("full").model_copy(update={"ladder_cycles": 1})
    rates = tuple(share * _CEILING_RPS for share in plan.ladder_shares)
    per_cycle = len(plan.arms) * plan.slice_s * RATE_RPS
    ladder = len(plan.arms) * plan.slice_s * sum(rates) * plan.ladder_cycles
    generations = round(rows / (per_cycle * plan.cycles + ladder))
    generations = min(_MOST_GENERATIONS, max(5, generations))
    cycles = min(1000, max(2, round((rows / generations - ladder) / per_cycle)))
    planned = {"cycles": cycles, "generations_min": generations, "generations_max": generations}
    return Shape(plan.model_copy(update=planned), generations, rates)


def write_synthetic_run(raw: Path, rows: int, seed: int = 1) -> tuple[Path, int]:
    """Write a complete run of about `rows` requests under `raw`: its directory, and how many they are."""
    chosen = shape(rows)
    source = np.random.default_rng(seed)
    manifest = _manifest(chosen, rows, seed)
    written = slices = 0
    writer = RunWriter(raw, manifest)
    for generation in range(chosen.generations):
        restart = source.normal(0, 0.005, len(chosen.experiment.arms))
        steps = [RATE_RPS] * chosen.experiment.cycles
        steps += [rate for rate in chosen.rates_rps for _ in range(chosen.experiment.ladder_cycles)]
        for cycle, rate_rps in enumerate(steps):
            purpose = "main" if cycle < chosen.experiment.cycles else "ladder"
            due_ns = _schedule(rate_rps, chosen.experiment.slice_s, source)
            parts: list[tuple[str, int, Columns]] = []
            for position, place in enumerate(source.permutation(len(restart)).tolist()):
                arm = chosen.experiment.arms[place].label
                columns = _columns(due_ns, place, source)
                cost = _relative_cost(rate_rps, place) * source.lognormal(restart[place], 0.02)
                record = _record(arm, columns, cost, rate_rps, chosen.experiment.slice_s)
                where = {"generation": generation, "cycle": cycle, "position": position, "purpose": purpose}
                writer.append_slice(
                    JudgedSlice(measured=record.model_copy(update=where), void_because=[], tags=[])
                )
                parts.append((arm, position, columns))
            writer.write_samples(generation, cycle, parts)
            written += len(due_ns) * len(parts)
            slices += len(parts)
    writer.write_manifest(manifest.model_copy(update={"slices_recorded": slices}))
    writer.close()
    return writer.path, written


def _schedule(rate_rps: float, duration_s: float, source: np.random.Generator) -> npt.NDArray[np.int64]:
    """A Poisson process, given its count: uniform places, in order."""
    count = max(1, int(source.poisson(rate_rps * duration_s)))
    return np.sort(source.integers(0, round(duration_s * 1e9), count))


def _columns(due_ns: npt.NDArray[np.int64], place: int, source: np.random.Generator) -> Columns:
    """All accepted, each sent a little late."""
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
    """A third of the cost at the main rate is idle cost, which more requests share.

    Arms 10 % apart, but for the third and the fourth, which are the twins.
    """
    return (2 / 3 + RATE_RPS / rate_rps / 3) * (1 + 0.1 * (place if place < 3 else place - 1))


def _record(arm: str, columns: Columns, cost: float, rate_rps: float, slice_s: float) -> SliceRecord:
    count = len(columns["due_ns"])
    served = count + _PROBES
    redis = arm.startswith("session-redis")
    window_ns = max(round(slice_s * 1e9), int(columns["done_ns"].max())) + 1_000_000
    app_ns, store_ns = (round(each * 1000 * cost * served) for each in (_APP_US, _STORE_US))
    service_ns = columns["done_ns"] - columns["sent_ns"]
    probe = ProbeReading(
        sent=_PROBES,
        accepted=_PROBES,
        service_ns=np.resize(service_ns, _PROBES).tolist(),
        cpu_ns=100_000,
    )
    commands = {"getex": served} if redis else {}
    in_server_ns = int(service_ns.sum()) + sum(probe.service_ns) - _OUTSIDE_NS * served
    return sound_slice(
        arm,
        count,
        commands,
        offered_rate_rps=rate_rps,
        duration_s=slice_s,
        window_ns=window_ns,
        app_cpu_ns=app_ns,
        store_cpu_ns=store_ns,
        generator_cpu_ns=window_ns // 5,
        busy_ns={0: window_ns // 5 + store_ns, 1: app_ns},
        harness_cpu_ns=0,
        probe=probe,
        server_in_flight_ns=in_server_ns,
        clock_step_ns=0,
        server_requests=served,
        store_bytes_in=60 * served if redis else 0,
        store_bytes_out=90 * served if redis else 0,
    )


def sound_slice(arm: str, requests: int, commands: Mapping[str, int], **values: Any) -> SliceRecord:
    """Make a slice that every rule accepts: all requests were sent, answered and accepted.

    What is not given in `values` did not happen: it is 0, or empty.
    """
    blank: dict[str, Any] = {
        name: {} if get_origin(field.annotation) is dict else 0
        for name, field in SliceRecord.model_fields.items()
        if field.is_required()
    }
    all_of_them = ("scheduled", "sent", "completed", "accepted", "user_completed", "distinct_credentials")
    refused = 200 if arm == "none" else 401
    sound = {
        "arm": arm,
        **dict.fromkeys(all_of_them, requests),
        "accepted_by_operation": {"read": requests},
        "sent_by_operation": {"read": requests},
        "in_flight_max": 9,
        "in_flight_cap": 1000,
        "longest_silence_ns": 8_000_000,
        "steal": {0: 0.0, 1: 0.0},
        "store_commands": commands,
        "harness_commands": {"info": 1},
        "canaries": [
            CanaryResult(kind="good", expected_status=200, status=200),
            CanaryResult(kind="tampered", expected_status=refused, status=refused),
        ],
    }
    return SliceRecord(**{**blank, **sound, **values})


def _manifest(chosen: Shape, rows: int, seed: int) -> Manifest:
    arms = {arm.label: arm.scheme for arm in chosen.experiment.arms}
    return Manifest(
        run_id=f"synthetic-{rows}",
        status="complete",
        started_at=_EPOCH,
        finished_at=_EPOCH,
        authbench_version="0",
        git_commit=None,
        git_dirty=None,
        command="python -m analysis.benchmarks.analysis",
        seed=seed,
        experiment=chosen.experiment,
        workload=find_workload("read"),
        machine=Machine(
            host="none", cpu_model="none", cpus=2, memory_mib=4096, kernel="none", virtualized=None
        ),
        placement=Placement(app=[1], generator=[0], store=[0], harness=[0], shared=[]),
        store=Store(source="embedded", version="6.2", transport="tcp", round_trip_us=45.0),
        cards={arm: _card(scheme) for arm, scheme in arms.items()},
        servers={arm: sound_server(scheme, {}, _crypto(scheme)) for arm, scheme in arms.items()},
        verification=[
            CheckResult(check="identical /me of credential 0", arm=arm, passed=True) for arm in arms
        ],
        rate=Rate(offered_rps=RATE_RPS, closed_loop_rps={}, share=None),
        ladder_rps=sorted(chosen.rates_rps),
        stop_reason="it is long enough",
        generations_done=chosen.generations,
    )


def _crypto(scheme: str) -> dict[str, str | int]:
    return _CRYPTO.get(scheme, _CRYPTO["jwt-hs256"]) if scheme.startswith("jwt") else {}


def _card(scheme: str) -> Card:
    redis = scheme.startswith("session-redis")
    return Card(
        name=scheme,
        summary="invented",
        authenticates=scheme != "none",
        carrier="none" if scheme == "none" else "cookie" if scheme.startswith("session") else "authorization",
        travels="nothing",
        store="redis" if redis else "none",
        store_commands={Operation.READ: {"getex": 1} if redis else {}},
        logout_ends_credential=redis,
        revocation_window_s=0.0 if redis else 900.0,
        loopback_only=scheme == "none",
    )


def sound_server(scheme: str, versions: Mapping[str, str], crypto: Mapping[str, str | int]) -> ServerConfig:
    """Say what a server built for production says of itself."""
    return ServerConfig(
        scheme=scheme,
        workers=1,
        reload=False,
        debug=False,
        access_log=False,
        log_level="warning",
        loop="uvloop",
        http="httptools",
        keep_alive_s=3600,
        middleware=[],
        routes={"GET /me": "servers.application.endpoints.me"},
        python="3.11.9",
        python_debug_build=False,
        versions=dict(versions),
        crypto=dict(crypto),
    )
