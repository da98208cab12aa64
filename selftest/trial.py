"""Injecting one fault and looking who objects."""

from dataclasses import dataclass

from authbench.contracts.failure import Failure
from selftest.fault import Fault
from selftest.laboratory import Laboratory
from selftest.objection import Objection

_TOLD = 160
"""Characters of what went wrong."""


@dataclass(frozen=True)
class Trial:
    """What came of a fault."""

    fault: Fault
    objections: frozenset[Objection]
    trouble: str = ""
    """Why it could not be injected, in one line; empty: it was."""

    @property
    def caught(self) -> bool:
        """Whether its rule objected, as strongly as it must."""
        return self.fault.expected in self.objections


def attempt(fault: Fault, laboratory: Laboratory) -> Trial:
    """Inject it. An exception is no objection: whatever breaks here is told, and the fault is not caught."""
    try:
        return Trial(fault, frozenset(fault.inject(laboratory)))
    except Failure as failure:
        return Trial(fault, frozenset(), str(failure))
    except Exception as error:  # the next fault may still be tried
        told = " ".join(f"{type(error).__name__}: {error}".split())
        return Trial(fault, frozenset(), told[:_TOLD])
