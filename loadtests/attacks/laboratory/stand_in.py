"""A scheme that is attacked for others as well, where the code under attack is the same."""

from dataclasses import dataclass


@dataclass(frozen=True)
class StandIn:
    """The scheme whose outcome counts for another one too, and why."""

    scheme: str
    reason: str
    """One sentence about the other scheme, without a full stop."""
