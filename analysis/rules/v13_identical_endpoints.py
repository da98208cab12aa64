"""V13, against the lie 'identical endpoints': the scheme is the only difference between two arms."""

from analysis.data.run import RunData
from analysis.validity.finding import Finding

_MAY_DIFFER = {"scheme", "crypto", "workers"}
"""The last one only as the arm's condition says."""


def check_run(run: RunData) -> list[Finding]:
    """Verification passed, compared every arm's resources, and the servers say the same of themselves."""
    return [*_verification(run), *_servers(run)]


def _void(subject: str, number: int, limit: int, unit: str, sentence: str) -> Finding:
    return Finding(
        rule="V13",
        severity="void-run",
        subject=subject,
        number=number,
        limit=limit,
        unit=unit,
        sentence=sentence,
        next_action="run `authbench verify` and make the scheme the only difference",
    )


def _verification(run: RunData) -> list[Finding]:
    findings = []
    for check in run.manifest.verification:
        if not check.passed:
            findings.append(
                _void(check.arm, 0, 1, "checks passed", f"verification failed: {check.check}: {check.detail}")
            )
    compared = {c.arm for c in run.manifest.verification if c.check.startswith("identical ")}
    for arm in run.arms:
        if arm not in compared:
            findings.append(
                _void(arm, 0, 1, "comparisons", "its resources were never compared with the other arms'")
            )
    return findings


def _servers(run: RunData) -> list[Finding]:
    servers = run.manifest.servers
    findings = [
        _void(arm, 0, 1, "accounts", "its server's own account of its settings is missing")
        for arm in run.arms
        if arm not in servers
    ]
    if not servers:
        return findings
    first, reference = next(iter(servers.items()))
    expected = reference.model_dump(exclude=_MAY_DIFFER)
    workers = {arm.label: arm.condition.workers for arm in run.manifest.experiment.arms}
    for arm, config in servers.items():
        mine = config.model_dump(exclude=_MAY_DIFFER)
        differing = [key for key in expected if mine[key] != expected[key]]
        if config.workers != workers.get(arm, 1):
            differing.append("workers")
        if differing:
            findings.append(
                _void(
                    arm,
                    len(differing),
                    0,
                    "differing settings",
                    f"its server differs from {first}'s in {', '.join(differing)}",
                )
            )
    return findings
