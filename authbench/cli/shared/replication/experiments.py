"""Which runs published claims need: each experiment once, and of its arms those that the claims name."""

from collections.abc import Iterable
from itertools import chain

from authbench.contracts.experiment import Experiment, find_experiment
from authbench.contracts.failure import Failure
from authbench.contracts.replication.claim import Claim, Figure
from servers.contract.settings import ServerSettings


def experiments_of(claims: Iterable[Claim]) -> list[str]:
    """Names of the experiments that answer these claims, each once: claims share their runs."""
    return list(dict.fromkeys(figure.run for claim in claims for figure in claim.figures if figure.run))


def needed(name: str, claims: Iterable[Claim]) -> Experiment:
    """The experiment with those arms alone that the claims name, its time shortened as its arms are fewer.

    Its control, its identical arms and its first pair stay: without them nothing is judged. Failure in one
    line where there is no such experiment, or where it lacks an arm or a comparison that a claim needs.
    """
    experiment = find_experiment(name, ServerSettings)
    figures = [figure for claim in claims for figure in claim.figures if figure.run == name]
    labels = {arm.label for arm in experiment.arms}
    for figure in figures:
        _check(figure, experiment, labels)
    kept = {experiment.control, *experiment.twin, *chain.from_iterable(experiment.compare[:1])}
    kept |= {label for figure in figures for label in (figure.a, figure.b) if label}
    share = len(kept) / len(labels)
    budget_s = experiment.time_budget_s
    return experiment.model_copy(
        update={
            "arms": [arm for arm in experiment.arms if arm.label in kept],
            "compare": [pair for pair in experiment.compare if set(pair) <= kept],
            "stages": [],
            "cached": [],
            "time_budget_s": None if budget_s is None else budget_s * share,
        }
    )


def _check(figure: Figure, experiment: Experiment, labels: set[str]) -> None:
    for label in filter(None, (figure.a, figure.b)):
        if label not in labels:
            raise Failure(f"experiment {experiment.name} has no arm {label!r}, which a claim needs")
    if figure.kind in ("ratio", "difference") and (figure.a, figure.b) not in experiment.compare:
        raise Failure(
            f"experiment {experiment.name} does not compare {figure.a!r} with {figure.b!r}: add the pair to "
            "compare"
        )
