"""V24, against optional stopping: the run ended where its own rule ends it, and measured enough for one."""

from analysis.comparison.stopping import enough
from analysis.data.run import RunData
from analysis.validity.finding import Finding
from analysis.validity.limits import CYCLES_LEAST
from authbench.contracts.experiment import Experiment
from authbench.contracts.records import Manifest


def check_manifest(manifest: Manifest, generations_recorded: int) -> Finding | None:
    """A reason is recorded, and the generations are as many as the experiment allows. Void run otherwise.

    `generations_recorded`: those with slices, abandoned ones left out.
    """
    plan, done = manifest.experiment, manifest.generations_done
    if not manifest.stop_reason.strip():
        return _void(0, 1, "reasons", "why it stopped was not recorded")
    if done != generations_recorded:
        what = f"{done} generations are said to be done, and {generations_recorded} were recorded"
        return _void(done, generations_recorded, "generations", what)
    if not plan.generations_min <= done <= plan.generations_max:
        limit = plan.generations_min if done < plan.generations_min else plan.generations_max
        what = (
            f"it measured {done} generations, where {plan.generations_min} to {plan.generations_max} were "
            "declared"
        )
        return _void(done, limit, "generations", what)
    return None


def check_reason(reason_now: str | None, manifest: Manifest) -> Finding | None:
    """The stopping rule, asked again about the recorded slices, ends the run as well. Void run otherwise.

    The rule looks at the width of the interval (`comparison.stopping`): a run that ended before that was
    narrow enough may have ended because it looked good.
    """
    if reason_now:
        return None
    return _void(
        manifest.generations_done,
        manifest.experiment.generations_max,
        "generations",
        f"it stopped after {manifest.generations_done} generations, and its stopping rule would have gone on",
    )


def check_cycles(whole_cycles: int, experiment: Experiment) -> Finding | None:
    """Ten whole cycles. Refuses every figure of fewer, where more than correctness is asked."""
    if not experiment.policy.compares or whole_cycles >= CYCLES_LEAST.value:
        return None
    return Finding(
        rule="V24",
        severity="refuse-figure",
        subject="the run",
        number=whole_cycles,
        limit=CYCLES_LEAST.value,
        unit="whole cycles",
        sentence=f"{whole_cycles} whole cycles are too few for an interval that keeps its promise",
        next_action="give the experiment more cycles, or more generations",
        refuses="all",
    )


def _void(number: float, limit: float, unit: str, sentence: str) -> Finding:
    return Finding(
        rule="V24",
        severity="void-run",
        subject="the run",
        number=number,
        limit=limit,
        unit=unit,
        sentence=sentence,
        next_action="run again, and let it end by itself",
    )


def check_run(run: RunData) -> list[Finding]:
    """What the manifest says, what the recorded slices say, and how many of them there are."""
    manifest = run.manifest
    recorded = len({judged.measured.generation for judged in run.main})
    wrong = check_manifest(manifest, recorded) or check_reason(
        enough(run.records, manifest.experiment), manifest
    )
    whole = len(run.slices[run.slices["whole_cycle"]].groupby(["generation", "cycle"]))
    few = check_cycles(whole, manifest.experiment)
    return [finding for finding in (wrong, few) if finding]
