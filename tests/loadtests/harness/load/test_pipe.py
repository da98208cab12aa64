"""The pipe carries an engine's lines also from elsewhere: its clock and files are its own then."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from authbench.contracts.card import Operation
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import PlannedRequest, SliceLoad
from loadtests.harness.load.clocks import read_clock
from loadtests.harness.load.generators import Generators
from loadtests.harness.load.pipe import Pipe, behind
from loadtests.harness.processes.placement import available_processors
from tests.loadtests.scripted_server import ScriptedServer, body_of

_AWKWARD = ["/opt/a b/python", "-m", "loadtests.generator", "it's $HOME; *"]
_READS = [
    PlannedRequest(headers={"X-User": f"user{n}"}, expect=body_of(f"user{n}").decode()) for n in range(50)
]


def test_ssh_gets_one_word_that_its_shell_reads_as_the_command() -> None:
    for ssh in (["ssh", "host"], ["/usr/bin/ssh", "-p", "22", "host"]):
        *prefix, words = behind(ssh, _AWKWARD)
        assert prefix == ssh
        assert shlex.split(words) == _AWKWARD


@pytest.mark.parametrize("prefix", [[], ["kubectl", "exec", "-i", "pod", "--"], ["ip", "netns", "exec", "a"]])
def test_others_get_the_command_as_it_is(prefix: list[str]) -> None:
    assert behind(prefix, _AWKWARD) == [*prefix, *_AWKWARD]


@pytest.fixture
def ssh(tmp_path: Path) -> list[str]:
    """A program of that name that does what ssh does with its arguments: join them, run a shell."""
    path = tmp_path / "ssh"
    path.write_text('#!/bin/sh\nshift\nexec sh -c "cd /; $*"\n', "utf-8")
    path.chmod(0o700)
    return [str(path), "elsewhere"]


def test_an_engine_behind_ssh_does_what_one_beside_us_does(
    ssh: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of them, in another folder; no request file and no row file is theirs."""
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    cpus = sorted(available_processors())
    pipes = [Pipe(f"engine {n}", cpus, tmp_path / f"{n}.log", ssh, sys.executable) for n in range(2)]
    generators = Generators(pipes, tmp_path)
    try:
        generators.wait_until_ready()
        assert generators.pids == []
        # The same machine after all: its clock is ours.
        clock = read_clock(pipes[0])
        assert abs(clock.offset_ns) <= clock.bound_ns
        with ScriptedServer() as server:
            generators.arm("arm", "127.0.0.1", server.port, {Operation.READ: _READS}, connections=4)
            generators.arm("arm", "127.0.0.1", server.port, {}, connections=4, kept=[Operation.READ])
            before = server.requests
            load = SliceLoad(
                arm="arm", rate_rps=400, duration_s=0.3, seed=1, operations={Operation.READ: 1.0}
            )
            reading = generators.offer(load)
        told = reading.reply
        assert told.accepted == told.scheduled == len(reading.columns["due_ns"]) > 0
        assert told.accepted == server.requests - before
        assert reading.clocks.keys() == {"engine 0", "engine 1"}
        assert told.drained_ns - told.started_ns >= reading.columns["done_ns"].max()
    finally:
        generators.stop()


def test_what_ssh_says_of_a_host_that_is_not_there_is_told(tmp_path: Path) -> None:
    script = tmp_path / "ssh"
    script.write_text("#!/bin/sh\necho 'ssh: Could not resolve hostname nowhere' >&2\nexit 255\n", "utf-8")
    script.chmod(0o700)
    pipe = Pipe("the generator of nowhere", [0], tmp_path / "log", [str(script), "nowhere"], "python3")
    try:
        line = r"generator of nowhere did not start: exit 255 .*Could not resolve.* Does its prefix"
        with pytest.raises(Failure, match=line) as failure:
            Generators([pipe], tmp_path).wait_until_ready()
        assert failure.value.exit_code == ExitCode.USAGE
    finally:
        pipe.stop()


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("Welcome to \\033[1mhost", r"^generator 1: 'Welcome to \\x1b\[1mhost' was printed there before"),
        ("", r"^generator 1: '' was printed there before authbench spoke"),
        (r'{"error": "no room"}', r"^generator 1: no room$"),
        (r'{"ready": true, "more": 1}', r"^generator 1: not Ready: .*: install the same authbench on all"),
    ],
)
def test_what_is_printed_before_the_engine_speaks_is_told(said: str, line: str, tmp_path: Path) -> None:
    """A greeting of the host, for instance, which is on the output where authbench is to speak."""
    prefix = ["sh", "-c", f"printf '{said}\\n'; exec cat"]
    pipe = Pipe("generator 1", [0], tmp_path / "log", prefix)
    try:
        with pytest.raises(Failure, match=line) as failure:
            Generators([pipe], tmp_path).wait_until_ready()
        assert failure.value.exit_code == ExitCode.USAGE
    finally:
        pipe.stop()


def test_engines_of_two_versions_are_refused(tmp_path: Path) -> None:
    said = '{"ready": true, "pid": 1, "versions": {"locust": "LOCUST", "python": "3.11"}}'
    pipes = []
    for number, locust in enumerate(("2.47.0", "2.48.0")):
        script = tmp_path / f"{number}" / "ssh"
        script.parent.mkdir()
        script.write_text(f"#!/bin/sh\necho '{said.replace('LOCUST', locust)}'\ncat\n", "utf-8")
        script.chmod(0o700)
        pipes.append(Pipe(f"engine {number}", [0], tmp_path / f"{number}.log", [str(script), "host"]))
    generators = Generators(pipes, tmp_path)
    try:
        with pytest.raises(Failure, match=r"engine 1 has locust 2\.48\.0, python 3\.11, the one before"):
            generators.wait_until_ready()
    finally:
        generators.stop()
