"""Frequency governors, from a tree as the kernel writes it."""

from pathlib import Path

from loadtests.harness.telemetry.governor import read_governors


def test_processors_without_one_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "sys/devices/system/cpu/cpu1/cpufreq"
    folder.mkdir(parents=True)
    (folder / "scaling_governor").write_text("schedutil\n", "ascii")
    assert read_governors([0, 1], tmp_path) == {1: "schedutil"}
