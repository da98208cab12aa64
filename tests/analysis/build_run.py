"""A valid miniature run on disk, written by the real writer; a failing test changes one thing of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from authbench.card import Card, Operation
from authbench.experiment import Arm, Experiment, Workload
from authbench.records import (
    CanaryResult,
    CheckResult,
    JudgedSlice,
    Machine,
    Manifest,
    Placement,
    Rate,
    ServerConfig,
    SliceRecord,
    Store,
)
from authbench.run_directory import RunWriter

ARMS = ("none", "session-redis", "session-redis (twin)", "jwt-hs256")
COST_US = {
    "none": (400, 2),
    "session-redis": (700, 30),
    "session-redis (twin)": (700, 30),
    "jwt-hs256": (600, 2),
}
"""Application and store CPU per request, before noise."""
SERVICE_MS = {"none": 1.0, "session-redis": 2.0, "session-redis (twin)": 2.0, "jwt-hs256": 1.5}
STARTED = "2026-11-20T10:00:00+00:00"

Columns = dict[str, npt.NDArray[np.int64]]


def experiment(**changes: Any) -> Experiment:
    values = {
        "name": "mini",
        "question": "What does an authenticated read cost?",
        "workload": "read",
        "judged_by": "everything",
        "arms": [
            Arm(scheme="none", role="control"),
            Arm(scheme="session-redis"),
            Arm(scheme="session-redis", role="twin"),
            Arm(scheme="jwt-hs256"),
        ],
        "compare": [("session-redis", "jwt-hs256"), ("session-redis", "none")],
        "slice_s": 0.3,
        "cycles": 4,
        "generations_min": 2,
        "generations_max": 6,
        "half_width": 0.05,
        "margin": 0.05,
        "rate_share": 0.4,
        "closed_loop_s": 1.0,
        "seed": 7,
    }
    return Experiment(**{**values, **changes})


def card(arm: str) -> Card:
    session = arm.startswith("session")
    return Card(
        name=arm.removesuffix(" (twin)"),
        summary="for tests",
        authenticates=arm != "none",
        carrier="none" if arm == "none" else "cookie" if session else "authorization",
        travels="something",
        store="redis" if session else "none",
        store_commands={Operation.READ: {"getex": 1} if session else {}},
        logout_ends_credential=session,
        revocation_window_s=0.0 if session else 900.0,
        loopback_only=arm == "none",
    )


def server(arm: str) -> ServerConfig:
    return ServerConfig(
        scheme=arm.removesuffix(" (twin)"),
        workers=1,
        reload=False,
        debug=False,
        access_log=False,
        log_level="warning",
        loop="uvloop",
        http="httptools",
        keep_alive_s=3600,
        middleware=[],
        routes={"GET /me": "servers.endpoints.me"},
        python="3.11.9",
        python_debug_build=False,
        versions={"PyJWT": "2.15.1", "redis": "8.1.0"},
        crypto={"algorithm": "HS256", "key_bits": 256} if arm.startswith("jwt") else {},
    )


def canaries(arm: str) -> list[CanaryResult]:
    refused = 200 if arm == "none" else 401
    return [
        CanaryResult(kind="good", expected_status=200, status=200),
        CanaryResult(kind="tampered", expected_status=refused, status=refused),
    ]


def columns(requests: int, service_ms: float, source: np.random.Generator) -> Columns:
    """Requests of one slice, all accepted, sent 0.02 ms late."""
    due = np.sort(source.integers(0, 300_000_000, requests))
    sent = due + 20_000
    service = (service_ms * 1e6 * source.lognormal(0, 0.2, requests)).astype(np.int64)
    return {
        "due_ns": due,
        "sent_ns": sent,
        "done_ns": sent + service,
        "status": np.full(requests, 200),
        "bytes_out": np.full(requests, 300),
        "bytes_in": np.full(requests, 250),
        "outcome": np.zeros(requests, dtype=np.int64),
    }


def slice_record(arm: str = "session-redis", requests: int = 40, **changes: Any) -> SliceRecord:
    """One valid slice."""
    app, store = COST_US[arm]
    session = arm.startswith("session")
    values: dict[str, Any] = {
        "generation": 0,
        "cycle": 0,
        "position": 0,
        "attempt": 0,
        "arm": arm,
        "offered_rate_rps": 200.0,
        "duration_s": 0.3,
        "schedule_seed": 1,
        "window_ns": 310_000_000,
        "scheduled": requests,
        "sent": requests,
        "completed": requests,
        "accepted": requests,
        "unsent": 0,
        "in_flight_max": 4,
        "in_flight_cap": 1000,
        "distinct_credentials": requests,
        "connections_opened": 0,
        "idle_closed": 0,
        "longest_silence_ns": 8_000_000,
        "app_cpu_ns": app * 1000 * requests,
        "app_run_queue_wait_ns": 0,
        "store_cpu_ns": store * 1000 * requests,
        "generator_cpu_ns": 100_000 * requests,
        "steal": {0: 0.0, 1: 0.0},
        "server_requests": requests,
        "store_commands": {"getex": requests} if session else {},
        "harness_commands": {"info": 1},
        "store_bytes_in": 60 * requests if session else 0,
        "store_bytes_out": 90 * requests if session else 0,
        "store_connections_opened": 0,
        "canaries": canaries(arm),
    }
    return SliceRecord(**{**values, **changes})


class MiniRun:
    """A run in memory; change it, then `write` it."""

    def __init__(
        self,
        *,
        generations: int = 2,
        requests: int = 40,
        run_id: str = "20261120T100000Z-mini-abc123",
        factor: Mapping[str, float] | None = None,
        noise: float = 0.01,
        seed: int = 1,
        **experiment_changes: Any,
    ) -> None:
        """`factor`: arm -> what its CPU is multiplied by; `noise`: its relative standard deviation."""
        plan = experiment(**experiment_changes)
        source = np.random.default_rng(seed)
        self.slices: list[JudgedSlice] = []
        self.samples: dict[tuple[int, int, str], tuple[int, Columns]] = {}
        for generation in range(generations):
            for cycle in range(plan.cycles):
                for position, arm in enumerate(source.permutation(list(ARMS)).tolist()):
                    app, store = COST_US[arm]
                    cost = (factor or {}).get(arm, 1.0) * source.lognormal(0, noise) * requests * 1000
                    self.samples[generation, cycle, arm] = (
                        position,
                        columns(requests, SERVICE_MS[arm], source),
                    )
                    record = slice_record(
                        arm,
                        requests,
                        generation=generation,
                        cycle=cycle,
                        position=position,
                        app_cpu_ns=int(app * cost),
                        store_cpu_ns=int(store * cost),
                    )
                    self.slices.append(JudgedSlice(measured=record, void_because=[], tags=[]))
        self.manifest: dict[str, Any] = {
            "run_id": run_id,
            "status": "complete",
            "started_at": STARTED,
            "finished_at": STARTED,
            "authbench_version": "0.1.0",
            "git_commit": None,
            "git_dirty": None,
            "command": "authbench run mini",
            "seed": 7,
            "experiment": plan,
            "workload": Workload(
                name="read", method="GET", path="/me", operation="read", credentials=1000, arrivals="poisson"
            ),
            "machine": Machine(
                host="h1", cpu_model="a processor", cpus=2, memory_mib=4096, kernel="6.1", virtualized=True
            ),
            "placement": Placement(app=[1], generator=[0], store=[0], harness=[0], shared=[]),
            "store": Store(source="embedded", version="6.2.14", transport="tcp", round_trip_us=45.0),
            "cards": {arm: card(arm) for arm in ARMS},
            "servers": {arm: server(arm) for arm in ARMS},
            "verification": [
                CheckResult(check="identical /me of credential 0", arm=arm, passed=True) for arm in ARMS
            ],
            "rate": Rate(offered_rps=200.0, closed_loop_rps={}, share=None),
            "stop_reason": "the interval was narrow enough",
            "generations_done": generations,
        }

    def find(self, arm: str, generation: int = 0, cycle: int = 0) -> int:
        """Place in `slices` of the first slice of that arm and cycle."""
        return next(
            place
            for place, judged in enumerate(self.slices)
            if (judged.measured.arm, judged.measured.generation, judged.measured.cycle)
            == (arm, generation, cycle)
        )

    def change(self, arm: str, generation: int = 0, cycle: int = 0, **changes: Any) -> None:
        """Change fields of one slice's record."""
        place = self.find(arm, generation, cycle)
        judged = self.slices[place]
        self.slices[place] = judged.model_copy(
            update={"measured": judged.measured.model_copy(update=changes)}
        )

    def change_every(self, arm: str, **changes: Any) -> None:
        """Change fields of every slice's record of an arm."""
        self.slices = [
            judged.model_copy(update={"measured": judged.measured.model_copy(update=changes)})
            if judged.measured.arm == arm
            else judged
            for judged in self.slices
        ]

    def tag(self, arm: str, code: str, every: int = 1) -> None:
        """Tag every so-manieth slice of an arm."""
        own = [place for place, judged in enumerate(self.slices) if judged.measured.arm == arm]
        for place in own[::every]:
            self.slices[place] = self.slices[place].model_copy(update={"tags": [code]})

    def replace(self, arm: str, generation: int = 0, cycle: int = 0, because: str = "V03") -> None:
        """As if the first attempt had been void: it stays on disk, and a second one counts."""
        place = self.find(arm, generation, cycle)
        good = self.slices[place]
        self.slices[place] = good.model_copy(update={"void_because": [because]})
        again = good.measured.model_copy(update={"attempt": 1})
        self.slices.insert(place + 1, good.model_copy(update={"measured": again}))

    def give_up(self, arm: str, generation: int = 0, cycle: int = 0, because: str = "V03") -> None:
        """As if every attempt had been void: the cycle is not whole, and its rows are not kept."""
        place = self.find(arm, generation, cycle)
        self.slices[place] = self.slices[place].model_copy(update={"void_because": [because]})
        del self.samples[generation, cycle, arm]

    def write(self, raw: Path) -> Path:
        """Write it as the harness does; returns the run's directory."""
        values = {"slices_recorded": len(self.slices), **self.manifest}
        with_cycle: dict[tuple[int, int], list[tuple[str, int, Mapping[str, npt.NDArray[np.int64]]]]] = {}
        for (generation, cycle, arm), (position, rows) in self.samples.items():
            with_cycle.setdefault((generation, cycle), []).append((arm, position, rows))
        writer = RunWriter(raw, Manifest(**values))
        for judged in self.slices:
            writer.append_slice(judged)
        for (generation, cycle), parts in with_cycle.items():
            writer.write_samples(generation, cycle, parts)
        writer.close()
        return writer.path
