"""That the benchmark runs and says what it promises; its figures are nobody's to test."""

import json
import resource
import subprocess
import sys
from typing import Any


def run(*options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "loadtests.benchmarks.generator", "--rounds", "2", "--round-s", "0.1"]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=True, timeout=120)


def test_it_prints_one_json_object_with_a_row_for_each_thing_compared() -> None:
    told: dict[str, Any] = json.loads(run("--json").stdout)
    assert 0 < told["ratio_min"] <= told["ratio_to_fasthttpuser"] <= told["ratio_max"]
    assert told["closed_loop_ratio_to_fasthttpuser"] > 0
    assert (told["rounds"], told["round_s"], told["connections"]) == (2, 0.1, 64)
    rows = {
        (line["generator"], line["reply"], line["rate"]): line
        for line in told["table"]
        if line["connections"] == 64
    }
    many = [line for line in told["table"] if line["connections"] == 10_000]
    assert len(rows) + len(many) == len(told["table"])
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert len(many) == (2 if most >= 11_000 else 0)
    for reply in ("one_segment", "two_segments"):
        for rate in ("saturating", "moderate"):
            for name in ("authbench", "bare sockets", "FastHttpUser"):
                assert rows[name, reply, rate]["cpu_us_per_request"] > 0
            assert rows["FastHttpUser", reply, rate]["ratio"] == 1
            assert (
                rows["authbench", reply, rate]["late_p50_us"] <= rows["authbench", reply, rate]["late_p99_us"]
            )
        assert rows["authbench closed loop", reply, "saturating"]["late_p50_us"] is None


def test_it_prints_a_table_for_people() -> None:
    lines = run().stdout.splitlines()
    assert "64 connections" in lines[1]
    assert "to FastHttpUser" in lines[2]
    assert sum(line.startswith("FastHttpUser ") for line in lines) == 4


def test_a_soak_tells_the_slope_of_memory_with_its_interval() -> None:
    told: dict[str, Any] = json.loads(run("--json", "--soak", "6").stdout)
    assert told["low_kib_per_h"] <= told["slope_kib_per_h"] <= told["high_kib_per_h"]
    assert told["first_kib"] > 10_000
    assert told["samples"] >= 8
