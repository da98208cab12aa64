"""A worker's process: Locust's worker, which carries orders from a hub to an engine of this machine.

`authbench worker` becomes this process. The engine is that of a run on one machine, in a process of its own:
what Locust does between its master and its worker takes no time of the engine's.
"""

import argparse
import os
import secrets
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

import gevent
from gevent.event import AsyncResult, Event
from locust.env import Environment
from locust.exception import RPCError
from locust.rpc import Message as LocustMessage
from locust.runners import HEARTBEAT_INTERVAL, WorkerRunner

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import ENGINE_MODULE
from authbench.system.join_key import read_join_key
from authbench.system.standard_streams import outlive_readers
from loadtests.distributed.ends import WorkerEnd
from loadtests.distributed.messages import BODY, KIND, Kind, Refused, Seal, token_of
from loadtests.harness.load.meeting import Address
from loadtests.harness.processes.processes import Child
from loadtests.harness.processes.scratch import scratch_directory

_TICK_S = 0.1
_UNHEARD_S = 8.0
"""Without an answer: one sentence says so. Then the worker waits on, because the run may begin later."""
_FOR_EVER_S = 1e8
_GOODBYE_S = 5.0
_LINGER_MS = 500
"""For Locust's socket to send what it was given last."""
_LOCUSTS_OWN = ("ack", "heartbeat", "reconnect")
"""Messages of Locust's master that are looked at: none of them is an order."""


class Worker(WorkerRunner):
    """Locust's worker, with an end of ours that seals what it sends."""

    def __init__(self, host: str, port: int, end: WorkerEnd, engine: Child) -> None:
        self._end = end
        self._engine = engine
        self._something = Event()
        self._began_s = time.monotonic()
        self._told: set[str] = set()
        self.ended: AsyncResult = AsyncResult()
        """The exit code, once this worker is to end."""
        super().__init__(Environment(user_classes=[]), host, port)

    def connect_to_master(self) -> None:
        """Greet Locust's master and go on: who does not answer is waited for in `heartbeat`."""
        self.client.send(LocustMessage("client_ready", -1, self.client_id))

    def heartbeat(self) -> None:  # type: ignore[override] # Locust's never returns
        """The one greenlet that sends: tokens, and Locust's heartbeat between them."""
        try:
            self._send_until_the_end()
        except Exception:  # without it this worker would be mute, and wait for ever
            self.ended.set(ExitCode.INTERNAL)
            raise

    def _send_until_the_end(self) -> None:
        next_s = 0.0
        while not self.ended.ready():
            self._something.wait(_TICK_S)
            self._something.clear()
            try:
                self._send_tokens()
                if time.monotonic() >= next_s:
                    next_s = time.monotonic() + HEARTBEAT_INTERVAL
                    self._beat()
            except RPCError as error:
                print(f"nothing can be sent: {error}", file=sys.stderr)
            self._watch()

    def _send_tokens(self) -> None:
        for token in self._end.outgoing():
            self.send_message(KIND, {BODY: token})

    def _beat(self) -> None:
        if not self.connection_event.is_set():
            self.connect_to_master()
        usage = {"state": self.worker_state, "current_cpu_usage": 0, "current_memory_usage": 0}
        self.client.send(LocustMessage("heartbeat", usage, self.client_id))

    def _watch(self) -> None:
        """End if the hub is gone; say once if it was never there."""
        if self._end.lost:
            self._leave(ExitCode.INVALID, "the hub does not answer any longer: its run ended, or the network")
        if not self._end.welcome and time.monotonic() > self._began_s + _UNHEARD_S:
            place = Address(self.master_host, self.master_port).text
            if self.connection_event.is_set():
                self._once(
                    f"{place} does not let this worker join: another join key, or another version of "
                    "authbench? The screen of the run says which; waiting"
                )
            else:
                self._once(
                    f"nobody answers at {place}: is authbench run --workers-at {place} started there, and "
                    "does a firewall let this port through? Waiting"
                )

    def _once(self, sentence: str) -> None:
        if sentence not in self._told:
            self._told.add(sentence)
            print(f"authbench: {sentence}", file=sys.stderr, flush=True)

    def handle_message(self, msg: LocustMessage) -> None:
        if msg.type in _LOCUSTS_OWN:
            super().handle_message(msg)
        elif msg.type == KIND:
            try:
                orders = self._end.hear(token_of(msg.data))
            except Refused as refusal:
                self._once(f"a message of the hub is refused: {refusal}")
                return
            for kind, line in orders:
                self._carry_out(kind, line)
            self._something.set()

    def _carry_out(self, kind: Kind, line: str) -> None:
        match kind:
            case "welcome":
                print("authbench: joined", file=sys.stderr, flush=True)
                gevent.spawn(self._listen_to_engine)
            case "line":
                try:
                    self._engine.send(line.encode() + b"\n")
                except Failure as failure:
                    self._give_up(str(failure))
            case "turned-away":
                self._leave(ExitCode.USAGE, line)
            case "end":
                self._leave(ExitCode.DONE, "the run is over")

    def _listen_to_engine(self) -> None:
        try:
            while True:
                self._end.say("line", self._engine.line(_FOR_EVER_S).decode())
                self._something.set()
        except Failure as failure:
            if not self.ended.ready():  # it was not stopped by us
                self._give_up(str(failure))

    def stop_at_signal(self) -> None:
        """Leave as asked from outside: a run that counts on this worker is told at once."""
        if self._end.welcome:
            self._give_up("it was stopped by a signal", ExitCode.INTERRUPTED)
        else:
            self._leave(ExitCode.INTERRUPTED, "stopped by a signal")

    def _give_up(self, reason: str, code: ExitCode = ExitCode.INVALID) -> None:
        """Tell the hub that this worker is lost, wait until it knows, and leave."""
        self._end.say("lost", reason)
        self._something.set()
        with gevent.Timeout(_GOODBYE_S, False):
            while not self._end.settled:
                gevent.sleep(0.02)
        self._leave(code, reason)

    def _leave(self, code: ExitCode, sentence: str) -> None:
        """End, the first time that there is a reason to."""
        if not self.ended.ready():
            self._send_tokens()  # what came last is acknowledged
            print(f"authbench: {sentence}", file=sys.stderr, flush=True)
            self.ended.set(code)

    def heartbeat_timeout_checker(self) -> None:  # type: ignore[override] # Locust's never returns
        """Trust no message that anybody can send: the end knows when the hub was heard."""

    def stats_reporter(self) -> None:  # type: ignore[override] # Locust's never returns
        """Report nothing: there are no users."""

    def logs_reporter(self) -> None:
        """Report nothing."""

    def monitor_cpu_and_memory(self) -> None:  # type: ignore[override] # Locust's never returns
        """Leave the processor to the load."""


