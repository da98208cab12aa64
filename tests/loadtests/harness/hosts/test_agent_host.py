"""Servers and a store behind an agent are to the harness what those beside it are."""

import os
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from authbench.contracts.card import Operation
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.hosts.agent_protocol import ServerStart
from authbench.contracts.measuring_protocol import PingOrder, RoleOrder, RoundTrips
from authbench.contracts.message import Reply
from authbench.contracts.records import SliceRecord
from authbench.system.certificate import make_certificate
from loadtests.harness.hosts.host import Host
from loadtests.harness.hosts.this_host import ThisHost
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.running_server import RunningServer, stop_all
from loadtests.harness.processes.scratch import scratch_directory
from loadtests.harness.processes.server import LOOPBACK
from loadtests.harness.telemetry.reading import put_together
from loadtests.harness.telemetry.readings import find_readings
from tests.loadtests.harness.hosts.live_agent import SETTINGS, agent, descendants, wait_until_gone


def started(host: Host, redis_url: str, scheme: str = "session-redis", port: int = 0) -> RunningServer:
    settings = SETTINGS | {"scheme": scheme, "redis_url": redis_url}
    start = ServerStart(arm=scheme, number=0, settings=settings, address=LOOPBACK, port=port)
    server = host.start_server(start, None)
    server.wait_until_ready()
    return server


def use(host: Host) -> None:
    """What a generation does with a host."""
    host.check_store()
    store = host.start_store(LOOPBACK)
    assert store.client.ping()
    assert store.server.version
    server = started(host, store.url)
    assert server.pids[0] == server.pid
    assert psutil.pid_exists(server.pid)
    server.pin(host.layout.app)
    assert tuple(server.processors()) == host.layout.app
    assert store.processors() == list(host.layout.store)

    (credential,) = server.seed(0, 1, 3600)
    host.begin_readings(server.arm)
    spent_ns = server.cpu_ns()
    with server.connect() as connection:
        reply = connection.request("GET", Operation.READ.path, credential.headers)
    assert reply.status == 200
    told = host.end_readings(server.arm)
    assert server.cpu_ns() > spent_ns
    assert told["app_cpu_ns"] > 0
    assert told["store_cpu_ns"] >= 0
    assert set(told["busy_ns"]) == set(told["steal"]) == set(host.layout.all)
    assert len(server.ask(PingOrder(count=3), RoundTrips).round_trip_us) == 3
    with pytest.raises(Failure, match=r"the server of session-redis: role: "):
        server.ask(RoleOrder(username="no\nbody", scope="user"), Reply)

    store.save()
    port = server.port
    stop_all([server])
    store.stop()
    again = host.start_store(LOOPBACK)
    server = started(host, again.url, port=port)
    with server.connect() as connection:
        reply = connection.request("GET", Operation.READ.path, credential.headers)
    assert reply.status == 200, "keys and sessions outlive the processes"
    stop_all([server, server])
    again.stop()


def test_on_this_machine() -> None:
    with scratch_directory() as scratch:
        use(ThisHost(plan_layout(available_processors()), scratch))


def test_behind_an_agent(place: Path) -> None:
    with agent(place) as (link, host):
        assert host.round_trip_us is not None
        assert host.round_trip_us > 0
        assert host.numbered([0, 1]) == [1000, 1001]
        use(host)
        everything = [psutil.Process(link.pid), *descendants(link.pid)]
    wait_until_gone(everything)
    assert list((place / "there").rglob("run-*")) == [], "its scratch directory is gone"
    with pytest.raises(Failure, match="the agent of elsewhere"):
        link.round_trip_us()


def test_a_sql_store_and_tls_are_laid_out_there(place: Path) -> None:
    certificate = make_certificate(place)
    with agent(place) as (_, host):
        settings = {"scheme": "session-sql"}
        start = ServerStart(arm="sql", number=3, settings=settings, address=LOOPBACK, port=0)
        server = host.start_server(start, certificate)
        server.wait_until_ready()
        (credential,) = server.seed(0, 1, 3600)
        host.save_sessions("sql")
        there = place / "there"
        keys = [path for path in there.rglob("*.pem") if b"PRIVATE" in path.read_bytes()]
        assert keys == [], "what a server has read does not stay on the disk"
        stop_all([server])
        server = host.start_server(start, certificate)
        server.wait_until_ready()
        with server.connect() as connection:
            reply = connection.request("GET", Operation.READ.path, credential.headers)
        assert reply.status == 200


def test_a_server_that_is_killed_there_is_told_here(place: Path) -> None:
    with agent(place) as (_, host):
        server = started_none(host)
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(Failure, match=r"elsewhere: the server of none .*killed by signal 9") as failure:
            server.counters()
        assert failure.value.exit_code == ExitCode.INVALID


def started_none(host: Host) -> RunningServer:
    start = ServerStart(arm="none", number=0, settings={"scheme": "none"}, address=LOOPBACK, port=0)
    server = host.start_server(start, None)
    server.wait_until_ready()
    return server


def test_a_server_that_cannot_start_says_why(place: Path) -> None:
    with agent(place) as (_, host):
        start = ServerStart(arm="a", number=0, settings={"scheme": "nonesuch"}, address=LOOPBACK, port=0)
        server = host.start_server(start, None)
        with pytest.raises(Failure, match="elsewhere: unknown scheme 'nonesuch'") as failure:
            server.wait_until_ready()
        assert failure.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize("what", ["store", "server"])
def test_an_address_of_somebody_else_is_refused(what: str, place: Path) -> None:
    start = ServerStart(arm="a", number=0, settings={"scheme": "none"}, address="192.0.2.1", port=0)
    with agent(place) as (_, host), pytest.raises(Failure, match=r"listen at 192\.0\.2\.1 \([^(]*\): give"):
        _ = host.start_store("192.0.2.1") if what == "store" else host.start_server(start, None)


def test_an_agent_that_is_killed_takes_its_servers_with_it(place: Path) -> None:
    with agent(place) as (link, host):
        server = started_none(host)
        everything = descendants(link.pid)
        everything[0].kill()
        with pytest.raises(Failure, match=r"the agent of elsewhere .* died") as failure:
            server.counters()
        assert failure.value.exit_code == ExitCode.INVALID
        wait_until_gone(everything)


def test_readings_of_several_hosts_are_one_record() -> None:
    here: dict[str, Any] = {
        "app_cpu_ns": 0,
        "app_run_queue_wait_ns": None,
        "store_cpu_ns": None,
        "harness_cpu_ns": 5,
        "busy_ns": {0: 1},
        "steal": {0: 0.5},
        "clock_step_ns": 3,
    }
    there: dict[str, Any] = {
        "app_cpu_ns": 7,
        "app_run_queue_wait_ns": 2,
        "store_cpu_ns": 4,
        "harness_cpu_ns": 1,
        "busy_ns": {1000: 2},
        "steal": {1000: 0.0},
        "clock_step_ns": -9,
    }
    told = put_together(find_readings(), [here, there])
    assert told == {
        "app_cpu_ns": 7,
        "app_run_queue_wait_ns": 2,
        "store_cpu_ns": 4,
        "harness_cpu_ns": 6,
        "busy_ns": {0: 1, 1000: 2},
        "steal": {0: 0.5, 1000: 0.0},
        "clock_step_ns": -9,
    }
    assert set(told) <= set(SliceRecord.model_fields)
