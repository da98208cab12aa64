"""What one request costs the load generator, beside Locust's FastHttpUser: `make bench-generator`.

Our engine, with its rows, and FastHttpUser take turns against a server that does nothing. Each generator is a
process on the first processor, the server has the last. The cost is the process CPU clock over the window
divided by the requests completed in it. The saturating rate is three times what FastHttpUser reaches when it
never waits, measured first: it is saturated for certain, and our open loop, offered the whole of it, hardly
sleeps. At the moderate rate both wake up for every request, which costs more than the request; it is printed
too. Also at the saturating rate:

* closed loop: our engine with as many busy connections as FastHttpUser has, which is like for like. A busy
  process never sleeps; an open loop wakes up to send and again to read, and a wake-up has its price.
* bare sockets: an open loop of nothing but epoll, send and recv. What no Python generator can go below.
"""

import argparse
import json
import statistics
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from authbench.card import Operation
from authbench.failure import Failure
from loadtests.benchmarks.null_server import BODY, TOKEN_BYTES
from loadtests.benchmarks.other_generators import cpu_us_per_request, installed
from loadtests.generator_protocol import PlannedRequest, write_requests
from loadtests.harness.generator import Generator, LineReader
from loadtests.harness.placement import available_processors
from loadtests.harness.processes import Child

CONNECTIONS = 64
MODERATE_RPS = 1000.0
"""About what `quick` offers on two cores."""
_SATURATION = 3.0
"""The saturating rate, over what FastHttpUser completes when it never waits."""
_PROBES = 3
_CREDENTIALS = 1000
_ANSWER_S = 60.0


@dataclass
class Row:
    """One line of the table: a generator, a kind of reply and a rate. Lists have one value a round."""

    generator: str
    reply: str
    rate: str
    cpu_us: list[float] = field(default_factory=list)
    rps: list[float] = field(default_factory=list)
    late_p50_us: list[float] = field(default_factory=list)
    late_p99_us: list[float] = field(default_factory=list)


class Bench:
    """The processes, and one method for each thing measured."""

    def __init__(self, folder: Path, duration_s: float) -> None:
        cpus = sorted(available_processors())
        self.generator_cpu, self.server_cpu = cpus[0], cpus[-1]
        self.duration_s = duration_s
        self._rows = folder / "rows.npz"
        self._seed = 0
        self._ending = ExitStack()
        try:
            self._server = self._child("null_server", self.server_cpu, folder)
            self._server_lines = LineReader(self._server)
            self.ports: dict[str, int] = self._server_lines.read(_ANSWER_S)
            self._locust = self._child("fast_http_user", self.generator_cpu, folder)
            self._locust_lines = LineReader(self._locust)
            self._bare = self._child("bare_sockets", self.generator_cpu, folder)
            self._bare_lines = LineReader(self._bare)
            self._ours = Generator([self.generator_cpu], folder)
            self._ending.callback(self._ours.child.stop)
            self._ours.wait_until_ready()
            self._arm(folder / "requests.json")
        except BaseException:
            self.close()
            raise

    def _child(self, module: str, cpu: int, folder: Path) -> Child:
        command = [sys.executable, "-m", f"loadtests.benchmarks.{module}"]
        return self._ending.enter_context(Child(module, command, [cpu], folder / f"{module}.log"))

    def _arm(self, path: Path) -> None:
        planned = PlannedRequest(
            headers={"Authorization": f"Bearer {'x' * TOKEN_BYTES}"}, expect=BODY.decode()
        )
        write_requests(path, {Operation.READ: [planned] * _CREDENTIALS})
        for reply, port in self.ports.items():
            self._ours.order(
                "arm", arm=reply, host="127.0.0.1", port=port, connections=CONNECTIONS, requests=str(path)
            )

    def close(self) -> None:
        """End every process."""
        self._ending.close()

    def answered(self) -> int:
        """Requests the server has answered so far."""
        self._server.send(b"\n")
        return int(self._server_lines.read(_ANSWER_S)["answered"])

    def ours(self, row: Row, reply: str, rate_rps: float | None) -> None:
        """One round of our engine: closed loop without a rate. Failure if a request was not accepted."""
        self._seed += 1
        loop = {"loop": "closed", "closed_connections": CONNECTIONS} if rate_rps is None else {}
        self._ours.start_order(
            "slice",
            arm=reply,
            rate_rps=rate_rps,
            duration_s=self.duration_s,
            seed=self._seed,
            operations={"read": 1.0},
            rows=str(self._rows),
            **loop,
        )
        self._ours.event("armed")
        self._ours.event("drained", _ANSWER_S)
        told = self._ours.answer()
        if told["accepted"] != told["scheduled"]:
            raise Failure(f"our generator: not every request was accepted: {told['outcomes']}")
        with np.load(self._rows) as columns:
            late_us = (columns["sent_ns"] - columns["due_ns"]) / 1e3
        row.cpu_us.append(told["generator_cpu_ns"] / 1e3 / told["completed"])
        row.rps.append(told["completed"] / self.duration_s)
        if rate_rps is None:
            return  # nothing is due, so nothing is late
        row.late_p50_us.append(float(np.percentile(late_us, 50)))
        row.late_p99_us.append(float(np.percentile(late_us, 99)))

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


