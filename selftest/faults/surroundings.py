"""A machine that does something else besides: real work on the processors of a sound run."""

import sys
from contextlib import ExitStack

from loadtests.harness.processes.placement import available_processors
from loadtests.harness.processes.processes import Child
from selftest.fault import Fault
from selftest.laboratory import Laboratory
from selftest.objection import Objection

_HOG = "while True: pass"


def _hog(laboratory: Laboratory) -> set[Objection]:
    """One process that computes on each processor, from the first slice on."""
    with ExitStack() as stack:

        def begin() -> None:
            for cpu in available_processors():
                log = laboratory.folder / f"hog-{cpu}.log"
                stack.enter_context(Child("a hog", [sys.executable, "-c", _HOG], [cpu], log))

        return laboratory.live("hog", when_measuring=begin).objections()


FAULTS = (Fault("V28", "something else computes on every processor", "live, machine", "mark", _hog),)
