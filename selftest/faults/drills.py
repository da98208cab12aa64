"""A drill that must not pass: the server stands still and nobody sees it, or it never stood still."""

import contextlib
import io
import os
import re
import signal
from collections.abc import Callable
from unittest import mock

import typer

from authbench.cli.drill import drill
from authbench.contracts.failure import ExitCode
from selftest.fault import Fault
from selftest.laboratory import Laboratory, engine
from selftest.objection import Objection

_signal = os.kill


def _without_stopping(pid: int, number: int) -> None:
    """A signal that stops a process is not delivered; all others are."""
    if number != signal.SIGSTOP:
        _signal(pid, number)


def _drill() -> set[Objection]:
    """The verb `authbench drill`: the rules it names, if it ends with the exit code of a finding."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            drill("frozen-server", arm="none", rate=300.0, seed=1)
        except typer.Exit as ending:
            if ending.exit_code == ExitCode.FOUND:
                return {Objection(code, "exit code") for code in re.findall(r"V\d\d", said.getvalue())}
    return set()


def _closed_loop(_: Laboratory) -> set[Objection]:
    with engine("closed"):
        return _drill()


def _nothing_injected(_: Laboratory) -> set[Objection]:
    with mock.patch.object(os, "kill", _without_stopping):
        return _drill()


def _fault(rule: str, what: str, inject: Callable[[Laboratory], set[Objection]]) -> Fault:
    return Fault(rule, what, "live, drill", "exit code", inject)


FAULTS = (
    _fault("V04", "a closed loop against a frozen server", _closed_loop),
    _fault("V36", "a drill that stops nothing", _nothing_injected),
)
