"""A self-test that would pass although a rule is silent, or has no fault."""

from selftest.fault import Fault
from selftest.faults import whole
from selftest.laboratory import Laboratory
from selftest.objection import Objection
from selftest.registry import complaints
from selftest.trial import attempt

_HOW = "self-test"


def _nothing_wrong(laboratory: Laboratory) -> set[Objection]:
    """A fault that changes nothing must come out as silent."""
    harmless = Fault("V23", "nothing", "recorded", "void-run", lambda lab: lab.spoilt(lambda _: None))
    trial = attempt(harmless, laboratory)
    return set() if trial.caught else {Objection("V40", "exit code")}


def _rule_without_fault(_: Laboratory) -> set[Objection]:
    """A list of faults that lacks those of one rule must be complained of."""
    without = [fault for fault in whole.FAULTS if fault.rule != "V23"]
    named = any(complaint.startswith("V23") for complaint in complaints(without))
    return {Objection("V40", "exit code")} if named else set()


FAULTS = (
    Fault("V40", "a fault that changes nothing", _HOW, "exit code", _nothing_wrong),
    Fault("V40", "a rule without a fault", _HOW, "exit code", _rule_without_fault),
)
