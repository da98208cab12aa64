"""Earlier runs of the same machine: their identical arms tell how much this machine wobbles between runs."""

from pathlib import Path

from analysis.data.run import load_run, log_ratios
from analysis.records.summary import CPU_METRICS, THROUGHPUT
from analysis.statistics.intervals import nested_interval
from authbench.contracts.records import Manifest
from authbench.contracts.run_directory import complete_runs

_MOST_RUNS = 50
"""Only the newest ones are read: a machine changes."""


def earlier_twins(raw: Path, manifest: Manifest) -> dict[str, list[float]]:
    """Metric -> ln(twin / original) of each earlier complete run of this machine with the same pair, and of
    the same other hosts.

    The metrics are those whose replicates are cycles: CPU and throughput. Also runs that were found INVALID,
    such as by this very pair: leaving those out would make the machine look quieter than it is. Earlier means
    started before, so that a report rebuilt later says the same.
    """
    twins: dict[str, list[float]] = {metric: [] for metric in (*CPU_METRICS, THROUGHPUT)}
    runs = [
        path
        for path, other in complete_runs(raw, manifest.machine.host)
        if other.run_id != manifest.run_id
        and other.started_at < manifest.started_at
        and other.experiment.judged_by.compares
        and other.experiment.twin == manifest.experiment.twin
        and [host.machine for host in other.hosts] == [host.machine for host in manifest.hosts]
        and _of_one_kind(other, manifest)
    ]
    for path in runs[-_MOST_RUNS:]:
        run = load_run(path, with_requests=False)
        for metric, logs in twins.items():
            slices = run.saturated_slices if metric == THROUGHPUT else run.slices
            ratios = log_ratios(slices, metric, *manifest.experiment.twin)
            if ratios:
                logs.append(nested_interval(ratios).estimate)
    return twins


def _of_one_kind(other: Manifest, manifest: Manifest) -> bool:
    """Whether both measured schemes of ours, or both the same service that is not ours, by its name."""
    if other.service is None or manifest.service is None:
        return other.service is manifest.service
    return other.experiment.name == manifest.experiment.name