def run(bench: Bench, rounds: int) -> tuple[float, list[Row]]:
    """(saturating rate, table): every row measured once a round, the two generators in turn first."""
    first = Row("FastHttpUser", "two_segments", "saturating")
    for _ in range(_PROBES):
        bench.fast_http_user(first, "two_segments", None)
    saturating_rps = max(100.0, _SATURATION * max(first.rps) // 100 * 100)
    rows: list[Row] = []
    for reply in bench.ports:
        for rate, offered in (("saturating", saturating_rps), ("moderate", MODERATE_RPS)):
            print(f"{reply.replace('_', ' ')}, {rate} rate", file=sys.stderr)
            rows += _compare(bench, rounds, reply, rate, offered)
    return saturating_rps, rows


def _compare(bench: Bench, rounds: int, reply: str, rate: str, offered_rps: float) -> list[Row]:
    saturating = rate == "saturating"
    ours, theirs = Row("authbench", reply, rate), Row("FastHttpUser", reply, rate)
    closed, bare = Row("authbench closed loop", reply, rate), Row("bare sockets", reply, rate)
    others = installed(CONNECTIONS, bench.duration_s) if saturating else {}
    extra = {name: Row(name, reply, rate) for name in others}
    for number in range(rounds):
        if number % 2:
            bench.ours(ours, reply, offered_rps)
        bench.fast_http_user(theirs, reply, None if saturating else offered_rps)
        if not number % 2:
            bench.ours(ours, reply, offered_rps)
        bench.bare_sockets(bare, reply, offered_rps)
        if saturating:
            bench.ours(closed, reply, None)
        for name, row in extra.items():
            bench.other(row, reply, others[name])
    return [ours, bare, *([closed] if saturating else []), theirs, *extra.values()]


def summarise(bench: Bench, saturating_rps: float, rows: list[Row]) -> dict[str, Any]:
    """What `--json` prints. `ratio_to_fasthttpuser` is of replies in two segments at the saturating rate."""
    table = []
    for row in rows:
        theirs = next(
            each
            for each in rows
            if (each.generator, each.reply, each.rate) == ("FastHttpUser", row.reply, row.rate)
        )
        ratios = [mine / other for mine, other in zip(row.cpu_us, theirs.cpu_us, strict=True)]
        table.append(
            {
                "generator": row.generator,
                "reply": row.reply,
                "rate": row.rate,
                "rps": _median(row.rps),
                "cpu_us_per_request": _median(row.cpu_us),
                "ratio": _median(ratios),
                "ratio_min": min(ratios),
                "ratio_max": max(ratios),
                "late_p50_us": _median(row.late_p50_us),
                "late_p99_us": _median(row.late_p99_us),
            }
        )
    ours, closed = (
        next(
            line
            for line in table
            if (line["generator"], line["reply"], line["rate"]) == (name, "two_segments", "saturating")
        )
        for name in ("authbench", "authbench closed loop")
    )
    return {
        "ratio_to_fasthttpuser": ours["ratio"],
        "ratio_min": ours["ratio_min"],
        "ratio_max": ours["ratio_max"],
        "closed_loop_ratio_to_fasthttpuser": closed["ratio"],
        "saturating_rps": saturating_rps,
        "moderate_rps": MODERATE_RPS,
        "connections": CONNECTIONS,
        "rounds": len(rows[0].cpu_us),
        "round_s": bench.duration_s,
        "generator_cpu": bench.generator_cpu,
        "server_cpu": bench.server_cpu,
        "table": table,
    }


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None


def _print_table(told: dict[str, Any]) -> None:
    print(
        f"\n{told['connections']} connections, generator on processor {told['generator_cpu']}, server on "
        f"{told['server_cpu']}; medians of {told['rounds']} rounds of {told['round_s']:g} s"
    )
    print(f"{'generator':<23}{'reply':<15}{'rate':<12}{'requests/s':>11}{'CPU us':>8}", end="")
    print(f"{'to FastHttpUser (min-max)':>28}{'late p50 us':>13}{'late p99 us':>13}")
    for line in told["table"]:
        print(f"{line['generator']:<23}{line['reply'].replace('_', ' '):<15}{line['rate']:<12}", end="")
        print(f"{_whole(line['rps']):>11}{line['cpu_us_per_request']:>8.0f}", end="")
        ratio = f"{line['ratio']:.3f} ({line['ratio_min']:.3f}-{line['ratio_max']:.3f})"
        print(f"{ratio:>28}{_whole(line['late_p50_us']):>13}{_whole(line['late_p99_us']):>13}")


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"


def main() -> int:
    """Entry point; the exit status."""
    parser = argparse.ArgumentParser(prog="make bench-generator", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    parser.add_argument("--rounds", type=int, default=5, help="of each measurement (default: 5)")
    parser.add_argument("--round-s", type=float, default=1.0, help="seconds of one (default: 1)")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="authbench-") as folder, ExitStack() as ending:
            bench = Bench(Path(folder), options.round_s)
            ending.callback(bench.close)
            told = summarise(bench, *run(bench, options.rounds))
    except Failure as failure:
        print(failure, file=sys.stderr)
        return int(failure.exit_code)
    if options.json:
        print(json.dumps(told))
    else:
        _print_table(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
