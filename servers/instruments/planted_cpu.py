"""The control plus a known amount of CPU: what a benchmark must find again if its figures are to be believed.

Only for calibration, named as `servers.instruments.planted_cpu:Cpu100`; discovery does not list them.
"""

import time
from typing import ClassVar

from starlette.requests import Request

from authbench.contracts.card import Card
from servers.contract.claims import Identity
from servers.schemes.none import NoAuthentication


def burn(cpu_ns: int) -> None:
    """Use this thread's processor until its own CPU clock has gone `cpu_ns` further.

    By the CPU clock and not the wall clock: time in which the thread was not running does not count.
    """
    end = time.thread_time_ns() + cpu_ns
    while time.thread_time_ns() < end:
        pass


_TRIALS = 2000


def overshoot_ns() -> int:
    """What `burn` costs beyond what it was asked for: its call, and the reading that finds the end passed.

    Measured on this machine, about a microsecond: an effect of known size must have that size.
    """
    asked_ns = 1000
    begin = time.thread_time_ns()
    for _ in range(_TRIALS):
        burn(asked_ns)
    return max(0, (time.thread_time_ns() - begin) // _TRIALS - asked_ns)


class PlantedCpu(NoAuthentication):
    """The control, and in every authentication `planted_us` microseconds of CPU more. Loopback only."""

    planted_us: ClassVar[int]

    async def start(self) -> None:
        """Find out how much `burn` overshoots here."""
        await super().start()
        self._aim_ns = self.planted_us * 1000 - overshoot_ns()

    @property
    def card(self) -> Card:
        """The control's, except for what it is."""
        summary = f"Planted: the control and {self.planted_us} us of CPU more."
        return super().card.model_copy(update={"summary": summary})

    async def authenticate(self, request: Request) -> Identity:
        """Whoever the headers say, at a known cost."""
        burn(self._aim_ns)
        return await super().authenticate(request)


class Cpu25(PlantedCpu):
    """25 us of CPU more."""

    name = "planted-cpu-25us"
    planted_us = 25


class Cpu50(PlantedCpu):
    """50 us of CPU more."""

    name = "planted-cpu-50us"
    planted_us = 50


class Cpu100(PlantedCpu):
    """100 us of CPU more."""

    name = "planted-cpu-100us"
    planted_us = 100


class Cpu200(PlantedCpu):
    """200 us of CPU more."""

    name = "planted-cpu-200us"
    planted_us = 200
