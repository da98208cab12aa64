"""A valid miniature run on disk, written by the real writer; a failing test changes one thing of it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self, get_origin

import numpy as np
import numpy.typing as npt

from authbench.contracts.card import Card, Operation
from authbench.contracts.experiment import Arm, Experiment, Share, Workload
from authbench.contracts.records import (
    CanaryResult,
    CheckResult,
    GenerationTimes,
    JudgedSlice,
    Machine,
    Manifest,
    Placement,
    Rate,
    RunPlan,
    ServerConfig,
    SliceRecord,
    Store,
    StoreMemory,
)
from authbench.contracts.run_directory import RunWriter

ARMS = ("none", "session-redis", "session-redis (twin)", "jwt-hs256")
LEAN = "jwt-hs256-lean"
"""A fifth arm, of role sensitivity, where asked for."""
COST_US = {
    "none": (400, 2),
    "session-redis": (700, 30),
    "session-redis (twin)": (700, 30),
    "jwt-hs256": (600, 2),
    LEAN: (450, 2),
    "none (twin)": (400, 2),
    "cpu +25 us": (425, 2),
    "cpu +100 us": (500, 2),
    "delay 1 ms": (400, 2),
}
"""Application and store CPU per request at the main rate, before noise. Half of it is idle cost."""
SERVICE_MS = {"none": 1.0, "session-redis": 2.0, "session-redis (twin)": 2.0, "jwt-hs256": 1.5, LEAN: 1.2}
SERVICE_MS |= {"none (twin)": 1.0, "cpu +25 us": 1.0, "cpu +100 us": 1.1, "delay 1 ms": 2.0}
PLANTED: dict[str, Any] = {
    "arms": [
        Arm(scheme="none", role="control"),
        Arm(scheme="none", role="twin"),
        Arm(scheme="a:Cpu25", name="cpu +25 us", planted_cpu_us=25),
        Arm(scheme="a:Cpu100", name="cpu +100 us", planted_cpu_us=100),
        Arm(scheme="a:Delay1000", name="delay 1 ms", planted_delay_ms=1),
    ],
    "compare": [("cpu +100 us", "none")],
}
"""Changes to the experiment that make a calibration of it."""
RATE_RPS = 200.0
MIXED = Workload(
    name="mixed",
    operations=[Share(operation=Operation.READ, share=0.9), Share(operation=Operation.LOGIN, share=0.1)],
    housekeeping=[Share(operation=Operation.REFRESH, share=0.1)],
    credentials=1000,
)
READ = Workload(name="read", operations=[Share(operation=Operation.READ, share=1.0)], credentials=1000)
PASSWORD_US = 30_000
HS256: dict[str, str | int] = {"algorithm": "HS256", "key_bits": 256, "backend": "hmac"}
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
        store_commands={
            Operation.READ: {"getex": 1} if session else {},
            Operation.LOGIN: {"set": 1, "sadd": 2} if session else {},
            Operation.REFRESH: {},
        },
        logout_ends_credential=session,
        revocation_window_s=0.0 if session else 900.0,
        role_change_window_s=0.0 if session else 900.0,
        refreshes=arm.startswith("jwt"),
        loopback_only=arm == "none",
    )


def server(arm: str) -> ServerConfig:
    crypto = dict(HS256, library="none" if arm == LEAN else "PyJWT 2.15.1") if arm.startswith("jwt") else {}
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
        routes={"GET /me": "servers.application.endpoints.me"},
        python="3.11.9",
        python_debug_build=False,
        versions={"PyJWT": "2.15.1", "redis": "8.1.0"},
        crypto=crypto,
    )


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
        "operation": np.full(requests, Operation.READ.code),
    }


def mix(workload: Workload, arm: str, requests: int) -> dict[Operation, int]:
    """Requests of a slice by operation: exact shares; only tokens need housekeeping, on top."""
    parts = [*workload.operations, *(workload.housekeeping if arm.startswith("jwt") else [])]
    return {part.operation: round(part.share * requests) for part in parts}


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


def slice_record(arm: str = "session-redis", requests: int = 40, **changes: Any) -> SliceRecord:
    """One valid slice."""
    app, store = COST_US[arm]
    session = arm.startswith("session")
    values: dict[str, Any] = {
        "offered_rate_rps": 200.0,
        "duration_s": 0.3,
        "schedule_seed": 1,
        "window_ns": 310_000_000,
        "in_flight_max": 4,
        "app_cpu_ns": app * 1000 * requests,
        "store_cpu_ns": store * 1000 * requests,
        "generator_cpu_ns": 100_000 * requests,
        "server_requests": requests,
        "store_bytes_in": 60 * requests if session else 0,
        "store_bytes_out": 90 * requests if session else 0,
    }
    return sound_slice(arm, requests, {"getex": requests} if session else {}, **{**values, **changes})


def saturated_slice(arm: str, cost: float = 1.0, seconds: float = 0.4, **changes: Any) -> SliceRecord:
    """One valid saturated slice: the server is 99 % busy, the generator a quarter, the processors no more.

    `cost`: what the arm's CPU per request is multiplied by.
    """
    window_ns = round(seconds * 1e9) + 5_000_000
    app, store = COST_US[arm]
    requests = round(0.99 * window_ns / (app * cost * 1000))
    app_cpu_ns, store_cpu_ns = (round(part * cost * requests * 1000) for part in (app, store))
    values: dict[str, Any] = {
        "purpose": "saturated",
        "offered_rate_rps": 0.0,
        "duration_s": seconds,
        "window_ns": window_ns,
        "in_flight_max": 32,
        "app_cpu_ns": app_cpu_ns,
        "store_cpu_ns": store_cpu_ns,
        "generator_cpu_ns": window_ns // 4,
        "generator_busiest_ns": window_ns // 4,
        "busy_ns": {0: window_ns // 4 + store_cpu_ns, 1: app_cpu_ns},
    }
    return slice_record(arm, requests, **{**values, **changes})


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
        workload: Workload = READ,
        lean: bool = False,
        ladder: Sequence[float] = (),
        own: Sequence[str] = (),
        planned: RunPlan | None = None,
        **experiment_changes: Any,
    ) -> None:
        """`factor`: arm -> what its CPU is multiplied by; `noise`: its relative standard deviation.

        `requests`: the users', in a slice. `lean`: with an arm of role sensitivity. `ladder`: further rates,
        one cycle each. `own`: arms that are measured at half the rate, and the control there as well.
        `planned`: the plan that later generations follow.
        one cycle each. With `saturated_cycles` every generation ends with as many, in which every server's
        core is 99 % busy.
        """
        # A run ends where its stopping rule ends it: here where it has all generations it asked for.
        ends = {"generations_min": min(2, max(1, generations)), "generations_max": max(1, generations)}
        plan = experiment(**{**ends, **experiment_changes})
        if lean:
            plan = plan.model_copy(update={"arms": [*plan.arms, Arm(scheme=LEAN, role="sensitivity")]})
        arms = [arm.label for arm in plan.arms]
        source = np.random.default_rng(seed)
        self._source, self._workload = source, workload
        self.slices: list[JudgedSlice] = []
        self.samples: dict[tuple[int, int, str], tuple[int, Columns]] = {}
        for generation in range(generations):
            later = planned is not None and generation >= planned.after_generations
            cycles = planned.cycles if planned and later else plan.cycles
            carrying = [arm for arm in arms if arm not in own]
            for cycle in range(cycles):
                for position, arm in enumerate(source.permutation(carrying).tolist()):
                    cost = (factor or {}).get(arm, 1.0) * source.lognormal(0, noise)
                    self._add(arm, requests, cost, generation=generation, cycle=cycle, position=position)
            own_cycles = range(cycles, 2 * cycles) if own else ()
            for cycle in own_cycles:
                for position, arm in enumerate(source.permutation([plan.control, *own]).tolist()):
                    self._add(
                        arm,
                        requests // 2,
                        (factor or {}).get(arm, 1.0) * source.lognormal(0, noise) * 1.5,
                        generation=generation,
                        cycle=cycle,
                        position=position,
                        purpose="own-rate",
                        offered_rate_rps=RATE_RPS / 2,
                    )
            for step, rate in enumerate(ladder):
                for position, arm in enumerate(source.permutation(carrying).tolist()):
                    # Half of the cost at the main rate is idle cost, which more requests share.
                    share = 0.5 + 0.5 * RATE_RPS / rate
                    cost = (factor or {}).get(arm, 1.0) * source.lognormal(0, noise) * share
                    self._add(
                        arm,
                        round(requests * rate / RATE_RPS),
                        cost,
                        generation=generation,
                        cycle=cycles + len(own_cycles) + step,
                        position=position,
                        purpose="ladder",
                        offered_rate_rps=rate,
                    )
            first = plan.cycles + len(ladder)
            for cycle in range(first, first + plan.saturated_cycles):
                for position, arm in enumerate(source.permutation(arms).tolist()):
                    cost = (factor or {}).get(arm, 1.0) * source.lognormal(0, noise)
                    place = {"generation": generation, "cycle": cycle, "position": position}
                    measured = saturated_slice(arm, cost, plan.saturated_s, **place)
                    self.slices.append(JudgedSlice(measured=measured, void_because=[], tags=[]))
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
            "workload": workload,
            "machine": Machine(
                host="h1", cpu_model="a processor", cpus=2, memory_mib=4096, kernel="6.1", virtualized=True
            ),
            "placement": Placement(app=[1], generator=[0], store=[0], harness=[0], shared=[]),
            "store": Store(
                source="embedded",
                version="6.2.14",
                allocator="jemalloc-5.1.0",
                transport="tcp",
                round_trip_us=45.0,
            ),
            "cards": {arm: card(arm) for arm in arms},
            "servers": {arm: server(arm) for arm in arms},
            "verification": [
                CheckResult(check="identical /me of credential 0", arm=arm, passed=True) for arm in arms
            ],
            "rate": Rate(
                offered_rps=RATE_RPS,
                closed_loop_rps={},
                share=None,
                own_rps=RATE_RPS / 2 if own else None,
                own_arms=list(own),
            ),
            "plan": planned,
            "times": self._times(generations),
            "store_memory": {
                arm: StoreMemory(
                    bytes_per_credential=420.0,
                    low=415.0,
                    high=425.0,
                    counts=[1000, 2000, 5000],
                    bytes=[1, 2, 3],
                )
                for arm in arms
                if arm.startswith("session")
            },
            "ladder_rps": list(ladder),
            "stop_reason": "the interval was narrow enough",
            "generations_done": generations,
        }

    def _times(self, generations: int) -> list[GenerationTimes]:
        """As if each start took five seconds, and nothing but a start and the cycles took time."""
        times: list[GenerationTimes] = []
        elapsed_s = 0.0
        for number in range(generations):
            cycles_s = sum(
                judged.measured.duration_s
                for judged in self.slices
                if judged.measured.generation == number and judged.measured.purpose in ("main", "own-rate")
            )
            elapsed_s += 5.0 + cycles_s
            times.append(
                GenerationTimes(
                    generation=number,
                    arms=len(ARMS),
                    start_s={"start": 5.0},
                    cycles_s=cycles_s,
                    elapsed_s=elapsed_s,
                )
            )
        return times

    def _add(self, arm: str, requests: int, cost: float, **record: Any) -> None:
        """One more slice and its rows; `cost`: what the arm's CPU per request is multiplied by."""
        app, store = COST_US[arm]
        counts = mix(self._workload, arm, requests)
        logins = counts.get(Operation.LOGIN, 0)
        total = sum(counts.values())
        rows = columns(total, SERVICE_MS[arm], self._source)
        rows["operation"] = np.repeat([one.code for one in counts], list(counts.values()))
        self._source.shuffle(rows["operation"])
        self.samples[record["generation"], record["cycle"], arm] = (record["position"], rows)
        commands = (
            {"getex": counts[Operation.READ], "set": logins, "sadd": 2 * logins}
            if arm.startswith("session")
            else {}
        )
        measured = slice_record(
            arm,
            total,
            user_completed=requests,
            accepted_by_operation={str(one): count for one, count in counts.items()},
            sent_by_operation={str(one): count for one, count in counts.items()},
            store_commands={name: count for name, count in commands.items() if count},
            app_cpu_ns=int(app * cost * requests * 1000) + logins * PASSWORD_US * 1000,
            password_cpu_ns=logins * PASSWORD_US * 1000,
            store_cpu_ns=int(store * cost * requests * 1000),
            **record,
        )
        self.slices.append(JudgedSlice(measured=measured, void_because=[], tags=[]))

    def slowed(self, arms: Sequence[str], first_cycle: int = 0) -> Self:
        """Let the service times of these arms be longer by half, from that cycle of each generation on."""
        for (_, cycle, arm), (_, rows) in self.samples.items():
            if arm in arms and cycle >= first_cycle:
                service_ns = rows["done_ns"] - rows["sent_ns"]
                rows["done_ns"] = rows["sent_ns"] + (service_ns * 1.5).astype(np.int64)
        return self

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

    def change_saturated(self, arm: str, change: Callable[[SliceRecord], Mapping[str, Any]]) -> None:
        """Change every saturated slice's record of an arm, by what it was."""
        self.slices = [
            judged.model_copy(update={"measured": own.model_copy(update=change(own))})
            if (own := judged.measured).arm == arm and own.purpose == "saturated"
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
