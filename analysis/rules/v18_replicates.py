"""V18, against 'significant' with requests as n: what is counted is the cycle, or the generation."""

from collections import Counter

from analysis.data.run import CPU_METRICS, RunData
from analysis.records.summary import Comparison
from analysis.validity.finding import Finding


def check(comparison: Comparison, whole_cycles: int, generations: int) -> Finding | None:
    """A comparison has no more replicates than cycles (CPU) or generations (latency). Void run otherwise.

    Requests of one slice share the machine's state: as replicates they find a difference between identical
    systems in half of all experiments (Abedi & Brecht, ICPE 2017).
    """
    of_cpu = comparison.metric in CPU_METRICS
    most = whole_cycles if of_cpu else generations
    if comparison.cycles <= most and comparison.generations <= generations:
        return None
    return Finding(
        rule="V18",
        severity="void-run",
        subject=f"{comparison.a} / {comparison.b}",
        number=comparison.cycles,
        limit=most,
        unit="replicates",
        sentence=(
            f"{comparison.metric} was compared over {comparison.cycles} replicates in "
            f"{comparison.generations} generations; there are {most} "
            f"{'whole cycles' if of_cpu else 'generations'} in {generations}"
        ),
        next_action="a replicate is a cycle, or a generation: never a request",
    )


def check_all(run: RunData, comparisons: list[Comparison]) -> list[Finding]:
    """Every comparison, against a count of its own of the recorded slices. The first offender is told."""
    valid: Counter[tuple[int, int]] = Counter(
        (judged.measured.generation, judged.measured.cycle) for judged in run.main if not judged.void_because
    )
    whole = [key for key, count in valid.items() if count == len(run.arms)]
    generations = len({generation for generation, _ in valid})
    found = (check(one, len(whole), generations) for one in comparisons)
    return [finding for finding in found if finding][:1]
