"""Standard output and standard error whose reader goes away, as with `| head`, or that have no room left."""

import io
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Patient(io.FileIO):
    """Takes everything: what cannot be written is lost, and why is remembered."""

    reason: OSError | None = None

    def write(self, content: "ReadableBuffer", /) -> int:
        try:
            return super().write(content)
        except OSError as error:
            self.reason = error
            return memoryview(content).nbytes


def outlive_readers() -> None:
    """Let the work go on to its own end and exit code when nobody reads what it prints any more."""
    # None: closed by whoever started us. Python prints nothing then.
    sys.stdout = sys.stdout and _patient(sys.stdout)
    sys.stderr = sys.stderr and _patient(sys.stderr)


def lost_output() -> OSError | None:
    """Why output was lost that somebody waits for, as on a full disk; None: none was."""
    sys.stdout and sys.stdout.flush()
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    reason = raw.reason if isinstance(raw, _Patient) else None
    return None if isinstance(reason, BrokenPipeError) else reason


def _patient(stream: TextIO) -> TextIO:
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Patient(stream.fileno(), "w", closefd=False)),
        stream.encoding,
        stream.errors,
        # As Python's own: whole lines are seen at once on a terminal, and errors everywhere.
        line_buffering=stream.isatty() or stream is sys.stderr,
    )
