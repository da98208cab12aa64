from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule

_MAY_DIFFER = {"scheme", "crypto", "workers"}
"""`workers` only as the arm's condition says."""


class IdenticalEndpoints(RunRule):
    """V13 voids a run in which more than the scheme differed: verification failed, an arm's resources were
    not compared, or the servers do not say the same of themselves.
    """

    code = "V13"
    lie = "the endpoints are identical"
    advice = "run `authbench verify` and make the scheme the only difference"
    correctness = True

    def check_run(self, run: RunData) -> Findings:
        servers = run.manifest.servers
        for check in run.manifest.verification:
            if not check.passed:
                sentence = f"verification failed: {check.check}: {check.detail}"
                yield self.finding("void-run", check.arm, sentence, 0, 1, unit="checks passed")
        if run.manifest.service:
            return  # its variants need not be one application, and nobody says how it was started
        compared = {c.arm for c in run.manifest.verification if c.check.startswith("identical ")}
        for arm in run.arms:
            if arm not in compared:
                sentence = "its resources were never compared with the other arms'"
                yield self.finding("void-run", arm, sentence, 0, 1, unit="comparisons")
            if arm not in servers:
                sentence = "its server's own account of its settings is missing"
                yield self.finding("void-run", arm, sentence, 0, 1, unit="accounts")
        workers = {arm.label: arm.condition.workers for arm in run.manifest.experiment.arms}
        said = {arm: config.model_dump(exclude=_MAY_DIFFER) for arm, config in servers.items()}
        for arm, own in said.items():
            first, expected = next(iter(said.items()))
            differing = [key for key in expected if own[key] != expected[key]]
            if servers[arm].workers != workers.get(arm, 1):
                differing.append("workers")
            if differing:
                sentence = f"its server differs from {first}'s in {', '.join(differing)}"
                yield self.finding("void-run", arm, sentence, len(differing), 0, unit="differing settings")
