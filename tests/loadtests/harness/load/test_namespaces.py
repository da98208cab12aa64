"""The carriers over a real network stack: generators in network namespaces, behind a cable each, or with a
clock of their own.
"""

from itertools import islice
from pathlib import Path

import pytest

from authbench.contracts.card import Operation
from authbench.contracts.failure import ExitCode, Failure
from loadtests.harness.load.generators import Generators
from loadtests.harness.load.pipe import Pipe
from loadtests.harness.processes.placement import available_processors
from tests.loadtests.harness.load.live_workers import LOAD, READS, WORKER, family, site, wait_until_gone
from tests.loadtests.harness.load.namespaces import a_clock_ahead, hosts, needs_namespaces
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


def test_a_port_that_a_firewall_closes_is_told_at_both_ends(tmp_path: Path) -> None:
    with hosts(1) as (host,), site(tmp_path, 1, host.gateway) as at:
        host.close_the_port()
        worker = at.start_worker(host.name, start=[*host.prefix, *WORKER])
        with pytest.raises(Failure, match="0 of 1 worker joined"):
            at.hub.wait_for_workers(10)
        (told,) = at.told
        assert f"a firewall may close {host.gateway}:{at.hub.port}" in told
        assert worker.stderr is not None
        *_, sentence = islice(worker.stderr, 2)
        assert f"nobody answers at {host.gateway}:{at.hub.port}" in sentence
        assert "does a firewall let this port through?" in sentence
        everything = family(worker)
        worker.terminate()
        assert worker.wait(60) == ExitCode.INTERRUPTED
        wait_until_gone(everything)


def test_a_worker_whose_clock_is_ahead_by_a_day(tmp_path: Path) -> None:
    day_s = 86_400
    start = [*a_clock_ahead(day_s), *WORKER]
    with ScriptedServer() as server, site(tmp_path, 2) as at:
        at.start_worker("ours")
        at.start_worker("ahead", start=start)
        generators = at.generators()
        require_sums(generators, server, "127.0.0.1")
        clocks = {name.split("-")[0]: clock for name, clock in generators.offer(LOAD).clocks.items()}
    for name, ahead_s in (("worker ours", 0), ("worker ahead", day_s)):
        assert abs(clocks[name].offset_ns - ahead_s * 10**9) <= clocks[name].bound_ns
        assert 0 <= clocks[name].late_ns < day_s * 10**9
