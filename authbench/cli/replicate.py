"""`authbench replicate`: what others published about sessions and tokens, measured here."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results, Seed
from authbench.cli.shared.stores import OwnRedis, RedisCaFile, RedisPasswordFile, store_url
from authbench.contracts.failure import ExitCode


def replicate(
    claims: Annotated[
        list[str] | None,
        typer.Argument(help="names of claims, or paths of TOML files; all of loadtests/claims unless given"),
    ] = None,
    seed: Seed = None,
    results: Results = DEFAULT_RESULTS,
    run: Annotated[
        str | None, typer.Option(help="show this replication again, by its id or path; measure nothing")
    ] = None,
    redis_url: OwnRedis = None,
    redis_password_file: RedisPasswordFile = None,
    redis_ca_file: RedisCaFile = None,
    json: Json = False,
) -> None:
    """Measure published claims again: confirmed, refuted, or cannot be told here.

    Each claim is measured properly, and where a mistake of its set-up may explain it, once more with that
    mistake switched on. Claims share their runs. All of them took 12 minutes on two cores.

    Exit 0: every claim has its verdict, or a reason why there is none. 3: a run is INVALID.

    Example: authbench replicate session-28-times
    """
    from analysis.replication.terminal import print_replication
    from authbench.contracts.replication.claim import known_claims
    from authbench.contracts.replication.folder import FOLDER, read_replication

    valid = True
    if run is not None:
        folder = results / FOLDER / run
        report = read_replication(folder if folder.is_dir() else Path(run))
    else:
        from authbench.cli.shared.replication.replicate_claims import Asked, replicate_claims

        asked = Asked(
            claims=list(dict.fromkeys(claims or known_claims())),
            seed=seed,
            results=results,
            redis_url=store_url(redis_url, redis_password_file, redis_ca_file),
            command=shlex.join(["authbench", "replicate", *(claims or ())]),
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
        report, path, valid = replicate_claims(asked)
        print(f"written: {path}", file=sys.stderr)
    if json:
        typer.echo(report.model_dump_json(indent=1))
    else:
        print_replication(report)
    if not valid:
        raise typer.Exit(ExitCode.INVALID)
