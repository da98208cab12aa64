from pathlib import Path

from analysis.data.arm_conditions import arm_conditions
from analysis.data.run import load_run
from authbench.contracts.experiment import Arm, Condition
from tests.analysis.build_run import MiniRun

ARMS = [
    Arm(scheme="none", role="control"),
    Arm(scheme="session-redis", settings={"store_connections": 40}),
    Arm(scheme="session-redis", role="twin", settings={"store_connections": 40}),
    Arm(
        scheme="jwt-hs256",
        condition=Condition(tls=True, fresh_connections=True, packages=("pyjwt==2.13.0",)),
    ),
]


def test_every_unusual_condition_is_told_in_words(tmp_path: Path) -> None:
    mini = MiniRun(arms=ARMS)
    mini.manifest["packages"] = {"jwt-hs256": {"hiredis": None, "pyjwt": "2.13.0"}}
    assert arm_conditions(load_run(mini.write(tmp_path)).manifest) == {
        "session-redis": "store_connections = 40",
        "session-redis (twin)": "store_connections = 40",
        "jwt-hs256": "HTTPS, a new connection for each request, without hiredis, pyjwt 2.13.0",
    }
