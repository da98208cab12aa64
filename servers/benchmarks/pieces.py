"""What authenticating costs in one process, over and over: a script of pyperf for `in_process`.

Every benchmark is named after a scheme, whose `authenticate` it calls, or `alone/` and the rung whose stage
it is. pyperf starts this module once for each benchmark and process, so each makes what it needs when asked.
Time is the process's CPU time, as under load: what else runs on the machine is not in it.
"""

import asyncio
import functools
import time

import pyperf
from starlette.requests import Request

from servers.contract.claims import Claims, new_claims
from servers.contract.scheme import Scheme
from servers.contract.settings import ServerSettings
from servers.instruments.rungs.sessions import ValueDecoded
from servers.instruments.rungs.tokens import (
    ClaimsChecked,
    HeaderRead,
    RsaClaimsChecked,
    RsaSignatureVerified,
    SignatureVerified,
    TokenDecoded,
)
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.schemes.jwt_rs256 import Rs256Tokens
from servers.schemes.none import NoAuthentication

ALONE = "alone/"
"""Before the name of a rung whose stage is measured without the rungs below it: those need a store."""
SCHEMES: tuple[type[Scheme], ...] = (
    NoAuthentication,
    HeaderRead,
    TokenDecoded,
    SignatureVerified,
    ClaimsChecked,
    Hs256Tokens,
    RsaSignatureVerified,
    RsaClaimsChecked,
    Rs256Tokens,
)
_LIFETIME_S = 86_400


def ask_once(scheme: Scheme) -> Request:
    """Start a scheme and give it one credential: the request that carries it."""

    async def prepared() -> Request:
        await scheme.start()
        (credential,) = await scheme.seed([new_claims("user-000000", "user", _LIFETIME_S)])
        headers = {"host": "127.0.0.1:8000", **credential.headers}
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        return Request({"type": "http", "method": "GET", "path": "/me", "headers": raw})

    return asyncio.run(prepared())


@functools.cache
def _ready(kind: type[Scheme]) -> tuple[Scheme, Request]:
    scheme = kind(ServerSettings(scheme=kind.name))
    return scheme, ask_once(scheme)


def _authenticate(loops: int, kind: type[Scheme]) -> float:
    """CPU seconds of so many calls."""
    scheme, request = _ready(kind)

    async def repeat() -> float:
        authenticate = scheme.authenticate
        start = time.process_time()
        for _ in range(loops):
            await authenticate(request)
        return time.process_time() - start

    return asyncio.run(repeat())


def _decode_value(loops: int) -> float:
    """CPU seconds of so many session values decoded and checked, as `RedisSessions.read` does it."""
    value = new_claims("user-000000", "user", _LIFETIME_S).as_json().encode()
    start = time.process_time()
    for _ in range(loops):
        if Claims.parse_json(value).exp <= time.time():
            raise AssertionError("expired")
    return time.process_time() - start


def main() -> None:
    """All benchmarks, or the one that pyperf asks this process for."""
    runner = pyperf.Runner(program_args=("-m", "servers.benchmarks.pieces"))
    for kind in SCHEMES:
        runner.bench_time_func(kind.name, _authenticate, kind)
    runner.bench_time_func(ALONE + ValueDecoded.name, _decode_value)


if __name__ == "__main__":
    main()
