"""Run one server process. `python -m servers.process` reads one JSON line of settings from stdin.

It answers with one line of `contracts.measuring_protocol` on stdout: `Ready` once it accepts connections, or
`StartFailed`. SIGTERM and SIGINT end it with status 0.
"""

import asyncio
import contextlib
import errno
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable
from typing import NoReturn

import uvicorn
import uvloop
from pydantic import ValidationError
from starlette.types import ASGIApp

from authbench.contracts import measuring_protocol
from authbench.contracts.failure import ExitCode, Failure, first_error
from authbench.contracts.message import Message
from servers.answers import security_log
from servers.answers.security_headers import security_headers
from servers.application.app import create_app, use_changed_keys
from servers.contract.scheme import Account, Scheme
from servers.contract.settings import ServerSettings, refuse_exposure
from servers.database.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from servers.database.engine import Database
from servers.discovery import find_scheme
from servers.keys.keys import follow
from servers.passwords.hashing import Passwords
from servers.process.garbage import settle
from servers.process.http_protocol import BoundedProtocol, TlsInFront
from servers.process.http_server import HttpServer
from servers.process.in_flight import InFlight
from servers.process.measuring import Measuring
from servers.process.workers import Worker, fork_workers
from servers.stores.background import end_task

_BACKLOG = 2048
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: those of RFC 9325 section 4.2. TLS 1.3 has its own, none of them weak."""
_GRACE_S = 1
"""Seconds a request in flight has to end after SIGTERM. Idle connections are closed at once."""

Ready = Callable[[int], None]
"""Called once, with the port, when connections are accepted."""


def run(settings: ServerSettings, ready: Ready) -> None:
    """Serve until SIGTERM or SIGINT. Failure in one line if it cannot."""
    scheme = find_scheme(settings.scheme)(settings)
    refuse_exposure(settings, scheme.card)
    if settings.workers > 1 and settings.database_url is None:
        raise Failure("several workers need a database they share: give --database-url")
    with _bind(settings.host, settings.port) as listening:
        scheme.origin = settings.public_origin or settings.local_origin(listening.getsockname()[1])
        scheme.prepare()
        worker = fork_workers(settings.workers)
        try:
            if settings.security_log:
                security_log.turn_on(scheme.keys.derived("security log")[0])
            with (
                asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
                contextlib.suppress(asyncio.CancelledError),
            ):
                runner.run(_serve(scheme, listening, worker, ready))
        finally:
            security_log.turn_off()
            worker.stop_others()


async def _serve(scheme: Scheme, listening: socket.socket, worker: Worker, ready: Ready) -> None:
    settings = scheme.settings
    passwords = Passwords(settings.password_workers, settings.password_queue)
    database = Database(settings.database_url, settings.database_deadline_ms / 1000)
    app = create_app(scheme, database, passwords)
    in_flight = InFlight(app)
    async with contextlib.AsyncExitStack() as ending:
        ending.callback(passwords.close)

        async def accepting() -> None:
            settle()
            await worker.ready()
            if worker.first:
                ready(listening.getsockname()[1])

        server = HttpServer(_uvicorn_config(in_flight, settings), accepting)
        _stop_on_signals(server)
        ending.push_async_callback(database.stop)
        await database.start()
        if settings.demo_accounts and worker.first:
            for username, scope in DEMO_ACCOUNTS.items():
                account = Account(username, await passwords.hash(DEMO_PASSWORD), scope)
                await app.state.accounts.add(account)
        ending.push_async_callback(scheme.stop)
        await scheme.start()
        if settings.oauth:
            # Imported only here: never there during a measurement, it took a sixth of a server's start.
            from servers.authorization_server.install import install as install_oauth

            oauth_store = await install_oauth(app, scheme)
            ending.push_async_callback(oauth_store.stop)
        if settings.measuring_socket is not None:
            others = [f"{settings.measuring_socket}.{number}" for number in range(1, len(worker.others) + 1)]
            measuring = Measuring(app, server, in_flight, [os.getpid(), *worker.others], others)
            ending.push_async_callback(measuring.stop)
            own = settings.measuring_socket
            await measuring.start(own if worker.first else f"{own}.{worker.number}")
        if settings.keys_directory is not None and settings.keys_followed:
            following = asyncio.create_task(
                follow(scheme.keys, lambda: use_changed_keys(app), settings.keys_reread_s)
            )
            ending.push_async_callback(end_task, following)
        await server.serve(sockets=[listening])


def _stop_on_signals(server: HttpServer) -> None:
    """Let SIGTERM and SIGINT end the server, or its start. A second signal does not wait for requests."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - called from one

    def stop() -> None:
        server.force_exit = server.should_exit
        server.should_exit = True
        if not server.started:
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        # A shell has a job in its background ignore SIGINT: that stays.
        if signal.getsignal(number) is not signal.SIG_IGN:
            asyncio.get_running_loop().add_signal_handler(number, stop)


def _uvicorn_config(app: ASGIApp, settings: ServerSettings) -> uvicorn.Config:
    """Failure in one line if the certificate cannot be used."""
    config = uvicorn.Config(
        app=app,
        host=settings.host,
        loop="uvloop",
        http=BoundedProtocol if settings.public_origin is None else TlsInFront,
        ws="none",
        lifespan="off",
        workers=1,
        access_log=False,
        log_level="warning",
        server_header=False,
        headers=security_headers(settings),
        proxy_headers=False,
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=_GRACE_S,
        backlog=_BACKLOG,
        ssl_certfile=settings.tls_certificate_file,
        ssl_keyfile=settings.tls_key_file,
        ssl_ciphers=_CIPHERS,
    )
    if settings.tls_certificate_file is not None:
        try:
            config.load()
        except (OSError, ssl.SSLError) as error:
            raise Failure(f"{settings.tls_certificate_file}: cannot be used: {error.strerror}") from None
    return config


def _bind(host: str, port: int) -> socket.socket:
    """A listening socket. Failure if the address is not of this machine or the port is taken."""
    try:
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # Not SO_REUSEPORT: with it, a second server on the port would start.
        return socket.create_server(
            address, family=family, backlog=_BACKLOG, dualstack_ipv6=family == socket.AF_INET6
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Failure(f"port {port} on {host} is taken: choose another with --port") from None
        raise Failure(f"cannot listen on {host} port {port}: {error.strerror}") from None


def _say(message: Message) -> None:
    sys.stdout.buffer.write(message.line())
    sys.stdout.buffer.flush()


def main() -> int:
    """Run the process; return its exit status."""
    # Until the event loop has its own handlers. What was opened until then ends with the process.
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: os._exit(int(ExitCode.DONE)))
    try:
        try:
            settings = ServerSettings.model_validate_json(sys.stdin.readline())
        except ValidationError as error:
            raise Failure(": ".join(first_error(error, "settings"))) from None
        run(settings, lambda port: _say(measuring_protocol.Ready(port=port, pid=os.getpid())))
    except Failure as failure:
        _say(measuring_protocol.StartFailed(error=str(failure), exit_code=failure.exit_code))
        return int(failure.exit_code)
    return int(ExitCode.DONE)


def leave(status: int) -> NoReturn:
    """End the process, in which everything is closed.

    Taking the interpreter apart would need a fifth of a second of a processor.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
