from collections.abc import Mapping

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from authbench.contracts.environments.pinned import canonical, pinned, plain_name
from authbench.contracts.experiment import Condition

_MAY_DIFFER = {"scheme", "crypto", "workers", "versions"}
"""`workers` and `versions` only as the arm's condition says."""


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
        conditions = {arm.label: arm.condition for arm in run.manifest.experiment.arms}
        packages = run.manifest.packages
        said = {arm: config.model_dump(exclude=_MAY_DIFFER) for arm, config in servers.items()}
        for arm, own in said.items():
            first, expected = next(iter(said.items()))
            differing = [key for key in expected if own[key] != expected[key]]
            condition = conditions.get(arm, Condition())
            if servers[arm].workers != condition.workers:
                differing.append("workers")
            own_packages, versions = packages.get(arm, {}), servers[arm].versions
            changed = {**packages.get(first, {}), **own_packages}
            if _without(versions, changed) != _without(servers[first].versions, changed):
                differing.append("versions")
            if not _as_asked(condition, own_packages, versions):
                differing.append("packages, which are not those of its condition")
            if differing:
                sentence = f"its server differs from {first}'s in {', '.join(differing)}"
                yield self.finding("void-run", arm, sentence, len(differing), 0, unit="differing settings")


def _without(versions: Mapping[str, str], packages: Mapping[str, str | None]) -> dict[str, str]:
    """The versions of all others, by canonical name."""
    return {canonical(name): one for name, one in versions.items() if canonical(name) not in packages}


def _as_asked(condition: Condition, packages: Mapping[str, str | None], versions: Mapping[str, str]) -> bool:
    """Whether the environment has what the condition names, and the server says the same of what it uses."""
    asked: dict[str, str | None] = dict(map(pinned, (*condition.packages, *condition.extra_packages)))
    asked |= dict.fromkeys(map(plain_name, condition.without_packages))
    stated = {canonical(name): version for name, version in versions.items()}
    found = all(name in packages and packages[name] == version for name, version in asked.items())
    gone = all(name not in stated for name, version in packages.items() if version is None)
    return found and gone and all(packages[name] == stated[name] for name in packages.keys() & stated.keys())
