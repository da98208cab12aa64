"""Why a trial says nothing of the server: the validity rules on generator and machine, and on counts.

None of them looks at how fast the server was, so a trial is never left out for its outcome. Requests that are
not sent are no fault: in a search they are the server's answer to too high a rate.
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

from analysis.data.disturbance import lateness
from analysis.rules.discovery import known_rules
from analysis.rules.rule import MeasuredSlice, SliceRule
from analysis.rules.v10_quiet_machine import QuietMachine
from analysis.rules.v28_attribution import attributed_ns
from analysis.validity.limits import GENERATOR_FULL, GENERATOR_SHARE, LATENESS_P99_MS, OTHERS_SHARE
from authbench.contracts.records import SliceRecord
from authbench.contracts.saturation.trial import Fault

Columns = Mapping[str, npt.NDArray[np.int64]]
"""A column of numbers by name, one element for each request (`SAMPLE_COLUMNS`)."""


def find_faults(record: SliceRecord, samples: Columns) -> list[Fault]:
    """Every fault of a trial; empty: it is valid.

    V07's tag at half a processor warns of latencies; a generator is called full where V41 calls it so. One
    that is late while it is busy is late because of its load, and one that is late while it is idle had to
    wait for its processor.
    """
    measured = MeasuredSlice(record, samples)
    rules = [rule for rule in known_rules().values() if isinstance(rule, SliceRule)]
    faults = [
        Fault(rule=finding.rule, whose="machine", sentence=finding.sentence)
        for rule in rules
        for finding in rule.check_integrity(measured)
    ]
    busiest_ns = record.generator_busiest_ns
    busy = (record.generator_cpu_ns if busiest_ns is None else busiest_ns) / max(record.window_ns, 1)
    if busy > GENERATOR_FULL.value:
        sentence = f"the generator was busy for {busy:.0%} of the trial"
        faults.append(Fault(rule="V07", whose="generator", sentence=sentence))
    late = lateness(samples)
    if late is not None and late.p99_ms > LATENESS_P99_MS.value:
        whose: Literal["generator", "machine"] = "generator" if busy > GENERATOR_SHARE.value else "machine"
        sentence = f"the generator was late: p99 {late.p99_ms:.1f} ms"
        faults.append(Fault(rule="V06", whose=whose, sentence=sentence))
    quiet = QuietMachine().check_slice(measured)
    faults += [Fault(rule="V10", whose="machine", sentence=finding.sentence) for finding in quiet]
    if record.busy_ns is not None and record.window_ns > 0:
        others = (sum(record.busy_ns.values()) - attributed_ns(record)) / record.window_ns
        if others > OTHERS_SHARE.value:
            sentence = f"other programs used {others:.0%} of a processor"
            faults.append(Fault(rule="V28", whose="machine", sentence=sentence))
    return faults
