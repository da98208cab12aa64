"""The one finding that a rule gives."""

from collections.abc import Iterable

from analysis.validity.finding import Finding


def one(findings: Iterable[Finding]) -> Finding | None:
    """None where there is none; AssertionError where there are several."""
    found = list(findings)
    assert len(found) < 2, found
    return found[0] if found else None


def only(findings: Iterable[Finding], severity: str) -> Finding:
    """The finding that there must be, alone and of that severity."""
    found = list(findings)
    assert [finding.severity for finding in found] == [severity], found
    return found[0]
