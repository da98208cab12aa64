"""Which rules there are, in which order, and which of them decide where only correctness is asked."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.data import environment
from analysis.data.rows import SliceKey
from analysis.data.run import RunData
from analysis.rules import (
    v01_offered_rate,
    v02_poisson_arrivals,
    v03_open_loop,
    v05_latency_resolution,
    v06_generator_lateness,
    v07_generator_load,
    v08_probe,
    v09_steady_state,
    v10_quiet_machine,
    v11_store_commands,
    v12_authentication,
    v13_identical_endpoints,
    v14_same_work,
    v15_errors,
    v22_order,
    v23_nothing_left_out,
    v24_stopping,
    v27_little,
    v27_utilisation,
    v28_attribution,
    v29_store_distance,
    v30_placement,
    v32_algorithms,
    v33_production_build,
    v34_clock,
)
from analysis.rules.shared import no_requests, stall, witnesses
from analysis.validity.finding import Finding
from authbench.contracts.experiment import Experiment
from authbench.contracts.records import SliceRecord

Samples = Mapping[str, npt.NDArray[np.int64]]
Loop = Literal["open", "closed"]

_CORRECTNESS_RUN_RULES = (
    no_requests.check_run,
    v11_store_commands.check_run,
    v12_authentication.check_run,
    v13_identical_endpoints.check_run,
    v14_same_work.check_run,
    v23_nothing_left_out.check_run,
    v24_stopping.check_run,
    v32_algorithms.check_run,
    v33_production_build.check_run,
)
_ENVIRONMENT_RUN_RULES = (
    stall.check_run,
    v02_poisson_arrivals.check_run,
    v03_open_loop.check_run,
    v05_latency_resolution.check_run,
    environment.check_run,
    v06_generator_lateness.check_run,
    v08_probe.check_run,
    v09_steady_state.check_run,
    v15_errors.check_run,
    v22_order.check_run,
    v27_little.check_run,
    v27_utilisation.check_run,
    v28_attribution.check_run,
    v29_store_distance.check_run,
    v30_placement.check_run,
    v34_clock.check_run,
    witnesses.check_run,
)


def slice_findings(
    record: SliceRecord, samples: Samples, experiment: Experiment, loop: Loop = "open"
) -> list[Finding]:
    """What the slice rules say of one slice. Where only correctness is asked, only three can void it.

    Those are: that there is something to judge, that its counts reconcile, and that its clock ran forward.
    A closed loop waits for the server by design, and its generator is busy by design.
    """
    nothing = no_requests.check(record)
    deciding = [
        nothing,
        v01_offered_rate.reconcile(record, samples),
        v34_clock.check_order(record, samples, scheduled=loop == "open"),
    ]
    decisive = [finding for finding in deciding if finding]
    if nothing:
        return decisive
    others = [stall.check(record), v10_quiet_machine.check(record), v34_clock.check_step(record)]
    if loop == "open":
        others += [
            v01_offered_rate.offered(record),
            v03_open_loop.check(record),
            *v06_generator_lateness.check(record, samples),
            v07_generator_load.check(record),
        ]
    findings = [finding for finding in others if finding]
    if not experiment.policy.compares:
        findings = [finding.as_remark() for finding in findings]
    return [*decisive, *findings]


def run_findings(run: RunData) -> list[Finding]:
    """What the run rules say, what decides first. A run that is not whole is not looked at any further."""
    whole = v23_nothing_left_out.check_run(run)
    if run.manifest.status != "complete" or run.damage:
        return whole
    findings = [finding for rule in _CORRECTNESS_RUN_RULES for finding in rule(run)] + _judge_again(run)
    remarks = [finding for rule in _ENVIRONMENT_RUN_RULES for finding in rule(run)]
    if not run.manifest.experiment.policy.compares:
        remarks = [finding.as_remark() for finding in remarks]
        findings = [f if f.severity == "void-run" else f.as_remark() for f in findings]
    return [*findings, *remarks]


def _judge_again(run: RunData) -> list[Finding]:
    """The slices that count, judged anew from what is on disk: one that should be void voids the run."""
    for judged in run.main:
        record = judged.measured
        key = SliceKey(record.generation, record.cycle, record.arm, record.position)
        samples = run.rows.columns_of(key)
        if judged.void_because or len(samples["due_ns"]) != record.scheduled:
            continue  # rows that are missing are V23's
        for finding in slice_findings(record, samples, run.manifest.experiment, run.manifest.workload.loop):
            if finding.severity == "void-slice":
                sentence = f"this slice counts as valid, yet {finding.sentence}"
                return [finding.model_copy(update={"severity": "void-run", "sentence": sentence})]
    return []
