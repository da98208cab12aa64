"""`authbench revoke`: how long does a credential work after it was revoked?"""

import sys
from typing import Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results, Seed, Verbose
from authbench.cli.shared.stores import OwnRedis, RedisCaFile, RedisPasswordFile, store_url
from authbench.contracts.failure import ExitCode


def revoke(
    schemes: Annotated[
        list[str] | None, typer.Argument(help="names, or module:Class of your own; all unless given")
    ] = None,
    events: Annotated[
        int, typer.Option(min=1, max=1000, help="revocations of each kind under each condition")
    ] = 2,
    rate: Annotated[float, typer.Option(min=1, help="offered reads a second of other users")] = 100.0,
    seed: Seed = None,
    results: Results = DEFAULT_RESULTS,
    redis_url: OwnRedis = None,
    redis_password_file: RedisPasswordFile = None,
    redis_ca_file: RedisCaFile = None,
    verbose: Verbose = False,
    json: Json = False,
) -> None:
    """Revoke credentials under load, and time how long each worker process still accepts them.

    Logout, logout everywhere, password change, role downgrade, account disabled, keys replaced; one worker
    and two, the store near and 2 ms away. Lifetimes are short (tokens 2 s, caches 1 s), and a window is put
    beside what the card declares under the same settings. All schemes take about ten minutes on two cores.
    Only servers that this command starts itself are asked, on loopback.

    Exit 0: every scheme keeps its card. 3: a server that is broken on purpose was not found, so nothing that
    is reported can be used. 5: a scheme does not keep its card.

    Example: authbench revoke session-redis jwt-hs256 --events 10
    """
    from analysis.revocation.terminal import print_revocations
    from authbench.cli.shared.revocation import Asked, revoke_credentials
    from authbench.contracts.security.report import write_security_report
    from servers.discovery import find_scheme, known_schemes

    names = list(dict.fromkeys(schemes or known_schemes()))
    for name in names:
        find_scheme(name)
    command = " ".join(["authbench revoke", *(schemes or []), f"--events {events}", f"--rate {rate:g}"])
    own_store = store_url(redis_url, redis_password_file, redis_ca_file)
    report = revoke_credentials(
        Asked(names, events, rate, seed, own_store, command, lambda text: print(text, file=sys.stderr))
    )
    path = write_security_report(results, report)
    if json:
        typer.echo(report.model_dump_json(indent=1))
    else:
        print_revocations(report, path, verbose=verbose)
    if report.void:
        raise typer.Exit(ExitCode.INVALID)
    if report.failed:
        raise typer.Exit(ExitCode.VERIFICATION)
