"""The report of `authbench revoke`: how long a credential still worked after it was revoked.

Written to results/security/<run_id>/revocation.json. Windows are seconds from the return of the call that
revokes to the last moment at which a request could be sent and was accepted. A bound that is null is open:
the end was not seen.
"""

from typing import Literal

from pydantic import Field

from authbench.contracts.records import Record
from authbench.contracts.security.report import SecurityReport
from authbench.contracts.security.timeline import Revocation

RowVerdict = Literal["as declared", "longer than declared", "came back", "nothing shown"]
"""longer than declared: an accepted request was sent later than the card allows. came back: a credential was
refused and then accepted, and the card does not say so. nothing shown: no revocation could be judged."""


class Bounds(Record):
    """A window that is known as an interval, in seconds; `low` and `high` enclose it with 95 % confidence."""

    at_least_s: float
    at_most_s: float | None
    low_s: float | None = Field(description="null: too few revocations for an interval")
    high_s: float | None = Field(description="null: too few revocations, or its end was not seen")


class Windows(Record):
    """Some revocations of one kind together."""

    revocations: int = Field(description="that were carried out")
    unknown: int = Field(description="of them, without a verdict: left out of all that follows")
    still_accepted: int = Field(description="accepted by the last probe that was answered")
    came_back: int = Field(description="refused, and accepted afterwards by the same worker process")
    came_back_below: float = Field(
        description="upper bound of the share that comes back, 95 %: 3 / n where none did (rule of three)"
    )
    median: Bounds | None
    p95: Bounds | None
    longest_at_least_s: float
    longest_at_most_s: float | None
    longest_covers: float = Field(
        description="the longest window is, with 95 % confidence, not below this quantile: 0.985 for 200"
    )
    probes: int = Field(description="sent after the call returned")
    late: int = Field(description="of them, accepted")
    late_below: float = Field(description="upper bound of the share of probes accepted, 95 %")
    unanswered: int = Field(description="of them, without a usable answer")
    longest_silence_s: float = Field(
        description="after a call, in which a worker process gave no usable answer: a window can hide in it"
    )


class Seen(Record):
    """One revocation: the evidence."""

    ending: Literal["refused", "accepted", "unknown"] = Field(description="as of the last probes")
    came_back: bool
    call_s: float = Field(description="how long the call took that revokes")
    life_s: float = Field(description="from the login to the last accepted request")
    at_least_s: list[float] = Field(description="by worker process")
    at_most_s: list[float | None] = Field(description="by worker process; null: no end was seen")
    probes: int = Field(description="after the call, of all worker processes")


class ConditionRow(Record):
    """The same kind under one condition."""

    workers: int
    store_rtt_ms: float
    windows: Windows
    seen: list[Seen]


class RevocationRow(Record):
    """One scheme, one kind of revocation."""

    scheme: str
    kind: Revocation
    declared_s: float = Field(description="longest window, under the settings that were measured")
    declared_usually_s: float = Field(description="the same under default settings")
    declares_revival: bool = Field(description="the card says that requests in flight bring it back")
    verdict: RowVerdict
    windows: Windows
    conditions: list[ConditionRow]
    failed: list[str] = Field(description="revocations that could not be carried out, and why")


class ControlRow(Record):
    """A server that is broken on purpose, and must be found."""

    scheme: str
    kind: Revocation
    must: Literal["longer than declared", "came back"]
    red: bool
    windows: Windows


class Lifetime(Record):
    """How long a credential was accepted in all, after a logout that does not end it."""

    settings: dict[str, float]
    declared_s: float
    life: Bounds | None = Field(description="from the login to the last accepted request; null: none seen")
    revocations: int


class Scaling(Record):
    """Windows scale with the lifetime: measured at two lifetimes of one scheme, and not assumed."""

    scheme: str
    lifetimes: list[Lifetime]
    holds: bool = Field(description="each life ends in the last second of its lifetime")


class RevocationReport(SecurityReport):
    """What `authbench revoke` found."""

    every_ms: float = Field(description="between two probes of one credential through one worker process")
    load_rps: float = Field(description="offered, reads of other users' credentials")
    load_accepted: float = Field(description="share of them that was accepted, key rotations included")
    store_added_ms: dict[str, float] = Field(description="distance asked for -> round trip as measured, ms")
    settings: dict[str, dict[str, float]] = Field(description="scheme -> lifetimes that were measured")
    left_out: list[str] = Field(description="what was not measured, and why")
    rows: list[RevocationRow]
    controls: list[ControlRow]
    scaling: Scaling | None = Field(description="null: no scheme whose window is its lifetime was measured")

    @property
    def void(self) -> list[ControlRow]:
        """Controls that were not found: what the rows say is worth nothing then."""
        return [control for control in self.controls if not control.red]

    @property
    def failed(self) -> list[RevocationRow]:
        """Rows in which a scheme does not keep its card."""
        return [row for row in self.rows if row.verdict in ("longer than declared", "came back")]
