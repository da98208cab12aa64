"""A host behind an agent, and the servers and the store that run there: to the harness like any other."""

import contextlib
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import redis
from pydantic import BaseModel

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.hosts.agent_protocol import (
    AgentReady,
    AskServer,
    CpuTime,
    Observe,
    OwnerFacts,
    PinServer,
    Processors,
    Readings,
    ReadingsOrder,
    ServerFacts,
    ServerOrder,
    ServerStart,
    StartServer,
    StartStore,
    StoreFacts,
    StoreOrder,
    TlsFiles,
)
from authbench.contracts.measuring_protocol import Order
from authbench.contracts.message import Reply
from authbench.contracts.target.whose_cpu import WhoseCpu
from authbench.system.certificate import Certificate
from loadtests.harness.hosts.agent_link import AgentLink
from loadtests.harness.hosts.agent_owner import AgentOwner
from loadtests.harness.hosts.host import Host
from loadtests.harness.processes.placement import plan_layout
from loadtests.harness.processes.redis_server import RunningRedis
from loadtests.harness.processes.running_server import RunningServer
from loadtests.harness.processes.server import reply_to
from loadtests.harness.telemetry.cpu_clock import CpuOwner

_CONNECT_S = 5.0
_Reply = TypeVar("_Reply", bound=BaseModel)


class AgentHost(Host):
    """Servers and a store that are children of an agent."""

    round_trip_us: float

    def __init__(self, link: AgentLink, ready: AgentReady, first_processor: int) -> None:
        self.name = link.name
        self.layout = plan_layout(set(ready.facts.processors))
        self.first_processor = first_processor
        self.machine = ready.machine
        self.round_trip_us = round(link.round_trip_us(), 1)
        self._link = link

    def check_store(self) -> None:
        self._link.ask(StoreOrder(op="check-store"), Reply)

    def start_store(self, address: str) -> RunningRedis:
        facts = self._link.ask(StartStore(address=address), StoreFacts)
        client = redis.Redis.from_url(facts.url, socket_timeout=_CONNECT_S, socket_connect_timeout=_CONNECT_S)
        store = AgentRedis(facts.url, facts.source, client, None, link=self._link)
        try:
            client.ping()
        except redis.RedisError as error:
            store.stop()
            port = client.connection_pool.connection_kwargs["port"]
            raise _unreachable("the store", self.name, address, port, str(error)) from None
        return store

    def start_server(self, start: ServerStart, tls: Certificate | None) -> RunningServer:
        self._link.ask(StartServer(start=start, tls=_content(tls) if tls else None), Reply)
        return AgentServer(self._link, start, tls.authority if tls else None)

    def save_sessions(self, arm: str) -> None:
        self._link.ask(ServerOrder(op="save-sessions", arm=arm), Reply)

    def observe(self, arm: str | None, whose: WhoseCpu) -> CpuOwner:
        self._link.ask(Observe(arm=arm, whose=whose), OwnerFacts)
        return AgentOwner(self._link, arm)

    def begin_readings(self, arm: str) -> None:
        self._link.ask(ReadingsOrder(op="begin-readings", arm=arm), Reply)

    def end_readings(self, arm: str) -> dict[str, Any]:
        return self._link.ask(ReadingsOrder(op="end-readings", arm=arm), Readings).told


class AgentServer(RunningServer):
    """A server that is a child of an agent."""

    def __init__(self, link: AgentLink, start: ServerStart, authority: Path | None) -> None:
        self.arm = start.arm
        self.host = start.address
        self.port = 0
        self.pids: list[int] = []
        self.authority = authority
        self._link = link

    def wait_until_ready(self) -> None:
        facts = self._link.ask(self._order("wait-until-ready"), ServerFacts)
        self.port, self.pids = facts.port, facts.pids
        try:
            socket.create_connection((self.host, self.port), _CONNECT_S).close()
        except OSError as error:
            what = f"the server of {self.arm}"
            raise _unreachable(what, self._link.name, self.host, self.port, str(error)) from None

    def ask(self, order: Order, expected: type[_Reply]) -> _Reply:
        line = self._link.line_of(AskServer(arm=self.arm, order=order))
        return reply_to(order, line, expected, f"the server of {self.arm}")

    def pin(self, cpus: Iterable[int]) -> None:
        self._link.ask(PinServer(arm=self.arm, cpus=list(cpus)), Reply)

    def processors(self) -> list[int]:
        return self._link.ask(self._order("processors"), Processors).cpus or []

    def cpu_ns(self) -> int:
        return self._link.ask(self._order("cpu"), CpuTime).cpu_ns

    def ask_to_stop(self) -> None:
        # An agent that is gone has ended its servers.
        with contextlib.suppress(Failure):
            self._link.ask(self._order("ask-to-stop"), Reply)

    def stop(self) -> None:
        with contextlib.suppress(Failure):
            self._link.ask(self._order("stop"), Reply)

    def _order(self, op: Any) -> ServerOrder:
        return ServerOrder(op=op, arm=self.arm)


class AgentRedis(RunningRedis):
    """A store that is a child of an agent. Commands go to it over the network, as an application's do."""

    def __init__(self, *known: Any, link: AgentLink) -> None:
        super().__init__(*known)
        self._link = link

    def save(self) -> None:
        self._link.ask(StoreOrder(op="save-store"), Reply)

    def processors(self) -> list[int] | None:
        return self._link.ask(StoreOrder(op="store-processors"), Processors).cpus

    def stop(self) -> None:
        self.client.close()
        with contextlib.suppress(Failure):
            self._link.ask(StoreOrder(op="stop-store"), Reply)


def _content(tls: Certificate) -> TlsFiles:
    return TlsFiles(
        certificate=tls.certificate.read_text("ascii"),
        key=tls.key.read_text("ascii"),
        authority=tls.authority.read_text("ascii"),
    )


def _unreachable(what: str, host: str, address: str, port: int, why: str) -> Failure:
    return Failure(
        f"{what} listens at {address}:{port} on {host}, and this machine cannot connect ({why}): does a "
        "firewall let every port through between the hosts, and is this the address that leads there?",
        ExitCode.USAGE,
    )
