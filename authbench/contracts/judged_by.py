"""What an experiment is judged by: the value in its file, and what follows from it."""

from dataclasses import dataclass
from typing import Literal

JudgedBy = Literal["everything", "correctness"]


@dataclass(frozen=True)
class Policy:
    """What follows from `judged_by`. Whoever needs to know asks here and compares no words."""

    compares: bool
    """Arms are compared with each other: the run stops by the width of its interval, and the environment, the
    identical arms and the number of cycles can refuse figures. False: all of that decides nothing."""


_POLICIES: dict[JudgedBy, Policy] = {
    "everything": Policy(compares=True),
    "correctness": Policy(compares=False),
}


def policy_of(judged_by: JudgedBy) -> Policy:
    """Look up what follows from the value."""
    return _POLICIES[judged_by]
