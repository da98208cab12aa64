"""Bytes of a login, of a user's index and of an ended login, from what `authbench size-store` read.

A figure is the slope of the store's memory over the number of entries, over numbers on both sides of powers
of two; the last number of a series of logins is a control that the fit has not seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.statistics.estimate import Estimate
from analysis.statistics.line import Line, line_through
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
    """The line through all readings but the control; None: there are too few."""
    last = -1 if series.control else len(series.counts)
    return line_through(series.counts[:last], series.sizes_bytes[:last])


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
    seen = (series.sizes_bytes[-1] - series.sizes_bytes[0]) / (series.counts[-1] - series.counts[0])
    return Estimate(value=found.value, low=min(found.low, seen), high=max(found.high, seen))


def control(series: Series) -> Control | None:
    """What the fit says of the last count; None: the series has no such."""
    line = fitted(series)
    if line is None or not series.control:
        return None
    predicted, low, high = line.predict(series.counts[-1])
    return Control(series.counts[-2], series.counts[-1], predicted, low, high, series.sizes_bytes[-1])


def index_entry(sized: SizedScheme) -> Estimate:
    """Bytes that a further login adds to its user's index: another login, less a login without its index.

    All three are slopes; their intervals are added up, which is the widest that they can make.
    """
    another, first, index = (
        slope(sized.series_of(each)) for each in (Added.ANOTHER_LOGIN, Added.LOGIN, Added.INDEX)
    )
    ends = [another.low, another.high, first.low, first.high, index.low, index.high]
    if another.value is None or first.value is None or index.value is None or None in ends:
        return Estimate(reason="it was not measured")
    a_low, a_high, f_low, f_high, i_low, i_high = (end or 0.0 for end in ends)
    return Estimate(
        value=another.value - (first.value - index.value),
        low=a_low - (f_high - i_low),
        high=a_high - (f_low - i_high),
    )


class StoreSizes:
    """What several reports know: of each scheme the one with the most logins, the newest of equals."""

    def __init__(self, reports: Sequence[StoreSizeReport]) -> None:
        """`reports`: the oldest first."""
        self._found: dict[tuple[str, int | None, Added], Entry] = {}
        for report in reports:
            for sized in report.schemes:
                for series in sized.series:
                    self._keep(report, sized, series)

    def _keep(self, report: StoreSizeReport, sized: SizedScheme, series: Series) -> None:
        key = (sized.scheme, sized.payload_bytes if sized.payload_stored else None, series.added)
        known, highest, each = self._found.get(key), series.counts[-1], slope(series)
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
