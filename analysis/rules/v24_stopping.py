from analysis.comparison.planning import plan_cycles
from analysis.comparison.stopping import enough
from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.limits import CYCLES_LEAST
from authbench.contracts.records import GenerationTimes, JudgedSlice
from authbench.words.counting import counted


class StoppingRule(RunRule):
    """V24 voids a run whose stopping rule or plan of cycles, asked again, says otherwise, or whose
    generations are not those declared; refuses every figure of fewer than 10 whole cycles, where more than
    correctness is asked.
    """

    code = "V24"
    lie = "we stopped when we were done"
    limits = (CYCLES_LEAST,)
    unit = "generations"
    advice = "run again, and let it end by itself"
    correctness = True

    def check_run(self, run: RunData) -> Findings:
        manifest = run.manifest
        wrong = [*self._check_generations(run), *self._check_times(run), *self._check_plan(run)]
        yield from wrong[:1]
        if not wrong and not enough(run.records, manifest.experiment, manifest.times, manifest.plan):
            # The interval was not narrow enough yet: the run may have ended because it looked good.
            done = manifest.generations_done
            sentence = (
                f"it stopped after {counted(done, 'generation')}, and its stopping rule would have gone on"
            )
            yield self.finding("void-run", "the run", sentence, done, manifest.experiment.generations_max)
        if manifest.experiment.judged_by.compares and run.whole_cycles < CYCLES_LEAST.value:
            yield self.finding(
                "refuse-figure",
                "the run",
                f"{counted(run.whole_cycles, 'whole cycle is', 'whole cycles are')} too few for an "
                f"interval that keeps its promise",
                run.whole_cycles,
                CYCLES_LEAST.value,
                unit="whole cycles",
                advice="give the experiment more cycles, or more generations",
                refuses="all",
            )

    def _check_generations(self, run: RunData) -> Findings:
        """A reason is recorded, and the generations are as many as the experiment allows."""
        plan, done = run.manifest.experiment, run.manifest.generations_done
        recorded = len({judged.measured.generation for judged in run.main})
        if not run.manifest.stop_reason.strip():
            sentence = "why it stopped was not recorded"
            yield self.finding("void-run", "the run", sentence, 0, 1, unit="reasons")
        elif done != recorded:
            sentence = (
                f"{counted(done, 'generation is', 'generations are')} said to be done, and "
                f"{recorded} were recorded"
            )
            yield self.finding("void-run", "the run", sentence, done, recorded)
        elif not plan.generations_min <= done <= plan.generations_max:
            limit = plan.generations_min if done < plan.generations_min else plan.generations_max
            declared = f"{plan.generations_min} to {plan.generations_max}"
            sentence = f"it measured {counted(done, 'generation')}, where {declared} were declared"
            yield self.finding("void-run", "the run", sentence, done, limit)

    def _check_times(self, run: RunData) -> Findings:
        """A run with a time budget recorded when each generation ended: its stopping rule asks for that.

        The cycles of a generation took no longer than the generation, and its slices no longer than that.
        """
        manifest = run.manifest
        if manifest.experiment.time_budget_s is None:
            return
        timed, whole = [each.generation for each in manifest.times], manifest.whole_generations
        if timed != whole:
            sentence = (
                f"{counted(len(timed), 'generation has', 'generations have')} their times "
                f"recorded, of {len(whole)} that were measured"
            )
            yield self.finding("void-run", "the run", sentence, len(timed), len(whole))
            return
        before_s = 0.0
        for each in manifest.times:
            measured_s = _measured_s(each, run.records)
            if not measured_s <= each.cycles_s <= each.elapsed_s - before_s:
                sentence = (
                    f"generation {each.generation} is said to have taken {each.elapsed_s - before_s:.1f} s, "
                    f"{each.cycles_s:.1f} s of them for cycles, and its slices took {measured_s:.1f} s"
                )
                yield self.finding("void-run", "the run", sentence, each.cycles_s, measured_s, unit="s")
                return
            before_s = each.elapsed_s

    def _check_plan(self, run: RunData) -> Findings:
        """The cycles of the later generations are those that the run's first generations ask for.

        The plan is made after the first generations from which it can be made, and never again.
        """
        manifest = run.manifest
        made = None
        for count in range(1, manifest.generations_done + 1):
            first = set(manifest.whole_generations[:count])
            slices = [judged for judged in run.records if judged.measured.generation in first]
            made = plan_cycles(slices, manifest.experiment, manifest.times[:count])
            if made:
                break
        recorded = manifest.plan
        asked, found = ((plan.cycles, plan.after_generations) if plan else None for plan in (made, recorded))
        if asked != found:
            sentence = (
                f"its plan is {_words(found)}, and its first generations ask for {_words(asked)}: the cycles "
                "of a generation were not chosen by the rule"
            )
            number, limit = recorded.cycles if recorded else 0, made.cycles if made else 0
            yield self.finding("void-run", "the run", sentence, number, limit, unit="cycles")


def _words(plan: tuple[int, int] | None) -> str:
    return f"{counted(plan[0], 'cycle')} after {counted(plan[1], 'generation')}" if plan else "none"


def _measured_s(times: GenerationTimes, records: list[JudgedSlice]) -> float:
    """Seconds that the slices of a generation's cycles were scheduled for, void attempts included."""
    return sum(
        judged.measured.duration_s
        for judged in records
        if judged.measured.generation == times.generation and judged.measured.purpose in ("main", "own-rate")
    )
