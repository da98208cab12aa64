"""What was full while one arm was saturated: the server's processor, the generator's, or the store."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from analysis.data.run import RunData
from authbench.contracts.records import Placement, SliceRecord


@dataclass(frozen=True)
class Saturation:
    """Slices of one arm, pooled: the kernel counts in steps of 10 ms, so one says little.

    A share is of a processor's wall time minus what its host stole. None: not readable.
    """

    slices: int
    requests: int
    """Sent, housekeeping included."""
    failed: int
    """Requests sent that were not accepted."""
    cores: int
    """Processors that the server's processes could fill."""
    app_busy: float
    """Of them, by the processes' own clocks."""
    generator_busy: float
    """Of the busiest generator's processor."""
    store_busy: float | None
    """CPU of the store by wall time: of one core."""
    app_processors_busy: float | None
    """The server's processors with whatever ran there, by the kernel's own account."""
    generator_processors_busy: float | None
    outside_rps: float
    """Requests that clients saw answered, by the seconds that the server's processors gave it."""
    inside_rps: float
    """Requests that the server counted, by its seconds of CPU: the inverse of CPU per request."""

    @property
    def failed_share(self) -> float:
        return self.failed / self.requests if self.requests else 0.0


def valid_saturated(run: RunData, arm: str) -> list[SliceRecord]:
    """Give an arm's valid saturated slices, in the order measured."""
    return [one.measured for one in run.saturated if one.measured.arm == arm and not one.void_because]


def saturation(run: RunData, arm: str) -> Saturation | None:
    """Pool the arm's valid saturated slices; None where there is none, or no time to divide by."""
    workers = next(one.condition.workers for one in run.manifest.experiment.arms if one.label == arm)
    return pool(valid_saturated(run, arm), run.manifest.placement, workers)


def pool(records: Sequence[SliceRecord], placement: Placement | None, workers: int) -> Saturation | None:
    """Pool some slices of one arm, whose server has so many processes; None: no time to divide by."""
    app = placement.app if placement else []
    cores = max(1, min(workers, len(app)))
    given_ns = sum(_given_ns(record, app) for record in records)
    app_cpu_ns = sum(record.app_cpu_ns or 0 for record in records)
    if given_ns <= 0 or app_cpu_ns <= 0:
        return None
    generator = placement.generator if placement else []
    generator_given_ns = sum(_given_ns(record, generator, max) for record in records)
    window_ns = sum(record.window_ns for record in records)
    store_ns = [record.store_cpu_ns for record in records if record.store_cpu_ns is not None]
    return Saturation(
        slices=len(records),
        requests=sum(record.sent for record in records),
        failed=sum(record.sent - record.accepted for record in records),
        cores=cores,
        app_busy=app_cpu_ns / (given_ns * cores),
        generator_busy=sum(map(_busiest_ns, records)) / max(1.0, generator_given_ns),
        store_busy=sum(store_ns) / window_ns if len(store_ns) == len(records) else None,
        app_processors_busy=_processors_busy(records, app),
        generator_processors_busy=_processors_busy(records, generator),
        outside_rps=sum(record.completed for record in records) * 1e9 / (given_ns * cores),
        inside_rps=sum(record.server_requests or 0 for record in records) * 1e9 / app_cpu_ns,
    )


def _mean(shares: Collection[float]) -> float:
    return sum(shares) / len(shares)


def _given_ns(
    record: SliceRecord, cpus: Collection[int], of: Callable[[Collection[float]], float] = _mean
) -> float:
    """Wall time of the slice that a processor gave: the rest was stolen. `of`: which of several is meant."""
    stolen = [share for cpu, share in record.steal.items() if cpu in cpus]
    return record.window_ns * (1 - of(stolen)) if stolen else float(record.window_ns)


def _busiest_ns(record: SliceRecord) -> int:
    busiest_ns = record.generator_busiest_ns
    return record.generator_cpu_ns if busiest_ns is None else busiest_ns


def _processors_busy(records: Sequence[SliceRecord], cpus: Collection[int]) -> float | None:
    """Share of these processors' time that anything at all used; None where the kernel did not tell."""
    given_ns = sum(_given_ns(record, cpus) for record in records) * len(cpus)
    accounts = [record.busy_ns for record in records if record.busy_ns is not None]
    if len(accounts) < len(records) or given_ns <= 0:
        return None
    return sum(busy_ns.get(cpu, 0) for busy_ns in accounts for cpu in cpus) / given_ns
