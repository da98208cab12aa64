"""What the readings of `authbench size-store` mean: rows of its tables, and sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.capacity.demand import demand_at
from analysis.capacity.document import figure
from analysis.capacity.formulas import store_bytes
from analysis.data.store_sizes import another_login, control, index_entry, slope
from analysis.statistics.estimate import Estimate
from analysis.validity.extrapolation import beyond
from authbench.contracts.store_size.report import Added, Evicted, OperationCost, SizedScheme, StoreSizeReport
from authbench.words.counting import counted

_GIB = 2**30
SIZE_HEADS = (
    "scheme",
    "session data",
    "a login [95 %]",
    "of it index",
    "another login",
    "of it index [95 %]",
    "an ended login [95 %]",
    "control",
)
COST_HEADS = ("scheme", "session data", "operation", "commands", "us per command", "us per operation")
NEED_HEADS = ("scheme", "session data", "in use [95 %]", "to provide [95 %]", "1 GiB in use holds")
EVICTION_HEADS = ("policy", "keys evicted", "users logged out", "logins refused", "in use / limit")


_UNPACKED = (
    ", because its members are longer than the store packs (zset-max-listpack-value, 64 bytes by default); "
    "what it takes packed: --store-config 'zset-max-listpack-value 128'"
)


@dataclass(frozen=True)
class Need:
    """What a number of live logins needs of the store."""

    used_bytes: Estimate
    provided_bytes: Estimate
    refused: str
    """Why the figures may not be used; empty: they may."""


def need(sized: SizedScheme, logins: int) -> Need:
    """Memory of so many live logins: what they take, and what a plan provides for it."""
    each, demand = slope(sized.series_of(Added.LOGIN)), demand_at(1)
    reserve, fragmentation = demand.store_reserve_share, demand.store_fragmentation

    def scaled(factor: float) -> Estimate:
        ends = {name: getattr(each, name) for name in ("value", "low", "high")}
        return Estimate(**{name: None if end is None else end * factor for name, end in ends.items()})

    provided = float(store_bytes(float(logins), 1.0, fragmentation, reserve))
    return Need(scaled(logins), scaled(provided), beyond("live logins", logins, _counted_to(sized)))


def _counted_to(sized: SizedScheme) -> int | None:
    series = sized.series_of(Added.LOGIN)
    return series.counts[-1] if series else None


def size_rows(report: StoreSizeReport) -> list[list[str]]:
    """Bytes of each kind of entry, and the control: a row for each scheme and size of its data."""
    rows = []
    for sized in report.schemes:
        logins = sized.series_of(Added.LOGIN)
        checked = control(logins) if logins else None
        rows.append(
            [
                *_name(sized),
                interval(slope(logins)),
                _whole(slope(sized.series_of(Added.INDEX))),
                _whole(another_login(sized)),
                interval(index_entry(sized)),
                interval(slope(sized.series_of(Added.ENDED))),
                f"{checked.differs:+z.1%}" if checked else "-",
            ]
        )
    return rows


def cost_rows(report: StoreSizeReport) -> list[list[str]]:
    """What an operation costs the store: commands, CPU of each and of all."""
    return [
        [*_name(sized), cost.operation, _commands(cost), *_cpu(cost)]
        for sized in report.schemes
        for cost in sized.costs
        if cost.requests
    ]


def need_rows(report: StoreSizeReport, logins: int) -> list[list[str]]:
    """What so many live logins need with each scheme."""
    rows = []
    for sized in report.schemes:
        found = need(sized, logins)
        cells = [_size(found.used_bytes), _size(found.provided_bytes)]
        if found.refused:
            cells = ["refused", "refused"]
        rows.append([*_name(sized), *cells, _ceiling(sized)])
    return rows


def _ceiling(sized: SizedScheme) -> str:
    """Logins that take a GiB, extrapolated no further than rule V25 allows."""
    each = slope(sized.series_of(Added.LOGIN)).value
    if not each:
        return "-"
    refused = beyond("live logins", _GIB / each, _counted_to(sized))
    return "refused: not measured so far" if refused else f"{_GIB / each:,.0f}"


def eviction_rows(report: StoreSizeReport) -> list[list[str]]:
    """What a full store did, by policy."""
    return [
        [
            one.policy,
            f"{one.evicted_keys:,}",
            f"{one.logged_out:,} of {one.presented:,}",
            f"{one.refused_logins} of {one.logins}",
            f"{one.used_bytes / one.limit_bytes:.0%}",
        ]
        for one in report.evictions
    ]


def answer(report: StoreSizeReport, logins: int) -> str:
    """The answer in one sentence: what so many logins need with each scheme, without session data."""
    told, refused = [], ""
    for sized in report.schemes:
        found = need(sized, logins)
        refused = refused or found.refused
        if sized.payload_bytes == min(one.payload_bytes for one in report.schemes):
            told.append(f"{sized.scheme} {_size(found.used_bytes)}")
    if not told:
        return "Nothing was measured."
    if refused:
        return (
            f"No answer for {counted(logins, 'live login', form=',')}: {refused}. Measure more with "
            f"--sessions."
        )
    return f"{counted(logins, 'live login', form=',')} take in the store: {'; '.join(told)} [95 %]."


def sentences(report: StoreSizeReport, logins: int) -> Iterator[str]:
    """What the tables do not say."""
    demand = demand_at(1)
    yield (
        f"So what: provide {1 + demand.store_fragmentation:g} / {1 - demand.store_reserve_share:g} of what "
        f"{counted(logins, 'login', form=',')} take ({demand.store_fragmentation:.0%} for the allocator, "
        f"{demand.store_reserve_share:.0%} kept free for forking and buffers), and as much for each replica. "
        "authbench plan does it with your own shares."
    )
    yield (
        "A figure is the slope of the store's memory over the number of entries, on both sides of powers of "
        "two, at which hash tables double. Control: how far the line is off at "
        f"{counted(report.logins, 'login', form=',')}, twice what it saw."
    )
    if report.store_config:
        yield f"The store is configured otherwise: {'; '.join(report.store_config)}. No plan rests on this."
    yield from _about_indexes(report.schemes)
    for one in report.evictions:
        yield _about(one)
    for sized in report.schemes:
        for cost in sized.costs:
            if cost.failed:
                yield (
                    f"{sized.scheme}: {cost.failed} of {cost.requests} {cost.operation} requests failed: "
                    "their cost says little."
                )
    for text in report.left_out:
        yield f"Left out: {text}."


def _about_indexes(schemes: Sequence[SizedScheme]) -> Iterator[str]:
    """Where most of a login's bytes are its user's index, and how the store keeps that."""
    told = set()
    for sized in schemes:
        each, index = (slope(sized.series_of(added)).value for added in (Added.LOGIN, Added.INDEX))
        if each is None or index is None or index < each / 2 or sized.scheme in told:
            continue
        told.add(sized.scheme)
        kinds = [kind for kind in sized.kinds if kind.type == "zset"]
        how = f", which the store keeps as a {kinds[0].encoding}" if kinds else ""
        more = _UNPACKED if kinds and kinds[0].encoding == "skiplist" else ""
        yield f"{sized.scheme}: {index / each:.0%} of a user's first login is the user's index{how}{more}."


def _about(one: Evicted) -> str:
    """What a full store under one policy did to users, in words."""
    share = one.logged_out / one.presented if one.presented else 0.0
    full = f"A full store under {one.policy} ({one.scheme}):"
    if one.evicted_keys == 0 and one.refused_logins:
        return (
            f"{full} nobody is logged out, and {one.refused_logins} of "
            f"{counted(one.logins, 'new login')} are refused."
        )
    return (
        f"{full} {share:.0%} of the users are answered with 401 the next time they come, for "
        f"{counted(one.evicted_keys, 'key', form=',')} evicted; {one.refused_logins} of "
        f"{counted(one.logins, 'new login')} are refused."
    )


def _whole(of: Estimate) -> str:
    return "-" if of.value is None else f"{of.value:z,.0f}"


def interval(of: Estimate) -> str:
    """'1,309 [1,296, 1,322]'; a dash where there is none."""
    if of.value is None or of.low is None or of.high is None:
        return "-"
    return f"{of.value:z,.0f} [{of.low:z,.0f}, {of.high:z,.0f}]"


def _name(sized: SizedScheme) -> list[str]:
    return [sized.scheme, f"{sized.payload_bytes:,} B" if sized.payload_stored else "in the token"]


def _size(of: Estimate) -> str:
    if of.value is None:
        return "-"
    return f"{figure(of.value, 'bytes')} [{figure(of.low, 'bytes')}, {figure(of.high, 'bytes')}]"


def _commands(cost: OperationCost) -> str:
    """'evalsha 1, getdel 1': commands of one operation."""
    return ", ".join(f"{name} {calls / cost.requests:g}" for name, calls in cost.calls.items()) or "none"


def _cpu(cost: OperationCost) -> tuple[str, str]:
    if cost.cpu_ns is None or not cost.commands:
        return "-", "-"
    us = cost.cpu_ns / 1000
    return f"{us / cost.commands:.1f}", f"{us / cost.requests:.1f}"
