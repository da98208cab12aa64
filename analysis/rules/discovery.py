"""Find the validity rules in this folder, and ask them about a slice or a run."""

from collections.abc import Mapping
from functools import cache
from types import ModuleType

import numpy as np
import numpy.typing as npt

from analysis import rules
from analysis.data.rows import SliceKey
from analysis.data.run import RunData
from analysis.rules.rule import Loop, MeasuredSlice, Rule, RunRule, SliceRule
from analysis.rules.v23_nothing_left_out import NothingLeftOut
from analysis.validity import limits
from analysis.validity.finding import Finding
from analysis.validity.limits import Limit
from authbench.contracts.experiment import Experiment
from authbench.contracts.records import SliceRecord
from authbench.system.discovery import find_classes


@cache
def known_rules(package: ModuleType = rules) -> dict[str, Rule]:
    """Code -> rule, in the order of the files' names. Failure if two rules have the same code."""
    found = find_classes(package, Rule, "code").values()
    return {rule.code: rule() for rule in sorted(found, key=lambda rule: rule.__module__)}


def all_limits() -> list[Limit]:
    """Every threshold: those of `analysis.validity.limits`, then those that only a rule's own file names."""
    declared = [limit for rule in known_rules().values() for limit in rule.limits]
    return list(dict.fromkeys([*limits.ALL, *declared]))


def slice_findings(
    record: SliceRecord,
    samples: Mapping[str, npt.NDArray[np.int64]],
    experiment: Experiment,
    loop: Loop,
) -> list[Finding]:
    """Findings of the slice rules. Where only correctness is asked, only lost integrity voids a slice.

    A slice in which nothing was due, or nothing answered, is asked for its integrity alone.
    """
    measured = MeasuredSlice(record, samples, loop)
    asked = [rule for rule in known_rules().values() if isinstance(rule, SliceRule)]
    decisive = [finding for rule in asked for finding in rule.check_integrity(measured)]
    if not record.scheduled or not record.user_completed:
        return decisive
    others = [finding for rule in asked for finding in rule.check_slice(measured)]
    if not experiment.judged_by.compares:
        others = [finding.as_remark() for finding in others]
    return [*decisive, *others]


def run_findings(run: RunData) -> list[Finding]:
    """Findings of the run rules, those on correctness first. A run that is not whole is asked V23 alone.

    Where only correctness is asked, whatever does not void the run is a remark.
    """
    if not run.whole:
        return list(NothingLeftOut().check_run(run))
    asked = [rule for rule in known_rules().values() if isinstance(rule, RunRule)]
    findings = [finding for rule in asked if rule.correctness for finding in rule.check_run(run)]
    findings += _judge_again(run)
    findings += [finding for rule in asked if not rule.correctness for finding in rule.check_run(run)]
    if not run.manifest.experiment.judged_by.compares:
        return [f if f.severity == "void-run" else f.as_remark() for f in findings]
    return findings


def _judge_again(run: RunData) -> list[Finding]:
    """Judge the valid slices again from what is on disk: one that should be void voids the run."""
    for record in run.valid:
        samples = run.rows.columns_of(SliceKey(record.generation, record.cycle, record.arm, record.position))
        if len(samples["due_ns"]) != record.scheduled:
            continue  # rows that are missing are V23's
        for finding in slice_findings(record, samples, run.manifest.experiment, run.manifest.workload.loop):
            if finding.severity == "void-slice":
                sentence = f"this slice counts as valid, yet {finding.sentence}"
                return [finding.model_copy(update={"severity": "void-run", "sentence": sentence})]
    return []
