from pathlib import Path
from typing import Any

import pytest

from analysis.data.earlier_runs import earlier_twins
from authbench.contracts.records import Machine, Manifest
from tests.analysis.build_run import MiniRun


def _write(raw: Path, run_id: str, started_at: str, **manifest: Any) -> MiniRun:
    mini = MiniRun(run_id=run_id, factor={"session-redis (twin)": 1.05}, noise=0.001)
    mini.manifest |= {"started_at": started_at, **manifest}
    mini.write(raw)
    return mini


def test_only_earlier_complete_runs_of_this_machine_count(tmp_path: Path) -> None:
    own = _write(tmp_path, "own", "2026-11-20T10:00:00+00:00")
    for day in range(10, 13):
        _write(tmp_path, f"earlier-{day}", f"2026-11-{day}T10:00:00+00:00")
    _write(tmp_path, "later", "2026-11-21T10:00:00+00:00")
    _write(tmp_path, "broken", "2026-11-09T10:00:00+00:00", status="aborted")
    other = own.manifest["machine"].model_dump() | {"host": "another"}
    _write(tmp_path, "elsewhere", "2026-11-09T10:00:00+00:00", machine=Machine(**other))
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "manifest.json").write_text("{")
    twins = earlier_twins(tmp_path, Manifest(**own.manifest))
    assert twins["cpu_total_us"] == pytest.approx([0.0488] * 3, abs=0.003)
    assert len(twins["cpu_store_us"]) == 3


def test_no_results_yet_is_no_history(tmp_path: Path) -> None:
    manifest = Manifest(**MiniRun().manifest)
    assert earlier_twins(tmp_path / "none", manifest)["cpu_total_us"] == []