def main(arguments: list[str]) -> NoReturn:
    """Join a run and stay until it is over."""
    outlive_readers()
    parser = argparse.ArgumentParser(prog="authbench worker")
    parser.add_argument("host")
    parser.add_argument("port", type=int)
    parser.add_argument("key_file", type=Path)
    parser.add_argument("name")
    asked = parser.parse_args(arguments)
    name = f"{asked.name}-{secrets.token_hex(4)}"
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup wants it
            gevent.signal_handler(number, stopped.set)
    try:
        seal = Seal(read_join_key(asked.key_file))
        command, cpus = [sys.executable, "-m", ENGINE_MODULE], os.sched_getaffinity(0)
        with (
            scratch_directory() as scratch,
            Child("the load generator", command, cpus, scratch / "generator.log") as engine,
        ):
            print(f"authbench: this is worker {name}", file=sys.stderr, flush=True)
            worker = Worker(asked.host, asked.port, WorkerEnd(seal, name, time.monotonic), engine)
            stopped.rawlink(lambda _: gevent.spawn(worker.stop_at_signal))
            code = worker.ended.get()
            worker.greenlet.kill()  # Locust's own would listen to a closed socket without a pause
            worker.client.close(linger=_LINGER_MS)
    except Failure as failure:
        print(f"authbench: {failure}", file=sys.stderr)
        code = failure.exit_code
    except OSError as error:  # its folder or its log cannot be made, as on a full disk
        place = error.filename or "a file of this worker"
        print(f"authbench: {place} cannot be written: {error.strerror}", file=sys.stderr)
        code = ExitCode.USAGE
    sys.exit(int(code))
