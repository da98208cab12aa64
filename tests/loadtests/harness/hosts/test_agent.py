"""The agent's own end: its first line, what ends it, and that nothing of it is left."""

import json
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.hosts.agent_protocol import (
    AgentReady,
    Answer,
    AskServer,
    Envelope,
    ServerOrder,
    ServerStart,
    StartServer,
)
from authbench.contracts.measuring_protocol import Question
from loadtests.harness.processes.server import LOOPBACK
from tests.loadtests.harness.hosts.live_agent import agent, descendants, start_alone, wait_until_gone


@pytest.fixture
def alone(place: Path) -> "subprocess.Popen[bytes]":
    process = start_alone(place)
    assert process.stdout is not None
    ready = AgentReady.model_validate_json(process.stdout.readline())
    assert ready.facts.authbench_version == version("authbench")
    return process


def ask(process: "subprocess.Popen[bytes]", number: int, order: object) -> None:
    assert process.stdin is not None
    process.stdin.write(Envelope.model_validate({"number": number, "order": order}).line())
    process.stdin.flush()


def answer(process: "subprocess.Popen[bytes]") -> Answer:
    assert process.stdout is not None
    return Answer.model_validate_json(process.stdout.readline())


def end(process: "subprocess.Popen[bytes]") -> tuple[int, bytes]:
    """Close its input; (exit code, the rest of its output)."""
    out, _ = process.communicate(timeout=60)
    return process.returncode, out


def test_it_ends_with_its_input(alone: "subprocess.Popen[bytes]", place: Path) -> None:
    assert end(alone) == (ExitCode.DONE, b"")
    assert list((place / "there").rglob("run-*")) == []


def test_it_ends_with_its_input_in_the_middle_of_an_order(
    alone: "subprocess.Popen[bytes]", place: Path
) -> None:
    """A server that stands still is no reason to stay."""
    start = ServerStart(arm="a", number=0, settings={"scheme": "session-memory"}, address=LOOPBACK, port=0)
    ask(alone, 1, StartServer(start=start))
    assert answer(alone).number == 1
    ask(alone, 2, ServerOrder(op="wait-until-ready", arm="a"))
    assert not answer(alone).error
    everything = [psutil.Process(alone.pid), *descendants(alone.pid)]
    assert len(everything) >= 3
    server = next(each for each in everything if "servers.process" in each.cmdline())
    server.suspend()
    ask(alone, 3, AskServer(arm="a", order=Question(op="counters")))
    code, _ = end(alone)
    assert code == ExitCode.DONE
    wait_until_gone(everything)
    assert list((place / "there").rglob("run-*")) == []


def test_an_order_for_a_server_that_was_not_started_is_an_error(alone: "subprocess.Popen[bytes]") -> None:
    ask(alone, 7, ServerOrder(op="cpu", arm="nobody"))
    told = answer(alone)
    assert (told.number, told.exit_code) == (7, ExitCode.INTERNAL)
    assert told.error == "no server of 'nobody' was started here"
    assert end(alone)[0] == ExitCode.DONE


def test_what_is_no_order_ends_it(alone: "subprocess.Popen[bytes]") -> None:
    assert alone.stdin is not None
    alone.stdin.write(b'{"number": 1, "order": {"op": "format-disk"}}\n')
    code, out = end(alone)
    assert code == ExitCode.DONE
    assert json.loads(out)["error"].startswith("not an order: order: Input tag 'format-disk'")


def test_a_host_that_measures_already_is_refused(alone: "subprocess.Popen[bytes]", place: Path) -> None:
    with pytest.raises(Failure, match="elsewhere: a run is measuring on that host"), agent(place):
        pass
    end(alone)
