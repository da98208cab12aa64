"""`authbench serve`: one server with one scheme, to look at it or to point other tools at it."""

from typing import TYPE_CHECKING, Annotated

import typer

from authbench.cli.shared.stores import (
    DATABASE_URL_VARIABLE,
    REDIS_URL_VARIABLE,
    SESSION_DATABASE_URL_VARIABLE,
    RedisCaFile,
    RedisPasswordFile,
    store_url,
)

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from authbench.contracts.card import Card
    from servers.contract.settings import ServerSettings

DEFAULT_REDIS_URL = "redis://127.0.0.1:6379/0"


def serve(
    scheme: Annotated[str, typer.Argument(help="A scheme's name, or module:Class for one of your own.")],
    host: Annotated[
        str, typer.Option(help="Address to listen on. Beyond loopback needs --public-origin.")
    ] = ("127.0.0.1"),
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8000,
    redis_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar=REDIS_URL_VARIABLE,
            help="A Redis of your own: redis://, rediss://, unix:// or redis+sentinel://HOST:PORT/SERVICE/0 "
            "(docs/stores.md). Where a scheme needs one and none is named, one "
            "is started, and its sessions end with the server; tokens can be refreshed with one. With a "
            "password in it use the variable, or --redis-password-file: everybody can read a command line.",
        ),
    ] = None,
    redis_password_file: RedisPasswordFile = None,
    redis_ca_file: RedisCaFile = None,
    database_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar=DATABASE_URL_VARIABLE,
            help="Database of accounts and orders, such as sqlite+aiosqlite:///PATH. "
            "A temporary one unless given. With a password in it use the variable.",
        ),
    ] = None,
    session_database_url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar=SESSION_DATABASE_URL_VARIABLE,
            help="Database of session-sql's sessions. A temporary one unless given, and then they end with "
            "the server.",
        ),
    ] = None,
    keys: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="Directory of secrets and signing keys, made on first use: with the same one, what clients "
            "hold outlives a restart and is good on every server. Drawn for this start unless given. "
            "See docs/keys.md, and rotate-keys.",
        ),
    ] = None,
    public_origin: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="https origin that browsers see, when TLS ends in front of this server."
        ),
    ] = None,
    tls: Annotated[
        bool, typer.Option("--tls", help="HTTPS with a certificate made for this start; says what to trust.")
    ] = False,
    tls_certificate: Annotated[
        str | None, typer.Option(metavar="FILE", help="HTTPS with this certificate, in PEM format.")
    ] = None,
    tls_key: Annotated[
        str | None, typer.Option(metavar="FILE", help="Its private key, in PEM format.")
    ] = None,
    oauth: Annotated[
        bool,
        typer.Option("--oauth", help="Serve the OAuth 2 endpoints as well: token schemes, with a Redis."),
    ] = False,
    oauth_clients: Annotated[
        str | None, typer.Option(metavar="FILE", help="TOML file with a table for each OAuth client.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Server processes behind the one port.")] = 1,
    security_log: Annotated[
        bool,
        typer.Option(help="Log logins, refusals and changes to the standard error, a line of JSON each."),
    ] = True,
    demo_accounts: Annotated[
        bool, typer.Option("--demo-accounts", help="Create the accounts alice and root. Loopback only.")
    ] = False,
) -> None:
    """Serve the endpoints behind one scheme until Ctrl+C.

    Example: authbench serve jwt-hs256 --demo-accounts
    """
    # Here and not above: every other verb would pay for importing the server.
    import contextlib
    import os

    from pydantic import ValidationError

    from authbench.contracts.failure import Failure
    from authbench.system.certificate import served_certificate
    from loadtests.harness.processes.scratch import scratch_directory
    from servers.contract.settings import ServerSettings
    from servers.discovery import find_scheme
    from servers.process.server import run

    if redis_password_file is not None:
        redis_url = redis_url or DEFAULT_REDIS_URL
    redis_url = store_url(redis_url, redis_password_file, redis_ca_file)
    own_process = os.getpid()
    with contextlib.ExitStack() as ending:
        authority, store = None, ""
        # For all that is temporary: what is left of it when this process is killed, the next one removes.
        scratch = ending.enter_context(scratch_directory())
        if tls and tls_certificate is None:
            made = ending.enter_context(served_certificate(scratch))
            tls_certificate, tls_key, authority = str(made.certificate), str(made.key), made.authority
        try:
            settings = ServerSettings(
                scheme=scheme,
                host=host,
                port=port,
                redis_url=redis_url,
                database_url=database_url,
                session_database_url=session_database_url,
                keys_directory=keys,
                public_origin=public_origin,
                tls_certificate_file=tls_certificate,
                tls_key_file=tls_key,
                oauth=oauth,
                oauth_clients_file=oauth_clients,
                security_log=security_log,
                demo_accounts=demo_accounts,
                workers=workers,
            )
        except ValidationError as error:
            raise Failure(error.errors()[0]["msg"].removeprefix("Value error, ")) from None
        card = find_scheme(scheme)(settings).card
        started = _temporary_databases(settings, scratch)
        if redis_url is None and (oauth or card.store == "redis"):
            started["redis_url"], store = _start_store(scratch, ending)
        settings = settings.model_copy(update=started)
        card = find_scheme(scheme)(settings).card
        trust = f" --cacert {authority}" if authority else ""
        try:
            run(settings, lambda bound: typer.echo(_introduction(settings, card, bound, trust, store)))
        except Exception as error:
            if os.getpid() == own_process:
                raise
            typer.echo(f"authbench: a worker failed: {error}", err=True)
        if os.getpid() != own_process:
            # A forked worker has ended: what was started above belongs to the first process.
            os._exit(0)


