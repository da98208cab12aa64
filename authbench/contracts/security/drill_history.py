"""What clients of one scheme saw during a failure drill: every operation, when, and how it ended.

The load (`loadtests.history`) writes it down, `analysis.drills` judges it. Times are nanoseconds of
CLOCK_MONOTONIC, from the moment the clients began.
"""

from enum import StrEnum

from pydantic import Field

from authbench.contracts.card import Card
from authbench.contracts.records import Record

OUTSIDE_NS = 1 << 62
"""Due time of what is done before the load and after it: of no bin, and of no percentile."""


class Effect(StrEnum):
    """What a drill does to the server, and therefore what its card promises meanwhile or afterwards."""

    UNREACHABLE = "store out of reach"
    """For the whole failure; afterwards it has all it had. `store_loss` of the card."""
    EMPTIED = "store emptied"
    """It loses everything, at the failure's beginning or before it is there again. `store_emptied`."""
    LOSES_SOME = "store loses some"
    """Records are gone, which ones nobody chose."""
    IMPAIRED = "store impaired"
    """It is slow, or refuses writes; it loses nothing."""
    PROCESS_LOST = "process lost"
    """The server's own process ends, with what it had in its memory. The store is not touched."""
    NONE = "nothing is lost"
    """Nobody should notice."""


class Act(StrEnum):
    """What a client does. All but PUBLIC belong to a login."""

    PUBLIC = "public"
    """GET /public: no credential, the same process."""
    READ = "read"
    """GET /me with the login's credential, whether it is alive or was ended."""
    LOGIN = "login"
    END = "end"
    """Log out, in the way that reaches farthest at this scheme."""
    REFRESH = "refresh"
    ORDER = "order"
    """POST /orders; its number is in `orders` once it is acknowledged."""
    LIST = "list"
    """GET /orders; the numbers found are in `orders`."""


class Answer(StrEnum):
    """How an operation ended, as its client saw it. A third outcome beside yes and no (Jepsen's `info`)."""

    YES = "yes"
    """The status of acceptance, with the right body."""
    NO = "no"
    """401 or 403, or 400 for a refresh token: the server says the login is not good."""
    UNAVAILABLE = "unavailable"
    """Any other status. A write may have been carried out all the same, as far as its client knows."""
    UNKNOWN = "unknown"
    """No reply: not sent, cut off, or given up. It may have been carried out."""
    WRONG = "wrong"
    """The status of acceptance, with the body of somebody else."""


UNSURE = frozenset({Answer.UNAVAILABLE, Answer.UNKNOWN})
"""Answers after which a write may have been carried out."""


class Event(Record):
    """One operation, from its invocation to its outcome."""

    act: Act
    login: int = Field(
        default=-1, description="number of the login it is about; -1: of none, or of a failed one"
    )
    due_ns: int = Field(description="when it should have been sent; OUTSIDE_NS: before or after the load")
    sent_ns: int
    done_ns: int
    status: int = Field(default=0, description="0: no reply")
    answer: Answer
    orders: tuple[int, ...] = ()

    @property
    def outside(self) -> bool:
        """Whether it is no part of the load."""
        return self.due_ns == OUTSIDE_NS


class History(Record):
    """Everything the clients of one scheme saw in one drill."""

    scheme: str
    card: Card
    effect: Effect
    deadline_ms: float = Field(description="the server's deadline for one call of its store")
    slo_ms: float = Field(description="response time that p99 of a bin may have, from when a request was due")
    load_began_ns: int
    failure_began_ns: int
    failure_ended_ns: int
    over_by_itself: bool = Field(
        default=False,
        description="whether something else than the drill ended the failure, such as a sentinel that "
        "promoted a replica: reads must be answered a deadline of the store later",
    )
    load_ended_ns: int
    load_late_ms: float = Field(
        default=0, description="by how much the clients themselves were late at most, from the failure on"
    )
    seeded: int = Field(description="logins 0 to seeded - 1 were there before the clients began")
    end_window_s: float = Field(
        description="seconds after an acknowledged END for which the card still lets a READ in"
    )
    cache_s: float = Field(
        description="seconds for which a cache of the scheme may answer in place of its store"
    )
    events: tuple[Event, ...]
