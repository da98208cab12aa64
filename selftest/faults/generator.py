"""A broken load generator: an engine of selftest/engines, which loads each arm with another fault."""

from collections.abc import Callable

from selftest.fault import Fault
from selftest.laboratory import Laboratory
from selftest.objection import Objection, Strength

_HOW = "live, generator"


def _seen_on(arm: str) -> Callable[[Laboratory], set[Objection]]:
    return lambda laboratory: laboratory.live("generator", "faulty").objections(arm)


def _fault(rule: str, what: str, arm: str, strength: Strength) -> Fault:
    return Fault(rule, what, _HOW, strength, _seen_on(arm))


FAULTS = (
    _fault("V01", "one send in fifty is dropped", "drops-sends", "void-slice"),
    _fault("V01", "one send in fifty dropped, a reply invented", "invents-replies", "void-slice"),
    _fault("V01", "one row in ten is lost", "loses-rows", "void-slice"),
    _fault("V02", "constant gaps", "constant-gaps", "refuse-figure"),
    _fault("V02", "everything is sent in bunches", "sends-in-bunches", "mark"),
    _fault("V03", "ten in flight at most, and a slow server", "cap-of-ten", "void-slice"),
    _fault("V05", "times in whole milliseconds", "whole-milliseconds", "refuse-figure"),
    _fault("V06", "everything is sent 3 ms late", "sends-late", "mark"),
    _fault("V07", "the generator computes something else", "burns-cpu", "mark"),
    _fault("V08", "the generator looks for replies every 4 ms", "looks-late", "refuse-figure"),
    _fault("V14", "one token for all requests", "one-token", "void-run"),
)
