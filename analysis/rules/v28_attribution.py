from collections.abc import Iterable

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.limits import ATTRIBUTED_SHARE, OTHERS_SHARE
from authbench.contracts.records import SliceRecord


def attributed_ns(record: SliceRecord) -> int:
    """CPU time of every process of the run in a slice; a store that is not ours has none to read."""
    probe_ns = record.probe.cpu_ns if record.probe else 0
    own = (record.app_cpu_ns or 0) + record.generator_cpu_ns + probe_ns
    return own + (record.store_cpu_ns or 0) + (record.harness_cpu_ns or 0)


class Attribution(RunRule):
    """V28 marks every latency where the run's own processes account for less than 90% of the processors'
    busy time.

    What a process cost is read from its own clock: CPU figures have no mark, but requests waited for whoever
    else was busy. All arms waited in the same cycles: whether a pair can be compared is what the twin says.
    Of a service that is not ours this is asked only where all its processes are known.
    """

    code = "V28"
    lie = "that was all the work on the processors"
    limits = (ATTRIBUTED_SHARE, OTHERS_SHARE)
    unit = "share of busy time"
    advice = "close what else runs on this machine"

    def check_run(self, run: RunData) -> Findings:
        service = run.manifest.service
        known = service is None or all(one.processes for one in service.variants.values())
        if known and (service is None or service.reads_store_cpu):
            yield from self.check(run.valid)

    def check(self, records: Iterable[SliceRecord]) -> Findings:
        """All slices together: the kernel counts busy time in steps of 10 ms, so one slice says nothing."""
        read = [record for record in records if record.busy_ns is not None]
        busy_ns = sum(sum(record.busy_ns.values()) for record in read if record.busy_ns is not None)
        share = sum(attributed_ns(record) for record in read) / busy_ns if busy_ns > 0 else 1.0
        if share < ATTRIBUTED_SHARE.value:
            sentence = (
                f"only {share:.0%} of what the processors did belongs to this run: "
                "requests waited for something else"
            )
            yield self.finding("mark", "the run", sentence, share, ATTRIBUTED_SHARE, refuses="latency")
