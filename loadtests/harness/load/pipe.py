"""A channel over a pipe: lines of JSON on the input and output of a child process of the harness."""

import sys
from collections.abc import Sequence
from pathlib import Path, PurePath
from shlex import join
from typing import TypeVar

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import ENGINE_MODULE, Order
from authbench.contracts.message import Message, OrderError, read_reply
from loadtests.harness.load.channel import Channel
from loadtests.harness.processes.processes import Child

_M = TypeVar("_M", bound=Message)
_SHOWN_CHARACTERS = 80
"""Of a line that is none of ours."""


class Pipe(Channel):
    """The engine is a child process, or runs behind one that carries the pipe elsewhere (ssh, kubectl exec).

    It ends with the harness: by the kernel's parent-death signal here, at the end of its input there.
    """

    def __init__(
        self,
        name: str,
        cpus: Sequence[int],
        log: Path,
        prefix: Sequence[str] = (),
        python: str = sys.executable,
    ) -> None:
        """Start the engine with `python`; the child that is started here runs on `cpus`.

        `prefix` begins the command where the engine is elsewhere: `ssh HOST`, `kubectl exec -i POD --`,
        `ip netns exec NAME`. `python` is then a path there. Who may log in, and what is encrypted, is the
        prefix's affair.
        """
        self.name = name
        self.apart = bool(prefix)
        command = behind(prefix, [python, "-m", ENGINE_MODULE])
        self._child = Child(name, command, cpus, log)
        self._spoke = False
        self.pid = None if self.apart else self._child.pid
        self.cpus = () if self.apart else tuple(cpus)

    def send(self, order: Order) -> None:
        self._child.send(order.line())

    def answer(self, expected: type[_M], within_s: float) -> _M:
        if self.apart and not self._spoke:
            told = first_reply(self._child, expected, within_s)
            self._spoke = True
            return told
        return self._child.answer(expected, within_s)

    def stop(self) -> None:
        self._child.stop()


def first_reply(child: Child, expected: type[_M], within_s: float) -> _M:
    """The first line from behind a prefix. Failure if it is none: the prefix or the python is a mistake."""
    try:
        line = child.line(within_s)
    except Failure:
        raise Failure(
            f"{child.name} did not start: {child.fate()}. Does its prefix start a command there without "
            "asking anything, and is its python one that has authbench?",
            ExitCode.USAGE,
        ) from None
    try:
        return read_reply(line, expected)
    except OrderError as error:
        if line.startswith(b'{"error"'):
            raise Failure(f"{child.name}: {error}", ExitCode.USAGE) from None
        if line.startswith(b"{"):
            raise Failure(
                f"{child.name}: {error}: install the same authbench on all hosts", ExitCode.USAGE
            ) from None
        shown = line.decode("utf-8", "replace").strip()[:_SHOWN_CHARACTERS]
        raise Failure(
            f"{child.name}: {shown!r} was printed there before authbench spoke. Its prefix must print "
            "nothing to standard output: move greetings of .bashrc and the like to interactive shells",
            ExitCode.USAGE,
        ) from None


def behind(prefix: Sequence[str], command: Sequence[str]) -> list[str]:
    """The command as the prefix wants it.

    ssh joins its arguments with blanks and gives them to a shell (ssh(1)), so they are quoted for that shell;
    the others execute their arguments as they are.
    """
    if prefix and PurePath(prefix[0]).name == "ssh":
        return [*prefix, join(command)]
    return [*prefix, *command]


def start_engines(count: int, cpus: Sequence[int], scratch: Path) -> list[Channel]:
    """Start engines on this machine: one alone may use all of `cpus`, several get one each in turn."""
    own = [tuple(cpus) if count == 1 else (cpus[number % len(cpus)],) for number in range(count)]
    return [
        Pipe("the load generator", each, scratch / f"generator{number}.log")
        for number, each in enumerate(own)
    ]
