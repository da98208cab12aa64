"""Answers for the harness while it measures: is this slice usable, is it enough, how does it look so far?

The commands hand these functions to the harness, which itself knows no rule and no statistics.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from analysis.comparison.planning import generations_expected, plan_cycles
from analysis.comparison.stopping import enough, primary_ratio
from analysis.rules.discovery import slice_findings
from analysis.rules.rule import Loop
from analysis.statistics.intervals import ratio_minus_one
from authbench.contracts.experiment import Experiment
from authbench.contracts.records import JudgedSlice, SliceRecord
from authbench.words.counting import counted

__all__ = ["enough", "generations_expected", "judge", "plan_cycles", "progress"]


def judge(
    record: SliceRecord,
    samples: Mapping[str, npt.NDArray[np.int64]],
    experiment: Experiment,
    loop: Loop = "open",
) -> tuple[list[str], list[str]]:
    """(codes of the rules that void the slice, codes of its tags), each code once."""
    saturated = record.purpose == "saturated"
    findings = slice_findings(record, samples, experiment, "closed" if saturated else loop)
    void_because = sorted({finding.rule for finding in findings if finding.severity == "void-slice"})
    tags = sorted({finding.rule for finding in findings if finding.severity == "tag"})
    return void_because, tags


def progress(slices: Sequence[JudgedSlice], experiment: Experiment) -> str:
    """One short line for the progress display."""
    ratio = primary_ratio(slices, experiment)
    void = sum(bool(judged.void_because) for judged in slices)
    voided = f", {void} void" if void else ""
    if ratio is None:
        return f"{counted(len(slices), 'slice')}{voided}"
    a, b = experiment.compare[0]
    width = ratio_minus_one(ratio.log.half_width)
    interval = f" +-{width:.1%}" if math.isfinite(width) else ""
    return f"CPU {a} / {b} = {ratio.ratio:.2f}{interval} after {counted(ratio.cycles, 'cycle')}{voided}"
