"""That the benchmark runs and says what it promises; its figures are nobody's to test."""

import json
import subprocess
import sys
from typing import Any


def run(*options: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "loadtests.benchmarks.generator", "--rounds", "2", "--round-s", "0.1"]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=True, timeout=120)


def test_it_prints_one_json_object_with_a_row_for_each_thing_compared() -> None:
    told: dict[str, Any] = json.loads(run("--json", "--heartbeat-pairs", "6").stdout)
    assert 0 < told["ratio_min"] <= told["ratio_to_fasthttpuser"] <= told["ratio_max"]
    assert told["closed_loop_ratio_to_fasthttpuser"] > 0
    assert (told["rounds"], told["round_s"], told["connections"]) == (2, 0.1, 64)
    rows = {(line["generator"], line["rate"]): line for line in told["table"]}
    assert len(rows) == len(told["table"]) == 5
    for rate in ("saturating", "moderate"):
        ours = rows["authbench", rate]
        assert ours["cpu_us_per_request"] > 0
        assert ours["late_p50_us"] <= ours["late_p99_us"]
        assert rows["FastHttpUser", rate]["ratio"] == 1
    assert rows["authbench closed loop", "saturating"]["late_p50_us"] is None
    heartbeat = told["heartbeat"]
    assert (heartbeat["pairs"], heartbeat["slice_s"]) == (6, 0.1)
    assert heartbeat["messages"] > 0
    for figure in heartbeat["figures"].values():
        assert 0 < figure["ratio"]["low"] <= figure["ratio"]["median"] <= figure["ratio"]["high"]


def test_it_prints_a_table_for_people() -> None:
    lines = run("--heartbeat-pairs", "0").stdout.splitlines()
    assert "64 connections" in lines[1]
    assert "to FastHttpUser" in lines[3]
    assert sum(line.startswith("FastHttpUser ") for line in lines) == 2
