"""That the benchmark runs and says what it promises; its figures are nobody's to test."""

import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.long]


def test_it_compares_a_local_generator_with_two_workers() -> None:
    command = [sys.executable, "-m", "loadtests.benchmarks.carriers", "--json", "--pairs", "6"]
    options = ["--slice-s", "0.1", "--rate-rps", "200", "--scheme", "none"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True, timeout=900)
    told = json.loads(done.stdout)
    assert (told["scheme"], told["pairs"], told["slice_s"]) == ("none", 6, 0.1)
    for name in ("server_cpu_us_per_request", "generator_cpu_us_per_request", "service_p50_us"):
        figure = told["figures"][name]
        assert figure["one"] > 0
        assert figure["other"] > 0
        assert 0 < figure["ratio"]["low"] <= figure["ratio"]["median"] <= figure["ratio"]["high"]
