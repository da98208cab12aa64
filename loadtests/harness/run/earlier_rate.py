"""Keep the rate of an earlier run: cost per request depends on the rate, so runs at two rates cannot be
compared.
"""

from pathlib import Path

from authbench.contracts.experiment import Experiment
from authbench.contracts.records import Manifest, Rate
from authbench.contracts.run_directory import complete_runs

KEPT_WITHIN = 0.25
"""How far today's finding may lie from the earlier rate, as a share of it. Two quiet runs of one machine
differ by a few percent; beyond a quarter the machine, or the schemes, are not what they were."""


def keep_earlier(
    raw: Path, manifest: Manifest, found: Rate, ladder_rps: list[float]
) -> tuple[Rate, list[float]]:
    """(rate, ladder) of the newest complete run like this one, whatever its seed, if it is near `found`.

    Otherwise what was found. The rate that is kept is never adjusted, so it does not creep from run to run.
    Arms that had a rate of their own have the same one again: an arm at the edge does not go to and fro.
    """
    same_machine = complete_runs(raw, manifest.machine.host, manifest.experiment.name)
    alike = (
        other
        for _, other in reversed(same_machine)
        if other.machine == manifest.machine
        and other.workload == manifest.workload
        and other.generators == manifest.generators
        and other.load_from_workers == manifest.load_from_workers
        and _elsewhere(other) == _elsewhere(manifest)
        and _seedless(other.experiment) == _seedless(manifest.experiment)
    )
    earlier = next(alike, None)
    if earlier is None or earlier.rate is None or found.share is None:
        return found, ladder_rps
    if not _can_be_kept(earlier.rate, found, manifest.experiment.slowest_share):
        return found, ladder_rps
    same = earlier.rate.model_dump(include={"offered_rps", "own_rps", "own_arms"})
    return found.model_copy(update={**same, "kept_from": earlier.run_id}), earlier.ladder_rps


def _can_be_kept(earlier: Rate, found: Rate, slowest_share: float) -> bool:
    """Whether the earlier rates are near what would be chosen today, and every arm carries its own."""
    if abs(earlier.offered_rps / found.offered_rps - 1) > KEPT_WITHIN:
        return False
    ceilings = found.ceilings_rps
    if found.share is not None and earlier.own_rps is not None:
        own_rps = found.share * min(ceilings[arm] for arm in earlier.own_arms)
        if abs(earlier.own_rps / own_rps - 1) > KEPT_WITHIN:
            return False
    limit = slowest_share * (1 + KEPT_WITHIN)
    others = [ceiling for arm, ceiling in ceilings.items() if arm not in earlier.own_arms]
    return all(earlier.offered_rps <= limit * ceiling for ceiling in others)


def _elsewhere(manifest: Manifest) -> list[object]:
    """The hosts beside this machine, without what differs from run to run."""
    return [host.model_dump(exclude={"round_trip_us"}) for host in manifest.hosts]


def _seedless(experiment: Experiment) -> Experiment:
    return experiment.model_copy(update={"seed": None})
