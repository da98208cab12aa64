"""The rules that must have a fault, and whether every one has."""

from collections.abc import Iterable

from analysis.rules.discovery import known_rules
from selftest.fault import Fault

SELF = "V40"
"""Code of the faults injected into the self-test itself, which is no rule of `analysis.rules`."""
CODES = [*(code for code in known_rules() if "/" not in code), SELF]
"""Rules that must have a fault. Those that take several together ('V06/V07/V10') object with these."""


def complaints(faults: Iterable[Fault]) -> list[str]:
    """Name the rules without a fault, and the faults whose rule does not exist."""
    tried = {fault.rule for fault in faults}
    return [
        *(f"{code}: no fault is injected for it" for code in CODES if code not in tried),
        *(f"{code}: a fault names it, and it is no rule" for code in sorted(tried) if code not in CODES),
    ]
