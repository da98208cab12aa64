"""A wire between two pure ends, with a clock that a test sets."""

from collections.abc import Iterable

from cryptography.fernet import Fernet

from loadtests.distributed.conversation import Conversation
from loadtests.distributed.messages import Seal

KEY = Fernet.generate_key()
SEAL = Seal(KEY)


class Clock:
    """Seconds, set by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def two(clock: Clock) -> tuple[Conversation, Conversation]:
    return Conversation(SEAL, "run", "a", "b", clock), Conversation(SEAL, "run", "b", "a", clock)


def lines(orders: Iterable[tuple[str, str]]) -> list[str]:
    return [line for _, line in orders]
