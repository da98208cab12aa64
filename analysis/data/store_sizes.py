"""Bytes of a login, of a user's index and of an ended login, from what `authbench size-store` read.

A figure is the slope of the store's memory over the number of entries, over numbers on both sides of powers
of two; the last number of a series of logins is a control that the fit has not seen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.statistics.estimate import Estimate
from analysis.statistics.line import Line, line_through
from authbench.contracts.failure import Failure
from authbench.contracts.security.report import Kind, read_security_report, security_reports
from authbench.contracts.store_size.report import Added, Series, SizedScheme, StoreSizeReport


@dataclass(frozen=True)
class Control:
    """The fit at a number that it has not seen."""

    fitted_to: int
    count: int
    predicted: float
    low: float
    high: float
    measured: int

    @property
    def differs(self) -> float:
        """The prediction by what was measured, minus 1."""
        return self.predicted / self.measured - 1


@dataclass(frozen=True)
class Entry:
    """What one entry of a kind takes, and up to how many were measured."""

    bytes_each: Estimate
    counted_to: int
    run_id: str
    store: str | None


def fitted(series: Series) -> Line | None:
    """The line through all readings but the control and that of an empty store; None: there are too few.

    An empty store has just answered a server that starts, and no login: it may hold buffers that it gives
    back later, as much as hundreds of logins take.
    """
    first = 1 if series.counts[0] == 0 else 0
    last = -1 if series.control else len(series.counts)
    return line_through(series.counts[first:last], series.sizes_bytes[first:last])


def slope(series: Series | None) -> Estimate:
    """Bytes of one entry with their 95 % interval, which contains what the control's readings give as well.

    A store grows in steps, so a fit can be off by more than its own interval says.
    """
    line = fitted(series) if series is not None else None
    if series is None or line is None:
        return Estimate(reason="it was not measured")
    found = line.slope_estimate
    if not series.control or found.low is None or found.high is None:
        return found
    seen = (series.sizes_bytes[-1] - line.start) / series.counts[-1]
    return Estimate(value=found.value, low=min(found.low, seen), high=max(found.high, seen))


def control(series: Series) -> Control | None:
    """What the fit says of the last count; None: the series has no such."""
    line = fitted(series)
    if line is None or not series.control:
        return None
    predicted, low, high = line.predict(series.counts[-1])
    return Control(series.counts[-2], series.counts[-1], predicted, low, high, series.sizes_bytes[-1])


def another_login(sized: SizedScheme) -> Estimate:
    """Bytes of a user's further login: two logins of a new user, less one."""
    return _less(slope(sized.series_of(Added.TWO_LOGINS)), slope(sized.series_of(Added.LOGIN)))


def index_entry(sized: SizedScheme) -> Estimate:
    """Bytes that a further login adds to its user's index: an index of two, less one of one."""
    return _less(slope(sized.series_of(Added.INDEX_OF_TWO)), slope(sized.series_of(Added.INDEX)))


def _less(of: Estimate, less: Estimate) -> Estimate:
    """The difference of two slopes that were read apart: half-widths add up as independent errors do."""
    if None in (of.value, of.low, of.high, less.value, less.low, less.high):
        return Estimate(reason="it was not measured")
    ends = [end or 0.0 for end in (of.value, of.low, of.high, less.value, less.low, less.high)]
    value = ends[0] - ends[3]
    below = math.hypot(ends[0] - ends[1], ends[5] - ends[3])
    above = math.hypot(ends[2] - ends[0], ends[3] - ends[4])
    return Estimate(value=value, low=value - below, high=value + above)


class StoreSizes:
    """What several reports know: of each scheme the one with the most logins, the newest of equals."""

    def __init__(self, reports: Sequence[StoreSizeReport]) -> None:
        """`reports`: the oldest first. Those of a store that was configured otherwise are left out: a run's
        store is not.
        """
        self._found: dict[tuple[str, int | None, Added], Entry] = {}
        for report in (one for one in reports if not one.store_config):
            for sized in report.schemes:
                for series in sized.series:
                    if series.added is not Added.ANOTHER_LOGIN:
                        self._keep(report, sized, series)

    def _keep(self, report: StoreSizeReport, sized: SizedScheme, series: Series) -> None:
        added, each = series.added, slope(series)
        if added is Added.TWO_LOGINS:
            added, each = Added.ANOTHER_LOGIN, another_login(sized)
        key = (sized.scheme, sized.payload_bytes if sized.payload_stored else None, added)
        known, highest = self._found.get(key), series.counts[-1]
        if each.value is not None and (known is None or known.counted_to <= highest):
            self._found[key] = Entry(each, highest, report.header.run_id, report.header.store)

    def entry(self, scheme: str, payload_bytes: int, added: Added) -> Entry | None:
        """The entry of that kind with that much session data; None: it was not measured."""
        stored = self._found.get((scheme, payload_bytes, added))
        return stored or self._found.get((scheme, None, added))


def store_sizes_in(results: Path) -> StoreSizes | None:
    """All reports below the results folder; None where there are none. Failure for a damaged one."""
    paths = security_reports(results, Kind.STORE_SIZE)
    return StoreSizes([read_security_report(path, StoreSizeReport) for path in paths]) if paths else None


def read_store_sizes(results: Path, asked: Path | None = None) -> StoreSizes | None:
    """Read the reports below `asked`, else those below `results`, else the committed ones; None without any.

    Failure where a folder was asked for that has none.
    """
    if asked is None:
        return store_sizes_in(results) or store_sizes_in(results / "reference")
    found = store_sizes_in(asked)
    if found is None:
        raise Failure(
            f"{asked}: no report of store sizes there: authbench size-store --results {asked} writes one"
        )
    return found
