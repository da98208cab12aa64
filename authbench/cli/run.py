"""`authbench run`: verify, measure, judge, print."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, At, Json, Results, Seed, Verbose
from authbench.cli.shared.stores import CountedSql, OwnRedis, RedisCaFile, RedisPasswordFile, store_url


def run(
    experiment: Annotated[
        str,
        typer.Argument(help="smoke, quick, full, what else authbench list names, or a TOML file"),
    ] = "quick",
    results: Results = DEFAULT_RESULTS,
    redis_url: OwnRedis = None,
    redis_password_file: RedisPasswordFile = None,
    redis_ca_file: RedisCaFile = None,
    seed: Seed = None,
    resume: Annotated[
        str | None, typer.Option(help="go on with this run, which was cut short, instead of a new one")
    ] = None,
    generators: Annotated[
        int, typer.Option(min=1, max=64, help="load generators, an equal share of the load each")
    ] = 1,
    workers_at: Annotated[
        str | None,
        typer.Option(
            metavar="IP:PORT",
            help="the generators are workers, which join at this address of this machine "
            "(authbench worker --master)",
        ),
    ] = None,
    join_key_file: Annotated[
        Path | None,
        typer.Option(help="with --workers-at: the key that workers need; made where there is none"),
    ] = None,
    hosts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="TOML file: on which hosts application, store and generators are "
            "(docs/hosts.example.toml); with --target: on which hosts its processes are",
        ),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="measure a service of your own instead: a target file, see docs/your-own-service.md",
        ),
    ] = None,
    confirm_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME", help="with --target: a host beyond this machine that you may send load to"
        ),
    ] = None,
    sql_url: CountedSql = None,
    verbose: Verbose = False,
    at: At = None,
    json: Json = False,
) -> None:
    """Execute an experiment and print its end on one screen.

    With --target FILE it measures a service that is not part of authbench.

    Exit 0: VALID. 3: INVALID, with the reasons. 5: a scheme does not do what its name says. 130: stopped by
    a signal; --resume goes on with it.

    Example: authbench run smoke
    """
    from authbench.cli.shared.find_run import find_run
    from authbench.cli.shared.measure import measure, new_run
    from authbench.cli.shared.verdict import show_verdict
    from authbench.contracts.failure import Failure
    from authbench.contracts.hosts.hosts_file import read_hosts, read_hosts_of_service
    from loadtests.harness.load.meeting import meeting_of
    from loadtests.harness.run.start_or_resume import resume_start

    own_store = store_url(redis_url, redis_password_file, redis_ca_file)
    meeting = meeting_of(workers_at, join_key_file)
    foreign = target is not None or confirm_host or sql_url is not None
    where = None
    if hosts is not None:
        where = read_hosts_of_service(hosts) if foreign else read_hosts(hosts, own_store)
    if where is not None and where.generators:
        if meeting is not None or generators > 1:
            raise Failure(
                f"{hosts}: names the generators: leave --generators and --workers-at out, or [[generators]]"
            )
        generators = len(where.generators)
    if foreign:
        from authbench.cli.shared.target.measure_target import measure_target

        path = measure_target(
            target,
            confirm_host or [],
            results,
            own_store,
            sql_url,
            seed,
            generators,
            meeting,
            where,
            resume=resume is not None,
        )
        show_verdict(path, results, as_json=json, newest=True, verbose=verbose, at=at)
        return
    if resume:
        start = resume_start(find_run(results, resume))
        if start.manifest.service is not None:
            raise Failure(f"{start.manifest.run_id} measured a service of your own: run it anew")
    else:
        command = f"make bench EXPERIMENT={experiment}"
        if generators > 1:
            command = f"authbench run {experiment} --generators {generators}"
        if meeting is not None:  # which address it was is nobody's business
            command = f"authbench run {experiment} --generators {generators} --workers-at IP:PORT"
        if where is not None:
            shared = f" --generators {generators}" if generators > 1 and not where.generators else ""
            command = f"authbench run {experiment} --hosts FILE{shared}"
        start = new_run(
            experiment,
            seed,
            command,
            generators,
            load_from_workers=meeting is not None,
            elsewhere=where.elsewhere if where is not None else (),
        )
    try:
        path = measure(start, results, own_store, meeting=meeting, hosts=where)
    except KeyboardInterrupt:
        print(f"go on with it: authbench run --resume {start.manifest.run_id}", file=sys.stderr)
        raise
    show_verdict(path, results, as_json=json, newest=True, verbose=verbose, at=at)
