"""How much of a scheme's tax is its library: the same idea, once with it and once with as little as it needs.

A figure of 'JWT' is a figure of one library in one version; an arm of role `sensitivity` does the same work
without it, and the gap between the two is the library's, not the idea's.
"""

from collections.abc import Mapping, Sequence

from analysis.comparison.arms import Metric, compare, refused
from analysis.data.run import RunData
from analysis.records.summary import SensitivitySummary
from analysis.statistics.estimate import share_of
from analysis.statistics.noise_floor import NoiseFloor
from analysis.summary.arms import cpu_gap
from analysis.validity.finding import Finding
from authbench.contracts.experiment import Experiment


def sensitivity_pairs(experiment: Experiment) -> list[tuple[str, str]]:
    """(full, lean) for each arm of role sensitivity: as `compare` pairs it, or the arm its name begins with.

    'jwt-hs256-lean' goes with 'jwt-hs256', the longest name of another arm that it begins with.
    """
    roles = {arm.label: arm.role for arm in experiment.arms}
    pairs = []
    for lean in [label for label, role in roles.items() if role == "sensitivity"]:
        declared = [b if a == lean else a for a, b in experiment.compare if lean in (a, b)]
        full = [label for label in declared if roles[label] == "arm"]
        stems = [label for label, role in roles.items() if role == "arm" and lean.startswith(f"{label}-")]
        full = full[:1] or sorted(stems, key=len)[-1:]
        if full:
            pairs.append((full[0], lean))
    return pairs


def summarize_sensitivity(
    run: RunData,
    metric: Metric,
    floors: Mapping[Metric, NoiseFloor],
    findings: Sequence[Finding],
    refusal: str | None,
) -> list[SensitivitySummary]:
    """One for each pair; `refusal`: why nothing of the run is compared, if so."""
    control = run.manifest.experiment.control
    found = []
    for full, lean in sensitivity_pairs(run.manifest.experiment):
        why = refusal or refused(findings, "none", (full, lean))
        library = cpu_gap(run, full, lean, findings, metric)
        tax = cpu_gap(run, full, control, findings, metric)
        found.append(
            SensitivitySummary(
                full=full,
                lean=lean,
                metric=metric,
                ratio=compare(run, metric, full, lean, floor=floors.get(metric), refusal=why),
                tax_us=tax,
                library_us=library,
                share_of_tax=None if why else share_of(library, tax),
            )
        )
    return found
