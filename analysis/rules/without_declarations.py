from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule


class WithoutDeclarations(RunRule):
    """V11/V13/V32/V33 names these rules as not judged where the service is not ours: no card declares store
    commands, and nobody says which code, build and keys it runs.
    """

    code = "V11/V13/V32/V33"
    lie = "the rule found nothing (nobody declared anything)"
    advice = "look at these yourself: the variants' code, the build, algorithms and keys"

    def check_run(self, run: RunData) -> Findings:
        if run.manifest.service:
            sentence = (
                "the service is not part of authbench: V11, V13, V32, V33 could not be judged, and there is "
                "no control, so nothing is subtracted"
            )
            yield self.finding("tag", "the run", sentence)
