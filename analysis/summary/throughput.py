"""Requests/s that one arm served while it was saturated, and how busy its store was."""

from collections.abc import Sequence

from analysis.data.run import by_generation
from analysis.data.saturation import saturation
from analysis.records.summary import THROUGHPUT, ThroughputSummary
from analysis.rules.v41_saturated_server import bound
from analysis.statistics.estimate import Estimate, from_replicates
from analysis.summary.judged_run import JudgedRun
from authbench.contracts.records import SliceRecord


def summarize_throughput(run: JudgedRun, arm: str) -> ThroughputSummary | None:
    """Give an arm's throughput over its valid saturated slices; None where it has none.

    A figure of which something else than the server was the limit is given too, as a lower bound with the
    reason and what to do.
    """
    found = saturation(run.data, arm)
    if found is None:
        return None
    limit = bound(found, run.data.manifest)
    return ThroughputSummary(
        rps=_estimate(run, arm, THROUGHPUT),
        at_least=limit is not None and limit.lower,
        reason=limit.reason if limit else "",
        cores=found.cores,
        app_busy=found.app_busy,
        generator_busy=found.generator_busy,
        store_busy=found.store_busy if _has_store_process(run, arm) else None,
        cpu_app_us=_estimate(run, arm, "cpu_app_us"),
        cpu_total_us=_estimate(run, arm, "cpu_total_us"),
    )


def _estimate(run: JudgedRun, arm: str, column: str) -> Estimate:
    """Mean over the slices, with the interval of saturated cycles nested in generations."""
    known = run.data.by_saturated_slice(arm, column)
    if known.empty:
        return Estimate(reason="it could not be read, or nothing was completed")
    return from_replicates(by_generation(known))


def _has_store_process(run: JudgedRun, arm: str) -> bool:
    """Whether the arm asks the store whose CPU is read: a store behind SQL is another process, or none."""
    card = run.data.manifest.cards.get(arm)
    return arm in run.data.with_store and (card is None or card.store == "redis")


def store_busy(run: JudgedRun, arm: str, records: Sequence[SliceRecord]) -> float | None:
    """Share of one core that the arm's store used in these slices; None without one, or if not readable."""
    if not _has_store_process(run, arm):
        return None
    window_ns = sum(record.window_ns for record in records)
    used = [record.store_cpu_ns for record in records if record.store_cpu_ns is not None]
    return sum(used) / window_ns if window_ns and len(used) == len(records) else None
