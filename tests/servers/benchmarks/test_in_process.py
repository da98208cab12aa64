"""The benchmarks in one process: the right names, real calls, and nothing kept but figures."""

import asyncio
import subprocess
import sys

import pytest

from servers.benchmarks.in_process import from_seconds
from servers.benchmarks.pieces import ALONE, SCHEMES, ask_once
from servers.contract.scheme import Scheme
from servers.contract.settings import ServerSettings


@pytest.mark.parametrize("kind", SCHEMES, ids=lambda kind: kind.name)
def test_every_call_that_is_timed_is_accepted(kind: type[Scheme]) -> None:
    scheme = kind(ServerSettings(scheme=kind.name))
    assert asyncio.run(scheme.authenticate(ask_once(scheme))).sub == "user-000000"


def test_seconds_become_microseconds_and_stages_are_kept_apart() -> None:
    kept = from_seconds({"none": [1e-6, 3e-6], f"{ALONE}stage-s4-decode": [2.5e-6]})
    assert kept.authenticate_us["none"] == pytest.approx([1, 3])
    assert kept.stage_us["stage-s4-decode"] == pytest.approx([2.5])
    assert set(kept.versions) == {"cryptography", "pyjwt", "starlette", "pyperf"}


def test_pyperf_runs_every_benchmark_once() -> None:
    command = [sys.executable, "-m", "servers.benchmarks.pieces", "--debug-single-value"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    for kind in SCHEMES:
        assert f"{kind.name}:" in done.stdout
    assert f"{ALONE}stage-s4-decode:" in done.stdout
