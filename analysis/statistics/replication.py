"""Where a run's noise is, and so what more of it would help: cycles, or generations."""

from analysis.data.run import RunData, log_ratios
from analysis.records.summary import ReplicationSummary
from analysis.statistics.intervals import variance_components

_MOSTLY = 0.5
"""Share of the variance. With five generations it is known roughly: it advises, and decides nothing."""


def summarize_replication(run: RunData, metric: str) -> ReplicationSummary | None:
    """Of the primary comparison. None where there is none, or too few generations or cycles to tell."""
    pairs = run.manifest.experiment.compare
    found = variance_components(log_ratios(run.slices, metric, *pairs[0])) if pairs else None
    if found is None:
        return None
    if found.between_share > _MOSTLY:
        advice = "shorter generations, and more of them, narrow the interval"
    else:
        advice = "more cycles narrow the interval, in these generations or in new ones"
    return ReplicationSummary(
        within_log=found.within**0.5,
        between_log=found.between**0.5,
        between_share=found.between_share,
        advice=advice,
    )
