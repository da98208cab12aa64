"""Hash passwords off the event loop, with a bound on how many may wait."""

import asyncio
import base64
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from servers.contract.errors import PasswordsBusy
from servers.parsing.passwords import normalised

_T = TypeVar("_T")


class Passwords:
    """Argon2id at OWASP's minimum (19 MiB, t=2, p=1) on threads of its own.

    At most `workers` run and `queue` wait; the next is refused at once. So their memory is bounded, and a
    flood of logins cannot starve requests that need no password.
    """

    memory_kib = 19 * 1024
    passes = 2

    def __init__(self, workers: int, queue: int) -> None:
        self._hasher = PasswordHasher(memory_cost=self.memory_kib, time_cost=self.passes, parallelism=1)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="password")
        self._limit = workers + queue
        self.pending = 0
        self.verified = 0
        self.cpu_ns = 0
        """CPU time of the threads so far: with parallelism 1, Argon2 runs in the thread that calls it."""
        # Verified for an unknown user, so that the answer takes the same time.
        self._nobody = _hash_of_nothing(self._hasher)

    async def hash(self, password: str) -> str:
        """The Argon2id hash in the PHC string format. `PasswordsBusy` when the queue is full."""
        return await self._run(partial(self._hasher.hash, normalised(password)))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is right. A hash of None, for an unknown user, costs the same and is wrong."""
        matches = await self._run(partial(self._matches, password_hash or self._nobody, normalised(password)))
        self.verified += 1
        return matches and password_hash is not None

    def _matches(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], _T]) -> _T:
        if self.pending >= self._limit:
            raise PasswordsBusy
        self.pending += 1
        future = asyncio.get_running_loop().run_in_executor(self._threads, _timed, work)
        # Called when the work ends, not when its caller stops waiting: a cancelled request frees no thread.
        future.add_done_callback(self._done)
        result, _ = await asyncio.shield(future)
        return result

    def _done(self, future: "asyncio.Future[tuple[_T, int]]") -> None:
        self.pending -= 1
        if not future.cancelled() and future.exception() is None:
            self.cpu_ns += future.result()[1]

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _hash_of_nothing(hasher: PasswordHasher) -> str:
    """A well-formed hash that is of no password: random bytes, which take no time to make."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=")
        for size in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v=19${costs}${salt}${digest}"


def _timed(work: Callable[[], _T]) -> tuple[_T, int]:
    """Return what `work` returns, and the CPU nanoseconds that it took in this thread."""
    start_ns = time.thread_time_ns()
    return work(), time.thread_time_ns() - start_ns
