"""The processes of the benchmark, and one round of each thing it measures."""

import json
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from authbench.contracts.card import Operation
from authbench.contracts.failure import Failure
from authbench.contracts.generator_protocol import (
    CONNECTIONS,
    Armed,
    ArmOrder,
    ArmReply,
    Drained,
    ForgetOrder,
    PlannedRequest,
    SliceOrder,
    SliceReply,
    write_requests,
)
from authbench.contracts.message import Reply
from loadtests.benchmarks.other_generators import cpu_us_per_request
from loadtests.benchmarks.table import Row
from loadtests.harness.processes.generator import Generator, LineReader
from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.processes import Child
from loadtests.null_server.server import BODY, TOKEN_BYTES

_CREDENTIALS = 1000
_ANSWER_S = 60.0
_ATTEMPTS = 20
"""Of one round: on a shared machine the server may stall until our engine has as much in flight as it may."""


class Bench:
    """The processes, and one method for each thing measured."""

    def __init__(self, folder: Path, duration_s: float) -> None:
        cpus = sorted(available_processors())
        self.generator_cpu, self.server_cpu = cpus[0], cpus[-1]
        self.duration_s = duration_s
        self.rounds_repeated = 0
        self._rows = folder / "rows.npz"
        self._requests = folder / "requests.json"
        self._seed = 0
        self._ending = ExitStack()
        try:
            self._server = self._child("loadtests.null_server", self.server_cpu, folder)
            self._server_lines = LineReader(self._server)
            self.ports: dict[str, int] = self._server_lines.read(_ANSWER_S)
            self._locust = self._child("loadtests.benchmarks.fast_http_user", self.generator_cpu, folder)
            self._locust_lines = LineReader(self._locust)
            self._bare = self._child("loadtests.benchmarks.bare_sockets", self.generator_cpu, folder)
            self._bare_lines = LineReader(self._bare)
            self._ours = Generator([self.generator_cpu], folder)
            self._ending.callback(self._ours.child.stop)
            self._ours.wait_until_ready()
            self._arm()
        except BaseException:
            self.close()
            raise

    def _child(self, module: str, cpu: int, folder: Path) -> Child:
        command = [sys.executable, "-m", module]
        return self._ending.enter_context(
            Child(module.rpartition(".")[2], command, [cpu], folder / f"{module}.log")
        )

    def _arm(self) -> None:
        planned = PlannedRequest(
            headers={"Authorization": f"Bearer {'x' * TOKEN_BYTES}"}, expect=BODY.decode()
        )
        write_requests(self._requests, {Operation.READ: [planned] * _CREDENTIALS})
        for reply in self.ports:
            self.arm(reply, reply, CONNECTIONS)

    def arm(self, name: str, reply: str, connections: int) -> None:
        """Open connections to what replies so. An arm of the same name is closed first."""
        order = ArmOrder(
            arm=name,
            host="127.0.0.1",
            port=self.ports[reply],
            connections=connections,
            requests=self._requests,
        )
        self._ours.send(order)
        self._ours.answer(ArmReply)

    def forget(self, name: str) -> None:
        """Close an arm's connections."""
        self._ours.send(ForgetOrder(arm=name))
        self._ours.answer(Reply)

    @property
    def engine_pid(self) -> int:
        """Of our engine."""
        return self._ours.child.pid

    def close(self) -> None:
        """End every process."""
        self._ending.close()

    def answered(self) -> int:
        """Requests the server has answered so far."""
        self._server.send(b"\n")
        return int(self._server_lines.read(_ANSWER_S)["answered"])

    def ours(self, row: Row, arm: str, rate_rps: float | None, connections: int = CONNECTIONS) -> None:
        """One round of our engine: closed loop without a rate.

        A round in which not every request was accepted is made again, and counted: those without a reply cost
        less. Failure if that goes on.
        """
        for _ in range(_ATTEMPTS):
            told = self._slice(arm, rate_rps, connections)
            if told.accepted == told.scheduled:
                break
            self.rounds_repeated += 1
        else:
            raise Failure(
                f"our generator, arm {arm}: not every request was accepted in {_ATTEMPTS} rounds: "
                f"{told.outcomes}; is the machine busy with something else?"
            )
        with np.load(self._rows) as columns:
            late_us = (columns["sent_ns"] - columns["due_ns"]) / 1e3
        row.cpu_us.append(told.generator_cpu_ns / 1e3 / told.completed)
        row.rps.append(told.completed / self.duration_s)
        if rate_rps is None:
            return  # nothing is due, so nothing is late
        row.late_p50_us.append(float(np.percentile(late_us, 50)))
        row.late_p99_us.append(float(np.percentile(late_us, 99)))

    def _slice(self, arm: str, rate_rps: float | None, connections: int) -> SliceReply:
        self._seed += 1
        order = SliceOrder(
            arm=arm,
            rate_rps=rate_rps,
            duration_s=self.duration_s,
            seed=self._seed,
            operations={Operation.READ: 1.0},
            rows=self._rows,
            loop="closed" if rate_rps is None else "open",
            closed_connections=connections,
        )
        self._ours.send(order)
        self._ours.answer(Armed, _ANSWER_S)
        self._ours.answer(Drained, _ANSWER_S + self.duration_s)
        return self._ours.answer(SliceReply)

    def fast_http_user(self, row: Row, reply: str, rate_rps: float | None) -> None:
        """One round of FastHttpUser: without pause, or paced to `rate_rps`."""
        order = {
            "url": f"http://127.0.0.1:{self.ports[reply]}",
            "users": CONNECTIONS,
            "rate_rps": rate_rps,
            "duration_s": self.duration_s,
        }
        self._locust.send(json.dumps(order).encode() + b"\n")
        told = self._locust_lines.read(_ANSWER_S + self.duration_s)
        row.cpu_us.append(told["cpu_ns"] / 1e3 / told["completed"])
        row.rps.append(told["completed"] / told["elapsed_s"])

    def bare_sockets(self, row: Row, reply: str, rate_rps: float) -> None:
        """One round of an open loop that only sends and reads."""
        order = {
            "port": self.ports[reply],
            "connections": CONNECTIONS,
            "rate_rps": rate_rps,
            "duration_s": self.duration_s,
            "seed": self._seed,
        }
        self._bare.send(json.dumps(order).encode() + b"\n")
        told = self._bare_lines.read(_ANSWER_S + self.duration_s)
        row.cpu_us.append(told["cpu_ns"] / 1e3 / told["completed"])
        row.rps.append(told["completed"] / self.duration_s)

    def other(self, row: Row, reply: str, command: list[str]) -> None:
        """One round of a generator that is not ours to look into."""
        url = f"http://127.0.0.1:{self.ports[reply]}/me"
        row.cpu_us.append(cpu_us_per_request(command, url, self.generator_cpu, self.answered))
