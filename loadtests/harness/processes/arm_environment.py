"""The environment in which the server of an arm runs: this process's own, or one with packages of its own."""

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from authbench.contracts.experiment import Arm, Condition
from authbench.contracts.failure import Failure
from authbench.system.environments import Environment, environment_with


def environment_of(condition: Condition, say: Callable[[str], None] = lambda _: None) -> Environment:
    """The environment of a condition, made where there is none yet. Failure as of `environment_with`."""
    if not condition.own_environment:
        return Environment(Path(sys.executable), {})
    return environment_with(
        condition.packages, condition.extra_packages, condition.without_packages, say=say
    )


def make_environments(arms: Iterable[Arm], say: Callable[[str], None]) -> None:
    """Make what arms need before anything is started. Failure in one line that names the arm."""
    for arm in arms:
        try:
            environment_of(arm.condition, say)
        except Failure as failure:
            raise Failure(f"arm {arm.label!r}: {failure}", failure.exit_code) from None
