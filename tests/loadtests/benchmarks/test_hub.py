"""That the benchmark runs and says what it promises; its figures are nobody's to test."""

import json
import subprocess
import sys


def test_it_prints_a_line_for_each_number_of_workers() -> None:
    command = [sys.executable, "-m", "loadtests.benchmarks.hub", "--json"]
    options = ["--workers", "1", "2", "--orders", "20", "--idle-s", "0.2"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=True, timeout=120)
    lines = json.loads(done.stdout)
    assert [line["workers"] for line in lines] == [1, 2]
    for line in lines:
        assert line["hub_cpu_us_per_order"] > 0
        assert 0 < line["round_trip_p50_us"] <= line["round_trip_p99_us"]
        assert line["hub_idle_share"] >= 0
