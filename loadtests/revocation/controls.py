"""Servers that are broken on purpose: the probes must find each of them in the same run, or it is void."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from authbench.contracts.experiment import Condition
from authbench.contracts.security.timeline import Revocation

ATTACKED = "AUTHBENCH_ATTACKED"
"""The environment variable without which no vulnerable server starts (servers/vulnerable)."""


@dataclass(frozen=True)
class Control:
    """One broken server, and what must be found of it."""

    scheme: str
    """`module:Class`."""
    kinds: Sequence[Revocation]
    must: Literal["longer than declared", "came back"]
    condition: Condition
    events: int
    """Of each kind."""
    settings: Mapping[str, float] = field(default_factory=dict)


CONTROLS = (
    Control(
        "servers.vulnerable.ends.revocation:VulnerableRevocation",
        [kind for kind in Revocation if kind is not Revocation.KEY_ROTATION],
        "longer than declared",
        Condition(workers=2),
        2,
    ),
    Control(
        "servers.vulnerable.ends.revocation:VulnerableKeyRotation",
        [Revocation.KEY_ROTATION],
        "longer than declared",
        Condition(workers=2),
        1,
        # Its tokens end some day, and long after the removed key should, also on a busy machine.
        {"token_lifetime_s": 10},
    ),
    Control(
        "servers.vulnerable.ends.revocation:VulnerableRevival",
        [Revocation.LOGOUT],
        "came back",
        # The farther the store, the longer a request is in flight.
        Condition(workers=2, store_rtt_ms=2),
        10,
        {"session_absolute_s": 3, "session_idle_s": 3},
    ),
)
