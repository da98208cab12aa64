"""The one finding that a rule gives, or none."""

from collections.abc import Iterable

from analysis.validity.finding import Finding


def one(findings: Iterable[Finding]) -> Finding | None:
    """None where there is none; AssertionError where there are several."""
    found = list(findings)
    assert len(found) < 2, found
    return found[0] if found else None
