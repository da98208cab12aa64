"""Earlier runs of the same machine: their identical arms tell how much this machine wobbles between runs."""

from pathlib import Path

from analysis.data.run import load_run, log_ratios
from analysis.statistics.intervals import nested_interval
from authbench.contracts.failure import Failure
from authbench.contracts.records import Manifest
from authbench.contracts.run_directory import MANIFEST, read_manifest

_MOST_RUNS = 50
"""Only the newest ones are read: a machine changes."""


def earlier_twins(raw: Path, manifest: Manifest) -> dict[str, list[float]]:
    """CPU metric -> ln(twin / original) of each earlier complete run of this machine with the same pair.

    Also runs that were found INVALID, such as by this very pair: leaving those out would make the machine
    look quieter than it is. Earlier means started before, so that a report rebuilt later says the same.
    """
    runs = []
    for path in raw.glob(f"[!.]*/{MANIFEST}"):
        try:
            other = read_manifest(path.parent)
        except Failure:
            continue
        if (
            other.status == "complete"
            and other.run_id != manifest.run_id
            and other.started_at < manifest.started_at
            and other.machine.host == manifest.machine.host
            and other.experiment.judged_by == "everything"
            and other.experiment.twin == manifest.experiment.twin
        ):
            runs.append((other.started_at, path.parent))
    twins: dict[str, list[float]] = {"cpu_total_us": [], "cpu_app_us": [], "cpu_store_us": []}
    for _, path in sorted(runs)[-_MOST_RUNS:]:
        slices = load_run(path, with_requests=False).slices
        for metric, logs in twins.items():
            ratios = log_ratios(slices, metric, *manifest.experiment.twin)
            if ratios:
                logs.append(nested_interval(ratios).estimate)
    return twins
