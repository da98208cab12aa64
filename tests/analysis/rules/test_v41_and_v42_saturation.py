from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from analysis.data.run import load_run
from analysis.rules.v41_saturated_server import SaturatedServer
from analysis.rules.v42_saturation_agrees import SaturationAgrees
from analysis.validity.finding import Finding
from authbench.contracts.records import SliceRecord
from tests.analysis.build_run import MiniRun

ARM = "session-redis"


def _v41(mini: MiniRun, folder: Path) -> list[Finding]:
    return list(SaturatedServer().check_run(load_run(mini.write(folder))))


def _v42(mini: MiniRun, folder: Path) -> list[Finding]:
    return list(SaturationAgrees().check_run(load_run(mini.write(folder))))


def _half(own: SliceRecord) -> dict[str, Any]:
    """Half as many requests as the server could have served."""
    counts = ("scheduled", "sent", "completed", "accepted", "user_completed", "server_requests", "app_cpu_ns")
    assert own.busy_ns is not None
    busy_ns = {cpu: ns // 2 for cpu, ns in own.busy_ns.items()}
    return {**{name: getattr(own, name) // 2 for name in counts}, "busy_ns": busy_ns}


def test_a_server_that_was_full_has_no_objection(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=2)
    assert _v41(mini, tmp_path) == []
    assert _v42(mini, tmp_path / "again") == []


def test_an_experiment_without_saturated_cycles_is_not_asked(tmp_path: Path) -> None:
    assert _v41(MiniRun(), tmp_path) == []


@pytest.mark.parametrize(
    ("busy", "words", "advice"),
    [
        ({"busy_ns": None}, "nothing was full, it waited", "what it waits for"),
        ({}, "nothing was full, it waited", "more connections"),
        ({"busy_ns": {0: 10, 1: 400_000_000}}, "something else used the rest of it", "close what else"),
        (
            {"busy_ns": {0: 400_000_000, 1: 200_000_000}},
            "the generator's processor was full",
            "more processors",
        ),
        ({"store_cpu_ns": 395_000_000}, "the store was full", "what keeps the store busy"),
    ],
)
def test_a_core_that_was_not_full_says_what_was(
    busy: Mapping[str, Any], words: str, advice: str, tmp_path: Path
) -> None:
    mini = MiniRun(saturated_cycles=2)
    mini.change_saturated(ARM, lambda own: {**_half(own), **busy})
    (found,) = _v41(mini, tmp_path)
    assert (found.rule, found.severity, found.refuses, found.subject) == (
        "V41",
        "refuse-figure",
        "throughput",
        ARM,
    )
    assert "lower bound" in found.sentence
    assert words in found.sentence
    assert advice in found.next_action
    assert found.number == pytest.approx(0.495, abs=0.02)


@pytest.mark.parametrize(("processors", "advice"), [([0], "more processors"), ([0, 2, 3], "--generators 3")])
def test_a_full_generator_is_told_with_its_remedy(processors: list[int], advice: str, tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=2)
    mini.manifest["placement"] = mini.manifest["placement"].model_copy(update={"generator": processors})
    mini.change_saturated(ARM, lambda own: {"generator_busiest_ns": round(own.window_ns * 0.9)})
    (found,) = _v41(mini, tmp_path)
    assert "the load generator was full" in found.sentence
    assert found.number == pytest.approx(0.9)
    assert advice in found.next_action


def test_an_application_that_shares_its_processor_needs_more_processors(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=2)
    shared = {"shared": ["application and generator share processor 1"]}
    mini.manifest["placement"] = mini.manifest["placement"].model_copy(update=shared)
    mini.change_saturated(ARM, lambda own: {**_half(own), "busy_ns": {0: 10, 1: own.window_ns}})
    (found,) = _v41(mini, tmp_path)
    assert "more processors" in found.next_action


def test_errors_are_no_throughput(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=2)
    mini.change_saturated(ARM, lambda own: {"accepted": own.accepted - 10})
    (found,) = _v41(mini, tmp_path)
    assert found.sentence.startswith("no throughput: requests failed")


def test_an_arm_without_a_valid_saturated_slice_has_no_throughput(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=1)
    mini.slices = [
        judged.model_copy(update={"void_because": ["V01"]})
        if judged.measured.purpose == "saturated" and judged.measured.arm == ARM
        else judged
        for judged in mini.slices
    ]
    (found,) = _v41(mini, tmp_path)
    assert "no saturated slice of it counts" in found.sentence


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda own: {"app_cpu_ns": own.app_cpu_ns * 6 // 5}, "clients read"),
        (lambda own: {"completed": own.completed * 6 // 5}, "clients read"),
        (lambda own: {"server_requests": own.server_requests * 6 // 5}, "clients read"),
        (lambda own: {"busy_ns": {0: 0, 1: own.app_cpu_ns * 5 // 6}}, "the kernel that all processes"),
    ],
    ids=["the process's clock", "the clients' count", "the server's count", "the kernel's account"],
)
def test_readings_that_contradict_each_other_refuse_the_comparison(
    change: Any, words: str, tmp_path: Path
) -> None:
    mini = MiniRun(saturated_cycles=2)
    mini.change_saturated(ARM, change)
    (found,) = _v42(mini, tmp_path)
    assert (found.rule, found.severity, found.refuses, found.subject) == (
        "V42",
        "refuse-figure",
        "throughput",
        ARM,
    )
    assert words in found.sentence


def test_a_server_that_waited_does_not_contradict_itself(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=2)
    mini.change_saturated(ARM, _half)
    assert _v42(mini, tmp_path) == []


def test_a_kernel_that_does_not_tell_is_not_asked(tmp_path: Path) -> None:
    mini = MiniRun(saturated_cycles=2)
    mini.change_saturated(ARM, lambda _: {"busy_ns": None})
    assert _v42(mini, tmp_path) == []
