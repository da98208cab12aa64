"""`authbench doctor` as a user calls it, on the machine the tests run on."""

import json
import os
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode
from tests.integration.front_door import front_door

pytestmark = pytest.mark.integration


def test_it_looks_at_everything_and_leaves_nothing(tmp_path: Path) -> None:
    with front_door(tmp_path, "doctor", "--json") as door:
        code, out, err = door.end()
        assert not door.family()
    told = json.loads(out)
    assert code == (ExitCode.DONE if told["fit"] else ExitCode.INVALID), err
    assert "Traceback" not in err
    findings = {finding["name"]: finding for finding in told["findings"]}
    assert len(findings) == len(told["findings"]) == 20
    for name in ("CPU clocks", "store", "Python", "libraries", "wake-ups"):
        assert findings[name]["level"] != "unfit", findings[name]
    # Only the folder of the lock by which measurements wait for each other.
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {f"authbench-{os.getuid()}"}


def test_a_redis_that_does_not_answer_makes_it_unfit(tmp_path: Path) -> None:
    with front_door(tmp_path, "doctor", "--redis-url", "redis://127.0.0.1:1/0") as door:
        code, out, _ = door.end()
    assert code == ExitCode.INVALID
    assert "UNFIT: a run would fail or be INVALID here, because of: " in out
    assert "store" in out.splitlines()[-1]
