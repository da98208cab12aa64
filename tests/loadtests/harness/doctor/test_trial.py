"""What the doctor really starts."""

import importlib.metadata
from pathlib import Path

import psutil
import pytest

from loadtests.harness.doctor.trial import WAKE_UPS, try_sleeper, try_store
from loadtests.harness.processes.placement import available_processors


def _redis_children() -> set[int]:
    """Of this process: other tests keep one for longer."""
    return {
        child.pid for child in psutil.Process().children() if child.name().startswith(("redis", "valkey"))
    }


def test_a_redis_is_started_asked_and_gone(tmp_path: Path) -> None:
    before = _redis_children()
    trial = try_store(None, tmp_path, available_processors())
    assert trial.failure == ""
    assert trial.source in ("embedded", "path")
    assert trial.server is not None
    assert trial.server.version.count(".") == 2
    assert trial.server.allocator
    assert _redis_children() == before


def test_a_redis_that_is_not_there_is_told(tmp_path: Path) -> None:
    trial = try_store("redis://127.0.0.1:1/0", tmp_path, available_processors())
    assert trial.source is None
    assert "no Redis answers there" in trial.failure


def test_a_machine_without_any_redis_names_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.metadata, "files", lambda name: None)
    assert "redis-server" in try_store(None, tmp_path, available_processors()).failure


def test_a_sleeper_is_woken_up_and_its_clocks_are_read(tmp_path: Path) -> None:
    trial = try_sleeper(tmp_path, available_processors())
    assert (trial.failure, len(trial.late_ns)) == ("", WAKE_UPS)
    assert trial.cpu_ns is not None
    assert trial.cpu_ns > 0
