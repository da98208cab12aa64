"""Load from workers over Locust's own messages: counts add up, strangers are refused, a loss has a name."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from authbench.contracts.card import Operation
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.workers.hub_protocol import WorkerTraffic
from authbench.system.join_key import make_join_key
from loadtests.harness.load.generators import Generators
from loadtests.harness.load.hub import Hub
from loadtests.harness.load.meeting import Meeting
from tests.loadtests.harness.load.live_workers import LOAD, READS, WORKER, Site, family, site, wait_until_gone
from tests.loadtests.scripted_server import ScriptedServer
from tests.servers.redis_process import free_port

_LOSSY = """
import sys
from loadtests.distributed import worker

taken = 0

class Lossy(worker.Worker):
    def handle_message(self, msg):
        global taken
        taken += msg.type == "authbench"
        if taken % 4 == 3:
            return
        super().handle_message(msg)
        if taken % 4 == 1:
            super().handle_message(msg)

worker.Worker = Lossy
worker.main(sys.argv[1:])
"""
"""A worker on a wire that loses every fourth message and repeats another."""
_STRANGER = """
import sys
from gevent import sleep
from locust.rpc import Message
from locust.rpc.zmqrpc import Client

client = Client("127.0.0.1", int(sys.argv[1]), "stranger")
for body in (None, b"nothing", bytes.fromhex(sys.argv[2])):
    client.send(Message("authbench", {"sealed": body}, "stranger"))
client.send(Message("authbench", None, "stranger"))
client.send(Message("spawn", {"user_classes_count": {}}, "stranger"))
client.send(Message("stats", None, "stranger"))
client.send(Message("quit", None, None))
client.socket.send(b"\\xc1 is not msgpack")
client.socket.send(b"\\x91\\x01")
other = Client("127.0.0.1", int(sys.argv[1]), "\\x1b[2Jother\\n")
other.send(Message("spawn", None, "other"))
sleep(1)
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site"), 2) as found:
        found.start_worker("one")
        found.start_worker("lossy", start=[sys.executable, "-c", _LOSSY])
        yield found


@pytest.fixture(scope="module")
def two(both: Site) -> Generators:
    return both.generators()


def test_counts_of_two_workers_add_up(two: Generators, server: ScriptedServer, both: Site) -> None:
    """Although one of them sits on a wire that loses and repeats."""
    two.arm("arm", "127.0.0.1", server.port, {Operation.READ: READS}, connections=8)
    assert not list(both.folder.glob("requests*")), "credentials are gone once they are read"
    before = server.requests
    start_ns = two.begin_slice(LOAD)
    two.wait_until_drained(30)
    reading = two.finish_slice()
    told, columns = reading.reply, reading.columns
    assert told.started_ns >= start_ns  # later where the machine was busy at that moment
    assert told.accepted == told.scheduled == len(columns["due_ns"]) == server.requests - before > 0
    assert told.in_flight_cap == 2 * 1024
    assert told.drained_ns - told.started_ns >= columns["done_ns"].max()
    assert {name.split("-")[0] for name in reading.clocks} == {"worker one", "worker lossy"}
    # One machine: its clocks are one.
    assert all(abs(clock.offset_ns) <= clock.bound_ns for clock in reading.clocks.values())
    assert not list(both.folder.glob("rows*"))


def test_what_a_wire_loses_is_counted(two: Generators, server: ScriptedServer, both: Site) -> None:
    # What was lost may have been a heartbeat, which nobody sends again.
    for _ in range(10):
        test_counts_of_two_workers_add_up(two, server, both)
        if any(traffic.hub.resent for traffic in both.hub.traffic().values()):
            break
    # A worker tells its counts from time to time: the first time nothing may have been lost yet.
    for _ in range(60):
        if all(_told(worker, each) for worker, each in both.hub.traffic().items()):
            break
        both.hub.hear(1)
    for worker, traffic in both.hub.traffic().items():
        lossy = worker.startswith("lossy")
        assert traffic.worker is not None
        assert traffic.hub.heard > 0
        assert traffic.hub.missing == 0
        assert traffic.worker.heard > 0
        assert (traffic.worker.missing > 0) == lossy
        assert traffic.hub.resent >= lossy


def _told(worker: str, traffic: WorkerTraffic) -> bool:
    """Whether a worker has told its counts, the one behind the lossy wire those of its losses."""
    return traffic.worker is not None and (traffic.worker.missing > 0 or not worker.startswith("lossy"))


def test_a_stranger_is_told_of_and_changes_nothing(
    two: Generators, server: ScriptedServer, both: Site
) -> None:
    later = b'{"version": 2, "run": "", "sender": "x", "to": "", "serial": 1, "kind": "hello"}'
    token = Fernet(both.key_file.read_bytes().strip()).encrypt(later)
    arguments = [str(both.hub.port), token.hex()]
    subprocess.run([sys.executable, "-c", _STRANGER, *arguments], check=True, timeout=60)
    for reason in (
        "from stranger was refused: it is not sealed with this join key",
        "from stranger was refused: it does not speak version 1",
        "from stranger was refused: it is no message of authbench",
        "from somebody was refused: it cannot be read",
        "from ?[2Jother? was refused: it is no message of authbench",
    ):
        both.wait_until_told(reason)
    test_counts_of_two_workers_add_up(two, server, both)


