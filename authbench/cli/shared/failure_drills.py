"""Run failure drills and print what they show: what `authbench drill` does beside the frozen server."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

from analysis.drills.outcome import exit_code, outcome_of
from analysis.drills.terminal import print_drill
from authbench.contracts.card import Card
from authbench.contracts.failure import ExitCode
from authbench.contracts.security.drill import DrillOutcome, DrillReport
from authbench.contracts.security.report import Kind, write_security_report
from loadtests.drills.drill import FailureDrill
from loadtests.drills.run_failure import run_failure
from loadtests.harness.security_header import begin_header, end_header
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme

KINDS = (
    "session-memory",
    "session-sql",
    "session-redis",
    "session-redis-near-cache",
    "session-cookie-cache",
    "session-signed-cookie",
    "opaque-redis",
    "opaque-redis-cached",
    "jwt-dpop",
    "jwt-es256",
    "jwt-denylist",
    "jwt-denylist-local",
    "jwt-not-before-cached",
)
"""One scheme of each kind: where state lives, how the credential travels, what the loss of the store does."""
_TOTAL_RPS = 300.0
_MOST_RPS = 60.0


def drill_failures(
    drills: Mapping[str, type[FailureDrill]],
    schemes: Sequence[str],
    *,
    rate: float | None,
    slo_ms: float,
    seed: int,
    repeats: int,
    results: Path,
    json: bool,
) -> ExitCode:
    """Run each drill on all the schemes at once, print it, and write one report of them all.

    Each of the `repeats` has a seed of its own, so the failure comes at another moment.
    """
    cards = cards_of(schemes or KINDS)
    rate_rps = rate or min(_MOST_RPS, _TOTAL_RPS / len(cards))
    header = begin_header(Kind.DRILL, shlex.join(["authbench", *sys.argv[1:]]), seed)
    outcomes: list[DrillOutcome] = []
    store = None
    for repetition, (name, kind) in product(range(repeats), drills.items()):
        moment = seed + repetition
        drilled = run_failure(
            kind(), cards, rate_rps, slo_ms, moment, lambda text: print(text, file=sys.stderr)
        )
        store = drilled.store or store
        outcomes.append(
            outcome_of(
                name,
                kind.summary,
                kind.effect,
                seed=moment,
                rate_rps=rate_rps,
                failure_s=drilled.failure_s,
                load_late_p99_ms=drilled.late_p99_ms,
                proofs=drilled.proofs,
                histories=drilled.histories,
                not_run=drilled.not_run,
            )
        )
        if not json:
            print_drill(outcomes[-1])
    report = DrillReport(header=end_header(header, store), drills=tuple(outcomes))
    path = write_security_report(results, report)
    if json:
        print(report.model_dump_json(indent=1))
    else:
        print(f"all of it, with a timeline in bins of a tenth of a second: {path}")
    return exit_code(outcomes)


def cards_of(schemes: Sequence[str]) -> dict[str, Card]:
    """The cards of these schemes, with a store. Failure for a name that is not known."""
    return {
        name: find_scheme(name)(ServerSettings(scheme=name, redis_url="redis://127.0.0.1")).card
        for name in dict.fromkeys(schemes)
    }
