"""The agent: a process on the host of the application or of the store that does there what a harness orders.

`authbench agent` runs it. It speaks `authbench.contracts.hosts.agent_protocol` on stdin and stdout, and keeps
no state beyond its input's end.
"""

import contextlib
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import IO, NoReturn

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.hosts import agent_protocol as protocol
from authbench.contracts.message import ErrorReply, Message, OrderError, Reply, read_order
from authbench.system.certificate import Certificate
from authbench.system.kernel import read_host_facts
from authbench.system.private_files import write_private
from loadtests.harness.hosts.this_host import ThisHost
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.scratch import measuring_alone, scratch_directory
from loadtests.harness.telemetry.cpu_clock import CpuOwner
from loadtests.harness.telemetry.machine import describe_machine

_AT_ONCE = 32
"""Orders that are carried out at the same time: a harness seeds its servers in parallel."""
_STOP_S = 15.0
"""For everything that was started to end by itself; then it ends with this process."""


class Agent:
    """Carries out orders. `out` is the descriptor that answers are written to."""

    def __init__(self, scratch: Path, out: int) -> None:
        self._scratch = scratch
        self._host = ThisHost(plan_layout(available_processors()), scratch)
        self._out = out
        self._one_at_a_time = threading.Lock()
        self._tls_keys: dict[str, Path] = {}
        """By arm: files that go when its server has read them."""

    def say(self, message: Message) -> None:
        """Write one line. Nobody may be there any longer to read it."""
        line = message.line()
        with self._one_at_a_time, contextlib.suppress(BrokenPipeError):
            while line:
                line = line[os.write(self._out, line) :]

    def serve(self, orders: IO[bytes]) -> None:
        """Carry out orders to the one to quit, or to the end of input; then end what was started."""
        pool = ThreadPoolExecutor(_AT_ONCE)
        try:
            for line in orders:
                try:
                    envelope = read_order(line, protocol.ENVELOPES)
                except OrderError as error:
                    self.say(ErrorReply(error=str(error)))
                    return
                match envelope.order:
                    case protocol.Quit():
                        return
                    case protocol.StartServer() | protocol.StartStore():
                        # Here: the kernel ends a child with the thread that started it (PR_SET_PDEATHSIG).
                        self._answer(envelope)
                    case _:
                        pool.submit(self._answer, envelope)
        finally:
            # A thread: a server that stands still must not keep the others alive.
            stopping = threading.Thread(target=self._host.stop, daemon=True)
            stopping.start()
            stopping.join(_STOP_S)
            pool.shutdown(wait=False, cancel_futures=True)

    def _answer(self, envelope: protocol.Envelope) -> None:
        """Carry out an order and say what came of it. Never raises for a fault of the order."""
        number = envelope.number
        try:
            told = self._carry_out(envelope.order)
            line = told if isinstance(told, bytes) else told.line()
            self.say(protocol.Answer(number=number, content=line.decode()))
        except Failure as failure:
            self.say(protocol.Answer(number=number, error=str(failure), exit_code=failure.exit_code))
        except Exception as error:  # told to the harness, which decides
            told_error = f"{type(error).__name__}: {' '.join(str(error).split())}"
            self.say(protocol.Answer(number=number, error=told_error, exit_code=ExitCode.INTERNAL))

    def _carry_out(self, order: protocol.AgentOrder) -> Message | bytes:
        host = self._host
        match order:
            case protocol.StartServer():
                tls = self._lay_out_tls(order.start.arm, order.tls) if order.tls else None
                host.start_server(order.start, tls)
            case protocol.ServerOrder():
                return self._carry_out_for_server(order)
            case protocol.AskServer():
                return host.server(order.arm).answer_line(order.order)
            case protocol.PinServer():
                host.server(order.arm).pin(order.cpus)
            case protocol.StartStore() | protocol.StoreOrder():
                return self._carry_out_for_store(order)
            case protocol.Observe() | protocol.AskOwner():
                if isinstance(order, protocol.Observe):
                    host.observe(order.arm, order.whose)
                return _facts(host.observed(order.arm))
            case protocol.ReadingsOrder(op="begin-readings"):
                host.begin_readings(order.arm)
            case protocol.ReadingsOrder():
                return protocol.Readings(told=host.end_readings(order.arm))
            case protocol.RoundTrip() | protocol.Quit():
                pass
        return Reply()

    def _carry_out_for_server(self, order: protocol.ServerOrder) -> Message:
        server = self._host.server(order.arm)
        match order.op:
            case "wait-until-ready":
                server.wait_until_ready()
                if order.arm in self._tls_keys:
                    self._tls_keys.pop(order.arm).unlink()
                return protocol.ServerFacts(port=server.port, pids=server.pids)
            case "cpu":
                return protocol.CpuTime(cpu_ns=server.cpu_ns())
            case "processors":
                return protocol.Processors(cpus=server.processors())
            case "save-sessions":
                self._host.save_sessions(order.arm)
            case "ask-to-stop":
                server.ask_to_stop()
            case "stop":
                server.stop()
        return Reply()

    def _carry_out_for_store(self, order: protocol.StartStore | protocol.StoreOrder) -> Message:
        match order.op:
            case "start-store":
                store = self._host.start_store(order.address)
                return protocol.StoreFacts(url=store.url, source=store.source)
            case "check-store":
                self._host.check_store()
            case "save-store":
                self._host.store().save()
            case "store-processors":
                return protocol.Processors(cpus=self._host.store().processors())
            case "stop-store":
                self._host.store().stop()
        return Reply()

    def _lay_out_tls(self, arm: str, content: protocol.TlsFiles) -> Certificate:
        folder = self._scratch / f"tls{len(list(self._scratch.glob('tls*')))}"
        folder.mkdir(mode=0o700)
        files = {name: folder / f"{name}.pem" for name in protocol.TlsFiles.model_fields}
        for name, path in files.items():
            write_private(path, str(getattr(content, name)).encode())
        self._tls_keys[arm] = files["key"]
        return Certificate(files["certificate"], files["key"], files["authority"])


def _facts(owner: CpuOwner) -> protocol.OwnerFacts:
    try:
        return protocol.OwnerFacts(
            gone=False,
            cpu_ns=owner.cpu_ns(),
            pids=tuple(owner.pids()),
            processors=tuple(owner.processors()),
            run_queue_wait_ns=owner.run_queue_wait_ns(),
        )
    except OSError:
        return protocol.OwnerFacts(gone=True)


def run_agent() -> NoReturn:
    """Be an agent until the input ends. Failure, told on stdout as well, where another run measures here."""
    out = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints, prints to stderr
    try:
        with measuring_alone(), scratch_directory() as scratch:
            agent = Agent(scratch, out)
            facts = read_host_facts(version("authbench"))
            agent.say(protocol.AgentReady(facts=facts, machine=describe_machine()))
            agent.serve(sys.stdin.buffer)
        os._exit(ExitCode.DONE)  # threads that still carry out an order are waited for by nobody
    except Failure as failure:
        os.write(out, ErrorReply(error=str(failure)).line())
        raise
