"""What all vulnerable servers have in common: they say so, and cannot be served by accident."""

import os
from typing import ClassVar

from authbench.contracts.card import Card
from authbench.contracts.failure import Failure
from servers.contract.scheme import Scheme

ATTACKED = "AUTHBENCH_ATTACKED"
"""Set by what attacks them, for their process alone."""


class Vulnerable(Scheme):
    """The first base of every vulnerable scheme; the scheme that it breaks is the second.

    The class says in its docstring what is wrong. What is not broken is as in that scheme: an attack that
    succeeds here and not there succeeds because of it.
    """

    falls_to: ClassVar[tuple[str, ...]] = ()
    """The rows of `authbench attack` that succeed because of what is wrong: these, and no other.

    `make selftest-attacks` holds the server to it. Empty where what is wrong is for `authbench revoke` or for
    a judge from outside: then the docstring names it.
    """

    @property
    def card(self) -> Card:
        """The card of the scheme that it breaks, which it does not keep; for loopback only."""
        card: Card = super().card  # type: ignore[safe-super]
        return card.model_copy(update={"loopback_only": True})

    def prepare(self) -> None:
        """Failure where nobody is attacking it."""
        if os.environ.get(ATTACKED) != "yes":
            raise Failure(
                f"{type(self).__name__} is broken on purpose: it starts only as a control of authbench attack"
            )
        super().prepare()
