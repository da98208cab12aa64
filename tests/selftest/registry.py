"""Every fault there is, and whether every rule has one."""

from collections.abc import Iterable

from analysis.rules.catalogue import RULES
from tests.selftest.fault import Fault


def all_faults() -> list[Fault]:
    """Of every file in tests/selftest/faults, by the number of their rule."""
    from tests.selftest.faults import (
        drills,
        figures,
        generator,
        runs,
        schemes,
        selftest,
        slices,
        surroundings,
        whole,
    )

    files = (generator, schemes, surroundings, drills, slices, whole, figures, runs, selftest)
    found = [fault for file in files for fault in file.FAULTS]
    order = list(RULES)
    return sorted(found, key=lambda fault: order.index(fault.rule) if fault.rule in RULES else len(order))


def complaints(faults: Iterable[Fault]) -> list[str]:
    """In words: rules without a fault, and faults whose rule is none, or is said to be absent."""
    tried = {fault.rule for fault in faults}
    said = [
        f"{code}: no fault is injected for it"
        for code, rule in RULES.items()
        if rule.judged != "absent" and code not in tried
    ]
    for code in sorted(tried):
        if code not in RULES:
            said.append(f"{code}: a fault names it, and it is no rule")
        elif RULES[code].judged == "absent":
            said.append(f"{code}: a fault names it, and the catalogue calls it absent")
    return said
