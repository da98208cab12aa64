"""Measure a service that is not ours: what `authbench run --target` does before its verdict."""

import sys
from collections.abc import Sequence
from pathlib import Path

from authbench.cli.shared.measure import measure
from authbench.cli.shared.verdict import say
from authbench.contracts.failure import Failure
from authbench.contracts.hosts.hosts_file import Hosts
from loadtests.harness.load.meeting import Meeting
from loadtests.harness.target.start import prepare_target


def measure_target(
    target: Path | None,
    confirmed: Sequence[str],
    results: Path,
    redis_url: str | None,
    sql_url: str | None,
    seed: int | None,
    generators: int,
    meeting: Meeting | None,
    hosts: Hosts | None,
    *,
    resume: bool,
) -> Path:
    """Check the target's recipes and measure it; the run's directory. Failure in one line for a mistake."""
    if target is None:
        option = "--confirm-host" if confirmed else "--sql-url (AUTHBENCH_SQL_URL)"
        raise Failure(f"{option} is for a service of your own: give --target FILE as well")
    if resume:
        raise Failure("--resume and --target do not go together: a service's logins end with the run")
    prepared = prepare_target(
        target,
        confirmed,
        redis_url,
        sql_url,
        seed,
        generators,
        load_from_workers=meeting is not None,
        hosts=hosts,
        tell=say,
    )
    try:
        return measure(
            prepared.start, results, meeting=meeting, hosts=hosts, open_generation=prepared.open_generation
        )
    except KeyboardInterrupt:
        print(f"begin anew: {prepared.start.manifest.command}", file=sys.stderr)
        raise
