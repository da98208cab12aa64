"""What the rules say of a run on disk, by the way of `authbench report`, as objections."""

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from analysis.records.summary import Summary
from analysis.rules.v06_disturbed_slices import CODES as SURROUNDINGS
from analysis.summary.summarize import summarize_run
from analysis.validity.finding import Finding
from analysis.validity.limits import TAGGED_SHARE
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.records import JudgedSlice
from authbench.contracts.run_directory import read_manifest, read_slices
from selftest.objection import Objection


@dataclass(frozen=True)
class ObservedRun:
    """A run's raw directory, and what stopped the run if something did."""

    raw: Path
    stopped: Failure | None = None

    @cached_property
    def summary(self) -> Summary:
        """The summary that `authbench report` would make."""
        return summarize_run(self.raw, self.raw.parent.parent).summary

    @cached_property
    def slices(self) -> list[JudgedSlice]:
        """Every slice as the harness wrote it down; none where that cannot be read, which a rule must say."""
        try:
            return read_slices(self.raw)
        except Failure:
            return []

    def objections(self, arm: str | None = None, beyond: "ObservedRun | None" = None) -> set[Objection]:
        """To one arm, or to anything of the run; none that `beyond` meets with in the same words.

        On a restless machine a sound run is objected to as well: then the words tell that a fault was seen.
        """
        known = {(each.subject, each.sentence) for each in beyond.summary.findings} if beyond else set()
        found = {
            Objection(code, finding.severity)
            for finding in self.summary.findings
            if arm is None or _is_about(finding, arm)
            if (finding.subject, finding.sentence) not in known
            for code in self._codes(finding)
        }
        found |= {
            Objection(code, "not said")
            for figures in self.summary.arms
            if arm in (None, figures.arm)
            for code in re.findall(r"^V\d\d", figures.store_memory_bytes.reason or "")
        }
        for judged in self.slices:
            if arm in (None, judged.measured.arm):
                found |= {Objection(code, "void-slice") for code in judged.void_because}
        return found

    def _codes(self, finding: Finding) -> list[str]:
        """The rules behind a finding. Of the surroundings' three only those that would mark alone."""
        codes = finding.rule.split("/")
        if finding.severity != "mark" or not set(codes) <= set(SURROUNDINGS):
            return codes
        tags: Counter[str] = Counter()
        slices = [judged for judged in self.slices if judged.measured.arm == finding.subject]
        for judged in slices:
            tags.update(judged.tags)
        return [code for code in codes if tags[code] > TAGGED_SHARE.value * len(slices)]

    def refused(self, arm: str, check: str) -> bool:
        """Whether verification stopped the run, and this check of that arm failed."""
        return (
            self.stopped is not None
            and self.stopped.exit_code is ExitCode.VERIFICATION
            and any(
                each.arm == arm and each.check.startswith(check) and not each.passed
                for each in read_manifest(self.raw).verification
            )
        )


def _is_about(finding: Finding, arm: str) -> bool:
    """Whether it is about the arm or one of its slices."""
    subject = finding.subject
    return subject == arm or subject.startswith(f"{arm} in generation ") or arm in subject.split(" / ")
