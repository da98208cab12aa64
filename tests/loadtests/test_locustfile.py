"""The locustfile as people use it: under the locust command, which patches its own process and not ours."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from authbench.exitcodes import ExitCode
from tests.loadtests.null_server import NullServer

LOCUSTFILE = Path(__file__).parents[2] / "loadtests" / "locustfile.py"


def locust(host: str, *options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--json"]
    return subprocess.run(
        [*command, "--run-time", "3", "--host", host, *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_locusts_own_statistics_show_what_was_sent() -> None:
    with NullServer() as server:
        told = locust(f"http://127.0.0.1:{server.port}", "--rate", "200", "--header", "X-User: ada")
    (entry,) = json.loads(told.stdout)
    assert (entry["method"], entry["name"], entry["num_failures"]) == ("GET", "/me", 0)
    assert told.returncode == 0
    assert 0 < entry["num_requests"] <= server.requests == server.users["ada"]
    assert entry["num_requests"] == sum(entry["response_times"].values())


def test_what_is_refused_is_a_failure_in_locust_too() -> None:
    with NullServer() as server:
        told = locust(f"http://127.0.0.1:{server.port}", "--rate", "200")
    (entry,) = json.loads(told.stdout)
    assert entry["name"] == "/public"
    assert entry["num_failures"] == entry["num_requests"] > 0
    assert told.returncode == 1


@pytest.mark.parametrize(
    ("host", "options", "reason"),
    [
        ("http://127.0.0.1:1", (), "Connection refused"),
        ("https://127.0.0.1", (), "--host must be http"),
        ("http://127.0.0.1:1", ("--rate", "0"), "--rate must be positive"),
        ("http://127.0.0.1:1", ("--header", "s3cret"), "--header must be"),
        ("http://127.0.0.1:1", ("--header", "Cookie: s3cret€"), "header 'Cookie' cannot be sent"),
    ],
)
def test_what_cannot_be_sent_ends_the_run_with_its_reason(
    host: str, options: tuple[str, ...], reason: str
) -> None:
    told = locust(host, *options)
    assert told.returncode == ExitCode.USAGE
    assert f"cannot send to {host}: " in told.stderr
    assert reason in told.stderr
    assert "Traceback" not in told.stderr
    assert "s3cret" not in told.stderr
