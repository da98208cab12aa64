from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.limits import ERROR_SHARE
from authbench.contracts.records import Outcome


class Errors(RunRule):
    """V15 refuses to compare the latency of an arm with more than one error in a thousand requests.

    The work differed: what failed fast made room for the others, and no twin of another arm shows that. Each
    error counts as infinitely slow in what is described (`analysis.data.rows.times_ms`).
    """

    code = "V15"
    lie = "errors do not matter"
    limits = (ERROR_SHARE,)
    unit = "share of requests"
    advice = "find why; see the outcomes in summary.json"

    def check_run(self, run: RunData) -> Findings:
        for arm in run.arms:
            outcomes = run.rows.of_arm(arm)["outcome"]
            errors, count = int((outcomes != int(Outcome.ACCEPTED)).sum()), len(outcomes)
            if errors > ERROR_SHARE.value * count:
                sentence = f"{errors} of {count} requests failed or timed out"
                share = errors / count
                yield self.finding("refuse-figure", arm, sentence, share, ERROR_SHARE, refuses="latency")
