import sys
from pathlib import Path

import pytest

from authbench.contracts.experiment import Arm, Condition
from authbench.contracts.failure import Failure
from loadtests.harness.processes.arm_environment import environment_of, make_environments


def test_an_arm_without_packages_of_its_own_runs_here() -> None:
    found = environment_of(Condition(workers=2))
    assert (found.python, found.differs) == (Path(sys.executable), {})


def test_a_mistake_names_the_arm() -> None:
    arms = [
        Arm(scheme="none"),
        Arm(scheme="jwt-hs256", name="an old one", condition=Condition(packages=("pyjtw==2.13.0",))),
    ]
    with pytest.raises(Failure, match="arm 'an old one': 'pyjtw' is no package that authbench runs with"):
        make_environments(arms, print)
