"""The host that this process runs on: the harness's own, or an agent's."""

import os
import secrets
import socket
from pathlib import Path
from typing import Any

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.hosts.agent_protocol import ServerStart
from authbench.contracts.target.whose_cpu import WhoseCpu
from authbench.system.certificate import Certificate
from loadtests.harness.hosts.arm_files import ArmFiles
from loadtests.harness.hosts.host import Host
from loadtests.harness.processes.placement import Layout
from loadtests.harness.processes.processes import Start, start_guarded
from loadtests.harness.processes.redis_server import RunningRedis, find_server, start_redis
from loadtests.harness.processes.running_server import stop_all
from loadtests.harness.processes.server import LOOPBACK, Server
from loadtests.harness.telemetry.cpu_clock import CpuOwner, Processes
from loadtests.harness.telemetry.machine import describe_machine
from loadtests.harness.telemetry.reading import Observed, Telemetry
from loadtests.harness.telemetry.readings import find_readings
from loadtests.harness.whose_cpu.owner import find_owner


class ThisHost(Host):
    """Servers and a store that are children of this process."""

    name = "this machine"
    first_processor = 0
    round_trip_us = None

    def __init__(self, layout: Layout, scratch: Path) -> None:
        self.layout = layout
        self.machine = describe_machine()
        self.helpers: list[int] = []
        """Processes that work for the harness beside this one: the store's proxies."""
        self.start: Start = start_guarded
        """How servers are started: whoever measures starts the command."""
        self._scratch = scratch
        self._readings = find_readings()
        self._files: dict[str, ArmFiles] = {}
        self._servers: dict[str, Server] = {}
        self._store: RunningRedis | None = None
        self._foreign: dict[str | None, CpuOwner] = {}
        """What was found, by arm; under None that of the store."""
        self._telemetry: dict[str, Telemetry] = {}

    def check_store(self) -> None:
        find_server()

    def start_store(self, address: str = LOOPBACK) -> RunningRedis:
        _require_own(address)
        self._store = start_redis(self._scratch, self.layout.store, address=address)
        return self._store

    def start_server(self, start: ServerStart, tls: Certificate | None) -> Server:
        _require_own(start.address)
        if start.arm not in self._files:
            self._files[start.arm] = ArmFiles(self._scratch, start.number)
        files, name = self._files[start.arm], f"arm{start.number}"
        settings = {
            **files.lay_out(),
            **start.settings,
            "database_url": f"sqlite+aiosqlite:///{self._scratch}/{name}-{secrets.token_hex(4)}.sqlite",
        }
        # Starting and seeding is bulk work: on every processor, pinned once it is done.
        server = _ArmServer(files, start, name, settings, self.layout, self._scratch, tls, self.start)
        self._servers[start.arm] = server
        return server

    def save_sessions(self, arm: str) -> None:
        self._files[arm].save()

    def observe(self, arm: str | None, whose: WhoseCpu) -> CpuOwner:
        self._foreign[arm] = find_owner(whose, store=arm is None)
        return self._foreign[arm]

    def begin_readings(self, arm: str) -> None:
        server, own = self._servers.get(arm), self._store.pid if self._store else None
        observed = Observed(
            server=Processes(server.pids) if server is not None else self._foreign.get(arm),
            store=self._foreign.get(None) if own is None else Processes([own]),
            harness_pids=self.helpers,
            cpus=self.layout.all,
        )
        try:
            self._telemetry[arm] = Telemetry(self._readings, observed)
        except OSError:
            raise _gone(arm) from None

    def end_readings(self, arm: str) -> dict[str, Any]:
        try:
            return self._telemetry.pop(arm).since_start()
        except OSError:
            raise _gone(arm) from None

    def server(self, arm: str) -> Server:
        """The arm's server. Failure if none was started."""
        if arm not in self._servers:
            raise Failure(f"no server of {arm!r} was started here", ExitCode.INTERNAL)
        return self._servers[arm]

    def observed(self, arm: str | None) -> CpuOwner:
        """What was found for an arm, or for the store. Failure if nothing was looked for."""
        if arm not in self._foreign:
            raise Failure(f"nothing was looked for here for {arm or 'the store'}", ExitCode.INTERNAL)
        return self._foreign[arm]

    def store(self) -> RunningRedis:
        """The store. Failure if none was started."""
        if self._store is None:
            raise Failure("no store was started here", ExitCode.INTERNAL)
        return self._store

    def stop(self) -> None:
        """End everything that was started here and still runs."""
        stop_all(self._servers.values())
        if self._store is not None:
            self._store.stop()


class _ArmServer(Server):
    """A server whose keys are files only while it starts."""

    def __init__(
        self,
        files: ArmFiles,
        start: ServerStart,
        name: str,
        settings: dict[str, Any],
        layout: Layout,
        scratch: Path,
        tls: Certificate | None,
        start_process: Start,
    ) -> None:
        self._files = files
        super().__init__(
            start.arm,
            name,
            settings,
            layout.all,
            scratch,
            tls,
            start.port,
            address=start.address,
            python=Path(start.python) if start.python else None,
            start=start_process,
        )

    def wait_until_ready(self) -> None:
        super().wait_until_ready()
        self._files.take_keys()


def _require_own(address: str) -> None:
    """Failure unless a server could listen at this address."""
    try:
        socket.create_server((address, 0)).close()
    except OSError as error:
        why = os.strerror(error.errno or 0)  # its own text has the address again
        raise Failure(
            f"nothing can listen at {address} ({why}): give an address of that host itself"
        ) from None


def _gone(arm: str) -> Failure:
    return Failure(
        f"{arm}: its server or the store ended during a slice. The run is marked as not complete: run it "
        "again",
        ExitCode.INVALID,
    )
