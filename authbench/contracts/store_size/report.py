"""The report of `authbench size-store`: a store's memory as read while logins are added, nothing derived.

results/store-size/<run_id>/store-size.json. `analysis.data.store_sizes` makes bytes per login of the
readings. Sizes are bytes that the store itself counts as used (INFO memory), without the buffers of its
clients.
"""

from enum import StrEnum

from pydantic import Field

from authbench.contracts.records import Record
from authbench.contracts.security.report import SecurityReport


class Added(StrEnum):
    """What was added to the store, or taken from it, between two readings of a series."""

    LOGIN = "login of a new user"
    TWO_LOGINS = "two logins of a new user"
    INDEX = "index of a user with one login"
    INDEX_OF_TWO = "index of a user with two logins"
    ENDED = "login that was ended"
    """What stays of it: an entry of a deny list."""
    ANOTHER_LOGIN = "another login of a user"
    """Reports of before 28 November 2026 have it, and no figure is made of it: it was read on top of all
    other logins, where no hash table doubled, so it lacks the slots that a login takes."""


class Series(Record):
    """Memory over the number of such entries, in the order it was read; the first count may be 0."""

    added: Added
    counts: list[int]
    sizes_bytes: list[int] = Field(description="of the whole store, at each count")
    control: bool = Field(
        default=False,
        description="the last count is far beyond the others and no part of a fit: it checks the fit",
    )


class KeyKind(Record):
    """Keys of one kind, as the scheme wrote them: a sample."""

    kind: str = Field(description="what stands before a key's own part: 'family', 'sessions-of', '' for none")
    type: str = Field(description="the store's word: string, hash, zset")
    encoding: str = Field(description="the store's word: embstr, raw, listpack")
    sampled: int
    usage_bytes: float = Field(description="mean of MEMORY USAGE, which counts no slot of a hash table")


class OperationCost(Record):
    """What one operation costs the store under load, with all logins in it."""

    operation: str
    requests: int
    failed: int
    calls: dict[str, int] = Field(description="commands that the store counted, by name; scripts' own too")
    usec: dict[str, int] = Field(description="microseconds that the store says it spent in them")
    cpu_ns: int | None = Field(
        description="CPU time of the store's process meanwhile; None: not ours to read"
    )

    @property
    def commands(self) -> int:
        """Commands of all names."""
        return sum(self.calls.values())


class SizedScheme(Record):
    """One scheme with one size of session data."""

    scheme: str
    payload_bytes: int = Field(description="data in each session or token")
    payload_stored: bool = Field(description="the store has that data; false: the token carries it")
    series: list[Series]
    kinds: list[KeyKind]
    costs: list[OperationCost]
    fragmentation: float | None = Field(description="mem_fragmentation_ratio with all logins in it")
    fill_s: float = Field(description="how long it took to add the logins")

    def series_of(self, added: Added) -> Series | None:
        """The readings while that was added; None: there are none."""
        return next((one for one in self.series if one.added is added), None)


class Evicted(Record):
    """A store was given twice the logins it may keep; then each user came once, and some logged in."""

    scheme: str
    policy: str = Field(description="maxmemory-policy")
    limit_bytes: int = Field(description="maxmemory: what half of the logins took")
    used_bytes: int = Field(description="in use after all of them: scripts may write beyond the limit")
    evicted_keys: int = Field(description="as the store counts them: records and indexes")
    presented: int = Field(description="users who came again, each once")
    logged_out: int = Field(description="of them, answered with 401")
    unanswered: int = Field(description="of them, neither 200 nor 401")
    logins: int = Field(description="with a password, tried while the store was full")
    refused_logins: int = Field(description="of them, not answered with 200")


class StoreSizeReport(SecurityReport):
    """What `authbench size-store` read."""

    logins: int = Field(description="live logins that were added, the control's count")
    store_config: list[str] = Field(
        default=[], description="lines of the store's configuration that differ from its defaults"
    )
    schemes: list[SizedScheme]
    evictions: list[Evicted]
    left_out: list[str] = Field(description="what was not measured, and why")
