from analysis.comparison.stopping import enough
from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.limits import CYCLES_LEAST
from authbench.contracts.records import Manifest


class StoppingRule(RunRule):
    """V24 voids a run whose stopping rule, asked again, would have gone on, or whose generations are not
    those declared; refuses every figure of fewer than 10 whole cycles, where more than correctness is asked.
    """

    code = "V24"
    lie = "we stopped when we were done"
    limits = (CYCLES_LEAST,)
    unit = "generations"
    advice = "run again, and let it end by itself"
    correctness = True

    def check_run(self, run: RunData) -> Findings:
        manifest = run.manifest
        recorded = len({judged.measured.generation for judged in run.main})
        wrong = list(self._check_manifest(manifest, recorded))
        yield from wrong
        if not wrong and not enough(run.records, manifest.experiment):
            # The interval was not narrow enough yet: the run may have ended because it looked good.
            done = manifest.generations_done
            sentence = f"it stopped after {done} generations, and its stopping rule would have gone on"
            yield self.finding("void-run", "the run", sentence, done, manifest.experiment.generations_max)
        if manifest.experiment.judged_by.compares and run.whole_cycles < CYCLES_LEAST.value:
            yield self.finding(
                "refuse-figure",
                "the run",
                f"{run.whole_cycles} whole cycles are too few for an interval that keeps its promise",
                run.whole_cycles,
                CYCLES_LEAST.value,
                unit="whole cycles",
                advice="give the experiment more cycles, or more generations",
                refuses="all",
            )

    def _check_manifest(self, manifest: Manifest, recorded: int) -> Findings:
        """A reason is recorded, and the generations are as many as the experiment allows.

        `recorded`: generations with slices, abandoned ones left out.
        """
        plan, done = manifest.experiment, manifest.generations_done
        if not manifest.stop_reason.strip():
            sentence = "why it stopped was not recorded"
            yield self.finding("void-run", "the run", sentence, 0, 1, unit="reasons")
        elif done != recorded:
            sentence = f"{done} generations are said to be done, and {recorded} were recorded"
            yield self.finding("void-run", "the run", sentence, done, recorded)
        elif not plan.generations_min <= done <= plan.generations_max:
            limit = plan.generations_min if done < plan.generations_min else plan.generations_max
            declared = f"{plan.generations_min} to {plan.generations_max}"
            sentence = f"it measured {done} generations, where {declared} were declared"
            yield self.finding("void-run", "the run", sentence, done, limit)
