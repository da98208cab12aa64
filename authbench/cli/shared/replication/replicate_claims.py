"""Measure published claims again and write what was found: what `authbench replicate` does beside parsing."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain
from pathlib import Path

from analysis.derive import derive
from analysis.records.summary import Summary
from analysis.replication.figures import Measurements
from analysis.replication.verdict import judge_claims
from authbench.cli.shared.measure import measure, start_of
from authbench.cli.shared.replication.experiments import experiments_of, needed
from authbench.contracts.experiment import Experiment
from authbench.contracts.replication.claim import find_claim
from authbench.contracts.replication.folder import new_run_id, write_replication
from authbench.contracts.replication.report import ReplicationReport
from loadtests.harness.run.start_or_resume import utc_now
from loadtests.harness.telemetry.machine import describe_machine
from loadtests.harness.telemetry.source import source_state
from loadtests.replication.set_ups import SetUpRequest, measure_set_ups
from servers.discovery import find_scheme


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    claims: Sequence[str]
    seed: int | None
    results: Path
    redis_url: str | None
    command: str
    say: Callable[[str], None]


def replicate_claims(asked: Asked) -> tuple[ReplicationReport, Path, bool]:
    """Measure and judge; the report, its path, and whether every run is VALID.

    The report is written last: an interrupted command leaves its runs, and no report.
    """
    claims = [find_claim(name) for name in asked.claims]
    planned = [(name, needed(name, claims)) for name in experiments_of(claims)]
    for arm in chain.from_iterable(set_up.arms for claim in claims for set_up in claim.set_ups):
        find_scheme(arm.scheme)
    started_at, began_s, source = utc_now(), time.monotonic(), source_state()
    summaries = {name: _run(experiment, asked) for name, experiment in planned}
    measured = measure_set_ups(SetUpRequest(claims, asked.say, asked.redis_url))
    found = judge_claims(claims, Measurements(summaries, measured.readings, measured.fills))
    report = ReplicationReport(
        run_id=new_run_id(),
        command=asked.command,
        started_at=started_at,
        finished_at=utc_now(),
        seconds=round(time.monotonic() - began_s, 1),
        authbench_version=version("authbench"),
        git_commit=source.commit,
        git_dirty=source.dirty,
        machine=describe_machine(),
        runs={name: summary.run_id for name, summary in summaries.items()},
        readings=measured.readings,
        fills=measured.fills,
        claims=found,
    )
    valid = all(summary.status != "INVALID" for summary in summaries.values())
    return report, write_replication(asked.results, report), valid


def _run(experiment: Experiment, asked: Asked) -> Summary:
    path = measure(start_of(experiment, asked.seed, asked.command), asked.results, asked.redis_url)
    asked.say(f"judging {experiment.name}")
    return derive(path, asked.results)
