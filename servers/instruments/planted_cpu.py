"""Add a known amount of CPU to the control: a benchmark must find that amount again before its figures count.

Only for calibration, named as `servers.instruments.planted_cpu:PlantedCpu`; discovery does not list it.
"""

import statistics
import time

from starlette.requests import Request

from authbench.contracts.card import Card
from servers.contract.claims import Identity
from servers.schemes.none import NoAuthentication


def burn(cpu_ns: int) -> None:
    """Use this thread's processor until the thread's own CPU clock has advanced by `cpu_ns`.

    The CPU clock and not the wall clock: time in which the thread was not running does not count.
    """
    end = time.thread_time_ns() + cpu_ns
    while time.thread_time_ns() < end:
        pass


_ROUNDS, _TRIALS = 21, 100


def overshoot_ns() -> int:
    """Measure what `burn` costs beyond what was asked: its call, and the last reading of the clock.

    About a microsecond. It is taken off, so that the planted effect has the size it claims. The median of
    some rounds: where a hypervisor takes the processor away, the thread's clock goes on.
    """
    return int(statistics.median(_mean_overshoot_ns() for _ in range(_ROUNDS)))


def _mean_overshoot_ns() -> int:
    asked_ns = 1000
    begin = time.thread_time_ns()
    for _ in range(_TRIALS):
        burn(asked_ns)
    return max(0, (time.thread_time_ns() - begin) // _TRIALS - asked_ns)


class PlantedCpu(NoAuthentication):
    """The control, with `planted_cpu_us` microseconds of CPU more in every authentication. Loopback only."""

    name = "planted-cpu"

    async def start(self) -> None:
        await super().start()
        self._burn_ns = round(self.settings.planted_cpu_us * 1000) - overshoot_ns()

    @property
    def card(self) -> Card:
        summary = f"Planted: the control and {self.settings.planted_cpu_us:g} us of CPU more."
        return super().card.model_copy(update={"summary": summary})

    async def authenticate(self, request: Request) -> Identity:
        burn(self._burn_ns)
        return await super().authenticate(request)
