"""Orders between two ends over messages that may be lost, repeated or overtaken: each arrives once, in order.

Pure: a clock is given, tokens go in and come out. Locust delivers a message at most once; an order that is
not acknowledged is sent again.
"""

from collections.abc import Callable
from dataclasses import dataclass

from authbench.contracts.workers.hub_protocol import Traffic
from loadtests.distributed.messages import Envelope, Kind, Refused, Seal

RESEND_S = 1.0
"""Until an order that is not acknowledged is sent again; twice as long each time after that."""
SILENCE_S = 10.0
"""Without any message of the other end, which sends one every ALIVE_S: it is lost."""
ALIVE_S = 2.0
_REPLAY_WINDOW = 4096
"""Serial numbers that are remembered; what is older than all of them is refused (as in RFC 4303, 3.4.3)."""
_AHEAD_MAX = 1024
"""Orders that may arrive before one that is missing."""


class SerialNumbers:
    """Those of one sender's tokens, each taken once."""

    def __init__(self) -> None:
        self._taken: set[int] = set()
        self._highest = -1
        self._count = 0

    @property
    def missing(self) -> int:
        """How many below the highest one that was taken were not; the first number is 1."""
        return max(0, self._highest - self._count)

    @property
    def count(self) -> int:
        """How many were taken."""
        return self._count

    def take(self, serial: int) -> None:
        """Refused if it was taken before, or is too old to know."""
        if serial in self._taken or serial <= self._highest - _REPLAY_WINDOW:
            raise Refused("it was sent before (a replay)")
        self._taken.add(serial)
        self._count += 1
        if serial > self._highest:
            self._highest = serial
            if len(self._taken) > 2 * _REPLAY_WINDOW:
                self._taken = {each for each in self._taken if each > serial - _REPLAY_WINDOW}


@dataclass
class _Said:
    """An order that is not acknowledged yet."""

    kind: Kind
    line: str
    due_s: float
    wait_s: float = RESEND_S


class Conversation:
    """One end's view of both directions."""

    def __init__(self, seal: Seal, run: str, own: str, other: str, clock: Callable[[], float]) -> None:
        """`clock` gives seconds of a monotonic clock."""
        self._seal = seal
        self._run, self._own, self._other = run, own, other
        self._clock = clock
        self._heard_at_s = clock()
        self._serials = SerialNumbers()
        self._serial = 0
        self._resent = 0
        self._said: dict[int, _Said] = {}
        self._numbers = 0
        self._received = 0
        self._ahead: dict[int, tuple[Kind, str]] = {}
        self._owes = False

    @property
    def settled(self) -> bool:
        """Whether everything that was said has arrived."""
        return not self._said

    @property
    def traffic(self) -> Traffic:
        """What this end has counted so far."""
        return Traffic(
            sent=self._serial,
            heard=self._serials.count,
            missing=self._serials.missing,
            resent=self._resent,
        )

    @property
    def silent_s(self) -> float:
        """Seconds without a message of the other end."""
        return self._clock() - self._heard_at_s

    def say(self, kind: Kind, line: str = "") -> None:
        """Have an order sent, at the next `outgoing` and until it is acknowledged."""
        self._said[self._numbers] = _Said(kind, line, self._clock())
        self._numbers += 1

    def hear(self, envelope: Envelope) -> list[tuple[Kind, str]]:
        """Take a message; the orders that can be carried out now, in the order in which they were said.

        Refused for a message of another run or pair, and for one that was taken before.
        """
        if (envelope.run, envelope.sender, envelope.to) != (self._run, self._other, self._own):
            raise Refused("it belongs to another run, or is for somebody else")
        self._serials.take(envelope.serial)
        self._heard_at_s = self._clock()
        for number in [each for each in self._said if each < envelope.received]:
            del self._said[number]
        if envelope.number is None:
            return []
        self._owes = True
        if self._received <= envelope.number < self._received + _AHEAD_MAX:
            self._ahead[envelope.number] = envelope.kind, envelope.content
        orders = []
        while self._received in self._ahead:
            orders.append(self._ahead.pop(self._received))
            self._received += 1
        return orders

    def outgoing(self) -> list[bytes]:
        """The tokens to send now: what is due, or else the acknowledgement of what arrived."""
        now_s = self._clock()
        tokens = []
        for number, said in self._said.items():
            if said.due_s <= now_s:
                self._resent += said.wait_s > RESEND_S
                tokens.append(self._close(said.kind, said.line, number))
                said.due_s = now_s + said.wait_s
                said.wait_s *= 2
        if self._owes and not tokens:
            tokens.append(self._close("acknowledgement"))
        self._owes = False
        return tokens

    def _close(self, kind: Kind, line: str = "", number: int | None = None) -> bytes:
        self._serial += 1
        return self._seal.close(
            Envelope(
                run=self._run,
                sender=self._own,
                to=self._other,
                serial=self._serial,
                kind=kind,
                number=number,
                received=self._received,
                content=line,
            )
        )
