"""That the benchmark runs and says what it promises; its figures are nobody's to test."""

import json
import subprocess
import sys


def test_it_tells_of_each_half_what_was_lost_and_what_grew() -> None:
    command = [sys.executable, "-m", "loadtests.benchmarks.endurance", "--json", "--minutes", "0.1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    told = json.loads(done.stdout)
    idle, loaded = told["phases"]
    assert (idle["phase"], idle["slices"], idle["requests"]) == ("idle", 0, 0)
    assert loaded["phase"] == "loaded"
    assert loaded["slices"] >= 1
    assert loaded["requests"] > 0
    for phase in told["phases"]:
        assert phase["minutes"] >= 0.05
        assert phase["messages"] > 0
        assert phase["lost"] == 0
        assert [each["process"] for each in phase["memory_kib"]] == [
            *("hub", "worker 0", "engine 0", "worker 1", "engine 1")
        ]
        assert all(each["before"] > 0 for each in phase["memory_kib"])
