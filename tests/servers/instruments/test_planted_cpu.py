import asyncio
import time

import pytest

from servers.contract.settings import ServerSettings
from servers.discovery import known_schemes
from servers.instruments.planted_cpu import PlantedCpu, burn, overshoot_ns
from tests.servers.make_request import request


def plant(cpu_us: float) -> PlantedCpu:
    return PlantedCpu(ServerSettings(scheme=PlantedCpu.name, planted_cpu_us=cpu_us))


@pytest.mark.parametrize("cpu_us", [0, 25, 1000])
def test_it_burns_at_least_so_much_of_its_own_clock(cpu_us: int) -> None:
    before = time.thread_time_ns()
    burn(cpu_us * 1000)
    assert time.thread_time_ns() - before >= cpu_us * 1000


@pytest.mark.parametrize("cpu_us", [25, 200])
def test_every_authentication_pays_and_says_what_the_control_says(cpu_us: float) -> None:
    planted = plant(cpu_us)
    asyncio.run(planted.start())
    before = time.thread_time_ns()
    identity = asyncio.run(planted.authenticate(request(("X-Subject", "alice"))))
    assert time.thread_time_ns() - before >= cpu_us * 1000, "asyncio.run costs more than the aim"
    assert (identity.sub, identity.scopes) == ("alice", ("user",))


def test_what_it_overshoots_is_little_and_is_taken_off() -> None:
    assert 0 <= overshoot_ns() < 25_000


def test_its_card_says_what_it_is_and_keeps_it_on_this_machine() -> None:
    card = plant(25).card
    assert card.loopback_only
    assert not card.authenticates
    assert (card.name, card.summary) == ("planted-cpu", "Planted: the control and 25 us of CPU more.")


def test_no_list_of_schemes_has_them() -> None:
    assert not {name for name in known_schemes() if "planted" in name}