def _temporary_databases(settings: "ServerSettings", scratch: "Path") -> dict[str, str]:
    """Name the databases that were not given: files that all workers share."""
    names = [name for name in ("database_url", "session_database_url") if getattr(settings, name) is None]
    return {name: f"sqlite+aiosqlite:///{scratch}/{name.removesuffix('_url')}.sqlite" for name in names}


def _start_store(scratch: "Path", ending: "ExitStack") -> tuple[str, str]:
    """Start a store server on loopback that ends with this process, whatever ends it; return URL and name."""
    import os

    from loadtests.harness.processes.redis_server import start_redis

    started = start_redis(scratch, os.sched_getaffinity(0))
    ending.callback(started.stop)
    server = started.server
    return started.url, f"{server.name} {server.version}"


def _introduction(settings: "ServerSettings", card: "Card", port: int, trust: str, store: str) -> str:
    """Write URL, scheme, what travels and how to log in.

    `trust`: curl's option to trust the certificate. `store`: name of the store server started for this one.
    """
    from authbench.contracts.card import ClientDuty
    from servers.database.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD

    local = settings.local_origin(port)
    origin = settings.public_origin or local
    lines = [
        local + (f"   behind TLS as {origin}" if settings.public_origin else ""),
        f"  scheme    {card.name}: {card.summary}",
        f"  travels   {card.travels}",
    ]
    if store:
        lines.append(f"  store     {store}, started for this server: what it keeps ends with it")
    if settings.demo_accounts:
        body = f'{{"username":"{next(iter(DEMO_ACCOUNTS))}","password":"{DEMO_PASSWORD}"}}'
        login = f"{origin}/login --json '{body}'"
        if card.client is ClientDuty.CSRF_TOKEN:
            repeated = "$(awk '$6 ~ /csrf$/ {print $7}' jar)"
            lines.append(f"  first     curl -s{trust} -c jar {origin}/csrf")
            proof = f"-b jar -c jar -H 'Origin: {origin}' -H \"X-CSRF-Token: {repeated}\""
            lines.append(f"  log in    curl -i{trust} {login} {proof}")
        elif card.client is ClientDuty.DPOP_PROOF:
            lines.append("  log in    with a client that signs DPoP proofs (RFC 9449): curl does not")
        else:
            lines.append(f"  log in    curl -i{trust} {login}")
    else:
        lines.append("  log in    there are no accounts: start with --demo-accounts for some")
    if card.authenticates and settings.keys_directory is None:
        lines.append("  keys      random: what they sign ends with this process; --keys DIR keeps them")
    return "\n".join(lines)
