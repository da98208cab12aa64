"""`authbench saturate`: the highest rate that each scheme sustains under an objective."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results, Seed
from authbench.cli.shared.stores import OwnRedis, RedisCaFile, RedisPasswordFile, store_url
from authbench.contracts.failure import ExitCode, Failure

_DEFAULT = ("session-redis", "jwt-hs256", "bff")
_LIMITS_MS = (25.0, 50.0, 100.0)


def saturate(
    schemes: Annotated[
        list[str] | None,
        typer.Argument(
            help="names, or module:Class of your own; session-redis, jwt-hs256 and bff unless given"
        ),
    ] = None,
    limit_ms: Annotated[
        list[float] | None,
        typer.Option(
            "--p99-ms",
            min=0.1,
            max=60_000,
            help="an objective: time that all but the bad share keep, from when a request is due; several by "
            "repeating it; 25, 50 and 100 unless given",
        ),
    ] = None,
    bad_share: Annotated[
        float,
        typer.Option(
            min=0.0001, max=0.5, help="of requests that may be late, failed or unsent: 0.01 makes it a p99"
        ),
    ] = 0.01,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="five rounds, brackets of 3 %, soaks of five minutes: hours")
    ] = False,
    planted_us: Annotated[
        float | None,
        typer.Option(
            min=1,
            max=10_000,
            help="instead of schemes: the control, and the control with this much CPU more in each request; "
            "does the bound fall by what arithmetic says?",
        ),
    ] = None,
    generators: Annotated[int, typer.Option(min=1, max=64, help="load generator processes")] = 1,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="server processes of each scheme, behind one port")
    ] = 1,
    workload: Annotated[
        str,
        typer.Option(help="what is asked: a file of loadtests/workloads, such as read, refreshing, mixed"),
    ] = "read",
    seed: Seed = None,
    results: Results = DEFAULT_RESULTS,
    run: Annotated[
        str | None, typer.Option(help="show this search again, by its id or path; measure nothing")
    ] = None,
    redis_url: OwnRedis = None,
    redis_password_file: RedisPasswordFile = None,
    redis_ca_file: RedisCaFile = None,
    json: Json = False,
) -> None:
    """Find the highest arrival rate that each scheme sustains: a bracket for each objective, never a point.

    Searches with open-loop trials that the schemes take in turns, names what was full and what to do about
    it, draws latency against throughput, and holds each scheme at 0.9 of its bound. Three schemes
    took 5 minutes on two cores. Rates are of one server process unless --workers says more. How to
    read it: docs/saturation.md.

    Exit 0: everything was found. 3: a search ended undetermined, or a soak missed its objective. 6: a planted
    cost was not found again.

    Example: authbench saturate session-redis jwt-hs256 --p99-ms 50
    """
    from authbench.contracts.saturation.folder import FOLDER, read_report
    from authbench.contracts.saturation.trial import DEFAULT_EFFORT, THOROUGH_EFFORT, Objective

    if planted_us is not None and schemes:
        raise Failure("--planted-us searches the control: leave the schemes out")
    if planted_us is not None and workers > 1:
        raise Failure("--planted-us is arithmetic of one process: leave --workers out")
    if run is not None:
        folder = results / FOLDER / run
        report = read_report(folder if folder.is_dir() else Path(run))
    else:
        from authbench.cli.shared.saturation import Asked, search_rates

        limits = list(dict.fromkeys(limit_ms or _LIMITS_MS))
        asked = Asked(
            schemes=tuple(dict.fromkeys(schemes or _DEFAULT)),
            planted_us=planted_us,
            objectives=tuple(Objective(limit_ms=limit, bad_share=bad_share) for limit in limits),
            effort=THOROUGH_EFFORT if thorough else DEFAULT_EFFORT,
            seed=seed,
            generators=generators,
            workers=workers,
            workload=workload,
            results=results,
            redis_url=store_url(redis_url, redis_password_file, redis_ca_file),
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
        report = search_rates(asked)
    if json:
        typer.echo(report.model_dump_json(indent=1))
    else:
        from analysis.saturation.terminal import print_saturation

        print_saturation(report)
    if report.undetermined:
        raise typer.Exit(ExitCode.INVALID)
    if any(one.agrees is False for one in report.planted):
        raise typer.Exit(ExitCode.FOUND)
