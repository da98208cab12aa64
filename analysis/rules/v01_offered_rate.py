import numpy as np

from analysis.data.run import RunData
from analysis.rules.rule import Findings, MeasuredSlice, RunRule, SliceRule
from analysis.validity.limits import SENT_SHARE
from authbench.contracts.records import Outcome
from authbench.words.counting import counted


class OfferedRate(SliceRule, RunRule):
    """V01 voids a slice that has no scheduled request or no answered request, whose counts do not reconcile,
    or that sent less than it should; voids a run with an arm of which no slice counts.
    """

    code = "V01"
    lie = "we offered that rate"
    limits = (SENT_SHARE,)
    unit = "requests"
    correctness = True

    def check_integrity(self, measured: MeasuredSlice) -> Findings:
        yield from self._check_requests(measured)
        yield from self._check_counts(measured)

    def _check_requests(self, measured: MeasuredSlice) -> Findings:
        """Without requests a slice has no figure, and nothing would say why."""
        record = measured.record
        if record.scheduled == 0:
            sentence = (
                f"no request was due in {record.duration_s:g} s at {record.offered_rate_rps:g} requests/s"
            )
            advice = "offer a higher rate, or measure longer slices"
        elif not record.user_completed:
            sentence = (
                f"no user's request was answered, of {counted(record.scheduled, 'request')} that "
                f"were scheduled"
            )
            advice = "find why the server does not answer under load"
        else:
            return
        yield self.finding("void-slice", record, sentence, 0, 1, advice=advice)

    def _check_counts(self, measured: MeasuredSlice) -> Findings:
        """Counts of the generator, of its rows and of the server agree. Only the first disagreement is told.

        The server may have served a request whose reply was never read, so its count lies between what was
        completed and what was sent. It includes the probe client's few requests. A service that is not ours
        counts nothing that can be read.
        """
        record, outcomes = measured.record, measured.samples["outcome"]
        watched = record.probe.sent if record.probe else 0
        accepted, unsent = (int(np.sum(outcomes == kind)) for kind in (Outcome.ACCEPTED, Outcome.UNSENT))
        checks = {
            "scheduled is not sent + unsent": (record.scheduled, record.sent + record.unsent),
            "rows are not as many as scheduled": (len(outcomes), record.scheduled),
            "accepted rows are not as many as counted": (accepted, record.accepted),
            "unsent rows are not as many as counted": (unsent, record.unsent),
            "more was accepted than completed": (max(record.accepted, record.completed), record.completed),
            "more was completed than sent": (max(record.completed, record.sent), record.sent),
            "the server counted other requests than were sent to it": (
                record.server_requests,
                min(max(record.server_requests or 0, record.completed + watched), record.sent + watched),
            ),
        }
        for what, (number, limit) in checks.items():
            if number is not None and number != limit:
                sentence = f"the counts do not reconcile: {what} ({number} against {limit})"
                advice = "find what else talks to the server, or what loses requests, and run again"
                yield self.finding("void-slice", record, sentence, number, limit, advice=advice)
                return

    def check_slice(self, measured: MeasuredSlice) -> Findings:
        record = measured.record
        share = record.sent / record.scheduled
        if measured.loop == "open" and share < SENT_SHARE.value:
            sentence = f"only {record.sent} of {counted(record.scheduled, 'scheduled request')} were sent"
            advice = "offer a lower rate: the server, or the generator, does not keep up"
            yield self.finding("void-slice", record, sentence, share, SENT_SHARE, unit="share", advice=advice)

    def check_run(self, run: RunData) -> Findings:
        counted = {record.arm for record in run.valid}
        for arm in run.arms:
            if arm not in counted:
                sentence = "no slice of it counts: nothing is known of it"
                advice = "see in slices.jsonl which rules voided them"
                yield self.finding("void-run", arm, sentence, 0, 1, unit="valid slices", advice=advice)
