"""Throughput that is not the server's: something else was full, or readings contradict each other."""

from collections.abc import Callable
from typing import Any

from analysis.data.run import load_run
from analysis.rules.discovery import run_findings
from authbench.contracts.records import SliceRecord
from selftest.fault import Fault
from selftest.laboratory import Laboratory
from selftest.objection import Objection
from tests.analysis.build_run import MiniRun

_TOKEN = "jwt-hs256"


def _seen_on(arm: str) -> Callable[[Laboratory], set[Objection]]:
    return lambda laboratory: laboratory.live("saturated", "busy").objections(arm)


def _recorded(change: Callable[[SliceRecord], dict[str, Any]]) -> Callable[[Laboratory], set[Objection]]:
    def inject(laboratory: Laboratory) -> set[Objection]:
        run = MiniRun(saturated_cycles=4)
        run.change_saturated(_TOKEN, change)
        found = run_findings(load_run(run.write(laboratory.results() / "raw")))
        return {Objection(each.rule, each.severity) for each in found if each.subject == _TOKEN}

    return inject


def _clock_ahead(own: SliceRecord) -> dict[str, Any]:
    """The server's clock says that it used a fifth more CPU than its processor gave it."""
    return {"app_cpu_ns": (own.app_cpu_ns or 0) * 6 // 5}


def _invented(own: SliceRecord) -> dict[str, Any]:
    """Clients say that they read a fifth more replies than the server counted requests."""
    counts = ("scheduled", "sent", "completed", "accepted", "user_completed")
    return {name: getattr(own, name) * 6 // 5 for name in counts}


FAULTS = (
    Fault("V41", "a server that sleeps", "live, scheme", "refuse-figure", _seen_on("sleeps")),
    Fault("V41", "a generator that is full", "live, generator", "refuse-figure", _seen_on("busy-generator")),
    Fault("V42", "a fifth more CPU than there was", "figure", "refuse-figure", _recorded(_clock_ahead)),
    Fault("V42", "a fifth more replies than requests", "figure", "refuse-figure", _recorded(_invented)),
)
