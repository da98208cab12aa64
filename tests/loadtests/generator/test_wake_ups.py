"""The generator's alarm, rung often."""

import json
import subprocess
import sys

from loadtests.generator.wake_ups import wake_up_lateness_ns


def test_it_rings_as_often_as_asked_and_never_early() -> None:
    late = wake_up_lateness_ns(5, gap_ns=200_000)
    assert len(late) == 5
    assert min(late) >= 0


def test_as_a_process_it_answers_and_stays_until_its_input_ends() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "loadtests.generator.wake_ups", "3"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert len(json.loads(process.stdout.readline())["lateness_ns"]) == 3
        assert process.poll() is None
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 0
