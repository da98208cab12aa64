from analysis.data.disturbance import most_stolen
from analysis.rules.rule import Findings, MeasuredSlice, SliceRule
from analysis.validity.limits import RUN_QUEUE_SHARE, STEAL_SHARE


class QuietMachine(SliceRule):
    """V10 tags a slice in which the host stole time from a processor of the placement, or in which the server
    waited for its processor. Where time was stolen, the cycle is left out of the clean reading, for all arms.

    A wait of the server's own process does not leave a cycle out: an arm that runs more often waits more
    often, so that would select by arm.
    """

    code = "V10"
    lie = "the machine was quiet"
    limits = (STEAL_SHARE, RUN_QUEUE_SHARE)
    unit = "share of wall time"
    advice = "close what else runs on this machine, or use a quieter one"

    def check_slice(self, measured: MeasuredSlice) -> Findings:
        """A wait for the processor that could not be read is not held against the slice."""
        record = measured.record
        cpu, steal = most_stolen(record)
        waited = (record.app_run_queue_wait_ns or 0) / record.window_ns if record.window_ns > 0 else 0.0
        if steal > STEAL_SHARE.value:
            sentence = f"{steal:.0%} of processor {cpu}'s time was stolen by the host"
            yield self.finding("tag", record, sentence, steal, STEAL_SHARE)
        elif waited > RUN_QUEUE_SHARE.value:
            sentence = f"the server waited {waited:.0%} of the time for its processor"
            yield self.finding("tag", record, sentence, waited, RUN_QUEUE_SHARE)
