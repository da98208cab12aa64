"""What `authbench drill` reports: for each drill and scheme, what a failure did to the scheme's users.

Durations are seconds or milliseconds, as their names say; moments are counted from the failure's beginning.
"""

from typing import Literal

from pydantic import Field

from authbench.contracts.card import StoreEmptied, StoreLoss
from authbench.contracts.records import Record
from authbench.contracts.security.drill_history import Effect
from authbench.contracts.security.report import SecurityReport

BIN_MS = 100


class Proof(Record):
    """One observation, apart from the load, that the failure took place, or was over."""

    what: str
    seen: str
    acted: bool = Field(description="whether it is what the drill wants to have caused")


class Bin(Record):
    """`BIN_MS` milliseconds of the load, by when requests were due."""

    start_ms: int = Field(description="from the failure's beginning; negative before it")
    success: int
    rejected: int = Field(description="401 and 403")
    unavailable: int = Field(description="5xx and every other status")
    no_reply: int
    in_flight: int = Field(description="sent before the bin's end, and without outcome then")
    p99_ms: float | None = Field(
        description="response time from when a request was due, logins apart; None: none"
    )


class Counted(Record):
    """Acknowledged writes: how many there were, or how many of them are lost."""

    logins: int = 0
    logouts: int = 0
    orders: int = 0

    @property
    def total(self) -> int:
        return self.logins + self.logouts + self.orders


class PublicEndpoint(Record):
    """/public, served by the same process without a credential: what the failure did to others."""

    requests: int
    failed: int
    p99_before_ms: float | None
    p99_during_ms: float | None
    unharmed: bool


class Objection(Record):
    """Something that must not be."""

    about: Literal[
        "card",
        "injection",
        "instrument",
        "recovery",
        "resumption",
        "hang",
        "public",
        "lost write",
        "fail open",
    ]
    sentence: str


class SchemeOutcome(Record):
    """What one drill did to the users of one scheme."""

    scheme: str
    not_run: str | None = Field(default=None, description="why the drill says nothing of this scheme")
    store_loss: StoreLoss | None = None
    store_emptied: StoreEmptied | None = None
    promised: str = Field(default="", description="what the card says of such a failure; empty: nothing")
    card_held: bool | None = Field(default=None, description="None: the card says nothing of such a failure")
    requests: int = 0
    failed: int = Field(default=0, description="neither granted nor refused: 5xx, no reply")
    wrongly_accepted: int = Field(
        default=0,
        description="requests let in with a login whose end had been acknowledged, during the load and after",
    )
    wrongly_rejected: int = Field(
        default=0, description="requests refused with a login that nobody had ended"
    )
    logged_out: int = Field(default=0, description="logins that nobody ended, and that are over")
    after_lost_refresh: int = Field(
        default=0,
        description="those of them whose client sent a refresh token again, since its first answer was lost: "
        "it looks stolen, and the refresh policy may end the login (RFC 9700 section 4.14.2)",
    )
    logins: int = Field(default=0, description="logins that should be alive at the end")
    detect_s: float | None = Field(default=None, description="until a client could notice; None: none could")
    recover_s: float | None = Field(
        default=None,
        description="from the failure's end to the first of three bins in a row with 99.9 % success and p99 "
        "within the objective; None: not within the load",
    )
    resumed_within_ms: float | None = Field(
        default=None,
        description="the store's deadline and a tenth: so long after the failure's end reads are answered "
        "again, where something else than the drill ended it, such as a sentinel; None: the drill ended it",
    )
    reads_after: int = Field(default=0, description="reads with a live login that were sent later than that")
    failed_after: int = Field(default=0, description="those of them that got neither yes nor no")
    longest_hang_ms: float = Field(default=0, description="longest time of a read or a refresh")
    hung: int = Field(default=0, description="reads and refreshes that took longer than `hang_limit_ms`")
    hang_limit_ms: float | None = Field(default=None, description="None: no store deadline bounds it")
    public: PublicEndpoint | None = None
    acknowledged: Counted = Counted()
    lost: Counted = Counted()
    timeline: tuple[Bin, ...] = ()
    objections: tuple[Objection, ...] = ()


class DrillOutcome(Record):
    """One drill, done to several schemes at once."""

    drill: str
    summary: str
    effect: Effect
    seed: int = Field(description="of the arrivals and of the moment of the failure")
    failure_s: float
    rate_rps: float = Field(description="offered to each scheme, open loop")
    not_shown: tuple[str, ...] = Field(
        default=(), description="why the drill shows nothing: the failure did not take place, or did not end"
    )
    load_late_p99_ms: float = Field(description="by how much the load itself sent late")
    proofs: tuple[Proof, ...]
    schemes: tuple[SchemeOutcome, ...]


class DrillReport(SecurityReport):
    """The report of `authbench drill`."""

    drills: tuple[DrillOutcome, ...]
