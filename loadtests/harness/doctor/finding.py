"""What the doctor has to say of one thing, as a value. The front door prints it."""

from collections.abc import Iterable
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


def diagnose(machine: Machine, findings: Iterable[Finding]) -> Diagnosis:
    """Fit, unless one finding says otherwise."""
    told = list(findings)
    return Diagnosis(fit=all(finding.level != "unfit" for finding in told), machine=machine, findings=told)
