"""The doctor's findings as values; the command line prints them."""

from collections.abc import Iterable
from functools import partial
from typing import Literal

from pydantic import Field

from authbench.contracts.records import Machine, Record

Level = Literal["good", "note", "warning", "unfit"]
"""good: as it should be. note: a limit worth knowing, nothing to do. warning: figures will be refused, or
wider than they need be. unfit: a run would fail, or be INVALID."""


class Finding(Record):
    """One thing that was looked at."""

    name: str
    level: Level
    found: str = Field(description="what was read, in words, with its number")
    advice: str = Field(default="", description="what to do about it; empty: nothing")


class Diagnosis(Record):
    """Everything that was looked at."""

    fit: bool = Field(description="whether a run is worth starting: nothing is unfit")
    machine: Machine
    findings: list[Finding]


def _find(level: Level, name: str, found: str, advice: str = "") -> Finding:
    return Finding(name=name, level=level, found=found, advice=advice)


good = partial(_find, "good")
note = partial(_find, "note")
warning = partial(_find, "warning")
unfit = partial(_find, "unfit")


def diagnose(machine: Machine, findings: Iterable[Finding]) -> Diagnosis:
    """The machine is fit unless one finding says `unfit`."""
    found = list(findings)
    return Diagnosis(fit=all(each.level != "unfit" for each in found), machine=machine, findings=found)
