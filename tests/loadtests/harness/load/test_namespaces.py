"""The carriers over a real network stack: generators in network namespaces, behind a cable each."""

from pathlib import Path

import pytest

from authbench.contracts.card import Operation
from authbench.contracts.failure import ExitCode, Failure
from loadtests.harness.load.generators import Generators
from loadtests.harness.load.pipe import Pipe
from loadtests.harness.processes.placement import available_processors
from tests.loadtests.harness.load.live_workers import LOAD, READS, WORKER, family, site, wait_until_gone
from tests.loadtests.harness.load.namespaces import hosts, needs_namespaces
from tests.loadtests.scripted_server import ScriptedServer

pytestmark = needs_namespaces


def require_sums(generators: Generators, server: ScriptedServer, host: str) -> None:
    generators.arm("arm", host, server.port, {Operation.READ: READS}, connections=8)
    before = server.requests
    reading = generators.offer(LOAD)
    assert reading.reply.accepted == reading.reply.scheduled == len(reading.columns["due_ns"]) > 0
    assert server.requests - before == reading.reply.accepted
    assert len(reading.clocks) == 2


def test_engines_behind_a_command_in_two_namespaces(tmp_path: Path) -> None:
    with hosts(2) as found, ScriptedServer(host=found[0].gateway) as server:
        cpus = sorted(available_processors())
        pipes = [Pipe(host.name, cpus, tmp_path / host.name, host.prefix) for host in found]
        generators = Generators(pipes, tmp_path)
        try:
            generators.wait_until_ready()
            require_sums(generators, server, found[0].gateway)
        finally:
            generators.stop()


def test_workers_in_two_namespaces_and_a_cable_that_is_pulled(tmp_path: Path) -> None:
    """A connection that is half open tells nobody: what is not heard for ten seconds is lost."""
    with (
        hosts(2) as found,
        ScriptedServer(host=found[0].gateway) as server,
        site(tmp_path, 2, found[0].gateway) as at,
    ):
        workers = [at.start_worker(host.name, start=[*host.prefix, *WORKER]) for host in found]
        generators = at.generators()
        require_sums(generators, server, found[0].gateway)
        everything = family(workers[1])
        found[1].pull_the_cable()
        with pytest.raises(Failure, match=rf"worker {found[1].name}-\w+ is lost: it was not heard for 10 s"):
            generators.offer(LOAD)
        _, errors = workers[1].communicate(timeout=60)
        assert workers[1].returncode == ExitCode.INVALID
        assert "the hub does not answer any longer" in errors
        wait_until_gone(everything)
