"""What a rule says of a fault."""

from typing import Literal, NamedTuple

Strength = Literal[
    "void-slice",
    "void-run",
    "refuse-figure",
    "mark",
    "tag",
    "not measured",
    "not read",
    "not said",
    "exit code",
]
"""How a rule objects. The first five: a finding's severity. not measured: verification stopped the run.
not read: the run's directory was refused. not said: a figure, a verdict or a plan is not given, or not
without its warning. exit code: the verb ends with the code for it."""


class Objection(NamedTuple):
    """One rule's objection to what was injected."""

    rule: str
    strength: Strength
