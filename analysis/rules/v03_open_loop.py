from analysis.data.run import RunData
from analysis.rules.rule import Findings, MeasuredSlice, RunRule, SliceRule


class OpenLoop(SliceRule, RunRule):
    """V03 voids a slice in which the load waited for the server: the cap of requests in flight was reached,
    or something was not sent. It refuses every latency of a closed loop.
    """

    code = "V03"
    lie = "it was an open loop"
    unit = "requests in flight"

    def check_slice(self, measured: MeasuredSlice) -> Findings:
        record = measured.record
        most, cap = record.in_flight_max, record.in_flight_cap
        if measured.loop == "open" and (most >= cap or record.unsent):
            sentence = (
                f"{most} requests were in flight at a cap of {cap} and {record.unsent} were not sent: "
                "the load waited for the server"
            )
            advice = "offer a lower rate, or find what held the server up"
            yield self.finding("void-slice", record, sentence, most, cap, advice=advice)

    def check_run(self, run: RunData) -> Findings:
        if run.manifest.workload.loop == "closed":
            sentence = "closed loop: the server slows its own load, so its times say nothing of a user's"
            advice = "for latency use a workload with loop = 'open'"
            yield self.finding("refuse-figure", "the run", sentence, advice=advice, refuses="latency")
