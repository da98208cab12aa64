"""Experiments about versions, processes, pools and connections: each runs, made as short as can be."""

import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest

from authbench.contracts.experiment import shipped
from authbench.contracts.failure import ExitCode
from tests.integration.front_door import front_door

pytestmark = [pytest.mark.integration, pytest.mark.long]
SHORT = {
    "credentials": "1000",
    "slice_s": "0.15",
    "cycles": "2",
    "generations_min": "1",
    "generations_max": "1",
    "saturated_cycles": "1",
    "saturated_s": "0.15",
    "judged_by": '"correctness"',
    "closed_loop_s": "0.3",
}


def shortened(folder: Path, name: str) -> str:
    """The shipped experiment, run once. No index is needed: older versions are the one that is installed."""
    lines = []
    for line in shipped("experiments")[name].read_text("utf-8").splitlines():
        key = line.partition(" = ")[0]
        lines.append(f"{key} = {SHORT[key]}" if key in SHORT else line)
    text = re.sub(r"pyjwt==[0-9.]+", f"pyjwt=={version('pyjwt')}", "\n".join(lines))
    path = folder / f"{name}.toml"
    path.write_text(text, "utf-8")
    return str(path)


@pytest.mark.parametrize("name", ["versions", "workers", "pool", "handshakes"])
def test_it_runs_to_its_end(tmp_path: Path, name: str) -> None:
    with front_door(tmp_path, "run", shortened(tmp_path, name), "--json") as door:
        code, told, err = door.end()
    assert code == ExitCode.DONE, err
    summary = json.loads(told)
    assert summary["status"] == "VALID", summary["reasons"]
    arms = {arm["arm"] for arm in summary["arms"]}
    alike = {"none", "session-redis", "session-redis (twin)", "jwt-hs256", "jwt-hs256-lean"}
    differing = arms - alike
    assert differing == summary["conditions"].keys()