def test_a_worker_with_another_key_is_told_of(both: Site, tmp_path: Path) -> None:
    key_file = tmp_path / "other.key"
    make_join_key(key_file)
    worker = both.start_worker("other", key_file)
    both.wait_until_told("not sealed with this join key, or was damaged on the way")
    worker.terminate()


def test_a_late_worker_is_turned_away(two: Generators, both: Site) -> None:
    late = both.start_worker("late")
    _, errors = late.communicate(timeout=60)
    assert late.returncode == ExitCode.USAGE
    assert "the run has its 2 workers already: this one is too late" in errors


def test_a_worker_that_is_killed_in_a_slice_ends_it_with_its_name(
    tmp_path: Path, server: ScriptedServer
) -> None:
    with site(tmp_path, 2) as found:
        found.start_worker("good")
        bad = found.start_worker("bad")
        generators = found.generators()
        generators.arm("arm", "127.0.0.1", server.port, {Operation.READ: READS}, connections=8)
        everything = family(bad)
        assert len(everything) > 1, "its engine is a process of its own"
        generators.begin_slice(LOAD)
        os.kill(bad.pid, signal.SIGKILL)
        with pytest.raises(Failure, match=r"worker bad-\w+ is lost: it was not heard for 10 s") as failed:
            generators.wait_until_drained(30)
        assert failed.value.exit_code == ExitCode.INVALID
        wait_until_gone(everything)


def test_an_order_that_fails_and_an_engine_that_is_killed_name_the_worker(
    tmp_path: Path, server: ScriptedServer
) -> None:
    with site(tmp_path, 1) as found:
        worker = found.start_worker("bad")
        generators = found.generators()
        with pytest.raises(Failure, match=r"worker bad-\w+ failed: .*Connection refused"):
            generators.arm("arm", "127.0.0.1", 1, {Operation.READ: READS}, connections=8)
        for process in family(worker)[1:]:
            process.kill()
        with pytest.raises(Failure, match=r"worker bad-\w+ is lost: the load generator .*killed by signal 9"):
            generators.arm("arm", "127.0.0.1", server.port, {Operation.READ: READS}, connections=8)
        assert worker.wait(60) == ExitCode.INVALID


def test_workers_end_when_the_hub_is_killed(tmp_path: Path, server: ScriptedServer) -> None:
    with site(tmp_path, 1) as found:
        worker = found.start_worker("left")
        generators = found.generators()
        everything = family(worker)
        os.kill(found.hub.pid, signal.SIGKILL)
        with pytest.raises(Failure, match=r"the hub .* died: killed by signal 9"):
            generators.arm("arm", "127.0.0.1", server.port, {Operation.READ: READS}, connections=8)
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == ExitCode.INVALID
        assert "the hub does not answer any longer" in errors
        wait_until_gone(everything)


def test_a_worker_that_stands_still_for_a_moment_goes_on(tmp_path: Path, server: ScriptedServer) -> None:
    with site(tmp_path, 1) as found:
        worker = found.start_worker("slow")
        generators = found.generators()
        os.kill(worker.pid, signal.SIGSTOP)
        resume = subprocess.Popen(["sh", "-c", f"sleep 5; kill -CONT {worker.pid}"])
        many = {Operation.READ: READS * 20}  # more than a part, and then more rows than a pipe holds
        generators.arm("arm", "127.0.0.1", server.port, many, connections=8)
        assert resume.wait() == 0
        reading = generators.offer(LOAD.model_copy(update={"rate_rps": 1500, "duration_s": 1.5}))
        assert reading.columns["due_ns"].nbytes * len(reading.columns) > 100_000
        assert reading.reply.accepted == reading.reply.scheduled > 0
        found.hub.stop()
        assert worker.wait(60) == ExitCode.DONE


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_worker_that_is_stopped_tells_the_run_at_once(
    how: signal.Signals, tmp_path: Path, server: ScriptedServer
) -> None:
    with site(tmp_path, 1) as found:
        worker = found.start_worker("stopped")
        generators = found.generators()
        everything = family(worker)
        worker.send_signal(how)
        with pytest.raises(Failure, match=r"worker stopped-\w+ is lost: it was stopped by a signal"):
            generators.arm("arm", "127.0.0.1", server.port, {Operation.READ: READS}, connections=8)
        assert worker.wait(60) == ExitCode.INTERRUPTED
        wait_until_gone(everything)


def test_a_worker_that_was_there_before_the_run(tmp_path: Path) -> None:
    port = free_port()
    make_join_key(tmp_path / "join.key")
    early = subprocess.Popen(
        [*WORKER, "127.0.0.1", str(port), str(tmp_path / "join.key"), "early"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert early.stderr is not None
    assert "nobody answers at 127.0.0.1" in "".join(islice(early.stderr, 2))
    with site(tmp_path, 1, port=port) as found:
        found.workers.append(early)
        found.generators()
        found.hub.stop()
        assert early.wait(60) == ExitCode.DONE


def test_nobody_joins(tmp_path: Path) -> None:
    with site(tmp_path, 1) as found, pytest.raises(Failure, match=r"0 of 1 worker joined at 127\.0\.0\.1:"):
        found.hub.wait_for_workers(0.1)


def test_an_address_that_is_taken_or_not_ours(tmp_path: Path) -> None:
    with site(tmp_path, 1) as found:
        for host, port in (("127.0.0.1", found.hub.port), ("192.0.2.1", 5557)):
            with pytest.raises(Failure, match=f"nothing can be heard at {host}:{port}: "):
                Hub(Meeting(host, port, found.key_file), 1, [0], tmp_path, print)
