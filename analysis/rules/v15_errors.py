"""V15, against the lie 'errors do not matter': fast refusals must not make a server look fast."""

from analysis.data.run import RunData
from analysis.validity.finding import Finding
from analysis.validity.limits import ERROR_SHARE
from authbench.contracts.records import Outcome


def check_run(run: RunData) -> list[Finding]:
    """Refuses an arm's latency where more than one request in a thousand was not accepted.

    Below that each of them counts as infinitely slow (`analysis.data.rows.service_ms`).
    """
    findings = []
    for arm in run.arms:
        outcomes = run.rows.of_arm(arm)["outcome"]
        errors, count = int((outcomes != int(Outcome.ACCEPTED)).sum()), len(outcomes)
        if errors <= ERROR_SHARE.value * count:
            continue
        findings.append(
            Finding(
                rule="V15",
                severity="refuse-figure",
                subject=arm,
                number=errors / count,
                limit=ERROR_SHARE.value,
                unit="share of requests",
                sentence=f"{errors} of {count} requests failed or timed out",
                next_action="find why; see the outcomes in summary.json",
                refuses="latency",
            )
        )
    return findings
