"""An open loop of users that keep a history, in a thread of its own: a failure is caused meanwhile."""

import asyncio
import contextlib
import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from authbench.contracts.security.drill_history import OUTSIDE_NS, Act, Event
from loadtests.history.users import HeldLogin, Users

_MIX = (
    ("read", 0.53),
    ("read-ended", 0.12),
    ("public", 0.16),
    ("order", 0.06),
    ("end", 0.05),
    ("refresh", 0.05),
    ("login", 0.03),
)
"""Shares of requests. A login hashes a password, so there are few."""
_CHECKS_AT_ONCE = 8
_PATIENCE_S = 6.0
_LEAD_NS = 50_000_000


@dataclass(frozen=True)
class Planned:
    """One thing that a user of a scheme will do."""

    due_ns: int
    scheme: str
    kind: str


def plan(schemes: Sequence[str], rate_rps: float, duration_s: float, seed: int) -> list[Planned]:
    """Arrivals of a Poisson process for each scheme, in the order in which they are due."""
    planned = []
    kinds, weights = zip(*_MIX, strict=True)
    for scheme in schemes:
        chance = random.Random(f"{seed} {scheme}")  # noqa: S311 - arrivals, no secrets
        due_s = chance.expovariate(rate_rps)
        while due_s < duration_s:
            planned.append(Planned(round(due_s * 1e9), scheme, chance.choices(kinds, weights)[0]))
            due_s += chance.expovariate(rate_rps)
    return sorted(planned, key=lambda each: each.due_ns)


class Load(threading.Thread):
    """Sends what is planned when it is due, whatever became of what was sent before.

    Before that every login in `ended_first` is ended, and each login read once: caches know them, and what
    must be refused is refused. Order of calls: `start`, `wait_armed`, `stop_sending`, `finish`. The thread's
    error is raised by whichever comes next.
    """

    def __init__(
        self,
        users: Mapping[str, Users],
        ended_first: Mapping[str, Sequence[HeldLogin]],
        planned: Sequence[Planned],
        seed: int,
    ) -> None:
        super().__init__(name="drill load", daemon=True)
        self._users = users
        self._ended_first = ended_first
        self._planned = planned
        self._chance = random.Random(seed)  # noqa: S311 - which login, no secrets
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._error: BaseException | None = None
        self._armed, self._loaded, self._check = threading.Event(), threading.Event(), threading.Event()
        self._enough = False
        self.zero_ns = time.monotonic_ns()
        """CLOCK_MONOTONIC of a history's 0."""
        self.began_ns = 0
        """When the load began, from `zero_ns`."""
        self.late_ns: list[int] = []
        """By how much this thread sent each request late, in the order of the plan."""

    def now_ns(self) -> int:
        """Nanoseconds since `zero_ns`."""
        return time.monotonic_ns() - self.zero_ns

    def run(self) -> None:
        """Do everything, on an event loop of its own."""
        try:
            asyncio.run(self._run())
        except asyncio.CancelledError:
            pass
        except BaseException as error:
            self._error = error
        finally:
            self._armed.set()
            self._loaded.set()

    async def _run(self) -> None:
        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        try:
            await asyncio.gather(*(self._before(scheme, users) for scheme, users in self._users.items()))
            self.began_ns = self.now_ns() + _LEAD_NS
            self._armed.set()
            await self._send_all()
            self._loaded.set()
            while not self._check.is_set():
                await asyncio.sleep(0.02)
            await asyncio.gather(*(_check_all(users) for users in self._users.values()))
        finally:
            for users in self._users.values():
                users.connections.close()

    async def _before(self, scheme: str, users: Users) -> None:
        await users.connections.open()
        for login in self._ended_first[scheme]:
            await users.end_login(login, OUTSIDE_NS)
        for login in users.all:
            await users.read(login, OUTSIDE_NS)

    async def _send_all(self) -> None:
        under_way: set[asyncio.Task[None]] = set()
        broken: list[BaseException] = []

        def done(task: asyncio.Task[None]) -> None:
            under_way.discard(task)
            if not task.cancelled() and (error := task.exception()) is not None:
                broken.append(error)

        for each in self._planned:
            due_ns = self.began_ns + each.due_ns
            await asyncio.sleep(max(due_ns - self.now_ns(), 0) / 1e9)
            if self._enough:
                break
            self.late_ns.append(self.now_ns() - due_ns)
            task = asyncio.create_task(self._do(each, due_ns))
            under_way.add(task)
            task.add_done_callback(done)
        while under_way and not broken:
            await asyncio.wait(set(under_way), timeout=_PATIENCE_S)
        if broken:
            raise broken[0]

    async def _do(self, each: Planned, due_ns: int) -> None:
        users = self._users[each.scheme]
        if each.kind == "read-ended":
            await users.read_ended(due_ns, self._chance)
        else:
            await users.act(Act(each.kind), due_ns, self._chance)

    def latest_ms(self, from_ns: int) -> float:
        """The most by which a request was sent late that was due after so many ns."""
        late = zip(self._planned, self.late_ns, strict=False)
        return max((ns for each, ns in late if self.began_ns + each.due_ns >= from_ns), default=0) / 1e6

    def sleep_until(self, moment_ns: int) -> None:
        """Sleep until so many ns after `zero_ns`; not at all if that is past."""
        time.sleep(max(moment_ns - self.now_ns(), 0) / 1e9)

    def wait_armed(self, within_s: float) -> None:
        """Wait until the load is about to begin, at `began_ns`."""
        self._wait(self._armed, within_s, "does not begin")

    def stop_sending(self, within_s: float) -> int:
        """Send no more, and wait until every request has its outcome; when the last could be sent, in ns."""
        self._enough = True
        stopped_ns = self.now_ns()
        self._wait(self._loaded, within_s, "does not end")
        return stopped_ns

    def finish(self, within_s: float) -> dict[str, tuple[Event, ...]]:
        """Check every login, and return all that was seen, by scheme."""
        self._check.set()
        self.join(within_s)
        if self._error is not None:
            raise self._error
        if self.is_alive():
            raise RuntimeError("the drill's checks do not end")
        return {scheme: tuple(users.events) for scheme, users in self._users.items()}

    def abandon(self) -> None:
        """End the thread, wherever it is. Safe to call twice, and after `finish`."""
        loop, main = self._loop, self._main
        if loop is None or main is None or not self.is_alive():
            return
        with contextlib.suppress(RuntimeError):  # the loop has just been closed
            loop.call_soon_threadsafe(main.cancel)
        self.join(_PATIENCE_S)

    def _wait(self, for_this: threading.Event, within_s: float, otherwise: str) -> None:
        waited = for_this.wait(within_s)
        if self._error is not None:
            raise self._error
        if not waited:
            raise RuntimeError(f"the drill's load {otherwise} within {within_s:g} s")


async def _check_all(users: Users) -> None:
    """Each login once; one login's checks follow one another."""
    logins = users.all

    async def some() -> None:
        while logins:
            await users.check(logins.pop())

    await asyncio.gather(*(some() for _ in range(_CHECKS_AT_ONCE)))
