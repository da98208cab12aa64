"""A fault, and what the rules say of it."""

from collections.abc import Callable
from dataclasses import dataclass

from selftest.laboratory import Laboratory
from selftest.objection import Objection, Strength


@dataclass(frozen=True)
class Fault:
    """One thing made wrong on purpose. Its rule must object with that strength, or the self-test fails."""

    rule: str
    what: str
    """What is wrong, in a few words."""
    how: str
    """Where it is injected."""
    strength: Strength
    inject: Callable[[Laboratory], set[Objection]]
    """Makes it wrong and lets the product judge it, by the way a user's run goes."""

    @property
    def expected(self) -> Objection:
        """What must be among the objections."""
        return Objection(self.rule, self.strength)
