"""Signals that end a command: the first one interrupts it, so that it cleans up; further ones are ignored."""

import signal
from types import FrameType

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def let_signals_interrupt() -> None:
    """Turn SIGINT, SIGTERM and SIGHUP into one KeyboardInterrupt. A signal that is ignored stays so."""
    for number in _STOPS:
        # nohup ignores SIGHUP for its command, and a shell SIGINT for a job in its background.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    """Start cleaning up, and ignore further signals: they must not interrupt that."""
    for number in _STOPS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
