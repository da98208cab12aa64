from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule

_READINGS = {
    "V08": ("probe", "no second client checked the generator's times"),
    "V27": ("server_in_flight_ns", "the server did not count the requests inside it"),
    "V28": ("busy_ns", "the processors' busy time was not read"),
}
"""Rule -> the reading of a slice that the rule needs, and the words for its absence."""


class WithoutReadings(RunRule):
    """V08/V27/V28 names those of these rules that could not be judged, because no slice has the reading they
    need: that they found nothing says nothing of the run.
    """

    code = "V08/V27/V28"
    lie = "the rule found nothing (it had nothing to look at)"
    advice = "run again with this version"

    def check_run(self, run: RunData) -> Findings:
        missing = {
            code: words
            for code, (reading, words) in _READINGS.items()
            if all(getattr(record, reading) is None for record in run.valid)
        }
        if run.valid and missing:
            sentence = f"{', '.join(missing.values())}: {', '.join(missing)} could not be judged"
            yield self.finding("tag", "the run", sentence, code="/".join(missing))
