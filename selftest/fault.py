"""A fault, and what the rules say of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from selftest.laboratory import Laboratory

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


@dataclass(frozen=True)
class Fault:
    """One thing made wrong on purpose. Its rule must object with that strength, or the self-test fails."""

    rule: str
    what: str
    """What is wrong, in a few words."""
    how: str
    """Where it is injected."""
    strength: Strength
    inject: "Callable[[Laboratory], set[Objection]]"
    """Makes it wrong and lets the product judge it, by the way a user's run goes."""

    @property
    def expected(self) -> Objection:
        """What must be among the objections."""
        return Objection(self.rule, self.strength)
