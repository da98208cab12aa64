"""Signals that end a command: the first one interrupts it, so that it cleans up; further ones are ignored."""

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import NoReturn

INTERRUPTED = "authbench: interrupted; nothing is left running, and no part counts as a whole"
_CODE = 130
"""`ExitCode.INTERRUPTED`, which is not imported here: until signals are heeded, nothing else is."""
_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_CLEANUPS: list[tuple[int, Callable[[], None]]] = []
"""What is to be done before this process ends at once, each with the process that asked for it."""


def end_at_signals() -> None:
    """Let SIGINT, SIGTERM and SIGHUP end the process at once, with one line and the exit code of a command.

    For a process that has started nothing yet, and imports modules for a second: an exception in the middle
    of an import is shown with its traceback, or lost where an import calls back. Ignored signals stay so.
    """
    for number in _heeded():
        signal.signal(number, _end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)


def hold_signals() -> None:
    """Hold back signals until `end_at_signals` in the program that this process becomes (execve(2))."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS)


def let_signals_interrupt() -> None:
    """Turn SIGINT, SIGTERM and SIGHUP into one KeyboardInterrupt. A signal that is ignored stays so."""
    for number in _heeded():
        signal.signal(number, _interrupt)


def exit_with(main: Callable[[list[str]], int], name: str) -> NoReturn:
    """Run `main` on the arguments of this program and exit with its code; once interrupted, with 130."""
    let_signals_interrupt()
    try:
        sys.exit(int(main(sys.argv[1:])))
    except KeyboardInterrupt:
        print(f"{name}: interrupted; nothing is left running", file=sys.stderr)
        sys.exit(_CODE)


@contextlib.contextmanager
def clean_up(undo: Callable[[], None]) -> Iterator[None]:
    """Call `undo` at the end of the block, also where a signal ends the process at once in it.

    `undo` must import nothing and must not fail. A process that this one forks does not call it.
    """
    asked = (os.getpid(), undo)
    _CLEANUPS.append(asked)
    try:
        yield
    finally:
        _CLEANUPS.remove(asked)
        undo()


def _heeded() -> list[signal.Signals]:
    # nohup ignores SIGHUP for its command, and a shell SIGINT for a job in its background.
    return [number for number in _STOPS if signal.getsignal(number) is not signal.SIG_IGN]


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    """End now, after what `clean_up` was asked for. Nobody may read the line any longer."""
    for process, undo in reversed(_CLEANUPS):
        if process == os.getpid():
            undo()
    with contextlib.suppress(OSError):
        os.write(2, f"{INTERRUPTED}\n".encode())
    os._exit(_CODE)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Start cleaning up, and ignore further signals: they must not interrupt that."""
    if _imports(frame) and not _has_children():
        # As in `end_at_signals`. And where the import was executing a text, as that of a named tuple is,
        # Python would kill itself at its end, whatever its exit code (pythonrun.c, run_eval_code_obj).
        _end(number, frame)
    for each in _STOPS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _imports(frame: FrameType | None) -> bool:
    """Whether a module is being imported in this frame, or in one that called it."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def _has_children() -> bool:
    """Whether this process has started another one that nobody has waited for (waitid(2))."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
