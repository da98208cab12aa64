"""The environment in which the server of an arm runs: this process's own, or one with packages of its own."""

import sys
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from authbench.contracts.experiment import Arm, Condition
from authbench.contracts.failure import Failure
from authbench.system.environments import Environment, environment_with


@cache
def environment_of(condition: Condition) -> Environment:
    """The environment of a condition, made where there is none yet. Failure as of `environment_with`.

    It is looked at once in the life of this process: generations do not compare its versions again.
    """
    return _environment(condition, lambda _: None)


def _environment(condition: Condition, say: Callable[[str], None]) -> Environment:
    if not condition.own_environment:
        return Environment(Path(sys.executable), {})
    return environment_with(condition.packages, condition.extra_packages, condition.without_packages, say=say)


def make_environments(arms: Iterable[Arm], say: Callable[[str], None]) -> None:
    """Make what arms need before anything is started. Failure in one line that names the arm."""
    for arm in arms:
        try:
            _environment(arm.condition, say)
        except Failure as failure:
            raise Failure(f"arm {arm.label!r}: {failure}", failure.exit_code) from None
