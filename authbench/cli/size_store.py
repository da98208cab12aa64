"""`authbench size-store`: how much memory of the store does a login take, and what if the store is full?"""

import shlex
import sys
from typing import Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results, Verbose

HEADLINE = (
    "session-redis",
    "session-redis-hash",
    "opaque-redis",
    "bff",
    "jwt-hs256",
    "jwt-denylist",
    "jwt-not-before",
)
"""One scheme of each way to keep a login in Redis."""
_PAYLOADS = (0, 256, 1024)
_PAYLOAD_MAX = 1 << 20


def size_store(
    schemes: Annotated[
        list[str] | None,
        typer.Argument(help="names, or module:Class of your own; one of each kind unless given"),
    ] = None,
    sessions: Annotated[
        int, typer.Option(min=2000, max=5_000_000, help="live logins to add; half of them make the fit")
    ] = 20_000,
    payload: Annotated[
        list[int] | None,
        typer.Option(
            min=0, max=_PAYLOAD_MAX, help="bytes of data in a session; several by repeating it. 0, 256, 1024"
        ),
    ] = None,
    for_logins: Annotated[
        int | None, typer.Option("--for", min=1, metavar="N", help="your own number of live logins")
    ] = None,
    store_config: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LINE",
            help="a line of the store's configuration, such as 'zset-max-listpack-value 128'; repeatable",
        ),
    ] = None,
    full: Annotated[bool, typer.Option(help="also fill a store, and count who is logged out")] = True,
    results: Results = DEFAULT_RESULTS,
    verbose: Verbose = False,
    json: Json = False,
) -> None:
    """Add logins to a store that this command starts, and read its memory on the way.

    Each scheme, with each size of session data, has an empty store of its own, and logins are recorded by the
    scheme's own code. Bytes of a login, of another login of the same user, of the user's index, of a login
    that was ended (deny list); CPU of the store by operation; and what a full store does to users. About
    four minutes on two cores; a million logins take minutes and up to 3 GiB for each scheme and size.

    Exit 0: measured. 3: a server or the store failed.

    Example: authbench size-store session-redis jwt-denylist --for 250000
    """
    from analysis.store_size.terminal import print_store_sizes
    from authbench.contracts.security.report import Kind, write_security_report
    from authbench.contracts.store_size.report import StoreSizeReport
    from loadtests.harness.security_header import begin_header, end_header
    from loadtests.store_size.measure import StoreSizeRequest, measure_store_sizes
    from servers.contract.settings import ServerSettings
    from servers.discovery import find_scheme

    names = list(dict.fromkeys(schemes or HEADLINE))
    # A URL, so that schemes which can use a store offer what they do with one; nothing is asked of it.
    cards = {
        name: find_scheme(name)(ServerSettings(scheme=name, redis_url="redis://127.0.0.1:0/0")).card
        for name in names
    }
    sessions_only = [name for name in names if cards[name].store == "redis" and not cards[name].refreshes]
    header = begin_header(Kind.STORE_SIZE, shlex.join(["authbench", *sys.argv[1:]]))
    found = measure_store_sizes(
        StoreSizeRequest(
            names,
            sorted(set(payload or _PAYLOADS)),
            sessions,
            sessions_only[0] if full and sessions_only else None,
            store_config or (),
        ),
        lambda text: print(text, file=sys.stderr),
    )
    report = StoreSizeReport(
        header=end_header(header, found.store),
        logins=sessions,
        store_config=store_config or [],
        schemes=found.schemes,
        evictions=found.evictions,
        left_out=found.left_out,
    )
    path = write_security_report(results, report)
    if json:
        typer.echo(report.model_dump_json(indent=1))
    else:
        print_store_sizes(report, for_logins or sessions, path, verbose=verbose)
